package osv

import (
	"bytes"
	"testing"
)

func TestRecordsAreCountedByEcosystemAndRelease(t *testing.T) {
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
	for ecosystem, want := range map[string]int{"npm": 1, "Debian:12": 1, "Debian:12.4": 1, "Debian:13": 0, "Debian": 1, "PyPI": 0, "np": 0, "": 0} {
		if got := db.Records(ecosystem); got != want {
			t.Errorf("Records(%q) = %v, want %v", ecosystem, got, want)
		}
	}
}
