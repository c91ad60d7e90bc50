package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/git"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// databaseName is the file name of the advisory database, in the repository's cache directory or the user's.
const databaseName = "advisories.db"

// databasePath is where the user's database is kept.
func (env *environment) databasePath() string {
	dir := env.getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(env.getenv("HOME"), ".cache")
	}
	return filepath.Join(dir, "fettle", databaseName)
}

// cacheDir is the repository's cache directory: inside git's own folder, so that it never shows in the work tree.
func cacheDir(repo *git.Repo) string { return filepath.Join(repo.Dir, "fettle") }

// findDatabase returns the database that a run uses: the one named, else that of the repository, else that of the user.
func findDatabase(env *environment, named string, repo *git.Repo) (string, error) {
	if named != "" {
		return env.abs(named), nil
	}
	places := []string{env.databasePath()}
	if repo != nil {
		places = append([]string{filepath.Join(cacheDir(repo), databaseName)}, places...)
	}
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return place, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("there is no advisory database at %s; run \"fettle db update\" to fetch one, "+
		"or \"fettle db build --from DIR\" to build it from OSV records on disk", places[len(places)-1])
}

// abs returns name relative to where the program was started.
func (env *environment) abs(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(env.dir, name)
}

// intelligence is an open database.
type intelligence struct {
	file       *pack.File
	advisories *osv.Database
	epss       *feed.EPSS // nil where the database has none
	kev        *feed.KEV
	cvss       *feed.CVSS
	meta       dbMeta
	exploited  []correlate.List
	exploits   []correlate.List
}

func openDatabase(path string) (*intelligence, error) {
	file, err := pack.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no advisory database at %s; build one with \"fettle db build --from DIR --out %s\"", path, path)
	}
	if err != nil {
		return nil, err
	}
	db := &intelligence{file: file}
	err = db.open()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("advisory database %s: %w", path, err)
	}
	return db, nil
}

func (db *intelligence) open() error {
	section, err := db.file.Unchecked("osv") // its index and each of its records carry their own checksums
	if err != nil {
		return err
	}
	records, err := db.file.Reader("osv")
	if err != nil {
		return err
	}
	if db.advisories, err = osv.OpenDatabaseAt(section, records); err != nil {
		return err
	}
	if db.epss, err = optional(db.file, "epss", feed.OpenEPSS); err != nil {
		return err
	}
	if db.kev, err = optional(db.file, "kev", feed.OpenKEV); err != nil {
		return err
	}
	if db.cvss, err = optional(db.file, "cvss", feed.OpenCVSS); err != nil {
		return err
	}
	if db.meta, err = readDBMeta(db.file); err != nil {
		return err
	}
	return db.openLists()
}

// optional opens a section that a database may lack; the answer is then nil.
func optional[T any](file *pack.File, name string, open func([]byte) (*T, error)) (*T, error) {
	if !file.Has(name) {
		return nil, nil
	}
	section, err := file.Section(name)
	if err != nil {
		return nil, err
	}
	return open(section)
}

func (db *intelligence) Close() error { return db.file.Close() }

// sources lists the data sets, for the report.
func (db *intelligence) sources() []fettle.Source {
	var list []fettle.Source
	for _, s := range db.advisories.Sources() {
		list = append(list, fettle.Source{Name: "osv " + s.Name, Count: s.Count, AsOf: s.AsOf})
	}
	if db.kev != nil {
		list = append(list, fettle.Source{Name: "kev", Count: db.kev.Edition().Count, AsOf: db.kev.AsOf()})
	}
	if db.epss != nil {
		list = append(list, fettle.Source{Name: "epss " + db.epss.Model(), Count: db.epss.Edition().Count, AsOf: db.epss.AsOf()})
	}
	if db.cvss != nil {
		list = append(list, fettle.Source{Name: "cvss", Count: db.cvss.Edition().Count, AsOf: db.cvss.AsOf()})
	}
	for _, s := range db.meta.Sources {
		if s.Kind == dbExploited || s.Kind == dbExploits {
			list = append(list, fettle.Source{Name: s.Name, Count: s.Count, AsOf: s.AsOf})
		}
	}
	return list
}

// asOf is the date of the newest advisory.
func (db *intelligence) asOf() time.Time {
	var newest time.Time
	for _, s := range db.advisories.Sources() {
		if s.AsOf.After(newest) {
			newest = s.AsOf
		}
	}
	return newest
}

// correlators asks every feed of the database.
func (db *intelligence) correlators() []fettle.Correlator {
	asOf := db.asOf()
	cvss, kev, epss := correlate.CVSS{AsOf: asOf}, correlate.KEV{}, correlate.EPSS{}
	if db.cvss != nil {
		cvss.Feed = db.cvss
	}
	if db.kev != nil {
		kev.Feed = db.kev
	}
	if db.epss != nil {
		epss.Feed = db.epss
	}
	return []fettle.Correlator{cvss, correlate.CWE{AsOf: asOf}, epss, kev,
		correlate.Exploited{Lists: db.exploited}, correlate.Exploits{Lists: db.exploits}, correlate.Fixed{AsOf: asOf}}
}
