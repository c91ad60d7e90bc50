package discover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxFile is the largest lockfile or manifest that is read, in bytes.
const maxFile = 64 << 20

// lockNames are npm's lockfiles, the one that counts first.
var lockNames = []string{"npm-shrinkwrap.json", "package-lock.json"}

// tree is what a walk met.
type tree struct {
	lockfiles []string
	manifests []string
	others    map[string]bool // folders with another package manager's lockfile for JavaScript
	gaps      []fettle.Gap
}

// foreign reports whether dir or a folder above it has another package manager's lockfile, which is a gap already.
func (t tree) foreign(dir string) bool {
	for ; ; dir = parentDir(dir) {
		if t.others[dir] {
			return true
		}
		if dir == "" {
			return false
		}
	}
}

// walk lists the npm files below repo.Path in lexical order, leaving out folders that hold others' code. An npm-shrinkwrap
// beside a package-lock wins, as npm has it.
func walk(ctx context.Context, repo fettle.Repo) (tree, error) {
	t := tree{others: map[string]bool{}}
	unread := map[string][]string{} // files by ecosystem
	if repo.Path != "" && !filepath.IsLocal(filepath.FromSlash(repo.Path)) {
		return t, fmt.Errorf("look at %q: want a path inside the repository", repo.Path)
	}
	start := filepath.Join(repo.Dir, filepath.FromSlash(repo.Path))
	err := filepath.WalkDir(start, func(p string, e fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, relErr := filepath.Rel(repo.Dir, p)
		if relErr != nil {
			return relErr
		}
		rel = filepath.ToSlash(rel)
		if err != nil {
			if p == start {
				return fmt.Errorf("read %s: %w", p, err)
			}
			t.gaps = append(t.gaps, gap(rel, 0, "cannot be read: "+plainError(err).Error()))
			return nil
		}
		name := e.Name()
		npms := slices.Contains(lockNames, name) || name == "package.json"
		switch kind := unreadKind(name); {
		case e.IsDir() && p != start && slices.Contains(skippedDirs, name):
			return fs.SkipDir
		case e.IsDir() && p != start && npms:
			t.gaps = append(t.gaps, gap(rel, 0, "is a folder; npm reads a file of this name"))
		case e.IsDir():
		case slices.Contains(lockNames, name):
			t.lockfiles = append(t.lockfiles, rel)
		case npms:
			t.manifests = append(t.manifests, rel)
		case kind != "":
			unread[kind] = append(unread[kind], rel)
			t.others[parentDir(rel)] = t.others[parentDir(rel)] || slices.Contains([]string{"yarn", "pnpm", "bun"}, kind)
		case e.Type()&fs.ModeSymlink != 0 && !slices.Contains(skippedDirs, name) && leadsOut(repo.Dir, p):
			t.gaps = append(t.gaps, gap(rel, 0, "is a link to a folder outside of the repository, which was not looked at"))
		}
		return nil
	})
	t.lockfiles = slices.DeleteFunc(t.lockfiles, func(file string) bool {
		return path.Base(file) == "package-lock.json" && slices.Contains(t.lockfiles, path.Join(parentDir(file), "npm-shrinkwrap.json"))
	})
	for _, kind := range sortedKeys(unread) {
		reason := kind + " is not read by this version, so its packages were not checked"
		if n := len(unread[kind]) - 1; n > 0 {
			reason += fmt.Sprintf(" (and %d more such files)", n)
		}
		t.gaps = append(t.gaps, gap(unread[kind][0], 0, reason))
	}
	return t, err
}

// leadsOut reports whether the link p is to a folder outside of root. What is inside is met on its own.
func leadsOut(root, p string) bool {
	info, err := os.Stat(p)
	if err != nil || !info.IsDir() {
		return false
	}
	target, err := filepath.EvalSymlinks(p)
	if err != nil {
		return false
	}
	if whole, err := filepath.EvalSymlinks(root); err == nil {
		root = whole
	}
	rel, err := filepath.Rel(root, target)
	return err != nil || !filepath.IsLocal(rel)
}

// readFile reads a regular file of the repository, never through a symbolic link that leads out of it.
func readFile(root, file string) ([]byte, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := dir.OpenFile(filepath.FromSlash(file), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not block
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", plainError(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("cannot be read: not a regular file")
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("larger than %d MiB, not read", maxFile>>20)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", plainError(err))
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d MiB, not read", maxFile>>20)
	}
	return data, nil
}

func isFile(root, file string) bool {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return false
	}
	defer dir.Close()
	info, err := dir.Stat(filepath.FromSlash(file))
	return err == nil && info.Mode().IsRegular()
}

// plainError leaves out the path, which the gap names already and which here is that of a machine.
func plainError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// skippedDirs hold installed or foreign code, or version control.
var skippedDirs = []string{".git", ".hg", ".svn", "node_modules", "bower_components", "jspm_packages", ".fettle"}

// unreadKind returns the ecosystem of a file that holds dependencies and is not read yet, or "".
func unreadKind(name string) string {
	if kind := unread[name]; kind != "" {
		return kind
	}
	switch ext := path.Ext(name); {
	case ext == ".csproj" || ext == ".fsproj" || ext == ".vbproj":
		return "NuGet"
	case ext == ".txt" && strings.HasPrefix(name, "requirements"):
		return "pip"
	}
	return ""
}

// unread names the ecosystem of files that hold dependencies and are not read yet.
var unread = map[string]string{
	"yarn.lock": "yarn", "pnpm-lock.yaml": "pnpm", "bun.lock": "bun", "bun.lockb": "bun", "deno.lock": "Deno",
	"pom.xml": "Maven", "build.gradle": "Gradle", "build.gradle.kts": "Gradle", "gradle.lockfile": "Gradle",
	"poetry.lock": "Poetry", "uv.lock": "uv", "pdm.lock": "PDM", "Pipfile.lock": "Pipenv", "Pipfile": "Pipenv", "pylock.toml": "pip",
	"pyproject.toml": "Python", "setup.py": "Python", "go.mod": "Go", "packages.lock.json": "NuGet", "packages.config": "NuGet",
	"Cargo.lock": "Cargo", "Cargo.toml": "Cargo", "Gemfile.lock": "Bundler", "Gemfile": "Bundler", "composer.lock": "Composer", "composer.json": "Composer",
	"pubspec.lock": "Pub", "mix.lock": "Hex", "Podfile.lock": "CocoaPods", "Package.resolved": "Swift", "conan.lock": "Conan", "renv.lock": "R",
}
