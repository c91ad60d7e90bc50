package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const kevKind = "kev\x00\x00\x00\x00\x01"

// maxKEV bounds the text of a catalogue; that of 2025 has 2 MB.
const maxKEV = 64 << 20

// KEV is one edition of CISA's catalogue of known exploited vulnerabilities.
type KEV struct{ table table }

// KEVEntry is what the catalogue says of one CVE. All text is from outside.
type KEVEntry struct {
	CVE        string    `json:"cve"`
	DateAdded  time.Time `json:"added"`
	DueDate    time.Time `json:"due,omitzero"`         // zero where the entry has none
	Ransomware bool      `json:"ransomware,omitempty"` // known use in ransomware campaigns
	Vendor     string    `json:"vendor,omitempty"`
	Product    string    `json:"product,omitempty"`
	Name       string    `json:"name,omitempty"`
	CWEs       []string  `json:"cwes,omitempty"`
}

// OpenKEV reads a section that CompileKEV made, in place.
func OpenKEV(section []byte) (*KEV, error) {
	t, err := openTable(section, kevKind)
	if err != nil {
		return nil, err
	}
	return &KEV{t}, nil
}

// Entry returns the entry of cve, or false where the catalogue does not list it.
func (k *KEV) Entry(cve string) (KEVEntry, bool) {
	var e KEVEntry
	ok := k.table.entry(cve, &e)
	return e, ok
}

// AsOf returns the date of release, or that of the newest entry where the form of the catalogue has no release.
func (k *KEV) AsOf() time.Time { return k.table.meta.AsOf }

// Edition returns count and date.
func (k *KEV) Edition() Edition { return k.table.meta.Edition }

// CompileKEV turns a catalogue, in CISA's JSON or as CSV with a header, into a section.
func CompileKEV(w io.Writer, r io.Reader) (Edition, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxKEV+1))
	if err != nil {
		return Edition{}, err
	}
	if len(text) > maxKEV {
		return Edition{}, fmt.Errorf("KEV catalogue larger than %d bytes", maxKEV)
	}
	var (
		m       meta
		entries []KEVEntry
	)
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		entries, m.AsOf, err = kevJSON(text)
	} else {
		entries, err = kevCSV(text)
	}
	if err != nil {
		return Edition{}, err
	}
	byCVE := map[cveKey]KEVEntry{}
	for _, e := range entries {
		key, err := parseCVE(e.CVE)
		if err != nil {
			return Edition{}, fmt.Errorf("KEV entry: %w", err)
		}
		byCVE[key] = e
	}
	if len(byCVE) == 0 {
		return Edition{}, errors.New("no KEV entries")
	}
	if m.AsOf.IsZero() {
		for _, e := range byCVE {
			if e.DateAdded.After(m.AsOf) {
				m.AsOf = e.DateAdded
			}
		}
	}
	m.Count = len(byCVE)
	return m.Edition, writeEntries(w, kevKind, m, byCVE)
}

func kevJSON(text []byte) ([]KEVEntry, time.Time, error) {
	var doc struct {
		Released        string `json:"dateReleased"`
		Count           *int   `json:"count"`
		Vulnerabilities []struct {
			CVE        string   `json:"cveID"`
			Vendor     string   `json:"vendorProject"`
			Product    string   `json:"product"`
			Name       string   `json:"vulnerabilityName"`
			Added      string   `json:"dateAdded"`
			Due        string   `json:"dueDate"`
			Ransomware string   `json:"knownRansomwareCampaignUse"`
			CWEs       []string `json:"cwes"`
		} `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, time.Time{}, fmt.Errorf("KEV catalogue: %w", err)
	}
	if doc.Count != nil && *doc.Count != len(doc.Vulnerabilities) {
		return nil, time.Time{}, fmt.Errorf("KEV catalogue says it has %d entries and has %d", *doc.Count, len(doc.Vulnerabilities))
	}
	released, err := time.Parse(time.RFC3339, doc.Released)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("KEV catalogue: dateReleased %.40q: want RFC 3339", doc.Released)
	}
	var entries []KEVEntry
	for i, v := range doc.Vulnerabilities {
		e := KEVEntry{CVE: v.CVE, Vendor: v.Vendor, Product: v.Product, Name: v.Name, CWEs: v.CWEs}
		if err := e.complete(v.Added, v.Due, v.Ransomware); err != nil {
			return nil, time.Time{}, fmt.Errorf("KEV entry %d: %w", i+1, err)
		}
		entries = append(entries, e)
	}
	return entries, released.UTC(), nil
}

func kevCSV(text []byte) ([]KEVEntry, error) {
	var entries []KEVEntry
	err := eachCSV(bytes.NewReader(text), map[string]string{
		"cveid": "cve", "dateadded": "date_added", "duedate": "due_date", "knownransomwarecampaignuse": "known_ransomware",
		"vendorproject": "vendor", "vulnerabilityname": "name",
	}, []string{"cve", "date_added", "due_date", "known_ransomware"}, func(r csvRow) error {
		e := KEVEntry{CVE: r.get("cve"), Vendor: r.get("vendor"), Product: r.get("product"), Name: r.get("name"),
			CWEs: strings.FieldsFunc(r.get("cwes"), func(c rune) bool { return strings.ContainsRune(",;| ", c) })}
		if err := e.complete(r.get("date_added"), r.get("due_date"), r.get("known_ransomware")); err != nil {
			return err
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("KEV catalogue: %w", err)
	}
	return entries, nil
}

// complete checks the id and reads the fields that are not text.
func (e *KEVEntry) complete(added, due, ransomware string) (err error) {
	key, err := parseCVE(e.CVE)
	if err != nil {
		return err
	}
	e.CVE = key.String()
	if e.DateAdded, err = time.Parse(time.DateOnly, added); err != nil {
		return fmt.Errorf("%s: date added %.40q: want YYYY-MM-DD", e.CVE, added)
	}
	if due != "" {
		if e.DueDate, err = time.Parse(time.DateOnly, due); err != nil {
			return fmt.Errorf("%s: due date %.40q: want YYYY-MM-DD", e.CVE, due)
		}
	}
	e.Ransomware = strings.EqualFold(ransomware, "Known")
	return nil
}
