package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// dbMeta is the section meta: what the database was made from.
type dbMeta struct {
	Maker   string     `json:"maker"` // the version of fettle that made it
	Records int        `json:"records"`
	Skipped int        `json:"skipped"` // bad records left out
	Aliases int        `json:"aliases"` // pairs from alias tables
	Sources []dbSource `json:"sources"`
}

// dbSource is one data set in the database.
type dbSource struct {
	Kind dbKind `json:"kind"`
	Name string `json:"name"` // "osv npm", "kev", "exploited NAME"
	feed.Edition
	Taken   time.Time `json:"taken,omitzero"`    // when it was fetched, found unchanged, or read from files
	Fetched bool      `json:"fetched,omitempty"` // from an address, not from files that somebody named
	SHA256  string    `json:"sha256,omitempty"`  // of what was fetched
}

// take notes how s came here, and when; fetched is nil for files that were at hand.
func (s *dbSource) take(fetched *feed.Fetched, now time.Time) {
	s.Taken, s.Fetched, s.SHA256 = now, fetched != nil, ""
	if fetched != nil {
		s.SHA256 = fetched.SHA256
	}
}

// section is where the data of s stands in the database.
func (s dbSource) section() string {
	switch s.Kind {
	case dbExploited, dbExploits:
		return string(s.Kind) + ":" + s.list()
	}
	return string(s.Kind)
}

// list is the name of a list without its kind.
func (s dbSource) list() string { return s.Name[min(len(s.Kind)+1, len(s.Name)):] }

// readDBMeta returns what file says of itself; a database of an earlier fettle says nothing.
func readDBMeta(file *pack.File) (dbMeta, error) {
	var meta dbMeta
	if !file.Has("meta") {
		return meta, nil
	}
	section, err := file.Section("meta")
	if err != nil {
		return meta, err
	}
	if err := json.Unmarshal(section, &meta); err != nil {
		return meta, fmt.Errorf("what the database says of itself: %w", err)
	}
	return meta, nil
}
