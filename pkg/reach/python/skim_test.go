package python

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSkimming(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "import a, b.c as d\n", "1 a|1 b.c"},
		{"from", "from .a import (b, # no\n  c as d,)\nfrom .. import *", "1 .a b c|3 .. *"},
		{"after other statements", "x = 1; import a\ntry: import b\nexcept: pass", "1 a|2 b"},
		{"no import", "yield_from = 1\ndef f():\n  yield from a\nraise X from b\nx.import_(1)", ""},
		{"in a text", "'''\nimport a\n'''\n\"import b\"\n# import c\nx = \"\"\"\nfrom d import e\"\"\"", ""},
		{"in brackets", "f(\nimport_x,\n)\nimport a", "4 a"},
		{"continued", "from a \\\n  import b, \\\n  c\nimport d", "1 a b c|4 d"},
		{"for types", "if TYPE_CHECKING:\n    import a\n\n    from b import c\nelse:\n    import d\nif typing.TYPE_CHECKING:\n  import e\nimport f", "2 a types|4 b c types|6 d|8 e types|9 f"},
		{"in functions", "def f():\n    import a\n    if x:\n        import b\n\nimport c\nclass K:\n  import d\n  async def g(self): import e\n  import h", "2 a later|4 b later|6 c|8 d|9 e later|10 h"},
		{"strings in formatted strings", "f\"{x['a']}\"\nf\"{x[\"b\"]}\"\nimport c\nf'{{'\nf\"{\";import g;\"}\"\nimport d\nf'{'\nimport e", "3 c|6 d|8 e"},
		{"not closed", "x = 'abc\nimport a\ny = '''\nimport b", "2 a"},
		{"carriage returns", "import a\r\nfrom b import (\r\n c)\r\nimport d", "1 a|2 b c|4 d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, i := range skim([]byte(tt.text)).imports {
				line := fmt.Sprint(i.line, " ", i.target)
				for _, n := range i.names {
					line += " " + n
				}
				if i.types {
					line += " types"
				}
				if i.later {
					line += " later"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "|")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTextThatIsMadeToTakeLongDoesNot(t *testing.T) {
	for name, text := range map[string]string{"brackets": `f"""` + strings.Repeat("{ ", 1<<20), "on one line": `f"` + strings.Repeat("{ ", 1<<20), "ifs": strings.Repeat("if\n", 1<<20), "imports": strings.Repeat("import a;", 1<<17),
		"quotes": strings.Repeat(`"'`, 1<<20), "continued": "import " + strings.Repeat("\\\n", 1<<20)} {
		start := time.Now()
		skim([]byte(text))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}

func TestSkimmingForWhatLoadsByName(t *testing.T) {
	for text, want := range map[string]string{"import_module(x)": "import_module", "x.exec(y)": "", "exec (y)": "exec", "exec = 1": "", "def f(): return __import__(n)": "__import__", "'import_module'": ""} {
		if got := skim([]byte(text)).word; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	texts := skim([]byte("f('a.b', \"c\")\nx = ['d', r'e:f', 'g h']")).texts
	if diff := cmp.Diff([]skimText{{"a.b", 1, true}, {"e:f", 2, false}}, texts, cmp.AllowUnexported(skimText{})); diff != "" {
		t.Error(diff)
	}
}

func TestAttributesByComputedNames(t *testing.T) {
	for text, want := range map[string]bool{"getattr(a, 'b')": false, "getattr(f(a, b), 'c', None)": false, "getattr(a, b)": true, "getattr(a, 'b' + c)": true, "getattr(a, 'b').c; getattr(a, c)": true, "getattr(": true,
		"operator.attrgetter(a)": true, "a.__dict__[b]": true, "hasattr(a, b)": false, "def __getattr__(self, a): pass": false, "getattr(a, f'b')": true} {
		if got := computed([]byte(text)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}
