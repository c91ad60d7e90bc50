package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Project names what is to be built.
type Project struct {
	Dir        string   // "" is the root
	Ecosystems []string // as OSV names them; none takes what the files say
	Lockfile   string   // path from the root; "" takes the one that wins
}

// Options are what a plan depends on beside the tree.
type Options struct {
	Settings Settings          // what fettle.yaml declares for the project
	Fetch    []string          // KEY=VALUE for package managers, in the network phase
	Cache    string            // the sandbox's cache folder; "" for none
	Tool     func(string) bool // reports whether a program is there; nil takes every one to be
}

// maxManifest bounds a manifest that is parsed whole, maxLock a lockfile.
const (
	maxManifest = 4 << 20
	maxLock     = 32 << 20
)

// ecosystem detects the projects of one ecosystem.
type ecosystem struct {
	name   string // as OSV has it
	claims func(f folder) bool
	detect func(f folder, project Project, o Options) (Plan, error)
}

// ecosystems, the one whose lockfile says the most first: a Makefile or a package.json beside a go.mod drives tools.
var ecosystems = []ecosystem{
	{"npm", claimsNode, detectNode},
	{"Go", func(f folder) bool { return f.has("go.mod") }, detectGo},
	{"crates.io", func(f folder) bool { return f.has("Cargo.toml") }, detectCargo},
	{"Maven", func(f folder) bool { return f.has("pom.xml") || claimsGradle(f) }, detectJVM},
	{"PyPI", claimsPython, detectPython},
	{"NuGet", claimsNuGet, detectNuGet},
	{"RubyGems", func(f folder) bool { return f.has("Gemfile.lock") || f.has("Gemfile") }, detectBundler},
	{"Packagist", func(f folder) bool { return f.has("composer.json") }, detectComposer},
	{"", func(f folder) bool { return f.has("Makefile") || f.has("makefile") || f.has("GNUmakefile") }, detectMake},
}

// ToolError says which program is needed and not there.
type ToolError struct {
	Program string
	Right   string // what would be right
}

func (e *ToolError) Error() string {
	return fmt.Sprintf("program %q is not on the PATH; %s", e.Program, e.Right)
}

const declare = "name commands for the project in validate.projects of fettle.yaml"

// Detect reads how a project is installed, built and tested. It runs nothing. What the tree's own files make of the
// commands that it returns is for the sandbox to hold.
func Detect(t Tree, project Project, o Options) (Plan, error) {
	if o.Tool == nil {
		o.Tool = func(string) bool { return true }
	}
	f := openFolder(t, project.Dir)
	var plans []Plan
	for _, e := range ecosystems {
		if len(project.Ecosystems) == 0 && (len(plans) > 0 || !e.claims(f)) ||
			len(project.Ecosystems) > 0 && !slices.Contains(project.Ecosystems, e.name) {
			continue
		}
		p, err := e.detect(f, project, o)
		var tool *ToolError
		if errors.As(err, &tool) && o.Settings.Install != nil && o.Settings.Test != nil {
			err = nil // what is declared may not need it
		}
		if err != nil {
			p.Dir = project.Dir
			return p, err
		}
		plans = append(plans, p)
	}
	p := Plan{At: project.Dir, Manager: "declared"}
	if len(plans) > 0 {
		p = plans[0]
	} else if o.Settings.Install == nil && o.Settings.Test == nil {
		return p, fmt.Errorf("nothing in %s says how it is built and tested; %s", Place(project.Dir), declare)
	}
	for _, other := range plans[min(1, len(plans)):] {
		if other.At != p.At {
			return p, fmt.Errorf("%s is built by %s in %s and by %s in %s; %s", Place(project.Dir), p.Manager, Place(p.At), other.Manager, Place(other.At), declare)
		}
		p = p.with(other)
	}
	p.Dir = project.Dir
	return declared(p, o), nil
}

// with returns what does both.
func (p Plan) with(q Plan) Plan {
	p.text = p.text || q.text || (len(p.Reports) == 0) != (len(q.Reports) == 0)
	p.Manager += " and " + q.Manager
	if p.Files == nil {
		p.Files = map[string]string{}
	}
	maps.Copy(p.Files, q.Files)
	p.Install, p.Scripts = append(p.Install, q.Install...), append(p.Scripts, q.Scripts...)
	p.Build, p.Test = append(p.Build, q.Build...), append(p.Test, q.Test...)
	for i := range p.Test {
		p.Test[i].Alone = true
	}
	p.Reports, p.Notes = append(p.Reports, q.Reports...), append(p.Notes, q.Notes...)
	p.Env, p.Fetch, p.Offline = append(p.Env, q.Env...), append(p.Fetch, q.Fetch...), append(p.Offline, q.Offline...)
	return p
}

// declared puts what is configured in the place of what was found out.
func declared(p Plan, o Options) Plan {
	s := o.Settings
	p.Timeout = time.Duration(s.Timeout)
	p.Fetch = append(p.Fetch, o.Fetch...)
	if s.Install != nil || s.Build != nil || s.Test != nil || s.Proof != nil {
		p.At = p.Dir
	}
	if s.Install != nil {
		p.Install, p.Scripts = steps(s.Install), nil
	}
	if s.Build != nil {
		p.Build = steps(s.Build)
	}
	if s.Test != nil {
		p.Test, p.Reports = steps(s.Test), nil
	}
	if s.Results != nil {
		p.Reports = s.Results
	}
	p.Proof = steps(s.Proof)
	return p
}

// folder is a directory of a tree.
type folder struct {
	tree  Tree
	dir   string
	names []string // of all files below, relative to dir, sorted
}

func openFolder(t Tree, dir string) folder {
	f := folder{tree: t, dir: dir}
	for _, name := range t.Below(dir) {
		if dir != "" {
			name = strings.TrimPrefix(name, dir+"/")
		}
		f.names = append(f.names, name)
	}
	return f
}

func (f folder) has(name string) bool {
	_, found := slices.BinarySearch(f.names, name)
	return found
}

// first returns the first of names that is there, and "".
func (f folder) first(names ...string) string {
	for _, name := range names {
		if f.has(name) {
			return name
		}
	}
	return ""
}

// glob returns the files that a pattern matches, ** crossing folders.
func (f folder) glob(pattern string) []string {
	var all []string
	for _, name := range f.names {
		if matches(pattern, name) {
			all = append(all, name)
		}
	}
	return all
}

// path returns where a file of f lies in the tree.
func (f folder) path(name string) string { return path.Join(f.dir, name) }

// text returns a file of at most limit bytes, and "" where there is none.
func (f folder) text(name string, limit int) (string, error) {
	if !f.has(name) {
		return "", nil
	}
	text, err := f.tree.Read(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", f.path(name), err)
	}
	if len(text) > limit {
		return "", fmt.Errorf("read %s: larger than %d bytes", f.path(name), limit)
	}
	return strings.TrimPrefix(text, "\ufeff"), nil
}

// need returns an error where a program is not there.
func (o Options) need(program, right string) error {
	if o.Tool(program) {
		return nil
	}
	return &ToolError{program, right}
}

// cache returns the folder of a tool's downloads: in the sandbox's cache, else in the work copy.
func (o Options) cache(name string) string {
	if o.Cache == "" {
		return "{at}/" + scratchPath(name)
	}
	return path.Join(o.Cache, name)
}

// fetched returns the value of a variable of the network phase, and "".
func (o Options) fetched(name string) string {
	value := ""
	for _, kv := range o.Fetch {
		if key, v, _ := strings.Cut(kv, "="); key == name {
			value = v
		}
	}
	return value
}
