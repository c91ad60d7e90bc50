package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestYAMLBecomesTheJSONOfARecord(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"a record": {`id: PYSEC-2024-1
modified: 2024-05-06T01:02:03Z
withdrawn: "2024-05-07T01:02:03Z"
details: |
  Two
  lines: "quoted"
affected:
- package: {name: lib, ecosystem: PyPI}
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: 0
    - fixed: 1.10
  versions: [1.0, '1.1', 0x10, 1e3, ~, yes]
  database_specific: {bound: true, none: null}
`, `{"id":"PYSEC-2024-1","modified":"2024-05-06T01:02:03Z","withdrawn":"2024-05-07T01:02:03Z","details":"Two\nlines: \"quoted\"\n",` +
			`"affected":[{"package":{"name":"lib","ecosystem":"PyPI"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.10"}]}],` +
			`"versions":["1.0","1.1","0x10","1e3",null,"yes"],"database_specific":{"bound":true,"none":null}}]}`},
		"BOM and CRLF": {"\ufeffid: a\r\nb: c\r\n", `{"id":"a","b":"c"}`},
		"aliases":      {"a: &x [1, 2]\nb: *x\n", `{"a":["1","2"],"b":["1","2"]}`},
		"a scalar":     {"word\n", `"word"`},
	} {
		got, err := YAML([]byte(tt.text))
		if err != nil || string(got.JSON) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got.JSON, tt.want)
		}
	}
}

func TestYAMLFaultsNameTheLine(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	for name, tt := range map[string]struct {
		text string
		line int
		want string
	}{
		"syntax":           {"id: a\nb: [c\nd: e\n", 0, "YAML"},
		"tab":              {"id: a\nb:\n\t- c\n", 3, "YAML"},
		"duplicate key":    {"id: a\nb: c\nid: d\n", 3, "id"},
		"second document":  {"id: a\n---\nid: b\n", 3, "second"},
		"merge key":        {"a: &a {b: c}\nd:\n  <<: *a\n", 3, "plain key"},
		"list as a key":    {"? [a]\n: b\n", 1, "plain key"},
		"type of its own":  {"id: a\nb: !!binary eA==\n", 2, "binary"},
		"nothing":          {"", 1, "empty"},
		"comments alone":   {"# none\n", 1, ""},
		"cycle":            {"a: &a\n  b: *a\n", 0, ""},
		"bomb":             {bomb, 0, "unfolds"},
		"deep":             {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), 0, ""},
		"cut in an escape": {"a: \"\\x4", 0, "YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := YAML([]byte(tt.text))
			var at *YAMLError
			if !errors.As(err, &at) || tt.line > 0 && at.Line != tt.line || !strings.Contains(at.Error(), tt.want) {
				t.Errorf("%+v, %v; want line %d, %q", at, err, tt.line, tt.want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestOffsetInTheJSONLeadsToTheLineOfTheYAML(t *testing.T) {
	doc, err := YAML([]byte("# first\nid: a\nlist:\n- b\n- c: d\nlast: e\n"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{`"id"`: 2, `"a"`: 2, `"list"`: 3, `"b"`: 4, `"c"`: 5, `"d"`: 5, `"e"`: 6} {
		if got := doc.Line(int64(strings.Index(string(doc.JSON), text))); got != want {
			t.Errorf("%s on line %d, want %d", text, got, want)
		}
	}
}

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"", "id: a\n", "\ufeffid: a\r\n", "a: &a [*a]", "a: &a {b: *a}", "a: &x 1\nb: *x", "<<: {a: b}", "id: a\nid: b",
		"? [a]\n: b", "- - - -", strings.Repeat("- ", 300), strings.Repeat("{a: ", 300), "a: !!set {b}", "%YAML 1.2\n---\na", "a: |\n  b\n c", "'", "\x00", "a: ../../etc/passwd"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := YAML(text)
		if err != nil {
			var at *YAMLError
			if !errors.As(err, &at) || at.Line < 1 {
				t.Errorf("%q: %#v", text, err)
			}
			return
		}
		if !json.Valid(doc.JSON) {
			t.Errorf("%q became %q", text, doc.JSON)
		}
	})
}
