package node

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Analyst answers for npm. All files but tests count as reached: what starts a program is not asked.
type Analyst struct{}

var _ program.Analyst = Analyst{}

// Ecosystem is that of the packages it answers for.
func (Analyst) Ecosystem() string { return "npm" }

// Languages are those of the files it reads.
func (Analyst) Languages() []syntax.Language {
	return []syntax.Language{syntax.JavaScript, syntax.TypeScript, syntax.TSX}
}

// Analyze answers for each target.
func (Analyst) Analyze(ctx context.Context, p program.Program, targets []program.Target) ([]program.Verdict, []fettle.Gap, error) {
	a := start(ctx, p, targets)
	keys := make([]string, len(targets))
	for i, t := range targets {
		keys[i] = t.Node.Key
	}
	a.readOthers()
	production := a.readOwn()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if production == 0 {
		a.doubtAll(fmt.Sprintf("no source file of the program was found below %s, so nobody can tell what it imports", orRoot(p.Project.Dir)), p.Project.Dir, 0, false)
	}
	a.conventions()
	a.readPackages()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	verdicts := a.graph.Answer(keys)
	for i, t := range targets {
		if verdicts[i].Known && verdicts[i].Reach == program.Referenced && len(t.Symbols) > 0 {
			verdicts[i] = a.symbols(t, verdicts[i])
		}
	}
	return verdicts, a.gaps, nil
}

func start(ctx context.Context, p program.Program, targets []program.Target) *analysis {
	a := &analysis{ctx: ctx, p: p, graph: program.NewGraph(p.Project), find: newResolver(p), sources: map[string]*program.Source{},
		targets: map[string]bool{}, uses: map[string][]place{}, mentioned: map[string]bool{}, run: map[string]bool{}, packages: map[string]*installed{}}
	for _, t := range targets {
		a.targets[t.Node.Key] = true
	}
	return a
}

func orRoot(dir string) string {
	if dir == "" {
		return "the repository"
	}
	return dir
}

// analysis is the state of one Analyze.
type analysis struct {
	ctx       context.Context
	p         program.Program
	graph     *program.Graph
	find      *resolver
	sources   map[string]*program.Source // by path, those inside of templates included
	targets   map[string]bool            // keys
	uses      map[string][]place         // of targets, by key
	mentioned map[string]bool            // names of packages that the program's own code or configuration names as text
	run       map[string]bool            // commands of packages that may be run
	unsure    string                     // why any package may be imported; "" where that is not so
	queue     []string                   // packages to be read
	listed    []string                   // pnpm's folder of packages
	packages  map[string]*installed
	spent     spent
	isTest    map[string]bool // of the program's own files
	followed  map[string]bool // own files that others import by their path
	gaps      []fettle.Gap
	paths     map[string]bool     // of own files, sources or not
	options   []compilerOptions   // nil: not read yet
	tails     map[string][]string // ends of the paths of own files, and of their folders with a / at the end
}

// place is an import of a target.
type place struct {
	holder string // the key of the package that holds it; "" is the program's own code
	path   string // of the file, relative to the repository or to the holder
	target string // Import.Target
	line   int
	test   bool
	parsed bool        // file says all that the place does with the target
	file   syntax.File // of a holder; own ones are in sources
}

// readOwn notes what the program's own files import, and returns how many of them are not tests.
func (a *analysis) readOwn() (production int) {
	for i := range a.p.Sources {
		a.sources[a.p.Sources[i].Path] = &a.p.Sources[i]
	}
	tests := a.tests()
	a.isTest = tests
	for _, name := range slices.Sorted(maps.Keys(a.sources)) {
		s := a.sources[name]
		if !tests[name] {
			production++
		}
		a.readSource(s, tests[name])
	}
	for _, u := range a.p.Unread {
		if test := (Analyst{}).Tests(u.Path); !test {
			production++
			a.readText(u.Path, 0, "was not parsed ("+u.Why+")")
		}
	}
	return production
}

// readSource notes what one of the program's own files imports.
func (a *analysis) readSource(s *program.Source, test bool) {
	at := func(line int) fettle.Location { return fettle.Location{Path: s.Path, Line: line} }
	for _, i := range s.Imports {
		if i.Types {
			continue
		}
		a.ownImport(s.Path, i.Target, i.Line, test, true)
	}
	if test {
		return
	}
	for _, d := range s.Dynamic {
		a.ownDynamic(s.Path, d)
	}
	runs := slices.ContainsFunc(s.Imports, func(i syntax.Import) bool { return slices.Contains(runners, strings.TrimPrefix(i.Target, "node:")) })
	for _, text := range slices.Sorted(maps.Keys(s.Strings)) {
		if runs || strings.Contains(text, ".bin/") || strings.Contains(text, "npx ") {
			a.runsIn(text)
		}
		for _, name := range a.find.named(text) {
			a.mention(name, fmt.Sprintf("%s:%d names it in a text, by which it may be loaded", s.Path, s.Strings[text]), at(s.Strings[text]))
		}
	}
	if line, ok := s.Strings["view engine"]; ok {
		for text, where := range s.Strings {
			if where == line {
				for _, key := range a.find.own(s.Path, text) {
					a.own(key, at(line), "view engine", false)
					a.packageAt(key).blind = "the framework as its view engine"
				}
			}
		}
	}
	if s.Broken > 0 {
		a.readText(s.Path, s.Broken, "does not parse")
	}
}

// ownImport notes an import of the program's own file.
func (a *analysis) ownImport(file, target string, line int, test, parsed bool) {
	at := fettle.Location{Path: file, Line: line}
	if !test {
		a.unknown(file, target, line, parsed)
	}
	for _, name := range a.find.specifiers(file, target) {
		keys, phantom := a.find.from(file, name)
		for _, key := range keys {
			switch {
			case builtin(name) && !strings.HasSuffix(target, "/"):
				if !test {
					a.doubt("", key, fmt.Sprintf("%s:%d imports %s, which a bundler takes from the package and Node does not", file, line, name), at)
				}
				continue
			case phantom:
				if !test {
					a.doubt("", key, fmt.Sprintf("%s:%d imports %s, which the lockfile installs for other packages only", file, line, name), at)
				}
				continue
			}
			a.own(key, at, target, test)
			if a.targets[key] {
				a.uses[key] = append(a.uses[key], place{path: file, target: target, line: line, test: test, parsed: parsed})
			}
			if !test {
				a.packageAt(key).ask(subpath(target, name))
			}
		}
	}
}

func (a *analysis) own(key string, at fettle.Location, symbol string, test bool) {
	a.graph.Own(key, at, symbol, test)
	if !test {
		a.enqueue(key)
	}
}

func (a *analysis) doubt(holder, key, why string, at fettle.Location) {
	a.graph.Doubt(holder, key, why, at, false)
	a.packageAt(key).doubted = why
	a.enqueue(key)
}

func (a *analysis) doubtAll(why, file string, line int, test bool) {
	a.graph.Doubt("", "", why, fettle.Location{Path: file, Line: line}, test)
	if !test && a.unsure == "" {
		a.unsure = why
	}
}

// mention notes that something names the package.
func (a *analysis) mention(name, why string, at fettle.Location) {
	if a.mentioned[name] {
		return
	}
	a.mentioned[name] = true
	for _, key := range a.find.byName[name] {
		a.doubt("", key, why, at)
	}
}

// readText looks through a file of code that was not understood whole, for names of packages and for ways to load others.
func (a *analysis) readText(file string, line int, what string) {
	data, err := a.p.Files.Read(file)
	if err != nil {
		a.doubtAll(fmt.Sprintf("%s %s", file, what), file, line, false)
		return
	}
	s := scan(data)
	for _, i := range s.imports {
		a.ownImport(file, i.target, i.line, false, false)
	}
	if s.open > 0 {
		a.doubtAll(fmt.Sprintf("%s %s, and its line %d may load anything", file, what, s.open), file, s.open, false)
	}
	for _, token := range slices.Sorted(maps.Keys(s.quoted)) {
		for _, name := range a.find.named(token) {
			a.mention(name, fmt.Sprintf("%s %s, and names it", file, what), fettle.Location{Path: file, Line: line})
		}
	}
}

// tests tells which of the program's own files run in tests only: by their names, but not where other files load them.
func (a *analysis) tests() map[string]bool {
	tests := map[string]bool{}
	var queue []string
	for name, s := range a.sources {
		if tests[name] = s.Test; !tests[name] {
			queue = append(queue, name)
		}
	}
	slices.Sort(queue)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		take := func(file string) {
			if tests[file] {
				tests[file] = false
				queue = append(queue, file)
			}
		}
		s := a.sources[name]
		for _, i := range s.Imports {
			take(a.ownFile(name, i.Target))
			for _, file := range a.ownByName(i.Target) {
				take(file)
			}
		}
		for _, d := range s.Dynamic {
			if !local(d.Prefix) {
				continue
			}
			folder := path.Join(path.Dir(name), d.Prefix[:strings.LastIndexByte(d.Prefix, '/')+1]) + "/"
			for _, other := range slices.Sorted(maps.Keys(a.sources)) {
				if folder != "./" && strings.HasPrefix(other, folder) {
					take(other)
				}
			}
		}
	}
	return tests
}

// ownFile returns the path of the program's own file that a relative import means; "" for none.
func (a *analysis) ownFile(from, target string) string {
	if !local(target) {
		return ""
	}
	base := path.Join(path.Dir(from), target)
	for _, candidate := range candidates(base) {
		if a.sources[candidate] != nil {
			return candidate
		}
	}
	return ""
}

var sourceExtensions = []string{".js", ".ts", ".tsx", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte"}

// candidates are the files that a path without its ending may mean.
func candidates(base string) []string {
	list := []string{base}
	if stem, ok := strings.CutSuffix(base, ".js"); ok { // TypeScript names what it is compiled to
		list = append(list, stem+".ts", stem+".tsx")
	}
	for _, e := range sourceExtensions {
		list = append(list, base+e)
	}
	for _, e := range sourceExtensions {
		list = append(list, path.Join(base, "index"+e))
	}
	return list
}

func local(target string) bool {
	return target == "." || target == ".." || strings.HasPrefix(target, "./") || strings.HasPrefix(target, "../") || strings.HasPrefix(target, "/")
}

func (a *analysis) gap(file string, line int, reason string) {
	g := project.Gap(file, line, reason)
	g.Stage = "correlate"
	a.gaps = append(a.gaps, g)
}
