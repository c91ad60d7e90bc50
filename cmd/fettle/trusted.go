package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/reach/symbols"
	"github.com/fettle-dev/fettle/pkg/vex"
)

// symbolsName is the repository's own overlay of vulnerable symbols.
const symbolsName = ".fettle/symbols.yaml"

// trusted is what a repository itself says about how its findings are judged, beside fettle.yaml: as the work tree has it, and
// in a review as the base does. The zero value says nothing.
type trusted struct {
	overlay *symbols.Overlay
	vex     correlate.VEX
	learned *learn.Model
	gaps    []fettle.Gap
}

// trust reads dir, a tree whose word counts; "" is none. A document that cannot be read is a gap; an overlay that is wrong is
// an error, since nobody but the team writes it.
func trust(dir string, c config, vendors []vex.Document) (trusted, error) {
	t := trusted{vex: correlate.VEX{Vendors: vendors, Products: slices.Clone(c.VEX.Products)}}
	var err error
	if t.overlay, err = symbols.Builtin(); err != nil || dir == "" {
		return t, err
	}
	data, err := readInside(dir, symbolsName, maxConfig)
	if err == nil {
		err = t.overlay.Add(symbolsName, "", data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, usageError{err}
	}
	t.learned, t.gaps = diskLearned(dir)
	files, err := project.OpenFiles(dir)
	if err != nil {
		return t, err
	}
	defer files.Close()
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // discover tells it
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case e.IsDir() && p != dir && (project.SkippedDir(p, e.Name()) || c.Discover.Ignores(rel)):
			return fs.SkipDir
		case e.IsDir() || !vex.IsDocument(rel) || c.Discover.Ignores(rel):
			return nil
		}
		data, err := files.Read(rel)
		var d vex.Document
		if err == nil {
			d, err = vex.Parse(rel, data)
		}
		if err != nil {
			gap := fettle.Gap{Stage: "correlate", Subject: rel, Reason: "is no VEX document that can be read: " + err.Error()}
			var fault *vex.Fault
			if errors.As(err, &fault) && fault.Line > 0 {
				gap.Location = &fettle.Location{Path: rel, Line: fault.Line}
			}
			t.gaps = append(t.gaps, gap)
			return nil
		}
		t.vex.Documents = append(t.vex.Documents, d)
		return nil
	})
	return t, err
}

// purl names the application that the repository holds, at a commit; "" where it has no address.
func (at place) purl(ctx context.Context, commit string) string {
	if at.git == nil {
		return ""
	}
	return vex.RepositoryPURL(at.git.Remote(ctx), commit)
}

// vendorDocuments reads the VEX documents that the user gives.
func vendorDocuments(env *environment, names []string) ([]vex.Document, error) {
	var all []vex.Document
	for _, name := range names {
		data, err := os.ReadFile(env.abs(name))
		if err != nil {
			return nil, usagef("--vex %s: %w", name, err)
		}
		d, err := vex.Parse(name, data)
		if err != nil {
			return nil, usagef("--vex %w", err)
		}
		all = append(all, d)
	}
	return all, nil
}

// trustedTree returns the folder whose word counts in a run of a CI server: that of the commit whose configuration holds.
func trustedTree(ctx context.Context, at place, c config, temp string) (string, error) {
	if at.git == nil {
		return at.top, nil
	}
	if c.commit == "" {
		return "", nil
	}
	dir := filepath.Join(temp, "trusted")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	_, err := at.git.Export(ctx, c.commit, dir, func(file string) bool {
		return file == symbolsName || file == learnedName || vex.IsDocument(file)
	})
	if err != nil {
		return "", fmt.Errorf("read what commit %.12s says of its findings: %w", c.commit, err)
	}
	return dir, nil
}

// reviewVEX lets the pipeline ask for what to put right in the repository's own documents.
type reviewVEX struct {
	vex  correlate.VEX
	part bool // the run looks at a part of the repository
}

// Review says what no longer holds.
func (v reviewVEX) Review(r fettle.Report) []fettle.Remark { return v.vex.Review(r, !v.part) }
