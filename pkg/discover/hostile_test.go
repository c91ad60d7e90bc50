package discover

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// locks are the names of files that lock or list packages, and manifests of those that declare them, one of each format.
var (
	locks = []string{
		"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "pom.xml",
		"gradle.lockfile", "buildscript-gradle.lockfile", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml",
		"packages.lock.json", "packages.config", "a.csproj", "Cargo.lock", "Gemfile.lock", "gems.locked", "composer.lock",
		"bom.json", "bom.xml", "a.cdx.json", "a.spdx.json", "a.spdx", "pubspec.lock", "mix.lock", "Podfile.lock", "Package.resolved",
		"conan.lock", "renv.lock", "stack.yaml.lock", "cabal.project.freeze",
	}
	manifests = []string{
		"package.json", "build.gradle", "build.gradle.kts", "gradle/libs.versions.toml", "requirements.txt", "Pipfile",
		"pyproject.toml", "setup.cfg", "go.mod", "go.work", "vendor/modules.txt", "Directory.Packages.props", "obj/project.assets.json",
		"a.deps.json", "Cargo.toml", "Gemfile", "composer.json",
	}
)

// hostile are texts that mean no good to some reader or another.
func hostile() map[string]string {
	deep := func(open, end string) string { return strings.Repeat(open, 100_000) + strings.Repeat(end, 100_000) }
	return map[string]string{
		"empty":          "",
		"NUL":            "\x00\x00\x00\x00",
		"not UTF-8":      "\xff\xfe\xfd{\"a\": \"\xc3\x28\"}",
		"brackets":       deep("[", "]"),
		"braces":         deep("{\"a\":", "}"),
		"elements":       deep("<a>", "</a>"),
		"indentation":    deep("- ", ""),
		"one long line":  strings.Repeat("a", 4<<20),
		"long name":      `{"lockfileVersion": 3, "packages": {"node_modules/` + strings.Repeat("a", 1<<20) + `": {"version": "1.0.0"}}}`,
		"newlines":       strings.Repeat("\r\n", 2<<20),
		"quotes":         strings.Repeat(`"`, 4<<20),
		"backslashes":    strings.Repeat("a\\\n", 1<<20),
		"pins":           strings.Repeat("a==1\n", 1<<20),
		"blocks":         strings.Repeat("[[package]]\nname = \"a\"\nversion = \"1\"\n\n", 100_000),
		"needs":          "[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [" + strings.Repeat("\"a\", ", 400_000) + "]\n",
		"lines of needs": "a@1:\n  version \"1\"\n  dependencies:\n" + strings.Repeat("    a \"1\"\n", 300_000),
		"requires":       "module x\n\nrequire (\n" + strings.Repeat("\tx.example/a v1.0.0\n", 300_000) + ")\n",
		"includes":       strings.Repeat("-r requirements.txt\n-r ../../../etc/passwd\n", 100_000),
		"properties":     "<project><properties>" + strings.Repeat("<a>${a}${a}</a>", 100_000) + "</properties><version>${a}</version></project>",
		"doctype":        "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<project>&b;</project>",
		"aliases":        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
		"gems":           "GEM\n  remote: x\n  specs:\n" + strings.Repeat("    a (1)\n      a (= 1)\n", 300_000),
		"coordinates":    strings.Repeat("implementation 'a:b:1'\n", 300_000),
	}
}

// Whatever a file holds, reading it ends in time and in bounds. Of a lockfile it is never silent; a manifest may declare
// nothing.
func TestHostileFilesEndAsProjectsOrGaps(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	texts := hostile()
	for _, name := range slices.Concat(locks, manifests) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if !Reads(name) && unreadKind(filepath.Base(name)) == "" {
				t.Fatalf("%s is no file of a reader", name)
			}
			for what, text := range texts {
				judge(t, what, files{name: text}.Write(t), name)
			}
		})
	}
}

// A file of 100 MB is not read at all, which is a gap.
func TestAFileOf100MBIsAGap(t *testing.T) {
	for _, name := range slices.Concat(locks, manifests) {
		if !Reads(name) {
			continue
		}
		dir := files{name: ""}.Write(t)
		if err := os.Truncate(filepath.Join(dir, name), 100_000_000); err != nil {
			t.Fatal(err)
		}
		judge(t, "100 MB", dir, name)
	}
}

// judge discovers dir and fails the test where that is slow, large, silent, or tells of the machine.
func judge(t *testing.T, what, dir, name string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	d, err := Dependencies{Database: advisories{}, Settings: project.Settings{Home: t.TempDir()}}.Discover(t.Context(), fettle.Repo{Dir: dir})
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	at := fmt.Sprintf("%s of %s", name, what)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	if took > time.Minute { // 10 s on an idle machine; this only catches what has no end
		t.Errorf("%s took %s", at, took)
	} else if took > 3*time.Second {
		t.Logf("%s took %s", at, took.Round(time.Millisecond))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<30 {
		t.Errorf("%s: allocated %d MiB", at, used>>20)
	} else if used > 1<<30 {
		t.Logf("%s: allocated %d MiB", at, used>>20)
	}
	if len(d.Inventory.Projects) == 0 && len(d.Gaps) == 0 && slices.Contains(locks, name) {
		t.Errorf("%s: neither a project nor a gap", at)
	}
	for _, g := range d.Gaps {
		if len(g.Reason) > 3000 || g.Reason == "" || g.Subject == "" || strings.Contains(g.Reason, dir) {
			t.Errorf("%s: gap %.300q %.300q", at, g.Subject, g.Reason)
		}
	}
	if len(d.Gaps) > 500 {
		t.Errorf("%s: %d gaps; nobody reads so many", at, len(d.Gaps))
	}
}
