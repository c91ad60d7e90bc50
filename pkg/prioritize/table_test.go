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
		exposure     exposure
		with         string // of A, T, M and C for called
		want         fettle.Outcome
	}{
		{active, open, "", fettle.Act},
		{active, open, "ATMC", fettle.Act},
		{active, controlled, "T", fettle.Act},
		{active, controlled, "M", fettle.Act},
		{active, controlled, "AC", fettle.Attend},
		{active, small, "", fettle.Attend},
		{active, small, "ATMC", fettle.Attend},
		{likely, open, "ATC", fettle.Act},
		{likely, open, "AT", fettle.Attend},
		{likely, open, "ATM", fettle.Attend},
		{likely, open, "AC", fettle.Attend},
		{likely, open, "TC", fettle.Attend},
		{likely, open, "", fettle.Attend},
		{likely, controlled, "T", fettle.Attend},
		{likely, controlled, "M", fettle.Attend},
		{likely, controlled, "AC", fettle.TrackStar},
		{likely, controlled, "", fettle.TrackStar},
		{likely, small, "ATMC", fettle.Track},
		{likely, small, "", fettle.Track},
		{none, open, "AT", fettle.Attend},
		{none, open, "A", fettle.TrackStar},
		{none, open, "T", fettle.TrackStar},
		{none, open, "MC", fettle.Track},
		{none, open, "", fettle.Track},
		{none, controlled, "AT", fettle.TrackStar},
		{none, controlled, "MA", fettle.TrackStar},
		{none, controlled, "MT", fettle.TrackStar},
		{none, controlled, "A", fettle.Track},
		{none, controlled, "T", fettle.Track},
		{none, controlled, "M", fettle.Track},
		{none, controlled, "", fettle.Track},
		{none, small, "ATMC", fettle.Track},
		{none, small, "", fettle.Track},
	}
	for _, test := range tests {
		t.Run(string(test.exploitation)+" "+string(test.exposure)+" "+test.with, func(t *testing.T) {
			f := facts{
				exploitation: test.exploitation, known: test.exposure, automatable: strings.Contains(test.with, "A"),
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
		want exposure
	}{
		{"unknown is open", facts{}, open},
		{"declared", facts{known: controlled}, controlled},
		{"needed for development only", facts{known: open, development: true}, small},
		{"not imported", facts{known: open, reach: notImported}, small},
		{"no call path in Go is one step down", facts{known: open, reach: noPath, soundCalls: true}, controlled},
		{"no call path elsewhere is not", facts{known: open, reach: noPath}, open},
		{"local is one step down", facts{local: true}, controlled},
		{"local and no call path are two", facts{local: true, reach: noPath, soundCalls: true}, small},
		{"small stays small", facts{known: small, local: true}, small},
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
		for _, e := range []exposure{"", open, controlled, small} {
			for _, r := range []reach{unknownReach, called, referenced, noPath, notImported} {
				for bits := range 1 << 7 {
					at := func(i int) bool { return bools[bits>>i&1] }
					visit(facts{
						exploitation: x, known: e, reach: r, development: at(0), soundCalls: at(1), local: at(2),
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
		{"an open exposure", func(f *facts) { f.known = open }},
		{"a controlled exposure in place of a small one", func(f *facts) {
			if f.known == small {
				f.known = controlled
			}
		}},
		{"forgetting the exposure", func(f *facts) { f.known = "" }},
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
		f := facts{mode: BOD, exploitation: none, known: controlled, automatable: test.automatable, total: test.total}
		if test.kev {
			f.exploitation = active
		}
		if test.exposed {
			f.known = open
		}
		got := f.timeline()
		if text, ok := published[got]; ok {
			got = text
		}
		if got != test.want {
			t.Errorf("row %d: got %q; want %q", i, got, test.want)
		}
		outcome := map[int]fettle.Outcome{0: fettle.Track, 3: fettle.Act, 14: fettle.Attend, 60: fettle.TrackStar}[days(test.want)]
		if f.outcome() != outcome {
			t.Errorf("row %d: got %s, want %s", i, f.outcome(), outcome)
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

// TestTheDeployerTableIsThePublishedOne compares all 72 rows.
func TestTheDeployerTableIsThePublishedOne(t *testing.T) {
	file, err := os.Open("../../../shared/data/ssvc/deployer.csv")
	if err != nil {
		t.Skip("the published table is not here")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 73 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		f := facts{mode: Deployer, exploitation: none, known: exposure(row[2]), automatable: row[3] == "yes"}
		switch row[1] {
		case "public poc":
			f.public = true
		case "active":
			f.exploitation = active
		}
		f.minor, f.mission, f.both = row[4] == "low", strings.HasSuffix(row[4], "high"), row[4] == "very high"
		want := map[string]fettle.Outcome{"defer": fettle.Track, "scheduled": fettle.TrackStar, "out-of-cycle": fettle.Attend, "immediate": fettle.Act}[row[5]]
		if got := f.outcome(); got != want {
			t.Errorf("%v: got %s, want %s", row, got, want)
		}
	}
}
