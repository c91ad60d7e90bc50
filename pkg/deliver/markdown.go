package deliver

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// SummaryLimit is the size in bytes that GitHub takes as a step summary; a larger one is dropped without a word.
const SummaryLimit = 1 << 20

// Markdown writes a report as a job summary or a comment. Where it would grow beyond Limit, the least urgent parts are
// left out, and a note says how much; the verdict, what could not be checked and the data's dates always stay.
type Markdown struct {
	Out   io.Writer
	Limit int // bytes, at least 8,192; 0 is SummaryLimit
}

// Deliver writes r to m.Out.
func (m Markdown) Deliver(_ context.Context, r fettle.Report) error {
	limit := m.Limit
	if limit == 0 {
		limit = SummaryLimit
	}
	if _, err := io.WriteString(m.Out, render(r, max(limit, 8192))); err != nil {
		return fmt.Errorf("write the report as Markdown: %w", err)
	}
	return nil
}

func render(r fettle.Report, limit int) string {
	o := outlineOf(r)
	foot := footer(r)
	p := page{room: limit - len(foot) - 1}
	p.must("## fettle: " + lower(headline(r)) + "\n")
	if s := strings.Join(sentences(r), " "); s != "" {
		p.must("\n" + markdown(s) + "\n")
	}
	p.gaps(r.Gaps)
	p.urgent(r, o.Urgent)
	p.fixes(r)
	p.evidence(o.Urgent)
	p.gone(r.Gone)
	p.changes(r.Changes)
	p.list("No action now: "+outcomes(o.Later), r, o.Later)
	p.ignored(o.Ignored)
	p.remarks(r.Remarks)
	return p.String() + "\n" + foot
}

// lower makes the headline follow a colon.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// page is Markdown that grows within a limit.
type page struct {
	strings.Builder
	room int // bytes left
}

// must writes what always fits because it is bounded.
func (p *page) must(s string) {
	p.WriteString(s)
	p.room -= len(s)
}

// items writes open, the items that fit, a note of those that do not, and close. Nothing is written without an item.
func (p *page) items(open string, items []string, done string, what string) {
	if len(items) == 0 {
		return
	}
	const note = "\n%d more %s left out to stay within the size limit; the JSON and SARIF reports hold them.\n"
	reserve := len(open) + len(done) + len(note) + len(what) + 8
	fit, size := 0, 0
	for fit < len(items) && size+len(items[fit])+reserve <= p.room {
		size += len(items[fit])
		fit++
	}
	if fit > 0 {
		p.must(open + strings.Join(items[:fit], "") + done)
	}
	if fit < len(items) && p.room > len(note)+len(what)+8 {
		p.must(fmt.Sprintf(note, len(items)-fit, what))
	}
}

// gaps come before the findings: whoever reads no further must not take silence for an all-clear.
func (p *page) gaps(gaps []fettle.Gap) {
	if len(gaps) == 0 {
		return
	}
	const shown = 10
	p.must("\n> [!WARNING]\n> **Not an all-clear: " + count(len(gaps), "thing", "things") + " could not be checked.**\n>\n")
	for i, g := range gaps {
		if i == shown && len(gaps) > shown+1 {
			p.must(fmt.Sprintf("> - and %d more\n", len(gaps)-i))
			break
		}
		p.must("> - " + markdown(clip(plain(g.Stage), 20)) + ": " + markdown(clip(plain(gapText(g)), 240)) + "\n")
	}
}

// remarks are what is to be put right in the repository's own files.
func (p *page) remarks(remarks []fettle.Remark) {
	var items []string
	for _, m := range remarks {
		items = append(items, "- "+markdown(clip(plain(remarkText(m)), 300))+"\n")
	}
	p.items("\n<details><summary>To put right: "+thousands(len(remarks))+"</summary>\n\n", items, "\n</details>\n", "remarks are")
}

// urgent is a row for each of the first actions, and a shorter one for each of the others.
func (p *page) urgent(r fettle.Report, cases []fettle.Case) {
	all := actions(r, cases)
	full := min(defaultFull, len(all))
	var rows, others []string
	for _, a := range all[:full] {
		rows = append(rows, row(r, a))
	}
	for _, a := range all[full:] {
		others = append(others, "| "+strings.Join([]string{markdown(outcome(a[0])), markdown(clip(a.packages(2), 120)),
			strings.Join(a.advisories(5), ", "), markdown(clip(plain(a.remedy(r)), 120))}, " | ")+" |\n")
	}
	p.items("\n| | Finding | Fix | Why |\n| --- | --- | --- | --- |\n", rows, "", "groups of findings that need action are")
	p.items("\n| | Package | Findings | Fix |\n| --- | --- | --- | --- |\n", others, "", "groups of findings that need action are")
}

func outcome(c fettle.Case) string { return clip(plain(string(c.Priority.Outcome)), 20) }

// advisories names the findings of a, each once, with links where the id is well-formed.
func (a action) advisories(limit int) []string {
	var all []string
	for _, c := range a {
		all = append(all, advisory(c.Finding.Rule))
	}
	return few(unique(all), limit)
}

// row is one action in the table of those that come first. It is bounded, so that one hostile finding cannot push out the
// others.
func row(r fettle.Report, a action) string {
	c, f := a[0], a[0].Finding
	first := "**" + markdown(outcome(c)) + "**"
	if c.Change == fettle.Added {
		first += "<br>new"
	}
	what := "**" + markdown(clip(plain(f.Package.Name), 80)) + "** " + markdown(clip(strings.Join(installed(f), ", "), 80)) + " " + advisory(f.Rule) +
		"<br>" + markdown(clip(plain(f.Title), 120)) + "<br>" + htmlCode(clip(plain(f.Location.String()), 120)) + " " + markdown(clip(reach(f)+marked(c), 160))
	if len(a) > 1 {
		what += "<br>with it: " + strings.Join(a[1:].advisories(6), ", ")
	}
	var why []string
	for _, reason := range top(c.Priority, 3) {
		why = append(why, markdown(reason))
	}
	if would := wouldText(c.Priority); would != "" {
		why = append(why, "*Would be "+markdown(clip(plain(would), 160))+".*")
	}
	return "| " + strings.Join([]string{first, what, remedyMarkdown(r, a), strings.Join(why, "<br>")}, " | ") + " |\n"
}

func remedyMarkdown(r fettle.Report, a action) string {
	c := a[0]
	m := remedyOf(r, c)
	if m.Fix.ID == "" {
		s := markdown(clip(plain(a.remedy(r)), 120))
		if c.Unfixed != "" {
			s += "<br>" + markdown(clip(plain(c.Unfixed), 160))
		}
		return s
	}
	to := "removed"
	if m.To != "" {
		to = "→ " + markdown(clip(plain(m.To), 60))
	}
	s := "**" + to + "**<br>" + mark(m.Status) + " " + statusWord(m.Status)
	if m.Status == fettle.Passed && c.Decision.Fix == m.Fix.ID {
		s += ", " + markdown(clip(plain(string(c.Decision.Action)), 20))
	}
	if m.Confidence != nil && m.Status == fettle.Passed {
		s += ", " + confidenceText(*m.Confidence)
	}
	return s
}

func mark(s fettle.CheckStatus) string {
	switch s {
	case fettle.Passed:
		return "✓"
	case fettle.Failed:
		return "✗"
	}
	return "–"
}

// known matches the ids that have a page in the OSV database.
var known = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{1,15}-[A-Za-z0-9:-]{2,40}$`)

// advisory names a rule, with a link where the id is well-formed. Links that an advisory brings are not used.
func advisory(rule string) string {
	if known.MatchString(rule) {
		return "[" + rule + "](https://osv.dev/vulnerability/" + rule + ")"
	}
	return markdown(clip(plain(rule), 60))
}

// list is a folded table of findings that need no action now, a line each.
func (p *page) list(title string, r fettle.Report, cases []fettle.Case) {
	var rows []string
	for _, c := range cases {
		f := c.Finding
		rows = append(rows, "| "+strings.Join([]string{
			markdown(string(c.Priority.Outcome)), advisory(f.Rule),
			code(clip(plain(f.Package.Name), 80)) + " " + markdown(clip(strings.Join(installed(f), ", "), 80)),
			markdown(clip(remedyText(r, c), 80)), htmlCode(clip(plain(f.Location.String()), 120)),
		}, " | ")+" |\n")
	}
	p.items("\n<details><summary>"+title+"</summary>\n\n| | Finding | Package | Fix | Where |\n| --- | --- | --- | --- | --- |\n",
		rows, "\n</details>\n", "findings that need no action now are")
}

// evidence lists what the priorities rest on, each with its source and date.
func (p *page) evidence(cases []fettle.Case) {
	var items []string
	for _, c := range cases {
		var all []string
		for _, e := range c.Evidence {
			all = append(all, evidenceText(e))
		}
		if len(all) > 0 {
			items = append(items, "- "+advisory(c.Finding.Rule)+" "+code(clip(plain(c.Finding.Package.Name), 80))+"\n  - "+
				strings.Join(few(escapeAll(unique(all)), 12), "\n  - ")+"\n")
		}
	}
	p.items("\n<details><summary>Evidence and its dates</summary>\n\n", items, "\n</details>\n", "findings with their evidence are")
}

func (p *page) ignored(cases []fettle.Case) {
	var items []string
	for _, c := range cases {
		s := "- " + advisory(c.Finding.Rule) + " " + code(clip(plain(c.Finding.Package.String()), 120)) + " (" + markdown(string(c.Priority.Outcome)) + ")"
		if why := strings.Join(c.Decision.Why, " "); why != "" {
			s += ": " + markdown(clip(plain(why), 300))
		}
		if c.Decision.Rule != "" {
			s += " " + code(clip(plain(c.Decision.Rule), 120))
		}
		items = append(items, s+"\n")
	}
	p.items("\n<details><summary>Ignored by policy: "+thousands(len(cases))+"</summary>\n\n", items, "\n</details>\n", "ignored findings are")
}

func (p *page) gone(findings []fettle.Finding) {
	var items []string
	for _, f := range findings {
		items = append(items, "- "+advisory(f.Rule)+" "+code(clip(plain(f.Package.String()), 120))+"\n")
	}
	p.items("\n<details><summary>Gone with this change: "+thousands(len(findings))+"</summary>\n\n", items, "\n</details>\n", "findings that are gone are")
}

func (p *page) changes(changes []fettle.PackageChange) {
	var items []string
	for _, c := range changes {
		items = append(items, "- "+code(clip(plain(packageChange(c)), 200))+" in "+code(clip(plain(c.Lockfile), 200))+"\n")
	}
	p.items("\n<details><summary>Packages that differ from the base: "+thousands(len(changes))+"</summary>\n\n", items, "\n</details>\n", "packages that differ are")
}

func footer(r fettle.Report) string {
	s := "---\n" + count(r.Packages, "package", "packages") + " of " + count(len(r.Lockfiles), "lockfile", "lockfiles") +
		". Data: " + markdown(clip(sourcesText(r), 600)) + ". fettle " + markdown(clip(plain(r.Version), 40))
	if r.Commit != "" {
		s += " at " + htmlCode(clip(short(plain(r.Commit)), 40))
	}
	return s + ".\n"
}
