package fettle

import "testing"

func TestScopesAreOrderedByReach(t *testing.T) {
	order := []Scope{"", Development, Optional, Peer, Production}
	for i, s := range order {
		for j, other := range order {
			if got := s.Wider(other); got != (i > j) {
				t.Errorf("%q wider than %q: %v", s, other, got)
			}
		}
	}
}

func TestAnIDDependsOnEachPartAndItsPlace(t *testing.T) {
	ids := map[ID][]string{}
	for _, parts := range [][]string{{"a", "b"}, {"ab"}, {"b", "a"}, {"a", "b", ""}, {"a"}, {}} {
		id := NewID(parts...)
		if other, ok := ids[id]; ok {
			t.Errorf("%q and %q share %s", parts, other, id)
		}
		if len(id) != 16 {
			t.Errorf("%q: %q has %d digits", parts, id, len(id))
		}
		ids[id] = parts
	}
	if NewID("a", "b") != NewID("a", "b") {
		t.Error("the same parts gave two ids")
	}
}
