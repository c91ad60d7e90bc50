package service

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// composeFile is one compose file. Files of one folder are laid over one another, in ways that only the command line says.
type composeFile struct {
	file     string
	services []*composed
}

// composed is one service of a compose file.
type composed struct {
	name       string
	file       string
	line       int
	image      string
	context    string // of the build, relative to the repository
	dockerfile string // relative to the repository; "" where nothing is built
	target     string
	published  []port
	reached    string // why something before it hands requests on: a label of a proxy
	reachedAt  int
	local      port // published on the machine itself only
	host       int  // the line of network_mode: host
	extends    bool // more than this file says is known elsewhere
	labels     []label
}

// isCompose reports whether a file is a compose file by its name.
func isCompose(file string) bool {
	base := strings.ToLower(path.Base(file))
	return strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose.") || strings.HasPrefix(base, "compose-") || strings.Contains(base, ".compose.") ||
		strings.HasPrefix(base, "docker-stack")
}

func (f *finder) readCompose(file string, v *document.Value) {
	c := &composeFile{file: file}
	for _, field := range v.Get("services").Map() {
		if f.composedCount++; f.composedCount > maxComposed {
			f.excess(file, "there are more than %d services in compose files; this and later ones were not read", maxComposed)
			break
		}
		if field.Value.Is(document.Map) {
			c.services = append(c.services, f.composed(file, field))
		}
	}
	f.compose = append(f.compose, c)
}

func (f *finder) composed(file string, field document.Field) *composed {
	v := field.Value
	s := &composed{name: field.Key, file: file, line: field.Line, image: v.Get("image").Str(), extends: v.Get("extends") != nil}
	s.built(v.Get("build"))
	for _, p := range v.Get("ports").List() {
		s.port(p)
	}
	if n := v.Field("network_mode"); n != nil {
		if n.Value.Str() == "host" {
			s.host = n.Line
		} else if strings.HasPrefix(n.Value.Str(), "service:") || strings.HasPrefix(n.Value.Str(), "container:") {
			s.extends = true
		}
	}
	s.labels = slices.Concat(composeLabels(v.Get("labels")), composeLabels(v.Get("deploy", "labels")))
	for _, l := range s.labels {
		key := strings.ToLower(l.key)
		if strings.HasPrefix(key, "traefik.") && (strings.Contains(key, ".routers.") || strings.HasSuffix(key, "frontend.rule") || key == "traefik.enable" && l.value == "true") || key == "caddy" || strings.HasPrefix(key, "caddy_") {
			s.reached, s.reachedAt = "label "+l.key, l.line
			break
		}
	}
	for _, e := range composeLabels(v.Get("environment")) {
		if e.key == "VIRTUAL_HOST" && s.reached == "" {
			s.reached, s.reachedAt = "VIRTUAL_HOST "+e.value, e.line
		}
	}
	return s
}

// built notes the build, whose folder is relative to the file. One that leads out of the tree or is elsewhere is not there.
func (s *composed) built(v *document.Value) {
	context, file := v.Str(), "Dockerfile"
	if v.Is(document.Map) {
		if context = v.Get("context").Str(); context == "" {
			context = "."
		}
		if name := v.Get("dockerfile").Str(); name != "" {
			file = name
		}
		s.target = v.Get("target").Str()
	}
	if context == "" || strings.Contains(context, "://") || strings.HasPrefix(context, "git@") || path.IsAbs(context) {
		return
	}
	context = defaults(context)
	if dir, ok := inside(project.Parent(s.file), context); ok {
		s.context = dir
		if name, ok := inside(dir, defaults(file)); ok {
			s.dockerfile = name
		}
	}
}

// inside joins a folder and a path in it; it reports whether the result is in the tree. The top is "".
func inside(dir, name string) (string, bool) {
	if path.IsAbs(name) || strings.ContainsAny(name, "$\\") {
		return "", false
	}
	joined := path.Join(dir, name)
	if joined == ".." || strings.HasPrefix(joined, "../") {
		return "", false
	}
	if joined == "." {
		joined = ""
	}
	return joined, true
}

// defaults puts the default of a variable in its place: ${PORT:-80}.
func defaults(text string) string {
	return argUse.ReplaceAllStringFunc(text, func(use string) string {
		if m := argUse.FindStringSubmatch(use); strings.Contains(use, ":-") {
			return m[2]
		}
		return use
	})
}

// port notes one entry of ports, in the short form or the long one.
func (s *composed) port(v *document.Value) {
	text, host := v.Str(), ""
	if v.Is(document.Map) {
		host = v.Get("host_ip").Str()
		text = v.Get("published").Str() + ":" + v.Get("target").Str()
	} else if at := strings.LastIndexByte(text, ':'); at > 0 {
		if front := text[:at]; strings.ContainsAny(front, ":.[") || strings.Contains(front, "localhost") {
			if cut := strings.LastIndexByte(front, ':'); cut >= 0 && !strings.HasSuffix(front, "]") {
				front = front[:cut]
			}
			host = front
		}
	}
	if text == "" || text == ":" {
		return
	}
	if loopback(host) {
		s.local = port{text, v.Line}
		return
	}
	s.published = append(s.published, port{text, v.Line})
}

// loopback reports whether an address is one of the machine itself. A variable is not, even where its default is.
func loopback(host string) bool {
	host = strings.Trim(host, "[]")
	return strings.HasPrefix(host, "127.") || host == "::1" || host == "localhost" || host == "0:0:0:0:0:0:0:1"
}

// composeLabels reads labels or variables, which are a map or a list of name=value.
func composeLabels(v *document.Value) []label {
	list := labelsOf(v)
	for _, item := range v.List() {
		key, value, _ := strings.Cut(item.Str(), "=")
		list = append(list, label{key, value, item.Line})
	}
	return list
}
