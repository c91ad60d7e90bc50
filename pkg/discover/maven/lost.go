package maven

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// lost are the POMs that could not be had, and where in the tree they were needed.
type lost struct {
	why   map[coords]string
	order []coords
	at    map[coords][]place // one for each file
	named map[string]bool    // ids of repositories that POMs of the tree name, which are not asked
}

func newLost() lost {
	return lost{why: map[coords]string{}, at: map[coords][]place{}, named: map[string]bool{}}
}

// note takes a place that a missing POM matters for, one for each file.
func (l *lost) note(c coords, at place) {
	have, ok := l.at[c]
	if !ok {
		l.order = append(l.order, c)
	}
	if !slices.ContainsFunc(have[max(0, len(have)-1):], func(p place) bool { return p.file == at.file }) {
		l.at[c] = append(have, at)
	}
}

// gaps tells of each POM once.
func (l *lost) gaps(offline bool) []fettle.Gap {
	var gaps []fettle.Gap
	for i, c := range l.order {
		at := l.at[c]
		if i == project.MaxFaults {
			gaps = append(gaps, project.Gap(at[0].file, 0, fmt.Sprintf("and %d more POMs could not be had, so the packages that they need were not checked", len(l.order)-i)))
			break
		}
		reason := fmt.Sprintf("the POM of %.300s could not be had, so what it needs and manages is unknown: %s", c, l.why[c])
		if n := len(at) - 1; n > 0 {
			reason += fmt.Sprintf(" (%d more pom.xml need it too)", n)
		}
		gaps = append(gaps, project.Gap(at[0].file, at[0].line, reason+"; "+l.remedy(offline)))
	}
	return gaps
}

// remedy says what to run.
func (l *lost) remedy(offline bool) string {
	if offline {
		return "run mvn dependency:go-offline, or scan with --offline off"
	}
	what := "run mvn dependency:go-offline, or name its repository as discover.maven.repositories in fettle.yaml"
	if len(l.named) > 0 {
		var ids []string
		for id := range l.named {
			ids = append(ids, fmt.Sprintf("%.40q", id))
		}
		slices.Sort(ids)
		more := ""
		if len(ids) > 5 {
			ids, more = ids[:5], ", ..."
		}
		what += "; the repositories that a pom.xml names (" + strings.Join(ids, ", ") + more + ") are not asked, because a change could name any"
	}
	return what
}
