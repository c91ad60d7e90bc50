package fettle

import "testing"

func TestPURLEscapesScopesAndVersions(t *testing.T) {
	tests := map[string]Package{
		"pkg:npm/lodash@4.17.21":               {Ecosystem: "npm", Name: "lodash", Version: "4.17.21"},
		"pkg:npm/%40babel/core@7.0.0":          {Ecosystem: "npm", Name: "@babel/core", Version: "7.0.0"},
		"pkg:npm/a@1.0.0-rc.1%2Bbuild":         {Ecosystem: "npm", Name: "a", Version: "1.0.0-rc.1+build"},
		"pkg:npm/a":                            {Ecosystem: "npm", Name: "a"},
		"pkg:npm/..%2F..%2Fetc@1":              {Ecosystem: "npm", Name: "../../etc", Version: "1"},
		"pkg:npm/%40scope/..%2Fx@%3Cscript%3E": {Ecosystem: "npm", Name: "@scope/../x", Version: "<script>"},
	}
	for want, p := range tests {
		if got := p.PURL(); got != want {
			t.Errorf("%v: got %s, want %s", p, got, want)
		}
	}
}

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
