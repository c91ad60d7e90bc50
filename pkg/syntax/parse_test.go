package syntax

import (
	"strings"
	"testing"
)

func TestTreesKnowTheirPlaces(t *testing.T) {
	tree, err := Parse(t.Context(), JavaScript, []byte("const a = require('b');\n\nfunction f(x) {\n  return a.c(x);\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for n := range tree.Root().Walk() {
		if n.Is("call_expression") {
			calls = append(calls, n.Field("function").Text())
			if f := n.Above("function_declaration"); f.OK() && (f.Field("name").Text() != "f" || f.Line() != 3 || f.EndLine() != 5 || n.Line() != 4 || n.Column() != 10) {
				t.Errorf("in %s, %d to %d; call at %d:%d", f.Field("name").Text(), f.Line(), f.EndLine(), n.Line(), n.Column())
			}
		}
	}
	if got := strings.Join(calls, " "); got != "require a.c" {
		t.Errorf("calls %s", got)
	}
	if tree.Broken() != 0 {
		t.Errorf("broken at %d", tree.Broken())
	}
	if n := (Node{}).Field("x").Parent().Child("y"); n.OK() || n.Text() != "" || n.Line() != 0 {
		t.Error("no place has a place")
	}
}

func TestEachLanguageParses(t *testing.T) {
	for file, text := range map[string]string{
		"a.go": "package a\n\nfunc F() {}\n", "a.js": "import x from 'y';\nconst z = <A b={x}/>;\n", "a.ts": "import type {X} from 'y';\nlet a: X<string>;\n",
		"a.tsx": "const z = <A<string> b={1 as number}/>;\n", "a.py": "from a import b\nmatch b:\n    case 1: pass\n", "A.java": "package a;\nrecord A(int b) {}\n",
		"a.cs": "namespace A;\nrecord B(int C);\n",
	} {
		language, _ := LanguageOf(file)
		tree, err := Parse(t.Context(), language, []byte(text))
		if err != nil || tree.Broken() != 0 {
			t.Errorf("%s: %v, broken at %d", file, err, tree.Broken())
		}
		broken, err := Parse(t.Context(), language, []byte(text+"\n} ) = (\n"))
		if err != nil || broken.Broken() == 0 {
			t.Errorf("%s with a fault: %v, not broken", file, err)
		}
	}
}

func TestWhatIsTooMuchIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"large": strings.Repeat("a;\n", MaxSource/3+1),
		"deep":  strings.Repeat("[", 50_000),
		"nest":  "x=" + strings.Repeat("(", 20_000) + strings.Repeat(")", 20_000),
	} {
		if _, err := Parse(t.Context(), JavaScript, []byte(text)); err == nil {
			t.Logf("%s parses within bounds", name)
			if name == "large" {
				t.Errorf("%s: no error", name)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "import a from 'b'", "from a import (b as c)\n", "import java.util.*; class A {}", "using A = B.C;", "\xef\xbb\xbf\r\n{{{{", "`${a", "package a; func("} {
		f.Add(seed, uint8(0))
	}
	files := []string{"a.go", "a.js", "a.ts", "a.tsx", "a.py", "A.java", "a.cs"}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		file, err := Read(t.Context(), files[int(which)%len(files)], []byte(text))
		if err != nil {
			return
		}
		for _, i := range file.Imports {
			if i.Line < 1 || i.Line > file.Lines {
				t.Errorf("import of %q at line %d of %d", i.Target, i.Line, file.Lines)
			}
		}
	})
}
