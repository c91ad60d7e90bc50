package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/feed"
)

// dbKind is what a file is to the database, and what a source in it is.
type dbKind string

const (
	dbIgnored   dbKind = ""
	dbOSV       dbKind = "osv"
	dbKEV       dbKind = "kev"
	dbEPSS      dbKind = "epss"
	dbCVSS      dbKind = "cvss"
	dbAliases   dbKind = "aliases"
	dbExploitDB dbKind = "exploitdb"
	dbPoC       dbKind = "poc"
	dbExploited dbKind = "exploited" // lists of CVEs that are actively exploited
	dbExploits  dbKind = "exploits"  // lists of CVEs that an exploit is public for
)

// dbFile is a file to read, with the name of the source that its records count to.
type dbFile struct {
	path    string
	source  string
	named   bool          // by a flag, or as what an address serves: it holds what its name says, or it is damaged
	fetched *feed.Fetched // from an address, just now or unchanged since an earlier time; nil where it was at hand
}

// dbInputs is the files that a build reads.
type dbInputs struct {
	files   map[dbKind][]dbFile
	ignored int // files whose names are neither those of advisories nor those of feeds
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
		kind, name := dbClassify(real)
		if kind == dbIgnored {
			return usagef("--from %s: want a folder, or a file named *.json, *.yaml, *.jsonl or *.zip of OSV records", root)
		}
		in.put(kind, dbFile{path: real, source: name, named: true})
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
		kind, source := dbClassify(path)
		if kind == dbIgnored || !entry.Type().IsRegular() {
			in.ignored++
			return nil
		}
		if kind == dbOSV && dbOneRecord(path) {
			source = filepath.Base(real)
		}
		in.put(kind, dbFile{path: path, source: source})
		return nil
	})
}

func (in *dbInputs) put(kind dbKind, f dbFile) {
	if in.files == nil {
		in.files = map[dbKind][]dbFile{}
	}
	in.files[kind] = append(in.files[kind], f)
}

// set replaces what was found for kind by the one file that a flag names.
func (in *dbInputs) set(kind dbKind, path string) {
	delete(in.files, kind)
	_, source := dbClassify(path)
	in.put(kind, dbFile{path: path, source: source, named: true})
}

// list adds a list that a flag names, in the place of one found under the same name.
func (in *dbInputs) list(kind dbKind, f dbFile) {
	f.named = true
	in.files[kind] = slices.DeleteFunc(in.files[kind], func(g dbFile) bool { return g.source == f.source })
	in.put(kind, f)
}

// dbClassify tells by its name what the file at path is, and the name of the source that it is.
func dbClassify(path string) (dbKind, string) {
	base := strings.ToLower(filepath.Base(path))
	name, packed := strings.CutSuffix(base, ".gz")
	table := strings.HasSuffix(name, ".csv")
	document := strings.HasSuffix(name, ".json")
	folders := strings.Split(strings.ToLower(filepath.ToSlash(filepath.Dir(path))), "/")
	if kind, list := dbListName(name); kind != dbIgnored {
		return kind, list
	}
	switch {
	case strings.HasSuffix(name, ".schema.json"):
		return dbOSV, dbSourceName(path) // named like what it describes; its content tells that it is no record
	case (table || document) && (strings.HasPrefix(name, "kev") || strings.HasPrefix(name, "known_exploited_vulnerabilities")):
		return dbKEV, "kev"
	case table && name == "cve-ghsa-alias.csv":
		return dbAliases, "aliases"
	case table && strings.HasPrefix(name, "cvss"):
		return dbCVSS, "cvss"
	case table && (strings.HasPrefix(name, "epss") || slices.Contains(folders, "epss")):
		return dbEPSS, "epss"
	case table && (strings.HasPrefix(name, "exploitdb") || name == "files_exploits.csv"):
		return dbExploitDB, "exploitdb"
	case table && (strings.HasPrefix(name, "poc-") || name == "poc.csv"):
		return dbPoC, "poc"
	case document, strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".ndjson"), dbYAML(name), strings.HasSuffix(name, ".zip") && !packed:
		return dbOSV, dbSourceName(path)
	}
	return dbIgnored, ""
}

// dbListName knows lists that are named exploited-NAME or exploits-NAME.
func dbListName(name string) (dbKind, string) {
	for _, ending := range []string{".csv", ".json", ".txt"} {
		rest, ok := strings.CutSuffix(name, ending)
		if !ok {
			continue
		}
		for prefix, kind := range map[string]dbKind{"exploited-": dbExploited, "exploits-": dbExploits} {
			if list, ok := strings.CutPrefix(rest, prefix); ok && checkListName(list) == nil {
				return kind, list
			}
		}
	}
	return dbIgnored, ""
}

func dbYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// dbOneRecord reports whether the file at path holds one record, so that its folder gives the source its name.
func dbOneRecord(path string) bool {
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	return strings.HasSuffix(name, ".json") || dbYAML(name)
}

// dbSourceName is the file's name without its endings. OSV's own archives are all named all.zip; their folder tells.
func dbSourceName(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".gz", ".jsonl", ".ndjson", ".json", ".yaml", ".yml", ".csv", ".zip", ".osv"} {
		name = strings.TrimSuffix(name, ending)
	}
	if name == "all" {
		return filepath.Base(filepath.Dir(path))
	}
	return name
}

var dbDate = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}`)
