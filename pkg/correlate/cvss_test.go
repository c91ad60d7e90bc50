package correlate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Scores are those of the specifications' examples and of FIRST's calculators.
func TestBaseScores(t *testing.T) {
	tests := []struct {
		name, vector, want string
		version            int
		score              float64
	}{
		{"4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "", 40, 9.3},
		{"4.0 out of order", "CVSS:4.0/VA:H/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/SC:N/SI:N/SA:N",
			"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 40, 9.3},
		{"4.0 keeps the threat metric and scores without it", "CVSS:4.0/E:U/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
			"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 40, 9.3},
		{"3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "", 31, 10},
		{"3.1 out of order, with blanks and a slash at the end", " CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N/ ",
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 31, 9.8},
		{"3.0", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "", 30, 6.1},
		{"2.0", "AV:N/AC:L/Au:N/C:P/I:P/A:P", "", 20, 7.5},
		{"2.0 in parentheses", "(AV:N/AC:L/Au:N/C:C/I:C/A:C)", "AV:N/AC:L/Au:N/C:C/I:C/A:C", 20, 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vector, version, score, err := parseVector(fettle.Severity{Vector: test.vector})
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" {
				test.want = test.vector
			}
			if vector != test.want || version != test.version || score != test.score {
				t.Errorf("got %s, %d, %v; want %s, %d, %v", vector, version, score, test.want, test.version, test.score)
			}
		})
	}
}

func TestVectorsThatDoNotParse(t *testing.T) {
	tests := map[string]string{
		"empty":             "",
		"a word":            "negligible",
		"a number":          "7.5",
		"unknown version":   "CVSS:5.0/AV:N",
		"no metric":         "CVSS:3.1/",
		"metric missing":    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
		"metric twice":      "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"unknown metric":    "CVSS:3.1/XX:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"unknown value":     "CVSS:3.1/AV:Z/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"value missing":     "CVSS:4.0/AV/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
		"threat value bad":  "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:Z",
		"half a group":      "AV:N/AC:L/Au:N/C:P/I:P/A:P/E:U",
		"longer than bound": "CVSS:3.1/" + strings.Repeat("AV:N/", 200),
	}
	for name, vector := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(t, CVSS{AsOf: day}, fettle.Finding{Severity: []fettle.Severity{{Type: "CVSS_V3", Vector: vector, Source: "osv:x"}}})
			if len(got) != 1 || got[0].Status != fettle.Unknown || !strings.Contains(got[0].Text, "does not parse") || len(got[0].Text) > 400 {
				t.Errorf("got %+v, want one unknown evidence that says why", got)
			}
		})
	}
}

func TestTheBestVectorComesFirstAndAllAreKept(t *testing.T) {
	const (
		v4      = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
		v31     = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
		v31low  = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"
		v31high = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"
		v2      = "AV:N/AC:L/Au:N/C:P/I:P/A:P"
	)
	f := fettle.Finding{Rule: "CVE-2020-1234", Severity: []fettle.Severity{
		{Type: "CVSS_V2", Vector: v2, Source: "osv"},
		{Type: "CVSS_V3", Vector: v31low, Source: "osv"},
		{Type: "CVSS_V3", Vector: "nonsense", Source: "osv"},
		{Type: "CVSS_V3", Vector: v31, Source: "osv"},
		{Type: "CVSS_V3", Vector: v31, Source: "osv"},
		{Type: "CVSS_V4", Vector: v4, Source: "osv"},
	}}
	feed := supplement{"CVE-2020-1234": {{Type: "CVSS_V3", Vector: v31high, Provider: "nvd"}}}
	var got []string
	for _, e := range ask(t, CVSS{AsOf: day, Feed: feed}, f) {
		got = append(got, string(e.Status)+" "+e.Source+" "+e.Text)
	}
	want := []string{
		"known osv " + v4, "known osv " + v31, "known osv " + v31low, "known cvss nvd " + v31high, "known osv " + v2,
		`unknown osv CVSS_V3 vector "nonsense" does not parse: unknown metric "nonsense"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoVector(t *testing.T) {
	tests := []struct {
		name string
		feed vectors
		rule string
		want fettle.Status
	}{
		{"without a feed is unknown", nil, "CVE-2020-1234", fettle.Unknown},
		{"and none in the feed is absent", supplement{}, "CVE-2020-1234", fettle.Absent},
		{"and no CVE to ask the feed for is unknown", supplement{}, "GHSA-x", fettle.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, CVSS{AsOf: day, Feed: test.feed}, fettle.Finding{Rule: test.rule})
			if len(got) != 1 || got[0].Status != test.want || got[0].Text == "" {
				t.Errorf("got %+v, want one %s that says why", got, test.want)
			}
		})
	}
}

func TestAWordInPlaceOfAVectorIsARating(t *testing.T) {
	got := ask(t, CVSS{AsOf: day}, fettle.Finding{Rule: "CVE-2020-1234", Severity: []fettle.Severity{{Vector: "MODERATE", Source: "osv:x"}}})
	want := []fettle.Evidence{
		{Signal: fettle.CVSS, Status: fettle.Unknown, Text: "the advisory gives no CVSS vector", Source: "osv:CVE-2020-1234", AsOf: day},
		{Signal: fettle.Rating, Status: fettle.Known, Text: "medium", Source: "osv:x", AsOf: day},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzVector(f *testing.F) {
	f.Add("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A/CR:H/MAV:L/S:P")
	f.Add("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C/CR:H/MAV:L")
	f.Add("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N")
	f.Add("(AV:N/AC:L/Au:N/C:P/I:P/A:P/E:U/RL:OF/RC:C/CDP:N/TD:N/CR:L/IR:L/AR:L)")
	f.Add("CVSS:4.0//////")
	f.Fuzz(func(t *testing.T, vector string) {
		normal, version, score, err := parseVector(fettle.Severity{Vector: vector})
		if err != nil {
			return
		}
		if !(score >= 0 && score <= 10) {
			t.Errorf("%q scores %v", vector, score)
		}
		again, v, s, err := parseVector(fettle.Severity{Vector: normal})
		if err != nil || again != normal || v != version || s != score {
			t.Errorf("%q parses to %q, %d, %v and that to %q, %d, %v, %v", vector, normal, version, score, again, v, s, err)
		}
	})
}
