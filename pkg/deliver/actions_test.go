package deliver

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// scanned is the report of a scan, which drafts nothing: n urgent findings, two of each package, and the sample's.
func scanned(n int) fettle.Report {
	r := sample()
	r.Fixes, r.Trial = nil, nil
	for i := range r.Cases {
		r.Cases[i].Attempts, r.Cases[i].Unfixed, r.Cases[i].Decision.Fix = nil, "", ""
	}
	base := r.Cases[1]
	for i := range n {
		c := base
		c.Finding.Package.Name = fmt.Sprintf("package-%02d", i/2)
		c.Finding.Rule = fmt.Sprintf("CVE-2020-%05d", i)
		c.Finding.ID = fettle.NewID(c.Finding.Rule)
		r.Cases = append(r.Cases, c)
	}
	return r
}

func text(t *testing.T, r fettle.Report, with Text) string {
	t.Helper()
	return string(written(t, format{to: func(w io.Writer) fettle.Deliverer { with.Out = w; return with }}, r))
}

func TestAScanSaysNothingOfDraftsAndTrials(t *testing.T) {
	for _, f := range formats()[2:] {
		out := string(written(t, f, scanned(30)))
		if m := regexp.MustCompile(`(?i)drafted|not tried|passed`).FindString(out); m != "" {
			t.Errorf("%s says %q", f.name, m)
		}
		if !strings.Contains(out, "4.17.21") || !strings.Contains(out, "6.7.3") {
			t.Errorf("%s does not name the versions to go to", f.name)
		}
	}
}

func TestOnlyTheFirstActionsAreShownInFull(t *testing.T) {
	for full, want := range map[int][2]int{0: {10, 9}, 3: {3, 16}, -1: {0, 19}, 100: {19, 0}} {
		out := text(t, scanned(30), Text{Full: full})
		var got [2]int
		for _, line := range strings.Split(out, "\n") {
			if strings.HasPrefix(line, "act") || strings.HasPrefix(line, "attend") {
				got[b2i(!strings.Contains(line, "pkg:"))]++
			}
		}
		if got != want {
			t.Errorf("Full %d: %d in full, %d brief; want %v", full, got[0], got[1], want)
		}
		for i := range 30 {
			if rule := fmt.Sprintf("CVE-2020-%05d", i); strings.Count(out, rule) != 1 {
				t.Errorf("Full %d: %s stands %d times", full, rule, strings.Count(out, rule))
			}
		}
	}
	const line = "attend  package-14 6.7.0  2 findings (CVE-2020-00028, CVE-2020-00029)  fix: 6.7.3\n"
	if out := text(t, scanned(30), Text{}); !strings.Contains(out, line) {
		t.Errorf("no line %q in\n%s", line, out)
	}
}

func TestOneFixIsOneActionEvenForSeveralPackages(t *testing.T) {
	r := sample()
	also := r.Cases[1]
	also.Finding.Rule, also.Finding.Package.Name, also.Finding.ID = "CVE-2024-45590", "body-parser", "00000000000000aa"
	r.Cases = append(r.Cases[:2], append([]fettle.Case{also}, r.Cases[2:]...)...)
	r.Fixes[1].Resolves = append(r.Fixes[1].Resolves, also.Finding.ID)
	out := text(t, r, Text{})
	if !strings.Contains(out, "        With it: CVE-2024-45590 of body-parser (attend)\n") || strings.Count(out, "CVE-2024-45590") != 1 {
		t.Error(out)
	}
}

func TestTheVersionToGoToClearsAllFindings(t *testing.T) {
	ranges := func(pairs ...string) (all []fettle.Affected) {
		for i := 0; i+1 < len(pairs); i += 2 {
			all = append(all, fettle.Affected{Introduced: pairs[i], Fixed: pairs[i+1]})
		}
		return all
	}
	of := func(affected []fettle.Affected, versions ...string) fettle.Case {
		c := fettle.Case{Finding: fettle.Finding{Package: npm("p", versions[0]), Ranges: affected}}
		for _, v := range versions {
			c.Finding.Instances = append(c.Finding.Instances, fettle.Instance{Version: v})
		}
		return c
	}
	tests := []struct {
		name  string
		cases []fettle.Case
		want  string
	}{
		{"one fixed version", []fettle.Case{of(ranges("0", "4.17.21"), "4.17.4")}, "4.17.21"},
		{"the range of the installed version", []fettle.Case{of(ranges("0", "6.2.4", "6.3.0", "6.3.3", "6.7.0", "6.7.3", "6.8.0", "6.8.3"), "6.7.0")}, "6.7.3"},
		{"copies in two ranges, the lower first", []fettle.Case{of(ranges("1.0.0", "1.2.6", "0", "0.2.4"), "1.2.0", "0.0.10")}, "0.2.4, 1.2.6"},
		{"the highest of several findings", []fettle.Case{of(ranges("0", "4.17.10"), "4.17.4"), of(ranges("0", "4.17.21"), "4.17.4"), of(ranges("0", "4.17.9"), "4.17.4")}, "4.17.21"},
		{"a fixed version that another finding affects", []fettle.Case{of(ranges("0", "5.1.0"), "5.0.0"), of(ranges("5.0.0", "5.2.0"), "5.0.0")}, "5.2.0"},
		{"versions by number, not by letter", []fettle.Case{of(ranges("0", "1.9.0"), "1.0.0"), of(ranges("0", "1.10.0"), "1.0.0")}, "1.10.0"},
		{"none that clears all", []fettle.Case{of(ranges("0", "1.1.0"), "1.0.0"), of(ranges("0", "1.2.0", "1.2.0", ""), "1.0.0")}, "1.1.0, 1.2.0"},
		{"none known", []fettle.Case{of(ranges("0", ""), "1.0.0")}, ""},
		{"versions of no order", []fettle.Case{of(ranges("x", "y", "y", "z"), "\x00")}, "y, z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(clearing(tt.cases), ", "); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestSpecificReasonsComeFirst(t *testing.T) {
	p := fettle.Priority{Outcome: fettle.Act, Reasons: []fettle.Reason{
		{Factor: "outcome", Text: "Act: exploitation active, exposure open"},
		{Factor: "base", Text: "every finding starts here", Points: 20},
		{Factor: "epss", Text: "EPSS 90.7%; exploitation is known already"},
		{Factor: "severity", Text: "CVSS 7.8 (CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H/E:H), osv:GHSA-x on 2025-12-04", Points: 0.7},
		{Factor: "impact", Text: "total impact", Points: 23},
		{Factor: "exploitation", Text: "listed in KEV", Points: 60},
	}}
	want := []string{"listed in KEV", "CVSS 7.8, osv:GHSA-x on 2025-12-04", "exploitation active, exposure open", "total impact", "EPSS 90.7%; exploitation is known already"}
	if diff := cmp.Diff(want, top(p, 9)); diff != "" {
		t.Error(diff)
	}
	if got := top(p, 3); len(got) != 3 {
		t.Errorf("%d reasons", len(got))
	}
}
