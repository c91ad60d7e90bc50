package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/propose/bundler"
	"github.com/fettle-dev/fettle/pkg/propose/cargo"
	"github.com/fettle-dev/fettle/pkg/propose/composer"
	"github.com/fettle-dev/fettle/pkg/propose/golang"
	"github.com/fettle-dev/fettle/pkg/propose/jvm"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/node"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
	"github.com/fettle-dev/fettle/pkg/propose/nuget"
	"github.com/fettle-dev/fettle/pkg/propose/python"
	"github.com/fettle-dev/fettle/pkg/propose/surface"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// tools are the package managers that fixes are drafted with, and what each must know of the user's own configuration: where
// packages come from, free of secrets, and where what is fetched may be kept.
type tools struct {
	cache    string // what the fetch phase may write
	npm      []string
	golang   []string
	cargo    []string
	crates   string // cargo's configuration
	python   []string
	nuget    []string
	packages string // NuGet's configuration
	bundler  []string
	composer []string
	php      string // Composer's configuration
}

// newTools finds the settings of the package managers. Empty is an empty folder, in which npm is asked for its own.
func newTools(ctx context.Context, env *environment, cache, empty string) (tools, error) {
	t := tools{cache: cache}
	if err := os.MkdirAll(filepath.Join(cache, "npm"), 0o700); err != nil {
		return t, err
	}
	t.npm = append(npmSettings(ctx, env, empty), "npm_config_cache="+filepath.Join(cache, "npm"))
	t.golang = append(golang.Settings(cache, env.getenv), "GOMODCACHE="+modules(cache)) // the one that validation has
	t.cargo, t.crates = cargo.Settings(cache, env.getenv)
	t.python = python.Settings(cache, env.getenv)
	t.nuget, t.packages = nuget.Settings(cache, env.getenv)
	t.bundler = bundler.Settings(cache, env.getenv)
	t.composer, t.php = composer.Settings(cache, env.getenv)
	return t, nil
}

// modules is the cache of Go modules below that of all package managers.
func modules(cache string) string { return filepath.Join(cache, "go-mod") }

// managers are asked in this order who drafts for a project.
func (t tools) managers(box *sandbox.Sandbox, rescan discover.Dependencies, temp string, log func(string, ...any)) []manager.Manager {
	registry := &npm.NPM{Run: box, Discover: rescan, Temp: temp, Env: t.npm, Dates: true}
	list := []manager.Manager{
		registry,
		&node.PNPM{Run: box, Registry: registry, Temp: temp, Env: t.npm},
		&node.Yarn{Run: box, Registry: registry, Temp: temp, Env: t.npm},
		&golang.Go{Run: box, Temp: temp, Env: t.golang, Log: log},
		&cargo.Cargo{Run: box, Temp: temp, Env: t.cargo, Config: t.crates, Log: log},
		&nuget.NuGet{Run: box, Temp: temp, Env: t.nuget, Config: t.packages, Log: log},
		&jvm.Maven{Settings: rescan.Settings, Temp: temp, Log: log},
		&bundler.Bundler{Run: box, Temp: temp, Env: t.bundler, Log: log},
		&composer.Composer{Run: box, Temp: temp, Env: t.composer, Config: t.php, Log: log},
		&jvm.Gradle{Settings: rescan.Settings, Temp: temp, Log: log},
	}
	return append(list, python.Managers(&python.Tools{Run: box, Temp: temp, Env: t.python, Log: log})...)
}

// sources are the settings that say where packages come from. Where the other managers' downloads are kept is for who runs
// them to say, in both phases alike.
func (t tools) sources() []string {
	list := slices.Clone(t.npm)
	for _, v := range slices.Concat(t.golang, t.cargo, t.python, t.nuget, t.bundler, t.composer) {
		if _, value, _ := strings.Cut(v, "="); !strings.HasPrefix(value, t.cache) {
			list = append(list, v)
		}
	}
	return list
}

// survey says what of the repository's own code an upgrade may break.
func (t tools) survey(box *sandbox.Sandbox, temp string, log func(string, ...any)) *surface.Checker {
	of := map[string][]string{"npm": t.npm, "Go": t.golang, "PyPI": t.python}
	return &surface.Checker{Run: box, Temp: temp, Env: func(ecosystem string) []string { return of[ecosystem] }, Log: log}
}
