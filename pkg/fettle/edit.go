package fettle

import (
	"errors"
	"fmt"
	"strings"
)

// ErrRefused marks a fix that cannot be applied to the tree at hand. It is a verdict on the fix, not a fault of the run.
var ErrRefused = errors.New("fix refused")

// Edit replaces text in one file. Old must stand at Line exactly; an edit whose text has moved is refused.
type Edit struct {
	Path string `json:"path"` // slash-separated, relative to Repo.Dir
	Line int    `json:"line"` // where Old begins, from 1; 0 where the file is new
	Old  string `json:"old"`  // whole lines
	New  string `json:"new"`  // whole lines
}

// ApplyEdits returns text with the edits of one file made. Lines are those of text, before any edit.
func ApplyEdits(text string, edits []Edit) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	var out strings.Builder
	next := 0 // the first line not yet written
	for _, e := range edits {
		at := max(e.Line-1, 0)
		old := strings.SplitAfter(e.Old, "\n")
		if old[len(old)-1] == "" {
			old = old[:len(old)-1]
		}
		if at < next || at+len(old) > len(lines) || strings.Join(lines[at:at+len(old)], "") != e.Old {
			return "", fmt.Errorf("%s:%d: the text to replace is not there: %w", e.Path, e.Line, ErrRefused)
		}
		out.WriteString(strings.Join(lines[next:at], ""))
		out.WriteString(e.New)
		next = at + len(old)
	}
	out.WriteString(strings.Join(lines[next:], ""))
	return out.String(), nil
}
