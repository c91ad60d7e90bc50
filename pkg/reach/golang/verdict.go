package golang

import (
	"cmp"
	"fmt"
	"io/fs"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// The verdicts, as fettle.Reach words them.
const (
	called      = "called"
	referenced  = "referenced"
	noPath      = "no_path"
	notImported = "not_imported"
)

// What a verdict rests on. Not imported: no file of own code leads to the package by imports, whatever the build constraints of
// the files on the way are, but for ignore and tools, and for folders called testdata. No path: govulncheck's call graph of the
// default build, and that of a copy in which own functions are called that reflection may call; none of the reasons of doubts
// holds. What is not seen: methods of other modules' types that only reflection calls and that no encoder's custom names; functions
// of other modules that own code written for a Go before 1.18 hands on; files of other modules that the default build leaves out;
// unsafe.

// judge turns what was found of t into evidence. A verdict that lowers is given only where nothing was left out: whatever
// could bring the code in otherwise makes it unknown.
func judge(t target, r result, a answer) fettle.Evidence {
	in := "in the build for " + clip(a.Platform, 40) + " without tags"
	switch {
	case len(r.Trace) > 0 && (len(t.Symbols) > 0) && !(byInit(r.Trace) && t.wholePackage(r.Trace)):
		e := known(called, r.Trace)
		entry, sink := r.Trace[0], r.Trace[len(r.Trace)-1]
		e.Why = fmt.Sprintf("%s calls %s", clip(entry.Symbol, 200), clip(sink.Symbol, 200))
		if n := len(r.Trace) - 2; n == 1 {
			e.Why += ", through one function"
		} else if n > 1 {
			e.Why += fmt.Sprintf(", through %d functions", n)
		}
		return e
	case r.Imported && !t.named():
		e := known(referenced, r.Imports)
		e.Why = "the program imports it, and no advisory names the vulnerable functions"
		return e
	case a.Dynamic != "":
		return unknown("nobody can tell what runs with the program: " + clip(a.Dynamic, 300))
	case len(a.Broken) > 0:
		return unknown("some packages of the program do not build, so that no call from them was seen: " + plain(a.Broken[0]))
	case len(r.Outside) > 0:
		return unknownAt(r.Outside, outsideWhy(r))
	case !r.Imported && r.Doubt != "":
		return unknown("no package of the program imports what the advisory names, which proves nothing here: " + clip(r.Doubt, 400))
	case !r.Imported:
		e := known(notImported, r.Tests)
		e.Why = "no package of the program imports it"
		if len(r.Tests) > 0 {
			e.Why = "only tests import it: " + placeOf(r.Tests[0])
		}
		return e
	case r.Doubt != "":
		return unknownAt(r.Imports, "no call leads to it, which proves nothing here: "+clip(r.Doubt, 400))
	case len(r.TestOnly) > 0:
		e := known(noPath, nil)
		e.Where = where(r.TestOnly)
		e.Why = "only tests call it: " + placeOf(firstOwn(r.TestOnly))
		return e
	}
	e := known(noPath, nil)
	e.Where = where(r.Imports)
	e.Why = "the program imports it, and no call leads to the vulnerable functions " + in
	return e
}

// named reports whether an advisory names functions of each package that it speaks of.
func (t target) named() bool {
	for _, s := range t.Symbols {
		if len(s.Names) == 0 {
			return false
		}
	}
	return len(t.Symbols) > 0
}

// wholePackage reports whether the advisory names no functions of the package where a trace ends.
func (t target) wholePackage(trace []step) bool {
	for _, s := range t.Symbols {
		if s.Path == trace[len(trace)-1].Package {
			return len(s.Names) == 0
		}
	}
	return true
}

// byInit reports whether a trace ends in what runs because a package is linked in.
func byInit(trace []step) bool {
	last := trace[len(trace)-1]
	return isInit(strings.TrimPrefix(last.Symbol, last.Package+"."))
}

func outsideWhy(r result) string {
	last := r.Outside[len(r.Outside)-1]
	for _, s := range r.Outside {
		if !s.Outside {
			continue
		}
		place := placeOf(s)
		if s.Module != "" {
			place = clip(s.Module, 200) + " " + place
		}
		if last.Module == unresolved {
			return fmt.Sprintf("%s, which is not in the default build, imports %s, whose code is not there", place, clip(last.Package, 200))
		}
		return fmt.Sprintf("%s, which is not in the default build, leads to it", place)
	}
	if last.Module == unresolved {
		return fmt.Sprintf("the code of %s is not there, which %s imports", clip(last.Package, 200), placeOf(r.Outside[max(len(r.Outside)-2, 0)]))
	}
	return "imports of the program lead to it that the default build does not show"
}

// firstOwn is the first step in own code, or else the first.
func firstOwn(chain []step) step {
	for _, s := range chain {
		if s.Module == "" && s.File != "" {
			return s
		}
	}
	return chain[0]
}

func placeOf(s step) string {
	if s.File == "" {
		return clip(cmp.Or(s.Symbol, s.Package), 200)
	}
	return fettle.Location{Path: clip(s.File, 300), Line: s.Line}.String()
}

func known(text string, chain []step) fettle.Evidence {
	return fettle.Evidence{Signal: fettle.Reach, Status: fettle.Known, Text: text, Source: source, Chain: hops(chain), Where: where(chain)}
}

// source is who says so.
const source = "govulncheck"

func unknown(why string) fettle.Evidence {
	return fettle.Evidence{Signal: fettle.Reach, Status: fettle.Unknown, Text: why, Why: why, Source: source}
}

func unknownAt(chain []step, why string) fettle.Evidence {
	e := unknown(why)
	e.Where = where(chain)
	return e
}

// where is the first place of a chain in own code.
func where(chain []step) *fettle.Location {
	for _, s := range chain {
		if s.Module == "" && s.file() != "" {
			return &fettle.Location{Path: s.file(), Line: s.Line}
		}
	}
	return nil
}

// file is the path of a step, "" where it is none that a repository or module can have.
func (s step) file() string {
	if !fs.ValidPath(s.File) || len(s.File) > 1000 {
		return ""
	}
	return s.File
}

// maxHops bounds a chain that is told; of a longer one the middle is left out.
const maxHops = 60

func hops(chain []step) []fettle.Hop {
	if len(chain) > maxHops {
		chain = append(append([]step(nil), chain[:maxHops/2]...), chain[len(chain)-maxHops/2:]...)
	}
	var list []fettle.Hop
	for _, s := range chain {
		h := fettle.Hop{Symbol: clip(cmp.Or(s.Symbol, s.Package), 300), Location: fettle.Location{Path: s.file(), Line: max(s.Line, 0)}}
		if s.Module != "" {
			h.Package = clip(fettle.Package{Name: s.Module, Version: s.Version}.String(), 300)
		}
		list = append(list, h)
	}
	return list
}
