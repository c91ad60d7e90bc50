package syntax

import "strings"

// jsMakers are the places below Node's own module "module" by which a file can make itself a require.
var jsMakers = []string{"", "default", "Module", "default.Module", "createRequire", "default.createRequire", "Module.createRequire"}

// jsModule reports whether v is of Node's own module "module".
func jsModule(v jsValue) bool {
	return strings.TrimPrefix(v.module, "node:") == "module"
}

// folder notes that a bundler puts the files of a folder in.
func (r *jsReader) folder(n, folder Node, p jsPlace) {
	for _, t := range r.texts(folder, p.scope, 0) {
		if t.whole && !strings.HasSuffix(t.text, "/") {
			t.text += "/"
		}
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: "require.context of a folder", Prefix: t.text})
	}
}

// glob notes that a bundler puts in the files that patterns match.
func (r *jsReader) glob(n, patterns Node, p jsPlace) {
	var texts []jsString
	if patterns.Is("array") {
		for item := range patterns.Children() {
			if !item.Is("comment") {
				texts = append(texts, r.texts(item, p.scope, 0)...)
			}
		}
	} else {
		texts = r.texts(patterns, p.scope, 0)
	}
	everything := strings.Contains(n.Text(), "exhaustive") // the folder of packages too
	for _, t := range texts {
		if t.whole && strings.HasPrefix(t.text, "!") {
			continue
		}
		if i := strings.IndexAny(t.text, "*?[{(+@!"); i >= 0 && !strings.HasPrefix(t.text, "@") {
			t.text = t.text[:i]
		} else if i := strings.IndexAny(t.text, "*?[{("); i >= 0 {
			t.text = t.text[:i]
		}
		if everything {
			t.text = ""
		}
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: "import.meta.glob of a pattern", Prefix: t.text})
	}
}
