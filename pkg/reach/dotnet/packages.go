package dotnet

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// packages puts what the installed packages say of each other into the graph.
func (a *analysis) packages() {
	for _, key := range a.index.keys {
		l := a.index.libraries[key]
		switch {
		case !l.installed:
			a.graph.Opaque(key, "it is not restored here; run `dotnet restore` first")
			continue
		case l.opaque != "":
			a.graph.Opaque(key, l.opaque)
		default:
			a.graph.Read(key)
		}
		for i, as := range l.assemblies {
			a.refers(l, as, fettle.Location{Path: l.where[i]})
		}
		a.builds(l)
	}
}

// refers follows the references of an assembly, and the names in it.
func (a *analysis) refers(l *library, as *assembly, at fettle.Location) {
	key := l.node.Key
	sure := map[string]bool{key: true}
	edge := func(to, symbol string) {
		if !sure[to] {
			sure[to] = true
			a.graph.Import(key, to, at, symbol)
		}
	}
	for _, ref := range as.refs {
		for _, to := range a.index.assembly[strings.ToLower(ref)] {
			edge(to, ref)
		}
	}
	for _, name := range as.natives {
		for _, to := range a.index.native[nativeName(strings.ToLower(name))] {
			edge(to, name)
		}
	}
	for _, text := range as.strings {
		a.index.mentioned(text, func(to, word string) {
			if !sure[to] {
				sure[to] = true
				a.graph.Doubt(key, to, as.name+" of "+l.node.String()+" names "+word, at, false)
			}
		})
	}
	if why := as.scans(); why != "" {
		a.graph.Doubt(key, "", as.name+" of "+l.node.String()+" "+why, at, false)
	}
	if of, attribute := as.started(); of != "" && of != "XAML" {
		a.graph.Doubt("", key, of+" may start it: "+as.name+" has "+attribute, l.node.Location, false)
	}
	if a.code.isWeb && as.isPart() {
		a.graph.Doubt("", key, "ASP.NET Core may take "+as.name+" for a part of the application", l.node.Location, false)
	}
}

// builds doubts what a package adds to the code of the program when it is built, and what it loads by itself.
func (a *analysis) builds(l *library) {
	needs := func(why string) {
		for _, n := range a.program.Project.Nodes {
			if n.Key == l.node.Key || slices.ContainsFunc(n.Holders, func(e fettle.Edge) bool { return e.Holder == l.node.Key }) {
				a.graph.Doubt("", n.Key, why, l.node.Location, false)
			}
		}
	}
	if l.compiles != "" {
		needs(l.node.String() + " may add code that uses it to the build: " + l.compiles)
	}
	for _, g := range l.generators {
		seen := map[string]bool{}
		for _, text := range g.strings {
			a.index.mentioned(text, func(to, word string) {
				if !seen[to] {
					seen[to] = true
					a.graph.Doubt("", to, "the code generator "+g.name+" of "+l.node.String()+" names "+word, l.node.Location, false)
				}
			})
		}
	}
	if l.isTool && len(l.assemblies) == 0 {
		a.graph.Doubt("", l.node.Key, "it holds a tool, which is run by itself", l.node.Location, false)
	}
	if len(l.natives) > 0 { // loaded by whoever needs it, by a name that may be put together
		why := l.node.String() + " brings native libraries, which are loaded by name"
		for _, h := range l.node.Holders {
			if strings.HasPrefix(h.Holder, "project:") {
				h.Holder = ""
			}
			a.graph.Doubt(h.Holder, l.node.Key, why, l.node.Location, false)
		}
	}
}

// rest doubts what the project files leave open, and what is not installed, of which nobody knows what it holds.
func (a *analysis) rest() {
	for _, d := range a.code.doubts {
		a.graph.Doubt("", "", d.why, d.at, false)
	}
	for _, b := range a.code.builds {
		for _, p := range b.protos {
			a.generated(p)
		}
	}
	for _, key := range a.index.keys {
		switch l := a.index.libraries[key]; {
		case !l.installed:
			a.graph.Doubt("", key, restore, l.node.Location, false)
		case l.opaque != "":
			a.graph.Doubt("", key, l.opaque, l.node.Location, false)
		}
	}
}
