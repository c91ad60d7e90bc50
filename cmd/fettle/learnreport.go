package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/prioritize"
)

// learnReportSchema names the shape of the report as JSON.
const learnReportSchema = "fettle-learn-report/1"

// learned is what learn --report prints.
type learned struct {
	Schema      string             `json:"schema"`
	Active      bool               `json:"active"`
	Missing     string             `json:"missing,omitempty"` // why it is not
	Counts      learn.Counts       `json:"counts"`
	Ignored     map[string]int     `json:"ignored"` // alerts of the last reading that teach nothing, by why
	Preferences []learn.Preference `json:"preferences"`
	Calibration learn.Calibration  `json:"calibration"`
	Effect      learn.Effect       `json:"effect"`
	Now         *learnedNow        `json:"now,omitempty"` // on the findings of a scan, where one is given
	Proposals   []learnedProposal  `json:"proposals"`
}

// learnedNow is what learning does to the findings of a scan.
type learnedNow struct {
	Findings  int `json:"findings"`
	Exploited int `json:"exploited"` // never touched
	Raised    int `json:"raised"`
	Lowered   int `json:"lowered"`
	Demoted   int `json:"demoted"` // by ten points or more
	Audited   int `json:"audited"` // would be demoted, and keep their place
}

// learnedProposal is a group that the team dismisses again and again, with the exceptions that a person may accept.
type learnedProposal struct {
	learn.Proposal
	Group      string `json:"group"`
	Exceptions string `json:"exceptions"` // YAML for fettle.yaml
	Left       int    `json:"left"`       // rules beyond the most that are worded
	Open       bool   `json:"open"`       // the exceptions are for findings of the scan, else for those that were dismissed
}

// mostExceptions bounds what is worded of one proposal.
const mostExceptions = 20

// learnReport gathers what is told of m. With reports of scans, what m does to their findings is told as well, and
// exceptions are proposed for these.
func learnReport(m *learn.Model, reports []fettle.Report, today time.Time) learned {
	r := learned{Schema: learnReportSchema, Active: m.Active(), Missing: m.Missing(), Counts: m.Counts(), Ignored: m.Ignored(), Preferences: m.Preferences()}
	if r.Ignored == nil {
		r.Ignored = map[string]int{}
	}
	r.Calibration, r.Effect = m.Assess()
	if len(reports) > 0 {
		r.Now = learnedOn(m, reports)
	}
	for _, p := range m.Proposals() {
		rules, open := p.Rules, false
		if len(reports) > 0 {
			rules, open = covered(p, reports), true
		}
		proposal := learnedProposal{Proposal: p, Group: p.String(), Open: open, Left: max(0, len(rules)-mostExceptions)}
		rules = rules[:min(len(rules), mostExceptions)]
		var list []exception
		for _, rule := range rules {
			list = append(list, exceptionFor(p.Reason, rule, p.Package, p.Path, fmt.Sprintf("%d findings of this group (%s) were dismissed in a row since %s.", len(p.Labels), p, p.Since), today))
		}
		proposal.Exceptions = exceptionsYAML(list)
		r.Proposals = append(r.Proposals, proposal)
	}
	return r
}

// learnedOn counts what m does to the findings of reports.
func learnedOn(m *learn.Model, reports []fettle.Report) *learnedNow {
	n := &learnedNow{}
	for _, r := range reports {
		for _, c := range r.Cases {
			n.Findings++
			if exploited(c) {
				n.Exploited++
				continue
			}
			a, _ := m.Points(string(c.Finding.ID), prioritize.SSVC{}.Features(c.Finding, c.Evidence), false)
			switch {
			case a.Audit:
				n.Audited++
			case a.Points > 0:
				n.Raised++
			case a.Points < 0:
				n.Lowered++
			}
			if a.Points <= learn.Demoted {
				n.Demoted++
			}
		}
	}
	return n
}

// covered returns the rules of open findings that are of the group, without those that are actively exploited.
func covered(p learn.Proposal, reports []fettle.Report) []string {
	var rules []string
	seen := map[string]bool{}
	for _, r := range reports {
		for _, c := range r.Cases {
			features := prioritize.SSVC{}.Features(c.Finding, c.Evidence)
			rule := c.Finding.Rule
			if exploited(c) || c.Decision.Action == fettle.Ignore || seen[rule] || !p.Covers(features.Weakness, rule, c.Finding.Package.Name, c.Finding.Location.Path) {
				continue
			}
			seen[rule] = true
			rules = append(rules, rule)
		}
	}
	return rules
}

func (r learned) print(w io.Writer, format string) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		if r.Preferences == nil {
			r.Preferences = []learn.Preference{}
		}
		if r.Proposals == nil {
			r.Proposals = []learnedProposal{}
		}
		if r.Calibration.Bins == nil {
			r.Calibration.Bins = []learn.Bin{}
		}
		return e.Encode(r)
	case "markdown":
		_, err := io.WriteString(w, r.text(true))
		return err
	}
	_, err := io.WriteString(w, r.text(false))
	return err
}

func (r learned) text(markdown bool) string {
	p := &page{markdown: markdown}
	title := "Learned from the team's judgements"
	if markdown {
		title = "# " + title + "\n"
	}
	p.WriteString(title + "\n")
	if markdown {
		p.WriteString("\n")
	}
	r.counts(p)
	r.preferences(p)
	r.calibration(p)
	r.effect(p)
	r.proposals(p)
	return p.String()
}

func (r learned) counts(p *page) {
	c := r.Counts
	if r.Active {
		p.line("in use: scores move by up to %d points, outcomes never", learn.MostPoints)
	} else {
		p.line("not in use, and nothing moves: %s", r.Missing)
	}
	p.line("%d judgements: %d relevant, %d unwanted", c.Used, c.Relevant, c.Unwanted)
	if c.Used > 0 && c.Weight < float64(c.Used)-0.05 {
		p.line("they count as %.1f: of what one person judges on one day, more than 20 count as 20", c.Weight)
	}
	if c.Authors > 0 {
		p.line("people: %d; the busiest gave %s of the weight", c.Authors, share(c.Most, 1))
	}
	if len(r.Ignored) > 0 {
		p.heading("Taught nothing, in the last reading")
		for _, why := range sortedKeys(r.Ignored) {
			p.line("%d %s", r.Ignored[why], oneLine(why))
		}
	}
}

func (r learned) preferences(p *page) {
	if len(r.Preferences) == 0 {
		return
	}
	p.heading("Preferences, in points, against the average (10 are odds times two)")
	var rows [][]string
	for _, f := range r.Preferences {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%+.1f", f.Points), fmt.Sprintf("%+.1f to %+.1f", f.Low, f.High), fmt.Sprint(f.Labels)})
	}
	p.table([]string{"feature", "points", "90% interval", "judgements"}, rows)
}

func (r learned) calibration(p *page) {
	c := r.Calibration
	if c.Labels == 0 {
		return
	}
	p.heading(fmt.Sprintf("How well %d judgements were foretold by those of earlier days", c.Labels))
	p.table([]string{"", "Brier score", "log loss"}, [][]string{
		{"what was learned", fmt.Sprintf("%.3f", c.Brier), fmt.Sprintf("%.3f", c.LogLoss)},
		{"the score alone", fmt.Sprintf("%.3f", c.ByScore.Brier), fmt.Sprintf("%.3f", c.ByScore.LogLoss)},
		{"the share so far", fmt.Sprintf("%.3f", c.BaseRate.Brier), fmt.Sprintf("%.3f", c.BaseRate.LogLoss)},
	})
	p.WriteString("\n")
	var rows [][]string
	for _, b := range c.Bins {
		rows = append(rows, []string{fmt.Sprintf("%.0f%% to %.0f%%", 100*b.From, 100*b.To), fmt.Sprint(b.Labels), share(b.Foretold, 1), share(b.Came, 1)})
	}
	p.table([]string{"foretold", "judgements", "mean", "relevant"}, rows)
	p.line("expected calibration error %.3f (90%% interval %.3f to %.3f)", c.ECE, c.ECELow, c.ECEHigh)
}

func (r learned) effect(p *page) {
	e := r.Effect
	if e.Judged > 0 {
		p.heading("Effect on judgements that came after there were enough to learn from")
		p.line("unwanted before: %s of %d", share(float64(e.Unwanted), float64(e.Judged)), e.Judged)
		p.line("unwanted among those not demoted: %s of %d, %d of them as audit", share(float64(e.KeptUnwanted), float64(e.Kept)), e.Kept, e.Audited)
		p.line("the price: %d relevant ones of %d are demoted, which moves them down within their outcome", e.DemotedRelevant, e.Judged-e.Unwanted)
		p.line("raised by ten points or more: %d, %s of them unwanted", e.Promoted, share(float64(e.PromotedUnwanted), float64(e.Promoted)))
	}
	if n := r.Now; n != nil {
		p.heading(fmt.Sprintf("Effect on the %d findings of the scan", n.Findings))
		p.line("raised: %d; lowered: %d, by ten points or more: %d", n.Raised, n.Lowered, n.Demoted)
		p.line("shown as audit: %d", n.Audited)
		p.line("actively exploited, never touched: %d", n.Exploited)
	}
}

func (r learned) proposals(p *page) {
	for _, x := range r.Proposals {
		p.heading("Proposal: " + oneLine(x.Group))
		p.line("%d dismissals in a row since %s. Learning lowers no outcome; a person may, until a day:", len(x.Labels), x.Since)
		switch {
		case x.Exceptions == "":
			p.line("no finding of the scan is of this group")
			continue
		case !x.Open:
			p.line("without --scan, these are the findings that were dismissed")
		}
		fence := ""
		if p.markdown {
			fence = "```"
			for strings.Contains(x.Exceptions, fence) {
				fence += "`"
			}
			p.WriteString("\n" + fence + "yaml\n")
		}
		p.WriteString(x.Exceptions)
		if fence != "" {
			p.WriteString(fence + "\n\n")
		}
		if x.Left > 0 {
			p.line("and %d more of this group", x.Left)
		}
	}
}

func share(part, of float64) string {
	if of == 0 || math.IsNaN(part) {
		return "none"
	}
	return fmt.Sprintf("%.0f%%", 100*part/of)
}
