package ospkg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func image(t testing.TB, file string) project.Reading {
	t.Helper()
	r, err := Image(t.Context(), file, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func packages(r project.Reading) string {
	var all []string
	for _, p := range r.Projects {
		for _, n := range p.Nodes {
			all = append(all, n.Package.String())
		}
	}
	return strings.Join(all, " ")
}

const smallStatus = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"

func TestEveryFormOfAnImageIsRead(t *testing.T) {
	base := packed(t, change{name: "etc/"}, change{name: "./usr/lib/os-release", text: bookworm}, change{name: "etc/os-release", target: "../usr/lib/os-release"},
		change{name: dpkgStatus, text: smallStatus})
	top := packed(t, change{name: dpkgStatus, text: debian}, change{name: "app/big", text: strings.Repeat("x", 1<<20)})
	for name, file := range map[string]string{
		"docker save":            written(t, packed(t, docker(t, base, top)...)),
		"compressed docker save": written(t, gzipped(t, packed(t, docker(t, base, top)...))),
		"zstd":                   written(t, zstandard(t, packed(t, docker(t, gzipped(t, base), zstandard(t, top))...))),
		"unpacked docker save":   unpacked(t, docker(t, base, top)),
	} {
		t.Run(name, func(t *testing.T) {
			r := image(t, file)
			projecttest.WantGaps(t, r.Gaps)
			if got := packages(r); got != "libssl3@3.0.11-1+b1 libc6@2.36-9 cdebconf@0.270 libidn2-0@2.3.3-1 curl@7.88.1-10" {
				t.Error(got)
			}
		})
	}
	for name, file := range map[string]string{
		"OCI archive":         written(t, packed(t, oci(t, gzipped(t, base), zstandard(t, top))...)),
		"OCI layout":          unpacked(t, oci(t, base, gzipped(t, top))),
		"OCI archive, packed": written(t, zstandard(t, packed(t, oci(t, base, top)...))),
	} {
		t.Run(name, func(t *testing.T) {
			r := image(t, file)
			projecttest.WantGaps(t, r.Gaps, ".: holds 1 more images; only that of linux amd64")
			if got := packages(r); !strings.HasPrefix(got, "libssl3@3.0.11-1+b1 ") {
				t.Error(got)
			}
		})
	}
}

func TestLayersAddReplaceAndRemove(t *testing.T) {
	base := packed(t, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: smallStatus},
		change{name: "var/lib/dpkg/status.d/b", text: "Package: b\nVersion: 2\nArchitecture: all\n"}, change{name: "app/a.jar"}, change{name: "lib/x.jar"})
	tests := map[string]struct {
		layers [][]byte
		want   string
		gaps   []string
	}{
		"as it is":          {nil, "a@1 b@2", []string{"app/a.jar: is a package of Java"}},
		"a removed file":    {[][]byte{packed(t, change{name: "var/lib/dpkg/.wh.status"}, change{name: ".wh.app"}, change{name: "lib/.wh.x.jar"})}, "b@2", nil},
		"an emptied folder": {[][]byte{packed(t, change{name: dpkgStatus, text: strings.ReplaceAll(smallStatus, "1", "3")}, change{name: "var/lib/dpkg/.wh..wh..opq"})}, "a@3", []string{"app/a.jar"}},
		"a removed folder":  {[][]byte{packed(t, change{name: "var/.wh.lib"})}, "", []string{"app/a.jar", "var/lib: there is no database"}},
		"all removed":       {[][]byte{packed(t, change{name: ".wh..wh..opq"})}, "", []string{"var/lib: there is no database"}},
		"removed and back":  {[][]byte{packed(t, change{name: "var/.wh.lib"}), packed(t, change{name: dpkgStatus, text: smallStatus})}, "a@1", []string{"app/a.jar"}},
		"a link instead of a folder": {[][]byte{packed(t, change{name: "var/lib/dpkg", target: "/opt/dpkg"})}, "",
			[]string{"app/a.jar", `var/lib/dpkg/status: cannot be read: a link leads to "opt/dpkg/status"`, "var/lib: there is no database"}},
		"a folder instead of a link": {[][]byte{packed(t, change{name: "var/lib/dpkg", target: "/x"}), packed(t, change{name: "var/lib/dpkg/"}, change{name: dpkgStatus, text: smallStatus})}, "a@1", []string{"app/a.jar"}},
		"a hard link":                {[][]byte{packed(t, change{name: "lib/apk/db/installed", text: alpine}, change{name: "usr/lib/apk/db/installed", text: "hard", target: "lib/apk/db/installed"})}, "a@1 b@2 musl@1.2.4-r2 libcrypto3@3.1.4-r1 busybox@1.36.1-r5", []string{"app/a.jar"}},
		"a hard link elsewhere":      {[][]byte{packed(t, change{name: "etc/apk/world", text: "hard", target: "opt/world"})}, "a@1 b@2", []string{"app/a.jar", ".: layer 2 of 2 (b/layer.tar): etc/apk/world is a hard link"}},
		"names that lead out":        {[][]byte{packed(t, change{name: "../../../../var/lib/dpkg/status", text: strings.ReplaceAll(smallStatus, "1", "9")}, change{name: "/etc/../../etc/os-release", text: bookworm})}, "a@9 b@2", []string{"app/a.jar"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := image(t, written(t, packed(t, docker(t, append([][]byte{base}, test.layers...)...)...)))
			if got := packages(r); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			projecttest.WantGaps(t, r.Gaps, test.gaps...)
		})
	}
}

func TestALayerThatCannotBeReadIsAGapAndTheOthersAreRead(t *testing.T) {
	base := packed(t, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: smallStatus})
	tests := map[string]struct {
		layer []byte
		gap   string
	}{
		"cut off":          {base[:600], ".: layer 2 of 2 (b/layer.tar) is no whole tar archive"},
		"cut off between":  {base[:1024], ".: layer 2 of 2 (b/layer.tar): it ends without the mark of an end"},
		"broken":           {append([]byte{0x1f, 0x8b}, base...), ".: layer 2 of 2 (b/layer.tar) is no whole gzip file"},
		"of no kind":       {[]byte("hello"), ".: layer 2 of 2 (b/layer.tar) is not in it, or is no tar archive"},
		"too large a file": {packed(t, change{name: "etc/os-release", text: strings.Repeat("x", 2<<20)}), ".: layer 2 of 2 (b/layer.tar) etc/os-release is too large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := image(t, written(t, packed(t, docker(t, base, test.layer)...)))
			if got := packages(r); got != "a@1" {
				t.Error(got)
			}
			projecttest.WantGaps(t, r.Gaps, test.gap)
		})
	}
}

func TestAnArchiveThatUnpacksToTooMuchIsRefused(t *testing.T) {
	b := &budget{left: 1000}
	l := packed(t, change{name: "x", text: strings.Repeat("x", 4000)})
	blobs := &blobs{budget: b, layers: map[string]readBlob{}}
	packedLayer := gzipped(t, l)
	if err := blobs.meet(t.Context(), "l", strings.NewReader(string(packedLayer)), int64(len(packedLayer))); err != nil {
		t.Fatal(err)
	}
	if err := blobs.layers["l"].err; err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
		t.Errorf("got %v", err)
	}
}

func TestABlobThatIsNotWhatItsDigestNamesIsAGap(t *testing.T) {
	all := oci(t, packed(t, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: smallStatus}))
	for i, c := range all {
		if isArchive([]byte(c.text[:min(len(c.text), 512)])) {
			all[i].text = strings.Replace(c.text, "Version: 1", "Version: 2", 1)
		}
	}
	r := image(t, written(t, packed(t, all...)))
	if got := packages(r); got != "" {
		t.Error(got)
	}
	projecttest.WantGaps(t, r.Gaps, ".: holds 1 more", ".: layer 1 of 1", "var/lib: there is no database")
}

func TestWhatIsNoImageIsAnError(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"text":            {written(t, []byte(strings.Repeat("hello ", 1000))), "it is no tar archive"},
		"empty":           {written(t, nil), "neither the manifest.json"},
		"another archive": {written(t, packed(t, change{name: "a", text: "b"})), "neither the manifest.json"},
		"cut off":         {written(t, packed(t, docker(t, packed(t, change{name: "a", text: "b"}))...)[:1600]), "cut off"},
		"no layers":       {written(t, packed(t, docker(t)...)), "no layers"},
		"no image":        {written(t, packed(t, change{name: "manifest.json", text: "[]"})), "lists no image"},
		"no manifest":     {written(t, packed(t, change{name: "index.json", text: `{"manifests": [{"digest": "sha256:../../../etc/passwd"}]}`})), "is not in it"},
		"a folder":        {t.TempDir(), "neither the manifest.json"},
		"not there":       {"/nowhere/at/all", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Image(t.Context(), test.file, t.TempDir())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestOldArchivesWhoseLayersAreLinks(t *testing.T) {
	base := packed(t, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: smallStatus})
	all := docker(t, base)
	all[0].name = "z/layer.tar"
	all = append(all, change{name: "a/layer.tar", target: "../z/layer.tar"})
	if got := packages(image(t, written(t, packed(t, all...)))); got != "a@1" {
		t.Error(got)
	}
}

func TestALayerOfManyRemovalsIsApplied(t *testing.T) {
	var base, top []change
	for i := range 20_000 {
		base = append(base, change{name: fmt.Sprintf("a/b/c/d/%d.jar", i)})
		top = append(top, change{name: fmt.Sprintf("a/b/c/d/.wh.%d.jar", i)})
	}
	base = append(base, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: smallStatus})
	r := image(t, written(t, packed(t, docker(t, packed(t, base...), packed(t, top...))...)))
	projecttest.WantGaps(t, r.Gaps)
	if got := packages(r); got != "a@1" {
		t.Error(got)
	}
}

func BenchmarkImage(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var status strings.Builder
			for i := range n {
				fmt.Fprintf(&status, "Package: p%d\nStatus: install ok installed\nArchitecture: amd64\nSource: s%d\nVersion: 1.%d\nDepends: p%d (>= 1), p%d | p%d, v%d\nProvides: v%d\n\n", i, i/3, i, (2*i+1)%n, (2*i+2)%n, (i+7)%n, (i+1)%n, i)
			}
			file := written(b, packed(b, docker(b, gzipped(b, packed(b, change{name: "etc/os-release", text: bookworm}, change{name: dpkgStatus, text: status.String()})))...))
			for b.Loop() {
				if r := image(b, file); len(r.Gaps) > 0 || len(r.Projects[0].Nodes) != n {
					b.Fatal(r.Gaps)
				}
			}
		})
	}
}
