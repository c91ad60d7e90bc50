package deliver

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// fixes is the table that a run of fixes ends with: what was applied, suggested or failed, and why.
func (p *printer) fixes(r fettle.Report) {
	all := drafts(r)
	if len(all) == 0 {
		return
	}
	if p.compact {
		for _, d := range all {
			word := p.paint(pad(statusWord(d.Verdict.Status), len(fettle.Skipped)), statusStyle(d.Verdict.Status))
			p.line("fix  " + word + "  " + plain(d.Fix.Title) + "  (" + plain(d.about()) + ")")
		}
		return
	}
	p.line("")
	p.para("", trialText(r, all))
	p.line("")
	commit := 0
	for _, d := range all {
		commit = max(commit, columns(p.commit(d)))
	}
	head := "  " + pad("", len("not tried")) + "  "
	if commit > 0 {
		head += pad("commit", commit) + "  "
	}
	head += pad("confidence", 15) + "  resolves  "
	indent := strings.Repeat(" ", columns(head))
	p.line(p.paint(head+"fix", dim))
	for _, d := range all {
		word, why := d.result()
		lead := "  " + p.paint(pad(p.tense(word, d), len("not tried")), statusStyle(d.Verdict.Status)) + "  "
		if commit > 0 {
			lead += pad(p.commit(d), commit) + "  "
		}
		confidence := "-"
		if d.Confidence != nil && d.Verdict.Status == fettle.Passed {
			confidence = confidenceText(*d.Confidence)
		}
		lead += fmt.Sprintf("%-15s  %8s  ", confidence, thousands(len(d.Fix.Resolves)))
		title := plain(d.Fix.Title)
		if d.Fix.Major {
			title += " (major version)"
		}
		for i, line := range wrap(title, p.width-columns(indent)) {
			if i > 0 {
				lead = indent
			}
			p.line(lead + line)
		}
		p.why(d, why)
	}
	p.sandbox(r)
}

// tense makes "apply" past where a branch holds the commit.
func (p *printer) tense(word string, d draft) string {
	if p.commit(d) != "" {
		return "applied"
	}
	return word
}

func (p *printer) commit(d draft) string { return short(p.commits[d.Fix.ID]) }

// why stands below a fix: why it was not applied and, where tests broke, which and what they say.
func (p *printer) why(d draft, why string) {
	const indent = "             "
	if why != "" {
		p.para(indent, clip(plain(why), 300))
	}
	p.weigh(indent, d.Fix)
	if d.Verdict.Status != fettle.Failed {
		return
	}
	for _, c := range d.Verdict.Checks {
		if c.Status != fettle.Failed {
			continue
		}
		if why == "" {
			p.para(indent, clip(plain(checkText(c)), 300))
		}
		for i, test := range c.Broken {
			if i == 5 {
				p.para(indent+"- ", fmt.Sprintf("and %d more", len(c.Broken)-i))
				break
			}
			if len(c.Broken) > 1 || !strings.Contains(plain(why), plain(test)) {
				p.para(indent+"- ", clip(plain(test), 200))
			}
			if _, said := assertion(c.Output, test); i < 2 {
				for _, line := range said {
					p.para(indent+"    ", line, dim)
				}
			}
		}
	}
}

// weigh says what a reviewer should know of a fix before it is merged: what it may break, what is odd about it, and what
// other ways there are.
func (p *printer) weigh(indent string, f fettle.Fix) {
	list := func(label string, all []string) {
		for _, text := range few(all, 3) {
			p.para(indent+label, clip(plain(text), 300))
		}
	}
	list("may break: ", texts(f.Breaks, breakText))
	list("warning: ", f.Warnings)
	if stale := staleText(f); stale != "" {
		list("", []string{stale})
	}
	list("or: ", texts(f.Alternatives, alternativeText))
}

// sandbox says how strong the sandbox was and what it could not hold; what it holds is in the other reports.
func (p *printer) sandbox(r fettle.Report) {
	if r.Trial == nil || len(r.Trial.Sandbox) == 0 {
		return
	}
	var open []string
	for _, s := range r.Trial.Sandbox {
		if what, ok := strings.CutPrefix(s, "NOT held: "); ok {
			open = append(open, what)
		}
	}
	text := plain(r.Trial.Sandbox[0]) + "; " + count(len(r.Trial.Sandbox)-len(open), "limit", "limits") + " held" // the first names the level
	if strings.HasPrefix(r.Trial.Sandbox[0], "NOT held: ") {
		text = "no limit held"
	}
	if len(open) > 0 {
		text += "; not held: " + strings.Join(open, "; ")
	}
	p.line("")
	p.para("Sandbox: ", text+".", dim)
}

// trialText sums up the trial: "Fixes: 4 drafted, 7 runs: 1 to apply, 1 to suggest, 1 failed, 1 skipped. The set to apply
// passed as a whole."
func trialText(r fettle.Report, all []draft) string {
	s := "Fixes: " + thousands(len(r.Fixes)) + " drafted"
	if r.Trial == nil {
		return s + ", none tried."
	}
	s += ", " + count(r.Trial.Runs, "run", "runs")
	if r.Trial.Cached > 0 {
		s += ", " + count(r.Trial.Cached, "result", "results") + " of earlier ones"
	}
	var parts []string
	for _, kind := range []struct{ word, text string }{{"apply", " to apply"}, {"suggest", " to suggest"}, {"passed", " passed, not chosen"},
		{"failed", " failed"}, {"skipped", " skipped"}, {"not tried", " not tried"}} {
		n := 0
		for _, d := range all {
			if word, _ := d.result(); word == kind.word {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, thousands(n)+kind.text)
		}
	}
	s += ": " + strings.Join(parts, ", ") + "."
	if n := len(r.Trial.Shipped); n > 0 && r.Trial.Set.Status != "" {
		s += fmt.Sprintf(" The set that ships, %s, %s as a whole.", count(n, "commit", "commits"), r.Trial.Set.Status)
	}
	if b := r.Trial.Baseline; b.Status == fettle.Failed || b.Status == fettle.Skipped {
		s += " Before any fix: " + string(b.Status)
		if b.Reason != "" {
			s += ", " + strings.TrimSuffix(b.Reason, ".")
		}
		s += "."
	}
	return s
}

func statusStyle(s fettle.CheckStatus) style {
	switch s {
	case fettle.Passed:
		return green
	case fettle.Failed:
		return red
	}
	return dim
}

func (p *printer) gaps(r fettle.Report) {
	if len(r.Gaps) == 0 {
		return
	}
	if !p.compact {
		p.line("")
		p.para("", "Not checked (this report is no all-clear):", bold)
	}
	for _, g := range r.Gaps {
		if p.compact {
			p.line(p.paint("gap", yellow) + "  " + plain(g.Stage) + "  " + plain(gapText(g)))
			continue
		}
		p.para("  "+clip(plain(g.Stage), 12)+"  ", clip(plain(gapText(g)), 600))
	}
}
