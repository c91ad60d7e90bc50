package npm

import (
	"errors"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/google/go-cmp/cmp"
)

func set(spec string) func(string) string { return func(string) string { return spec } }

func TestSetRangeLeavesAllElseAsItStands(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"tabs", "{\n\t\"dependencies\": {\n\t\t\"lib\": \"^1.0.0\"\n\t}\n}\n", "{\n\t\"dependencies\": {\n\t\t\"lib\": \"^1.0.5\"\n\t}\n}\n"},
		{"four spaces and no line at the end", "{\n    \"dependencies\":   { \"lib\" : \"^1.0.0\" }\n}", "{\n    \"dependencies\":   { \"lib\" : \"^1.0.5\" }\n}"},
		{"CRLF", "{\r\n  \"dependencies\": {\r\n    \"lib\": \"^1.0.0\"\r\n  }\r\n}\r\n", "{\r\n  \"dependencies\": {\r\n    \"lib\": \"^1.0.5\"\r\n  }\r\n}\r\n"},
		{"byte order mark", "\ufeff{\"dependencies\":{\"lib\":\"^1.0.0\"}}", "\ufeff{\"dependencies\":{\"lib\":\"^1.0.5\"}}"},
		{"every section", `{"devDependencies":{"lib":"1"},"dependencies":{"lib":"1"},"optionalDependencies":{"lib":"1"},"peerDependencies":{"lib":"1"}}`,
			`{"devDependencies":{"lib":"^1.0.5"},"dependencies":{"lib":"^1.0.5"},"optionalDependencies":{"lib":"^1.0.5"},"peerDependencies":{"lib":"^1.0.5"}}`},
		{"a name that ends alike", `{"dependencies":{"lib-two":"1","lib":"1","a.lib":"1"}}`, `{"dependencies":{"lib-two":"1","lib":"^1.0.5","a.lib":"1"}}`},
		{"escapes and other sections", `{"description":"\"lib\": 1","x":{"dependencies":{"lib":"1"}},"dependencies":{"lib":"1"}}`,
			`{"description":"\"lib\": 1","x":{"dependencies":{"lib":"1"}},"dependencies":{"lib":"^1.0.5"}}`},
		{"what is from elsewhere stays", `{"dependencies":{"lib":"file:../lib"},"devDependencies":{"lib":"1"}}`, `{"dependencies":{"lib":"file:../lib"},"devDependencies":{"lib":"^1.0.5"}}`},
	} {
		got, err := SetRange(c.text, "lib", set("^1.0.5"))
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestSetRangeTakesOddNames(t *testing.T) {
	for _, name := range []string{"@scope/lib", "a.b", "a*b", "a|b", "#x", "~tilde", "dependencies", "9"} {
		text := `{"dependencies":{` + Quote(name) + `:"1.0.0"}}`
		got, err := SetRange(text, name, set("1.0.5"))
		if want := strings.Replace(text, "1.0.0", "1.0.5", 1); err != nil || got != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestSetRangeRefusesWhatItCannotDo(t *testing.T) {
	for _, text := range []string{"", "[]", "{", `{"dependencies":{}}`, `{"dependencies":{"other":"1"}}`, `{"dependencies":{"lib":3}}`,
		`{"dependencies":{"lib":"file:x"}}`, `{"dependencies":{"lib":"1","lib":"2"}}`, `{"dependencies":{"lib":"1"},"dependencies":{"lib":"2"}}`} {
		if got, err := SetRange(text, "lib", set("3.0.0")); !errors.Is(err, fettle.ErrRefused) {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func TestSetOverridesKeepsTheFormOfTheFile(t *testing.T) {
	below := []pin{{"top", "lib", "^1.0.5"}}
	for _, c := range []struct {
		name, text string
		pins       []pin
		want       string
	}{
		{"two spaces", "{\n  \"name\": \"a\"\n}\n", below, "{\n  \"name\": \"a\",\n  \"overrides\": {\n    \"top\": {\n      \"lib\": \"^1.0.5\"\n    }\n  }\n}\n"},
		{"tabs and no line at the end", "{\n\t\"name\": \"a\"\n}", below, "{\n\t\"name\": \"a\",\n\t\"overrides\": {\n\t\t\"top\": {\n\t\t\t\"lib\": \"^1.0.5\"\n\t\t}\n\t}\n}"},
		{"CRLF", "{\r\n  \"name\": \"a\"\r\n}\r\n", []pin{{"", "lib", "1"}}, "{\r\n  \"name\": \"a\",\r\n  \"overrides\": {\r\n    \"lib\": \"1\"\r\n  }\r\n}\r\n"},
		{"empty object", "{}", []pin{{"", "lib", "1"}}, "{\n  \"overrides\": {\n    \"lib\": \"1\"\n  }\n}"},
		{"empty overrides", "{\n  \"overrides\": {},\n  \"name\": \"a\"\n}\n", []pin{{"", "lib", "1"}}, "{\n  \"overrides\": {\n    \"lib\": \"1\"\n  },\n  \"name\": \"a\"\n}\n"},
		{"beside others", "{\n  \"overrides\": {\n    \"x\": \"1\"\n  }\n}\n", below, "{\n  \"overrides\": {\n    \"top\": {\n      \"lib\": \"^1.0.5\"\n    },\n    \"x\": \"1\"\n  }\n}\n"},
		{"none", "{ }", nil, "{ }"},
	} {
		got, err := setOverrides(c.text, c.pins)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestSetOverridesRefusesToChangeAPersonsOwn(t *testing.T) {
	for _, text := range []string{`{"overrides":{"lib":"1"}}`, `{"overrides":"1"}`, `[]`, ``, `{"a":1`} {
		if got, err := setOverrides(text, []pin{{"", "lib", "2"}}); !errors.Is(err, fettle.ErrRefused) {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func TestAPersonsOverrideThatForbidsAVersionIsFound(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"overrides":{"lib":"1.0.0"}}`, "lib: 1.0.0"},
		{`{"overrides":{"lib@^1":"1.0.0"}}`, "lib@^1: 1.0.0"},
		{`{"overrides":{"top":{"lib":"1.0.0"}}}`, "lib: 1.0.0"},
		{`{"overrides":{"lib":{".":"1.0.0"}}}`, "lib: 1.0.0"},
		{`{"overrides":{"lib":"^1.0.0"}}`, ""},
		{`{"overrides":{"lib":"$lib"}}`, ""},
		{`{"overrides":{"@x/lib":"1.0.0"}}`, ""},
		{`{"overrides":{"lib":{"other":"1.0.0"}}}`, ""},
		{`{"overrides":3}`, ""}, {`{}`, ""}, {``, ""},
	} {
		entry, ok := pinnedByHand(c.text, "lib", "1.0.5")
		if entry != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %v, want %q", c.text, entry, ok, c.want)
		}
	}
}

func FuzzManifestEditsStayWellFormed(f *testing.F) {
	f.Add(`{"dependencies":{"lib":"^1.0.0"}}`, "lib")
	f.Add("{\r\n\t\"overrides\": {\"top\": {\"lib\": \"1\"}}}", "lib")
	f.Add("\ufeff{}", "@a/b")
	f.Add(`{"overrides":{"a":{".":"1"}},"dependencies":{"a":"npm:b"}}`, "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		if got, err := SetRange(text, name, set("1.2.3")); err == nil {
			if spec, ok := Declared(got, name); !ok || Served(spec) && spec != "1.2.3" {
				t.Errorf("SetRange(%q, %q) = %q", text, name, got)
			}
		}
		if got, err := setOverrides(text, []pin{{"top", name, "1"}}); err == nil && len(got) <= len(text) {
			t.Errorf("setOverrides(%q) = %q", text, got)
		}
		_, _ = passOverrides(text, []pin{{"top", name, "1"}, {"", name, "2"}})
		_, _ = pinnedByHand(text, name, "1.0.0")
	})
}
