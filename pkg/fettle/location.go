package fettle

import "fmt"

// Location is a place in a file of the repository. Lines and columns count from 1; 0 is unknown.
// EndColumn is the column after the last character, as in SARIF.
type Location struct {
	Path      string `json:"path"` // slash-separated, relative to Repo.Dir
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	EndLine   int    `json:"end_line,omitempty"`
	EndColumn int    `json:"end_column,omitempty"`
}

// String returns path:line, or the path alone where the line is unknown.
func (l Location) String() string {
	if l.Line == 0 {
		return l.Path
	}
	return fmt.Sprintf("%s:%d", l.Path, l.Line)
}
