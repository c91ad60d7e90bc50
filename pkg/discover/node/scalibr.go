package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/google/osv-scalibr/extractor"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/packagelockjson"
	scalibrfs "github.com/google/osv-scalibr/fs"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// secondOpinion reads the lockfile once more with osv-scalibr's extractor, which knows no edges, and returns a gap for
// each package that it sees and fettle's own reader does not: a package lost between the two would be a silence. The
// error is that of ctx.
func secondOpinion(ctx context.Context, file string, data []byte, lock *npmLock) ([]fettle.Gap, error) {
	mine := map[fettle.Package]bool{}
	for _, e := range lock.entries {
		mine[fettle.Package{Name: e.name, Version: e.version}] = true
		mine[fettle.Package{Name: e.name, Version: e.address}] = true // which is a gap of its own
	}
	var lost []fettle.Package
	var gaps []fettle.Gap
	parts, err := scalibrParts(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if err != nil {
		return []fettle.Gap{project.Gap(file, 0, "osv-scalibr cannot read it: "+err.Error())}, nil
	}
	for _, part := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		packages, err := scalibrPackages(ctx, path.Base(file), part)
		if err != nil && len(gaps) == 0 {
			gaps = append(gaps, project.Gap(file, 0, "osv-scalibr cannot read all of it: "+err.Error()))
		}
		for _, pkg := range packages {
			seen := fettle.Package{Name: pkg.Name, Version: pkg.Version}
			if pkg.Version != "" && !mine[seen] {
				lost = append(lost, seen)
			}
		}
	}
	slices.SortFunc(lost, func(a, b fettle.Package) int { return strings.Compare(a.String(), b.String()) })
	lost = slices.Compact(lost)
	for i, p := range lost {
		if i == project.MaxFaults {
			gaps = append(gaps, project.Gap(file, 0, fmt.Sprintf("and %d more that only osv-scalibr reads", len(lost)-i)))
			break
		}
		gaps = append(gaps, project.Gap(file, 0, fmt.Sprintf("osv-scalibr reads %.100s@%.50s here and fettle does not, so it was not checked", p.Name, p.Version)))
	}
	return gaps, nil
}

// partSize is how many entries the extractor is given at once. It searches the whole text for the line of each entry, so
// its time grows with the square of the text.
const partSize = 8

// scalibrParts cuts a lockfile into lockfiles of few entries each. It relies on encoding/json alone, so that an error of
// the scanner here cannot hide from the second opinion too.
func scalibrParts(data []byte) ([][]byte, error) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	section := "packages"
	if text := whole[section]; len(text) == 0 || string(text) == "null" {
		section = "dependencies"
	}
	var entries map[string]json.RawMessage
	if text := whole[section]; len(text) > 0 {
		if err := json.Unmarshal(text, &entries); err != nil {
			return nil, err
		}
	}
	keys := slices.Sorted(maps.Keys(entries))
	var parts [][]byte
	for chunk := range slices.Chunk(keys, partSize) {
		some := map[string]json.RawMessage{}
		for _, key := range chunk {
			some[key] = entries[key]
		}
		part, err := json.Marshal(map[string]any{"lockfileVersion": whole["lockfileVersion"], section: some})
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// scalibrPackages is the extractor's answer. It panics on some malformed aliases, which is an error here.
func scalibrPackages(ctx context.Context, name string, data []byte) (packages []*extractor.Package, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	e, err := packagelockjson.New(nil)
	if err != nil {
		return nil, err
	}
	inventory, err := e.Extract(ctx, &filesystem.ScanInput{FS: noFiles{}, Path: name, Reader: bytes.NewReader(data)})
	return inventory.Packages, err
}

// noFiles keeps the extractor from looking for a shrinkwrap of its own: which file counts was decided before.
type noFiles struct{}

var _ scalibrfs.FS = noFiles{}

func (noFiles) Open(name string) (fs.File, error) { return nil, notThere("open", name) }

func (noFiles) ReadDir(name string) ([]fs.DirEntry, error) { return nil, notThere("read", name) }

func (noFiles) Stat(name string) (fs.FileInfo, error) { return nil, notThere("stat", name) }

func notThere(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: errors.ErrUnsupported}
}
