package discover

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// listed is what npm ls --all --json prints of one package.
type listed struct {
	Version      string            `json:"version"`
	Missing      bool              `json:"missing"`
	Extraneous   bool              `json:"extraneous"`
	Dependencies map[string]listed `json:"dependencies"`
}

// graphLines is a graph as sets of lines: packages, the project's own ones, and edges.
type graphLines struct{ packages, direct, edges map[string]bool }

func newGraphLines() graphLines {
	return graphLines{map[string]bool{}, map[string]bool{}, map[string]bool{}}
}

func (g graphLines) add(holder string, l listed) {
	for name, child := range l.Dependencies {
		if child.Missing || child.Version == "" { // a peer that may be missing, and is, has neither
			continue
		}
		id := name + "@" + child.Version
		g.packages[id] = true
		if holder == "" && !child.Extraneous {
			g.direct[id] = true
		}
		if !child.Extraneous {
			g.edges[holder+" > "+id] = true
		}
		g.add(id, child)
	}
}

// Npm's own reading of a lockfile must give the packages, the project's own dependencies and the edges that ours gives.
func TestGraphAgreesWithNPMLs(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	projecttest.Shared(t, 2, "package-lock.json")
	for _, app := range []string{"nodejs-goof", "realworld-node", "juice-shop-v12.4.0", "dvna"} {
		t.Run(app, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"package.json", "package-lock.json"} {
				data, err := os.ReadFile(filepath.Join("../../../shared/data/apps", app, name))
				if err != nil {
					t.Skip(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), npm, "ls", "--all", "--json", "--package-lock-only", "--offline")
			cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
			out, _ := cmd.Output() // exit 1 where a peer is missing or a range is not met
			var tree listed
			if err := json.Unmarshal(out, &tree); err != nil {
				t.Fatal(err)
			}
			theirs, ours := newGraphLines(), newGraphLines()
			theirs.add("", tree)
			project := discover(t, dir).Inventory.Projects[0]
			nodes := map[string]fettle.Node{}
			id := func(key string) string {
				if key == "" {
					return ""
				}
				return key[strings.LastIndex("/"+key, "/node_modules/")+len("/node_modules/")-1:] + "@" + nodes[key].Version
			}
			for _, n := range project.Nodes {
				nodes[n.Key] = n
			}
			for _, n := range project.Nodes {
				ours.packages[id(n.Key)] = true
				if n.Direct {
					ours.direct[id(n.Key)] = true
				}
				for _, h := range n.Holders {
					ours.edges[id(h.Holder)+" > "+id(n.Key)] = true
				}
			}
			t.Logf("%d packages, %d direct, %d edges", len(ours.packages), len(ours.direct), len(ours.edges))
			for what, sets := range map[string][2]map[string]bool{
				"packages": {theirs.packages, ours.packages}, "direct": {theirs.direct, ours.direct}, "edges": {theirs.edges, ours.edges},
			} {
				if diff := cmp.Diff(slices.Sorted(maps.Keys(sets[0])), slices.Sorted(maps.Keys(sets[1]))); diff != "" {
					only := slices.DeleteFunc(slices.Sorted(maps.Keys(sets[0])), func(k string) bool { return sets[1][k] })
					mine := slices.DeleteFunc(slices.Sorted(maps.Keys(sets[1])), func(k string) bool { return sets[0][k] })
					t.Errorf("%s: only npm has %d: %.40q; only fettle has %d: %.40q", what, len(only), only, len(mine), mine)
				}
			}
		})
	}
}
