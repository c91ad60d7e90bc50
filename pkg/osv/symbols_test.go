package osv

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSymbolsOfEachDatabase(t *testing.T) {
	for _, test := range []struct {
		name, specific string
		want           []Symbols
	}{
		{"the Go vulnerability database", `{"imports":[{"path":"a.example/m/p","symbols":["F","T.M"],"goos":["linux"]},{"path":"a.example/m/q"},{"symbols":["X"]}]}`,
			[]Symbols{{Path: "a.example/m/p", Names: []string{"F", "T.M"}}, {Path: "a.example/m/q", Names: []string{}}}},
		{"GitHub's", `{"affected_functions":["pkg.mod.f"]}`, []Symbols{{Names: []string{"pkg.mod.f"}}}},
		{"RustSec's", `{"affects":{"functions":["c::m::f"],"os":[]},"affected_functions":null}`, []Symbols{{Names: []string{"c::m::f"}}}},
		{"none", `{"urgency":"low"}`, nil},
		{"another form", `{"imports":"all"}`, nil},
		{"nothing", ``, nil},
		{"more than is read", `{"affected_functions":[` + strings.Repeat(`"f",`, 5000) + `"f"]}`, []Symbols{{Names: strings.Split(strings.TrimSuffix(strings.Repeat("f,", maxSymbols), ","), ",")}}},
	} {
		got := AffectedPackage{EcosystemSpecific: []byte(test.specific)}.Symbols()
		if diff := cmp.Diff(test.want, got, cmp.Transformer("nil", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
