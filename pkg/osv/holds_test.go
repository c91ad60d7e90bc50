package osv

import (
	"bytes"
	"testing"
)

func TestHoldsKnowsWhichEcosystemsHaveRecords(t *testing.T) {
	b, err := NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, text := range []string{
		`{"id": "A-1", "modified": "2024-01-02T03:04:05Z", "affected": [{"package": {"ecosystem": "npm", "name": "a"}, "versions": ["1"]}]}`,
		`{"id": "A-2", "modified": "2024-01-02T03:04:05Z", "affected": [{"package": {"ecosystem": "Debian:12", "name": "a"}, "versions": ["1"]}]}`,
	} {
		if err := b.Add([]byte(text), "test"); err != nil {
			t.Fatal(err)
		}
	}
	var section bytes.Buffer
	if _, err := b.WriteTo(&section); err != nil {
		t.Fatal(err)
	}
	db, err := OpenDatabase(section.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for ecosystem, want := range map[string]bool{"npm": true, "Debian:12": true, "Debian:13": true, "Debian": true, "PyPI": false, "Maven": false, "np": false, "zzz": false, "": false} {
		if got := db.Holds(ecosystem); got != want {
			t.Errorf("Holds(%q) = %v, want %v", ecosystem, got, want)
		}
	}
}
