package nuget

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// teller gathers the gaps of one project. An equal one is told once, and of many the first.
type teller struct {
	file   string // what the project is read from
	gaps   []fettle.Gap
	told   map[string]bool
	untold int
}

func newTeller(file string) *teller { return &teller{file: file, told: map[string]bool{}} }

func (t *teller) tell(file string, line int, format string, args ...any) {
	if len(t.gaps) >= project.MaxFaults { // before any text is made: there may be millions
		t.untold++
		return
	}
	reason := fmt.Sprintf(format, args...)
	if key := fmt.Sprintf("%s\x00%d\x00%s", file, line, reason); !t.told[key] {
		t.told[key] = true
		t.gaps = append(t.gaps, project.Gap(file, line, reason))
	}
}

// fault tells of a file that could not be read.
func (t *teller) fault(file string, err error) {
	g := project.FaultGap(file, err)
	line := 0
	if g.Location != nil {
		line = g.Location.Line
	}
	t.tell(file, line, "%s", g.Reason)
}

func (t *teller) faults(file string, list []project.Fault) {
	for _, f := range list {
		t.tell(file, f.Line, "%s", f.Msg)
	}
}

// all returns what was told, and how much more there was.
func (t *teller) all() []fettle.Gap {
	if t.untold > 0 {
		return append(t.gaps, project.Gap(t.file, 0, fmt.Sprintf("and %d more problems of this project", t.untold)))
	}
	return t.gaps
}
