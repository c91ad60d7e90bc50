package fettle

import (
	"errors"
	"strings"
	"testing"
)

func TestEditsReplaceWholeLinesWhereTheyStand(t *testing.T) {
	text := "one\ntwo\nthree\nfour\n"
	tests := []struct {
		name  string
		edits []Edit
		want  string
	}{
		{"none", nil, text},
		{"one line", []Edit{{Line: 2, Old: "two\n", New: "2\n"}}, "one\n2\nthree\nfour\n"},
		{"two places", []Edit{{Line: 1, Old: "one\n", New: ""}, {Line: 4, Old: "four\n", New: "4\n5\n"}}, "two\nthree\n4\n5\n"},
		{"an insertion", []Edit{{Line: 3, New: "between\n"}}, "one\ntwo\nbetween\nthree\nfour\n"},
		{"at the end", []Edit{{Line: 5, New: "five\n"}}, text + "five\n"},
		{"several lines", []Edit{{Line: 2, Old: "two\nthree\n", New: "2\n"}}, "one\n2\nfour\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ApplyEdits(text, test.edits)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestAnEditWhoseTextHasMovedIsRefused(t *testing.T) {
	text := "one\ntwo\nthree\n"
	tests := map[string][]Edit{
		"one line off":     {{Path: "f", Line: 1, Old: "two\n", New: "2\n"}},
		"beyond the end":   {{Path: "f", Line: 9, Old: "two\n", New: "2\n"}},
		"part of a line":   {{Path: "f", Line: 2, Old: "tw", New: "2"}},
		"out of order":     {{Path: "f", Line: 3, Old: "three\n", New: ""}, {Path: "f", Line: 1, Old: "one\n", New: ""}},
		"twice":            {{Path: "f", Line: 2, Old: "two\n", New: "2\n"}, {Path: "f", Line: 2, Old: "two\n", New: "3\n"}},
		"a negative place": {{Path: "f", Line: -4, Old: "two\n", New: ""}},
	}
	for name, edits := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ApplyEdits(text, edits)
			if !errors.Is(err, ErrRefused) || got != "" {
				t.Errorf("got %q, %v; want a refusal and no text", got, err)
			}
		})
	}
}

func TestTheLastLineMayLackItsNewline(t *testing.T) {
	got, err := ApplyEdits("one\ntwo", []Edit{{Line: 2, Old: "two", New: "2"}})
	if err != nil || got != "one\n2" {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzApplyEdits(f *testing.F) {
	f.Add("a\nb\nc\n", 2, "b\n", "x\n")
	f.Add("", 0, "", "new\n")
	f.Add("a", 1, "a", "")
	f.Fuzz(func(t *testing.T, text string, line int, old, new string) {
		got, err := ApplyEdits(text, []Edit{{Line: line, Old: old, New: new}})
		if err != nil {
			return
		}
		if len(got) != len(text)-len(old)+len(new) || !strings.Contains(text, old) || !strings.Contains(got, new) {
			t.Errorf("%q with %d %q -> %q gave %q", text, line, old, new, got)
		}
		back, err := ApplyEdits(got, []Edit{{Line: line, Old: new, New: old}})
		if err == nil && back != text {
			t.Errorf("undone it is %q, not %q", back, text)
		}
	})
}
