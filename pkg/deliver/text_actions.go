package deliver

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// actions shows the first in full and each of the others on a line.
func (p *printer) actions(r fettle.Report, all []action) {
	var heads []fettle.Case
	for _, a := range all {
		heads = append(heads, a[0])
	}
	full := min(p.full, len(all))
	columns := p.columnsOf(heads[:full])
	for _, a := range all[:full] {
		p.line("")
		p.head(r, a[0], columns, a.remedy(r))
		p.reasons(r, a, strings.Repeat(" ", columns.outcome+2))
	}
	if full < len(all) {
		p.line("")
	}
	p.briefly(r, all[full:])
}

// list is the compact form: every finding on a line of its own.
func (p *printer) list(r fettle.Report) {
	columns := p.columnsOf(r.Cases)
	for _, c := range r.Cases {
		p.head(r, c, columns, remedyText(r, c))
	}
}

// widths are those of the columns of a head line.
type widths struct{ outcome, id, name int }

func (p *printer) columnsOf(cases []fettle.Case) widths {
	var w widths
	for _, c := range cases {
		w.outcome = max(w.outcome, columns(outcomeWord(c)))
		w.id = max(w.id, columns(plain(c.Finding.Rule)))
		w.name = max(w.name, columns(plain(c.Finding.Package.PURL())))
	}
	w.id = min(w.id, 24)
	w.name = min(w.name, p.width-w.outcome-w.id-30) // a long name overflows on its own line, not on all
	return w
}

// head is the line of a finding; where the fix does not fit, it goes below.
func (p *printer) head(r fettle.Report, c fettle.Case, w widths, remedy string) {
	word, id, name := outcomeWord(c), plain(c.Finding.Rule), plain(c.Finding.Package.PURL())
	head := p.paint(pad(word, w.outcome), bold, outcomeStyle(c)) + "  " + pad(id, w.id) + "  " + pad(name, w.name)
	used := w.outcome + 2 + max(w.id, columns(id)) + 2 + max(w.name, columns(name))
	fix := plain("fix: " + remedy)
	if c.Change == fettle.Added {
		fix += "  new"
	}
	if p.compact || used+2+columns(fix) <= p.width {
		p.line(head + "  " + p.fixStyle(r, c, fix))
		return
	}
	p.line(head)
	p.para(strings.Repeat(" ", w.outcome+2), fix)
}

// reasons stand below the head: what it is, why it is urgent, what would change that, where it is, and what else the same
// step resolves.
func (p *printer) reasons(r fettle.Report, a action, indent string) {
	c := a[0]
	if c.Finding.Title != "" {
		p.para(indent, clip(plain(c.Finding.Title), 150))
	}
	for _, reason := range top(c.Priority, 3) {
		p.para(indent+"- ", reason)
	}
	if would := wouldText(c.Priority); would != "" {
		p.para(indent, "Would be "+clip(plain(would), 240)+".", dim)
	}
	m := remedyOf(r, c)
	if m.Fix.ID == "" && c.Unfixed != "" {
		p.para(indent, "No fix: "+clip(plain(c.Unfixed), 300))
	}
	if m.Fix.ID != "" && indirect(m.Fix, c.Finding) {
		p.para(indent, "By: "+clip(plain(m.Fix.Title), 200))
	}
	p.para(indent, c.Finding.Location.String()+" ("+reach(c.Finding)+marked(c)+")", dim)
	if len(a) > 1 {
		p.para(indent, "With it: "+a.others(6))
	}
}

// indirect reports whether fix resolves f by more, or by other, than an upgrade of f's package.
func indirect(fix fettle.Fix, f fettle.Finding) bool {
	return len(fix.Upgrades) > 1 || len(fix.Upgrades) == 1 && (fix.Upgrades[0].Package.Name != f.Package.Name || fix.Upgrades[0].Kind == fettle.Override)
}

// briefly shows each action on a line, or on two where it does not fit.
func (p *printer) briefly(r fettle.Report, all []action) {
	var outcome, names int
	for _, a := range all {
		outcome = max(outcome, columns(outcomeWord(a[0])))
		names = max(names, columns(a.packages(2)))
	}
	names = min(names, 30)
	for _, a := range all {
		lead := p.paint(pad(outcomeWord(a[0]), outcome), outcomeStyle(a[0])) + "  "
		text := pad(a.packages(2), names) + "  " + a.rules(3)
		if slices.ContainsFunc(a, func(c fettle.Case) bool { return c.Change == fettle.Added }) {
			text += "  new"
		}
		fix := plain("fix: " + a.remedy(r))
		if outcome+2+columns(text)+2+columns(fix) <= p.width {
			p.line(lead + text + "  " + p.fixStyle(r, a[0], fix))
			continue
		}
		indent := strings.Repeat(" ", outcome+2)
		for i, line := range wrap(text, p.width-outcome-2) {
			if i > 0 {
				lead = indent
			}
			p.line(lead + line)
		}
		p.para(indent, fix)
	}
}
