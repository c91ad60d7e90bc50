package document

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// marks says by which bytes a format parts one value from the next. The parsers of YAML and TOML take up to a kilobyte for
// each value before any of it is seen here, and some call themselves for each bracket.
type marks struct {
	single string // each counts
	spaced string // each counts where a blank or the end of the line follows
	most   int
}

var (
	yamlMarks = marks{single: "\n\r,[{!&*\"\x85\xa8\xa9", spaced: "-?:", most: 750_000}
	tomlMarks = marks{single: "\n,[{=.", most: 2_500_000}
	xmlMarks  = marks{single: "<=", most: 4_000_000}
)

// maxOpen is how many brackets may be open at once for a parser that calls itself.
const maxOpen = 5000

// crowded refuses text that has more marks or more open brackets than any lockfile.
func crowded(data []byte, m marks) error {
	var single, spaced [256]bool
	for i := range len(m.single) {
		single[m.single[i]] = true
	}
	for i := range len(m.spaced) {
		spaced[m.spaced[i]] = true
	}
	count, open, line := 0, 0, 1
	for i, c := range data {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		case '\n':
			line++
		}
		if single[c] || spaced[c] && (i+1 == len(data) || data[i+1] <= ' ') {
			count++
		}
		if count > m.most {
			return project.NewFault(line, fmt.Sprintf("more than %d marks between values before this line is through; not read", m.most))
		}
		if open > maxOpen {
			return project.NewFault(line, fmt.Sprintf("more than %d brackets are open at once; not read", maxOpen))
		}
	}
	return nil
}
