package deliver

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func (p *printer) fixes(r fettle.Report) {
	all := drafts(r)
	if len(all) == 0 {
		return
	}
	if !p.compact {
		p.line("")
		p.para("", trialText(r))
	}
	status := 0
	for _, d := range all {
		status = max(status, len(statusWord(d.Verdict.Status)))
	}
	for _, d := range all {
		word := p.paint(pad(statusWord(d.Verdict.Status), status), statusStyle(d.Verdict.Status))
		if p.compact {
			p.line("fix  " + word + "  " + plain(d.Fix.Title) + "  (" + plain(d.about()) + ")")
			continue
		}
		lead := "  " + pad(statusWord(d.Verdict.Status), status) + "  "
		for i, line := range wrap(plain(d.Fix.Title)+" ("+d.about()+")", p.width-columns(lead)) {
			if i == 0 {
				p.line("  " + word + "  " + line)
			} else {
				p.line(strings.Repeat(" ", columns(lead)) + line)
			}
		}
		p.failure(d.Verdict, strings.Repeat(" ", columns(lead)))
	}
	if r.Trial != nil && !p.compact {
		if s := strings.Join(r.Trial.Sandbox, "; "); s != "" {
			p.para("  Sandbox: ", s+".", dim)
		}
	}
}

// failure says why a fix failed or was skipped, and names up to five broken tests.
func (p *printer) failure(v fettle.Verdict, indent string) {
	if v.Status == fettle.Passed {
		return
	}
	if v.Reason != "" {
		p.para(indent, clip(plain(v.Reason), 400))
	}
	for _, c := range v.Checks {
		if c.Status != fettle.Failed {
			continue
		}
		if v.Reason == "" {
			p.para(indent, clip(plain(checkText(c)), 400))
		}
		for i, test := range c.Broken {
			if i == 5 {
				p.para(indent+"- ", fmt.Sprintf("and %d more", len(c.Broken)-i))
				break
			}
			p.para(indent+"- ", clip(plain(test), 200))
		}
	}
}

// trialText sums up the trial: "Fixes: 3 drafted, 2 ship together (passed), 7 runs."
func trialText(r fettle.Report) string {
	s := "Fixes: " + thousands(len(r.Fixes)) + " drafted"
	if r.Trial == nil {
		return s + ", none tried."
	}
	switch n := len(r.Trial.Shipped); {
	case n == 0:
		s += ", none ships"
	case r.Trial.Set.Status == "":
		s += ", " + count(n, "ships", "ship together")
	default:
		s += ", " + count(n, "ships", "ship together") + " (" + string(r.Trial.Set.Status) + ")"
	}
	s += ", " + count(r.Trial.Runs, "run", "runs") + "."
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
