package correlate

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

var day = time.Date(2026, 8, 16, 0, 0, 0, 0, time.UTC)

type scores map[string][2]float64

func (s scores) Score(cve string) (float64, float64, bool) {
	v, ok := s[cve]
	return v[0], v[1], ok
}
func (scores) AsOf() time.Time { return day }
func (scores) Model() string   { return "v4" }

type catalogue map[string]feed.KEVEntry

func (c catalogue) Entry(cve string) (feed.KEVEntry, bool) { e, ok := c[cve]; return e, ok }
func (catalogue) AsOf() time.Time                          { return day }

type supplement map[string][]feed.Vector

func (s supplement) Vectors(cve string) []feed.Vector { return s[cve] }
func (supplement) AsOf() time.Time                    { return day }

// The feeds of package feed are what the stage takes.
var (
	_ = EPSS{Feed: (*feed.EPSS)(nil)}
	_ = KEV{Feed: (*feed.KEV)(nil)}
	_ = CVSS{Feed: (*feed.CVSS)(nil)}
)

func ask(t *testing.T, c fettle.Correlator, f fettle.Finding) []fettle.Evidence {
	t.Helper()
	f.ID = "f"
	got, err := c.Correlate(t.Context(), fettle.Scene{Findings: []fettle.Finding{f}})
	if err != nil {
		t.Fatal(err)
	}
	return got.Evidence["f"]
}

func TestEPSS(t *testing.T) {
	feed := scores{"CVE-2021-0001": {0.1, 0.9}, "CVE-2021-0002": {0.4, 0.95}, "CVE-2021-0003": {7, 0.5}}
	two := fettle.Finding{Rule: "CVE-2021-0001", Aliases: []string{"GHSA-x", "cve-2021-0002"}}
	tests := []struct {
		name string
		feed epss
		f    fettle.Finding
		want []fettle.Evidence
	}{
		{"the highest of all aliases wins", feed, two, []fettle.Evidence{
			{Signal: fettle.EPSS, Status: fettle.Known, Value: 0.4, Text: "CVE-2021-0002", Source: "epss v4", AsOf: day},
			{Signal: fettle.EPSSRank, Status: fettle.Known, Value: 0.95, Text: "CVE-2021-0002", Source: "epss v4", AsOf: day},
		}},
		{"asked and not listed is absent", feed, fettle.Finding{Rule: "CVE-2020-9999"}, []fettle.Evidence{
			{Signal: fettle.EPSS, Status: fettle.Absent, Source: "epss v4", AsOf: day},
		}},
		{"a probability above one is not listed", feed, fettle.Finding{Rule: "CVE-2021-0003"}, []fettle.Evidence{
			{Signal: fettle.EPSS, Status: fettle.Absent, Source: "epss v4", AsOf: day},
		}},
		{"an advisory without CVE is unknown", feed, fettle.Finding{Rule: "GHSA-x"}, []fettle.Evidence{
			{Signal: fettle.EPSS, Status: fettle.Unknown, Text: noCVE, Source: "epss v4", AsOf: day},
		}},
		{"a missing feed is unknown", nil, two, []fettle.Evidence{
			{Signal: fettle.EPSS, Status: fettle.Unknown, Text: noFeed, Source: "epss"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, EPSS{test.feed}, test.f)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKEV(t *testing.T) {
	due := func(d int) time.Time { return time.Date(2021, 12, d, 0, 0, 0, 0, time.UTC) }
	feed := catalogue{
		"CVE-2021-44228": {DueDate: due(24), Ransomware: true},
		"CVE-2021-45046": {DueDate: due(9)},
		"CVE-2021-00001": {},
	}
	known := func(text string) fettle.Evidence {
		return fettle.Evidence{Signal: fettle.KEV, Status: fettle.Known, Text: text, Source: "kev", AsOf: day}
	}
	ransomware := fettle.Evidence{Signal: fettle.Ransomware, Status: fettle.Known, Source: "kev", AsOf: day}
	tests := []struct {
		name string
		feed kev
		f    fettle.Finding
		want []fettle.Evidence
	}{
		{"an alias that is listed", feed, fettle.Finding{Rule: "GHSA-x", Aliases: []string{"CVE-2021-44228"}},
			[]fettle.Evidence{known("2021-12-24"), ransomware}},
		{"of two listed CVEs the earlier due date and any ransomware use count", feed,
			fettle.Finding{Rule: "CVE-2021-44228", Aliases: []string{"CVE-2021-45046"}},
			[]fettle.Evidence{known("2021-12-09"), ransomware}},
		{"an entry without due date", feed, fettle.Finding{Rule: "CVE-2021-00001"}, []fettle.Evidence{known("")}},
		{"an entry without due date beside one with", feed, fettle.Finding{Rule: "CVE-2021-00001", Aliases: []string{"CVE-2021-45046"}},
			[]fettle.Evidence{known("2021-12-09")}},
		{"asked and not listed is absent", feed, fettle.Finding{Rule: "CVE-2020-1234"},
			[]fettle.Evidence{{Signal: fettle.KEV, Status: fettle.Absent, Source: "kev", AsOf: day}}},
		{"an advisory without CVE is unknown", feed, fettle.Finding{Rule: "GHSA-x"},
			[]fettle.Evidence{{Signal: fettle.KEV, Status: fettle.Unknown, Text: noCVE, Source: "kev", AsOf: day}}},
		{"a missing feed is unknown", nil, fettle.Finding{Rule: "CVE-2021-44228"},
			[]fettle.Evidence{{Signal: fettle.KEV, Status: fettle.Unknown, Text: noFeed, Source: "kev"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, KEV{test.feed}, test.f)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCWE(t *testing.T) {
	cwe := func(id string) fettle.Evidence {
		return fettle.Evidence{Signal: fettle.CWE, Status: fettle.Known, Text: id, Source: "osv:GHSA-x", AsOf: day}
	}
	tests := []struct {
		name string
		cwes []string
		want []fettle.Evidence
	}{
		{"rising, each once", []string{"CWE-1321", "cwe-079", "CWE-79"}, []fettle.Evidence{cwe("CWE-79"), cwe("CWE-1321")}},
		{"other words are none", []string{"NVD-CWE-noinfo", "CWE-0", "CWE-"}, []fettle.Evidence{
			{Signal: fettle.CWE, Status: fettle.Unknown, Text: "the advisory names no CWE", Source: "osv:GHSA-x", AsOf: day}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := fettle.Finding{Rule: "CVE-2020-1234", Aliases: []string{"GHSA-x"}, CWEs: test.cwes}
			if diff := cmp.Diff(test.want, ask(t, CWE{day}, f)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFixed(t *testing.T) {
	evidence := func(status fettle.Status, text string) fettle.Evidence {
		return fettle.Evidence{Signal: fettle.FixedVersion, Status: status, Text: text, Source: "osv:CVE-2020-1234", AsOf: day}
	}
	tests := []struct {
		name   string
		ranges []fettle.Affected
		want   []fettle.Evidence
	}{
		{"each fixed version once", []fettle.Affected{{Fixed: "4.17.21"}, {Introduced: "5.0.0", Fixed: "5.0.1"}, {Fixed: "4.17.21"}},
			[]fettle.Evidence{evidence(fettle.Known, "4.17.21"), evidence(fettle.Known, "5.0.1")}},
		{"affected without end is absent", []fettle.Affected{{Introduced: "0"}}, []fettle.Evidence{evidence(fettle.Absent, "")}},
		{"no range is unknown", nil, []fettle.Evidence{evidence(fettle.Unknown, "the advisory names no range of versions")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, Fixed{day}, fettle.Finding{Rule: "CVE-2020-1234", Ranges: test.ranges})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestACancelledContextEndsTheLookUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (KEV{}).Correlate(ctx, fettle.Scene{Findings: make([]fettle.Finding, 1)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
