package bundler

import (
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// readGemspec reads what a gemspec declares, as text: a scope of development marks what only its own work needs.
func readGemspec(files *project.Files, file string, t *project.Teller) []declaration {
	data, err := files.Read(file)
	if err != nil {
		t.Fault(file, err)
		return nil
	}
	list, lost := scanRuby(string(data))
	if lost > 0 {
		t.Tell(file, lost, "cannot be read as text from this line on, so what it declares below was not read")
	}
	var found []declaration
	depth := 0 // of code that decides, as far as it shows
	for _, st := range list {
		switch first := st.tokens[0]; {
		case first.kind == 'w' && (first.text == "if" || first.text == "unless" || first.text == "case"):
			depth++
		case first.kind == 'w' && first.text == "end" && depth > 0:
			depth--
		}
		for i, tok := range st.tokens {
			if tok.kind != 'w' || i == 0 || st.tokens[i-1].text != "." || len(found) > project.MaxNodes {
				continue
			}
			scope := fettle.Production
			switch tok.text {
			case "add_development_dependency":
				scope = fettle.Development
			case "add_dependency", "add_runtime_dependency":
			default:
				continue
			}
			c := parseCall(st.tokens[i+1:])
			if !c.first || len(c.values) == 0 || c.values[0].kind != 's' {
				t.Tell(file, st.line, "the name of a dependency is worked out when the gemspec runs, so it is unknown")
				continue
			}
			found = append(found, declaration{name: c.values[0].text, requirements: texts(c.values[1:]), plain: !c.isUnknown(""),
				conditional: depth > 0 || modified(st.tokens), scope: scope, at: fettle.Location{Path: file, Line: st.line}})
		}
	}
	return found
}
