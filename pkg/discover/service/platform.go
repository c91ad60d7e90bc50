package service

import (
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// hushUnread notes of which code it is not known how it is deployed, so that a port or a layout alone says nothing of it.
func (f *finder) hushUnread() {
	for _, file := range f.of(platformKind) {
		if unreadDeployment(path.Base(file)) {
			f.hushed = append(f.hushed, f.home(file).dirs...)
		}
	}
}

// readPlatforms reads the files by which hosting platforms take a folder and serve it.
func (f *finder) readPlatforms() {
	for _, file := range f.of(platformKind) {
		if unreadDeployment(path.Base(file)) {
			continue
		}
		data, ok := f.read(file, maxConfig, false)
		if !ok {
			continue
		}
		at := f.home(file)
		switch base := path.Base(file); {
		case base == "Procfile":
			f.tellProcfile(at, file, string(data))
		case base == "host.json": // of Azure Functions; what is open stands in function.json
		case strings.HasSuffix(base, ".toml"):
			if v, _, err := document.ParseTOML(data); err == nil {
				f.tellPlatformTOML(at, file, base, v)
			}
		default:
			if v, _, err := document.ParseJSONC(data); err == nil {
				f.tellPlatformJSON(at, file, base, v)
			}
		}
	}
}

var procLine = regexp.MustCompile(`^([A-Za-z0-9_-]+):\s*\S`)

func (f *finder) tellProcfile(at place, file, text string) {
	line := 0
	for text := range strings.SplitSeq(text, "\n") {
		line++
		if m := procLine.FindStringSubmatch(text); m != nil && m[1] == "web" {
			f.expose(at, open, "procfile", file, line, "the process web takes requests")
			return
		}
	}
}

func (f *finder) tellPlatformTOML(at place, file, base string, v *document.Value) {
	switch base {
	case "fly.toml":
		for _, key := range []string{"http_service", "services"} {
			if field := v.Field(key); field != nil {
				f.expose(at, open, "fly", file, field.Line, "[%s] takes requests", key)
				return
			}
		}
	case "netlify.toml":
		f.expose(at, open, "netlify", file, 1, "the folder is served by Netlify")
	case "wrangler.toml":
		if v.Get("main") != nil || v.Get("pages_build_output_dir") != nil {
			f.expose(at, open, "cloudflare", file, 1, "the folder is served by Cloudflare")
		}
	}
}

func (f *finder) tellPlatformJSON(at place, file, base string, v *document.Value) {
	switch base {
	case "vercel.json", "now.json":
		f.expose(at, open, "vercel", file, 1, "the folder is served by Vercel")
	case "wrangler.json", "wrangler.jsonc":
		if v.Get("main") != nil {
			f.expose(at, open, "cloudflare", file, 1, "the folder is served by Cloudflare")
		}
	case "firebase.json":
		for _, key := range []string{"hosting", "functions"} {
			if field := v.Field(key); field != nil {
				f.expose(at, open, "firebase", file, field.Line, "Firebase serves its %s", key)
				return
			}
		}
	case "app.json": // of Heroku; Expo has a file of the same name
		if field := v.Field("buildpacks"); field != nil {
			f.expose(at, open, "heroku", file, field.Line, "the folder is an app of Heroku")
		} else if field := v.Get("formation").Field("web"); field != nil {
			f.expose(at, open, "heroku", file, field.Line, "the process web takes requests")
		}
	case "Dockerrun.aws.json":
		f.expose(at, open, "beanstalk", file, 1, "the folder is an app of Elastic Beanstalk")
	case "function.json":
		for _, b := range v.Get("bindings").List() {
			if strings.EqualFold(b.Get("type").Str(), "httpTrigger") {
				f.expose(at, open, "azure-functions", file, b.Line, "function %s takes requests", path.Base(project.Parent(file)))
				return
			}
		}
	}
}

// tellRender reads render.yaml, where each service names its folder.
func (f *finder) tellRender(file string, v *document.Value) {
	for _, s := range v.Get("services").List() {
		at := f.home(file)
		if dir, ok := inside(project.Parent(file), s.Get("rootDir").Str()); ok && s.Get("rootDir").Str() != "" {
			at = f.codeIn(dir)
		} else if named := f.named(s.Get("name").Str()); !named.none() {
			at = named
		}
		kind := s.Get("type")
		switch name := s.Get("name").Str(); kind.Str() {
		case "web", "static":
			f.expose(at, open, "render", file, kind.Line, "service %s is of type %s", name, kind.Str())
		case "pserv", "worker", "cron":
			if len(v.Get("services").List()) > 1 && s.Get("rootDir") == nil {
				at.sure = false
			}
			f.expose(at, controlled, "render", file, kind.Line, "service %s is of type %s", name, kind.Str())
		}
	}
}

// tellEngine reads app.yaml of App Engine.
func (f *finder) tellEngine(file string, v *document.Value) {
	if r := v.Field("runtime"); r != nil && r.Value.Str() != "" {
		f.expose(f.home(file), open, "app-engine", file, r.Line, "App Engine serves the folder with runtime %s", r.Value.Str())
	}
}
