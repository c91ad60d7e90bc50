package python

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of the search for requirements files that include the one at hand.
const (
	maxRequirementFiles = 2000
	maxRequirementBytes = 4 << 20
)

// reqTree is the requirements files that have to do with one another: one includes, constrains or is compiled of another.
type reqTree struct {
	texts  map[string]string // as they were, by path from the repository
	now    map[string]string // as they are, with what was edited
	parsed map[string]python.Requirements
	links  map[string][]string // between files, both ways
}

// readTree reads the files that have to do with p. Other files that cannot be read are none of its concern.
func readTree(root string, p fettle.Project) (*reqTree, error) {
	files, err := project.OpenFiles(root)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	t := &reqTree{texts: map[string]string{}, now: map[string]string{}, parsed: map[string]python.Requirements{}, links: map[string][]string{}}
	own := []string{p.Lockfile}
	for _, n := range p.Nodes {
		if !slices.Contains(own, n.Location.Path) && n.Location.Path != "" {
			own = append(own, n.Location.Path)
		}
	}
	for _, file := range own {
		if err := t.load(files, file); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", file, err, fettle.ErrRefused)
		}
	}
	seen := 0
	_ = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, name)
		switch {
		case err != nil || relErr != nil:
		case e.IsDir() && rel != "." && project.SkippedDir(name, e.Name()):
			return fs.SkipDir
		case seen > maxRequirementFiles:
			return fs.SkipAll
		case e.Type().IsRegular() && python.IsRequirements(filepath.ToSlash(rel)):
			seen++
			_ = t.load(files, filepath.ToSlash(rel)) // one that cannot be read includes nothing that pip would see either
		}
		return nil
	})
	for file := range t.texts {
		t.connect(file)
	}
	connected := t.reach(own)
	for file := range t.texts {
		if !slices.Contains(connected, file) {
			delete(t.texts, file)
			delete(t.parsed, file)
			delete(t.now, file)
		}
	}
	return t, nil
}

// load reads file and what it includes.
func (t *reqTree) load(files *project.Files, file string) error {
	if _, ok := t.texts[file]; ok || len(t.texts) > maxRequirementFiles {
		return nil
	}
	data, err := files.Read(file)
	switch {
	case err != nil:
		return err
	case len(data) > maxRequirementBytes:
		return fmt.Errorf("is larger than %d MiB", maxRequirementBytes>>20)
	case !utf8.Valid(data) || slices.Contains(data, 0):
		return fmt.Errorf("is not in UTF-8, so it is not edited; save it as UTF-8")
	}
	t.texts[file], t.now[file] = string(data), string(data)
	t.parsed[file] = python.ParseRequirements(file, data)
	for _, in := range t.parsed[file].Includes {
		if filepath.IsLocal(filepath.FromSlash(in.File)) && files.Is(in.File) {
			_ = t.load(files, in.File)
		}
	}
	return nil
}

// connect notes what file includes and what it is compiled of.
func (t *reqTree) connect(file string) {
	link := func(other string) {
		if _, ok := t.texts[other]; ok && other != file {
			t.links[file] = append(t.links[file], other)
			t.links[other] = append(t.links[other], file)
		}
	}
	for _, in := range t.parsed[file].Includes {
		link(in.File)
	}
	if base, ok := strings.CutSuffix(file, ".txt"); ok && (t.parsed[file].Compiled || t.parsed[file].Noted) {
		link(base + ".in")
	}
	for _, r := range t.parsed[file].List {
		for _, who := range r.Via {
			if named, ok := strings.CutPrefix(who, "-r "); ok {
				for dir := project.Parent(file); ; dir = project.Parent(dir) {
					link(path.Join(dir, strings.TrimSpace(named)))
					if dir == "" {
						break
					}
				}
			}
		}
	}
}

func (t *reqTree) reach(from []string) []string {
	list := slices.Clone(from)
	for i := 0; i < len(list); i++ {
		for _, next := range t.links[list[i]] {
			if !slices.Contains(list, next) {
				list = append(list, next)
			}
		}
	}
	return list
}

// files lists the files in order.
func (t *reqTree) files() []string {
	var list []string
	for file := range t.now {
		list = append(list, file)
	}
	slices.Sort(list)
	return list
}

// set replaces the text of file.
func (t *reqTree) set(file, text string) {
	t.now[file], t.parsed[file] = text, python.ParseRequirements(file, []byte(text))
}

// changed returns the files whose text is another now.
func (t *reqTree) changed() map[string]string {
	texts := map[string]string{}
	for file, text := range t.now {
		if text != t.texts[file] {
			texts[file] = text
		}
	}
	return texts
}

// tops are the files that pip would be given, of those that file is a part of: itself, where nothing includes it.
func (t *reqTree) tops(file string) []string {
	seen := []string{file}
	var tops []string
	for i := 0; i < len(seen); i++ {
		included := false
		for _, other := range t.files() {
			for _, in := range t.parsed[other].Includes {
				if in.File != seen[i] || in.Constraint || other == seen[i] {
					continue
				}
				included = true
				if !slices.Contains(seen, other) {
					seen = append(seen, other)
				}
			}
		}
		if !included {
			tops = append(tops, seen[i])
		}
	}
	if len(tops) == 0 { // they include each other
		tops = seen[:1]
	}
	return tops
}
