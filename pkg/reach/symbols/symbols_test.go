package symbols

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestSymbolsAreFoundUnderAnyIDOfTheAdvisory(t *testing.T) {
	o := &Overlay{}
	if err := o.Add("npm.yaml", "npm", []byte("- {advisory: CVE-2021-1, package: lib, symbols: [f, g], how: read}\n- {advisory: ghsa-x, ecosystem: PyPI, package: lib, symbols: [h]}\n")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		f    fettle.Finding
		want []fettle.Symbols
	}{
		{fettle.Finding{Rule: "GHSA-Y", Aliases: []string{"CVE-2021-1"}, Package: fettle.Package{Ecosystem: "npm", Name: "lib"}}, []fettle.Symbols{{Names: []string{"f", "g"}}}},
		{fettle.Finding{Rule: "GHSA-x", Package: fettle.Package{Ecosystem: "PyPI", Name: "lib"}}, []fettle.Symbols{{Names: []string{"h"}}}},
		{fettle.Finding{Rule: "CVE-2021-1", Package: fettle.Package{Ecosystem: "npm", Name: "other"}}, nil},
		{fettle.Finding{Rule: "CVE-2021-1", Package: fettle.Package{Ecosystem: "PyPI", Name: "lib"}}, nil},
	} {
		if diff := cmp.Diff(test.want, o.Of(test.f)); diff != "" {
			t.Errorf("%v: %s", test.f, diff)
		}
	}
	if (*Overlay)(nil).Of(fettle.Finding{}) != nil {
		t.Error("no overlay names symbols")
	}
}

func TestFaultsNameFileAndLine(t *testing.T) {
	for text, want := range map[string]string{
		"- {advisory: A, package: p, symbols: [f]}\n- {advisory: B, symbols: [f]}\n": "x.yaml:2: the entry of B has no package",
		"- {package: p, symbols: [f]}\n":                                             "x.yaml:1: an entry has no advisory",
		"- {advisory: B, package: p}\n":                                              "x.yaml:1: the entry of B has no symbols",
		"- {advisory: B, package: p, symbols: [f], hwo: x}\n":                        "x.yaml:1: ",
		"a: b\n": "x.yaml: want a list of entries",
		"- [\n":  "x.yaml: want a list",
	} {
		if err := new(Overlay).Add("x.yaml", "npm", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if err := new(Overlay).Add("x.yaml", "", []byte("- {advisory: B, package: p, symbols: [f]}\n")); err == nil || !strings.Contains(err.Error(), "has no ecosystem") {
		t.Error(err)
	}
	if err := new(Overlay).Add("x.yaml", "npm", nil); err != nil {
		t.Error(err)
	}
}

func TestTheOverlayOfTheProgramReads(t *testing.T) {
	o, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for id, entries := range o.entries {
		for _, e := range entries {
			if e.How == "" {
				t.Errorf("%s of %s does not say how its symbols were found", id, e.Package)
			}
		}
	}
}

func FuzzOverlay(f *testing.F) {
	f.Add("- {advisory: CVE-2021-1, package: lib, symbols: [f, g], how: read}\n")
	f.Add("- &a {advisory: *a}\n")
	f.Add("- [[[[")
	f.Fuzz(func(t *testing.T, text string) {
		o := &Overlay{}
		if err := o.Add("x.yaml", "npm", []byte(text)); err != nil && !strings.HasPrefix(err.Error(), "x.yaml:") {
			t.Errorf("%q: %v does not name the file", text, err)
		}
	})
}
