package discover

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// advisories is a database in memory. The key of aliases is an id, the value its other names.
type advisories struct {
	records []osv.Record
	aliases map[string][]string
	err     error
}

func (a advisories) Find(ecosystem, name string) ([]osv.Record, error) {
	var found []osv.Record
	for _, r := range a.records {
		if len(r.Entries(ecosystem, name)) > 0 {
			found = append(found, r)
		}
	}
	return found, a.err
}

func (a advisories) Aliases(id string) []string { return a.aliases[id] }

// advisory reads a record that affects versions of an npm package from introduced up to fixed.
func advisory(t testing.TB, id, name, introduced, fixed string, more ...string) osv.Record {
	t.Helper()
	return record(t, fmt.Sprintf(`{"id": %q, "modified": "2024-01-02T03:04:05Z", %s "affected": [{"package": {"ecosystem": "npm", "name": %q},
		"ranges": [{"type": "SEMVER", "events": [{"introduced": %q}, {"fixed": %q}]}]}]}`, id, strings.Join(more, ""), name, introduced, fixed))
}

func record(t testing.TB, text string) osv.Record {
	t.Helper()
	r, err := osv.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// files is a tree by path. A text that begins with "-> " is a link.
type files map[string]string

// write lays the files out and returns the folder.
func (f files) write(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range f {
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

func discover(t testing.TB, dir string, records ...osv.Record) fettle.Discovery {
	t.Helper()
	d, err := NPM{Database: advisories{records: records}}.Discover(t.Context(), fettle.Repo{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// gapLines returns the gaps as file:line: reason.
func gapLines(gaps []fettle.Gap) []string {
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

// wantGaps fails unless the gaps begin as want says, each with its file and line, in any order.
func wantGaps(t *testing.T, gaps []fettle.Gap, want ...string) {
	t.Helper()
	got := gapLines(gaps)
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

// nodeLines returns what matters of each node: name@version key scope depth line direct@manifest < holders.
func nodeLines(p fettle.Project) []string {
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

// realLocks returns the real lockfiles beside the repository, by path; none in a fresh clone.
func realLocks(t testing.TB) []string {
	t.Helper()
	root := "../../../shared/data/apps"
	var found []string
	_ = filepath.Walk(root, func(p string, info os.FileInfo, err error) error {
		if err == nil && info.Name() == "package-lock.json" {
			found = append(found, p)
		}
		return nil
	})
	if len(found) == 0 {
		t.Skip("the real lockfiles are not here")
	}
	return found
}
