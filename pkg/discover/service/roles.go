package service

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// tellRoles says which units are commands or libraries: their manifest or main package is that of one, all of their source
// files were read, and none has a word by which code may take requests.
func (f *finder) tellRoles() {
	for _, u := range f.units {
		c := f.codes[u.dir]
		if f.partial || c == nil || c.files == 0 || c.listens || c.partial || len(f.below(u.dir)) > 1 || f.servesSomewhere(u.dir) {
			continue
		}
		if role, file, line, why := f.roleOf(u, c); role != "" {
			f.say(place{[]string{u.dir}, true}, claim{signal: fettle.Role, text: role, strength: fettle.Hinted, source: "layout", file: file, line: line, why: why})
		}
	}
}

// servesSomewhere reports whether anything was said that makes dir look like a service.
func (f *finder) servesSomewhere(dir string) bool {
	if f.work -= len(f.facts); f.work < 0 {
		return true
	}
	if slices.ContainsFunc(f.hushed, func(h string) bool { return concerns(h, dir) }) {
		return true
	}
	for _, fact := range f.facts {
		if concerns(fact.Service, dir) && (fact.Signal == fettle.Role && fact.Text == "server" || fact.Signal == fettle.Exposure && fact.Text == open) {
			return true
		}
	}
	return false
}

// roleOf asks the one manifest of a unit. Where there are manifests of several languages, no one answers for the others.
func (f *finder) roleOf(u unit, c *code) (role, file string, line int, why string) {
	var declared []string
	for _, file := range u.files {
		if !lockfiles[path.Base(file)] {
			declared = append(declared, file)
		}
	}
	language := map[string]string{"package.json": "js", "go.mod": "go", "pyproject.toml": "python", "setup.py": "python", "setup.cfg": "python", "requirements.txt": "python"}
	kind := ""
	for _, file := range declared {
		l := language[path.Base(file)]
		if isRequirements(strings.ToLower(path.Base(file))) {
			l = "python"
		}
		if l == "" || kind != "" && l != kind {
			return "", "", 0, ""
		}
		kind = l
	}
	for _, file := range declared {
		data, ok := f.read(file, maxConfig, false)
		if !ok {
			return "", "", 0, ""
		}
		switch path.Base(file) {
		case "package.json":
			return npmRole(file, data)
		case "go.mod":
			return goRole(file, c)
		}
	}
	if kind == "python" {
		return f.pythonRole(declared)
	}
	return "", "", 0, ""
}

// webPackages are packages of npm and PyPI by which a project takes requests, or is served.
var webPackages = set(`express fastify koa @hapi/hapi hapi next nuxt @nestjs/core restify polka hono connect http-proxy socket.io ws apollo-server @apollo/server sails meteor
	strapi @strapi/strapi remix @remix-run/node @sveltejs/kit astro gatsby vite webpack-dev-server serve http-server micro moleculer aws-lambda serverless
	graphql-yoga react-scripts @angular/core vue`)

func npmRole(file string, data []byte) (string, string, int, string) {
	v, _, err := document.ParseJSON(data)
	if err != nil {
		return "", "", 0, ""
	}
	for _, key := range []string{"dependencies", "optionalDependencies", "peerDependencies"} {
		for _, d := range v.Get(key).Map() {
			if webPackages[d.Key] {
				return "", "", 0, ""
			}
		}
	}
	for _, s := range v.Get("scripts").Map() {
		if s.Key == "start" || s.Key == "serve" || strings.HasPrefix(s.Key, "start:") {
			return "", "", 0, ""
		}
	}
	if bin := v.Field("bin"); bin != nil {
		return "cli", file, bin.Line, "package.json has bin, and no code takes requests"
	}
	for _, key := range []string{"main", "exports", "module"} {
		if field := v.Field(key); field != nil && !v.Get("private").True() {
			return "library", file, field.Line, "package.json has " + key + ", and no code takes requests"
		}
	}
	return "", "", 0, ""
}

func goRole(file string, c *code) (string, string, int, string) {
	switch {
	case c.main != "" && c.flags:
		return "cli", c.main, c.line, "a main package parses arguments, and no code listens"
	case c.main == "":
		return "library", file, 1, "the module has no main package, and no code listens"
	}
	return "", "", 0, ""
}

var (
	pythonScripts = regexp.MustCompile(`(?m)^[ \t]*(\[project\.scripts\]|\[tool\.poetry\.scripts\]|\[options\.entry_points\]|.*\bconsole_scripts\b)`)
	pythonBuild   = regexp.MustCompile(`(?m)^[ \t]*(\[build-system\]|\[metadata\]|.*\bsetup\s*\()`)
	pythonWeb     = regexp.MustCompile(`(?i)\b(flask|django|fastapi|starlette|aiohttp|tornado|sanic|bottle|falcon|pyramid|cherrypy|gunicorn|uvicorn|hypercorn|waitress|twisted|grpcio|websockets|streamlit|gradio|dash|uwsgi|mangum|chalice|zappa)\b`)
)

func (f *finder) pythonRole(declared []string) (role, file string, line int, why string) {
	for _, name := range declared {
		data, ok := f.read(name, maxConfig, false)
		if !ok || pythonWeb.Match(data) {
			return "", "", 0, ""
		}
		if at := pythonScripts.FindIndex(data); at != nil {
			role, file, line, why = "cli", name, 1+strings.Count(string(data[:at[0]]), "\n"), "the project installs a command, and no code takes requests"
		} else if at := pythonBuild.FindIndex(data); at != nil && role == "" {
			role, file, line, why = "library", name, 1+strings.Count(string(data[:at[0]]), "\n"), "the project is built as a package, and no code takes requests"
		}
	}
	return role, file, line, why
}
