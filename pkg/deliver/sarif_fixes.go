package deliver

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sarif"
)

// edits hands out the edits of fixes to results, most urgent first, until room is spent. A fix stands with each result it
// resolves, so a large one would fill the file: its lockfile edits go with the first result only.
type edits struct {
	report fettle.Report
	room   int // bytes left
	cut    int // results whose fix is not whole
	given  map[string]bool
}

// of returns the fixes to offer for c: the decided one first, none that failed.
func (e *edits) of(c fettle.Case) []sarif.Fix {
	var all []sarif.Fix
	for _, f := range e.report.Fixes {
		if !slices.Contains(f.Resolves, c.Finding.ID) || len(f.Edits) == 0 {
			continue
		}
		status := fettle.CheckStatus("")
		if e.report.Trial != nil {
			status = e.report.Trial.Verdicts[f.ID].Status
		}
		if status == fettle.Failed {
			continue
		}
		fix, ok := e.fix(f, status)
		if !ok {
			continue
		}
		if f.ID == c.Decision.Fix {
			all = slices.Insert(all, 0, fix)
		} else {
			all = append(all, fix)
		}
	}
	return all
}

func (e *edits) fix(f fettle.Fix, status fettle.CheckStatus) (sarif.Fix, bool) {
	text := f.Title + " (" + statusWord(status) + ")"
	props := sarif.Properties{"fix": clip(plain(f.ID), 200), "trial": statusWord(status)}
	chosen := f.Edits
	if size := sizeOf(chosen); e.given[f.ID] && size > 16<<10 || size > e.room {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(ed fettle.Edit) bool { return slices.Contains(e.report.Lockfiles, ed.Path) })
		if sizeOf(chosen) > e.room {
			chosen = nil
		}
		e.cut++
		text += ", without its lockfile edits: run the package manager after it"
		props["incomplete"] = true
	}
	if len(chosen) == 0 {
		return sarif.Fix{}, false
	}
	if e.given == nil {
		e.given = map[string]bool{}
	}
	e.given[f.ID] = true
	e.room -= sizeOf(chosen)
	return sarif.Fix{Description: &sarif.Message{Text: sarifText(clip(plain(text), 500))}, ArtifactChanges: changes(chosen), Properties: props}, true
}

func sizeOf(edits []fettle.Edit) int {
	n := 0
	for _, e := range edits {
		n += len(e.New) + 300 // and the JSON around it
	}
	return n
}

// changes groups edits by file, in the order in which the files first appear.
func changes(edits []fettle.Edit) []sarif.ArtifactChange {
	var paths []string
	byPath := map[string][]sarif.Replacement{}
	for _, e := range edits {
		if byPath[e.Path] == nil {
			paths = append(paths, e.Path)
		}
		byPath[e.Path] = append(byPath[e.Path], replacement(e))
	}
	var all []sarif.ArtifactChange
	for _, p := range paths {
		all = append(all, sarif.ArtifactChange{ArtifactLocation: artifact(p), Replacements: byPath[p]})
	}
	return all
}

// replacement deletes the whole lines of e.Old, up to the first column of the line after them; a last line without a
// line end is deleted up to its own end.
func replacement(e fettle.Edit) sarif.Replacement {
	start := max(e.Line, 1)
	reg := sarif.Region{StartLine: start, StartColumn: 1, EndLine: start + strings.Count(e.Old, "\n"), EndColumn: 1}
	last := e.Old[strings.LastIndexByte(e.Old, '\n')+1:]
	reg.EndColumn += len(utf16.Encode([]rune(last)))
	return sarif.Replacement{DeletedRegion: reg, InsertedContent: &sarif.Content{Text: strings.ToValidUTF8(e.New, "\ufffd")}}
}
