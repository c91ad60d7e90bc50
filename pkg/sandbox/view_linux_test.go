package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestToolchainBelowHomeIsReadableButNotItsNeighbours(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(base, "user")
	write(t, home, map[string]string{
		".npmrc": "", "bin/own": "",
		".nvm/versions/node/v20/bin/node": "", ".nvm/versions/node/v20/lib/x": "", ".nvm/versions/node/v20/notes": "",
		".cargo/bin/cargo": "", ".cargo/credentials.toml": "",
		".local/bin/x": "", ".local/share/keyrings/k": "", ".local/lib/y": "",
		"go/bin/tool": "", "go/pkg/mod/private": "",
		"sdk/go/bin/go": "", "sdk/go/src/fmt": "", "sdk/go/VERSION": "",
	})
	env := lookupIn(map[string]string{"HOME": home})
	var path []string
	for _, dir := range []string{"bin", ".nvm/versions/node/v20/bin", ".cargo/bin", ".local/bin", "go/bin", "sdk/go/bin", "."} {
		path = append(path, filepath.Join(home, dir))
	}
	var got []string
	for _, p := range readable(env, path) {
		if within(base, p) {
			rel, err := filepath.Rel(home, p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rel)
		}
	}
	want := []string{
		".cargo/bin", ".local/bin", ".local/lib", ".nvm/versions/node/v20/bin", ".nvm/versions/node/v20/lib", "bin", "go/bin",
		"sdk/go/VERSION", "sdk/go/bin", "sdk/go/src",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLaunchersBringTheirEnvironment(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(base, "user")
	write(t, home, map[string]string{
		".local/share/pipx/venvs/poetry/bin/poetry": "", ".local/share/pipx/venvs/poetry/lib/x": "", ".local/share/pipx/venvs/poetry/pyvenv.cfg": "",
		".local/share/pipx/venvs/other/lib/x":        "",
		".local/share/uv/python/3.12/bin/python3.12": "", ".local/share/uv/python/3.12/lib/x": "",
		"work/tool.py": "", "work/private": "", "work/notes": "",
	})
	for _, program := range []string{".local/share/pipx/venvs/poetry/bin/poetry", ".local/share/uv/python/3.12/bin/python3.12", "work/tool.py"} {
		if err := os.Chmod(filepath.Join(home, program), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(home, ".local/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		".local/bin/poetry": ".local/share/pipx/venvs/poetry/bin/poetry", ".local/bin/tool": "work/tool.py", ".local/bin/notes": "work/notes",
		".local/share/pipx/venvs/poetry/bin/python": ".local/share/uv/python/3.12/bin/python3.12", ".local/bin/home": ".",
		".local/bin/loop": ".local/bin/loop",
	} {
		if err := os.Symlink(filepath.Join(home, target), filepath.Join(home, link)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, p := range readable(lookupIn(map[string]string{"HOME": home}), []string{filepath.Join(home, ".local/bin")}) {
		if rel, ok := strings.CutPrefix(p, home+"/"); ok {
			got = append(got, rel)
		}
	}
	want := []string{
		".local/bin", ".local/share/pipx/venvs/poetry/bin", ".local/share/pipx/venvs/poetry/lib", ".local/share/pipx/venvs/poetry/pyvenv.cfg",
		".local/share/uv/python/3.12/bin", ".local/share/uv/python/3.12/lib", "work/tool.py",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPathThroughSymbolicLinksIsReadableBothWays(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, base, map[string]string{"java/17/bin/java": "", "java/17/lib/rt": ""})
	if err := os.Symlink("17", filepath.Join(base, "java/current")); err != nil {
		t.Fatal(err)
	}
	got := readable(lookupIn(nil), []string{filepath.Join(base, "java/current/bin")})
	for _, want := range []string{"java/current/bin", "java/17/bin", "java/current/lib", "java/17/lib"} {
		if !slices.Contains(got, filepath.Join(base, want)) {
			t.Errorf("%s is missing in %q", want, got)
		}
	}
}

func TestNothingThatHoldsAHomeIsReadable(t *testing.T) {
	for _, c := range []struct {
		path, home string
		want       bool
	}{
		{"/", "/root", true},
		{"/home", "/home/a", true},
		{"/home/a", "/home/a", true},
		{"/home/b", "/home/a", true},
		{"/data", "/data/users/a", true},
		{"/home/a/sdk", "/home/a", false},
		{"/usr", "/root", false},
		{"/run", "", true},
	} {
		if got := exposes(c.path, c.home); got != c.want {
			t.Errorf("%s with home %s: got %v", c.path, c.home, got)
		}
	}
}

func TestOwnUserReplacesTheHostsEntry(t *testing.T) {
	got := replaceUser("root:x:0:0:root:/root:/bin/sh\nann:x:10:10::/home/ann:/bin/sh\nbroken\n", 10, "sandbox:x:10:10::/h:/bin/sh")
	want := "sandbox:x:10:10::/h:/bin/sh\nroot:x:0:0:root:/root:/bin/sh\nbroken\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMountPointsBelowATargetAreFound(t *testing.T) {
	const info = `1 0 8:1 / / rw - ext4 d rw
2 1 8:1 / /a rw - ext4 d rw
3 2 8:1 / /a/b\040c rw - ext4 d rw
4 1 8:1 / /ab rw - ext4 d rw
short
`
	if d := cmp.Diff([]string{"/a", "/a/b c"}, parseMountPoints(info, "/a")); d != "" {
		t.Error(d)
	}
}

func FuzzParents(f *testing.F) {
	f.Add([]byte("12 (a b) c) S 7 1"))
	f.Add([]byte("12 (a"))
	f.Add([]byte(") S"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		parseParent(stat)
		parseStatus(stat)
		parseMountPoints(string(stat), "/a")
		replaceUser(string(stat), 7, "x")
		sumFields(stat, "RssAnon:")
	})
}

func TestParentOfANameWithParentheses(t *testing.T) {
	if got, ok := parseParent([]byte("12 (a) S 1 (b) R 7 1 1")); !ok || got != 7 {
		t.Errorf("got %d, %v", got, ok)
	}
}

func TestMemoryLinesAreAddedUp(t *testing.T) {
	got, ok := sumFields([]byte("Name:\tRssAnon:\nRssAnon:\t      12 kB\nRssFile:\t 7 kB\nRssShmem:\t 1 kB\nRssAnon:\n"), "RssAnon:", "RssShmem:")
	if got != 13<<10 || !ok {
		t.Errorf("got %d, %v", got, ok)
	}
}
