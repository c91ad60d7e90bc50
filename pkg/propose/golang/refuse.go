package golang

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// replaced refuses a module in whose place a replace line puts something, or that is put in another's place.
func (s *stage) replaced(name string) error {
	files := []string{}
	if s.work != "" {
		files = append(files, s.work)
	}
	for _, dir := range s.members {
		files = append(files, path.Join(dir, "go.mod"))
	}
	for _, file := range files {
		var list []*modfile.Replace
		if file == s.work {
			if f, err := modfile.ParseWork(file, []byte(unmarked(s.files[file])), lenient); err == nil {
				list = f.Replace
			}
		} else if f, err := modfile.Parse(file, []byte(unmarked(s.files[file])), lenient); err == nil {
			list = f.Replace
		}
		for _, r := range list {
			if r.Old.Path == name || r.New.Path == name && r.New.Version != "" {
				return fmt.Errorf("%s:%d replaces %s with %s, so a requirement has no effect; move that line by hand: %w", file, r.Syntax.Start.Line, r.Old.Path,
					strings.TrimSuffix(r.New.Path+" "+r.New.Version, " "), fettle.ErrRefused)
			}
		}
	}
	return nil
}

// vendored tells of a vendor folder, which holds other code than go.mod says from now on.
func vendored(root string, p fettle.Project, d manager.Derivation) manager.Derivation {
	name := path.Join(p.Dir, "vendor", "modules.txt")
	if info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err != nil || !info.Mode().IsRegular() {
		return d
	}
	moved := false
	for file := range d.Texts {
		moved = moved || path.Base(file) == "go.mod" || path.Base(file) == "go.work"
	}
	if !moved {
		return d
	}
	command := "go mod vendor"
	if path.Base(p.Lockfile) == "go.work" {
		command = "go work vendor"
	}
	d.Stale = append(slices.Clone(d.Stale), name)
	why := fmt.Sprintf("the vendor folder was not refreshed, and the go command refuses one that is out of step with go.mod; run %s", command)
	if d.Why != "" {
		why = d.Why + "; " + why
	}
	d.Why = why
	return d
}
