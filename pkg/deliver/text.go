package deliver

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Text writes a report for the terminal. Every finding that needs action is one line that begins with its outcome, its
// id and its package URL, so that the output can be searched; reasons stand indented below.
type Text struct {
	Out     io.Writer
	Width   int  // columns, 80 to 200; 0 is 100
	Color   bool // with ANSI colours
	Compact bool // one line for the verdict, each finding, fix and gap, and the data; of any length
}

// Deliver writes r to t.Out.
func (t Text) Deliver(_ context.Context, r fettle.Report) error {
	p := printer{width: min(max(cmp.Or(t.Width, 100), 80), 200), color: t.Color, compact: t.Compact}
	p.report(r)
	if _, err := t.Out.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("write the report as text: %w", err)
	}
	return nil
}

type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// printer lays text out. Only its methods write terminal sequences, and all text they get is made plain.
type printer struct {
	out     bytes.Buffer
	width   int
	color   bool
	compact bool
}

func (p *printer) paint(s string, styles ...style) string {
	if !p.color || s == "" || len(styles) == 0 {
		return s
	}
	var codes []string
	for _, st := range styles {
		codes = append(codes, string(st))
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + s + "\x1b[0m"
}

// para writes text wrapped, with first before the first line and as much room before the others.
func (p *printer) para(first, text string, styles ...style) {
	lead := first
	for _, line := range wrap(plain(text), p.width-columns(first)) {
		fmt.Fprintln(&p.out, strings.TrimRight(lead+p.paint(line, styles...), " "))
		lead = strings.Repeat(" ", columns(first))
	}
}

func (p *printer) line(s string) { fmt.Fprintln(&p.out, strings.TrimRight(s, " ")) }

func (p *printer) report(r fettle.Report) {
	o := outlineOf(r)
	if p.compact {
		p.line(plain(strings.Join(append([]string{headline(r) + "." + notAllClear(r)}, sentences(r)...), " ")))
		p.findings(r, r.Cases)
		p.fixes(r)
		p.gaps(r)
		p.line("data  " + plain(sourcesText(r)))
		return
	}
	p.para("", headline(r)+"."+notAllClear(r), bold)
	if s := strings.Join(sentences(r), " "); s != "" {
		p.para("", s)
	}
	p.findings(r, o.Urgent)
	p.counts(r, o)
	p.fixes(r)
	p.gaps(r)
	p.line("")
	p.para("Data: ", sourcesText(r)+".")
}

// notAllClear is appended to the headline of a report with gaps.
func notAllClear(r fettle.Report) string {
	if len(r.Gaps) == 0 {
		return ""
	}
	return " " + count(len(r.Gaps), "thing", "things") + " could not be checked."
}

func (p *printer) findings(r fettle.Report, cases []fettle.Case) {
	var outcome, id, name int
	for _, c := range cases {
		outcome = max(outcome, columns(outcomeWord(c)))
		id = max(id, columns(plain(c.Finding.Rule)))
		name = max(name, columns(plain(c.Finding.Package.PURL())))
	}
	id = min(id, 24)
	name = min(name, p.width-outcome-id-30) // a long name overflows on its own line, not on all
	for _, c := range cases {
		if !p.compact {
			p.line("")
		}
		p.finding(r, c, outcome, id, name)
	}
}

func (p *printer) finding(r fettle.Report, c fettle.Case, outcome, id, name int) {
	word := outcomeWord(c)
	head := p.paint(pad(word, outcome), bold, outcomeStyle(c)) + "  " + pad(plain(c.Finding.Rule), id) + "  " +
		pad(plain(c.Finding.Package.PURL()), name)
	used := outcome + 2 + max(id, columns(plain(c.Finding.Rule))) + 2 + max(name, columns(plain(c.Finding.Package.PURL())))
	fix := plain("fix: " + remedyText(r, c))
	if c.Change == fettle.Added {
		fix += "  new"
	}
	indent := strings.Repeat(" ", outcome+2)
	if p.compact || used+2+columns(fix) <= p.width {
		p.line(head + "  " + p.fixStyle(r, c, fix))
	} else {
		p.line(head)
		p.para(indent, fix)
	}
	if p.compact {
		return
	}
	if c.Finding.Title != "" {
		p.para(indent, clip(plain(c.Finding.Title), 200))
	}
	for _, reason := range top(c.Priority, 3) {
		p.para(indent+"- ", reason)
	}
	if would := wouldText(c.Priority); would != "" {
		p.para(indent, "Would be "+clip(plain(would), 240)+".", dim)
	}
	if c.Unfixed != "" && remedyOf(r, c).Fix.ID == "" {
		p.para(indent, "No fix: "+clip(plain(c.Unfixed), 300))
	}
	p.para(indent, c.Finding.Location.String()+" ("+reach(c.Finding)+")", dim)
}

func (p *printer) fixStyle(r fettle.Report, c fettle.Case, s string) string {
	switch remedyOf(r, c).Status {
	case fettle.Passed:
		return p.paint(s, green)
	case fettle.Failed:
		return p.paint(s, red)
	}
	return s
}

func outcomeWord(c fettle.Case) string {
	word := cmp.Or(strings.ToLower(clip(plain(string(c.Priority.Outcome)), 12)), "not ranked")
	if c.Decision.Action == fettle.Ignore {
		word = "ignored"
	}
	return word
}

func outcomeStyle(c fettle.Case) style {
	switch {
	case c.Decision.Action == fettle.Ignore:
		return dim
	case c.Priority.Outcome == fettle.Act:
		return red
	case c.Priority.Outcome == fettle.Attend:
		return yellow
	case c.Priority.Outcome == fettle.TrackStar:
		return cyan
	}
	return dim
}

func (p *printer) counts(r fettle.Report, o outline) {
	var parts []string
	if len(o.Later) > 0 {
		parts = append(parts, "No action now: "+outcomes(o.Later)+".")
	}
	if len(o.Ignored) > 0 {
		parts = append(parts, "Ignored by policy: "+thousands(len(o.Ignored))+".")
	}
	if len(parts) > 0 {
		p.line("")
		p.para("", strings.Join(parts, " "))
	}
}
