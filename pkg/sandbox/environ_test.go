package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func lookupIn(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func TestEnvironmentIsAnAllowList(t *testing.T) {
	parent := lookupIn(map[string]string{
		"LANG": "C.UTF-8", "TZ": "UTC", "HOME": "/nowhere", "GITHUB_TOKEN": "t", "NODE_OPTIONS": "--require=/x", "NODE_AUTH_TOKEN": "t",
		"AWS_SECRET_ACCESS_KEY": "t", "LD_PRELOAD": "/x.so", "SSL_CERT_FILE": "/ca.pem", "NODE_EXTRA_CA_CERTS": "/ca.pem",
		"HTTPS_PROXY": "http://user:pass@proxy.example:3128/", "no_proxy": "localhost", "BASH_ENV": "/x",
	})
	offline := []string{"CI=true", "HOME=/home/sandbox", "LANG=C.UTF-8", "PATH=/bin", "TMPDIR=/tmp", "TZ=UTC"}
	online := []string{
		"CI=true", "HOME=/home/sandbox", "HTTPS_PROXY=http://proxy.example:3128/", "LANG=C.UTF-8", "NODE_EXTRA_CA_CERTS=/ca.pem",
		"PATH=/bin", "SSL_CERT_FILE=/ca.pem", "TMPDIR=/tmp", "TZ=UTC", "no_proxy=localhost",
	}
	for _, c := range []struct {
		name string
		cmd  Command
		want []string
	}{
		{"offline", Command{}, offline},
		{"fetch phase", Command{Network: true}, online},
		{"the command's own win", Command{Env: []string{"CI=", "X=1", "broken", "=y"}},
			[]string{"CI=", "HOME=/home/sandbox", "LANG=C.UTF-8", "PATH=/bin", "TMPDIR=/tmp", "TZ=UTC", "X=1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, environ(parent, "/home/sandbox", "/tmp", "/bin", c.cmd)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestToolchainHomesAreFoundFromVariablesHomeAndPath(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"a/.cargo/bin", "a/.rustup", "a/.pyenv", "image/cargo/bin", "image/rustup", "b"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	at := func(dir string) string { return filepath.Join(base, dir) }
	for _, c := range []struct {
		name string
		vars map[string]string
		want []toolDir
	}{
		{"below the home directory", map[string]string{"HOME": at("a")}, []toolDir{{"PYENV_ROOT", at("a/.pyenv")}, {"RUSTUP_HOME", at("a/.rustup")}}},
		{"named by a variable", map[string]string{"HOME": at("b"), "RUSTUP_HOME": at("image/rustup")}, []toolDir{{"RUSTUP_HOME", at("image/rustup")}}},
		{"beside the program", map[string]string{"HOME": at("b"), "PATH": at("a/.cargo/bin")}, []toolDir{{"RUSTUP_HOME", at("a/.rustup")}}},
		{"beside the program of an image", map[string]string{"HOME": at("b"), "PATH": at("image/cargo/bin")}, []toolDir{{"RUSTUP_HOME", at("image/rustup")}}},
		{"the home directory itself", map[string]string{"HOME": at("b"), "JAVA_HOME": at("b"), "GOROOT": base}, nil},
	} {
		if d := cmp.Diff(c.want, toolDirs(lookupIn(c.vars)), cmp.AllowUnexported(toolDir{})); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestProxyAddressLosesItsPassword(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"http://proxy:3128":              "http://proxy:3128",
		"http://u:p@proxy:3128":          "http://proxy:3128",
		"u:p@proxy:3128":                 "proxy:3128",
		"socks5://u@proxy":               "socks5://proxy",
		"http://u:p@ss@proxy":            "http://proxy",
		"http://proxy/?a=u@h":            "",
		"http://u:%zz@proxy":             "",
		"http://[::1%25a]:1/\x7f@secret": "",
	} {
		if got := withoutPassword(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzProxyAddress(f *testing.F) {
	f.Add("http://u:p@proxy:3128")
	f.Add("u:p@h")
	f.Fuzz(func(t *testing.T, in string) {
		got := withoutPassword(in)
		if strings.Contains(got, "@") {
			t.Errorf("%q: %q still names a user", in, got)
		}
	})
}
