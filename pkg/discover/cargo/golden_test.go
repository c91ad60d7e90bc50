package cargo

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

var update = flag.Bool("update", false, "run cargo and rewrite the golden files")

const fixture = "testdata/workspace.txtar"

// registries are the addresses of what cargo downloads from.
var registries = regexp.MustCompile(`"(registry|sparse)\+[^"]*"`)

// TestPackagesEdgesAndScopesAreThoseOfCargo compares with what cargo itself said of the fixture, or says now where
// FETTLE_LIVE is set.
func TestPackagesEdgesAndScopesAreThoseOfCargo(t *testing.T) {
	archive, err := txtar.ParseFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	tree := files{}
	want := ""
	live := *update || os.Getenv("FETTLE_LIVE") != ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
		} else if f.Name != "Cargo.lock" || !live {
			tree[f.Name] = string(f.Data)
		}
	}
	dir := tree.Write(t)
	if live {
		want = strings.Join(cargo(t, dir), "\n") + "\n"
	}
	if *update {
		rewrite(t, archive, dir, want)
	}
	r := projecttest.Read(t, Reader{}, dir)
	projecttest.WantGaps(t, r.Gaps)
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(want), "\n"), edges(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
}

// edges are name@version scope <- holder, a member by its folder.
func edges(p fettle.Project) []string {
	var lines []string
	for _, n := range p.Nodes {
		for _, h := range n.Holders {
			line := n.Package.String() + " " + string(n.Scope) + " <- " + h.Holder
			if n.Direct && !strings.Contains(h.Holder, "@") {
				line += " " + string(h.Scope)
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// metadata is the part of cargo metadata that is compared.
type metadata struct {
	Root     string `json:"workspace_root"`
	Packages []struct {
		ID, Name, Version string
		Source            *string
		Manifest          string `json:"manifest_path"`
		Dependencies      []struct {
			Name     string
			Kind     *string
			Optional bool
		}
	}
	Resolve struct {
		Nodes []struct {
			ID   string
			Deps []struct {
				Pkg   string
				Kinds []struct{ Kind *string } `json:"dep_kinds"`
			}
		}
	}
}

// cargo answers as edges does: what is reached over normal dependencies without optional features is production, with them
// optional, and all else development. Build dependencies of others are no less than those others are, as Cargo.lock has it.
func cargo(t *testing.T, dir string) []string {
	t.Helper()
	run := func(args ...string) []byte {
		c := exec.Command("cargo", args...)
		c.Dir = dir
		out, err := c.Output()
		if err != nil {
			t.Skipf("cargo %v: %v", args, err)
		}
		return out
	}
	run("generate-lockfile")
	var m metadata
	if err := json.Unmarshal(run("metadata", "--locked", "--format-version", "1", "--all-features"), &m); err != nil {
		t.Fatal(err)
	}
	names, own := map[string]string{}, map[string]bool{}
	optional := map[string]bool{} // holder name
	for _, p := range m.Packages {
		names[p.ID] = p.Name + "@" + p.Version
		if p.Source != nil {
			continue
		}
		rel, err := filepath.Rel(m.Root, filepath.Dir(p.Manifest))
		if err != nil {
			t.Fatal(err)
		}
		names[p.ID], own[p.ID] = filepath.ToSlash(rel), true
		for _, d := range p.Dependencies {
			optional[names[p.ID]+" "+d.Name] = d.Optional
		}
	}
	byDefault := map[string]bool{} // of the optional ones; cargo tree says which
	for _, line := range strings.Split(string(run("tree", "--locked", "--workspace", "--target", "all", "-e", "normal", "--prefix", "none", "-f", "{p}")), "\n") {
		if f := strings.Fields(line); len(f) > 1 {
			byDefault[f[0]+"@"+strings.TrimPrefix(f[1], "v")] = true
		}
	}
	type edge struct{ from, to, kind string }
	var all []edge
	for _, n := range m.Resolve.Nodes {
		for _, d := range n.Deps {
			if own[d.Pkg] {
				continue
			}
			for _, k := range d.Kinds {
				kind := "production"
				name, _, _ := strings.Cut(names[d.Pkg], "@")
				switch {
				case own[n.ID] && k.Kind != nil:
					kind = "development"
				case own[n.ID] && optional[names[n.ID]+" "+name] && !byDefault[names[d.Pkg]]:
					kind = "optional"
				}
				all = append(all, edge{n.ID, d.Pkg, kind})
			}
		}
	}
	scope := map[string]string{}
	for _, level := range [][]string{{"production"}, {"production", "optional"}, {"production", "optional", "development"}} {
		reached := map[string]bool{}
		for changed := true; changed; {
			changed = false
			for _, e := range all {
				if (own[e.from] || reached[e.from]) && slices.Contains(level, e.kind) && !reached[e.to] {
					reached[e.to], changed = true, true
				}
			}
		}
		for id := range reached {
			if scope[id] == "" {
				scope[id] = level[len(level)-1]
			}
		}
	}
	var lines []string
	for _, e := range all {
		line := fmt.Sprintf("%s %s <- %s", names[e.to], scope[e.to], names[e.from])
		if own[e.from] {
			line += " " + e.kind
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func rewrite(t *testing.T, archive *txtar.Archive, dir, want string) {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(dir, "Cargo.lock"))
	if err != nil {
		t.Fatal(err)
	}
	lock = registries.ReplaceAll(lock, []byte(`"registry+https://registry.example/index"`))
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "Cargo.lock" || f.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "Cargo.lock", Data: lock}, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(fixture, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
