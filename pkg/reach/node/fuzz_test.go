package node

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// FuzzOthers reads hostile configuration, pages and package files.
func FuzzOthers(f *testing.F) {
	for _, seed := range []string{
		"", "\xef\xbb\xbf{\"exports\": {\"./*\": \"./*.js\"}, \"browser\": {\"./a\": false, \"b\": \"weak\"}}\r\n", `{"bin": {"a": "../../etc/passwd"}, "main": ["x"], "scripts": {"start": "node -r weak && npx weak"}}`,
		`{"a": 1, "a": "weak", "exports": ` + strings.Repeat(`{"import":`, 500) + `"x"` + strings.Repeat("}", 500) + "}", `<script>import 'weak'</script><script type=importmap>{"imports":{"weak":"/weak"}}</script>`, "<script" + strings.Repeat(" a", 2000),
		"---\nimport 'weak'\n---\n<p>", "require(`weak`); require(a + 'b'); import(/* x */ 'weak'); require(\n'weak')", "#!/usr/bin/env node\nrequire('weak')", "<% require('weak') %>{{ weak }}", "plugins:\n  - weak\n", "'\"`'\"`'\"`",
		"{ // a\n\"paths\": {\"@/*\": [\"../../*\",],}, /* b", "@/*", "#a*", "~", "..", "../node_modules/", "file://", "\"\\",
	} {
		f.Add(seed)
	}
	files, err := project.OpenFiles(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { files.Close() })
	nodes := []fettle.Node{{Package: fettle.Package{Ecosystem: "npm", Name: "weak", Version: "1.0.0"}, Key: "node_modules/weak", Holders: []fettle.Edge{{}}}, {Key: "node_modules/weak/node_modules/weak", Holders: []fettle.Edge{{Holder: "node_modules/weak/node_modules/weak"}}}}
	p := program.Program{Project: fettle.Project{Nodes: nodes}, Files: files}
	f.Fuzz(func(t *testing.T, text string) {
		a := start(t.Context(), p, []program.Target{{Node: nodes[0]}})
		data := []byte(text)
		for _, s := range scan(data).imports {
			if s.line < 1 {
				t.Errorf("import of %q at line %d", s.target, s.line)
			}
		}
		m, _ := parseManifest(data)
		files, _ := m.entries()
		for _, file := range files {
			if strings.HasPrefix(file, "../") || strings.HasPrefix(file, "/") {
				t.Errorf("entry %q leads out", file)
			}
		}
		expand(leavesByKey(m.Imports), text)
		a.readManifest("package.json", data)
		a.readScripts("a.html", data)
		a.readScripts("a.astro", data)
		a.readJSON("config.json", data)
		a.readWords("config.yaml", data)
		a.ownImport("a.js", text, 1, false, false)
		a.ownDynamic("a.js", syntax.Dynamic{Line: 1, Prefix: text})
		a.ownByName(text)
		plainJSON(data)
		a.find.named(text)
	})
}
