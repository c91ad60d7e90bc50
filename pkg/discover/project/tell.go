package project

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Teller gathers the gaps of one project. An equal one is told once, and of many the first.
type Teller struct {
	File   string // what the project is read from
	gaps   []fettle.Gap
	told   map[string]bool
	untold int
}

// NewTeller gathers the gaps of the project that is read from file.
func NewTeller(file string) *Teller { return &Teller{File: file, told: map[string]bool{}} }

// Tell takes one gap about a file; line 0 is unknown.
func (t *Teller) Tell(file string, line int, format string, args ...any) {
	if len(t.gaps) >= MaxFaults { // before any text is made: there may be millions
		t.untold++
		return
	}
	reason := fmt.Sprintf(format, args...)
	if key := fmt.Sprintf("%s\x00%d\x00%s", file, line, reason); !t.told[key] {
		t.told[key] = true
		t.gaps = append(t.gaps, Gap(file, line, reason))
	}
}

// Fault tells of a file that could not be read.
func (t *Teller) Fault(file string, err error) {
	g := FaultGap(file, err)
	line := 0
	if g.Location != nil {
		line = g.Location.Line
	}
	t.Tell(file, line, "%s", g.Reason)
}

// Faults takes what is wrong with a file.
func (t *Teller) Faults(file string, list []Fault) {
	for _, f := range list {
		t.Tell(file, f.Line, "%s", f.Msg)
	}
}

// All returns what was told, and how much more there was.
func (t *Teller) All() []fettle.Gap {
	if t.untold > 0 {
		return append(t.gaps, Gap(t.File, 0, fmt.Sprintf("and %d more problems of this project", t.untold)))
	}
	return t.gaps
}

// Add takes gaps that are whole already, such as those of a graph.
func (t *Teller) Add(gaps []fettle.Gap) { t.gaps = append(t.gaps, gaps...) }
