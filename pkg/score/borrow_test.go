package score

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestAnEcosystemWithoutLabelsIsNeverBoundedAboveThoseThatHaveThem(t *testing.T) {
	f := fitted()
	for _, tested := range []bool{true, false} {
		for _, jump := range []Jump{Patch, Major} {
			strange := Features{Ecosystem: "Maven", Kind: fettle.LockOnly, Jump: jump, Tested: tested}
			got, _ := f.Bound(strange)
			for _, ecosystem := range []string{"Go", "npm", "PyPI"} {
				known := strange
				known.Ecosystem = ecosystem
				if own, ok := f.Bound(known); ok && got > own {
					t.Errorf("tested %v, jump %d: Maven is bounded at %v, %s at %v", tested, jump, got, ecosystem, own)
				}
			}
		}
	}
}
