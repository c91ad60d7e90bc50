package python

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// symbol is one vulnerable thing: the dotted whole, and how it is reached.
type symbol struct {
	full   string // yaml.load, django.db.models.QuerySet.annotate
	name   string // its last name
	class  string // of a method: the class
	module bool   // all of a module
}

// symbolsOf lists what a target's advisories name. The constructor of a class is the class.
func symbolsOf(t program.Target, pk *pack) []symbol {
	var all []symbol
	for _, s := range t.Symbols {
		if len(s.Names) == 0 && s.Path != "" {
			all = append(all, symbol{full: s.Path, module: true})
		}
		for _, name := range s.Names {
			full := strings.Trim(s.Path+"."+name, ".")
			full = strings.TrimSuffix(full, ".__init__")
			if s.Path != "" && strings.HasPrefix(name, s.Path+".") {
				full = strings.TrimSuffix(name, ".__init__")
			}
			one := symbol{full: full, name: full[strings.LastIndexByte(full, '.')+1:]}
			if before := parent(full); before != "" {
				if class := before[strings.LastIndexByte(before, '.')+1:]; class[0] >= 'A' && class[0] <= 'Z' && before != top(full) {
					one.class = class
				}
			}
			one.module = pk != nil && pk.copy != nil && pk.copy.has(full)
			if one.name != "" {
				all = append(all, one)
			}
		}
	}
	return all
}

// common are names that too many things have for a call of one to say much.
var common = map[string]bool{"get": true, "set": true, "update": true, "pop": true, "append": true, "extend": true, "format": true, "join": true, "split": true, "read": true, "write": true, "open": true,
	"close": true, "items": true, "keys": true, "values": true, "copy": true, "clear": true, "index": true, "count": true, "sort": true, "add": true, "remove": true, "encode": true, "decode": true,
	"replace": true, "strip": true, "find": true, "insert": true, "delete": true, "load": true, "save": true, "run": true, "send": true, "next": true, "parse": true, "render": true, "filter": true}

// symbols refines the verdict on a package that is imported: Called where production code calls one of the symbols, through
// the imports or, for a method, on any value in a file that imports the package; NoPath where the names, and those of all
// functions of the package that mention them, stand nowhere; else Referenced.
func (w *world) symbols(ctx context.Context, t program.Target, v *program.Verdict) error {
	pk := w.byKey[t.Node.Key]
	all := symbolsOf(t, pk)
	if pk == nil || len(all) == 0 {
		return nil
	}
	var seen *fettle.Hop
	weak := "" // a mention of the name alone, where nothing says that it is of the package
	for _, s := range w.sources {
		if s.Test {
			continue
		}
		imports := w.importsPack(s, pk)
		for _, u := range s.Uses {
			for _, sym := range all {
				at := fettle.Hop{Symbol: sym.full, Location: fettle.Location{Path: s.Path, Line: u.Line}}
				switch w.meets(s, u, sym, pk, imports) {
				case certain:
					v.Reach, v.Why = program.Called, fmt.Sprintf("%s calls %s", place(at.Location), sym.full)
					v.Chain = []fettle.Hop{at}
					return nil
				case possible:
					if seen == nil && (imports || u.Module != "") {
						seen = &at
					}
					if weak == "" {
						weak = place(at.Location) + " names " + sym.name
					}
				}
			}
		}
	}
	if seen != nil {
		v.Why = fmt.Sprintf("the package is imported, and %s mentions %s without a call that is certain", place(seen.Location), seen.Symbol)
		v.Chain = append(v.Chain, *seen)
		return nil
	}
	why := weak
	if why == "" {
		var err error
		if why, err = w.unmentioned(ctx, pk, all); err != nil {
			return err
		}
	}
	if why == "" {
		v.Reach, v.Why = program.NoPath, fmt.Sprintf("the package is imported, and nothing that leads to %s is named in the program or what it imports", all[0].full)
		return nil
	}
	v.Why += "; whether " + all[0].full + " is called cannot be told: " + why
	return nil
}

const (
	none = iota
	possible
	certain
)

// importsPack reports whether the file imports the pack.
func (w *world) importsPack(s program.Source, pk *pack) bool {
	return slices.ContainsFunc(s.Imports, func(i syntax.Import) bool {
		return !i.Types && w.leads(i.Target, pk)
	})
}

func (w *world) leads(module string, pk *pack) bool {
	return slices.ContainsFunc(w.find(module), func(h hit) bool { return h.pack == pk })
}

// meets judges one use of an own file against a symbol.
func (w *world) meets(s program.Source, u syntax.Use, sym symbol, pk *pack, imports bool) int {
	full := u.Module + "." + u.Path
	through := u.Module != "" && !strings.HasPrefix(u.Module, ".") && (w.leads(u.Module, pk) || w.leads(strings.Trim(full, "."), pk))
	if surely, _ := w.own.shadows(s.Path, top(u.Module)); surely {
		through = false
	}
	if sym.module {
		if through && (full == sym.full || strings.HasPrefix(full, sym.full+".")) && u.Call {
			return certain
		}
		return none
	}
	if through && u.Call && strings.HasPrefix(full, sym.full+".") {
		return certain // of a class, or of a module that nobody knows for one
	}
	last := u.Path[strings.LastIndexByte(u.Path, '.')+1:]
	if through {
		switch {
		case last == sym.name && (sym.class == "" || strings.HasSuffix("."+parent(u.Path), "."+sym.class)):
			if u.Call {
				return certain
			}
			return possible
		case last == sym.name && sym.class != "" && u.Call && !common[last]:
			return certain // of an object that the module holds
		case last == sym.name:
			return possible
		}
		return none
	}
	if last != sym.name || u.Module != "" && !strings.HasPrefix(u.Module, ".") && w.stdlib[top(u.Module)] {
		return none
	}
	if sym.class == "" {
		if strings.HasPrefix(u.Path, ".") || u.Module != "" { // of a value that may be the module
			return possible
		}
		return none
	}
	if u.Call && imports && !common[last] && strings.HasPrefix(u.Path, ".") {
		return certain
	}
	return possible
}
