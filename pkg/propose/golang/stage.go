package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of a copy.
const (
	maxFiles   = 200_000
	maxBytes   = 512 << 20
	maxModules = 2000
	maxMod     = 4 << 20 // of a go.mod or go.work
	maxHead    = 4 << 20 // of a source file: its imports stand at its head
)

// stage is a copy of the modules that are built together: their go.mod, go.sum and go.work, and of each source file what
// stands above and in its imports, because tidying needs to know what is imported. Paths are relative to the repository.
type stage struct {
	dir     string            // of the copy; the tree is below tree
	files   map[string]string // go.mod, go.sum, go.work and go.work.sum, as they were
	members []string          // folders of the modules that the project is; "" is the repository's root
	work    string            // path of the go.work; "" without one
	sources string            // a sum of the sources
	coded   map[string]bool   // folders of modules that have source files
}

// tree is the folder of a stage that stands for the repository.
const tree = "tree"

// stage copies what the go command needs to resolve. A project that cannot be copied is refused.
// Bare, it is without sources.
func (g *Go) stage(root string, p fettle.Project, bare bool) (*stage, error) {
	s := &stage{files: map[string]string{}, coded: map[string]bool{}}
	if err := s.copy(g.Temp, root, p, bare); err != nil {
		s.remove()
		return nil, fmt.Errorf("copy the modules of %q: %w", p.Lockfile, err)
	}
	return s, nil
}

func (s *stage) remove() {
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // what stays behind is in a temporary folder
	}
}

func (s *stage) copy(temp, root string, p fettle.Project, bare bool) error {
	from, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer from.Close()
	if s.dir, err = os.MkdirTemp(temp, "go-"); err != nil {
		return err
	}
	if s.dir, err = filepath.EvalSymlinks(s.dir); err != nil {
		return err
	}
	c := &copier{stage: s, from: from, left: maxBytes, sum: sha256.New(), needed: map[string]bool{}}
	if path.Base(p.Lockfile) == "go.work" {
		s.work = p.Lockfile
		if err := c.workspace(p.Lockfile); err != nil {
			return err
		}
	} else {
		c.add(p.Dir)
		s.members = []string{p.Dir}
	}
	for i := 0; i < len(c.dirs); i++ {
		if err := c.manifest(c.dirs[i], i < len(s.members)); err != nil {
			return err
		}
	}
	for _, dir := range c.dirs {
		if bare {
			break
		}
		if err := c.sources(dir); err != nil {
			return err
		}
	}
	s.sources = hex.EncodeToString(c.sum.Sum(nil))
	return s.write(s.files)
}

// copier fills a stage.
type copier struct {
	*stage
	from  *os.Root
	left  int64
	count int
	sum   interface {
		io.Writer
		Sum([]byte) []byte
	}
	dirs   []string // of modules
	needed map[string]bool
}

func (c *copier) add(dir string) {
	if !c.needed[dir] {
		c.needed[dir] = true
		c.dirs = append(c.dirs, dir)
	}
}

// read reads the first limit bytes of a regular file; whole is false where there are more. It follows no link out of the tree.
func (c *copier) read(name string, limit int64) (text string, whole bool, err error) {
	f, err := c.from.Open(filepath.FromSlash(name))
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", false, fmt.Errorf("%s is not a regular file", name)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", false, err
	}
	whole = int64(len(data)) <= limit
	if !whole {
		data = data[:limit]
	}
	if c.left -= int64(len(data)); c.left < 0 {
		return "", false, fmt.Errorf("its modules are larger than %d MiB: %w", maxBytes>>20, fettle.ErrRefused)
	}
	return string(data), whole, nil
}

// keep reads a file of the go command into the stage; ok is false where there is none.
func (c *copier) keep(name string) (text string, ok bool, err error) {
	text, whole, err := c.read(name, maxMod*8)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	case !whole:
		return "", false, fmt.Errorf("%s is larger than %d MiB: %w", name, maxMod*8>>20, fettle.ErrRefused)
	}
	c.files[name] = text
	return text, true, nil
}

// workspace reads a go.work and adds the modules that it uses.
func (c *copier) workspace(name string) error {
	text, ok, err := c.keep(name)
	if err != nil || !ok {
		return errors.Join(err, fettle.ErrRefused)
	}
	f, err := modfile.ParseWork(name, []byte(unmarked(text)), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	dir := parent(name)
	if _, _, err := c.keep(path.Join(dir, "go.work.sum")); err != nil {
		return err
	}
	for _, use := range f.Use {
		if at, ok := inTree(dir, use.Path); ok {
			c.add(at)
		}
	}
	c.members = slices.Clone(c.dirs)
	for _, r := range f.Replace {
		if at, ok := inTree(dir, r.New.Path); ok && r.New.Version == "" {
			c.add(at)
		}
	}
	return nil
}

// manifest reads the go.mod of a module and adds the folders that it puts in the place of modules.
func (c *copier) manifest(dir string, isMember bool) error {
	if len(c.dirs) > maxModules {
		return fmt.Errorf("more than %d modules: %w", maxModules, fettle.ErrRefused)
	}
	name := path.Join(dir, "go.mod")
	text, ok, err := c.keep(name)
	if err != nil {
		return err
	}
	if !ok {
		if isMember {
			return fmt.Errorf("there is no %s: %w", name, fettle.ErrRefused)
		}
		return nil
	}
	if _, _, err := c.keep(path.Join(dir, "go.sum")); err != nil {
		return err
	}
	f, err := modfile.ParseLax(name, []byte(unmarked(text)), nil)
	if isMember {
		f, err = modfile.Parse(name, []byte(unmarked(text)), lenient)
	}
	if err != nil {
		if !isMember {
			return nil
		}
		return fmt.Errorf("%w: %w", err, fettle.ErrRefused)
	}
	for _, r := range f.Replace {
		if at, ok := inTree(dir, r.New.Path); ok && r.New.Version == "" {
			c.add(at)
		}
	}
	return nil
}

// sources copies the heads of the source files of a module. Its packages are those that the go command finds by the pattern
// ./..., which leaves out testdata and what begins with a dot or an underscore.
func (c *copier) sources(dir string) error {
	top := dir
	if top == "" {
		top = "."
	}
	return fs.WalkDir(c.from.FS(), top, func(name string, e fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			if name == top && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		case e.IsDir() && name == top:
			return nil
		case e.IsDir() && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "vendor" || base == "node_modules"):
			return fs.SkipDir
		case e.IsDir():
			if info, err := fs.Lstat(c.from.FS(), path.Join(name, "go.mod")); err == nil && info.Mode().IsRegular() {
				return fs.SkipDir // another module
			}
			return nil
		case !e.Type().IsRegular() || path.Ext(base) != ".go" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"):
			return nil
		}
		if c.count++; c.count > maxFiles {
			return fmt.Errorf("more than %d source files: %w", maxFiles, fettle.ErrRefused)
		}
		text, _, err := c.read(name, maxHead)
		if err != nil {
			return err
		}
		c.coded[dir] = true
		head := headOf(text)
		fmt.Fprintf(c.sum, "%q %q\n", name, head)
		return c.write(map[string]string{name: head})
	})
}

// headOf returns a source file up to the end of its imports. What does not parse stays as it is, for the go command to judge.
func headOf(text string) string {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, "", text, parser.ImportsOnly|parser.SkipObjectResolution)
	if f == nil || err != nil {
		return text
	}
	end := f.Name.End()
	for _, d := range f.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			end = max(end, d.End())
		}
	}
	at := files.Position(end)
	if at.Offset <= 0 || at.Offset > len(text) {
		return text
	}
	return text[:at.Offset] + "\n"
}

func (s *stage) write(files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(s.dir, tree, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// reset puts the files of the go command back as they were.
func (s *stage) reset(names ...string) error {
	for _, name := range names {
		text, ok := s.files[name]
		if !ok {
			if err := os.Remove(filepath.Join(s.dir, tree, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if err := s.write(map[string]string{name: text}); err != nil {
			return err
		}
	}
	return nil
}

// now reads a file as the go command left it; "" where there is none.
func (s *stage) now(name string) (string, error) {
	at := filepath.Join(s.dir, tree, filepath.FromSlash(name))
	info, err := os.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || info.Size() > maxMod*16:
		return "", fmt.Errorf("the go command left no readable %s: %w", name, fettle.ErrRefused)
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
	fmt.Fprintf(h, "%s %q\n", s.sources, p.Lockfile)
	for _, u := range upgrades {
		fmt.Fprintf(h, "%q %q\n", u.Package, u.To)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// inTree resolves a folder that a file in dir names; false where it leads out of the tree.
func inTree(dir, to string) (string, bool) {
	to = strings.ReplaceAll(to, "\\", "/")
	if path.IsAbs(to) || len(to) > 1 && to[1] == ':' {
		return "", false
	}
	switch to = path.Join(dir, to); {
	case to == "..", strings.HasPrefix(to, "../"):
		return "", false
	case to == ".":
		to = ""
	}
	return to, true
}

// parent is the folder of a file; "" is the root.
func parent(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}

const mark = "\ufeff"

// unmarked is text without the mark that some editors put before it.
func unmarked(text string) string { return strings.TrimPrefix(text, mark) }

// lenient lets what is no version pass, such as a branch.
func lenient(_, version string) (string, error) { return version, nil }
