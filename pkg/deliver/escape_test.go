package deliver

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// evils are texts that try to be more than text somewhere.
var evils = []string{
	"| a | b |\n| --- | --- |\n| c | d |",
	"</details></summary><script>alert(1)</script><img src=x onerror=alert(1)>",
	"``` \n````\n~~~\n``` @octocat",
	"@octocat fixes #1, GH-7, octo/repo#12 and !3 ~bug $1 %2 &4",
	"[click](https://evil.example) ![x](http://evil.example/x.png) <https://evil.example> www.evil.example javascript:alert(1)",
	"\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b31m \x00\x07\x08\r\n::error::injected",
	"\u202eexe.gpj\u202c \u200b\u2066x\u2069 \ufeff \U000e0041",
	"\xff\xfe\xc3( 漢字かな交じり文 👩‍👩‍👧 e\u0301\u0301\u0301",
	"{0} {{x}} [1](2) \\[x\\](http://evil.example) \\\\ `\\|` \\|",
	"- item\n+ item\n1. item\n1) item\n# head\n> quote\n---\n===\n    code",
	"*bold* _it_ ~~gone~~ $$x$$ :smile: <!-- --> &lt; &#64;octocat",
	"",
	strings.Repeat("|`@<", 2000),
}

var mention = regexp.MustCompile(`@[A-Za-z0-9_-]`)

func checkPlain(t *testing.T, s, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%q gives invalid UTF-8 %q", s, out)
	}
	for _, r := range out {
		if unicode.In(r, unicode.Cc, unicode.Cf) || r == '\u2028' || r == '\u2029' {
			t.Errorf("%q gives %q with %U", s, out, r)
		}
	}
}

func checkMarkdown(t *testing.T, s, out string) {
	t.Helper()
	checkPlain(t, s, out)
	if i := strings.IndexAny(out, "|<>\\`[]*_"); i >= 0 {
		t.Errorf("%q gives %q with a raw %q", s, out, out[i])
	}
	if mention.MatchString(out) || strings.Contains(out, "://") || strings.Contains(strings.ToLower(out), "www.") {
		t.Errorf("%q gives %q, which mentions or links", s, out)
	}
	if out != "" && strings.ContainsAny(out[:1], "-+=") || strings.HasPrefix(out, "# ") || ordered.MatchString(out) {
		t.Errorf("%q gives %q, which begins a block", s, out)
	}
	if got := html(out); got != plain(s) {
		t.Errorf("%q shows as %q; want %q", s, got, plain(s))
	}
}

// html undoes the character references of markdown, as a browser does, without the zero-width spaces.
func html(s string) string {
	s = strings.ReplaceAll(s, zeroWidth, "")
	return regexp.MustCompile(`&#([0-9]+);`).ReplaceAllStringFunc(s, func(ref string) string {
		n := 0
		for _, d := range ref[2 : len(ref)-1] {
			n = n*10 + int(d-'0')
		}
		return string(rune(n))
	})
}

func checkFence(t *testing.T, s string) {
	t.Helper()
	lines := strings.Split(fenced(s), "\n")
	fence := strings.TrimSuffix(lines[0], "text")
	for i, line := range lines[1:] {
		closes := strings.HasPrefix(strings.TrimLeft(line, " "), fence)
		if closes != (i == len(lines)-2) {
			t.Errorf("fence of %q is closed by line %d: %q", s, i, line)
		}
		checkPlain(t, s, line)
	}
}

func checkCode(t *testing.T, s string) {
	t.Helper()
	out := code(s)
	if strings.HasPrefix(out, "`") {
		if inner := strings.Trim(out, "`"); strings.ContainsAny(inner, "`|\\") || inner != plain(s) {
			t.Errorf("code(%q) = %q", s, out)
		}
	} else if out != "" {
		checkMarkdown(t, s, strings.TrimSuffix(strings.TrimPrefix(out, "<code>"), "</code>"))
	}
}

var link = regexp.MustCompile(`(^|[^\\])(\\\\)*\]\(`)

func checkSARIF(t *testing.T, s string) {
	t.Helper()
	out := sarifText(s)
	checkPlain(t, s, out)
	if link.MatchString(out) || strings.ContainsAny(out, "{}") {
		t.Errorf("sarifText(%q) = %q has a link or a placeholder", s, out)
	}
}

func checkAll(t *testing.T, s string) {
	t.Helper()
	checkPlain(t, s, plain(s))
	checkMarkdown(t, s, markdown(s))
	checkCode(t, s)
	checkFence(t, s)
	checkSARIF(t, s)
	for _, width := range []int{8, 40} {
		for _, line := range wrap(plain(s), width) {
			if columns(line) > width {
				t.Errorf("wrap(%q, %d) gives %q of %d columns", s, width, line, columns(line))
			}
		}
	}
	if n := utf8.RuneCountInString(clip(plain(s), 10)); n > 10 {
		t.Errorf("clip to 10 gives %d", n)
	}
}

func TestOutsideTextStaysText(t *testing.T) {
	for _, s := range evils {
		checkAll(t, s)
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range evils {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkAll(t, s) })
}

func TestPlainKeepsWhatPeopleRead(t *testing.T) {
	tests := map[string]string{
		"lodash 4.17.21":                "lodash 4.17.21",
		"a\tb\r\n\n c ":                 "a b c",
		"\x1b[1;31mred\x1b[0m":          "red",
		"\x1b]0;title\x07x":             "x",
		"naïve 漢字 👍":                    "naïve 漢字 👍",
		"\u202egnp.exe":                 "gnp.exe",
		"caf\xe9":                       "caf\ufffd",
		"\x1b":                          "",
		"a\x1b[":                        "a",
		"::set-output name=x::y\n::x::": "::set-output name=x::y ::x::",
	}
	for in, want := range tests {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestWrapBreaksAtBlanksAndCountsWideCharacters(t *testing.T) {
	tests := []struct {
		in   string
		want string
	}{
		{"one two three four", "one two|three|four"},
		{"漢字漢字漢字", "漢字漢字|漢字"},
		{"abcdefghijkl", "abcdefgh|ijkl"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(wrap(tt.in, 8), "|"); got != tt.want {
			t.Errorf("wrap(%q, 8) = %q; want %q", tt.in, got, tt.want)
		}
	}
}
