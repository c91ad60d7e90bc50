package prioritize

import "fmt"

// would lists what would change the outcome, found by changing one fact at a time and asking the table again.
func (s SSVC) would(f facts, k known) []string {
	outcome := f.outcome()
	var changes []string
	try := func(condition bool, text string, change func(*facts)) {
		if !condition {
			return
		}
		g := f
		change(&g)
		if changed := g.outcome(); changed != outcome {
			changes = append(changes, fmt.Sprintf("%s %s", changed, text))
		}
	}
	try(f.exploitation != active, "if it enters KEV", func(g *facts) { g.exploitation = active })
	try(f.exploitation == none, "if its EPSS rises to "+percent(s.threshold()), func(g *facts) { g.exploitation = likely })
	try(f.reach != called, "if the vulnerable code is found to be called", func(g *facts) { g.reach = called })
	try(f.reach != notImported, "if the package is shown not to be imported", func(g *facts) { g.reach = notImported })
	try(f.development, "if it were needed in production", func(g *facts) { g.development = false })
	for _, e := range []exposure{open, controlled, small} {
		try(f.known != e, "if exposure were declared "+string(e), func(g *facts) { g.known = e })
	}
	try(!f.mission, "if sensitive data or high criticality were at stake", func(g *facts) { g.mission, g.minor = true, false })
	try(f.mission, "if neither sensitive data nor high criticality were at stake", func(g *facts) { g.mission, g.both = false, false })
	try(k.cvss == nil, "if a CVSS vector showed it neither automatable nor of total impact", func(g *facts) {
		g.automatable, g.total = false, false
	})
	return changes
}
