package deliver

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestTextKeepsToItsWidth(t *testing.T) {
	for _, width := range []int{80, 100, 200} {
		f := format{to: func(w io.Writer) fettle.Deliverer { return Text{Out: w, Width: width} }}
		for name, r := range map[string]fettle.Report{"sample": sample(), "clean": clean(), "large": large(20), "wide": hostile(strings.Repeat("漢字 かな", 12))} {
			for _, line := range strings.Split(string(written(t, f, r)), "\n") {
				long := strings.Contains(line, "pkg:") // a package URL is one word that must stay whole to be copied
				if columns(line) > width && !long {
					t.Errorf("%s: %d columns of %d: %s", name, columns(line), width, line)
				}
			}
		}
	}
}

func TestTextHoldsNoControlCharactersOfOthers(t *testing.T) {
	ours := regexp.MustCompile(`\x1b\[[0-9;]+m`)
	for _, evil := range evils {
		for _, color := range []bool{false, true} {
			for _, compact := range []bool{false, true} {
				f := format{to: func(w io.Writer) fettle.Deliverer { return Text{Out: w, Color: color, Compact: compact} }}
				out := string(written(t, f, hostile(evil)))
				if color {
					out = ours.ReplaceAllString(out, "")
				}
				for _, r := range out {
					if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
						t.Fatalf("%q leaves %U in\n%s", evil, r, out)
					}
				}
			}
		}
	}
}

func TestCompactIsOneLineForEachFindingFixAndGap(t *testing.T) {
	r := hostile("a\nb")
	f := format{to: func(w io.Writer) fettle.Deliverer { return Text{Out: w, Compact: true} }}
	lines := strings.Split(strings.TrimSpace(string(written(t, f, r))), "\n")
	if want := 2 + len(r.Cases) + len(r.Fixes) + len(r.Gaps); len(lines) != want {
		t.Errorf("%d lines; want %d:\n%s", len(lines), want, strings.Join(lines, "\n"))
	}
}

func TestColoursAreOnlyWhereAskedFor(t *testing.T) {
	for _, color := range []bool{false, true} {
		f := format{to: func(w io.Writer) fettle.Deliverer { return Text{Out: w, Color: color} }}
		if got := strings.Contains(string(written(t, f, sample())), "\x1b["); got != color {
			t.Errorf("colours %v: sequences %v", color, got)
		}
	}
}

func TestAFixWithoutATrialIsNotCalledTested(t *testing.T) {
	r := sample()
	r.Trial = nil
	for i := range r.Cases {
		r.Cases[i].Attempts = nil
	}
	for _, f := range formats()[2:] {
		if out := string(written(t, f, r)); strings.Contains(out, "passed") || !strings.Contains(out, "not tried") {
			t.Errorf("%s:\n%s", f.name, out)
		}
	}
}

func TestRemediesSayWhatIsKnown(t *testing.T) {
	r := sample()
	want := []string{"4.17.21 (passed, apply)", "6.7.3 (passed, suggest)", "9.0.0 (failed)", "none known", "7.23.2 (none drafted)", "7.5.2 (none drafted)", "3.0.5 (skipped)"}
	for i, c := range r.Cases {
		if got := remedyText(r, c); got != want[i] {
			t.Errorf("%s: %q; want %q", c.Finding.Rule, got, want[i])
		}
	}
}

func TestABetterAttemptIsPreferredWhereNothingWasDecided(t *testing.T) {
	r := sample()
	c := r.Cases[0]
	c.Decision.Fix = ""
	failed := c.Attempts[0]
	failed.Fix, failed.Verdict.Status = r.Fixes[2].ID, fettle.Failed
	c.Attempts = []fettle.Attempt{failed, c.Attempts[0]}
	if got := remedyOf(r, c).Fix.ID; got != r.Fixes[0].ID {
		t.Errorf("chose %s", got)
	}
}
