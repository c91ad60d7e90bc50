package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOutputKeepsHeadAndTail(t *testing.T) {
	for _, c := range []struct {
		name   string
		limit  int
		writes []string
		want   string
		cut    bool
	}{
		{"nothing", 8, nil, "", false},
		{"short", 8, []string{"abc"}, "abc", false},
		{"exactly full", 8, []string{"abcd", "efgh"}, "abcdefgh", false},
		{"one byte more", 8, []string{"abcdefgh", "i"}, "abcd\n[1 bytes cut]\nfghi", true},
		{"one long write", 8, []string{"abcdefghijklmnop"}, "abcd\n[8 bytes cut]\nmnop", true},
		{"many small writes", 4, strings.Split("abcdefghijk", ""), "ab\n[7 bytes cut]\njk", true},
		{"long after short", 8, []string{"abcde", "fghijklmnop"}, "abcd\n[8 bytes cut]\nmnop", true},
		{"invalid UTF-8", 8, []string{"a\xffb"}, "a\uFFFDb", false},
		{"no room", 0, []string{"abc"}, "a\n[1 bytes cut]\nc", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOutput(c.limit)
			for _, w := range c.writes {
				if n, err := fmt.Fprint(o, w); n != len(w) || err != nil {
					t.Fatal(n, err)
				}
			}
			if got, cut := o.text(); got != c.want || cut != c.cut {
				t.Errorf("got %q, %v; want %q, %v", got, cut, c.want, c.cut)
			}
		})
	}
}

func FuzzOutput(f *testing.F) {
	f.Add([]byte("abc"), []byte("defghijk"), 6)
	f.Add([]byte("\xff\xfe"), []byte(""), 0)
	f.Fuzz(func(t *testing.T, a, b []byte, limit int) {
		limit = min(max(limit, -1), 1<<12)
		o := newOutput(limit)
		for _, p := range [][]byte{a, b, a} {
			if n, err := o.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
		}
		if kept := len(o.head) + len(o.tail); kept > max(limit, 2) {
			t.Errorf("kept %d of %d", kept, limit)
		}
		text, cut := o.text()
		if !utf8.ValidString(text) {
			t.Errorf("invalid: %q", text)
		}
		all := string(a) + string(b) + string(a)
		if !cut && text != strings.ToValidUTF8(all, "\uFFFD") {
			t.Errorf("got %q, want %q", text, all)
		}
		if cut && !strings.HasSuffix(all, string(o.tail[o.next:])+string(o.tail[:o.next])) {
			t.Errorf("the tail of %q is not %q%q", all, o.tail[o.next:], o.tail[:o.next])
		}
	})
}
