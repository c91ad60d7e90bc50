package golang

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const workspaceFiles = `
-- go.work --
go 1.18

use (
	./app
	./lib
)
-- app/go.mod --
module shop.example/app

go 1.18

require lib.example/a v1.0.0

require lib.example/b v1.0.0 // indirect
-- app/main.go --
package main

import _ "lib.example/a"

func main() {}
-- lib/go.mod --
module shop.example/lib

go 1.18

require lib.example/other v1.0.0
-- lib/lib.go --
package lib

import _ "lib.example/other"
`

func TestOfAWorkspaceTheMembersMoveThatAsk(t *testing.T) {
	w := newWorld(t, shop, workspaceFiles)
	w.tidy("app", "lib")
	d, err := w.Derive(t.Context(), w.dir, w.project("go.work"), upgrades("lib.example/b@1.1.0"))
	if err != nil {
		t.Fatal(err)
	}
	want := `app/go.mod -require lib.example/b v1.0.0 // indirect
app/go.mod +require lib.example/b v1.1.0 // indirect
app/go.sum -lib.example/b v1.0.0
app/go.sum -lib.example/b v1.0.0/go.mod
app/go.sum +lib.example/b v1.1.0
app/go.sum +lib.example/b v1.1.0/go.mod
`
	got := w.diff(d.Texts)
	var kept []string
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "go.work.sum") {
			kept = append(kept, line)
		}
	}
	if diff := cmp.Diff(want, strings.Join(kept, "")); diff != "" {
		t.Error(diff)
	}
	for name, text := range d.Texts {
		w.write(name, text)
	}
	w.outside("", "list", "-deps", "./app/...")
}

func TestAMemberMovesThatNeedsAnotherInAVersionNobodyServes(t *testing.T) {
	files := strings.ReplaceAll(workspaceFiles, "require lib.example/other v1.0.0\n", "require lib.example/other v1.0.0\n\nrequire shop.example/app v0.0.0\n")
	w := newWorld(t, shop, files)
	w.tidy("app")
	w.write("lib/go.sum", w.outsideSum("lib.example/other v1.0.0"))
	d, err := w.Derive(t.Context(), w.dir, w.project("go.work"), upgrades("lib.example/other@1.9.0"))
	if err != nil {
		t.Fatal(err)
	}
	got := w.diff(d.Texts)
	if !strings.Contains(got, "lib/go.mod +require lib.example/other v1.9.0\n") || !strings.Contains(got, "lib/go.sum +lib.example/other v1.9.0\n") {
		t.Error(got)
	}
}

// outsideSum asks the go command for the sums of one module.
func (w *world) outsideSum(mod string) string {
	w.t.Helper()
	name, version, _ := strings.Cut(mod, " ")
	w.write("sums/go.mod", "module sums.example/x\n\ngo 1.18\n\nrequire "+name+" "+version+"\n")
	w.write("sums/x.go", "package x\n\nimport _ \""+name+"\"\n")
	w.outsideOff("sums", "mod", "tidy")
	return w.read("sums/go.sum")
}
