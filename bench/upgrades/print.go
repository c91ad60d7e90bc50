//go:build unix

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// late begins what is said of a way that did not end.
const late = "did not end within"

// printTables prints what was measured, and what it says about the goal: at least as many findings fixed as by each other
// way, and a third of the packages moved or fewer.
func printTables(out io.Writer, rows []row) error {
	p := &printer{out: out}
	p.line("| application | way | findings fixed | brought | packages moved (changed, added, removed) | lines | seconds |")
	p.line("|---|---|---:|---:|---:|---:|---:|")
	for _, a := range applications {
		for _, r := range rows {
			switch {
			case r.App != a.name:
			case strings.HasPrefix(r.Failed, late):
				p.line("| %s | %s | not in time | | | | |", r.App, r.Way)
			case r.Failed != "":
				p.line("| %s | %s | cannot run | | | | |", r.App, r.Way)
			default:
				p.line("| %s | %s | %d of %d | %d | %d (%d, %d, %d) | %d | %.0f |", r.App, r.Way, r.Fixed, r.Findings, r.Brought, r.moved(), r.Changed, r.Added, r.Removed, r.Lines, r.Seconds)
			}
		}
	}
	p.line("")
	p.line("| application | fettle beside | findings fixed | packages moved | share | moved for a finding | lines, share | goal |")
	p.line("|---|---|---:|---:|---:|---:|---:|---|")
	met, compared := 0, 0
	for _, a := range applications {
		for _, r := range rows {
			if r.App != a.name || r.Failed != "" || r.Way == ours || r.Way == ourMajors || r.Way == ourRaise {
				continue
			}
			mine := rivals(rows, r)
			if mine == nil || mine.Findings == 0 {
				continue
			}
			goal := verdict(*mine, r)
			if r.moved() > 0 {
				compared++
			}
			if goal == "met" {
				met++
			}
			p.line("| %s | %s%s | %d : %d | %d : %d | %s | %s : %s | %s | %s |", a.name, r.Way, with(*mine), mine.Fixed, r.Fixed, mine.moved(), r.moved(), share(mine.moved(), r.moved()),
				share(mine.moved(), mine.Fixed), share(r.moved(), r.Fixed), share(mine.Lines, r.Lines), goal)
		}
	}
	p.line("")
	p.line("Goal met in %d of %d comparisons with a way that moves anything.", met, compared)
	p.line("")
	for _, a := range applications {
		for _, r := range rows {
			if r.App != a.name {
				continue
			}
			if r.Failed != "" {
				p.line("- %s, %s: no number: %s", r.App, r.Way, short(r.Failed))
				continue
			}
			for _, note := range r.Notes {
				p.line("- %s, %s: %s", r.App, r.Way, short(note))
			}
		}
	}
	for _, a := range applications {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.App == a.name }) {
			p.line("- %s: not measured", a.name)
		}
	}
	return p.err
}

// rivals returns fettle's row that r is compared with: the one with new majors where r goes beyond them too.
func rivals(rows []row, r row) *row {
	want := ours
	if r.Majors {
		want = ourMajors
	}
	at := slices.IndexFunc(rows, func(mine row) bool { return mine.App == r.App && mine.Way == want && mine.Failed == "" })
	if at < 0 {
		return nil
	}
	return &rows[at]
}

func with(mine row) string {
	if mine.Majors {
		return ", new majors on both sides"
	}
	return ""
}

func verdict(mine, theirs row) string {
	if theirs.moved() == 0 {
		return "it moves nothing"
	}
	var short []string
	if mine.Fixed < theirs.Fixed {
		short = append(short, "fewer fixed")
	}
	if 3*mine.moved() > theirs.moved() {
		short = append(short, "more than a third moved")
	}
	if len(short) == 0 {
		return "met"
	}
	if theirs.Brought > mine.Brought {
		short = append(short, fmt.Sprintf("theirs brings %d", theirs.Brought-mine.Brought))
	}
	return strings.Join(short, ", ")
}

func share(mine, theirs int) string {
	if theirs == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(mine)/float64(theirs))
}

// short bounds text from outside to one line of a Markdown list.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "..."
	}
	return text
}

// printer keeps the first error of its output.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format+"\n", args...)
	}
}
