package golang

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// missing is a machine without Go.
type missing struct{}

func (missing) Run(context.Context, string, sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{}, fmt.Errorf("run: %w", &sandbox.NotFoundError{Program: "go"})
}

// answering gives the same answer to each command.
type answering struct {
	code int
	text string
}

func (a answering) Run(context.Context, string, sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{Code: a.code, Output: a.text}, nil
}

func TestWhatCannotBeDoneIsRefusedWithTheReason(t *testing.T) {
	for _, c := range []struct {
		name, files, upgrade, want string
	}{
		{"a replaced module", shopFiles + "-- x --\n", "lib.example/other@1.9.0", "go.mod:13 replaces lib.example/other with ./fork, so a requirement has no effect; move that line by hand"},
		{"what stands in another's place", shopFiles, "lib.example/c@1.9.0", "go.mod:12 replaces lib.example/zed with lib.example/c v1.0.0"},
		{"a go line that would rise", shopFiles, "lib.example/a@1.3.0", "lib.example/a 1.3.0 would raise the go line of go.mod from 1.18 to 1.24"},
		{"a version that is no version", shopFiles, "lib.example/a@latest", `"latest" is not a version of lib.example/a`},
		{"a path that is an option", shopFiles, "-x@1.0.0", `"-x" is not a path of a module`},
		{"a go.mod that does not parse", strings.ReplaceAll(shopFiles, "require (", "require [("), "lib.example/a@1.1.0", "go.mod:5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, shop, c.files)
			if strings.Contains(c.want, "replaces") {
				w.write("go.mod", w.read("go.mod")+"\nreplace lib.example/zed => lib.example/c v1.0.0\nreplace lib.example/other => ./fork\n")
			} else if !strings.Contains(c.want, "go.mod:5") {
				w.tidy("")
			}
			_, err := w.Derive(t.Context(), w.dir, fettle.Project{Manager: "go", Lockfile: "go.mod", Manifest: "go.mod"}, upgrades(c.upgrade))
			if !errors.Is(err, fettle.ErrRefused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAGoLineRisesWhereThatIsAllowed(t *testing.T) {
	w := newWorld(t, shop, shopFiles)
	w.tidy("")
	w.Raise = true
	d, err := w.Derive(t.Context(), w.dir, w.project("go.mod"), upgrades("lib.example/a@1.3.0"))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.diff(d.Texts); !strings.Contains(got, "go.mod +go 1.24\n") || !strings.Contains(got, "go.mod +	lib.example/a v1.3.0") {
		t.Error(got)
	}
	if len(d.Notes) != 1 {
		t.Errorf("notes %q", d.Notes)
	}
}

func TestWithoutAGoCommandTheRequirementMovesAndTheSumsAreStale(t *testing.T) {
	for _, c := range []struct {
		name string
		run  manager.Runner
		why  string
	}{
		{"there is none", missing{}, "there is no go command, so"},
		{"it is too old", answering{1, "go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)\n"}, "the installed Go cannot read the module (go.mod requires go >= 1.99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, shop, shopFiles+"-- go.sum --\nsomething\n-- vendor/modules.txt --\n# lib.example/a v1.0.0\n")
			w.Go.Run = c.run
			d, err := w.Derive(t.Context(), w.dir, w.project("go.mod"), upgrades("lib.example/a@1.1.0", "lib.example/b@1.1.0"))
			if err != nil {
				t.Fatal(err)
			}
			want := `go.mod -	lib.example/a v1.0.0 // what it stands on
go.mod -require lib.example/b v1.0.0 // indirect
go.mod +	lib.example/a v1.1.0 // what it stands on
go.mod +require lib.example/b v1.1.0 // indirect
`
			if diff := cmp.Diff(want, w.diff(d.Texts)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"go.sum", "vendor/modules.txt"}, d.Stale); diff != "" || !strings.Contains(d.Why, c.why) || !strings.Contains(d.Why, "go mod vendor") {
				t.Errorf("%s %s", diff, d.Why)
			}
		})
	}
}

func TestOnlyTheLineThatChoosesTheGoRises(t *testing.T) {
	for _, c := range []struct{ name, files, want string }{
		{"a go line", "-- go.mod --\nmodule a.example/x\n\ngo 1.21.3 // pinned\n", "go.mod -go 1.21.3 // pinned\ngo.mod +go 1.21.8 // pinned\n"},
		{"a go line without patch", "-- go.mod --\nmodule a.example/x\n\ngo 1.21\n", "go.mod -go 1.21\ngo.mod +go 1.21.8\n"},
		{"a toolchain line", "-- go.mod --\nmodule a.example/x\n\ngo 1.20\n\ntoolchain go1.21.3\n", "go.mod -toolchain go1.21.3\ngo.mod +toolchain go1.21.8\n"},
		{"that of a workspace", "-- go.work --\ngo 1.21.3\n\nuse ./m\n-- m/go.mod --\nmodule a.example/m\n\ngo 1.21.3\n", "go.work -go 1.21.3\ngo.work +go 1.21.8\n"},
		{"with other line ends", "-- go.mod --\nmodule a.example/x\r\n\r\ngo 1.21.3\r\n", "go.mod -go 1.21.3\r\ngo.mod +go 1.21.8\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "", c.files)
			file := "go.mod"
			if strings.Contains(c.files, "go.work") {
				file = "go.work"
			}
			w.Go.Run = missing{} // no tool is needed
			d, err := w.Derive(t.Context(), w.dir, w.project(file), upgrades("stdlib@1.21.8", "toolchain@1.21.5"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, w.diff(d.Texts)); diff != "" || len(d.Stale) > 0 || len(d.Notes) != 1 {
				t.Errorf("%s stale %q notes %q", diff, d.Stale, d.Notes)
			}
		})
	}
}

func TestNoSourceOfTheProjectReachesTheGoCommand(t *testing.T) {
	w := newWorld(t, shop, shopFiles+"-- testdata/x.go --\npackage x\n-- sub/go.mod --\nmodule other\n-- sub/x.go --\npackage x\n-- secret.txt --\nx\n")
	if err := os.Symlink("/etc/passwd", w.dir+"/link.go"); err != nil {
		t.Fatal(err)
	}
	s, err := w.stage(w.dir, w.project("go.mod"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove()
	staged := &world{t: t, dir: s.dir + "/tree"}
	var names []string
	for name := range filesIn(t, staged.dir) {
		names = append(names, name)
	}
	if len(names) != 2 {
		t.Errorf("staged %q", names)
	}
	want := "package main\n\nimport (\n\t_ \"lib.example/a\"\n\t_ \"lib.example/other\"\n)\n"
	if diff := cmp.Diff(want, staged.read("main.go")); diff != "" {
		t.Error(diff)
	}
}

func filesIn(t *testing.T, dir string) map[string]bool {
	names := map[string]bool{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names
}
