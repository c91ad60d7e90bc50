//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// lookUp finds the names that in lists, and prints how long that took from the opening of the database on. Each advisory
// found is described too, as if every one were a hit.
func lookUp(file string, in io.Reader, out io.Writer) error {
	var names []string
	for lines := bufio.NewScanner(in); lines.Scan(); {
		names = append(names, lines.Text())
	}
	slices.Sort(names) // a scan asks in this order
	begin := time.Now()
	p, err := pack.Open(file)
	if err != nil {
		return err
	}
	defer p.Close()
	section, err := p.Unchecked("osv")
	if err != nil {
		return err
	}
	records, err := p.Reader("osv")
	if err != nil {
		return err
	}
	db, err := osv.OpenDatabaseAt(section, records)
	if err != nil {
		return err
	}
	opened := time.Since(begin)
	found, hits := 0, 0
	var matching time.Duration
	for _, name := range names {
		records, err := db.Find("npm", name)
		if err != nil {
			return err
		}
		found += len(records)
		if len(records) > 0 {
			hits++
		}
		for _, a := range osv.Fold(records, db.Aliases) {
			if _, err := a.Affects("npm", name, "0.1.0"); err != nil {
				return err
			}
			before := time.Now()
			if _, err := a.Describe(); err != nil {
				return err
			}
			matching -= time.Since(before)
		}
	}
	whole := time.Since(begin)
	matching += whole
	_, err = fmt.Fprintf(out, "%d %d %d %d %d\n", hits, found, opened.Microseconds(), matching.Microseconds(), whole.Microseconds())
	return err
}
