package deliver

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// What follows states the facts of a case in words. The words are not escaped: each format does that at its edge.

// remedy is the fix that a case is shown with, and how it fared.
type remedy struct {
	Fix        fettle.Fix // zero where none was drafted
	To         string     // the version the package moves to; empty where it is removed or no fix was drafted
	Status     fettle.CheckStatus
	Confidence *fettle.Confidence
}

// remedyOf picks the fix that was decided on, else the best that was tried, else one that was drafted.
func remedyOf(r fettle.Report, c fettle.Case) remedy {
	id := c.Decision.Fix
	if id == "" {
		best := slices.MaxFunc(append(slices.Clone(c.Attempts), fettle.Attempt{}), func(a, b fettle.Attempt) int {
			return cmp.Or(cmp.Compare(merit(a), merit(b)), cmp.Compare(a.Confidence.Value, b.Confidence.Value))
		})
		id = best.Fix
	}
	i := slices.IndexFunc(r.Fixes, func(f fettle.Fix) bool {
		return f.ID == id || id == "" && slices.Contains(f.Resolves, c.Finding.ID)
	})
	if i < 0 {
		return remedy{}
	}
	m := remedy{Fix: r.Fixes[i], To: target(r.Fixes[i], c.Finding)}
	if r.Trial != nil {
		m.Status = r.Trial.Verdicts[m.Fix.ID].Status
	}
	for _, a := range c.Attempts {
		if a.Fix == m.Fix.ID {
			m.Status, m.Confidence = cmp.Or(m.Status, a.Verdict.Status), &a.Confidence
		}
	}
	return m
}

func merit(a fettle.Attempt) int {
	switch {
	case a.Fix == "":
		return 0
	case a.Verdict.Status == fettle.Passed:
		return 3
	case a.Verdict.Status == fettle.Skipped:
		return 2
	}
	return 1
}

// target returns the version that f's package moves to: the moves say what happens, the upgrades only what was asked.
func target(fix fettle.Fix, f fettle.Finding) string {
	for _, m := range fix.Moves {
		if m.Name == f.Package.Name && m.To != "" && m.From == f.Package.Version {
			return m.To
		}
	}
	for _, m := range fix.Moves {
		if m.Name == f.Package.Name && m.To != "" {
			return m.To
		}
	}
	for _, u := range fix.Upgrades {
		if u.Package.Name == f.Package.Name {
			return u.To
		}
	}
	return ""
}

// remedyText says in a few words what to do about c: "4.17.21 (passed, apply)", or the version to go to where the run
// drafts no fixes.
func remedyText(r fettle.Report, c fettle.Case) string {
	m := remedyOf(r, c)
	if m.Fix.ID == "" {
		return without(r, action{c})
	}
	how := statusWord(m.Status)
	if a := c.Decision.Action; m.Status == fettle.Passed && c.Decision.Fix == m.Fix.ID && (a == fettle.Apply || a == fettle.Suggest) {
		how += ", " + string(a)
	}
	return cmp.Or(m.To, "removed") + " (" + how + ")"
}

func statusWord(s fettle.CheckStatus) string { return cmp.Or(string(s), "not tried") }

// installed returns the versions that are installed, each once, in the order of the lockfile.
func installed(f fettle.Finding) []string {
	var all []string
	for _, i := range f.Instances {
		all = append(all, i.Version)
	}
	if len(all) == 0 && f.Package.Version != "" {
		all = []string{f.Package.Version}
	}
	return unique(all)
}

func unique(all []string) []string {
	var once []string
	for _, s := range all {
		if s != "" && !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// reach says how the package comes into the project: "direct, production", "through express › qs, development".
func reach(f fettle.Finding) string {
	how := "transitive"
	if path := firstPath(f); f.Direct {
		how = "direct"
	} else if path == nil { // the lockfile has no edges
		how = "direct or transitive"
	} else if len(path) > 1 {
		var holders []string
		for _, p := range path[:len(path)-1] {
			if at := strings.LastIndex(p, "@"); at > 0 {
				p = p[:at]
			}
			holders = append(holders, p)
		}
		how = "through " + strings.Join(shorten(holders, 4), " › ")
	}
	if f.Scope != "" {
		how += ", " + string(f.Scope)
	}
	if n := len(f.Instances); n > 1 {
		how += fmt.Sprintf(", %d copies", n)
	}
	return how
}

// marked names the classes of data and the regimes that c touches, to stand after reach.
func marked(c fettle.Case) string {
	if len(c.Priority.Marks) == 0 {
		return ""
	}
	return "; marked " + strings.Join(few(c.Priority.Marks, 5), ", ")
}

func firstPath(f fettle.Finding) []string {
	for _, i := range f.Instances {
		if len(i.Paths) > 0 {
			return i.Paths[0]
		}
	}
	return nil
}

// shorten keeps limit elements of a path: both ends say more than the middle.
func shorten(path []string, limit int) []string {
	if len(path) <= limit {
		return path
	}
	short := append([]string{}, path[:limit-2]...)
	return append(append(short, "…"), path[len(path)-1])
}

func remarkText(m fettle.Remark) string {
	if m.Location == nil {
		return m.Text
	}
	return m.Location.String() + ": " + m.Text
}
