package projecttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Tree is a tree of files by path. A text that begins with "-> " is a link.
type Tree map[string]string

// Write lays the tree out and returns its folder.
func (tree Tree) Write(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range tree {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, isLink := strings.CutPrefix(text, "-> "); isLink {
			err = os.Symlink(target, name)
		} else {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Reader is what the readers of all ecosystems are.
type Reader interface {
	Claims(file string) bool
	Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error)
}

// Read gives a reader all files below dir that it claims.
func Read(t testing.TB, r Reader, dir string) project.Reading {
	t.Helper()
	files, err := project.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	var claimed []string
	err = filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if rel = filepath.ToSlash(rel); err == nil && !info.IsDir() && r.Claims(rel) {
			claimed = append(claimed, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	reading, err := r.Read(t.Context(), files, claimed)
	if err != nil {
		t.Fatal(err)
	}
	return reading
}

// Gaps returns gaps as file:line: reason.
func Gaps(gaps []fettle.Gap) []string {
	var lines []string
	for _, g := range gaps {
		at := g.Subject
		if g.Location != nil {
			at = g.Location.String()
		}
		lines = append(lines, at+": "+g.Reason)
	}
	return lines
}

// WantGaps fails unless each gap begins as one of want, with its file and line, in any order.
func WantGaps(t testing.TB, gaps []fettle.Gap, want ...string) {
	t.Helper()
	got := Gaps(gaps)
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(line string) bool { return strings.HasPrefix(line, w) })
		if i < 0 {
			t.Errorf("no gap begins with %q; got:\n%s", w, strings.Join(got, "\n"))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 {
		t.Errorf("gaps that are not wanted:\n%s", strings.Join(left, "\n"))
	}
}

// CheckGaps fails for a gap that says nothing, or tells of the folder dir of this machine.
func CheckGaps(t testing.TB, gaps []fettle.Gap, dir string) {
	t.Helper()
	for _, g := range gaps {
		if g.Reason == "" || g.Subject == "" || strings.Contains(g.Reason, dir) {
			t.Errorf("gap %+v", g)
		}
	}
}

// Nodes returns what matters of each node: name@version key scope depth line direct manifest <[holder] range (scope).
func Nodes(p fettle.Project) []string {
	var lines []string
	for _, n := range p.Nodes {
		line := fmt.Sprintf("%s %s %s depth=%d %s-%d", n.Package, n.Key, n.Scope, n.Depth, n.Location, n.Location.EndLine)
		if n.Direct {
			line += " direct"
		}
		if n.Manifest != nil {
			line += " " + n.Manifest.String()
		}
		for _, h := range n.Holders {
			line += fmt.Sprintf(" <[%s] %s (%s)", h.Holder, h.Range, h.Scope)
		}
		lines = append(lines, line)
	}
	return lines
}

// Shared returns the real files of this name that may stand beside the repository, by path from a package that lies depth
// folders below its top; the test is skipped in a fresh clone, where there are none.
func Shared(t testing.TB, depth int, name string) []string {
	t.Helper()
	root := strings.Repeat("../", depth+1) + "shared/data/apps"
	var found []string
	_ = filepath.Walk(root, func(p string, info os.FileInfo, err error) error {
		if err == nil && info.Name() == name {
			found = append(found, p)
		}
		return nil
	})
	if len(found) == 0 {
		t.Skip("the real files are not here")
	}
	return found
}
