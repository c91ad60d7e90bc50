package project

import (
	"os"
	"path/filepath"
	"slices"
)

// skippedDirs hold installed or foreign code, or version control.
var skippedDirs = []string{".git", ".hg", ".svn", ".fettle", "node_modules", "bower_components", "jspm_packages", "site-packages", "__pycache__", ".tox", ".nox", ".gradle", ".terraform"}

// vendored are the files by which a folder of another name is known to hold what a package manager put there.
var vendored = map[string][]string{
	"vendor": {"modules.txt", "composer/installed.json", "bundle"},
	".venv":  {"pyvenv.cfg"}, "venv": {"pyvenv.cfg"}, "env": {"pyvenv.cfg"}, ".env": {"pyvenv.cfg"},
	"target": {"CACHEDIR.TAG"},
	"Pods":   {"Manifest.lock"},
}

// SkippedDir reports whether the folder at the path p, called name, is not looked at: its content is installed, and a
// lockfile elsewhere says what.
func SkippedDir(p, name string) bool {
	return slices.Contains(skippedDirs, name) || slices.ContainsFunc(vendored[name], func(mark string) bool {
		_, err := os.Stat(filepath.Join(p, filepath.FromSlash(mark)))
		return err == nil
	})
}
