//go:build unix

package main

import (
	"errors"
	"os"
	"strings"
)

// goEnv is the user's own environment with the cache of modules that discovery reads.
func (b *bench) goEnv() []string {
	return append(os.Environ(), "GOMODCACHE="+b.modules(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local", "GOWORK=off")
}

// goGraph loads the graph of modules into the cache, so that discovery sees all of it before and after.
func goGraph(b *bench, t *trial, dir string) error {
	copied := dir + ".graph"
	defer os.RemoveAll(copied)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		return err
	}
	_, err := command(t.ctx, copied, b.goEnv(), "go", "list", "-m", "all")
	return err
}

// goLatest gets the newest version of each module that has a finding; the toolchain stays the one that is installed.
func goLatest(b *bench, t *trial) error {
	return b.goGet(t, t.vulnerable(false))
}

// goDirect gets the newest version of each module that go.mod names as a direct requirement. Without source code there are
// no packages for "go get -u" to start from.
func goDirect(b *bench, t *trial) error {
	out, err := command(t.ctx, t.dir, b.goEnv(), "go", "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all")
	if err != nil {
		return err
	}
	return b.goGet(t, strings.Fields(out))
}

// goGet gets the newest versions at once, or, where one of them stands in the way, one after another.
func (b *bench) goGet(t *trial, names []string) error {
	var all []string
	for _, name := range names {
		if name != "stdlib" && name != "toolchain" {
			all = append(all, name+"@latest")
		}
	}
	if len(all) == 0 {
		return errors.New("there is no module to get: what has findings is the standard library, or nothing")
	}
	_, first := command(t.ctx, t.dir, b.goEnv(), "go", append([]string{"get"}, all...)...)
	if first == nil || t.ctx.Err() != nil {
		return first
	}
	var left []string
	for _, spec := range all {
		if _, err := command(t.ctx, t.dir, b.goEnv(), "go", "get", spec); err != nil {
			left = append(left, spec)
		}
	}
	if len(left) == len(all) {
		return first
	}
	t.note("go refused them at once, so one by one; refused then: %d of %d", len(left), len(all))
	return nil
}
