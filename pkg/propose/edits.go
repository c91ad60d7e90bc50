package propose

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// editsOf returns the edits that turn the files below root into texts, by path and line.
func editsOf(root string, texts map[string]string) ([]fettle.Edit, error) {
	var edits []fettle.Edit
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		old, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		edits = append(edits, lineEdits(name, string(old), texts[name])...)
	}
	return edits, nil
}

// lineEdits returns the changes from old to text as edits of whole lines.
func lineEdits(name, old, text string) []fettle.Edit {
	var edits []fettle.Edit
	line, at := 1, 0
	for _, e := range udiff.Lines(old, text) {
		line += strings.Count(old[at:e.Start], "\n")
		at = e.Start
		edits = append(edits, fettle.Edit{Path: name, Line: line, Old: old[e.Start:e.End], New: e.New})
	}
	return edits
}
