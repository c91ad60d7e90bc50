package golang

import (
	"context"
	"fmt"
	"go/ast"
	"go/version"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A call graph does not see calls through package reflect: of a method that a decoder finds by its name, of a function in the
// function map of a template. For targets that nothing is seen to call, the scan is made once more on a copy in which own
// functions that may be called so are called: exported methods in packages main, which govulncheck does not begin with, functions
// and methods that are used as values, those that C may call, and literals. What is called only then, nobody can tell.

// escapeScan sets the doubt of targets that own code leads to which reflection may call. The copy is as it was afterwards.
func (b *build) escapeScan(ctx context.Context, outcomes []result) {
	var open []int
	for i, t := range b.job.Targets {
		if r := outcomes[i]; r.Imported && len(r.Trace) == 0 && r.Doubt == "" && len(r.Outside) == 0 && t.named() {
			open = append(open, i)
		}
	}
	if len(open) == 0 || len(b.broken) > 0 {
		return
	}
	before := map[string][]byte{}
	defer func() {
		for file, text := range before {
			_ = os.WriteFile(file, text, 0o644) // in a copy that nothing else depends on but other modules' scans
		}
	}()
	generic := b.writeCalls(before)
	for _, i := range open {
		for _, p := range generic {
			if b.leads(p, b.job.Targets[i]) {
				outcomes[i].Doubt = fmt.Sprintf("%s exports methods of generic types, which the analysis does not see called", p.ImportPath)
			}
		}
	}
	if len(before) == 0 {
		return
	}
	left := maps.Clone(b.left)
	found, err := b.scan(ctx, false)
	broken := b.broken
	b.broken, b.left = nil, left
	for _, i := range open {
		switch trace := found[b.job.Targets[i].ID]; {
		case outcomes[i].Doubt != "":
		case err != nil || len(broken) > 0:
			outcomes[i].Doubt = "whether reflection could call it could not be checked"
		case trace != nil:
			outcomes[i].Doubt = "own code leads to it that reflection may call: " + b.escaped(trace)
		}
	}
}

// leads reports whether imports lead from p to a package of t: directly, in case of the standard library, where all leads to all.
func (b *build) leads(p *listed, t target) bool {
	seen := map[string]bool{p.ImportPath: true}
	for queue := []*listed{p}; len(queue) > 0; queue = queue[1:] {
		for _, name := range queue[0].imports() {
			next := b.packages[name]
			if next == nil || seen[name] {
				continue
			}
			seen[name] = true
			if t.holds(next) {
				return true
			}
			if !next.Standard {
				queue = append(queue, next)
			}
		}
	}
	return false
}

// foreign returns what finds, for a selector in a file of user, the plain function of another package that it names; nil for
// modules that are written for a Go without generics, in which such a function cannot be called without the names of its types.
func (b *build) foreign(user *listed) func(*ast.File, *ast.SelectorExpr) *ast.FuncType {
	if user.Module != nil && version.Compare("go"+user.Module.GoVersion, "go1.18") < 0 {
		return nil
	}
	imported := map[*ast.File]map[string]string{}
	return func(f *ast.File, x *ast.SelectorExpr) *ast.FuncType {
		name, ok := x.X.(*ast.Ident)
		if !ok || !x.Sel.IsExported() {
			return nil
		}
		if imported[f] == nil {
			imported[f] = b.importedAs(user, f)
		}
		p := b.packages[imported[f][name.Name]]
		if p == nil {
			return nil
		}
		return b.declarations(p).plain[x.Sel.Name]
	}
}

// escaped names the function of a trace that the copy calls and the program may.
func (b *build) escaped(trace []step) string {
	for _, s := range trace {
		name := strings.TrimPrefix(s.Symbol, s.Package+".")
		if !isInit(name) && !strings.HasPrefix(name, "fettleCall") {
			return fmt.Sprintf("%s at %s", s.Symbol, placeOf(s))
		}
	}
	return trace[len(trace)-1].Symbol
}

// writeCalls rewrites own files, without moving a line, and keeps what they were. It returns the packages of which not all
// could be called.
func (b *build) writeCalls(before map[string][]byte) (generic []*listed) {
	for _, name := range b.top() {
		p := b.packages[name]
		w := &callWriter{main: p.Name == "main", values: map[string]bool{}, types: map[string]*ast.TypeSpec{}, foreign: b.foreign(p)}
		for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
			w.read(filepath.Join(p.Dir, file))
		}
		w.findValues()
		declared := false
		for i := range w.files {
			f := &w.files[i]
			text := w.rewrite(f)
			if text == nil {
				continue
			}
			if !declared {
				text = append(text, "var fettleNever bool"...)
				declared = true
			}
			if os.WriteFile(f.name, append(text, '\n'), 0o644) == nil {
				before[f.name] = f.text
			}
		}
		if w.generic {
			generic = append(generic, p)
		}
	}
	return generic
}
