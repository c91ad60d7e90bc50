package dotnet

import (
	"slices"
	"strings"
)

// none is the answer that nothing keeps a path from being ruled out.
const none = "-"

// reflecting are members by which code runs what it does not name.
var reflecting = []string{"GetMethod", "GetMethods", "InvokeMember", "GetMember", "GetMembers", "GetRuntimeMethod", "GetRuntimeMethods", "CreateDelegate", "GetConstructors",
	"GetTypes", "GetExportedTypes", "DefinedTypes", "ExportedTypes", "DynamicInvoke", "GetDeclaredMethod"}

// reflection says why the names in the program's code do not tell all that it may call; none where they do.
func (a *analysis) reflection() string {
	for _, f := range a.code.sources {
		switch {
		case f.Test:
			continue
		case f.Broken > 0:
			return f.Path + " does not parse"
		case len(f.Dynamic) > 0:
			return f.Path + " loads code by name"
		}
		for _, u := range f.Uses {
			if slices.Contains(reflecting, lastName(u.Path)) {
				return f.Path + " uses reflection"
			}
		}
	}
	for _, key := range a.index.keys {
		l := a.index.libraries[key]
		if !l.installed || l.opaque != "" || l.compiles != "" || len(l.generators) > 0 {
			return "not all packages can be read"
		}
	}
	if len(a.code.unread) > 0 || len(a.code.doubts) > 0 || a.foreign {
		return "not all code can be read"
	}
	return none
}

// unwritten are members that code runs without their names: by foreach, await, using, initializers, queries, comparison and text.
var unwritten = []string{"GetEnumerator", "GetAsyncEnumerator", "GetAwaiter", "GetResult", "IsCompleted", "OnCompleted", "MoveNext", "MoveNextAsync", "Current", "Add", "Deconstruct",
	"Dispose", "DisposeAsync", "ToString", "Equals", "GetHashCode", "CompareTo", "Item", "Select", "SelectMany", "Where", "Join", "GroupJoin", "OrderBy", "OrderByDescending",
	"ThenBy", "ThenByDescending", "GroupBy", "Cast", "Slice", "Length", "Count", "AppendLiteral", "AppendFormatted", "GetPinnableReference", "Invoke"}

// entries are the methods of a package that the program's code or another package may run first: those of names that occur
// anywhere, and of types that do.
func (a *analysis) entries(l *library) []method {
	if a.spoken == nil {
		a.spoken = map[string]bool{}
		for _, name := range unwritten {
			a.spoken[name] = true
		}
		for _, f := range a.code.sources {
			if f.Test {
				continue
			}
			for _, u := range f.Uses {
				for _, name := range strings.Split(u.Path, ".") {
					a.spoken[name] = true
				}
			}
			for _, i := range f.Imports {
				a.spoken[lastName(i.Target)] = true
			}
		}
		for word := range a.heard {
			a.spoken[word] = true
		}
	}
	var list []method
	names := map[string]bool{}
	for _, as := range l.assemblies {
		names[strings.ToLower(as.name)] = true
	}
	for _, as := range l.assemblies {
		for at, d := range as.types {
			mentioned := a.spoken[lastName(d.name)] || strings.HasSuffix(d.name, "Attribute") && a.spoken[strings.TrimSuffix(lastName(d.name), "Attribute")]
			for _, m := range as.methods(at) {
				if mentioned && m.name() == ".ctor" || a.spoken[property(m.name())] {
					list = append(list, m)
				}
			}
		}
	}
	for _, key := range a.index.keys { // whatever another package takes of it
		if other := a.index.libraries[key]; other != l {
			for _, as := range other.assemblies {
				for _, m := range as.members {
					if names[strings.ToLower(m.assembly)] {
						a.index.resolve(m.typeRef, m.method, 0, func(m method) { list = append(list, m) })
					}
				}
				for _, u := range as.uses {
					if names[strings.ToLower(u.assembly)] {
						a.index.resolve(u, ".ctor", 0, func(m method) { list = append(list, m) })
					}
				}
			}
		}
	}
	return list
}
