package feed

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"
)

const listKind = "list\x00\x00\x00\x01"

const (
	maxList    = 32 << 20   // bytes of a list's text
	maxRows    = 10_000_000 // of a list
	maxLinks   = 3          // kept of one CVE
	maxAddress = 512        // bytes of a link
)

// List is one catalogue of CVEs: of those exploited, or of those that an exploit is public for.
type List struct{ table table }

// Listing is what a list says of one CVE. All text is from outside.
type Listing struct {
	Since      time.Time `json:"since,omitzero"`       // the first date given; zero where there is none
	Count      int       `json:"count,omitempty"`      // of exploits; 0 where the list does not count
	Weaponized bool      `json:"weaponized,omitempty"` // an exploit is part of an attack tool
	Links      []string  `json:"links,omitempty"`      // http or https, the first few
}

// OpenList reads a section that CompileList, CompileExploitDB or CompilePoC made, in place.
func OpenList(section []byte) (*List, error) {
	t, err := openTable(section, listKind)
	if err != nil {
		return nil, err
	}
	return &List{t}, nil
}

// Listing returns what the list says of cve, or false where it does not list it.
func (l *List) Listing(cve string) (Listing, bool) {
	var found Listing
	ok := l.table.entry(cve, &found)
	return found, ok
}

// AsOf returns the newest date in the list; zero where it gives none.
func (l *List) AsOf() time.Time { return l.table.meta.AsOf }

// Edition returns the number of CVEs, the date, and how many rows were of no use.
func (l *List) Edition() Edition { return l.table.meta.Edition }

// listing collects the rows of a list.
type listing struct {
	byCVE  map[cveKey]*Listing
	newest time.Time
	rows   int
	other  int
}

func newListing() *listing { return &listing{byCVE: map[cveKey]*Listing{}} }

// row counts a row, used or not.
func (l *listing) row() error {
	if l.rows++; l.rows > maxRows {
		return fmt.Errorf("more than %d rows", maxRows)
	}
	return nil
}

// add notes one row of cve.
func (l *listing) add(cve cveKey, since time.Time, count int, weaponized bool, links ...string) {
	entry := l.byCVE[cve]
	if entry == nil {
		entry = &Listing{}
		l.byCVE[cve] = entry
	}
	l.date(since)
	if !since.IsZero() && (entry.Since.IsZero() || since.Before(entry.Since)) {
		entry.Since = since
	}
	entry.Count += count
	entry.Weaponized = entry.Weaponized || weaponized
	for _, link := range links {
		if len(entry.Links) < maxLinks && webAddress(link) && !slices.Contains(entry.Links, link) {
			entry.Links = append(entry.Links, link)
		}
	}
}

func (l *listing) date(day time.Time) {
	if day.After(l.newest) {
		l.newest = day
	}
}

// write writes the section. asOf is the date of the list where its rows give none.
func (l *listing) write(w io.Writer, asOf time.Time) (Edition, error) {
	if len(l.byCVE) == 0 {
		return Edition{}, fmt.Errorf("no CVE ids in %d rows", l.rows)
	}
	m := meta{Edition: Edition{Count: len(l.byCVE), AsOf: l.newest, Other: l.other}}
	if m.AsOf.IsZero() && !asOf.IsZero() {
		m.AsOf = asOf.UTC()
	}
	return m.Edition, writeEntries(w, listKind, m, l.byCVE)
}

func webAddress(link string) bool {
	if len(link) > maxAddress {
		return false
	}
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// readList reads all of a list's text.
func readList(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err == nil && len(text) > maxList {
		err = errors.New("the list is larger than 32 MiB")
	}
	return text, err
}

// listDay reads a date, alone or with a time of day, as lists write it.
func listDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if len(text) >= len(time.DateOnly) {
		if day, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)]); err == nil {
			return day, nil
		}
	}
	for _, form := range []string{"Jan 2, 2006, 3:04:05 PM", "Jan 2, 2006", "2006/01/02", "02/01/2006"} {
		if day, err := time.Parse(form, text); err == nil {
			return day.Truncate(24 * time.Hour), nil
		}
	}
	return time.Time{}, fmt.Errorf("date %.40q: want YYYY-MM-DD", text)
}
