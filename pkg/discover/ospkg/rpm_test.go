package ospkg

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rpmdb "github.com/erikvarga/go-rpmdb/pkg"
	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// rpmFiles are real databases that go-rpmdb tests itself with, by their path, where its module is on this machine.
func rpmFiles(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/erikvarga/go-rpmdb").Output()
	if err != nil {
		t.Skip("go-rpmdb is not here")
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "pkg/testdata/*/*"))
	files = slices.DeleteFunc(files, func(f string) bool {
		return !slices.Contains([]string{"Packages", "Packages.db", "rpmdb.sqlite"}, filepath.Base(f))
	})
	if len(files) == 0 {
		t.Skip("go-rpmdb has no databases here")
	}
	return files
}

// go-rpmdb is what osv-scalibr's extractor for rpm reads with. Keys that rpm files as packages are left out here.
func TestFettleReadsTheRPMDatabasesThatScalibrReads(t *testing.T) {
	for _, file := range rpmFiles(t) {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			db, err := rpmdb.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			list, err := db.ListPackages()
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, p := range list {
				if p.Name != "gpg-pubkey" {
					want = append(want, p.Name+" "+rpmPackage{version: p.Version, release: p.Release, epoch: int64(p.EpochNum())}.evr()+" "+p.SourceRpm)
				}
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := projecttest.Tree{path.Join("var/lib/rpm", filepath.Base(file)): string(data), "etc/os-release": "ID=rocky\nVERSION_ID=9.3\n"}.Write(t)
			r, err := RootFS(t.Context(), dir, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			projecttest.WantGaps(t, r.Gaps)
			var got []string
			edges, direct, lost := 0, 0, 0
			for _, n := range r.Projects[0].Nodes {
				got = append(got, n.Name+" "+n.Version)
				edges += len(n.Holders)
				if n.Direct {
					direct++
				}
				if n.Depth == 0 {
					lost++
				}
			}
			for i, line := range want {
				f := strings.Fields(line)
				want[i] = f[0] + " " + f[1]
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if edges < len(got) || direct == 0 || lost > 0 {
				t.Errorf("%d packages, %d edges, %d direct, %d without a way", len(got), edges, direct, lost)
			}
			t.Logf("%d packages, %d edges, %d direct", len(got), edges, direct)
		})
	}
}
