package project

import (
	"errors"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestATellerTellsOnceAndCountsTheRest(t *testing.T) {
	tell := NewTeller("x.lock")
	tell.Tell("x.lock", 3, "a %d", 1)
	tell.Tell("x.lock", 3, "a %d", 1)
	tell.Fault("y", NewFault(7, "50% wrong"))
	tell.Fault("y", errors.New("cannot be read"))
	tell.Add([]fettle.Gap{Gap("z", 0, "of a graph")})
	for i := range MaxFaults {
		tell.Faults("x.lock", []Fault{{Line: i + 10, Msg: "again"}})
	}
	all := tell.All()
	if len(all) != MaxFaults+1 {
		t.Fatalf("%d gaps, want %d", len(all), MaxFaults+1)
	}
	for i, want := range []string{"a 1", "50% wrong", "cannot be read", "of a graph", "again"} {
		if all[i].Reason != want {
			t.Errorf("gap %d is %q, want %q", i, all[i].Reason, want)
		}
	}
	if all[1].Location.String() != "y:7" || all[2].Location != nil || all[MaxFaults].Reason != "and 4 more problems of this project" {
		t.Errorf("gaps = %+v ... %+v", all[:4], all[MaxFaults])
	}
}
