package golang

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

func told(list []manager.Release) string {
	var out strings.Builder
	for _, r := range list {
		fmt.Fprintf(&out, "%s", r.Version)
		if !r.Published.IsZero() {
			fmt.Fprintf(&out, " of %s", r.Published.Format("2006-01-02"))
		}
		for _, text := range []string{r.Toolchain, r.Deprecated, r.Yanked, r.Source} {
			if text != "" {
				out.WriteString(", " + text)
			}
		}
		if r.Security {
			out.WriteString(", security")
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestReleasesSayWhatAProxyTellsOfEach(t *testing.T) {
	served := `
lib.example/a v0.9.0 go1.17
lib.example/a v1.0.0 go1.17
lib.example/a v1.1.0-rc.1 go1.17
lib.example/a v1.1.0
lib.example/a v1.2.0 go1.24 retract=v1.1.0
lib.example/old v1.0.0
lib.example/old v1.1.0 deprecated=insecure-use-new
lib.example/tip v0.0.0-20240101000000-abcdefabcdef
`
	w := newWorld(t, served, "")
	delete(w.files, "/lib.example/a/@v/v1.0.0.info")
	w.files["/lib.example/tip/@v/list"] = ""
	for _, c := range []struct{ name, version, want string }{
		{"lib.example/a", "0.9.0", "0.9.0 of 2024-01-01, go 1.17\n1.1.0 of 2024-01-04, retracted: it is broken\n1.2.0 of 2024-01-05, go 1.24\n"},
		{"lib.example/a", "1.1.0", "1.1.0 of 2024-01-04, retracted: it is broken\n1.2.0 of 2024-01-05, go 1.24\n"},
		{"lib.example/old", "1.0.0", "1.0.0 of 2024-01-01, insecure-use-new, security\n1.1.0 of 2024-01-02, insecure-use-new, security\n"},
		{"lib.example/tip", "0.0.0-20230101000000-abcdefabcdef", "0.0.0-20240101000000-abcdefabcdef of 2024-01-01\n"},
	} {
		asked := len(w.asked)
		list, err := w.Releases(t.Context(), fettle.Project{}, fettle.Package{Ecosystem: "Go", Name: c.name, Version: c.version})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, told(list)); diff != "" {
			t.Errorf("%s %s: %s", c.name, c.version, diff)
		}
		if c.version == "1.1.0" && len(w.asked) > asked {
			t.Errorf("asked again: %q", w.asked[asked:])
		}
	}
}

func TestAProxyThatGivesNoAnswerIsSaid(t *testing.T) {
	for _, c := range []struct {
		name   string
		module string
		break_ func(w *world)
		want   []error
		text   string
	}{
		{"forbidden", "lib.example/a", func(w *world) { w.status = http.StatusForbidden }, []error{manager.ErrRegistry}, "403"},
		{"no such module", "lib.example/none", func(*world) {}, []error{manager.ErrRegistry}, "404"},
		{"down", "lib.example/a", func(w *world) { w.Close() }, []error{manager.ErrRegistry, manager.ErrUnreached}, "connection refused"},
		{"no path of a module", "--flag", func(*world) {}, []error{manager.ErrRegistry}, "not a path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, shop, "")
			c.break_(w)
			pkg := fettle.Package{Ecosystem: "Go", Name: c.module, Version: "1.0.0"}
			_, err := w.Releases(t.Context(), fettle.Project{}, pkg)
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("got %v, which is no %v", err, want)
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %q", err, c.text)
			}
			ran := len(w.runs)
			_, _ = w.Releases(t.Context(), fettle.Project{}, pkg)
			if len(c.want) == 2 && len(w.runs) != ran {
				t.Error("what cannot be reached was asked again")
			}
		})
	}
}

func TestReleasesWithoutAGoCommandSayWhoIsMissing(t *testing.T) {
	w := newWorld(t, shop, "")
	w.Go.Run = missing{}
	if _, err := w.Releases(t.Context(), fettle.Project{}, fettle.Package{Name: "lib.example/a", Version: "1.0.0"}); !errors.Is(err, manager.ErrNoTool) {
		t.Errorf("got %v", err)
	}
}

func TestAReleaseThatWouldRaiseTheGoLineIsNotToBeTaken(t *testing.T) {
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	served := func() []manager.Release {
		return []manager.Release{{Version: "1.0.0", Toolchain: "go 1.17", Published: day}, {Version: "1.1.0", Toolchain: "go 1.21", Published: day}, {Version: "1.2.0", Toolchain: "go 1.22.1", Published: day}, {Version: "1.3.0"}, {Version: "1.4.0", Published: day}}
	}
	for _, c := range []struct{ version, atLeast, want string }{
		{"1.22.0", "", "1.2.0 1.3.0"},
		{"1.22.1", "", ""},
		{"", "1.16.0", "1.1.0 1.2.0 1.3.0"},
		{"", "", ""},
	} {
		p := fettle.Project{Nodes: []fettle.Node{{Package: fettle.Package{Name: "stdlib", Version: c.version}, AtLeast: c.atLeast}}}
		var got []string
		for _, r := range withoutRaise(p, served()) {
			if r.Yanked != "" {
				got = append(got, r.Version)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q %q: %q, want %q", c.version, c.atLeast, got, c.want)
		}
	}
}

func TestGoItselfHasReleases(t *testing.T) {
	got := from("v1.21.3", []string{"1.20.1", "1.21.3", "1.21rc2", "1.21.9", "1.22rc1", "1.22.0", "1.22.5"}, true)
	if diff := cmp.Diff([]string{"1.21.3", "1.21.9", "1.22.0", "1.22.5"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestARequirementIsALowerBound(t *testing.T) {
	for _, c := range []struct {
		spec, version string
		admits        bool
		repinned      string
	}{
		{"v1.2.0", "1.3.0", true, "v1.3.0"},
		{"v1.2.0 // indirect", "1.2.1", true, "v1.2.1 // indirect"},
		{"v1.2.0", "1.1.0", false, "v1.1.0"},
		{">=1.21.3", "1.21.4", true, ">=1.21.4"},
		{"", "1.0.0", true, "v1.0.0"},
		{"v2.0.0+incompatible", "3.0.0+incompatible", true, "v3.0.0+incompatible"},
	} {
		g := &Go{}
		if got := g.Admits(c.spec, c.version); got != c.admits {
			t.Errorf("%q admits %s: %v", c.spec, c.version, got)
		}
		if got := g.Repin(c.spec, c.version); got != c.repinned {
			t.Errorf("%q repinned to %s is %q", c.spec, c.version, got)
		}
	}
}

func FuzzListed(f *testing.F) {
	for _, seed := range []string{"", "{\n}\n", "{\n\t\"Path\": \"a\"\n}\n", "go: downloading\n{\n\"Path\": 1\n}\n", "{\n", "\ufeff{\n}\n", "{\r\n}\r\n", "{\n{\n}\n", strings.Repeat("{\n", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) {
		list, err := parseListed(out)
		if err == nil {
			for _, m := range list {
				_ = m.release(m.Path, m.Version)
				_ = from("v1.0.0", m.Versions, true)
			}
		}
	})
}
