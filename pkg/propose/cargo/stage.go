package cargo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of a copy.
const (
	maxManifests = 5000
	maxBytes     = 256 << 20
	maxStubs     = 20_000
)

// tree is the folder of a stage that stands for the repository.
const tree = "tree"

// stage is a copy of the manifests of a repository and one lockfile, in which cargo resolves. Sources are not copied: where
// a target needs one, an empty file stands for it. Paths are relative to the repository.
type stage struct {
	dir    string
	files  map[string]string // manifests and the lockfile, as they were
	lock   string            // path of the lockfile; "" where there is none
	config string            // registries that the repository names
	vendor string            // the folder that the repository has cargo take crates from; "" is none
	stubs  int
}

// stage copies what cargo needs to resolve. A project that cannot be copied is refused.
func (c *Cargo) stage(root string, p fettle.Project) (*stage, error) {
	s := &stage{files: map[string]string{}}
	if path.Base(p.Lockfile) == "Cargo.lock" {
		s.lock = p.Lockfile
	}
	if err := s.copy(c, root, p); err != nil {
		s.remove()
		return nil, fmt.Errorf("copy the manifests of %q: %w", p.Lockfile, err)
	}
	return s, nil
}

func (s *stage) remove() {
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // what stays behind is in a temporary folder
	}
}

func (s *stage) copy(c *Cargo, root string, p fettle.Project) error {
	from, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer from.Close()
	if s.dir, err = os.MkdirTemp(c.Temp, "cargo-"); err != nil {
		return err
	}
	if s.dir, err = filepath.EvalSymlinks(s.dir); err != nil {
		return err
	}
	left := int64(maxBytes)
	err = fs.WalkDir(from.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (e.Name() == "target" || e.Name() == ".git" || e.Name() == "node_modules"):
			return fs.SkipDir
		case !e.Type().IsRegular() || e.Name() != "Cargo.toml" && name != s.lock:
			return nil
		case len(s.files) >= maxManifests:
			return fmt.Errorf("more than %d manifests: %w", maxManifests, fettle.ErrRefused)
		}
		text, err := read(from, name, left)
		if err != nil {
			return err
		}
		left -= int64(len(text))
		s.files[name] = text
		return nil
	})
	if err != nil {
		return err
	}
	if s.lock != "" {
		if _, ok := s.files[s.lock]; !ok {
			return fmt.Errorf("there is no %s: %w", s.lock, fettle.ErrRefused)
		}
	}
	if _, ok := s.files[path.Join(p.Dir, "Cargo.toml")]; !ok {
		return fmt.Errorf("there is no Cargo.toml beside it that cargo could resolve: %w", fettle.ErrRefused)
	}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if path.Base(name) == "Cargo.toml" {
			if err := s.stub(from, name); err != nil {
				return err
			}
		}
	}
	if err := s.configure(c, from, p.Dir); err != nil {
		return err
	}
	return s.write(s.files)
}

func read(from *os.Root, name string, limit int64) (string, error) {
	f, err := from.Open(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("manifests and lockfile are larger than %d MiB: %w", maxBytes>>20, fettle.ErrRefused)
	}
	return string(data), err
}

// stub makes empty files for the targets of a package, those that its manifest names and those that cargo finds by itself
// (https://doc.rust-lang.org/cargo/reference/cargo-targets.html#target-auto-discovery).
func (s *stage) stub(from *os.Root, manifest string) error {
	doc, _, err := document.ParseTOML([]byte(s.files[manifest]))
	if err != nil {
		return nil // cargo says what is wrong with it
	}
	pkg := doc.Get("package")
	if pkg == nil {
		pkg = doc.Get("project")
	}
	if pkg == nil {
		return nil
	}
	dir := path.Dir(manifest)
	made := 0
	add := func(name string) error {
		name = path.Join(dir, strings.ReplaceAll(name, "\\", "/"))
		if s.stubs++; s.stubs > maxStubs || !filepath.IsLocal(filepath.FromSlash(name)) || path.Ext(name) != ".rs" {
			return nil
		}
		made++
		return write(filepath.Join(s.dir, tree), name, "")
	}
	has := func(name string) bool {
		info, err := from.Stat(filepath.FromSlash(path.Join(dir, name)))
		return err == nil && info.Mode().IsRegular()
	}
	for _, name := range []string{"src/lib.rs", "src/main.rs"} {
		if has(name) {
			if err := add(name); err != nil {
				return err
			}
		}
	}
	if build := pkg.Get("build"); build.Is(document.String) {
		if err := add(build.Text); err != nil {
			return err
		}
		made--
	}
	for _, kind := range []struct{ table, folder string }{{"bin", "src/bin"}, {"example", "examples"}, {"test", "tests"}, {"bench", "benches"}} {
		for _, t := range doc.Get(kind.table).List() {
			file := t.Get("path").Str()
			if file == "" && t.Get("name").Str() != "" {
				file = kind.folder + "/" + t.Get("name").Str() + ".rs"
			}
			if err := add(file); err != nil {
				return err
			}
		}
	}
	if file := doc.Get("lib").Get("path").Str(); file != "" {
		return add(file)
	}
	if made == 0 || doc.Get("lib") != nil {
		return add("src/lib.rs")
	}
	return nil
}

// configure writes cargo's configuration: the user's, and registries that the repository names and the user does not.
func (s *stage) configure(c *Cargo, from *os.Root, dir string) error {
	for {
		for _, name := range []string{"config.toml", "config"} {
			text, err := read(from, path.Join(dir, ".cargo", name), maxConfig)
			if err != nil {
				continue
			}
			s.config += scrubbed(text, false)
			if v := vendored(text); v != "" {
				s.vendor = path.Join(dir, v)
			}
			break
		}
		if dir == "" || dir == "." {
			break
		}
		if dir = path.Dir(dir); dir == "." {
			dir = ""
		}
	}
	have := map[string]bool{}
	var out strings.Builder
	for line := range strings.Lines(c.Config + s.config) {
		key, _, _ := strings.Cut(line, " = ")
		if !have[key] {
			have[key] = true
			out.WriteString(line)
		}
	}
	return write(s.dir, ".cargo/config.toml", out.String())
}

// vendored is the folder that a configuration puts in the place of the registry.
func vendored(text string) string {
	doc, _, err := document.ParseTOML([]byte(text))
	if err != nil {
		return ""
	}
	source := doc.Get("source")
	with := source.Get("crates-io").Get("replace-with").Str()
	if with == "" {
		return ""
	}
	return source.Get(with).Get("directory").Str()
}

func (s *stage) write(files map[string]string) error {
	for name, text := range files {
		if err := write(filepath.Join(s.dir, tree), name, text); err != nil {
			return err
		}
	}
	return nil
}

func write(dir, name, text string) error {
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// now reads the lockfile as cargo left it.
func (s *stage) now() (string, error) {
	at := filepath.Join(s.dir, tree, filepath.FromSlash(s.lock))
	info, err := os.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("cargo left no %s: %w", s.lock, fettle.ErrRefused)
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || info.Size() > maxBytes:
		return "", fmt.Errorf("cargo left no readable %s: %w", s.lock, fettle.ErrRefused)
	}
	data, err := os.ReadFile(at)
	return string(data), err
}

// key names the stage's content and what is asked of it.
func (s *stage) key(p fettle.Project, upgrades []fettle.Upgrade) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		fmt.Fprintf(h, "%q %q\n", name, s.files[name])
	}
	fmt.Fprintf(h, "%q %q\n", p.Lockfile, s.config)
	for _, u := range upgrades {
		fmt.Fprintf(h, "%q %q %q %q\n", u.Package, u.To, u.Kind, u.Range)
	}
	return hex.EncodeToString(h.Sum(nil))
}
