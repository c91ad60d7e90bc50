package osv

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ids(advisories []Advisory) map[string][]string {
	got := map[string][]string{}
	for _, a := range advisories {
		got[a.ID] = a.Aliases
	}
	return got
}

func TestFoldGroupsByAnyChainOfNames(t *testing.T) {
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	table := func(id string) []string {
		switch id {
		case "GHSA-c":
			return []string{"CVE-2020-3"}
		case "CVE-2020-3":
			return []string{"GHSA-c"}
		}
		return nil
	}
	tests := []struct {
		name    string
		records []Record
		want    map[string][]string
	}{
		{"one names the other", []Record{{ID: "GHSA-a", Aliases: []string{"CVE-2020-1"}}, {ID: "CVE-2020-1"}},
			map[string][]string{"CVE-2020-1": {"GHSA-a"}}},
		{"both share an alias", []Record{{ID: "PYSEC-1", Aliases: []string{"CVE-2020-1"}}, {ID: "GHSA-a", Aliases: []string{"CVE-2020-1"}}},
			map[string][]string{"CVE-2020-1": {"GHSA-a", "PYSEC-1"}}},
		{"by way of the table", []Record{{ID: "GHSA-c"}, {ID: "x_NSWG-1", Aliases: []string{"CVE-2020-3"}}},
			map[string][]string{"CVE-2020-3": {"GHSA-c", "x_NSWG-1"}}},
		{"the same id from two sources", []Record{{ID: "CVE-2020-1", Source: "b"}, {ID: "CVE-2020-1", Source: "a"}},
			map[string][]string{"CVE-2020-1": {}}},
		{"strangers stay apart", []Record{{ID: "GHSA-a"}, {ID: "GHSA-b"}}, map[string][]string{"GHSA-a": {}, "GHSA-b": {}}},
		{"withdrawn is left out, with what it says", []Record{{ID: "GHSA-a", Aliases: []string{"GHSA-b"}, Withdrawn: now}, {ID: "GHSA-b"}},
			map[string][]string{"GHSA-b": {}}},
		{"GHSA before others", []Record{{ID: "AAA-1", Aliases: []string{"GHSA-z"}}}, map[string][]string{"GHSA-z": {"AAA-1"}}},
		{"no record", nil, map[string][]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, ids(Fold(tt.records, table))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func entry(lossy bool, version ...Event) AffectedPackage {
	r := Range{Type: SemVer, Events: version}
	if lossy {
		r.DatabaseSpecific = []byte(`{"upper_bound_unknown":true}`)
	}
	return AffectedPackage{Package: Package{Ecosystem: "npm", Name: "p"}, Ranges: []Range{r}}
}

func TestARecordThatKnowsTheUpperBoundWins(t *testing.T) {
	open := Record{ID: "CVE-1", Affected: []AffectedPackage{entry(true, Event{Introduced: "0"})}}
	bounded := Record{ID: "GHSA-1", Aliases: []string{"CVE-1"}, Affected: []AffectedPackage{entry(false, Event{Introduced: "0"}, Event{LastAffected: "1.5.0"})}}
	elsewhere := Record{ID: "GHSA-2", Aliases: []string{"CVE-1"}, Affected: []AffectedPackage{{Package: Package{Ecosystem: "npm", Name: "q"}, Versions: []string{"1.0.0"}}}}
	commits := Record{ID: "GHSA-3", Aliases: []string{"CVE-1"}, Affected: []AffectedPackage{{Package: Package{Ecosystem: "npm", Name: "p"}, Ranges: []Range{{Type: Git}}}}}
	tests := []struct {
		name    string
		records []Record
		want    bool // of 2.0.0
	}{
		{"alone, the open range counts", []Record{open}, true},
		{"the bounded record wins", []Record{open, bounded}, false},
		{"a record of another package does not", []Record{open, elsewhere}, true},
		{"a record of commits alone does not", []Record{open, commits}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folded := Fold(tt.records, nil)
			if len(folded) != 1 {
				t.Fatalf("%d advisories", len(folded))
			}
			if got, err := folded[0].Affects("npm", "p", "2.0.0"); err != nil || got != tt.want {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
			if got, err := folded[0].Affects("npm", "p", "1.0.0"); err != nil || !got {
				t.Errorf("1.0.0: got %v, %v; want affected", got, err)
			}
		})
	}
}

func TestUndecidedEntryYieldsToADecidedOne(t *testing.T) {
	git := AffectedPackage{Package: Package{Ecosystem: "npm", Name: "p"}, Ranges: []Range{{Type: Git}}}
	both := Record{ID: "A", Affected: []AffectedPackage{git, entry(false, Event{Introduced: "0"}, Event{Fixed: "1.0.0"})}}
	if got, err := both.Affects("npm", "p", "2.0.0"); got || err != nil {
		t.Errorf("got %v, %v; want not affected", got, err)
	}
	alone := Record{ID: "A", Affected: []AffectedPackage{git}}
	if got, err := alone.Affects("npm", "p", "2.0.0"); got || !errors.Is(err, ErrUndecided) {
		t.Errorf("got %v, %v; want ErrUndecided", got, err)
	}
}

func TestNamesAreComparedAsTheirEcosystemDoes(t *testing.T) {
	tests := []struct {
		said             Package
		ecosystem, asked string
		want             bool
	}{
		{Package{Ecosystem: "PyPI", Name: "Zope.Interface"}, "PyPI", "zope_interface", true},
		{Package{Ecosystem: "PyPI", Name: "a--b"}, "PyPI", "a.b", true},
		{Package{Ecosystem: "NuGet", Name: "Newtonsoft.Json"}, "NuGet", "newtonsoft.json", true},
		{Package{Ecosystem: "npm", Name: "JSONStream"}, "npm", "jsonstream", false},
		{Package{Ecosystem: "npm", Name: "a"}, "PyPI", "a", false},
		{Package{Ecosystem: "Debian:11", Name: "a"}, "Debian:12", "a", false},
		{Package{Ecosystem: "Debian:11", Name: "a"}, "Debian", "a", true},
		{Package{Ecosystem: "Debian", Name: "a"}, "Debian:12", "a", true},
		{Package{}, "", "", false},
	}
	for _, tt := range tests {
		if got := (AffectedPackage{Package: tt.said}).Names(tt.ecosystem, tt.asked); got != tt.want {
			t.Errorf("%v, asked %s %s: got %v, want %v", tt.said, tt.ecosystem, tt.asked, got, tt.want)
		}
	}
}
