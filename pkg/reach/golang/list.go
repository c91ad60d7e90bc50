package golang

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// build is the default build of one module or workspace, as the go command sees it.
type build struct {
	root, tree string // the writable directory, the copy of the repository in it
	job        job
	members    []member
	goVersion  string
	platform   string
	goroot     string
	cgo        bool
	native     bool               // cgo would be needed, and there is no C compiler
	packages   map[string]*listed // by import path
	order      []string           // import paths, dependencies first
	broken     []string           // why packages were left out
	left       map[string]bool    // own packages that were left out
	modules    []listedModule     // all of the build list, longest path first; none with a vendor folder
	declared   map[*listed]declarations
	used       map[*listed]uses
	links      []linkname
}

// member is a main module.
type member struct{ Path, Dir string }

type listedModule struct {
	Path, Version, Dir, GoVersion string
	Main                          bool
	Replace                       *listedModule
}

// listed is one package as go list tells it.
type listed struct {
	ImportPath, Name, Dir                     string
	Standard, DepOnly                         bool
	Module                                    *listedModule
	GoFiles, CgoFiles, IgnoredGoFiles, SFiles []string
	Imports                                   []string
	ImportMap                                 map[string]string
	Error                                     *listError
	DepsErrors                                []*listError
}

type listError struct {
	Pos string
	Err string
}

const fields = "-json=ImportPath,Name,Dir,Standard,DepOnly,Module,GoFiles,CgoFiles,IgnoredGoFiles,SFiles,Imports,ImportMap,Error,DepsErrors"

// load asks the go command for the packages of the build, with cgo only where they need it.
func (b *build) load(ctx context.Context) error {
	var env struct{ GOVERSION, GOOS, GOARCH, GOROOT string }
	out, err := b.run(ctx, filepath.Join(b.tree, filepath.FromSlash(b.job.Dir)), "env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOROOT")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &env); err != nil {
		return fmt.Errorf("read what go env says: %w", err)
	}
	b.goVersion, b.platform, b.goroot = env.GOVERSION, env.GOOS+"/"+env.GOARCH, env.GOROOT
	if err := b.findMembers(ctx); err != nil {
		return err
	}
	for range 40 { // each round makes up one file of each package that asks for one
		if err := b.list(ctx); err != nil {
			return err
		}
		if !b.cgo && b.needsCgo() {
			if b.cgo = hasCompiler(); !b.cgo {
				b.native = true
				break
			}
			if err := os.Setenv("CGO_ENABLED", "1"); err != nil {
				return err
			}
			continue
		}
		if !b.makeUpEmbedded() {
			break
		}
	}
	b.leaveBroken()
	if len(b.top()) == 0 && len(b.broken) > 0 {
		return errors.New(b.broken[0])
	}
	return nil
}

// run runs the go command in dir and returns what it prints. The error is what it complains of.
func (b *build) run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && stderr.Len() > 0 {
		return out, errors.New(stderr.String())
	}
	return out, fmt.Errorf("go %s: %w", args[0], err)
}

func (b *build) findMembers(ctx context.Context) error {
	out, err := b.run(ctx, filepath.Join(b.tree, filepath.FromSlash(b.job.Dir)), "list", "-m", "-json")
	if err != nil {
		return err
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var m listedModule
		if err := d.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("read the main modules: %w", err)
		}
		if m.Dir != "" && m.Main {
			b.members = append(b.members, member{m.Path, m.Dir})
		}
	}
	if len(b.members) == 0 {
		return errors.New("the go command finds no main module; want a go.mod with a module line")
	}
	// The full build list is there only without a vendor folder, and is needed only for what the default build leaves out.
	out, err = b.run(ctx, b.members[0].Dir, "list", "-m", "-e", "-json", "all")
	if err != nil {
		return nil
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var m listedModule
		if d.Decode(&m) != nil {
			break
		}
		b.modules = append(b.modules, m)
	}
	slices.SortStableFunc(b.modules, func(x, y listedModule) int { return len(y.Path) - len(x.Path) })
	return nil
}

func (b *build) list(ctx context.Context) error {
	args := []string{"list", "-e", "-deps", fields, "--"}
	for _, m := range b.members {
		args = append(args, m.Dir+"/...")
	}
	out, err := b.run(ctx, b.members[0].Dir, args...)
	if err != nil {
		return err
	}
	b.packages, b.order = map[string]*listed{}, nil
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := &listed{}
		if err := d.Decode(p); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read what go list says: %w", err)
		}
		b.packages[p.ImportPath] = p
		b.order = append(b.order, p.ImportPath)
	}
}

// noGo is said of a folder that holds only tests, or only files of other builds.
func noGo(e *listError) bool {
	return strings.Contains(e.Err, "no non-test Go files in") || strings.Contains(e.Err, "no Go files in")
}

func constrained(e *listError) bool {
	return strings.Contains(e.Err, "build constraints exclude all Go files in")
}

// needsCgo reports whether a package has no files without cgo, or own code has some with it. A folder that has no others is
// passed over by ./..., so own folders are asked.
func (b *build) needsCgo() bool {
	for _, p := range b.packages {
		if p.Error != nil && p.DepOnly && constrained(p.Error) {
			return true
		}
	}
	o := &outsides{b: b}
	o.findRoots()
	for _, dir := range o.roots {
		if name := filepath.Base(dir); strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, file := range files[:min(len(files), maxGoFiles)] {
			if _, ok := importsOf(file)["C"]; ok && !strings.HasSuffix(file, "_test.go") && buildable(file) {
				return true
			}
		}
	}
	return false
}

func hasCompiler() bool {
	for _, name := range []string{"gcc", "clang"} {
		if _, err := exec.LookPath(name); err == nil {
			return true
		}
	}
	return false
}

var unmatched = regexp.MustCompile(`pattern (\S+): (?:no matching files found|cannot embed directory \S+: contains no embeddable files)`)

// makeUpEmbedded makes an empty file for each pattern of an own package that embeds what a build step would have made: what
// is embedded is data and calls nothing. It reports whether it made one.
func (b *build) makeUpEmbedded() bool {
	made := false
	for _, name := range b.order {
		p := b.packages[name]
		if p.Error == nil || !b.own(p) {
			continue
		}
		m := unmatched.FindStringSubmatch(p.Error.Err)
		if m == nil {
			continue
		}
		at := strings.TrimPrefix(m[1], "all:")
		if strings.ContainsAny(at, "[\\?") || !filepath.IsLocal(filepath.FromSlash(at)) {
			continue
		}
		if strings.Contains(m[0], "cannot embed directory") || path.Ext(at) == "" && !strings.Contains(at, "*") {
			at = path.Join(at, "empty.txt")
		}
		at = strings.ReplaceAll(at, "*", "empty")
		file := filepath.Join(p.Dir, filepath.FromSlash(at))
		if _, err := os.Lstat(file); err == nil {
			continue
		}
		if os.MkdirAll(filepath.Dir(file), 0o755) == nil && os.WriteFile(file, nil, 0o644) == nil {
			made = true
		}
	}
	return made
}

// own reports whether p is code of the repository.
func (b *build) own(p *listed) bool {
	if p == nil || p.Dir == "" || p.Standard {
		return false
	}
	rel, err := filepath.Rel(b.tree, p.Dir)
	return err == nil && filepath.IsLocal(rel) && !strings.Contains("/"+filepath.ToSlash(rel)+"/", "/vendor/")
}

// leaveBroken leaves own packages out that cannot be loaded, or that need one that cannot.
func (b *build) leaveBroken() {
	b.left = map[string]bool{}
	for _, name := range b.order {
		p := b.packages[name]
		if p.DepOnly {
			continue
		}
		if p.Error != nil {
			b.left[name] = true
			if !noGo(p.Error) && !constrained(p.Error) {
				b.tellBroken(p.Error)
			}
			continue
		}
		for _, e := range p.DepsErrors {
			if e != nil {
				b.left[name] = true
				b.tellBroken(e)
			}
		}
	}
}

func (b *build) tellBroken(e *listError) {
	line := e.Err
	if e.Pos != "" && !strings.HasPrefix(line, e.Pos) {
		line = e.Pos + ": " + line
	}
	line = b.plain(line)
	if len(b.broken) < 20 && !slices.Contains(b.broken, line) {
		b.broken = append(b.broken, line)
	}
}

// plain takes the paths of the machine from a message.
func (b *build) plain(text string) string {
	return strings.NewReplacer(b.tree+"/", "", b.tree, ".", os.Getenv("GOMODCACHE")+"/", "", b.goroot+"/", "").Replace(text)
}

// top returns the own packages that are looked at, sorted.
func (b *build) top() []string {
	var names []string
	for _, name := range b.order {
		if !b.packages[name].DepOnly && !b.left[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
