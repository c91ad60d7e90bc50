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

// Text writes a report for the terminal. What needs action is grouped by what there is to do: findings that one fix
// resolves, or those of one package. The most urgent groups begin with a line of outcome, id and package URL, with reasons
// indented below; the others are a line each. A run that drafts fixes ends with a table of them.
type Text struct {
	Out     io.Writer
	Width   int               // columns, 80 to 200; 0 is 100
	Color   bool              // with ANSI colours
	Compact bool              // one line for the verdict, each finding, fix and gap, and the data; of any length
	Full    int               // how many groups are shown with their reasons; 0 is 10, less is none
	Commits map[string]string // the commit of each fix that a branch holds, by Fix.ID, as Branch.IDs; may be filled later
}

// Deliver writes r to t.Out.
func (t Text) Deliver(_ context.Context, r fettle.Report) error {
	p := printer{width: min(max(cmp.Or(t.Width, 100), 80), 200), color: t.Color, compact: t.Compact,
		full: max(cmp.Or(t.Full, defaultFull), 0), commits: t.Commits}
	p.report(r)
	if _, err := t.Out.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("write the report as text: %w", err)
	}
	return nil
}

// defaultFull is how many actions are shown with their reasons: more than a screen or two is not read.
const defaultFull = 10

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
	full    int
	commits map[string]string
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
		p.list(r)
		p.fixes(r)
		for _, m := range r.Remarks {
			p.line("remark  " + plain(remarkText(m)))
		}
		p.gaps(r)
		p.line("data  " + plain(sourcesText(r)))
		return
	}
	p.para("", headline(r)+"."+notAllClear(r), bold)
	if s := strings.Join(sentences(r), " "); s != "" {
		p.para("", s)
	}
	p.actions(r, actions(r, o.Urgent))
	if r.Only != "" && len(o.Later) > 0 { // all that bears a mark is asked for
		p.line("")
		p.briefly(r, actions(r, o.Later))
	}
	p.counts(o)
	p.changes(r)
	p.fixes(r)
	p.remarks(r)
	p.gaps(r)
	p.line("")
	p.para("Data: ", sourcesText(r)+".")
}

// maxChanges is how many packages that differ from the base are listed; JSON and Markdown have them all.
const maxChanges = 20

// changes lists what differs from the base: findings that are gone, and packages.
func (p *printer) changes(r fettle.Report) {
	if len(r.Gone)+len(r.Changes) == 0 {
		return
	}
	p.line("")
	p.line(p.paint("Against the base", bold))
	for i, f := range r.Gone {
		if i == maxChanges {
			p.line(fmt.Sprintf("  and %s more findings that are gone", thousands(len(r.Gone)-i)))
			break
		}
		p.para("  gone     ", f.Rule+"  "+f.Package.String()+"  "+f.Location.Path)
	}
	for i, c := range r.Changes {
		if i == maxChanges {
			p.line(fmt.Sprintf("  and %s more packages that differ", thousands(len(r.Changes)-i)))
			break
		}
		p.para("  package  ", packageChange(c)+"  "+c.Lockfile)
	}
}

// remarks lists what is to be put right in the repository's own files.
func (p *printer) remarks(r fettle.Report) {
	if len(r.Remarks) == 0 {
		return
	}
	p.line("")
	p.line(p.paint("To put right", bold))
	for _, m := range r.Remarks {
		p.para("  ", remarkText(m))
	}
}

// notAllClear is appended to the headline of a report with gaps.
func notAllClear(r fettle.Report) string {
	if len(r.Gaps) == 0 {
		return ""
	}
	return " " + count(len(r.Gaps), "thing", "things") + " could not be checked."
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

func (p *printer) counts(o outline) {
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
