package main

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() upgrade {
	return upgrade{
		Ecosystem: "python", Subject: "a", Version: "1.0", Dependency: "b", From: "1.2.3", To: "2.0", Jump: "major", Direct: true, Side: 2, SideMajor: 1,
		Removed: 3, Toolchain: true, SubjectDay: time.Date(2024, 5, 31, 0, 0, 0, 0, time.UTC), A: 10, B: 12, Flaky: 1, Red: 2,
		BrokenA: 0, BrokenB: 5, What: "test", Files: 4,
	}
}

func written(list ...upgrade) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(columns)
	for _, u := range list {
		w.Write(u.row())
	}
	w.Flush()
	return b.String()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	other := sample()
	other.To, other.Build, other.What = "3.0", "compile", "build"
	want := []upgrade{sample(), other}
	got, err := readUpgrades(strings.NewReader(written(want...)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !got[0].passed() || !got[0].broken() || got[1].passed() || !got[1].broken() {
		t.Error("half A and the build are what validation sees, half B and the build are the label")
	}
}

func TestDamagedCorpora(t *testing.T) {
	change := func(f func(*upgrade)) string {
		u := sample()
		f(&u)
		return written(u)
	}
	tests := []struct{ name, text, want string }{
		{"nothing", "", "want a line that names the columns"},
		{"other columns", strings.Replace(written(), "jump", "hop", 1), `column 7 is "hop"; want "jump"`},
		{"an ecosystem nobody knows", change(func(u *upgrade) { u.Ecosystem = "cobol" }), `line 2: ecosystem is "cobol"`},
		{"a jump nobody knows", change(func(u *upgrade) { u.Jump = "leap" }), `jump is "leap"`},
		{"more broken than there are", change(func(u *upgrade) { u.BrokenB = 13 }), "no more broken than there are"},
		{"no half B", change(func(u *upgrade) { u.B, u.BrokenB = 0, 0 }), "want both halves"},
		{"a number below zero", strings.Replace(written(sample()), ",10,12,", ",-1,12,", 1), `a is "-1"`},
		{"a day that is none", strings.Replace(written(sample()), "2024-05-31", "yesterday", 1), "want a day"},
		{"a flag that is none", strings.Replace(written(sample()), "major,1", "major,yes", 1), "want 0 or 1"},
		{"twice the same", written(sample(), sample()), "line 3: python a 1.0 b 2.0 is there twice"},
		{"a field without end", change(func(u *upgrade) { u.Subject = strings.Repeat("a", 400) }), "subject is longer"},
		{"a row cut short", written(sample())[:len(written(sample()))-9], "wrong number of fields"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readUpgrades(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func FuzzReadUpgrades(f *testing.F) {
	good := written(sample())
	for _, text := range []string{"", good, "\ufeff" + good, strings.ReplaceAll(good, "\n", "\r\n"), good[:len(good)/2], good + good, strings.Repeat(`"`, 999), good + "\"" + strings.Repeat(",", 500)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := readUpgrades(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := readUpgrades(strings.NewReader(written(list...)))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if diff := cmp.Diff(list, again); diff != "" {
			t.Error(diff)
		}
		fit(usable(list))
	})
}

func TestSubjectsAreReadByLine(t *testing.T) {
	got, err := readSubjects(strings.NewReader("# a list\ngo example.com/m v1.0.0\n\nnpm @a/b # no version\n"))
	want := []subject{{"go", "example.com/m", "v1.0.0"}, {"npm", "@a/b", ""}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(subject{})); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, text := range []string{"ruby rails", "go", "npm --force", "npm a 1 2"} {
		if _, err := readSubjects(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read; want an error", text)
		}
	}
}

func FuzzReadSubjects(f *testing.F) {
	f.Add("go a v1\nnpm b # c\r\n")
	f.Add("\ufeff# \x00\npython " + strings.Repeat("a", 70000))
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := readSubjects(strings.NewReader(text))
		for _, s := range list {
			if slug := s.slug(); strings.ContainsAny(slug, "/\\ \x00") {
				t.Errorf("folder %q", slug)
			}
		}
	})
}
