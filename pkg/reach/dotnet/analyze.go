package dotnet

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Analyst answers for NuGet.
type Analyst struct{}

// Ecosystem is as OSV spells it.
func (Analyst) Ecosystem() string { return "NuGet" }

// Languages are those that are parsed.
func (Analyst) Languages() []syntax.Language { return []syntax.Language{syntax.CSharp} }

// Tests reports whether a file is of tests by its folders. Analyze asks the project files too.
func (Analyst) Tests(file string) bool { return IsTest(file) }

// restore is what a person can do about a package that is not installed.
const restore = "the package is not restored here; run `dotnet restore` first"

// analysis is one run of Analyze.
type analysis struct {
	program  program.Program
	graph    *program.Graph
	index    *index
	code     *code
	scope    *scope
	solution *solution

	calls    []call          // of the production code into packages; nil until asked for
	reflects string          // see reflection; "" until asked for
	foreign  bool            // there is code in a language that is not analysed
	heard    map[string]bool // words of files that are not C#
	spoken   map[string]bool // names that occur in the program; nil until asked for
}

// Analyze answers whether the program imports and calls what the targets name.
func (Analyst) Analyze(ctx context.Context, p program.Program, targets []program.Target) ([]program.Verdict, []fettle.Gap, error) {
	if len(targets) == 0 {
		return nil, nil, nil
	}
	a := &analysis{program: p, graph: program.NewGraph(p.Project), index: newIndex(), solution: survey(p.Files), heard: map[string]bool{}}
	var err error
	if a.code, err = gather(ctx, p, a.solution); err != nil {
		return nil, nil, err
	}
	if err := a.libraries(ctx); err != nil {
		return nil, nil, err
	}
	a.scope = newScope(a.index, a.code)
	matches := map[string]match{}
	for _, f := range a.code.sources {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m := a.scope.match(f)
		matches[f.Path] = m
		a.imports(m, f.Test)
		if !f.Test {
			a.source(f)
		}
	}
	a.unparsed()
	a.texts(a.code.others)
	a.packages()
	a.rest()
	keys := make([]string, len(targets))
	for i, t := range targets {
		keys[i] = t.Node.Key
	}
	verdicts := a.graph.Answer(keys)
	for i := range verdicts {
		a.symbols(targets[i], &verdicts[i], matches)
	}
	return verdicts, nil, nil
}

// libraries reads the installed packages.
func (a *analysis) libraries(ctx context.Context) error {
	st := openStore(a.program.Settings, a.program.Files, a.program.Project.Dir)
	defer st.close()
	for _, n := range a.program.Project.Nodes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n.Ecosystem == "NuGet" {
			a.index.add(st.read(n, a.code.frameworks))
		}
	}
	a.index.finish()
	return nil
}

// mentioned is that of the index, each package once.
func (a *analysis) mentioned(text string, yield func(key, word string)) {
	seen := map[string]bool{}
	a.index.mentioned(text, func(key, word string) {
		if !seen[key] {
			seen[key] = true
			yield(key, word)
		}
	})
}

// imports puts what a file uses into the graph.
func (a *analysis) imports(m match, test bool) {
	for _, key := range slices.Sorted(maps.Keys(m.sure)) {
		a.graph.Own(key, m.sure[key].at, m.sure[key].what, test)
	}
	for _, key := range slices.Sorted(maps.Keys(m.maybe)) {
		u := m.maybe[key]
		a.graph.Doubt("", key, u.at.String()+" may use it: several things are called "+u.what, u.at, test)
	}
}

// source doubts what a file may load by name.
func (a *analysis) source(f program.Source) {
	for _, text := range slices.Sorted(maps.Keys(f.Strings)) {
		a.mentioned(text, func(key, word string) {
			at := fettle.Location{Path: f.Path, Line: f.Strings[text]}
			a.graph.Doubt("", key, at.String()+" names "+word, at, false)
		})
	}
	for _, d := range f.Dynamic {
		at := fettle.Location{Path: f.Path, Line: d.Line}
		why := at.String() + " may load it: " + d.What
		if d.Prefix == "" {
			a.graph.Doubt("", "", why, at, false)
			continue
		}
		for _, key := range a.index.keys {
			if a.index.mayBegin(key, d.Prefix) {
				a.graph.Doubt("", key, why, at, false)
			}
		}
	}
}

// mayBegin reports whether a name of the package may begin with prefix. What is not installed may hold any.
func (ix *index) mayBegin(key, prefix string) bool {
	l := ix.libraries[key]
	prefix = prefix[strings.LastIndexAny(prefix, `/\`)+1:]
	if !l.installed || l.opaque != "" || prefix == "" {
		return true
	}
	may := func(name string) bool {
		n := min(len(name), len(prefix))
		return strings.EqualFold(name[:n], prefix[:n])
	}
	for _, a := range l.assemblies {
		if may(a.name) || slices.ContainsFunc(a.types, func(d typeDef) bool { return d.namespace != "" && may(d.namespace) }) {
			return true
		}
	}
	return may(l.node.Name) || slices.ContainsFunc(l.natives, may)
}

// unparsed looks for names in the text of what does not parse.
func (a *analysis) unparsed() {
	for _, f := range a.code.sources {
		if f.Broken > 0 && !f.Test {
			a.text(f.Path, "does not parse and may use ")
		}
	}
	for _, u := range a.code.unread {
		if !a.solution.tests(u.Path) {
			a.text(u.Path, "is not parsed ("+u.Why+") and may use ")
		}
	}
}

func (a *analysis) text(file, why string) {
	data, err := a.program.Files.Read(file)
	if err != nil {
		a.graph.Doubt("", "", file+" may use it: "+err.Error(), fettle.Location{Path: file}, false)
		return
	}
	text := string(data)
	var usings []syntax.Import
	for _, at := range razorUsing.FindAllStringSubmatchIndex(text, 10_000) {
		usings = append(usings, syntax.Import{Target: text[at[2]:at[3]], Line: lineAt(text, at[0])})
	}
	a.lexical(file, text, usings, why)
	a.words(file, text)
}
