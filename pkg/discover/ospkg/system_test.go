package ospkg

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

const bookworm = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n"

const debian = `Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.11-1)
Version: 3.0.11-1+b1
Depends: libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0
Description: a library
 Depends: is not a field here

Package: libc6
Status: install ok installed
Essential: no
Architecture: amd64
Source: glibc
Version: 2.36-9
Recommends: libidn2-0 (>= 2.0.5~)

Package: cdebconf
Status: install ok half-configured
Architecture: amd64
Version: 0.270
Provides: debconf-2.0,
 something-else (= 1)

Package: libidn2-0
Status: hold ok installed
Architecture: amd64
Version: 2.3.3-1

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: curl
Status: install ok installed
Architecture: amd64
Version: 7.88.1-10
Depends: libssl3:any (>= 3.0), libc6
`

func TestDpkgGivesPackagesWithTheirSourcesAndWays(t *testing.T) {
	r := rootfs(t, projecttest.Tree{"etc/os-release": bookworm, "var/lib/dpkg/status": debian})
	projecttest.WantGaps(t, r.Gaps)
	wantNodes(t, r,
		"Debian:12 libssl3@3.0.11-1+b1 libssl3:amd64 production depth=2 var/lib/dpkg/status:1-8 <[curl:amd64] >= 3.0 (production) of openssl@3.0.11-1",
		"Debian:12 libc6@2.36-9 libc6:amd64 production depth=2 var/lib/dpkg/status:10-16 <[libssl3:amd64] >= 2.34 (production) <[curl:amd64]  (production) of glibc@2.36-9",
		"Debian:12 cdebconf@0.270 cdebconf:amd64 production depth=3 var/lib/dpkg/status:18-23 <[libssl3:amd64]  (production) of cdebconf@0.270",
		"Debian:12 libidn2-0@2.3.3-1 libidn2-0:amd64 optional depth=3 var/lib/dpkg/status:25-28 <[libc6:amd64] >= 2.0.5~ (optional) of libidn2-0@2.3.3-1",
		"Debian:12 curl@7.88.1-10 curl:amd64 production depth=1 var/lib/dpkg/status:35-39 direct <[]  (production) of curl@7.88.1-10",
	)
	if p := r.Projects[0]; p.Manager != "dpkg" || p.Lockfile != "var/lib/dpkg/status" || p.Dir != "var/lib/dpkg" {
		t.Errorf("%+v", p)
	}
}

func TestWhatAptInstalledForOthersIsNotDirect(t *testing.T) {
	r := rootfs(t, projecttest.Tree{"etc/os-release": bookworm, "var/lib/dpkg/status": debian, "var/lib/apt/extended_states": `Package: libssl3
Architecture: amd64
Auto-Installed: 1

Package: libidn2-0
Architecture: amd64
Auto-Installed: 1

Package: libc6
Architecture: amd64
Auto-Installed: 0
`})
	var direct []string
	for _, n := range r.Projects[0].Nodes {
		if n.Direct {
			direct = append(direct, n.Name)
		}
	}
	if got := len(direct); got != 3 || direct[0] != "libc6" || direct[1] != "cdebconf" || direct[2] != "curl" {
		t.Errorf("direct: %v", direct)
	}
}

func TestImagesWithoutDpkgHaveAFileForEachPackage(t *testing.T) {
	r := rootfs(t, projecttest.Tree{"usr/lib/os-release": bookworm, "etc/os-release": "-> ../usr/lib/os-release",
		"var/lib/dpkg/status.d/base":         "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
		"var/lib/dpkg/status.d/base.md5sums": "0 a\n",
		"var/lib/dpkg/status.d/tzdata":       "Package: tzdata\nVersion: 2024a\nArchitecture: all\nDepends: base-files\n"})
	projecttest.WantGaps(t, r.Gaps)
	wantNodes(t, r,
		"Debian:12 base-files@12.4 base-files:amd64 production depth=2 var/lib/dpkg/status.d/base:1-3 <[tzdata:all]  (production) of base-files@12.4",
		"Debian:12 tzdata@2024a tzdata:all production depth=1 var/lib/dpkg/status.d/tzdata:1-4 direct <[]  (production) of tzdata@2024a",
	)
}

const alpine = `C:Q1abc=
P:musl
V:1.2.4-r2
A:x86_64
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1

P:libcrypto3
V:3.1.4-r1
o:openssl
D:so:libc.musl-x86_64.so.1
p:so:libcrypto.so.3=3

P:busybox
V:1.36.1-r5
o:busybox
D:musl>=1.2 !uclibc so:libcrypto.so.3
p:/bin/sh cmd:sh=1
`

func TestApkGivesPackagesWithTheirOriginsAndWays(t *testing.T) {
	tree := projecttest.Tree{"etc/os-release": "ID=alpine\nVERSION_ID=3.18.5\n", "lib/apk/db/installed": alpine, "etc/apk/world": "busybox\n"}
	r := rootfs(t, tree)
	projecttest.WantGaps(t, r.Gaps)
	want := []string{
		"Alpine:v3.18 musl@1.2.4-r2 musl production depth=2 lib/apk/db/installed:1-8 <[libcrypto3] =1 (production) <[busybox] >=1.2 (production) of musl@1.2.4-r2",
		"Alpine:v3.18 libcrypto3@3.1.4-r1 libcrypto3 production depth=2 lib/apk/db/installed:10-14 <[busybox]  (production) of openssl@3.1.4-r1",
		"Alpine:v3.18 busybox@1.36.1-r5 busybox production depth=1 lib/apk/db/installed:16-20 direct <[]  (production) of busybox@1.36.1-r5",
	}
	want[0] = "Alpine:v3.18 musl@1.2.4-r2 musl production depth=2 lib/apk/db/installed:1-8 <[libcrypto3]  (production) <[busybox] >=1.2 (production) of musl@1.2.4-r2"
	wantNodes(t, r, want...)
	delete(tree, "etc/apk/world")
	wantNodes(t, rootfs(t, tree), want...)
}

func TestWhatIsNotKnownOfASystemIsAGap(t *testing.T) {
	status := "Package: a\nVersion: 1\nArchitecture: all\nStatus: install ok installed\n"
	tests := map[string]struct {
		tree projecttest.Tree
		gaps []string
	}{
		"nothing":              {projecttest.Tree{"etc/os-release": bookworm}, []string{"var/lib: there is no database"}},
		"no os-release":        {projecttest.Tree{dpkgStatus: status}, []string{"var/lib/dpkg/status: there is no os-release"}},
		"another distribution": {projecttest.Tree{dpkgStatus: status, "etc/os-release": "ID=kali\nNAME=Kali\n"}, []string{"var/lib/dpkg/status: there are no advisories in OSV for the packages of Kali"}},
		"no release":           {projecttest.Tree{dpkgStatus: status, "etc/os-release": "ID=debian\n"}, []string{"var/lib/dpkg/status: os-release does not say which release"}},
		"Red Hat": {projecttest.Tree{apkInstalled[0]: alpine, "etc/os-release": "ID=\"rhel\"\nVERSION_ID=9.4\nCPE_NAME=\"cpe:/o:redhat:enterprise_linux:9::baseos\"\n"},
			[]string{"lib/apk/db/installed: advisories of Red Hat are kept by repository"}},
		"faults": {projecttest.Tree{"etc/os-release": bookworm, dpkgStatus: status + "\n" + status + "\nPackage: b\nVersion: 1\nVersion: 2\n\nPackage: c\n"},
			[]string{"var/lib/dpkg/status:6: a:all stands twice", `var/lib/dpkg/status:11: "Version" stands twice`}},
		"empty":          {projecttest.Tree{"etc/os-release": bookworm, dpkgStatus: ""}, []string{"var/lib/dpkg/status: holds no packages"}},
		"a loop":         {projecttest.Tree{"etc/os-release": bookworm, dpkgStatus: "-> status"}, []string{"var/lib/dpkg/status: cannot be read: more than", "var/lib: there is no database"}},
		"a broken rpmdb": {projecttest.Tree{"etc/os-release": bookworm, "var/lib/rpm/Packages": "x"}, []string{"var/lib/rpm/Packages: cannot be read whole", "var/lib/rpm/Packages: holds no packages"}},
		"a broken SQLite": {projecttest.Tree{"etc/os-release": bookworm, "var/lib/rpm/rpmdb.sqlite": "SQLite format 3\x00 and no more"},
			[]string{"var/lib/rpm/rpmdb.sqlite: cannot be read whole", "var/lib/rpm/rpmdb.sqlite: holds no packages"}},
		"packages of languages": {projecttest.Tree{"etc/os-release": bookworm, dpkgStatus: status, "app/node_modules/a/package.json": "{}", "app/node_modules/@b/c/package.json": "{}",
			"usr/local/lib/python3.11/site-packages/x-1.dist-info/METADATA": "", "usr/lib/python3/dist-packages/y.egg-info/PKG-INFO": "", "opt/app.jar": "", "srv/go.sum": ""},
			[]string{"app/node_modules/@b/c/package.json: is a package of npm, which is not read in a file system: only packages of the operating system were checked (and 1 more",
				"opt/app.jar: is a package of Java", "usr/local/lib/python3.11/site-packages/x-1.dist-info/METADATA: is a package of Python", "srv/go.sum: is a lockfile"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { projecttest.WantGaps(t, rootfs(t, test.tree).Gaps, test.gaps...) })
	}
}

func TestLinksAreFollowedInsideOfTheSystemOnly(t *testing.T) {
	outside := projecttest.Tree{"status": debian}.Write(t)
	r := rootfs(t, projecttest.Tree{"etc/os-release": "-> /usr/lib/os-release", "usr/lib/os-release": bookworm,
		"var/lib/dpkg": "-> /data/../data/dpkg", "data/dpkg/status": debian, "var/lib/apt/extended_states": "-> " + outside + "/status",
		"lib": "-> ../../../../usr/lib", "usr/lib/apk/db/installed": alpine})
	projecttest.WantGaps(t, r.Gaps)
	if len(r.Projects) != 2 || len(r.Projects[0].Nodes) != 5 {
		t.Errorf("%+v", r.Projects)
	}
}
