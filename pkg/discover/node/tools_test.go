package node

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// toolLines writes a project as tool.txt does, the reduced answer of the package manager that made the lockfile: packages,
// those that a member needs, those that production needs, and edges, whose holder is a member or a folder where it stands
// in brackets. Copies of one version are one.
func toolLines(p fettle.Project) map[string]bool {
	lines := map[string]bool{}
	names := map[string]string{}
	for _, n := range p.Nodes {
		names[n.Key] = n.Package.String()
	}
	for _, n := range p.Nodes {
		id := n.Package.String()
		lines["package "+id] = true
		if n.Direct {
			lines["direct "+id] = true
		}
		if n.Scope != fettle.Development {
			lines["production "+id] = true
		}
		for _, h := range n.Holders {
			holder, ok := names[h.Holder]
			if !ok {
				holder = "[" + h.Holder + "]"
			}
			lines["edge "+holder+" > "+id] = true
		}
	}
	return lines
}

// The files below testdata were made by the package managers, with another host in the addresses. tool.txt is what the
// same manager says of them: pnpm list, yarn list of Yarn 1, yarn info of later ones, and npm ls of what Bun installs.
func TestGraphsAgreeWithThoseOfThePackageManagers(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*/tool.txt")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			theirs := strings.Split(strings.TrimSpace(string(data)), "\n")
			kinds := map[string]bool{} // that the manager tells of
			for _, line := range theirs {
				kind, _, _ := strings.Cut(line, " ")
				kinds[kind] = true
			}
			d := discover(t, dir)
			if len(d.Inventory.Projects) != 1 {
				t.Fatalf("%d projects", len(d.Inventory.Projects))
			}
			ours := toolLines(d.Inventory.Projects[0])
			var differ []string
			for _, line := range theirs {
				if !ours[line] {
					differ = append(differ, "only the manager: "+line)
				}
				delete(ours, line)
			}
			for line := range ours {
				if kind, _, _ := strings.Cut(line, " "); kinds[kind] {
					differ = append(differ, "only fettle: "+line)
				}
			}
			slices.Sort(differ)
			if diff := cmp.Diff(toolDifferences[filepath.Base(dir)], differ); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// toolDifferences are those that are known, with their cause.
var toolDifferences = map[string][]string{
	"bun": {
		"only fettle: direct fsevents@2.3.3", // is for macOS; npm ls tells of what was installed on Linux
		"only fettle: edge [] > fsevents@2.3.3",
		"only fettle: edge chokidar@3.5.3 > fsevents@2.3.3",
		"only fettle: edge debug@4.3.3 > supports-color@8.1.1", // a peer that only peerDependenciesMeta names: Bun takes it, npm does not
		"only fettle: edge debug@4.4.3 > supports-color@8.1.1",
		"only fettle: package fsevents@2.3.3",
	},
	"yarn-1": { // yarn list does not tell what the root itself needs
		"only fettle: edge [] > express@4.17.3",
		"only fettle: edge [] > fsevents@2.3.3",
		"only fettle: edge [] > lodash@4.17.23",
		"only fettle: edge [] > mocha@9.2.2",
		"only fettle: edge [] > react-dom@17.0.2",
		"only fettle: edge [] > react@17.0.2",
		"only fettle: edge [] > typescript@4.5.5",
	},
}
