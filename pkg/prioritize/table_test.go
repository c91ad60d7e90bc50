package prioritize

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestOutcomeTable(t *testing.T) {
	tests := []struct {
		exploitation exploitation
		exposure     Exposure
		with         string // of A, T, M and C for called
		want         fettle.Outcome
	}{
		{active, Open, "", fettle.Act},
		{active, Open, "ATMC", fettle.Act},
		{active, Controlled, "T", fettle.Act},
		{active, Controlled, "M", fettle.Act},
		{active, Controlled, "AC", fettle.Attend},
		{active, Small, "", fettle.Attend},
		{active, Small, "ATMC", fettle.Attend},
		{likely, Open, "ATC", fettle.Act},
		{likely, Open, "AT", fettle.Attend},
		{likely, Open, "ATM", fettle.Attend},
		{likely, Open, "AC", fettle.Attend},
		{likely, Open, "TC", fettle.Attend},
		{likely, Open, "", fettle.Attend},
		{likely, Controlled, "T", fettle.Attend},
		{likely, Controlled, "M", fettle.Attend},
		{likely, Controlled, "AC", fettle.TrackStar},
		{likely, Controlled, "", fettle.TrackStar},
		{likely, Small, "ATMC", fettle.Track},
		{likely, Small, "", fettle.Track},
		{none, Open, "AT", fettle.Attend},
		{none, Open, "A", fettle.TrackStar},
		{none, Open, "T", fettle.TrackStar},
		{none, Open, "MC", fettle.Track},
		{none, Open, "", fettle.Track},
		{none, Controlled, "AT", fettle.TrackStar},
		{none, Controlled, "MA", fettle.TrackStar},
		{none, Controlled, "MT", fettle.TrackStar},
		{none, Controlled, "A", fettle.Track},
		{none, Controlled, "T", fettle.Track},
		{none, Controlled, "M", fettle.Track},
		{none, Controlled, "", fettle.Track},
		{none, Small, "ATMC", fettle.Track},
		{none, Small, "", fettle.Track},
	}
	for _, test := range tests {
		t.Run(string(test.exploitation)+" "+string(test.exposure)+" "+test.with, func(t *testing.T) {
			f := facts{
				exploitation: test.exploitation, declared: test.exposure, automatable: strings.Contains(test.with, "A"),
				total: strings.Contains(test.with, "T"), mission: strings.Contains(test.with, "M"),
			}
			if strings.Contains(test.with, "C") {
				f.reach = called
			}
			if got := f.outcome(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestEffectiveExposure(t *testing.T) {
	tests := []struct {
		name string
		f    facts
		want Exposure
	}{
		{"unknown is open", facts{}, Open},
		{"declared", facts{declared: Controlled}, Controlled},
		{"needed for development only", facts{declared: Open, development: true}, Small},
		{"not imported", facts{declared: Open, reach: notImported}, Small},
		{"no call path in Go is one step down", facts{declared: Open, reach: noPath, soundCalls: true}, Controlled},
		{"no call path elsewhere is not", facts{declared: Open, reach: noPath}, Open},
		{"local is one step down", facts{local: true}, Controlled},
		{"local and no call path are two", facts{local: true, reach: noPath, soundCalls: true}, Small},
		{"small stays small", facts{declared: Small, local: true}, Small},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.f.exposure(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// everyFacts calls f with every combination of facts.
func everyFacts(visit func(facts)) {
	bools := []bool{false, true}
	for _, x := range []exploitation{none, likely, active} {
		for _, e := range []Exposure{"", Open, Controlled, Small} {
			for _, r := range []reach{unknownReach, called, referenced, noPath, notImported} {
				for bits := range 1 << 7 {
					at := func(i int) bool { return bools[bits>>i&1] }
					visit(facts{
						exploitation: x, declared: e, reach: r, development: at(0), soundCalls: at(1), local: at(2),
						automatable: at(3), total: at(4), mission: at(5), noisy: at(6),
					})
				}
			}
		}
	}
}

func TestAWorseFactNeverLowersTheOutcome(t *testing.T) {
	worse := []struct {
		name   string
		change func(*facts)
	}{
		{"entering KEV", func(f *facts) { f.exploitation = active }},
		{"a high EPSS", func(f *facts) {
			if f.exploitation == none {
				f.exploitation = likely
			}
		}},
		{"an open exposure", func(f *facts) { f.declared = Open }},
		{"a controlled exposure in place of a small one", func(f *facts) {
			if f.declared == Small {
				f.declared = Controlled
			}
		}},
		{"forgetting the exposure", func(f *facts) { f.declared = "" }},
		{"a need in production", func(f *facts) { f.development = false }},
		{"a call", func(f *facts) { f.reach = called }},
		{"forgetting that it is not reached", func(f *facts) {
			if f.reach != called {
				f.reach = unknownReach
			}
		}},
		{"an attack over the network", func(f *facts) { f.local = false }},
		{"an attack that can be automated", func(f *facts) { f.automatable = true }},
		{"total impact", func(f *facts) { f.total = true }},
		{"high stakes", func(f *facts) { f.mission = true }},
	}
	for _, w := range worse {
		t.Run(w.name, func(t *testing.T) {
			everyFacts(func(f facts) {
				g := f
				w.change(&g)
				if g.outcome().Urgency() < f.outcome().Urgency() {
					t.Fatalf("%+v is %s, and then %s", f, f.outcome(), g.outcome())
				}
			})
		})
	}
}

func TestActiveExploitationIsAlwaysSurfaced(t *testing.T) {
	everyFacts(func(f facts) {
		if f.exploitation == active && (!f.outcome().Surfaced() || f.muted()) {
			t.Errorf("%+v is %s, muted %t", f, f.outcome(), f.muted())
		}
	})
}

func TestDueFollowsTheDirective(t *testing.T) {
	tests := []struct {
		kev, exposed, automatable, total bool
		want                             string
	}{
		{false, false, false, false, ""},
		{true, false, false, false, "14 days"},
		{false, true, false, false, "60 days"},
		{false, false, true, false, "60 days"},
		{false, false, false, true, ""},
		{true, true, false, false, "14 days"},
		{true, false, true, false, "14 days"},
		{false, true, true, false, "14 days"},
		{true, false, false, true, "14 days"},
		{false, true, false, true, "14 days"},
		{false, false, true, true, "60 days"},
		{true, true, true, false, "3 days"},
		{true, true, false, true, "3 days, with a forensic investigation"},
		{true, false, true, true, "3 days, with a forensic investigation"},
		{false, true, true, true, "3 days"},
		{true, true, true, true, "3 days, with a forensic investigation"},
	}
	published := map[string]string{"fix on system upgrade": "", "3 days & forensic investigation": "3 days, with a forensic investigation"}
	var rows [][]string
	if file, err := os.Open("../../../shared/data/ssvc/bod.csv"); err == nil {
		defer file.Close()
		if rows, err = csv.NewReader(file).ReadAll(); err != nil {
			t.Fatal(err)
		}
		if len(rows) != len(tests)+1 {
			t.Fatalf("the published table has %d rows, want %d and a header", len(rows), len(tests))
		}
	}
	for i, test := range tests {
		f := facts{exploitation: none, declared: Controlled, automatable: test.automatable, total: test.total}
		if test.kev {
			f.exploitation = active
		}
		if test.exposed {
			f.declared = Open
		}
		r, ok := due(f)
		if got := strings.TrimPrefix(r.Text, "CISA BOD 26-04 asks for a fix within "); got != test.want || ok != (test.want != "") {
			t.Errorf("row %d: got %q, %t; want %q", i, got, ok, test.want)
		}
		if rows == nil {
			continue
		}
		row := rows[i+1]
		want := row[5]
		if text, ok := published[want]; ok {
			want = text
		}
		if row[1] != yes(test.kev) || row[2] != yes(test.exposed) || row[3] != yes(test.automatable) || (row[4] == "total") != test.total || want != test.want {
			t.Errorf("row %d: the published table says %v", i, row)
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
