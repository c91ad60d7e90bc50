package surface

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"
)

// nodePackage is what the files of one npm package export.
type nodePackage struct {
	ctx      context.Context
	files    *artifact
	manifest nodeManifest
	modules  map[string]*nodeModule
	reached  map[string]*nodeLoose
	words    map[string]map[string]bool // by file
	searched int                        // bytes gone through for words
}

// nodeManifest is the part of package.json that says what may be loaded.
type nodeManifest struct {
	Name       string          `json:"name"`
	Main       any             `json:"main"`
	Type       any             `json:"type"`
	Types      any             `json:"types"`
	Typings    any             `json:"typings"`
	Exports    json.RawMessage `json:"exports"`
	Bin        any             `json:"bin"`
	Engines    any             `json:"engines"`
	Repository any             `json:"repository"`
}

func newNode(ctx context.Context, a *artifact) (*nodePackage, error) {
	p := &nodePackage{ctx: ctx, files: a, modules: map[string]*nodeModule{}}
	data, err := a.read("package.json")
	if err != nil {
		return nil, errors.New("it has no package.json")
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &p.manifest); err != nil {
		return nil, errors.New("its package.json cannot be read")
	}
	return p, nil
}

func asText(v any) string {
	s, _ := v.(string)
	return s
}

// nodeEngine is what engines.node asks for.
func (m nodeManifest) nodeEngine() string {
	engines, _ := m.Engines.(map[string]any)
	return asText(engines["node"])
}

func (m nodeManifest) address() string {
	switch r := m.Repository.(type) {
	case string:
		if short := strings.TrimPrefix(r, "github:"); strings.Count(short, "/") == 1 && !strings.Contains(short, ":") {
			return "https://github.com/" + short
		}
		return r
	case map[string]any:
		url := asText(r["url"])
		for _, old := range []string{"git+ssh://git@github.com/", "ssh://git@github.com/", "git@github.com:", "git://github.com/"} {
			if rest, ok := strings.CutPrefix(url, old); ok {
				return "https://github.com/" + rest
			}
		}
		return url
	}
	return ""
}

// bins are the commands that the package brings.
func (m nodeManifest) bins() []string {
	var names []string
	switch b := m.Bin.(type) {
	case string:
		names = []string{m.Name[strings.LastIndexByte(m.Name, '/')+1:]}
	case map[string]any:
		for name := range b {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// The conditions under which Node and TypeScript look into an exports map.
var (
	whenRequired = []string{"require", "node", "node-addons", "module-sync", "default"}
	whenImported = []string{"import", "node", "node-addons", "module-sync", "default"}
	whenTyped    = []string{"types", "import", "require", "node", "default"}
)

// resolve returns the file that a subpath, "." or "./x", leads to under conditions; "" where there is none.
func (p *nodePackage) resolve(subpath string, conditions []string) string {
	if exports := bytes.TrimSpace(p.manifest.Exports); len(exports) > 0 && !bytes.Equal(exports, []byte("null")) {
		target := p.exported(exports, subpath, conditions)
		if target == "" {
			return ""
		}
		return p.file(path.Clean(target), true)
	}
	if subpath != "." {
		return p.file(path.Clean(subpath), false)
	}
	if main := asText(p.manifest.Main); main != "" {
		if file := p.file(path.Clean(strings.TrimPrefix(main, "/")), false); file != "" {
			return file
		}
	}
	return p.file("index", false)
}

// file is what Node finds at a path: itself, with an extension, or the index of a folder.
func (p *nodePackage) file(name string, exact bool) string {
	if p.files.has[name] {
		return name
	}
	if exact || strings.HasPrefix(name, "..") {
		return ""
	}
	for _, ext := range []string{".js", ".json", ".node", ".cjs", ".mjs"} {
		if p.files.has[name+ext] {
			return name + ext
		}
	}
	if inner := path.Join(name, "package.json"); name != "." && p.files.has[inner] {
		var m nodeManifest
		if data, err := p.files.read(inner); err == nil && json.Unmarshal(data, &m) == nil && asText(m.Main) != "" {
			if target := path.Join(name, asText(m.Main)); target != name && !strings.HasPrefix(target, "..") {
				for _, try := range []string{target, target + ".js", target + "/index.js"} {
					if p.files.has[try] {
						return try
					}
				}
			}
		}
	}
	for _, ext := range []string{".js", ".json", ".cjs", ".mjs"} {
		if p.files.has[path.Join(name, "index"+ext)] {
			return path.Join(name, "index"+ext)
		}
	}
	return ""
}

// member is one key of a JSON object, which are in order.
type jsonMember struct {
	key   string
	value json.RawMessage
}

func jsonMembers(raw json.RawMessage) []jsonMember {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var list []jsonMember
	for d.More() && len(list) < 5000 {
		key, err := d.Token()
		if err != nil {
			return list
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return list
		}
		name, _ := key.(string)
		list = append(list, jsonMember{name, value})
	}
	return list
}

// exported looks a subpath up in an exports map.
func (p *nodePackage) exported(exports json.RawMessage, subpath string, conditions []string) string {
	members := jsonMembers(exports)
	if len(members) == 0 || !strings.HasPrefix(members[0].key, ".") {
		if subpath != "." {
			return ""
		}
		return target(exports, conditions, "", 0)
	}
	best, middle := jsonMember{}, ""
	for _, m := range members {
		if m.key == subpath {
			return target(m.value, conditions, "", 0)
		}
		before, after, star := strings.Cut(m.key, "*")
		longer := len(before) > len(strings.SplitN(best.key, "*", 2)[0])
		if !star && strings.HasSuffix(m.key, "/") { // the old way to export a folder, which a star goes before
			before, after, star = m.key, "", true
			longer = len(before) > len(strings.SplitN(best.key, "*", 2)[0])
		} else if star && strings.HasSuffix(best.key, "/") {
			longer = len(before) >= len(best.key)
		}
		if star && strings.HasPrefix(subpath, before) && strings.HasSuffix(subpath, after) && len(subpath) >= len(before)+len(after) && longer {
			best, middle = m, subpath[len(before):len(subpath)-len(after)]
		}
	}
	if best.key == "" {
		return ""
	}
	if strings.HasSuffix(best.key, "/") {
		if t := target(best.value, conditions, "", 0); t != "" {
			return t + middle
		}
		return ""
	}
	return target(best.value, conditions, middle, 0)
}

// target is what a value of an exports map leads to.
func target(value json.RawMessage, conditions []string, middle string, depth int) string {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || depth > 20 {
		return ""
	}
	switch value[0] {
	case '"':
		var text string
		if json.Unmarshal(value, &text) != nil || !strings.HasPrefix(text, "./") {
			return ""
		}
		return strings.ReplaceAll(text, "*", middle)
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(value, &list) != nil {
			return ""
		}
		for _, v := range list {
			if t := target(v, conditions, middle, depth+1); t != "" {
				return t
			}
		}
	case '{':
		for _, m := range jsonMembers(value) {
			if slices.Contains(conditions, m.key) {
				if t := target(m.value, conditions, middle, depth+1); t != "" {
					return t
				}
			}
		}
	}
	return ""
}

// typesFor is the declaration file of a subpath, "" where the package ships none for it.
func (p *nodePackage) typesFor(subpath string) string {
	if len(p.manifest.Exports) > 0 {
		if t := path.Clean(p.exported(p.manifest.Exports, subpath, whenTyped)); isDeclaration(t) && p.files.has[t] {
			return t
		}
	}
	if subpath == "." {
		for _, t := range []string{asText(p.manifest.Types), asText(p.manifest.Typings)} {
			if t = path.Clean(t); t == "." {
				continue
			}
			for _, try := range []string{t, t + ".d.ts", path.Join(t, "index.d.ts")} {
				if isDeclaration(try) && p.files.has[try] {
					return try
				}
			}
		}
	}
	if file := p.resolve(subpath, whenImported); file != "" {
		for _, try := range []string{strings.TrimSuffix(file, path.Ext(file)) + ".d.ts", strings.TrimSuffix(file, path.Ext(file)) + ".d.mts", strings.TrimSuffix(file, path.Ext(file)) + ".d.cts"} {
			if p.files.has[try] {
				return try
			}
		}
	}
	return ""
}

func isDeclaration(file string) bool {
	return strings.HasSuffix(file, ".d.ts") || strings.HasSuffix(file, ".d.cts") || strings.HasSuffix(file, ".d.mts")
}

// isModule reports whether Node runs the file as an ES module.
func (p *nodePackage) isModule(file string) bool {
	switch path.Ext(file) {
	case ".mjs":
		return true
	case ".js":
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) { // the nearest package.json decides
			if inner := path.Join(dir, "package.json"); p.files.has[inner] {
				var m nodeManifest
				data, err := p.files.read(inner)
				return err == nil && json.Unmarshal(data, &m) == nil && asText(m.Type) == "module"
			}
		}
		return asText(p.manifest.Type) == "module"
	}
	return false
}
