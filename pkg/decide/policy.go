package decide

import (
	"cmp"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Policy decides by the rule of the environment, unless an exception or a VEX document covers the finding. Its zero value is
// the built-in policy for development; without Today no exception applies.
type Policy struct {
	Rules       Rules
	Exceptions  []Exception
	Environment Environment // where no evidence says one; empty is Development
	File        string      // where Rules and Exceptions stand, relative to the repository; empty is fettle.yaml
	Today       time.Time   // what exceptions expire by
	Partial     bool        // the run looks at a part of the repository, so an exception that covers nothing may do so elsewhere
}

// Decide is pure. The fix of a decision is that of the best attempt: the one that policy may handle most boldly, then
// the highest confidence, the fewest moves, the first by ID.
func (p Policy) Decide(c fettle.Case, fixes []fettle.Fix) fettle.Decision {
	d, excepted := p.except(c)
	if excepted || state(c, &d) {
		return d
	}
	rule, name := p.rule(c)
	d.Rule = name
	d.Action = milder(fettle.Action(rule.Action), fettle.Inform)
	d.Fails = p.fails(c, &d)
	if rule.Action == Ignore {
		d.Why = append(d.Why, "policy ignores findings in this environment")
		return d
	}
	if best, ok := choose(rule, c, fixes, &d); ok {
		d.Action, d.Why = best.action, append(d.Why, best.why...)
		if boldness(best.action) >= boldness(fettle.Suggest) {
			d.Fix = best.fix.ID
		}
	}
	return d
}

// Accepts reports whether a run with these gaps may end as if it had none.
func (p Policy) Accepts(gaps []fettle.Gap) bool { return len(gaps) == 0 || p.Rules.AcceptGaps }

// environment is that of the finding's own program, where the context says one, else that of the policy.
func (p Policy) environment(c fettle.Case) Environment {
	for _, e := range c.Evidence {
		if e.Signal == fettle.Environment && e.Status == fettle.Known {
			return Environment(e.Text)
		}
	}
	return cmp.Or(p.Environment, Development)
}

// rule returns the rule that holds for c and where it stands.
func (p Policy) rule(c fettle.Case) (Rule, string) {
	e := p.environment(c)
	rule := p.Rules.rule(e)
	if e != Development && e != Staging {
		e = Production
	}
	name := "policy.environments." + string(e)
	given := map[Environment]Rule{
		Development: p.Rules.Environments.Development, Staging: p.Rules.Environments.Staging, Production: p.Rules.Environments.Production,
	}[e]
	if !given.set() {
		return rule, "built-in default " + name
	}
	return rule, p.at(rule.line) + " " + name
}

// at names a place in the file of the policy.
func (p Policy) at(line int) string {
	return fettle.Location{Path: p.file(), Line: line}.String()
}

func (p Policy) file() string {
	if p.File == "" {
		return "fettle.yaml"
	}
	return p.File
}

// except decides by the first exception that covers c and has not expired. Expired ones leave a note in the decision, and so
// do VEX documents that see it otherwise: an exception beats them.
func (p Policy) except(c fettle.Case) (fettle.Decision, bool) {
	var d fettle.Decision
	for i, x := range p.Exceptions {
		if !x.covers(c.Finding) {
			continue
		}
		rule := fmt.Sprintf("%s exceptions[%d]", p.at(x.line), i)
		if p.Today.IsZero() {
			d.Why = append(d.Why, "the exception at "+rule+" does not apply: the day is not known")
			continue
		}
		if x.expired(p.Today) {
			d.Why = append(d.Why, fmt.Sprintf("the exception at %s expired on %s and no longer applies", rule, x.Expires.Format(time.DateOnly)))
			continue
		}
		d.Action, d.Rule = fettle.Inform, rule
		status := string(x.Status)
		if x.Status.silences() {
			d.Action = fettle.Ignore
		}
		if x.Justification != "" {
			status += ", " + string(x.Justification)
		}
		d.Why = append(d.Why, fmt.Sprintf("%s until %s: %s", status, x.Expires.Format(time.DateOnly), x.Reason))
		d.Why = append(d.Why, contradictions(c, x.Status)...)
		d.Statement = &fettle.Statement{Status: string(x.Status), Justification: string(x.Justification), Reason: x.Reason}
		return d, true
	}
	return d, false
}

// fails reports whether c fails the run, and says why in d.
func (p Policy) fails(c fettle.Case, d *fettle.Decision) bool {
	bound := p.Rules.failOn()
	if !bound.reached(c.Priority.Outcome) {
		return false
	}
	place := "built-in default"
	if p.Rules.FailOn != "" {
		place = p.at(p.Rules.failOnLine)
	}
	if c.Change == fettle.Existing && p.Rules.failOnNew() {
		d.Why = append(d.Why, "it was there before the change and does not fail the run: policy.fail_on_new")
		return false
	}
	d.Why = append(d.Why, fmt.Sprintf("%s fails the run: %s policy.fail_on is %s", c.Priority.Outcome, place, bound))
	return true
}
