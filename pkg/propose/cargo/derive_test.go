package cargo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

const served = `
web 1.0.0 http@^0.2
web 1.1.0 http@^0.2
web 1.2.0 http@^0.3
web 2.0.0 http@^0.3
http 0.2.0 bytes@^1
http 0.2.5 bytes@^1
http 0.2.9 bytes@^1
http 0.3.0 bytes@^1 rust=1.70
http 0.3.1 bytes@^1
bytes 1.0.0
bytes 1.4.0
other 1.0.0
other 1.5.0
log 0.4.0
log 0.4.5 yanked
log 0.4.9
`

const app = `
-- Cargo.toml --
[package]
name = "app" # the shop
version = "0.1.0"
edition = "2021"

[dependencies]
web = "1.0" # what it stands on
other = { version = '1.0.0', default-features = true }

[[bin]]
name = "shop"
-- src/main.rs --
this is no Rust
-- src/bin/shop.rs --
nor this
-- build.rs --
neither is this
`

var pins = []string{"web>1.0.0", "http>0.2.0", "bytes>1.0.0", "other>1.0.0"}

func TestOnlyWhatIsAskedForMoves(t *testing.T) {
	for _, c := range []struct {
		name, files string
		upgrades    []string
		want        string
	}{
		{"a transitive crate, to the version asked for and not the newest", app, []string{"http@0.2.0>0.2.5"}, `
Cargo.lock -version = "0.2.0"
Cargo.lock +version = "0.2.5"
`},
		{"a direct one within its requirement", app, []string{"web@1.0.0>1.1.0"}, `
Cargo.lock +version = "1.1.0"
`},
		{"a direct one beyond it", app, []string{"!web@1.0.0>2.0.0"}, `
Cargo.lock -version = "0.2.0"
Cargo.lock +version = "0.3.1"
Cargo.lock +version = "2.0.0"
Cargo.toml -web = "1.0" # what it stands on
Cargo.toml +web = "2.0" # what it stands on
`},
		{"a holder and then its own", app, []string{"web@1.0.0>1.2.0", "http@0.2.0>0.3.0"}, `
Cargo.lock -version = "0.2.0"
Cargo.lock +version = "1.2.0"
Cargo.lock +version = "0.3.0"
`},
		{"two at once", app, []string{"http@0.2.0>0.2.5", "bytes@1.0.0>1.4.0"}, `
Cargo.lock +version = "1.4.0"
Cargo.lock -version = "0.2.0"
Cargo.lock +version = "0.2.5"
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, served, c.files)
			w.lockWith(pins...)
			p := w.project("Cargo.lock")
			d, err := w.Derive(t.Context(), w.dir, p, upgrades(c.upgrades...))
			if err != nil {
				t.Fatal(err)
			}
			if got := w.diff(d.Texts); !sameLines(strings.TrimPrefix(c.want, "\n"), got) {
				t.Error(cmp.Diff(strings.TrimPrefix(c.want, "\n"), got))
			}
			if len(d.Stale) > 0 || len(d.Notes) > 0 {
				t.Errorf("stale %q, notes %q", d.Stale, d.Notes)
			}
			again, err := w.Derive(t.Context(), w.dir, p, upgrades(c.upgrades...))
			if diff := cmp.Diff(d, again); err != nil || diff != "" {
				t.Errorf("a second time: %v %s", err, diff)
			}
		})
	}
}

func sameLines(a, b string) bool {
	count := map[string]int{}
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestTheLockfileKeepsItsOwnForm(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(string) string
	}{
		{"an older format", func(s string) string { return strings.Replace(s, "version = 4", "version = 3", 1) }},
		{"without a format", func(s string) string { return strings.Replace(s, "version = 4\n\n", "", 1) }},
		{"other line ends", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
		{"another head", func(s string) string { return "# ours\n" + s }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, served, app)
			w.lockWith(pins...)
			w.write("Cargo.lock", c.make(w.read("Cargo.lock")))
			d, err := w.Derive(t.Context(), w.dir, w.project("Cargo.lock"), upgrades("http@0.2.0>0.2.5"))
			if err != nil {
				t.Fatal(err)
			}
			was, is := strings.Split(w.read("Cargo.lock"), "\n"), strings.Split(d.Texts["Cargo.lock"], "\n")
			n := 0
			for i := range min(len(was), len(is)) {
				if was[i] != is[i] {
					n++
				}
			}
			if len(was) != len(is) || n != 2 {
				t.Errorf("%d and %d lines, %d differ:\n%s", len(was), len(is), n, d.Texts["Cargo.lock"])
			}
		})
	}
}

const workspace = `
-- Cargo.toml --
[workspace]
members = ["crates/*"]

[workspace.dependencies]
web = "1.0.0"
-- crates/a/Cargo.toml --
[package]
name = "a"
version = "0.1.0"

[dependencies]
web.workspace = true
b = { path = "../b" }
-- crates/a/src/lib.rs --
-- crates/b/Cargo.toml --
[package]
name = "b"
version = "0.1.0"

[target.'cfg(unix)'.dependencies.renamed]
package = "other"
version = "1.0"

[dev-dependencies]
log = "=0.4.0"
-- crates/b/src/lib.rs --
`

func TestTheRequirementMovesWhereItStands(t *testing.T) {
	for _, c := range []struct {
		name, upgrade, want string
	}{
		{"in the workspace", "!web@1.0.0>2.0.0", "Cargo.toml +web = \"2.0.0\"\n"},
		{"of a member, exact", "!log@0.4.0>0.4.9", "crates/b/Cargo.toml +log = \"=0.4.9\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, served, workspace)
			w.lockWith("web>1.0.0", "other>1.0.0")
			d, err := w.Derive(t.Context(), w.dir, w.project("Cargo.lock"), upgrades(c.upgrade))
			if err != nil {
				t.Fatal(err)
			}
			if got := w.diff(d.Texts); !strings.Contains(got, c.want) || !strings.Contains(got, "Cargo.lock +version") {
				t.Error(got)
			}
		})
	}
}

func TestARequirementThatHoldsAnOldCopyForOthersStays(t *testing.T) {
	files := strings.ReplaceAll(app, "other = {", "http = \"0.2\"\nother = {")
	w := newWorld(t, served, files)
	w.lockWith(pins...)
	d, err := w.Derive(t.Context(), w.dir, w.project("Cargo.lock"), upgrades("!http@0.2.0>0.3.0"))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.diff(d.Texts); !strings.Contains(got, "Cargo.toml +http = \"0.3\"\n") || !strings.Contains(got, "Cargo.lock +version = \"0.3.0\"\n") || strings.Contains(got, "web") || strings.Contains(got, "-version = \"0.2.0\"") {
		t.Error(got)
	}
}

// missing is a machine without cargo.
type missing struct{}

func (missing) Run(context.Context, string, sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{}, fmt.Errorf("run: %w", &sandbox.NotFoundError{Program: "cargo"})
}

func TestWithoutCargoTheManifestMovesAndTheLockfileIsStale(t *testing.T) {
	w := newWorld(t, served, app)
	w.lockWith(pins...)
	w.Cargo.Run = missing{}
	p := w.project("Cargo.lock")
	d, err := w.Derive(t.Context(), w.dir, p, upgrades("!web@1.0.0>2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Cargo.lock"}, d.Stale); diff != "" || !strings.Contains(d.Why, "cargo update -p web@1.0.0 --precise 2.0.0") || len(d.Texts) != 1 {
		t.Errorf("%s %s %v", diff, d.Why, d.Texts)
	}
	if _, err := w.Derive(t.Context(), w.dir, p, upgrades("http@0.2.0>0.2.5")); !errors.Is(err, fettle.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if _, err := w.Releases(t.Context(), p, fettle.Package{Name: "web", Version: "1.0.0"}); !errors.Is(err, manager.ErrNoTool) {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeDoneIsRefusedWithTheReason(t *testing.T) {
	for _, c := range []struct {
		name, upgrade string
		kind          error
		want          string
	}{
		{"a version that its holder does not take", "http@0.2.0>0.3.0", fettle.ErrRefused, "http"},
		{"a version that is not served", "http@0.2.0>0.2.7", fettle.ErrRefused, "http 0.2.7 is not served, or it is yanked"},
		{"another", "other@1.0.0>1.0.7", fettle.ErrRefused, "other 1.0.7 is not served"},
		{"a name that is an option", "--x@1.0.0>1.0.1", fettle.ErrRefused, "not a name of a crate"},
		{"a version that is none", "http@0.2.0>latest", fettle.ErrRefused, "not a version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, served, app)
			w.lockWith(pins...)
			_, err := w.Derive(t.Context(), w.dir, w.project("Cargo.lock"), upgrades(c.upgrade))
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestReleasesSayWhatTheIndexTells(t *testing.T) {
	w := newWorld(t, served, app)
	list, err := w.Releases(t.Context(), fettle.Project{}, fettle.Package{Name: "http", Version: "0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list {
		got = append(got, fmt.Sprint(r.Version, " ", r.Published.Format("2006-01-02"), " ", r.Toolchain, r.Yanked, r.Needs))
	}
	want := []string{"0.2.9 2024-01-07 [{bytes ^1}]", "0.3.0 2024-01-08 rust 1.70[{bytes ^1}]", "0.3.1 2024-01-09 [{bytes ^1}]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if list, err = w.Releases(t.Context(), fettle.Project{}, fettle.Package{Name: "log", Version: "0.4.1"}); err != nil || len(list) != 2 || list[0].Yanked != "yanked" {
		t.Errorf("%v %v", list, err)
	}
	w.status = 503
	if _, err := w.Releases(t.Context(), fettle.Project{}, fettle.Package{Name: "none", Version: "1.0.0"}); !errors.Is(err, manager.ErrRegistry) {
		t.Errorf("got %v", err)
	}
	w.Close()
	if _, err := w.Releases(t.Context(), fettle.Project{}, fettle.Package{Name: "bytes", Version: "1.0.0"}); !errors.Is(err, manager.ErrUnreached) || !errors.Is(err, manager.ErrRegistry) {
		t.Errorf("got %v", err)
	}
}

func TestNoConfigurationOfTheRepositoryRedirectsOrRuns(t *testing.T) {
	w := newWorld(t, served, app+`-- .cargo/config.toml --
[build]
rustc-wrapper = "/bin/evil"
rustc = "/bin/evil"

[source.crates-io]
replace-with = "evil"

[source.evil]
registry = "sparse+http://evil.example/"

[registries.own]
index = "sparse+http://user:secret@own.example/"
token = "secret"

[registries.crates-io]
index = "sparse+http://evil.example/"
`)
	w.lockWith(pins...)
	s, err := w.stage(w.dir, w.project("Cargo.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove()
	staged := &world{t: t, dir: s.dir}
	want := fmt.Sprintf("\"source\".\"crates-io\".\"replace-with\" = \"here\"\n\"source\".\"here\".\"registry\" = \"sparse+%s/index/\"\n\"registries\".\"own\".\"index\" = \"sparse+http://own.example/\"\n", w.URL)
	if diff := cmp.Diff(want, staged.read(".cargo/config.toml")); diff != "" {
		t.Error(diff)
	}
	if got := staged.read("tree/src/main.rs") + staged.read("tree/src/bin/shop.rs"); got != "" {
		t.Errorf("sources were copied: %q", got)
	}
}
