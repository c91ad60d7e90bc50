package project_test

import (
	"path/filepath"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestInstalledCodeIsNotLookedAt(t *testing.T) {
	dir := projecttest.Tree{
		"node_modules/a/package.json":        "{}",
		"vendor/modules.txt":                 "",
		"ours/vendor/lib.go":                 "package lib",
		"php/vendor/composer/installed.json": "{}",
		"env/prod.yaml":                      "",
		"py/env/pyvenv.cfg":                  "",
	}.Write(t)
	for path, want := range map[string]bool{
		"node_modules": true, "vendor": true, "ours/vendor": false, "php/vendor": true, "env": false, "py/env": true, "php": false,
	} {
		if got := project.SkippedDir(filepath.Join(dir, filepath.FromSlash(path)), filepath.Base(path)); got != want {
			t.Errorf("SkippedDir(%s) = %v, want %v", path, got, want)
		}
	}
}
