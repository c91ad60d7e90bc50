//go:build unix

package main

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/osv"
)

func TestRangesAreWrittenAsNpmReadsThem(t *testing.T) {
	tests := []struct {
		name  string
		entry osv.AffectedPackage
		want  string
	}{
		{"up to a fix", ranges(osv.Event{Introduced: "0"}, osv.Event{Fixed: "1.2.3"}), ">=0.0.0-0 <1.2.3"},
		{"two ranges", ranges(osv.Event{Introduced: "1.0.0"}, osv.Event{Fixed: "1.2.3"}, osv.Event{Introduced: "2.0.0"}, osv.Event{LastAffected: "2.1.0"}), ">=1.0.0 <1.2.3 || >=2.0.0 <=2.1.0"},
		{"without an end", ranges(osv.Event{Introduced: "10"}), ">=10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := vulnerable([]osv.AffectedPackage{test.entry}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func ranges(events ...osv.Event) osv.AffectedPackage {
	return osv.AffectedPackage{Ranges: []osv.Range{{Type: osv.SemVer, Events: events}}}
}

func TestTheGoalAsksForFixesAndForAThirdOfTheMoves(t *testing.T) {
	tests := []struct {
		name         string
		mine, theirs row
		want         string
	}{
		{"met", row{Fixed: 5, Changed: 3}, row{Fixed: 5, Changed: 9}, "met"},
		{"too many moved", row{Fixed: 5, Changed: 3, Added: 1}, row{Fixed: 5, Changed: 9}, "more than a third moved"},
		{"what theirs brings makes up for nothing", row{Fixed: 4, Changed: 3}, row{Fixed: 5, Brought: 7, Changed: 9}, "fewer fixed, theirs brings 7"},
		{"nothing to compare with", row{Fixed: 5, Changed: 3}, row{}, "it moves nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := verdict(test.mine, test.theirs); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
