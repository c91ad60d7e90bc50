package sbom

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/node"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// What npm writes of a lockfile as CycloneDX and as SPDX has the packages of the lockfile and the edges between them. npm
// folds copies of one version into one component, so they are compared by name and version; so are scopes, for CycloneDX,
// which a folded copy of development may lower.
func TestWhatNPMWritesOfALockfileSaysWhatTheLockfileSays(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("set FETTLE_LIVE=1 to run npm")
	}
	for _, lock := range projecttest.Shared(t, 3, "package-lock.json") {
		manifest, err := os.ReadFile(filepath.Join(filepath.Dir(lock), "package.json"))
		if err != nil {
			continue
		}
		text, err := os.ReadFile(lock)
		if err != nil {
			t.Fatal(err)
		}
		dir := projecttest.Tree{"package.json": string(manifest), "package-lock.json": string(text)}.Write(t)
		want := projecttest.Read(t, node.Reader{}, dir)
		for _, format := range []string{"cyclonedx", "spdx"} {
			t.Run(filepath.Base(filepath.Dir(lock))+" "+format, func(t *testing.T) {
				cmd := exec.Command("npm", "sbom", "--package-lock-only", "--sbom-format", format)
				cmd.Dir = dir
				out, err := cmd.Output()
				if err != nil {
					t.Skipf("npm sbom: %v", err)
				}
				r := Parse("bom.json", out)
				for _, gap := range projecttest.Gaps(r.Gaps) {
					t.Log(gap)
				}
				if diff := cmp.Diff(labels(want.Projects[0]), labels(r.Projects[0])); diff != "" {
					t.Error(diff)
				}
				missing, more := compareEdges(want.Projects[0], r.Projects[0])
				if len(missing)+len(more) > 0 {
					t.Errorf("%d edges of the lockfile only: %v; %d of the document only: %v", len(missing), some(missing), len(more), some(more))
				}
				if differ := compareScopes(want.Projects[0], r.Projects[0]); format == "cyclonedx" && len(differ) > 0 {
					t.Errorf("scopes: %v", differ)
				}
				t.Logf("%d packages, %d edges", len(r.Projects[0].Nodes), len(edges(r.Projects[0])))
			})
		}
	}
}

func some(list []string) []string { return list[:min(len(list), 5)] }

func labels(p fettle.Project) []string {
	var all []string
	for _, n := range p.Nodes {
		if n.Version != "" {
			all = append(all, n.Package.String())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func edges(p fettle.Project) map[string]bool {
	byKey := map[string]string{}
	for _, n := range p.Nodes {
		byKey[n.Key] = n.Package.String()
	}
	all := map[string]bool{}
	for _, n := range p.Nodes {
		for _, h := range n.Holders {
			all[byKey[h.Holder]+" > "+n.Package.String()] = true
		}
	}
	return all
}

func compareEdges(a, b fettle.Project) (onlyA, onlyB []string) {
	inA, inB := edges(a), edges(b)
	for e := range inA {
		if !inB[e] {
			onlyA = append(onlyA, e)
		}
	}
	for e := range inB {
		if !inA[e] {
			onlyB = append(onlyB, e)
		}
	}
	slices.Sort(onlyA)
	slices.Sort(onlyB)
	return onlyA, onlyB
}

func compareScopes(a, b fettle.Project) []string {
	widest := func(p fettle.Project) map[string]fettle.Scope {
		all := map[string]fettle.Scope{}
		for _, n := range p.Nodes {
			if n.Scope.Wider(all[n.Package.String()]) {
				all[n.Package.String()] = n.Scope
			}
		}
		return all
	}
	inA, inB := widest(a), widest(b)
	copies := map[string]int{}
	for _, n := range a.Nodes {
		copies[n.Package.String()]++
	}
	var differ []string
	for name, scope := range inA {
		if got := inB[name]; got != scope && copies[name] == 1 {
			differ = append(differ, name+" "+string(scope)+" "+string(got))
		}
	}
	slices.Sort(differ)
	return differ
}
