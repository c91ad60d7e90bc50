package deliver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// message says what a commit does, what it resolves and what was shown. Every line begins with our own words, so that no
// text from outside becomes a trailer or a comment, and references are taken apart, so that none closes an issue.
func message(r fettle.Report, step fettle.Step) string {
	fix, _ := r.Fix(step.Fix)
	var resolves, moves, checks []string
	var attempt fettle.Attempt
	rule := ""
	before := resolvedBefore(r, step)
	for _, c := range r.Cases {
		if !slices.Contains(fix.Resolves, c.Finding.ID) {
			continue
		}
		if !slices.Contains(before, c.Finding.ID) {
			resolves = append(resolves, fmt.Sprintf("%s in %s (%s)", apart(c.Finding.Rule), apart(c.Finding.Package.String()), apart(string(c.Priority.Outcome))))
		}
		for _, a := range c.Attempts {
			if a.Fix == fix.ID {
				attempt = a
			}
		}
		if c.Decision.Fix == fix.ID && rule == "" {
			rule = c.Decision.Rule
		}
	}
	for _, m := range step.Moves {
		moves = append(moves, apart(m.Key)+": "+apart(strings.TrimPrefix(moveText(m), m.Name+" ")))
	}
	for _, c := range attempt.Verdict.Checks {
		checks = append(checks, inert(strings.TrimSuffix(fmt.Sprintf("%s %s: %s", c.Name, c.Status, c.Detail), ": ")))
	}
	if step.Tested {
		checks = append(checks, "the tree of this very commit was built and tested")
	}
	var m strings.Builder
	m.WriteString(subject(fix) + "\n")
	list(&m, "Resolves", resolves)
	list(&m, "Packages that move", moves)
	list(&m, "May break", texts(fix.Breaks, func(b fettle.Break) string { return inert(breakText(b)) }))
	list(&m, "To look at", texts(fix.Warnings, inert))
	list(&m, "Shown in a sandbox", checks)
	if attempt.Fix != "" {
		fmt.Fprintf(&m, "\nConfidence %s: %s.\n", confidenceText(attempt.Confidence), inert(attempt.Confidence.Basis))
	}
	if rule != "" {
		fmt.Fprintf(&m, "\nApplied by the rule %s.\n", inert(rule))
	}
	return m.String()
}

// resolvedBefore returns the findings that the steps before this one resolve.
func resolvedBefore(r fettle.Report, step fettle.Step) []fettle.ID {
	var ids []fettle.ID
	if r.Trial == nil {
		return nil
	}
	for _, earlier := range r.Trial.Shipped {
		if earlier.Fix == step.Fix {
			break
		}
		fix, _ := r.Fix(earlier.Fix)
		ids = append(ids, fix.Resolves...)
	}
	return ids
}

// list writes items under a title, twenty at most.
func list(m *strings.Builder, title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(m, "\n%s:\n", title)
	for _, s := range few(items, 20) {
		fmt.Fprintf(m, "- %s\n", clip(s, 300))
	}
}

// subject is the first line, at most 72 columns.
func subject(fix fettle.Fix) string {
	const limit = 72
	line := "deps: " + apart(fix.Title)
	if columns(line) > limit && len(fix.Upgrades) > 0 {
		u := lead(fix.Upgrades)
		line = fmt.Sprintf("deps: move %s to %s", apart(u.Package.Name), apart(u.To))
		if u.Kind == fettle.Override {
			line = fmt.Sprintf("deps: override %s below %s", apart(u.Package.Name), apart(strings.Join(u.Holders, ", ")))
		}
		if n := len(fix.Upgrades) - 1; n > 0 {
			line += fmt.Sprintf(" and %d more", n)
		}
	}
	if columns(line) <= limit {
		return line
	}
	used, out := 0, ""
	for _, r := range line {
		if used += runeColumns(r); used >= limit {
			break
		}
		out += string(r)
	}
	return strings.TrimRight(out, " ") + "…"
}

// lead is the upgrade that a fix is named for: the boldest.
func lead(upgrades []fettle.Upgrade) fettle.Upgrade {
	for _, kind := range []fettle.FixKind{fettle.Override, fettle.Direct} {
		if i := slices.IndexFunc(upgrades, func(u fettle.Upgrade) bool { return u.Kind == kind }); i >= 0 {
			return upgrades[i]
		}
	}
	return upgrades[0]
}

var (
	reference = regexp.MustCompile(`(?i)(#|\bgh-)([0-9])`)
	mentioned = regexp.MustCompile(`@([\pL\pN_])`)
)

// apart is plain without what a forge takes for a reference to an issue, by number or by address.
func apart(s string) string {
	return strings.ReplaceAll(reference.ReplaceAllString(plain(s), "$1 $2"), "://", ": //")
}

// inert is apart without mentions. Names of packages keep theirs: in a scope it is part of the name.
func inert(s string) string { return mentioned.ReplaceAllString(apart(s), "@ $1") }
