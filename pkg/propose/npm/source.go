package npm

import (
	"fmt"
	"path"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// source is where a lockfile takes one installed package from.
type source struct {
	key, name, version string
	resolved           string // as it stands in the lockfile
	index, length      int    // of the JSON text of resolved
}

// keepSources returns the derived lockfile with each package taken from the registry that original takes it from, or its
// like: the registry that npm asked here may be a mirror. The hash of a package's content stays, so a registry that serves
// something else under the name does no harm. A source of another kind that original does not have, such as an address that
// a new package brings along, is refused.
func keepSources(original, derived string) (string, error) {
	before := sources(original)
	known := map[string]bool{}
	byKey, byName, byScope := map[string]string{}, map[string]string{}, map[string]map[string]int{}
	for _, s := range before {
		known[s.resolved] = true
		base, ok := s.registry()
		if !ok {
			continue
		}
		byKey[s.key], byName[s.name] = base, base
		for _, scope := range []string{s.scope(), ""} {
			if byScope[scope] == nil {
				byScope[scope] = map[string]int{}
			}
			byScope[scope][base]++
		}
	}
	var out strings.Builder
	at := 0
	for _, s := range sources(derived) {
		if known[s.resolved] {
			continue
		}
		base, ok := s.registry()
		want := first(byKey[s.key], byName[s.name], most(byScope[s.scope()]), most(byScope[""]))
		if !ok || want == "" {
			return "", fmt.Errorf("%s %s would come from %s, which is not a source that the lockfile has: %w", s.name, s.version, s.resolved, fettle.ErrRefused)
		}
		if base == want {
			continue
		}
		out.WriteString(derived[at:s.index] + Quote(want+strings.TrimPrefix(s.resolved, base)))
		at = s.index + s.length
	}
	return out.String() + derived[at:], nil
}

// sources lists the addresses in a lockfile, in the order of the text.
func sources(text string) []source {
	var list []source
	add := func(key string, entry gjson.Result) {
		resolved := entry.Get("resolved")
		if version := entry.Get("version"); !resolved.Exists() && strings.Contains(version.Str, ":") && !strings.HasPrefix(version.Str, "npm:") {
			resolved = version // lockfile version 1 has addresses there
		}
		end := resolved.Index + len(resolved.Raw)
		if resolved.Type != gjson.String || entry.Get("link").Bool() || end > len(text) || text[resolved.Index:end] != resolved.Raw {
			return
		}
		name := entry.Get("name").Str
		if name == "" {
			name = nameOfKey(key)
		}
		version := entry.Get("version").Str
		if head, rest := alias(version); head != "" { // lockfile version 1
			name, version = strings.TrimSuffix(strings.TrimPrefix(head, "npm:"), "@"), rest
		}
		list = append(list, source{key, name, version, resolved.Str, resolved.Index, len(resolved.Raw)})
	}
	gjson.Get(text, "packages").ForEach(func(key, entry gjson.Result) bool {
		add(key.Str, entry)
		return true
	})
	var nested func(object gjson.Result, parent string, depth int)
	nested = func(object gjson.Result, parent string, depth int) {
		object.ForEach(func(name, entry gjson.Result) bool {
			key := strings.TrimPrefix(parent+"/node_modules/"+name.Str, "/")
			add(key, entry)
			if below := entry.Get("dependencies"); below.IsObject() && depth < 100 {
				nested(below, key, depth+1)
			}
			return true
		})
	}
	nested(gjson.Get(text, "dependencies"), "", 0)
	return list
}

// registry returns the address of the registry that s is from; ok is false where it is not from one.
func (s source) registry() (base string, ok bool) {
	base, ok = strings.CutSuffix(s.resolved, "/"+s.name+"/-/"+path.Base(s.name)+"-"+s.version+".tgz")
	return base, ok && (strings.HasPrefix(base, "https://") || strings.HasPrefix(base, "http://"))
}

func (s source) scope() string {
	scope, _, ok := strings.Cut(s.name, "/")
	if !ok {
		return ""
	}
	return scope
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// most returns the key with the highest count, the first in order of those that are equal.
func most(counts map[string]int) string {
	best := ""
	for key, count := range counts {
		if count > counts[best] || count == counts[best] && key < best {
			best = key
		}
	}
	return best
}
