package golang

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shop is what most stories are about: a is needed directly, b through it, and other stands beside them.
const shop = `
lib.example/a v1.0.0 go1.17 lib.example/b@v1.0.0
lib.example/a v1.1.0 go1.17 lib.example/b@v1.2.0
lib.example/a v1.2.0 go1.17 lib.example/b@v1.2.0 lib.example/c@v1.0.0
lib.example/a v1.3.0 go1.24 lib.example/b@v1.2.0
lib.example/b v1.0.0 go1.17
lib.example/b v1.1.0 go1.17
lib.example/b v1.2.0 go1.17
lib.example/c v1.0.0 go1.17
lib.example/other v1.0.0 go1.17
lib.example/other v1.9.0 go1.17
`

const shopFiles = `
-- go.mod --
module shop.example/app // the shop

go 1.18

require (
	lib.example/a v1.0.0 // what it stands on
	lib.example/other v1.0.0
)

require lib.example/b v1.0.0 // indirect
-- main.go --
package main

import (
	_ "lib.example/a"
	_ "lib.example/other"
)

func main() { this is no Go }
`

func TestOnlyWhatIsAskedForMoves(t *testing.T) {
	for _, c := range []struct {
		name, served, files string
		upgrades            []string
		want                string
	}{
		{"a direct requirement", shop, shopFiles, []string{"lib.example/other@1.9.0"}, `
go.mod -	lib.example/other v1.0.0
go.mod +	lib.example/other v1.9.0
go.sum -lib.example/other v1.0.0
go.sum -lib.example/other v1.0.0/go.mod
go.sum +lib.example/other v1.9.0
go.sum +lib.example/other v1.9.0/go.mod
`},
		{"an indirect one, to the version asked for and not the newest", shop, shopFiles, []string{"lib.example/b@1.1.0"}, `
go.mod -require lib.example/b v1.0.0 // indirect
go.mod +require lib.example/b v1.1.0 // indirect
go.sum -lib.example/b v1.0.0
go.sum -lib.example/b v1.0.0/go.mod
go.sum +lib.example/b v1.1.0
go.sum +lib.example/b v1.1.0/go.mod
`},
		{"what the new version needs along with it", shop, shopFiles, []string{"lib.example/a@1.2.0"}, `
go.mod -	lib.example/a v1.0.0 // what it stands on
go.mod -require lib.example/b v1.0.0 // indirect
go.mod +	lib.example/a v1.2.0 // what it stands on
go.mod +require lib.example/b v1.2.0 // indirect
go.mod +require lib.example/c v1.0.0 // indirect
go.sum -lib.example/a v1.0.0
go.sum -lib.example/a v1.0.0/go.mod
go.sum -lib.example/b v1.0.0
go.sum -lib.example/b v1.0.0/go.mod
go.sum +lib.example/a v1.2.0
go.sum +lib.example/a v1.2.0/go.mod
go.sum +lib.example/b v1.2.0
go.sum +lib.example/b v1.2.0/go.mod
go.sum +lib.example/c v1.0.0
go.sum +lib.example/c v1.0.0/go.mod
`},
		{"two at once", shop, shopFiles, []string{"lib.example/b@1.1.0", "lib.example/other@1.9.0"}, `
go.mod -	lib.example/other v1.0.0
go.mod -require lib.example/b v1.0.0 // indirect
go.mod +	lib.example/other v1.9.0
go.mod +require lib.example/b v1.1.0 // indirect
go.sum -lib.example/b v1.0.0
go.sum -lib.example/b v1.0.0/go.mod
go.sum -lib.example/other v1.0.0
go.sum -lib.example/other v1.0.0/go.mod
go.sum +lib.example/b v1.1.0
go.sum +lib.example/b v1.1.0/go.mod
go.sum +lib.example/other v1.9.0
go.sum +lib.example/other v1.9.0/go.mod
`},
		{"a module that go.mod does not name", shop, strings.ReplaceAll(strings.ReplaceAll(shopFiles, "go 1.18", "go 1.16"), "\nrequire lib.example/b v1.0.0 // indirect\n", ""),
			[]string{"lib.example/b@1.1.0"}, `
go.mod +	lib.example/b v1.1.0 // indirect
go.sum -lib.example/b v1.0.0
go.sum +lib.example/b v1.1.0
go.sum +lib.example/b v1.1.0/go.mod
`},
		{"and is needed no more", shop + "lib.example/a v1.4.0 go1.17\n", shopFiles, []string{"lib.example/a@1.4.0"}, `
go.mod -	lib.example/a v1.0.0 // what it stands on
go.mod -require lib.example/b v1.0.0 // indirect
go.mod +	lib.example/a v1.4.0 // what it stands on
go.sum -lib.example/a v1.0.0
go.sum -lib.example/a v1.0.0/go.mod
go.sum -lib.example/b v1.0.0
go.sum -lib.example/b v1.0.0/go.mod
go.sum +lib.example/a v1.4.0
go.sum +lib.example/a v1.4.0/go.mod
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.served, c.files)
			text := w.read("go.mod")
			w.tidy("")
			w.write("go.mod", text) // the go command has sorted and formatted it
			p := w.project("go.mod")
			d, err := w.Derive(t.Context(), w.dir, p, upgrades(c.upgrades...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), w.diff(d.Texts)); diff != "" {
				t.Error(diff)
			}
			if len(d.Stale) > 0 || len(d.Notes) > 0 {
				t.Errorf("stale %q, notes %q", d.Stale, d.Notes)
			}
			again, err := w.Derive(t.Context(), w.dir, p, upgrades(c.upgrades...))
			if diff := cmp.Diff(d, again); err != nil || diff != "" {
				t.Errorf("a second time: %v %s", err, diff)
			}
			for name, text := range d.Texts {
				w.write(name, text)
			}
			w.outside("", "list", "-mod=readonly", "-deps", "-test", "./...")
			again, err = w.Derive(t.Context(), w.dir, w.project("go.mod"), upgrades(c.upgrades...))
			if err != nil || len(again.Texts) > 0 {
				t.Errorf("on the tree with the fix: %v %s", err, w.diff(again.Texts))
			}
		})
	}
}

func TestAModuleWithoutSourcesKeepsItsRequirements(t *testing.T) {
	w := newWorld(t, shop, shopFiles)
	w.tidy("")
	if err := os.Remove(w.dir + "/main.go"); err != nil {
		t.Fatal(err)
	}
	d, err := w.Derive(t.Context(), w.dir, w.project("go.mod"), upgrades("lib.example/b@1.1.0"))
	if err != nil {
		t.Fatal(err)
	}
	want := `go.mod -require lib.example/b v1.0.0 // indirect
go.mod +require lib.example/b v1.1.0 // indirect
go.sum +lib.example/b v1.1.0
go.sum +lib.example/b v1.1.0/go.mod
`
	if diff := cmp.Diff(want, w.diff(d.Texts)); diff != "" || len(d.Notes) != 1 {
		t.Errorf("%s notes %q", diff, d.Notes)
	}
}
