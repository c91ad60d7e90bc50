package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"deps.dev/util/semver"
)

// npmPackages are those of the npm packages whose archive carries tests for tape, tap, mocha, node's own runner or none.
type npmPackages struct{ client }

// needless are development dependencies that no test of these runners needs.
var needless = regexp.MustCompile(`eslint|lint|^standard|^xo$|jshint|jscs|nyc|c8$|istanbul|cover|browserify|webpack|karma|zuul|airtap|testling|grunt|gulp|typescript|^@types/|^tsd|docs?$|jsdoc|` +
	`release|changelog|husky|prettier|^np$|size|bench|matcha|uglify|rollup|babel|sauce|phantom|selenium|puppeteer|playwright|^evalmd|in-publish|npmignore|^aud$|covert|electron|^esm$|^flow|^hot-|^ts-`)

type packageJSON map[string]any

func (p packageJSON) strings(field string) map[string]string {
	out := map[string]string{}
	m, _ := p[field].(map[string]any)
	for name, v := range m {
		if s, ok := v.(string); ok {
			out[name] = s
		}
	}
	return out
}

func readPackage(dir string) (packageJSON, error) {
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	var p packageJSON
	return p, json.Unmarshal(text, &p)
}

// pick takes the release at two thirds of the way: this registry's dates may be those of its own copies.
func (n npmPackages) pick(ctx context.Context, name string) (string, error) {
	list, err := n.versions(ctx, name)
	if err != nil || len(list) == 0 {
		return "", unfit("no release: %v", err)
	}
	return list[(len(list)-1)*2/3], nil
}

func (n npmPackages) versions(ctx context.Context, name string) ([]string, error) {
	cache := filepath.Join(n.work, "versions", strings.ReplaceAll(name, "/", "_"))
	out, err := os.ReadFile(cache)
	if err != nil {
		if out, err = n.ask(ctx, n.work, nil, "npm", "view", name, "versions", "--json"); err != nil {
			return nil, err
		}
		os.MkdirAll(filepath.Dir(cache), 0o755)
		os.WriteFile(cache, out, 0o644)
	}
	var list []string
	if json.Unmarshal(out, &list) != nil {
		var one string
		if err := json.Unmarshal(out, &one); err != nil {
			return nil, err
		}
		list = []string{one}
	}
	list = slices.DeleteFunc(list, func(v string) bool { _, ok := parseVersion(v); return !ok })
	slices.SortFunc(list, func(a, b string) int {
		x, _ := parseVersion(a)
		y, _ := parseVersion(b)
		return x.compare(y)
	})
	return list, nil
}

func (npmPackages) day(context.Context, string, string) time.Time { return time.Time{} }

func (n npmPackages) prepare(ctx context.Context, s subject, dir string) ([]dependency, error) {
	out, err := n.ask(ctx, dir, nil, "npm", "pack", s.name+"@"+s.version, "--ignore-scripts", "--silent")
	if err != nil {
		return nil, err
	}
	archive := strings.TrimSpace(string(out))
	if i := strings.LastIndexByte(archive, '\n'); i >= 0 {
		archive = archive[i+1:]
	}
	if !filepath.IsLocal(archive) || !strings.HasSuffix(archive, ".tgz") {
		return nil, fmt.Errorf("npm pack names %q", archive)
	}
	if err := unpack(filepath.Join(dir, archive), filepath.Join(dir, "src")); err != nil {
		return nil, err
	}
	os.Remove(filepath.Join(dir, archive))
	src := filepath.Join(dir, "src")
	for _, name := range []string{".npmrc", "package-lock.json", "npm-shrinkwrap.json"} {
		os.Remove(filepath.Join(src, name))
	}
	os.RemoveAll(filepath.Join(src, "node_modules"))
	p, err := readPackage(src)
	if err != nil {
		return nil, err
	}
	if _, err := nodeRunner(src, p); err != nil {
		return nil, err
	}
	runs, tools := map[string]any{}, map[string]any{}
	pinned := map[string]bool{}
	for name, want := range p.strings("dependencies") {
		runs[name] = want
		if low, ok := n.lowest(ctx, name, want); ok {
			runs[name], pinned[name] = low, true
		}
	}
	if len(pinned) == 0 {
		return nil, unfit("no dependency to move")
	}
	for name, want := range p.strings("devDependencies") {
		if !needless.MatchString(name) && !strings.Contains(want, "/") && !strings.Contains(want, ":") {
			tools[name] = want
		}
	}
	ranges := p["dependencies"]
	p["dependencies"], p["devDependencies"] = runs, tools
	delete(p, "scripts")
	delete(p, "optionalDependencies")
	delete(p, "workspaces")
	delete(p, "overrides")
	p["ranges"] = ranges
	if err := writePackage(src, p); err != nil {
		return nil, err
	}
	if _, err := n.ask(ctx, src, nil, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps", "--prefer-offline", "--loglevel=error"); err != nil {
		return nil, err
	}
	installed, err := npmInstalled(src)
	if err != nil {
		return nil, err
	}
	var list []dependency
	for name := range pinned {
		if v := installed["node_modules/"+name].Version; v != "" {
			list = append(list, dependency{name, v, true})
		}
	}
	for key, e := range installed {
		name := strings.TrimPrefix(key, "node_modules/")
		if _, direct := runs[name]; !direct && !e.Dev && !strings.Contains(name, "node_modules/") {
			list = append(list, dependency{name, e.Version, false})
		}
	}
	return list, nil
}

// lowest is the lowest release that a range allows, as an old lockfile would have it.
func (n npmPackages) lowest(ctx context.Context, name, want string) (string, bool) {
	c, err := semver.NPM.ParseConstraint(want)
	if err != nil || want == "*" || want == "" || want == "latest" {
		return "", false
	}
	list, err := n.versions(ctx, name)
	if err != nil {
		return "", false
	}
	for _, v := range list {
		if c.Match(v) {
			return v, true
		}
	}
	return "", false
}

func writePackage(dir string, p packageJSON) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "package.json"), text, 0o644)
}

type npmEntry struct {
	Version string `json:"version"`
	Dev     bool   `json:"dev"`
	Engines any    `json:"engines"`
}

func npmInstalled(dir string) (map[string]npmEntry, error) {
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]npmEntry `json:"packages"`
	}
	return lock.Packages, json.Unmarshal(text, &lock)
}

func (n npmPackages) move(ctx context.Context, base, dir string, u *upgrade) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if _, err := n.ask(ctx, n.work, nil, "cp", "-a", filepath.Join(base, "src"), dir); err != nil {
		return err
	}
	src := filepath.Join(dir, "src")
	p, err := readPackage(src)
	if err != nil {
		return err
	}
	before, err := npmInstalled(src)
	if err != nil {
		return err
	}
	if u.Direct {
		if c, err := semver.NPM.ParseConstraint(p.strings("ranges")[u.Dependency]); err == nil {
			u.InRange = c.Match(u.To)
		}
		p["dependencies"].(map[string]any)[u.Dependency] = u.To
	} else {
		p["overrides"] = map[string]any{u.Dependency: u.To}
		if d, ok := p["devDependencies"].(map[string]any); ok && d[u.Dependency] != nil {
			return fmt.Errorf("%s is a tool of the tests as well", u.Dependency)
		}
	}
	if err := writePackage(src, p); err != nil {
		return err
	}
	if !u.Direct {
		os.Remove(filepath.Join(src, "package-lock.json")) // npm leaves what is locked where only an override changes
		os.Remove(filepath.Join(src, "node_modules", ".package-lock.json"))
		os.RemoveAll(filepath.Join(src, "node_modules", u.Dependency))
	}
	if _, err := n.ask(ctx, src, nil, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps", "--prefer-offline", "--loglevel=error"); err != nil {
		return err
	}
	after, err := npmInstalled(src)
	if err != nil {
		return err
	}
	if now := after["node_modules/"+u.Dependency].Version; now != u.To {
		return fmt.Errorf("%s is at %q", u.Dependency, now)
	}
	versions := func(entries map[string]npmEntry) map[string]string {
		m := map[string]string{}
		for key, e := range entries {
			if key == "node_modules/"+u.Dependency {
				key = u.Dependency
			}
			m[key] = e.Version
		}
		return m
	}
	countMoves(u, versions(before), versions(after))
	return nil
}

var testDirs = []string{"test", "tests", "spec", "__tests__"}

// nodeRunner returns the command that runs one test file, before the file's name.
func nodeRunner(dir string, p packageJSON) (string, error) {
	if len(nodeTests(dir)) == 0 {
		return "", unfit("no tests in the archive")
	}
	script := p.strings("scripts")["test"] + " " + p.strings("scripts")["tests-only"] + " " + p.strings("scripts")["unit"] + " " + p.strings("scripts")["mocha"]
	dev := p.strings("devDependencies")
	for _, other := range []string{"jest", "ava", "lab", "vows", "nodeunit", "jasmine", "vitest", "expresso", "@hapi/lab", "uvu", "whiskey", "buster"} {
		if regexp.MustCompile(`(^|[\s/])` + other + `(\s|$)`).MatchString(script) {
			return "", unfit("tests for %s", other)
		}
	}
	if dev["mocha"] != "" && (strings.Contains(script, "mocha") || dev["tape"] == "" && dev["tap"] == "") {
		options := ""
		if strings.Contains(script, "should") && dev["should"] != "" {
			options = " --require should"
		}
		return "node node_modules/mocha/bin/_mocha --reporter tap --timeout 8000 --exit" + options, nil
	}
	return "node", nil
}

// nodeTests are the files that a runner would take for tests, at most twenty-five.
func nodeTests(dir string) []string {
	var files []string
	for _, pattern := range []string{"test.js", "test.cjs", "test.mjs", "*.test.js", "*/*.test.js"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		files = append(files, names...)
	}
	for _, folder := range testDirs {
		for _, depth := range []string{"*", "*/*"} {
			for _, extension := range []string{".js", ".cjs", ".mjs"} {
				names, _ := filepath.Glob(filepath.Join(dir, folder, depth+extension))
				files = append(files, names...)
			}
		}
	}
	var list []string
	for _, name := range files {
		rel, _ := filepath.Rel(dir, name)
		if strings.Contains(rel, "node_modules") || regexp.MustCompile(`fixture|browser|/common|/support|/helper|/util|bench|setup|mocha|/data`).MatchString(rel) {
			continue
		}
		list = append(list, filepath.ToSlash(rel))
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), 25)]
}

func (n npmPackages) test(ctx context.Context, dir string, limit time.Duration) (outcomes, error) {
	src := filepath.Join(dir, "src")
	p, err := readPackage(src)
	if err != nil {
		return outcomes{}, err
	}
	runner, err := nodeRunner(src, p)
	if err != nil {
		return outcomes{}, err
	}
	var script strings.Builder
	for _, name := range nodeTests(src) {
		quoted := "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
		fmt.Fprintf(&script, "echo; echo '#file '%s; timeout 25 %s ./%s 2>/dev/null </dev/null; echo; echo \"#exit $?\"\n", quoted, runner, quoted)
	}
	if err := os.WriteFile(filepath.Join(src, ".run.sh"), []byte(script.String()), 0o644); err != nil {
		return outcomes{}, err
	}
	res, err := n.try(ctx, src, limit, []string{"NODE_ENV=test"}, "sh", "-c", "exec sh .run.sh >.results")
	if err != nil {
		return outcomes{}, err
	}
	text, err := output(filepath.Join(src, ".results"))
	if err != nil {
		return outcomes{}, err
	}
	o := readTAP(string(text))
	o.ended = res.Ended != ""
	return o, nil
}
