package node

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

var (
	withScripts = []string{".vue", ".svelte", ".astro", ".html", ".htm", ".xhtml", ".ejs", ".hbs", ".handlebars", ".mustache", ".njk", ".liquid", ".twig", ".php", ".jsp", ".cshtml", ".mdx"}
	lockfiles   = []string{"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"}
	// namesFiles are files that hold names of packages for a program or its build to load.
	namesFiles = regexp.MustCompile(`(?i)(?:^|/)(?:\.[a-z0-9-]+rc(?:\.(?:json|json5|ya?ml|toml))?|[^/]*\.(?:json|json5|jsonc|ya?ml|toml|ini|conf|properties|sh|bash|bat|cmd|ps1|coffee|litcoffee|cson|ls|pug|jade|haml|slim|styl|less|scss|sass|res|re|elm|civet|graphql|prisma)|procfile|dockerfile[^/]*|[^/]*\.dockerfile|makefile|justfile|\.env[^/]*|\.npmrc|\.babelrc[^/]*|\.swcrc)$`)
	startsNode = regexp.MustCompile(`\b(?:node|nodejs|bun|deno|tsx|ts-node)\b`)
	dockerRuns = regexp.MustCompile(`(?i)^(?:CMD|ENTRYPOINT|ENV|RUN)\b|^["\[]`)
	aside      = regexp.MustCompile(`(?i)(?:^|/)(?:\.github|\.gitlab|\.circleci|\.vscode|\.idea|locales?|i18n|translations?|lang|\.husky|\.devcontainer)/|(?:^|/)(?:\.travis\.ya?ml|appveyor\.ya?ml|\.gitlab-ci\.ya?ml|azure-pipelines\.ya?ml|renovate\.json|dependabot\.ya?ml|composer\.(?:json|lock)|sarif[^/]*\.json|[^/]*\.min\.css|CHANGELOG[^/]*|\.prettierrc[^/]*|\.npmignore|\.nycrc[^/]*|\.mocharc[^/]*|\.markdownlint[^/]*|codecov\.ya?ml|cypress\.json|jest\.config\.json|\.lintstagedrc[^/]*|\.commitlintrc[^/]*|\.releaserc[^/]*|\.huskyrc[^/]*|bower\.json|swagger[^/]*\.(?:json|ya?ml)|openapi[^/]*\.(?:json|ya?ml))$`)
)

// Mentions reports whether a file may name packages that the program or its build loads.
func (Analyst) Mentions(file string) bool {
	base := path.Base(file)
	switch {
	case slices.Contains(lockfiles, base), aside.MatchString(file), Analyst{}.Tests(file):
		return false
	case slices.Contains(withScripts, strings.ToLower(path.Ext(base))), namesFiles.MatchString(file):
		return true
	}
	return path.Ext(base) == "" && base != "LICENSE" && base != "README" // a program that a line at its top starts
}

const maxOther = 1 << 20 // bytes of one file

// readOthers looks for names of packages in files that are not code, and for code in them.
func (a *analysis) readOthers() {
	for _, file := range a.p.Others {
		if !(Analyst{}).Mentions(file) || a.ctx.Err() != nil {
			continue
		}
		data, err := a.p.Files.Read(file)
		if err != nil || len(data) > maxOther {
			if slices.Contains(withScripts, strings.ToLower(path.Ext(file))) {
				a.doubtAll(file+" is too large to be read, or cannot be", file, 0, false)
			}
			continue
		}
		switch ext := strings.ToLower(path.Ext(file)); {
		case path.Base(file) == "package.json":
			a.readManifest(file, data)
		case slices.Contains(withScripts, ext):
			a.readScripts(file, data)
			a.engine(file)
		case ext == "":
			if first, _, _ := strings.Cut(string(data[:min(len(data), 200)]), "\n"); strings.HasPrefix(first, "#!") && startsNode.MatchString(first) {
				a.code(file, file+".js", data)
			} else if namesFiles.MatchString(file) || strings.HasPrefix(first, "#!") {
				a.readWords(file, data)
			}
		case ext == ".coffee" || ext == ".litcoffee" || ext == ".ls" || ext == ".civet":
			a.readText(file, 0, "is in a language that is not parsed")
			a.readWords(file, data)
		case ext == ".json" || ext == ".jsonc" || ext == ".json5":
			a.readJSON(file, data)
		default:
			a.readWords(file, data)
			a.engine(file)
		}
	}
}

// engines are the packages that render a template, where their name is not that of its ending.
var engines = map[string][]string{".handlebars": {"handlebars", "express-handlebars"}, ".hbs": {"hbs", "handlebars", "express-handlebars"}, ".njk": {"nunjucks"}, ".jade": {"jade", "pug"}, ".pug": {"pug"}, ".ejs": {"ejs"},
	".mustache": {"mustache", "hogan.js", "mustache-express"}, ".liquid": {"liquidjs"}, ".twig": {"twig", "twing"}, ".styl": {"stylus"}, ".less": {"less"}, ".scss": {"sass", "node-sass"}, ".sass": {"sass", "node-sass"},
	".vue": {"vue", "vue-template-compiler", "@vue/compiler-sfc"}, ".svelte": {"svelte"}, ".astro": {"astro"}, ".prisma": {"prisma", "@prisma/client"}, ".mdx": {"@mdx-js/react"}}

// engine notes that a template is rendered by a package of its ending.
func (a *analysis) engine(file string) {
	for _, name := range engines[strings.ToLower(path.Ext(file))] {
		if len(a.find.byName[name]) > 0 {
			a.mention(name, file+" is a template of it", fettle.Location{Path: file})
		}
	}
}

// code reads a file, or what stands for it, as one of the program's own.
func (a *analysis) code(file, as string, data []byte) {
	f, err := syntax.Read(a.ctx, as, data)
	if err != nil {
		a.readText(file, 0, "was not parsed ("+err.Error()+")")
		return
	}
	f.Path = file
	if s := a.sources[file]; s != nil {
		return
	}
	a.sources[file] = &program.Source{File: f, Test: (Analyst{}).Tests(file)}
}

// readJSON looks at the texts of a JSON file.
func (a *analysis) readJSON(file string, data []byte) {
	s := scan(data)
	config := path.Dir(file) == "." || path.Dir(file) == a.p.Project.Dir || strings.Contains(file, "config")
	for _, text := range slices.Sorted(maps.Keys(s.quoted)) {
		names := a.find.named(text)
		if !config {
			names = nil
			if len(a.find.byName[text]) > 0 {
				names = []string{text}
			}
		}
		if len(names) == 0 && config {
			names = a.find.short(text)
		}
		for _, name := range names {
			a.mention(name, fmt.Sprintf("%s:%d names it", file, s.quoted[text]), fettle.Location{Path: file, Line: s.quoted[text]})
		}
	}
}

// short returns the packages that a configuration of plugins may mean by a shortened name.
func (r *resolver) short(text string) []string {
	var list []string
	for _, prefix := range []string{"babel-plugin-", "babel-preset-", "@babel/plugin-", "@babel/preset-", "@babel/plugin-transform-", "@babel/plugin-proposal-", "eslint-plugin-", "eslint-config-", "postcss-", "gulp-", "grunt-", "grunt-contrib-", "karma-", "stylelint-", "serverless-", "hexo-"} {
		if len(r.byName[prefix+text]) > 0 {
			list = append(list, prefix+text)
		}
	}
	for _, suffix := range []string{"-loader", "/eslint-plugin", "/babel-preset"} {
		if len(r.byName[text+suffix]) > 0 {
			list = append(list, text+suffix)
		}
	}
	return list
}

var wordBreaks = regexp.MustCompile(`[^A-Za-z0-9@/._~+-]+`)

// readWords looks at the words of a text.
func (a *analysis) readWords(file string, data []byte) {
	docker := strings.Contains(strings.ToLower(path.Base(file)), "dockerfile")
	for n, line := range strings.Split(string(data), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") && !strings.HasPrefix(trimmed, "#!") || strings.HasPrefix(trimmed, "//") || docker && !dockerRuns.MatchString(trimmed) {
			continue
		}
		at := fettle.Location{Path: file, Line: n + 1}
		for word := range strings.SplitSeq(wordBreaks.ReplaceAllString(line, " "), " ") {
			for _, name := range a.find.named(word) {
				a.mention(name, fmt.Sprintf("%s:%d names it", file, n+1), at)
			}
			a.runsIn(word)
		}
	}
}

// readManifest looks at what a package.json runs and configures.
func (a *analysis) readManifest(file string, data []byte) {
	m, ok := parseManifest(data)
	if !ok {
		a.gap(file, 0, "does not parse, so what its scripts run is not known")
		return
	}
	lines := strings.Split(string(data), "\n")
	lineOf := func(text string) int {
		for i, line := range lines {
			if strings.Contains(line, text) {
				return i + 1
			}
		}
		return 0
	}
	for _, script := range slices.Sorted(maps.Keys(m.Scripts)) {
		if devScripts.MatchString(script) {
			continue
		}
		started := startScripts.MatchString(script)
		at := fettle.Location{Path: file, Line: lineOf(`"` + script + `"`)}
		words := strings.FieldsFunc(m.Scripts[script], func(c rune) bool { return strings.ContainsRune(" \t\"'=;&|()", c) })
		for i, word := range words {
			word = strings.TrimPrefix(strings.TrimPrefix(word, "./"), "node_modules/.bin/")
			names := a.find.named(word)
			names = append(names, commandsOf(word)...)
			a.runsIn(word)
			first := i == 0 || strings.ContainsAny(words[i-1], "&|;") || words[i-1] == "npx" || words[i-1] == "cross-env" || words[i-1] == "-r" || words[i-1] == "--require" || words[i-1] == "--import" || words[i-1] == "--loader"
			for _, name := range names {
				if len(a.find.byName[name]) == 0 {
					continue
				}
				if started && first {
					for _, key := range a.find.own(file, name) {
						a.own(key, at, "script "+script, false)
						a.packageAt(key).blind = "the script " + script
					}
					continue
				}
				a.mention(name, fmt.Sprintf("%s: script %s names it", at, script), at)
			}
		}
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return
	}
	for _, replaced := range []struct {
		field string
		value any
	}{{"browser", m.Browser}, {"react-native", m.Native}} {
		for _, leaf := range leaves(replaced.value) {
			if local(leaf) && !strings.Contains(leaf, "node_modules/") {
				continue
			}
			for _, name := range a.find.named(leaf) {
				at := fettle.Location{Path: file, Line: lineOf(`"` + leaf)}
				a.mention(name, fmt.Sprintf("%s has a bundler put it in place of another module", at), at)
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if plainFields.MatchString(field) {
			continue
		}
		s := scan(fields[field])
		for _, text := range slices.Sorted(maps.Keys(s.quoted)) {
			names := a.find.named(text)
			if len(names) == 0 {
				names = a.find.short(text)
			}
			for _, name := range names {
				at := fettle.Location{Path: file, Line: lineOf(`"` + text)}
				a.mention(name, fmt.Sprintf("%s names it in %s", at, field), at)
			}
		}
	}
}

var (
	devScripts   = regexp.MustCompile(`(?i)(?:^|[:_-])(?:pre|post)?(?:tests?|lint|eslint|tslint|jshint|standard|format|fmt|prettier|prettify|coverage|cov|cover|e2e|cypress|cy|mocha|jest|vitest|typecheck|commit|commitlint|husky|release|version|changelog|semantic-release|publish|prepublish|prepublishOnly|docs?|bench|benchmark|audit|snyk|sonar|depcheck|update|upgrade|clean)(?:$|[:_-])`)
	startScripts = regexp.MustCompile(`(?i)^(?:pre|post)?(?:start|serve|server|install|production|prod|run|web|worker)(?:$|[:_-](?:prod|production|server|app|api|web|worker)$)`)
	plainFields  = regexp.MustCompile(`^(?:name|version|description|keywords|homepage|bugs|license|licenses|author|authors|contributors|maintainers|repository|funding|files|main|module|browser|exports|types|typings|typesVersions|bin|man|directories|engines|engineStrict|os|cpu|private|publishConfig|workspaces|packageManager|scripts|dependencies|devDependencies|peerDependencies|peerDependenciesMeta|optionalDependencies|bundledDependencies|bundleDependencies|overrides|resolutions|pnpm|type|imports|sideEffects|gitHead|_.*|jest|nyc|c8|ava|mocha|tap|tape|eslintConfig|eslintIgnore|prettier|husky|lint-staged|commitlint|standard|xo|stylelint|release|volta|config|browserslist|copyright|title|displayName|funding|readme|icon|screenshots|cordova|preferGlobal|analyze|testling|sonar.*|snyk|greenkeeper|renovate|pre-commit|pre-push|gitHooks|size-limit|bundlesize|np|auto|changelog|standard-version|collective|dependenciesMeta|devEngines|allScripts|contributes|categories|publisher|galleryBanner)$`)
)

// commandsOf returns the packages that a command of another name is from.
func commandsOf(command string) []string {
	return map[string][]string{
		"tsc": {"typescript"}, "ng": {"@angular/cli"}, "vue-cli-service": {"@vue/cli-service"}, "nest": {"@nestjs/cli"}, "sequelize": {"sequelize-cli"}, "babel": {"@babel/cli", "babel-cli"},
		"babel-node": {"@babel/node", "babel-cli"}, "webpack": {"webpack-cli"}, "webpack-dev-server": {"webpack-dev-server"}, "serverless": {"serverless"}, "sls": {"serverless"}, "swc": {"@swc/cli"}, "pm2-runtime": {"pm2"},
		"medusa": {"@medusajs/medusa"}, "strapi": {"@strapi/strapi"}, "typeorm": {"typeorm"}, "gulp": {"gulp-cli"}, "grunt": {"grunt-cli"}, "nuxt": {"nuxt", "nuxt-start"}, "next": {"next"}, "remix": {"@remix-run/dev"}, "remix-serve": {"@remix-run/serve"},
		"directus": {"directus"}, "forever": {"forever"}, "http-server": {"http-server"}, "serve": {"serve"}, "json-server": {"json-server"}, "astro": {"astro"}, "svelte-kit": {"@sveltejs/kit"}, "wsrun": {"wsrun"}, "tsx": {"tsx"}, "ts-node": {"ts-node"},
	}[command]
}

// runners are modules that run commands.
var runners = []string{"child_process", "execa", "cross-spawn", "shelljs", "zx", "foreground-child", "concurrently", "npm-run-all", "tinyexec", "spawn-command"}

// runsIn notes the words of text that are commands of installed packages.
func (a *analysis) runsIn(text string) {
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t\"'=;&|()/`$", c) }) {
		if len(word) > 1 && len(word) <= maxQuoted && !strings.Contains(word, "\\") && a.p.Files.Is(path.Join(a.p.Project.Dir, "node_modules/.bin", word)) {
			a.run[word] = true
		}
	}
}
