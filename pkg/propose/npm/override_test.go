package npm

import "testing"

func TestOverridesJoinThoseOfTheSameHolder(t *testing.T) {
	text := "{\n  \"name\": \"a\",\n  \"overrides\": {\n    \"mocha\": {\n      \"ms\": \"^1.0.0\"\n    }\n  }\n}\n"
	got, err := setOverrides(text, []pin{{"mocha", "diff", "^3.5.0"}, {"other", "x", "^2.0.0"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"name\": \"a\",\n  \"overrides\": {\n    \"other\": {\n      \"x\": \"^2.0.0\"\n    },\n    \"mocha\": {\n      \"diff\": \"^3.5.0\",\n      \"ms\": \"^1.0.0\"\n    }\n  }\n}\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if _, err := setOverrides(text, []pin{{"mocha", "ms", "^2.0.0"}}); err == nil {
		t.Error("a pin of a person was changed")
	}
}
