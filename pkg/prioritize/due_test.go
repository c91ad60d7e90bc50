package prioritize

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestTheEarliestRegimeThatAppliesSetsTheDay(t *testing.T) {
	published := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC)
	today := time.Date(2026, 4, 15, 1, 0, 0, 0, time.UTC)
	gold := Rule{Regime: "gold", Data: []string{"lists"}, Due: map[string]int{"attend": 60, "act": 2}}
	for _, test := range []struct {
		name     string
		context  []string
		evidence []fettle.Evidence
		rules    []Rule
		unknown  bool // the day of publication
		want     string
		marks    string
	}{
		{name: "the directive is told to everybody", want: "bod-26-04 3"},
		{name: "and overdue where it is named", context: []string{"regime bod-26-04"}, want: "bod-26-04 3 2026-03-04 overdue", marks: "bod-26-04"},
		{name: "card data brings PCI DSS", context: []string{"data pci"}, want: "pci-dss 30 2026-03-31 overdue", marks: "pci pci-dss"},
		{name: "so does its name", context: []string{"regime pci-dss", "exposure small"}, want: "pci-dss 90 2026-05-30", marks: "pci-dss"},
		{name: "health data marks and sets no day", context: []string{"data phi", "exposure small"}, want: "bod-26-04 60", marks: "hipaa phi"},
		{name: "a rule of the team's own", context: []string{"data lists"}, rules: []Rule{gold}, want: "gold 60 2026-04-30", marks: "gold lists"},
		{name: "by name", context: []string{"regime gold"}, rules: []Rule{gold}, want: "gold 60 2026-04-30", marks: "gold"},
		{name: "that is about other data", context: []string{"data pii"}, rules: []Rule{gold}, want: "bod-26-04 3", marks: "pii"},
		{name: "that takes the place of one that is built in", context: []string{"data pci", "regime pci-dss"}, rules: []Rule{{Regime: "pci-dss", Due: map[string]int{"attend": 300}}},
			want: "pci-dss 300 2026-12-26", marks: "pci pci-dss"},
		{name: "without a time for the outcome", context: []string{"data lists", "exposure controlled"}, rules: []Rule{gold}, want: "bod-26-04 60", marks: "gold lists"},
		{name: "nobody knows when it was published", context: []string{"data pci"}, unknown: true, want: "bod-26-04 3", marks: "pci pci-dss"},
		{name: "KEV's own day", context: []string{"regime bod-26-04"}, evidence: []fettle.Evidence{say(fettle.KEV, 0, "2026-02-01")}, want: "kev 0 2026-02-01 overdue", marks: "bod-26-04"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fettle.Finding{Scope: fettle.Production, Published: published}
			if test.unknown {
				f.Published = time.Time{}
			}
			got := SSVC{Rules: test.rules, Today: today}.Prioritize(f, append(append(declared(test.context...), say(fettle.CVSS, 9.8, worst31)), test.evidence...))
			d := ""
			if got.Due != nil {
				d = got.Due.Regime + " " + strconv.Itoa(got.Due.Days)
				if !got.Due.Date.IsZero() {
					d += " " + got.Due.Date.Format(time.DateOnly)
				}
				if got.Due.Overdue {
					d += " overdue"
				}
			}
			if d != test.want || strings.Join(got.Marks, " ") != test.marks {
				t.Errorf("due %q, marks %q; want %q and %q", d, got.Marks, test.want, test.marks)
			}
		})
	}
}

func TestOverdueBeginsTheDayAfter(t *testing.T) {
	f := fettle.Finding{Published: time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)}
	evidence := append(declared("data pci"), say(fettle.CVSS, 9.8, worst31))
	for today, want := range map[string]bool{"2026-03-31": false, "2026-04-01": true} {
		day, _ := time.Parse(time.DateOnly, today)
		if got := (SSVC{Today: day.Add(23 * time.Hour)}).Prioritize(f, evidence).Due.Overdue; got != want {
			t.Errorf("on %s overdue is %t", today, got)
		}
	}
	if (SSVC{}).Prioritize(f, evidence).Due.Overdue {
		t.Error("overdue without knowing the day")
	}
}

func TestRulesSayWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		rule Rule
		want string
	}{
		{Rule{Due: map[string]int{"act": 1}}, "has no regime"},
		{Rule{Regime: "x"}, "compliance x has no due"},
		{Rule{Regime: "x", Due: map[string]int{"now": 1}}, `unknown outcome "now" in due; want act, attend, track* or track`},
		{Rule{Regime: "x", Due: map[string]int{"act": 0}}, "0 days for act; want 1 to 3650"},
	} {
		if err := test.rule.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want %q", test.rule, err, test.want)
		}
	}
	if err := (Rule{Regime: "x", Due: map[string]int{"track*": 90}}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestTheVectorCarriesWhatIsKnownHere(t *testing.T) {
	v4 := "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
	listed := say(fettle.KEV, 0, "")
	for _, test := range []struct {
		name     string
		vector   string
		context  []string
		evidence []fettle.Evidence
		want     string
	}{
		{"nothing known", v4, nil, nil, v4},
		{"attacked, of a program with card data", v4, []string{"data pci", "criticality high"}, []fettle.Evidence{listed}, v4 + "/E:A/CR:H/IR:H/AR:H"},
		{"controlled", v4, []string{"exposure controlled"}, nil, v4 + "/MAV:A"},
		{"small", v4, []string{"exposure small", "criticality low"}, nil, v4 + "/AR:L/MAV:L"},
		{"a public exploit", v4, nil, []fettle.Evidence{say(fettle.Exploit, 1, "public")}, v4 + "/E:P"},
		{"none, and everybody was asked", v4, nil, []fettle.Evidence{absent(fettle.KEV), absent(fettle.Exploit)}, v4 + "/E:U"},
		{"version 3.1", worst31, []string{"exposure controlled", "data pii"}, []fettle.Evidence{listed}, worst31 + "/E:H/CR:H/IR:H/MAV:A"},
		{"what is local stays", local31, []string{"exposure small"}, nil, local31},
		{"version 2 has none", "AV:N/AC:L/Au:N/C:C/I:C/A:C", []string{"exposure small"}, nil, ""},
		{"no vector", "", []string{"exposure small"}, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			evidence := append(declared(test.context...), test.evidence...)
			if test.vector != "" {
				evidence = append(evidence, say(fettle.CVSS, 9, test.vector))
			}
			got := SSVC{}.Prioritize(fettle.Finding{Scope: fettle.Production}, evidence)
			if diff := cmp.Diff(test.want, got.Vector); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestModesAreNamed(t *testing.T) {
	for _, m := range []Mode{"", Balanced, Deployer, BOD} {
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	}
	if err := Mode("cvss").Validate(); err == nil || !strings.Contains(err.Error(), "want balanced, ssvc-deployer or bod-26-04") {
		t.Error(err)
	}
}

func TestEveryModeAnswersEverywhere(t *testing.T) {
	for _, table := range []string{deployerTable, bodTable} {
		if n := strings.Count(table, "\n"); n != 73 && n != 17 {
			t.Errorf("a table of %d lines", n)
		}
	}
	everyFacts(func(f facts) {
		for _, m := range []Mode{Deployer, BOD} {
			f.mode = m
			if f.outcome().Urgency() < 0 || m == BOD && f.timeline() == "" {
				t.Fatalf("%+v has no outcome", f)
			}
		}
	})
}
