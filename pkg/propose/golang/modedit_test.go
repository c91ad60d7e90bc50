package golang

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

func TestAnEditOfRequirementsLeavesTheRestOfTheLine(t *testing.T) {
	for _, c := range []struct {
		name, text string
		wanted     map[string]required
		want       string
	}{
		{"a single line", "module m\n\nrequire a.example/a v1.0.0 // why\n", map[string]required{"a.example/a": {"v1.1.0", false}}, "module m\n\nrequire a.example/a v1.1.0 // why\n"},
		{"a block, odd spacing", "module m\nrequire(\n  a.example/a    v1.0.0\n\n\t// beta\n\tb.example/b\tv1.0.0 // indirect; for x\n)\n",
			map[string]required{"b.example/b": {"v1.2.0", true}}, "module m\nrequire(\n  a.example/a    v1.0.0\n\n\t// beta\n\tb.example/b\tv1.2.0 // indirect; for x\n)\n"},
		{"CRLF and a mark", "\ufeffmodule m\r\n\r\nrequire a.example/a v1.0.0\r\n", map[string]required{"a.example/a": {"v1.1.0", false}}, "\ufeffmodule m\r\n\r\nrequire a.example/a v1.1.0\r\n"},
		{"a new one among its like", "module m\n\ngo 1.20\n\nrequire a.example/a v1.0.0\n\nrequire (\n\tb.example/b v1.0.0 // indirect\n\td.example/d v1.0.0 // indirect\n)\n",
			map[string]required{"c.example/c": {"v1.0.0", true}},
			"module m\n\ngo 1.20\n\nrequire a.example/a v1.0.0\n\nrequire (\n\tb.example/b v1.0.0 // indirect\n\tc.example/c v1.0.0 // indirect\n\td.example/d v1.0.0 // indirect\n)\n"},
		{"a new one at the end of a block", "module m\n\nrequire (\n\ta.example/a v1.0.0\n)\n\nexclude x.example/x v1.0.0\n", map[string]required{"b.example/b": {"v1.0.0", true}},
			"module m\n\nrequire (\n\ta.example/a v1.0.0\n\tb.example/b v1.0.0 // indirect\n)\n\nexclude x.example/x v1.0.0\n"},
		{"several new ones of a kind of their own", "module m\n\ngo 1.20\n\nrequire a.example/a v1.0.0\n\nexclude x.example/x v1.0.0\n",
			map[string]required{"b.example/b": {"v1.0.0", true}, "c.example/c": {"v1.0.0", true}},
			"module m\n\ngo 1.20\n\nrequire a.example/a v1.0.0\n\nrequire (\n\tb.example/b v1.0.0 // indirect\n\tc.example/c v1.0.0 // indirect\n)\n\nexclude x.example/x v1.0.0\n"},
		{"the first one, no newline at the end", "module m\n\ngo 1.20", map[string]required{"b.example/b": {"v1.0.0", false}}, "module m\n\ngo 1.20\n\nrequire b.example/b v1.0.0\n"},
		{"one that is needed no more, with its comment", "module m\n\nrequire (\n\ta.example/a v1.0.0\n\t// for b\n\tb.example/b v1.0.0 // indirect\n)\n", map[string]required{"b.example/b": {}},
			"module m\n\nrequire (\n\ta.example/a v1.0.0\n)\n"},
		{"all of a block", "module m\n\nrequire a.example/a v1.0.0\n\nrequire (\n\tb.example/b v1.0.0 // indirect\n)\n\nretract v1.0.0\n", map[string]required{"b.example/b": {}},
			"module m\n\nrequire a.example/a v1.0.0\n\nretract v1.0.0\n"},
		{"what becomes direct", "module m\n\nrequire a.example/a v1.0.0 // indirect\n", map[string]required{"a.example/a": {"v1.1.0", false}}, "module m\n\nrequire a.example/a v1.1.0\n"},
		{"what becomes direct, with a remark", "module m\n\nrequire a.example/a v1.0.0 // indirect; for x\n", map[string]required{"a.example/a": {"v1.0.0", false}}, "module m\n\nrequire a.example/a v1.0.0 // for x\n"},
		{"what becomes indirect", "module m\n\nrequire (\n\ta.example/a v1.0.0 // for x\n\tb.example/b v1.0.0\n)\n", map[string]required{"a.example/a": {"v1.0.0", true}, "b.example/b": {"v1.0.0", true}},
			"module m\n\nrequire (\n\ta.example/a v1.0.0 // indirect; for x\n\tb.example/b v1.0.0 // indirect\n)\n"},
		{"one that stands twice", "module m\n\nrequire a.example/a v1.0.0\nrequire a.example/a v1.0.5\n", map[string]required{"a.example/a": {"v1.1.0", false}}, "module m\n\nrequire a.example/a v1.1.0\nrequire a.example/a v1.0.5\n"},
		{"a quoted path", "module m\n\nrequire \"a.example/a\" v1.0.0\n", map[string]required{"a.example/a": {"v1.1.0", false}}, "module m\n\nrequire \"a.example/a\" v1.1.0\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := editRequirements("go.mod", c.text, c.wanted)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSumsAreMergedLineByLine(t *testing.T) {
	for _, c := range []struct{ name, original, before, after, want string }{
		{"one moves", "a v1 h\na v1/go.mod h\nc v1 h\n", "a v1 h\na v1/go.mod h\nc v1 h\n", "a v2 h\na v2/go.mod h\nc v1 h\n", "a v2 h\na v2/go.mod h\nc v1 h\n"},
		{"what tidying drops on its own accord stays", "a v1 h\nold v1 h\n", "a v1 h\n", "a v1 h\nb v1 h\n", "a v1 h\nb v1 h\nold v1 h\n"},
		{"what tidying adds on its own accord stays away", "a v1 h\n", "a v1 h\nb v1 h\n", "a v1 h\nb v1 h\nc v1 h\n", "a v1 h\nc v1 h\n"},
		{"other line ends", "a v1 h\r\nc v1 h\r\n", "a v1 h\nc v1 h\n", "a v1 h\nb v1 h\nc v1 h\n", "a v1 h\r\nb v1 h\r\nc v1 h\r\n"},
		{"no newline at the end", "a v1 h", "a v1 h\n", "a v1 h\nb v1 h\n", "a v1 h\nb v1 h\n"},
		{"nothing changes", "b v1 h\nbroken\n\na v1 h\n", "a v1 h\n", "a v1 h\n", "b v1 h\nbroken\n\na v1 h\n"},
	} {
		if got := mergeSums(c.original, c.before, c.after); got != c.want {
			t.Errorf("%s: %s", c.name, cmp.Diff(c.want, got))
		}
	}
}

func FuzzEditRequirements(f *testing.F) {
	for _, seed := range []string{"module m\n", "module m\n\nrequire (\n\ta.example/a v1.0.0\n\tb.example/b v1.0.0 // indirect\n)\n", "\ufeffmodule m\r\nrequire a.example/a v1.0.0\r\n", "require (\n)\n",
		"module m\nrequire a.example/a v1.0.0 // indirect; x\nrequire a.example/a v1.0.0\n", "module m\nrequire ( // c\n\t// d\n\tb.example/b v1.0.0 // e\n\t// f\n)", "module \"m\"\nrequire \"a.example/a\" \"v1.0.0\"\n"} {
		f.Add(seed, "v1.2.0")
	}
	f.Fuzz(func(t *testing.T, text, version string) {
		for _, wanted := range []map[string]required{
			{"a.example/a": {"v1.1.0", false}, "b.example/b": {"v1.2.3", true}, "c.example/c": {"v0.1.0", true}},
			{"a.example/a": {}, "b.example/b": {}},
		} {
			got, err := editRequirements("go.mod", text, wanted)
			if err != nil {
				continue
			}
			after, err := modfile.Parse("go.mod", []byte(unmarked(got)), lenient)
			if err != nil {
				t.Fatalf("%q became %q: %v", text, got, err)
			}
			have := map[string]string{}
			for _, r := range after.Require {
				have[r.Mod.Path] = max(have[r.Mod.Path], r.Mod.Version)
			}
			for p, want := range wanted {
				if want.version == "" && have[p] != "" || want.version != "" && have[p] < want.version {
					t.Fatalf("%q became %q, which has %s %q", text, got, p, have[p])
				}
			}
			_, _ = editGo("go.mod", got, "1.99.0", "go1.99.0")
		}
		_ = mergeSums(text, version, strings.ToUpper(text))
		_ = headOf(text)
	})
}
