package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/golang"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// calls follows the calls of Go programs. It makes a sandbox only where there is a finding of Go.
type calls struct {
	env      *environment
	settings project.Settings
	log      func(string, ...any)
}

// Correlate loads each Go module with findings in a sandbox. A machine without Go, such as fettle's own image, follows no
// calls: each finding says so and counts as reached, which loses nothing, so it is no gap.
func (c calls) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	if !slices.ContainsFunc(scene.Findings, func(f fettle.Finding) bool { return f.Package.Ecosystem == "Go" }) {
		return fettle.Correlation{}, nil
	}
	if !c.env.has("go") {
		return without(scene), nil
	}
	cache := filepath.Join(filepath.Dir(c.env.databasePath()), "go")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return fettle.Correlation{}, fmt.Errorf("make the cache of Go modules: %w", err)
	}
	modules, err := golang.ModuleCache(cache)
	if err != nil {
		return fettle.Correlation{}, err
	}
	temp, remove, err := scratch()
	if err != nil {
		return fettle.Correlation{}, err
	}
	defer remove()
	box, err := sandbox.New(sandbox.Options{Cache: modules, Temp: temp, Env: c.env.lookup, Log: c.log})
	if err != nil {
		return fettle.Correlation{}, err
	}
	return golang.Analyst{Run: box, Settings: c.settings, Temp: temp, Cache: cache, Log: c.log}.Correlate(ctx, scene)
}

// without says of each finding of Go that nobody followed its calls.
func without(scene fettle.Scene) fettle.Correlation {
	all := map[fettle.ID][]fettle.Evidence{}
	for _, f := range scene.Findings {
		if f.Package.Ecosystem == "Go" {
			why := "there is no Go toolchain here to follow calls with"
			all[f.ID] = []fettle.Evidence{{Signal: fettle.Reach, Status: fettle.Unknown, Source: "govulncheck", Text: why, Why: why}}
		}
	}
	return fettle.Correlation{Evidence: all}
}

// has reports whether a program is on the PATH.
func (env *environment) has(program string) bool {
	for _, dir := range filepath.SplitList(env.getenv("PATH")) {
		info, err := os.Stat(filepath.Join(dir, program))
		if filepath.IsAbs(dir) && err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}
