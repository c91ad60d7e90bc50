package propose

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestLineEditsGiveTheNewTextExactly(t *testing.T) {
	for _, c := range [][2]string{
		{"a\nb\nc\n", "a\nB\nc\n"}, {"a\nb", "a\nb\nc"}, {"a\nb", "a\nb\n"}, {"a\n", "a"}, {"", "a\n"}, {"a\n", ""}, {"a\nb\n", "b\na\n"},
		{"a\r\nb\r\n", "a\r\nc\r\n"}, {"x", "y"}, {"\n\n\n", "\n"}, {"a\nb\nc\nd\ne\n", "a\nx\nc\nd\ny\ne\nz"}, {"same\n", "same\n"},
	} {
		edits := lineEdits("file", c[0], c[1])
		if got, err := fettle.ApplyEdits(c[0], edits); err != nil || got != c[1] {
			t.Errorf("%q to %q: got %q, %v by %+v", c[0], c[1], got, err, edits)
		}
	}
}

func FuzzLineEditsGiveTheNewText(f *testing.F) {
	f.Add("a\nb\n", "a\nc\n")
	f.Add("a", "a\nb")
	f.Add("", "x\n")
	f.Fuzz(func(t *testing.T, old, text string) {
		edits := lineEdits("file", old, text)
		if got, err := fettle.ApplyEdits(old, edits); err != nil || got != text {
			t.Errorf("%q to %q: got %q, %v by %+v", old, text, got, err, edits)
		}
	})
}
