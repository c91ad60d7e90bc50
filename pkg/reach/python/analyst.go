package python

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Analyst answers for PyPI. What a program imports is read from its own files and from those of the distributions that are
// installed in a virtual environment in the project, beside it, or named by VIRTUAL_ENV, or that uv has unpacked in its cache. A
// distribution that the program imports and that is installed nowhere could import anything that is installed with it.
type Analyst struct{}

// Ecosystem is that of the Python Package Index.
func (Analyst) Ecosystem() string { return "PyPI" }

// Languages is Python alone.
func (Analyst) Languages() []syntax.Language { return []syntax.Language{syntax.Python} }

// Tests reports whether a file runs in tests or for development only, by its name: tests, configuration of test runners, the
// build and the documentation. A file of such a name that production code imports is production code all the same.
func (Analyst) Tests(file string) bool { return isTest(file) }

func isTest(file string) bool {
	parts := strings.Split(file, "/")
	base := parts[len(parts)-1]
	for _, dir := range parts[:len(parts)-1] {
		if dir == "tests" || dir == "test" { // testing/ and the like may be what a program is about
			return true
		}
	}
	switch base {
	case "conftest.py", "noxfile.py", "toxfile.py", "setup.py", "tests.py", "runtests.py", "docs/conf.py":
		return true
	}
	if base == "conf.py" && len(parts) > 1 && slices.Contains([]string{"doc", "docs", "source", "sphinx"}, parts[len(parts)-2]) {
		return true
	}
	return strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") || strings.HasSuffix(base, "_tests.py")
}

// Analyze reads nothing outside of the tree but installed distributions, and runs nothing.
func (Analyst) Analyze(ctx context.Context, p program.Program, targets []program.Target) ([]program.Verdict, []fettle.Gap, error) {
	w, err := newWorld(p, targets)
	if err != nil {
		return nil, nil, err
	}
	defer w.close()
	if err := w.ownCode(ctx); err != nil {
		return nil, nil, err
	}
	if err := w.others(ctx); err != nil {
		return nil, nil, err
	}
	if err := w.packages(ctx); err != nil {
		return nil, nil, err
	}
	keys := make([]string, len(targets))
	for i, t := range targets {
		keys[i] = t.Node.Key
	}
	verdicts := w.graph.Answer(keys)
	for i := range verdicts {
		if v := &verdicts[i]; v.Known && v.Reach == program.Referenced && len(targets[i].Symbols) > 0 {
			if err := w.symbols(ctx, targets[i], v); err != nil {
				return nil, nil, err
			}
		}
	}
	return verdicts, w.gaps, nil
}

// world is what one Analyze knows.
type world struct {
	p         program.Program
	graph     *program.Graph
	packs     []*pack
	byKey     map[string]*pack
	byName    map[string][]*pack
	index     map[string][]*pack // who provides a module, by dotted name
	own       ownFiles
	sources   []program.Source // with notebooks and scripts
	sites     []*site
	groups    map[string][]*pack // who offers entry points, by group
	hazy      bool               // own code may load anything
	queue     []visit            // modules that surely are imported, yet to be read
	seen      map[visit]bool
	skims     map[visit]*skimmed // by file
	touched   map[*pack]bool     // packs that may be imported: all of their files are read
	open      []*pack
	doubted   map[[2]string]bool // holder and package
	absentee  bool               // a pack that may be imported is not installed
	read      int64              // bytes of installed files
	gaps      []fettle.Gap
	stdlib    map[string]bool
	commands  map[string]bool // distributions that are known to have commands, by name
	absentOwn map[string]bool // modules that the program imports and nobody has
	lying     map[string]bool // whether a module or package is at a path of the tree
	modules   map[string]bool // what the tree's modules may be called; nil before that is asked for
	noneRead  string          // why installed files are not read any more
}

// visit is a module of an installed distribution.
type visit struct {
	pack   *pack
	module string
}

// pack is one distribution of the lockfile, or one that is installed beside those.
type pack struct {
	node    fettle.Node
	name    string   // normalized
	modules []string // the outermost that it provides, dotted
	named   bool     // modules is all it provides; else it is a guess
	copy    *copied  // what is installed of this version; nil for nothing
	extra   bool     // the lockfile does not list it
	needed  bool     // another distribution needs it
}

func (p *pack) String() string { return p.node.Package.String() }

// production reports whether the pack is installed where the program runs.
func (p *pack) production() bool {
	return p.node.Scope != fettle.Development && p.node.Scope != fettle.Test
}

// doubt says that holder, or with nil the program itself, may import p.
func (w *world) doubt(holder, p *pack, why string, at fettle.Location) {
	key := ""
	if holder != nil {
		key = holder.node.Key
	}
	if told := [2]string{key, p.node.Key}; !w.doubted[told] { // the first is as good as all
		w.doubted[told] = true
		w.graph.Doubt(key, p.node.Key, why, at, false)
	}
	w.touch(p)
}

// doubtAll says that the program itself may import anything.
func (w *world) doubtAll(why string, at fettle.Location) {
	w.hazy = true
	w.graph.Doubt("", "", why, at, false)
}

func (w *world) touch(p *pack) {
	if !w.touched[p] {
		w.touched[p] = true
		w.open = append(w.open, p)
	}
}

// place prints where something is, for a message.
func place(at fettle.Location) string {
	if at.Line == 0 {
		return at.Path
	}
	return fmt.Sprintf("%s:%d", at.Path, at.Line)
}

func top(module string) string {
	first, _, _ := strings.Cut(module, ".")
	return first
}

// parent is the module around module; "" for none.
func parent(module string) string {
	if i := strings.LastIndexByte(module, '.'); i >= 0 {
		return module[:i]
	}
	return ""
}

// moduleOf is the dotted name of a file below a root; "" where it is none.
func moduleOf(file string) (module string, isPackage bool) {
	name, ok := strings.CutSuffix(file, ".py")
	if !ok {
		return "", false
	}
	if dir, base := path.Split(name); base == "__init__" {
		name, isPackage = strings.TrimSuffix(dir, "/"), true
	}
	for part := range strings.SplitSeq(name, "/") {
		if !isIdentifier(part) {
			return "", false
		}
	}
	return strings.ReplaceAll(name, "/", "."), isPackage
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isWord(c) || i == 0 && c >= '0' && c <= '9' {
			return false
		}
	}
	return s != ""
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}
