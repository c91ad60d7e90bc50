package prioritize

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Rule is one entry of the section compliance of fettle.yaml: by when a regime of the team's own asks for a fix. Where it bears
// the name of a regime that is built in, it takes that one's place.
type Rule struct {
	Regime string         `yaml:"regime"`
	Data   []string       `yaml:"data"` // it applies where one of these classes is at stake, or where context.regimes names it
	Due    map[string]int `yaml:"due"`  // days from publication by outcome, in lower case; an outcome that is missing has no time
}

// UnmarshalYAML refuses unknown keys and entries that lack what is required.
func (r *Rule) UnmarshalYAML(node *yaml.Node) error {
	type plain Rule
	if err := node.Load((*plain)(r), yaml.WithKnownFields()); err != nil {
		return err
	}
	return r.Validate()
}

// Validate says everything that is wrong with r.
func (r Rule) Validate() error {
	var errs []error
	if r.Regime == "" {
		errs = append(errs, errors.New("an entry of compliance has no regime; want a name such as gold-sla"))
	}
	if len(r.Due) == 0 {
		errs = append(errs, fmt.Errorf("compliance %s has no due; want days by outcome, such as {act: 7, attend: 30}", r.Regime))
	}
	for outcome, days := range r.Due {
		if !slices.Contains([]string{"act", "attend", "track*", "track"}, outcome) {
			errs = append(errs, fmt.Errorf("compliance %s: unknown outcome %q in due; want act, attend, track* or track", r.Regime, outcome))
		}
		if days < 1 || days > 3650 {
			errs = append(errs, fmt.Errorf("compliance %s: %d days for %s; want 1 to 3650", r.Regime, days, outcome))
		}
	}
	return errors.Join(errs...)
}

// The regimes that are built in. HIPAA names no time (45 CFR 164.308(a)(5) asks for a process), so it marks and sets none.
const (
	pciDSS = "pci-dss"
	hipaa  = "hipaa"
)

// pci is requirement 6.3.3 of PCI DSS 4.0.1: patches for critical weaknesses within one month of release. What the entity's own
// ranking surfaces counts as critical here; three months for the others is the standard's own example.
var pci = map[string]int{"act": 30, "attend": 30, "track*": 90, "track": 90}

// due marks p and sets its earliest due day. Times count from the day on which the advisory was published. What CISA's
// directive asks for is told to everybody; it has a day, and can be overdue, only where context.regimes names it.
func (s SSVC) due(p *fettle.Priority, f fettle.Finding, x facts, k known) {
	var regimes []string
	outcome := strings.ToLower(string(p.Outcome))
	consider := func(d fettle.Due, applies bool) {
		if applies && !f.Published.IsZero() && d.Date.IsZero() {
			d.From, d.Date = dayOf(f.Published), dayOf(f.Published).AddDate(0, 0, d.Days)
		}
		d.Overdue = applies && !s.Today.IsZero() && !d.Date.IsZero() && dayOf(s.Today).After(d.Date)
		text := d.Text
		if applies {
			text += dated(d)
		}
		p.Reasons = append(p.Reasons, fettle.Reason{Factor: "due", Text: text})
		if p.Due == nil || sooner(d, *p.Due) {
			p.Due = &d
		}
	}
	if timeline := x.timeline(); days(timeline) > 0 {
		text := strings.Replace(timeline, " & ", ", with a ", 1)
		consider(fettle.Due{Regime: string(BOD), Days: days(timeline), Text: "CISA BOD 26-04 asks for a fix within " + text}, k.under(string(BOD)))
	}
	if x.exploitation == active && k.kev.Catalogue() == "" {
		if date, err := time.Parse(time.DateOnly, k.kev.Text); err == nil && k.under(string(BOD)) {
			consider(fettle.Due{Regime: "kev", Date: date, Text: "KEV asks agencies for a fix by " + k.kev.Text}, true)
		}
	}
	own := func(regime string) bool {
		return slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.Regime == regime })
	}
	if (k.under(pciDSS) || k.holds("pci")) && !own(pciDSS) {
		regimes = append(regimes, pciDSS)
		consider(fettle.Due{Regime: pciDSS, Days: pci[outcome], Text: fmt.Sprintf("PCI DSS 6.3.3 asks for a fix within %d days", pci[outcome])}, true)
	}
	if k.holds("phi") {
		regimes = append(regimes, hipaa)
	}
	for _, r := range s.Rules {
		if !k.under(r.Regime) && !k.holds(r.Data...) {
			continue
		}
		regimes = append(regimes, r.Regime)
		if days := r.Due[outcome]; days > 0 {
			consider(fettle.Due{Regime: r.Regime, Days: days, Text: fmt.Sprintf("%s asks for a fix within %d days", r.Regime, days)}, true)
		}
	}
	p.Marks = k.marks(regimes...)
}

// sooner prefers what is dated, then the earlier day, then fewer days.
func sooner(a, b fettle.Due) bool {
	switch {
	case a.Overdue != b.Overdue:
		return a.Overdue
	case a.Date.IsZero() != b.Date.IsZero():
		return b.Date.IsZero()
	case !a.Date.Equal(b.Date):
		return a.Date.Before(b.Date)
	}
	return a.Days < b.Days
}

// dated says what d's day is, where it is known.
func dated(d fettle.Due) string {
	switch {
	case d.Days == 0 && d.Overdue:
		return ": overdue"
	case d.Days == 0:
		return ""
	case d.Date.IsZero():
		return "; the advisory's day of publication is not known"
	case d.Overdue:
		return fmt.Sprintf(" of %s: overdue since %s", d.From.Format(time.DateOnly), d.Date.Format(time.DateOnly))
	}
	return fmt.Sprintf(" of %s, by %s", d.From.Format(time.DateOnly), d.Date.Format(time.DateOnly))
}

// dayOf drops the time of day.
func dayOf(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
