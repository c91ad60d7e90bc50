package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// lines writes a tree as one line a value: path, line-end, kind, text.
func lines(v *Value) []string {
	var all []string
	var walk func(path string, v *Value)
	walk = func(path string, v *Value) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %d-%d %s %s", path, v.Line, v.EndLine, v.Kind, v.Text)))
		for i, item := range v.Items {
			walk(fmt.Sprintf("%s[%d]", path, i), item)
		}
		for _, f := range v.Fields {
			walk(path+"."+f.Key, f.Value)
		}
	}
	walk("", v)
	return all
}

func TestFormatsGiveTheSameTree(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		parse      func([]byte) (*Value, []project.Fault, error)
		want       []string
	}{
		{"JSON", "{\n\"a\": {\"b\": \"x\\n\"},\n\"l\": [1,\n true, null]\n}", ParseJSON,
			[]string{"1-5 an object", ".a 2-2 an object", ".a.b 2-2 a string x", ".l 3-4 a list", ".l[0] 3-3 a number 1", ".l[1] 4-4 true or false true", ".l[2] 4-4 null null"}},
		{"JSONC", "{ // why\n\"a\": {\"b\": \"x\",},\n/* \n */ \"l\": [1,],\n}", ParseJSONC,
			[]string{"1-5 an object", ".a 2-2 an object", ".a.b 2-2 a string x", ".l 4-4 a list", ".l[0] 4-4 a number 1"}},
		{"YAML", "\xef\xbb\xbfa:\r\n  b: 'x'\r\nl:\r\n- 1\r\n- true\r\n- ~\r\n", ParseYAML,
			[]string{"1-6 an object", ".a 2-2 an object", ".a.b 2-2 a string x", ".l 4-6 a list", ".l[0] 4-4 a number 1", ".l[1] 5-5 true or false true", ".l[2] 6-6 null ~"}},
		{"TOML", "l = [1,\n  true]\n[a]\nb = 'x'\n[[t]]\nc.d = 1\n[[t]]\ne = {f = 2}\n", ParseTOML,
			[]string{"1-2 an object", ".l 1-2 a list", ".l[0] 1-1 a number 1", ".l[1] 2-2 true or false true", ".a 3-4 an object", ".a.b 4-4 a string x",
				".t 5-5 a list", ".t[0] 5-6 an object", ".t[0].c 6-6 an object", ".t[0].c.d 6-6 a number 1", ".t[1] 7-8 an object", ".t[1].e 8-8 an object", ".t[1].e.f 8-8 a number 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, faults, err := tt.parse([]byte(tt.text))
			if err != nil || len(faults) > 0 {
				t.Fatal(faults, err)
			}
			if diff := cmp.Diff(tt.want, lines(v)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRepeatedKeysAreFaults(t *testing.T) {
	for name, parse := range map[string]func() (*Value, []project.Fault, error){
		"JSON": func() (*Value, []project.Fault, error) { return ParseJSON([]byte("{\n\"a\": 1,\n\"a\": 2}")) },
		"YAML": func() (*Value, []project.Fault, error) { return ParseYAML([]byte("\na: 1\na: 2")) },
		"TOML": func() (*Value, []project.Fault, error) { return ParseTOML([]byte("\na = 1\na = 2")) },
	} {
		t.Run(name, func(t *testing.T) {
			v, faults, err := parse()
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) != 1 || faults[0].Line != 3 || v.Get("a").Str() != "2" {
				t.Errorf("faults %v, a = %v", faults, v.Get("a"))
			}
		})
	}
}

func TestWhatCannotBeReadNamesItsLine(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for _, tt := range []struct {
		name, text string
		parse      func([]byte) error
		line       int
		want       string
	}{
		{"JSON cut off", "{\n\"a\": ", tree(ParseJSON), 2, "cut off"},
		{"JSON deep", "\n" + deep, tree(ParseJSON), 2, "nested deeper than 200"},
		{"YAML broken", "a: b\n  c: [\n", tree(ParseYAML), 2, "not valid YAML"},
		{"YAML alias", "a: &x [1]\nb: *x\n", tree(ParseYAML), 2, "alias"},
		{"YAML deep", "a:\n  " + deep, tree(ParseYAML), 2, "nested deeper than 200"},
		{"YAML bottomless", strings.Repeat("[", 1<<20), tree(ParseYAML), 1, "5000 brackets"},
		{"TOML broken", "a = 1\nb = \n", tree(ParseTOML), 2, "not valid TOML"},
		{"TOML deep", "a = 1\nb = " + deep, tree(ParseTOML), 2, "nested deeper than 200"},
		{"TOML bottomless", "a = " + strings.Repeat("[", 1<<20), tree(ParseTOML), 1, "5000 brackets"},
		{"TOML table over a value", "a = 1\n[a]\n", tree(ParseTOML), 2, "the table \"a\" is a number before"},
		{"XML cut off", "<a>\n<b>", element, 2, "cut off"},
		{"XML crossed", "<a>\n<b></a></b>", element, 2, "did not begin"},
		{"XML entity", "<!DOCTYPE a [<!ENTITY e \"x\">]>\n<a>&e;</a>", element, 2, "not valid XML"},
		{"XML deep", strings.Repeat("<a>\n", 300), element, 202, "nested deeper than 200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.parse([]byte(tt.text))
			var fault *project.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("error %v is no fault", err)
			}
			if fault.Line != tt.line || !strings.Contains(fault.Msg, tt.want) {
				t.Errorf("line %d: %s", fault.Line, fault.Msg)
			}
		})
	}
}

func TestElementsKnowTheirLines(t *testing.T) {
	root, err := ParseXML([]byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n<a xmlns=\"urn:x\" k=\"v\">\r\n <b> one <c/> two </b><b/>\r\n</a>"))
	if err != nil {
		t.Fatal(err)
	}
	if root.Line != 2 || root.EndLine != 4 || root.Attr("k") != "v" || root.Content("b") != "one  two" || len(root.All("b")) != 2 || root.Child("b", "c").Line != 3 {
		t.Errorf("root = %+v", root)
	}
	var none *Element
	if none.Child("x") != nil || none.Attr("x") != "" || none.Content("x") != "" || none.All("x") != nil {
		t.Error("nothing is something")
	}
}

func tree(parse func([]byte) (*Value, []project.Fault, error)) func([]byte) error {
	return func(data []byte) error {
		_, _, err := parse(data)
		return err
	}
}

func element(data []byte) error {
	_, err := ParseXML(data)
	return err
}

// FuzzParse gives the same bytes to all parsers. Each ends in a tree whose lines exist, or in a fault with a line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "{}", "{\"a\": [1, {\"b\": null}]}", "a: b\n- c", "a: &x [*x]", "a = 1\n[b]\nc = '''x\ny'''\n[[d.e]]", "a.b = {c = [1,\n2]}", "<a b='c'><d/>text</a>",
		"\xef\xbb\xbf{}", "a:\r\n  b: |\r\n    c\r\n", strings.Repeat("[", 250), "{\"a\": 1, \"a\": 2, // x\n}", "'''", "\"\"\"", "a = 1979-05-27T07:32:00Z", "? [a]\n: b", "!!binary x", "%YAML 1.1\n---\na", "<!DOCTYPE x>", "--- a\n--- b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		most := strings.Count(strings.ReplaceAll(string(data), "\r", "\n"), "\n") + 1 + strings.Count(string(data), "\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
		for name, parse := range map[string]func([]byte) (*Value, []project.Fault, error){"JSON": ParseJSON, "JSONC": ParseJSONC, "YAML": ParseYAML, "TOML": ParseTOML} {
			v, _, err := parse(data)
			if err != nil {
				var fault *project.Fault
				if !errors.As(err, &fault) || fault.Line < 1 || fault.Msg == "" {
					t.Errorf("%s: error %v is no fault with a line", name, err)
				}
				continue
			}
			if name == "JSON" && !json.Valid([]byte(strings.TrimPrefix(string(data), "\xef\xbb\xbf"))) {
				t.Error("read what is not JSON")
			}
			check(t, name, v, most)
		}
		if e, err := ParseXML(data); err == nil && (e.Line < 1 || e.EndLine < e.Line || e.EndLine > most) {
			t.Errorf("XML: lines %d to %d of %d", e.Line, e.EndLine, most)
		}
	})
}

func check(t *testing.T, name string, v *Value, most int) {
	if v.Line < 0 || v.EndLine < v.Line || v.Line > most {
		t.Errorf("%s: a value is on lines %d to %d of %d", name, v.Line, v.EndLine, most)
	}
	seen := map[string]bool{}
	for _, f := range v.Fields {
		if seen[f.Key] || v.Get(f.Key) != f.Value {
			t.Errorf("%s: key %q stands twice", name, f.Key)
		}
		seen[f.Key] = true
		check(t, name, f.Value, most)
	}
	for _, item := range v.Items {
		check(t, name, item, most)
	}
}
