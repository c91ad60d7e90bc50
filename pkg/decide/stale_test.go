package decide

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestReviewTellsWhatToPutRight(t *testing.T) {
	in := func(days int) Date { return Date{today.Truncate(24*time.Hour).AddDate(0, 0, days)} }
	x := Exception{Finding: "CVE-2020-1234", Status: NotAffected, Justification: CodeNotControllable, Reason: "r", Expires: in(100), line: 5}
	with := func(change func(*Exception)) []Exception {
		y := x
		change(&y)
		return []Exception{y}
	}
	other := finding()
	other.Rule, other.Aliases, other.ID = "CVE-1999-0001", nil, "x"
	found := func(evidence ...fettle.Evidence) fettle.Report {
		c := kase(fettle.Act)
		c.Evidence = evidence
		return fettle.Report{Cases: []fettle.Case{c}}
	}
	partial := found()
	partial.Gaps = []fettle.Gap{{Stage: "discover"}}
	feeds := found()
	feeds.Gaps = []fettle.Gap{{Stage: "correlate"}}
	gone := found()
	gone.Gone = []fettle.Finding{other}
	twice := found(callsIt)
	twice.Cases = append(twice.Cases, twice.Cases[0])
	aged := own("not_affected vulnerable_code_not_present")
	aged.AsOf = today.AddDate(-2, 0, 0)
	const nothing = "fettle.yaml:5 the exception for CVE-1999-0001 covers no finding of this run; remove it, or correct the id"
	elsewhere := with(func(x *Exception) { x.Finding = "CVE-1999-0001" })
	tests := []struct {
		name       string
		exceptions []Exception
		r          fettle.Report
		want       []string
	}{
		{"one that serves", with(func(x *Exception) {}), found(), nil},
		{"one that has expired", with(func(x *Exception) { x.Expires = in(-1) }), found(),
			[]string{"fettle.yaml:5 the exception for CVE-2020-1234 expired on 2026-08-15 and no longer applies; remove it, or look at it again and set a new day"}},
		{"one that has expired and covers nothing", with(func(x *Exception) { x.Expires, x.Finding = in(-1), "CVE-1" }), found(),
			[]string{"fettle.yaml:5 the exception for CVE-1 expired on 2026-08-15 and covers no finding; remove it"}},
		{"its last day", with(func(x *Exception) { x.Expires = in(0) }), found(), []string{"fettle.yaml:5 the exception for CVE-2020-1234 expires on 2026-08-16, today; look at it again"}},
		{"two weeks before", with(func(x *Exception) { x.Expires = in(14) }), found(), []string{"fettle.yaml:5 the exception for CVE-2020-1234 expires on 2026-08-30, in 14 days; look at it again"}},
		{"earlier", with(func(x *Exception) { x.Expires = in(15) }), found(), nil},
		{"one that covers nothing", elsewhere, found(), []string{nothing}},
		{"one that covers nothing where a feed was down", elsewhere, feeds, []string{nothing}},
		{"one that covers nothing where not everything was read", elsewhere, partial, nil},
		{"one that covers what the change removes", elsewhere, gone,
			[]string{"fettle.yaml:5 the exception for CVE-1999-0001 only covers what the change removes; remove it with the change"}},
		{"one of another path", with(func(x *Exception) { x.Path = "services/b" }), found(),
			[]string{"fettle.yaml:5 the exception for CVE-2020-1234 covers no finding: found is lodash@4.17.10 at services/a/package-lock.json:7; correct its package or path, or remove it"}},
		{"not in the execute path, and called", with(func(x *Exception) { x.Justification = CodeNotInExecutePath }), found(callsIt),
			[]string{"fettle.yaml:5 the exception for CVE-2020-1234 says vulnerable_code_not_in_execute_path, but the vulnerable code is called at main.go:3; give a justification that holds, or remove it"}},
		{"not in the execute path, and called in two findings", with(func(x *Exception) { x.Justification = CodeNotInExecutePath }), twice,
			[]string{"fettle.yaml:5 the exception for CVE-2020-1234 says vulnerable_code_not_in_execute_path, but the vulnerable code is called at main.go:3 (and 1 finding more like it); give a justification that holds, or remove it"}},
		{"not in the execute path, and imported", with(func(x *Exception) { x.Justification = CodeNotInExecutePath }), found(importsIt), nil},
		{"not controllable, and called", with(func(x *Exception) {}), found(callsIt), nil},
		{"not present, and installed", with(func(x *Exception) { x.Justification = ComponentNotPresent }), found(),
			[]string{"fettle.yaml:5 the exception for CVE-2020-1234 says component_not_present, but lodash@4.17.10 is installed, at services/a/package-lock.json:7; give a justification that holds, or remove it"}},
		{"own VEX, not present, and installed", nil, found(own("not_affected component_not_present")),
			[]string{".vex/a.json:9 the VEX statement on CVE-2020-1234 says component_not_present, but lodash@4.17.10 is installed, at services/a/package-lock.json:7; give a justification that holds, or remove it"}},
		{"own VEX, not in the execute path, and called", nil, found(own("not_affected vulnerable_code_not_in_execute_path"), callsIt),
			[]string{".vex/a.json:9 the VEX statement on CVE-2020-1234 says vulnerable_code_not_in_execute_path, but the vulnerable code is called at main.go:3; give a justification that holds, or remove it"}},
		{"own VEX of long ago", nil, found(aged), []string{".vex/a.json:9 the VEX statement on CVE-2020-1234 is of 2024-08-16, 730 days ago; look at it again and set last_updated"}},
		{"a vendor's VEX is not ours to mend", nil, found(vendor("not_affected component_not_present"), callsIt), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, r := range (Policy{Exceptions: test.exceptions, Today: today}).Review(test.r) {
				got = append(got, r.Location.String()+" "+r.Text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := (Policy{Exceptions: elsewhere, Today: today, Partial: true}).Review(found()); got != nil {
		t.Errorf("a run over a part: %v", got)
	}
	if got := (Policy{Exceptions: with(func(x *Exception) { x.Expires = in(-1) })}).Review(found()); got != nil {
		t.Errorf("without a clock: %v", got)
	}
}
