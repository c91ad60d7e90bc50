package jvm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of a tree.
const (
	maxFiles   = 20_000
	maxModules = 40 // that are looked at again after an edit which reaches them
)

// gather reads the files below root that reads takes. Folders of installed code are left out.
func gather(ctx context.Context, root string, reads func(string) bool) (map[string]string, error) {
	files, err := project.OpenFiles(root)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	texts := map[string]string{}
	err = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be listed is not part of the tree
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case e.IsDir() && rel != "." && project.SkippedDir(name, e.Name()):
			return fs.SkipDir
		case e.IsDir() || !reads(rel):
			return nil
		case len(texts) == maxFiles:
			return fmt.Errorf("the repository has more than %d build files: %w", maxFiles, fettle.ErrRefused)
		}
		if data, err := files.Read(rel); err == nil && len(data) <= maxText {
			texts[rel] = string(data)
		}
		return nil
	})
	return texts, err
}

// stage is a copy of the files of a repository that say what Maven needs.
type stage struct {
	dir      string
	files    *project.Files
	original map[string]string
	now      map[string]string
	poms     []string
	registry *registry
	tree     *maven.Tree                   // of now; nil where that has changed
	resolved map[string]map[string]version // by file and key, of tree
}

// version is a package of a project.
type version struct{ name, version, missing string }

func (m *Maven) stage(ctx context.Context, root string) (*stage, error) {
	texts, err := gather(ctx, root, m.Reads)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(m.Temp, "maven-")
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, original: texts, now: map[string]string{}, registry: m.registry}
	if s.files, err = project.OpenFiles(dir); err == nil {
		err = s.write(texts)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		if (maven.Reader{}).Claims(file) {
			s.poms = append(s.poms, file)
		}
	}
	return s, nil
}

func (s *stage) close() {
	if s.files != nil {
		s.files.Close()
	}
	os.RemoveAll(s.dir)
}

// write changes files.
func (s *stage) write(texts map[string]string) error {
	for name, text := range texts {
		if have, ok := s.now[name]; ok && have == text {
			continue
		}
		file := filepath.Join(s.dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
		if err != nil {
			return err
		}
		s.now[name] = text
		s.tree, s.resolved = nil, nil
	}
	return nil
}

// changed returns the files that are not as they were; nil where all are.
func (s *stage) changed() map[string]string {
	var texts map[string]string
	for name, text := range s.now {
		if text != s.original[name] {
			if texts == nil {
				texts = map[string]string{}
			}
			texts[name] = text
		}
	}
	return texts
}

// holding returns what the files of texts hold now.
func (s *stage) holding(texts map[string]string) map[string]string {
	now := map[string]string{}
	for file := range texts {
		now[file] = s.now[file]
	}
	return now
}

// read returns the tree as it is now.
func (s *stage) read() *maven.Tree {
	if s.tree == nil {
		s.tree, s.resolved = s.registry.Open(s.files, s.poms), map[string]map[string]version{}
	}
	return s.tree
}

// packages resolves the POM in file.
func (s *stage) packages(ctx context.Context, file string) (map[string]version, error) {
	tree := s.read()
	if got, ok := s.resolved[file]; ok {
		return got, nil
	}
	p, err := tree.Project(ctx, file)
	if err != nil {
		return nil, err
	}
	all := map[string]version{}
	for _, n := range p.Nodes {
		all[n.Key[:len(n.Key)-len(n.Version)]] = version{n.Name, n.Version, n.NoVersion}
	}
	s.resolved[file] = all
	return all, nil
}

// reached lists the POMs whose packages an edit of touched may move, own first.
func (s *stage) reached(ctx context.Context, own string, touched map[string]string) ([]string, error) {
	list := []string{own}
	for _, pom := range s.poms {
		if pom == own || len(list) > maxModules {
			continue
		}
		lineage, err := s.read().Lineage(ctx, pom)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(lineage, func(file string) bool { _, ok := touched[file]; return ok }) {
			list = append(list, pom)
		}
	}
	return list, nil
}

// outcome is what an edit did.
type outcome struct {
	moved  int      // packages of the project that changed
	others []string // folders of other modules in which something moved
}

// errCandidate marks an edit that was tried and taken back; another one may do.
var errCandidate = errors.New("")

// try makes an edit and looks what comes of it. An error that wraps errCandidate says why it was taken back.
func (s *stage) try(ctx context.Context, own, name, to string, texts map[string]string) (outcome, error) {
	var out outcome
	reached, err := s.reached(ctx, own, texts)
	if err != nil {
		return out, err
	}
	before := map[string]map[string]version{}
	for _, pom := range reached {
		if before[pom], err = s.packages(ctx, pom); err != nil {
			return out, err
		}
	}
	back := s.holding(texts)
	if err := s.write(texts); err != nil {
		return out, err
	}
	for _, pom := range reached {
		after, err := s.packages(ctx, pom)
		if err != nil {
			return out, err
		}
		moved, why, err := s.judge(ctx, before[pom], after)
		if err != nil {
			return out, err
		}
		if pom == own {
			out.moved = moved
			if why == "" {
				why = arrived(after, name, to)
			}
		} else if moved > 0 {
			out.others = append(out.others, path.Join(".", project.Parent(pom)))
		}
		if why != "" {
			if err := s.write(back); err != nil {
				return out, err
			}
			if pom != own {
				why += " in " + pom
			}
			return out, fmt.Errorf("%s%w", why, errCandidate)
		}
	}
	return out, nil
}

// arrived says why name is not at to in a project; "" where it is.
func arrived(after map[string]version, name, to string) string {
	found := false
	for _, p := range after {
		if p.name != name {
			continue
		}
		if found = true; !same(p.version, to) {
			return fmt.Sprintf("%s stays at %s", name, p.version)
		}
	}
	if !found {
		return name + " is gone"
	}
	return ""
}

// judge counts what moved, and says why that must not be; "" where it may.
func (s *stage) judge(ctx context.Context, before, after map[string]version) (moved int, why string, err error) {
	for _, key := range slices.Sorted(maps.Keys(after)) {
		was, had := before[key]
		is := after[key]
		if had && was == is {
			continue
		}
		moved++
		switch {
		case is.version == "" && (!had || was.version != ""):
			return moved, fmt.Sprintf("%s would have no version (%s)", is.name, is.missing), nil
		case had && lower(is.version, was.version):
			return moved, fmt.Sprintf("it would take %s back from %s to %s", is.name, was.version, is.version), nil
		}
		if !s.registry.Asks() {
			continue
		}
		ok, err := s.registry.Serves(ctx, is.name, is.version)
		if err != nil {
			return moved, "", err
		}
		if !ok {
			return moved, fmt.Sprintf("no repository serves %s %s", is.name, is.version), nil
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			moved++
		}
	}
	return moved, "", nil
}
