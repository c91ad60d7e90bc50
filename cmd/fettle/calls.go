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

// Correlate loads each Go module with findings in a sandbox.
func (c calls) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	if !slices.ContainsFunc(scene.Findings, func(f fettle.Finding) bool { return f.Package.Ecosystem == "Go" }) {
		return fettle.Correlation{}, nil
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
