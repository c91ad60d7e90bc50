package osv

import "fmt"

// rest is what a database knows of a record that Find returned.
type rest struct {
	db              *Database
	text, specifics pointer
	places          []int    // of the record's entries among those that the specifics tell of
	others          []string // names of the vulnerability beyond those of the record
	folded          bool     // others are all there are
}

// Describe returns r with all that its database knows: summary, details, references, severity and what else Find leaves
// out, as only a hit needs it. A record that comes from no database has it already. The database must still be open.
func (r Record) Describe() (Record, error) {
	if r.rest == nil {
		return r, nil
	}
	if err := r.rest.fill(&r); err != nil {
		return Record{}, fmt.Errorf("read the text of %s: %w", r.ID, err)
	}
	r.rest = nil
	return r, nil
}

// Describe returns a with its records described.
func (a Advisory) Describe() (Advisory, error) {
	described := make([]Record, len(a.Records))
	for i, r := range a.Records {
		var err error
		if described[i], err = r.Describe(); err != nil {
			return Advisory{}, err
		}
	}
	a.Records = described
	return a, nil
}

// fill completes a copy of the record. What the copy shares with others is left alone.
func (at *rest) fill(r *Record) error {
	d, err := at.db.text(at.text)
	if err != nil {
		return err
	}
	d.recordText(r)
	if at.specifics.length > 0 {
		if d.bad || d.s != "" {
			return errDamaged
		}
		if d, err = at.db.text(at.specifics); err != nil {
			return err
		}
	}
	entries := make([]AffectedPackage, len(r.Affected))
	for i, a := range r.Affected {
		a.Ranges = append([]Range(nil), a.Ranges...)
		entries[i] = a
	}
	d.specifics(entries, at.places)
	if d.bad || d.s != "" {
		return errDamaged
	}
	r.Affected = entries
	return nil
}
