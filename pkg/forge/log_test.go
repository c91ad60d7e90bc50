package forge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newTestLog returns a log of provider whose command files lie in dir, and what it writes.
func newTestLog(provider Provider, dir string) (*Log, *bytes.Buffer) {
	var out bytes.Buffer
	getenv := func(name string) string {
		switch name {
		case "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY":
			if dir != "" {
				return filepath.Join(dir, name)
			}
		}
		return ""
	}
	return NewLog(Run{Provider: provider}, &out, getenv, bytes.NewReader(bytes.Repeat([]byte{0xab}, 64))), &out
}

// session writes one of everything, with text that tries to be a command.
func session(l *Log) error {
	return errors.Join(
		l.Mask("first secret line\nsecond secret line\n"),
		l.Group("Findings\n::error::in the group"),
		l.Println("two\r\n  ::warning::lines, and ##[error]old ones"),
		l.EndGroup(),
		l.Annotate(Annotation{Error, "app/package-lock.json", 12, 14, "CVE-2021-44228: log4j, act", "reaches the internet\n::set-output name=x::y\n100% sure"}),
		l.Annotate(Annotation{Warning, "a,b:c.txt", 3, 0, "", "no title"}),
		l.Annotate(Annotation{Level: Notice, Message: "no place"}),
		l.StopCommands(func(w io.Writer) error {
			_, err := io.WriteString(w, "test output\n\n::error::not ours\nno line end")
			return err
		}),
		l.Close(),
	)
}

func TestLogOnGitHub(t *testing.T) {
	l, out := newTestLog(GitHub, t.TempDir())
	if err := session(l); err != nil {
		t.Fatal(err)
	}
	word := "fettle-" + strings.Repeat("ab", 16)
	want := `::add-mask::first secret line
::add-mask::second secret line
::group::Findings ::error::in the group
two
  \::warning::lines, and #\#[error]old ones
::endgroup::
::error endLine=14,file=app/package-lock.json,line=12,title=CVE-2021-44228%3A log4j%2C act::reaches the internet%0A\::set-output name=x::y%0A100%25 sure
::warning endLine=3,file=a%2Cb%3Ac.txt,line=3::no title
::notice::no place
::stop-commands::` + word + `
test output

\::error::not ours
no line end
::` + word + `::
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLogElsewhereHoldsNoCommands(t *testing.T) {
	want := `Findings ::error::in the group
two
  \::warning::lines, and #\#[error]old ones
app/package-lock.json:12: error: CVE-2021-44228: log4j, act: reaches the internet
    \::set-output name=x::y
    100% sure
a,b:c.txt:3: warning: no title
notice: no place
test output

\::error::not ours
no line end
`
	for _, provider := range []Provider{GitLab, Jenkins, None} {
		dir := t.TempDir()
		l, out := newTestLog(provider, dir)
		if err := errors.Join(session(l), l.Summary("# All"), l.Output("findings", "1")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s: %s", provider, diff)
		}
		if files, _ := os.ReadDir(dir); len(files) != 0 {
			t.Errorf("%s: wrote %v", provider, files)
		}
	}
}

func TestAnnotationsBeyondTheLimitAreCounted(t *testing.T) {
	l, out := newTestLog(GitHub, "")
	for i := range 13 {
		l.Annotate(Annotation{Level: Warning, Message: fmt.Sprint("w", i)})
	}
	for i := range 11 {
		l.Annotate(Annotation{Level: Error, Message: fmt.Sprint("e", i)})
		l.Annotate(Annotation{Level: Notice, Message: fmt.Sprint("n", i)})
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	count := func(s string) int { return strings.Count(out.String(), s) }
	if e, w, n := count("::error"), count("::warning"), count("::notice"); e != 10 || w != 10 || n != 10 {
		t.Errorf("%d errors, %d warnings, %d notices; want 10 of each", e, w, n)
	}
	if !strings.Contains(out.String(), "1 error, 3 warnings, 2 notices") {
		t.Errorf("the last notice does not count what is missing:\n%s", out)
	}
	if strings.Contains(out.String(), "e10") || !strings.Contains(out.String(), "e0") {
		t.Error("the first of a level must win")
	}
}

func TestUnknownLevelIsRefused(t *testing.T) {
	l, out := newTestLog(GitHub, "")
	if err := l.Annotate(Annotation{Level: "fatal", Message: "x"}); err == nil || out.Len() != 0 {
		t.Errorf("error %v, output %q", err, out)
	}
}

func TestWriterThatFailsIsAnErrorAndNoPanic(t *testing.T) {
	broken := errors.New("pipe is closed")
	l := NewLog(Run{Provider: GitHub}, failing{broken}, func(string) string { return "" }, nil)
	for _, err := range []error{l.Println("x"), l.Group("x"), l.EndGroup(), l.Mask("x"), l.Annotate(Annotation{Level: Error}), l.Close(),
		l.StopCommands(func(w io.Writer) error { return nil })} {
		if !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestLineWriterJoinsAndBoundsLines(t *testing.T) {
	var got []string
	w := &lineWriter{print: func(s string) error { got = append(got, s); return nil }}
	for _, piece := range []string{"a", "b\n", "\nc", "\n", strings.Repeat("x", maxLine), "y\n", "end"} {
		if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	w.flush()
	if diff := cmp.Diff([]string{"ab", "", "c", strings.Repeat("x", maxLine), "y", "end"}, got); diff != "" {
		t.Error(diff)
	}
}

// The runner trims white space before it looks for "::" and finds "##[" anywhere in a line that is no "::" command.
func FuzzLogHoldsOnlyOurCommands(f *testing.F) {
	f.Add("::error::x", "##[error]", "a\r::set-output name=a::b")
	f.Add("\u00a0::stop-commands::x", "\u0085::debug::", "::fettle-abababababababababababababababab::")
	f.Add(" \t::add-mask::e", "\u2028::error::x", "#\u00ad#[group]")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		l, out := newTestLog(GitHub, "")
		l.Println(a)
		l.Group(b)
		l.EndGroup()
		l.Annotate(Annotation{Level: Error, Path: a, Line: 1, Title: b, Message: c})
		l.StopCommands(func(w io.Writer) error {
			for _, s := range []string{a, b, "\n", c} {
				io.WriteString(w, s)
			}
			return nil
		})
		l.Close()
		word := "fettle-" + strings.Repeat("ab", 16)
		ours := []string{"::group::", "::endgroup::", "::error ", "::stop-commands::" + word, "::" + word + "::"}
		text := strings.ReplaceAll(out.String(), "\r", "\n")
		for line := range strings.SplitSeq(text, "\n") {
			trimmed := strings.TrimSpace(line)
			if strings.HasPrefix(trimmed, "::") {
				if len(ours) == 0 || !strings.HasPrefix(line, ours[0]) {
					t.Fatalf("line %q is a command that is not ours, or out of turn", line)
				}
				ours = ours[1:]
			} else if strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
				t.Fatalf("line %q holds an old command", line)
			}
			if strings.ContainsAny(line, "\x1b\x00\x07") {
				t.Fatalf("line %q holds a control character", line)
			}
		}
		if len(ours) != 0 {
			t.Fatalf("missing %q in %q", ours, text)
		}
	})
}
