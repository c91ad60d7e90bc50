package npm

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/google/go-cmp/cmp"
)

func TestReleasesAreReadInAllFormsAndSorted(t *testing.T) {
	for _, c := range []struct {
		name, out string
		want      []string
	}{
		{"nothing", "", nil},
		{"blank", "\n", nil},
		{"one", `{"name":"a","version":"1.0.0"}`, []string{"1.0.0"}},
		{"a list out of order", `[{"version":"1.10.0"},{"version":"1.9.0"},{"version":"2.0.0-rc.1"}]`, []string{"1.9.0", "1.10.0"}},
		{"a warning before it", "npm warn config x\n[{\"version\":\"1.0.0\"}]", []string{"1.0.0"}},
		{"a warning with a bracket before it", "npm warn [x] {y}\n{\"version\":\"1.0.0\"}", []string{"1.0.0"}},
		{"not versions", `[{"version":"one"},{"version":""}]`, nil},
		{"deprecated in two forms", `[{"version":"1.0.0","deprecated":false},{"version":"1.0.1","deprecated":"old"}]`, []string{"1.0.0", "1.0.1"}},
	} {
		list, err := parseReleases([]byte(c.out))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, r := range list {
			got = append(got, r.Version)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	for _, out := range []string{"error", "[", `"1.0.0"`, "[1]", `{"version":1}`} {
		if list, err := parseReleases([]byte(out)); !errors.Is(err, manager.ErrRegistry) {
			t.Errorf("%q: got %v, %v", out, list, err)
		}
	}
}

func FuzzParseReleases(f *testing.F) {
	for _, out := range []string{"", "{}", "[]", `{"version":"1.0.0","dependencies":{"a":"1"}}`, `[{"version":"1.0.0-a"},{"version":"2.0.0","deprecated":[1]}]`, "npm warn {\n[]"} {
		f.Add([]byte(out))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		list, err := parseReleases(out)
		if err != nil {
			return
		}
		if !slices.IsSortedFunc(list, func(a, b release) int { return a.parsed.Compare(b.parsed) }) {
			t.Errorf("%q: not sorted", out)
		}
		for _, r := range list {
			r.release().Need("a")
		}
	})
}

func TestNPMFaultSaysWhatMatters(t *testing.T) {
	for _, c := range []struct{ out, want string }{
		{"npm error code E404\nnpm error 404 Not Found - GET http://x/y - Not found\nnpm error A complete log of this run can be found in: /x/y-debug-0.log\n",
			"code E404; 404 Not Found - GET http://x/y - Not found"},
		{"npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect\nnpm ERR! errno ECONNREFUSED\nnpm ERR! FetchError: request to http://x failed\n" +
			"npm ERR! network This is a problem related to network connectivity.\n", "code ECONNREFUSED; FetchError: request to http://x failed"},
		{"no prefix at all", "no prefix at all"},
		{"", ""},
		{strings.Repeat("npm error line\n", 50), strings.TrimSuffix(strings.Repeat("line; ", 6), "; ")},
	} {
		if got := npmFault(c.out); got != c.want {
			t.Errorf("%q: got %q, want %q", c.out, got, c.want)
		}
	}
}

func TestOnlyNamesOfPackagesReachTheCommandLine(t *testing.T) {
	for _, name := range []string{"", "../../x", "..", "-g", "--registry=http://evil", "a b", "a;b", "/etc", "a/b", "@a", "@/b", "@a/b/c", "@-a/../x", "a@1", "a\n", "@a/-b", ".a", "http://x", "$(x)", "a\x00b"} {
		if packageName.MatchString(name) {
			t.Errorf("%q counts as a name", name)
		}
	}
	for _, name := range []string{"a", "lodash.merge", "@a/b", "JSONStream", "@angular-devkit/x_y.z", "~a", "3d"} {
		if !packageName.MatchString(name) {
			t.Errorf("%q does not count as a name", name)
		}
	}
}
