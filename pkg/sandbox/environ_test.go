package sandbox

import (
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
