package main

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// openLists opens the lists of exploited vulnerabilities and of exploits.
func (db *intelligence) openLists() error {
	for _, s := range db.meta.Sources {
		if s.Kind != dbExploited && s.Kind != dbExploits {
			continue
		}
		list, err := optional(db.file, s.section(), feed.OpenList)
		if err != nil {
			return err
		}
		if list == nil {
			return fmt.Errorf("the section %s is missing", s.section())
		}
		opened := correlate.List{Name: s.list(), Listing: list.Listing, Edition: s.Edition}
		if s.Kind == dbExploited {
			db.exploited = append(db.exploited, opened)
		} else {
			db.exploits = append(db.exploits, opened)
		}
	}
	return nil
}

// gaps says what the database cannot answer: feeds that are missing, without which nothing is known to be exploited, sources
// that are too old, and advisories that were left out.
func (db *intelligence) gaps(now time.Time, c databaseConfig) []fettle.Gap {
	var gaps []fettle.Gap
	missing := func(name, means string) {
		gaps = append(gaps, fettle.Gap{Stage: "correlate", Subject: name,
			Reason: "the database holds no " + name + ", so " + means + "; build it with --from a folder that has it, or run fettle db update"})
	}
	if db.kev == nil {
		missing("KEV", "known exploitation was not looked up")
	}
	if db.epss == nil {
		missing("EPSS", "the probability of exploitation was not looked up")
	}
	if n := db.meta.Skipped; n > 0 {
		gaps = append(gaps, fettle.Gap{Stage: "discover", Subject: "advisories",
			Reason: fmt.Sprintf("%d advisories could not be read when the database was made, and are not in it; fettle db update may bring them mended", n)})
	}
	return append(gaps, c.MaxAge.ageGaps(db.meta.Sources, now)...)
}
