package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// dbKind is what a file is to the database.
type dbKind int

const (
	dbIgnored dbKind = iota
	dbOSV
	dbKEV
	dbEPSS
	dbCVSS
	dbAliases
)

// dbFile is a file to read, with the name of the source that its records count to.
type dbFile struct {
	path   string
	source string
}

// dbInputs is the files that a build reads.
type dbInputs struct {
	files   map[dbKind][]dbFile
	ignored int
}

// add takes a file, or a folder and all below it. Links inside the folder are not followed, hidden folders not entered.
func (in *dbInputs) add(root string) error {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return usagef("--from: %w", err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return usagef("--from: %w", err)
	}
	if !info.IsDir() {
		kind := dbClassify(real)
		if kind == dbIgnored {
			return usagef("--from %s: want a folder, or a file named *.json, *.jsonl, *.jsonl.gz or *.zip of OSV records", root)
		}
		in.put(kind, real, dbSourceName(real))
		return nil
	}
	return filepath.WalkDir(real, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read %s: %w", path, err)
		case entry.IsDir() && path != real && strings.HasPrefix(entry.Name(), "."):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		kind := dbClassify(path)
		if kind == dbIgnored || !entry.Type().IsRegular() {
			in.ignored++
			return nil
		}
		source := dbSourceName(path)
		if strings.HasSuffix(path, ".json") {
			source = filepath.Base(real) // one record a file
		}
		in.put(kind, path, source)
		return nil
	})
}

func (in *dbInputs) put(kind dbKind, path, source string) {
	if in.files == nil {
		in.files = map[dbKind][]dbFile{}
	}
	in.files[kind] = append(in.files[kind], dbFile{path, source})
}

// set replaces what was found for kind by the one file that a flag names.
func (in *dbInputs) set(kind dbKind, path string) {
	if in.files == nil {
		in.files = map[dbKind][]dbFile{}
	}
	in.files[kind] = []dbFile{{path, dbSourceName(path)}}
}

// dbClassify tells by its name what the file at path is.
func dbClassify(path string) dbKind {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	packed := strings.HasSuffix(strings.ToLower(path), ".gz")
	table := strings.HasSuffix(name, ".csv")
	document := strings.HasSuffix(name, ".json") && !packed
	folders := strings.Split(strings.ToLower(filepath.ToSlash(filepath.Dir(path))), "/")
	switch {
	case (table || document) && (strings.HasPrefix(name, "kev") || strings.HasPrefix(name, "known_exploited_vulnerabilities")):
		return dbKEV
	case table && name == "cve-ghsa-alias.csv":
		return dbAliases
	case table && strings.HasPrefix(name, "cvss"):
		return dbCVSS
	case table && (strings.HasPrefix(name, "epss") || slices.Contains(folders, "epss")):
		return dbEPSS
	case document, strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".zip") && !packed:
		return dbOSV
	}
	return dbIgnored
}

// dbSourceName is the file's name without its endings. OSV's own archives are all named all.zip; their folder tells.
func dbSourceName(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".gz", ".jsonl", ".json", ".csv", ".zip", ".osv"} {
		name = strings.TrimSuffix(name, ending)
	}
	if name == "all" {
		return filepath.Base(filepath.Dir(path))
	}
	return name
}

var dbDate = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)
