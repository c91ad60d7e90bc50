package forge

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOutputHoldsItsValueWhateverItIs(t *testing.T) {
	word := "fettle-" + strings.Repeat("ab", 16)
	for _, tt := range []struct{ name, value, want string }{
		{"findings", "3", "findings=3\n"},
		{"sarif-file", "a=b<<c", "sarif-file=a=b<<c\n"},
		{"verdict", "two\nlines\nact=0", "verdict<<" + word + "\ntwo\nlines\nact=0\n" + word + "\n"},
		{"cr", "a\rb", "cr<<" + word + "\na\rb\n" + word + "\n"},
		{"empty", "", "empty=\n"},
	} {
		dir := t.TempDir()
		l, _ := newTestLog(GitHub, dir)
		if err := l.Output(tt.name, tt.value); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "GITHUB_OUTPUT"))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: wrote %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestOutputNamesAreChecked(t *testing.T) {
	dir := t.TempDir()
	l, _ := newTestLog(GitHub, dir)
	for _, name := range []string{"", "a b", "a\nb", "a=b", "a<<b"} {
		if err := l.Output(name, "x"); err == nil {
			t.Errorf("%q: accepted", name)
		}
	}
	if err := l.Output("big", strings.Repeat("x", maxOutput+1)); err == nil {
		t.Error("a value over the limit was accepted")
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("wrote %v", files)
	}
}

func TestUnsetCommandFileIsAnErrorThatNamesIt(t *testing.T) {
	l, _ := newTestLog(GitHub, "")
	for variable, err := range map[string]error{"GITHUB_OUTPUT": l.Output("findings", "1"), "GITHUB_STEP_SUMMARY": l.Summary("x")} {
		if err == nil || !strings.Contains(err.Error(), variable) {
			t.Errorf("error %v does not name %s", err, variable)
		}
	}
}

func TestSummaryIsAppendedAndCutAtALine(t *testing.T) {
	dir := t.TempDir()
	l, _ := newTestLog(GitHub, dir)
	row := strings.Repeat("x", 99) + "\n"
	if err := l.Summary("# Head"); err != nil {
		t.Fatal(err)
	}
	if err := l.Summary("<details>\n```\n" + strings.Repeat(row, 11000)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "GITHUB_STEP_SUMMARY"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > maxSummary || len(got) < maxSummary-2048 {
		t.Errorf("summary has %d bytes; want a little under %d", len(got), maxSummary)
	}
	if !bytes.HasPrefix(got, []byte("# Head\n<details>\n```\nx")) {
		t.Errorf("summary begins with %q", got[:40])
	}
	if end := row + "```\n</details>\n" + cutNote; !bytes.HasSuffix(got, []byte(end)) {
		t.Errorf("summary ends with %q; want whole lines, the fence and the details closed, and the note", got[len(got)-200:])
	}
	if err := l.Summary("more\n" + row); err == nil {
		if size, _ := size(filepath.Join(dir, "GITHUB_STEP_SUMMARY")); size > maxSummary {
			t.Errorf("summary grew to %d bytes", size)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("```go\na\n", 1500)
	f.Add("<details>\nü\n", 1140)
	f.Fuzz(func(t *testing.T, markdown string, room int) {
		long := strings.Repeat(markdown, 1+2000/(1+len(markdown)))
		if got := fit(long, room); len(got) > max(room, 0) {
			t.Errorf("%d bytes do not fit into %d", len(got), room)
		}
	})
}
