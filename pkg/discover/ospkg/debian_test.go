package ospkg

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	cpb "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	"github.com/google/osv-scalibr/extractor"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/os/apk"
	"github.com/google/osv-scalibr/extractor/filesystem/os/dpkg"
	dpkgmeta "github.com/google/osv-scalibr/extractor/filesystem/os/dpkg/metadata"
	scalibrfs "github.com/google/osv-scalibr/fs"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// debootstrapped is a real Debian, as debootstrap --variant=minbase makes it, where FETTLE_ROOTFS names one.
func debootstrapped(t *testing.T) string {
	dir := os.Getenv("FETTLE_ROOTFS")
	if dir == "" {
		t.Skip("set FETTLE_ROOTFS to what debootstrap --variant=minbase made, to run this test")
	}
	return dir
}

func TestFettleReadsWhatDpkgQuerySays(t *testing.T) {
	dir := debootstrapped(t)
	out, err := exec.Command("dpkg-query", "--admindir="+filepath.Join(dir, "var/lib/dpkg"), "--show",
		"--showformat=${Package}:${Architecture} ${Version} ${source:Package} ${source:Version} ${db:Status-Status}\n").Output()
	if err != nil {
		t.Skip("no dpkg-query: ", err)
	}
	var want []string
	for line := range strings.Lines(string(out)) {
		if line, ok := strings.CutSuffix(strings.TrimSpace(line), " installed"); ok {
			want = append(want, line)
		}
	}
	slices.Sort(want)
	r, err := RootFS(t.Context(), dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	projecttest.WantGaps(t, r.Gaps)
	got := described(r)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	t.Logf("%d packages", len(got))
}

func described(r project.Reading) []string {
	var all []string
	for _, n := range r.Projects[0].Nodes {
		all = append(all, n.Key+" "+n.Version+" "+n.Source.Name+" "+n.Source.Version)
	}
	slices.Sort(all)
	return all
}

func TestAnImageOfASystemGivesWhatItsFilesGive(t *testing.T) {
	dir := debootstrapped(t)
	layer := filepath.Join(t.TempDir(), "layer.tar")
	if out, err := exec.Command("tar", "-C", dir, "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./dev/*", "-cf", layer, ".").CombinedOutput(); err != nil {
		t.Skipf("tar: %v %s", err, out)
	}
	data, err := os.ReadFile(layer)
	if err != nil {
		t.Fatal(err)
	}
	want, err := RootFS(t.Context(), dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"docker": written(t, packed(t, docker(t, data)...)), "OCI": unpacked(t, oci(t, gzipped(t, data)))} {
		got := image(t, file)
		if diff := cmp.Diff(want.Projects, got.Projects); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// scalibr gives what an extractor of osv-scalibr reads in file below dir, sorted.
func scalibr(t *testing.T, new func(*cpb.PluginConfig) (filesystem.Extractor, error), dir, file string, show func(*extractor.Package) string) []string {
	t.Helper()
	e, err := new(&cpb.PluginConfig{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Extract(context.Background(), &filesystem.ScanInput{FS: scalibrfs.DirFS(dir), Path: file, Root: dir, Info: info, Reader: in})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range found.Packages {
		all = append(all, show(p))
	}
	slices.Sort(all)
	return all
}

// A package that is half configured is read here and not by osv-scalibr: its files are there.
func TestFettleReadsWhatScalibrReads(t *testing.T) {
	small := projecttest.Tree{"etc/os-release": bookworm, dpkgStatus: strings.Replace(debian, "half-configured", "installed", 1)}.Write(t)
	dirs := []string{small}
	if dir := os.Getenv("FETTLE_ROOTFS"); dir != "" {
		dirs = append(dirs, dir)
	}
	for _, dir := range dirs {
		want := scalibr(t, dpkg.New, dir, dpkgStatus, func(p *extractor.Package) string {
			m := p.Metadata.(*dpkgmeta.Metadata)
			source, version := m.SourceName, m.SourceVersion
			if source == "" {
				source = p.Name
			}
			if version == "" {
				version = p.Version
			}
			return p.Name + ":" + m.Architecture + " " + p.Version + " " + source + " " + version
		})
		r, err := RootFS(t.Context(), dir, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, described(r)); diff != "" {
			t.Error(diff)
		}
		t.Logf("dpkg: %d packages", len(want))
	}
	dir := projecttest.Tree{"etc/os-release": "ID=alpine\nVERSION_ID=3.18.5\n", apkInstalled[0]: alpine}.Write(t)
	want := scalibr(t, apk.New, dir, apkInstalled[0], func(p *extractor.Package) string { return p.Name + "@" + p.Version })
	r, err := RootFS(t.Context(), dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(packages(r))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
