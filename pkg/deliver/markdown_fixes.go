package deliver

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func (p *page) fixes(r fettle.Report) {
	if len(r.Fixes) == 0 {
		return
	}
	intro := "\n### Fixes\n\n" + markdown(clip(strings.TrimPrefix(trialText(r, drafts(r)), "Fixes: "), 600)) + "\n"
	if r.Trial != nil && len(r.Trial.Sandbox) > 0 {
		intro += "\nSandbox: " + markdown(clip(plain(strings.Join(r.Trial.Sandbox, "; ")), 600)) + ".\n"
	}
	var items []string
	for _, d := range drafts(r) {
		items = append(items, fixMarkdown(r, d))
	}
	p.items(intro, items, "", "fixes are")
}

// fixMarkdown is one fix with its trial, folded; a failed one is open, because someone has to read it.
func fixMarkdown(r fettle.Report, d draft) string {
	var b strings.Builder
	failed := d.Verdict.Status == fettle.Failed
	b.WriteString("\n<details")
	if failed {
		b.WriteString(" open")
	}
	b.WriteString("><summary>" + mark(d.Verdict.Status) + " <b>" + markdown(clip(plain(d.Fix.Title), 160)) + "</b>: ")
	if failed || d.Verdict.Status != fettle.Passed {
		b.WriteString(statusWord(d.Verdict.Status) + ", ")
	}
	b.WriteString(markdown(d.about()) + "</summary>\n\n")
	if failed {
		b.WriteString(failure(d.Verdict) + "\n")
	}
	item := func(label, text string) {
		if text != "" {
			b.WriteString("- " + label + ": " + text + "\n")
		}
	}
	item("Resolves", strings.Join(resolved(r, d.Fix), ", "))
	var introduced []string
	for _, f := range d.Fix.Introduces {
		introduced = append(introduced, advisory(f.Rule)+" "+code(clip(plain(f.Package.String()), 80)))
	}
	item("Brings", strings.Join(few(introduced, 10), ", "))
	item("Moves", strings.Join(few(escapeAll(moves(d.Fix)), 12), ", "))
	item("May break", strings.Join(few(escapeAll(texts(d.Fix.Breaks, breakText)), 8), "; "))
	item("Warning", strings.Join(few(escapeAll(d.Fix.Warnings), 5), "; "))
	item("Lockfile", markdown(clip(plain(staleText(d.Fix)), 300)))
	item("Checks", strings.Join(few(escapeAll(checkTexts(d.Verdict.Checks)), 12), "; "))
	if d.Verdict.Status == fettle.Skipped {
		item("Not tried", markdown(clip(plain(d.Verdict.Reason), 300)))
	}
	if c := d.Confidence; c != nil && d.Verdict.Status == fettle.Passed {
		s := confidenceText(*c)
		if c.Basis != "" {
			s += " (" + markdown(clip(plain(c.Basis), 120)) + ")"
		}
		if parts := few(escapeAll(contributions(*c)), 8); len(parts) > 0 {
			s += ": " + strings.Join(parts, "; ")
		}
		item("Confidence", s)
	}
	var decisions []string
	for _, dec := range d.Decisions {
		decisions = append(decisions, decisionText(dec))
	}
	item("Decision", strings.Join(few(escapeAll(decisions), 5), "; "))
	item("Other ways", strings.Join(few(escapeAll(texts(d.Fix.Alternatives, alternativeText)), 5), "; "))
	item("Release notes", strings.Join(few(escapeAll(d.Fix.Links), 5), ", "))
	item("Note", strings.Join(few(escapeAll(d.Fix.Notes), 5), " "))
	b.WriteString("\n</details>\n")
	return b.String()
}

// failure says why a fix failed, names the broken tests and shows the end of the output.
func failure(v fettle.Verdict) string {
	s := ""
	if v.Reason != "" {
		s = markdown(clip(plain(v.Reason), 400)) + ":\n"
	}
	for _, c := range v.Checks {
		if c.Status == fettle.Failed {
			s += failedCheck(c, v.Reason == "")
		}
	}
	return s
}

func failedCheck(c fettle.Check, say bool) string {
	var b strings.Builder
	if say {
		b.WriteString(markdown(clip(plain(checkText(c)), 300)) + ":\n")
	}
	if len(c.Broken) > 0 {
		b.WriteString("\n")
		for _, name := range few(escapeAll(c.Broken), 10) {
			b.WriteString("- " + name + "\n")
		}
	}
	if c.Output != "" {
		text, cut := around(c, 40, 4000)
		b.WriteString("\n")
		if c.Command != "" {
			b.WriteString(code(clip(plain(c.Command), 120)))
			if cut {
				b.WriteString(", in part")
			}
			b.WriteString(":\n\n")
		}
		b.WriteString(fenced(text) + "\n")
	}
	return b.String()
}

// resolved names the findings that a fix resolves, each advisory once.
func resolved(r fettle.Report, f fettle.Fix) []string {
	var ids []string
	for _, id := range f.Resolves {
		for _, c := range r.Cases {
			if c.Finding.ID == id {
				ids = append(ids, advisory(c.Finding.Rule))
			}
		}
	}
	return few(unique(ids), 12)
}

// few keeps n of all and says how many there are more.
func few(all []string, n int) []string {
	if len(all) <= n+1 {
		return all
	}
	return append(append([]string{}, all[:n]...), "and "+thousands(len(all)-n)+" more")
}

func escapeAll(all []string) []string {
	var safe []string
	for _, s := range all {
		safe = append(safe, markdown(clip(plain(s), 200)))
	}
	return safe
}
