package sandbox

import (
	"path/filepath"
)

// toolCredentials are files that hold what a package manager logs in with, and that may lie in a directory of programs:
// a variable names the directory, or it is a fixed one.
var toolCredentials = []struct {
	variable, dir string
	names         []string
}{
	{"CARGO_HOME", "/usr/local/cargo", []string{"credentials", "credentials.toml"}},
	{"GEM_HOME", "/usr/local/bundle", []string{"credentials", "config"}},
	{"BUNDLE_APP_CONFIG", "", []string{"config"}},
	{"GRADLE_USER_HOME", "", []string{"gradle.properties"}},
	{"COMPOSER_HOME", "", []string{"auth.json"}},
	{"POETRY_HOME", "", []string{"auth.toml"}},
}

// credentialFiles returns where toolCredentials may be.
func credentialFiles(lookup func(string) (string, bool)) []string {
	var paths []string
	for _, c := range toolCredentials {
		dirs := []string{c.dir}
		if dir, ok := lookup(c.variable); ok {
			dirs = append(dirs, dir)
		}
		for _, dir := range dirs {
			if !filepath.IsAbs(dir) {
				continue
			}
			for _, name := range c.names {
				paths = append(paths, filepath.Join(dir, name))
			}
		}
	}
	return paths
}
