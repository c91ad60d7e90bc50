package sandbox

import (
	"io/fs"
	"path/filepath"
	"slices"
	"sort"
)

// systemDirs hold programs, libraries and their configuration. What is in none of these, nor a toolchain that the
// PATH names, is not there for a command: homes, sockets, other checkouts, the state of services.
var systemDirs = []string{
	"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/etc", "/opt", "/nix/store", "/gnu/store", "/snap",
}

// prefixParts are the entries of an install prefix that a toolchain needs beside its programs. Credentials and caches
// that a prefix below a home directory may hold as well (~/.cargo/credentials.toml) are none of them.
var prefixParts = []string{
	"lib", "lib32", "lib64", "libexec", "include", "share", "conf", "jmods", "legal", "release", "pyvenv.cfg",
	"boot", "init.d", "versions", "plugins", "shims", "installs", "tools", "toolchains", "api", "misc", "pkg", "src", "go.env", "VERSION",
}

// programDirs are the names of directories whose parent is an install prefix.
var programDirs = []string{"bin", "sbin", "shims", "libexec"}

// readable returns the files and directories that a command may read, as they are named and as they really are, so that
// a PATH that goes through symbolic links works. Nothing in it lies in another.
func readable(lookup func(string) (string, bool), path []string, extra ...string) []string {
	home, _ := lookup("HOME")
	var all []string
	add := func(path string) {
		if !filepath.IsAbs(path) {
			return
		}
		path = filepath.Clean(path)
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return
		}
		for _, p := range []string{path, real} {
			if exposes(p, home) {
				continue
			}
			all = append(all, p)
		}
	}
	for _, dir := range systemDirs {
		add(dir)
	}
	v := visit{home: home, add: add, seen: map[string]bool{}}
	for _, dir := range path {
		v.programs(dir, 0)
	}
	for _, tool := range toolDirs(lookup) {
		add(tool.dir)
	}
	for _, p := range extra {
		add(p)
	}
	return outermost(all)
}

// exposes reports whether showing path would show a home directory, or all there is.
func exposes(path, home string) bool {
	if path == "/" || path == "/home" || path == "/root" || filepath.Dir(path) == "/home" {
		return true
	}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/tmp", "/var", "/var/lib"} {
		if path == dir {
			return true
		}
	}
	return filepath.IsAbs(home) && within(path, filepath.Clean(home))
}

func realAndNamed(path string) []string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == path {
		return []string{path}
	}
	return []string{path, real}
}

// outermost sorts paths and drops those that lie in another.
func outermost(paths []string) []string {
	sort.Strings(paths)
	paths = slices.Compact(paths)
	var kept []string
	for _, p := range paths {
		if !slices.ContainsFunc(kept, func(k string) bool { return within(k, p) }) {
			kept = append(kept, p)
		}
	}
	return kept
}

// present returns where the paths that are there really are.
func present(paths []string) []string {
	var real []string
	for _, path := range paths {
		if p, err := filepath.EvalSymlinks(path); err == nil {
			real = append(real, p)
		}
	}
	return outermost(real)
}

// hidden returns the entries of dir that others than their owner may not read. A sandbox that keeps the user id of root
// would read them otherwise.
func hidden(dir string) []string {
	var paths []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what the walk cannot read, the command cannot either
		}
		if d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Mode().Perm()&0o004 != 0 {
			return nil
		}
		paths = append(paths, path)
		if d.IsDir() {
			return filepath.SkipDir
		}
		return nil
	})
	return paths
}
