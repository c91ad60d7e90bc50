package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/learn/alert"
	"github.com/fettle-dev/fettle/pkg/prioritize"
)

// Why an alert teaches nothing, for people.
const (
	whyOpen      = "open: nobody judged them yet"
	whyAutomatic = "dismissed by a rule of the forge"
	whyBot       = "judged by a bot"
	whyNobody    = "fixed, and nobody says by whom: ask the forge with --from, or count them with --trust-fixed"
	whyBranch    = "seen on another branch than the default one"
	whyBandwidth = "dismissed for want of time, which says nothing of relevance"
	whyRisk      = "dismissed as an accepted risk, which says nothing of relevance"
	whyMitigated = "mitigated in this place, which says nothing of relevance"
	whyNoReason  = "dismissed without a reason"
	whyScore     = "not matched with a finding of a report: learned from what the alert itself says"
)

// judge turns what was read into judgements, and counts what teaches nothing.
func (in *learnInputs) judge(ctx context.Context, o *learnOptions) (judgements []learn.Judgement, ignored map[string]int) {
	ignored = map[string]int{}
	known := indexCases(in.reports)
	unmatched := 0
	for _, a := range in.alerts {
		reason, why := judged(a, o.trustFixed, in.branches(o))
		j := learn.Judgement{ID: field(a.ID), Day: a.Day}
		if why != "" {
			ignored[why]++
			if why != whyBranch && (a.State == alert.Open || a.State == alert.Dismissed && a.Person()) {
				judgements = append(judgements, j) // a person took back what was judged before; a machine takes nothing back
			}
			continue
		}
		relevant, _ := reason.Teaches()
		l := learn.Label{ID: j.ID, Day: a.Day, Source: a.Source, Relevant: relevant, Reason: reason, Author: learn.Pseudonym(a.By),
			Rule: field(a.Rule), Package: field(a.Package), Path: field(a.Path)}
		c, ok := known.match(a)
		if !ok {
			unmatched++
			c = caseOf(ctx, a)
		} else {
			l.Finding = string(c.Finding.ID)
		}
		describe(&l, c)
		if err := l.Validate(); err != nil {
			in.faults = append(in.faults, fmt.Errorf("%s: %w", l.ID, err))
			continue
		}
		j.Label = &l
		judgements = append(judgements, j)
	}
	if unmatched > 0 {
		in.said = append(in.said, fmt.Sprintf("%d of those that teach are %s", unmatched, whyScore))
	}
	own := learn.Judgements(in.records)
	for _, r := range in.records {
		switch r.Reason {
		case learn.NoBandwidth:
			ignored[whyBandwidth]++
		case learn.TolerableRisk:
			ignored[whyRisk]++
		}
	}
	return append(judgements, own...), ignored
}

// describe fills in what a label says of the finding.
func describe(l *learn.Label, c fettle.Case) {
	l.Score = prioritize.Unlearned(c.Priority)
	l.Features = prioritize.SSVC{}.Features(c.Finding, c.Evidence)
	l.Exploited = exploited(c)
}

// exploited reports whether the finding of c is known to be actively exploited.
func exploited(c fettle.Case) bool {
	return slices.ContainsFunc(c.Evidence, func(e fettle.Evidence) bool { return e.Signal == fettle.KEV && e.Status == fettle.Known })
}

// branches returns the full refs of the default branch.
func (in *learnInputs) branches(o *learnOptions) []string {
	if name := cmp.Or(o.branch, in.branch); name != "" {
		return []string{"refs/heads/" + name, name}
	}
	return []string{"refs/heads/main", "refs/heads/master"}
}

// judged says what a teaches, or why it teaches nothing.
func judged(a alert.Alert, trustFixed bool, branches []string) (reason learn.Reason, why string) {
	switch {
	case a.Ref != "" && !slices.Contains(branches, a.Ref):
		return "", whyBranch
	case a.State == alert.Open:
		return "", whyOpen
	case a.State == alert.Automatic:
		return "", whyAutomatic
	case a.Bot:
		return "", whyBot
	case a.State == alert.Fixed && !a.Person() && !trustFixed:
		return "", whyNobody
	case a.State == alert.Fixed:
		return learn.Fixed, ""
	}
	switch a.Reason {
	case alert.Inaccurate:
		return learn.Inaccurate, ""
	case alert.NotUsed:
		return learn.NotUsed, ""
	case alert.FixStarted:
		return learn.FixStarted, ""
	case alert.NoBandwidth:
		return "", whyBandwidth
	case alert.TolerableRisk, alert.WontFix:
		return "", whyRisk
	case alert.Mitigated:
		return "", whyMitigated
	}
	return "", whyNoReason
}

// field makes text from outside fit for a label.
func field(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, text)
	for len(text) > 512 {
		text = text[:len(text)-1]
	}
	return strings.ToValidUTF8(text, "")
}

// caseIndex finds cases by an id of their advisory, in lower case.
type caseIndex map[string][]fettle.Case

func indexCases(reports []fettle.Report) caseIndex {
	index := caseIndex{}
	for _, r := range reports {
		for _, c := range r.Cases {
			ids := append([]string{c.Finding.Rule}, c.Finding.Aliases...)
			slices.Sort(ids)
			for _, id := range slices.Compact(ids) {
				id = strings.ToLower(id)
				index[id] = append(index[id], c)
			}
		}
	}
	return index
}

// match returns the case that a is about: of the same advisory and package, in the file that a names. Where no finding is
// in that file, the only one there is counts, as forges and fettle may name the manifest or the lockfile.
func (index caseIndex) match(a alert.Alert) (fettle.Case, bool) {
	var found []fettle.Case
	seen := map[fettle.ID]bool{}
	for _, id := range append([]string{a.Rule}, a.Aliases...) {
		for _, c := range index[strings.ToLower(id)] {
			if !seen[c.Finding.ID] && same(c.Finding.Package, a) {
				seen[c.Finding.ID] = true
				found = append(found, c)
			}
		}
	}
	var here []fettle.Case
	for _, c := range found {
		if a.Path != "" && (c.Finding.Location.Path == a.Path || c.Finding.Manifest != nil && c.Finding.Manifest.Path == a.Path) {
			here = append(here, c)
		}
	}
	switch {
	case len(here) > 0:
		return slices.MinFunc(here, func(a, b fettle.Case) int { return strings.Compare(string(a.Finding.ID), string(b.Finding.ID)) }), true
	case len(found) == 1:
		return found[0], true
	}
	return fettle.Case{}, false
}

func same(p fettle.Package, a alert.Alert) bool {
	ecosystem, _, _ := strings.Cut(p.Ecosystem, ":")
	return a.Package != "" && strings.EqualFold(p.Name, a.Package) && (a.Ecosystem == "" || a.Ecosystem == ecosystem)
}

// caseOf makes a case of what an alert says itself, judged as a scan would judge it.
func caseOf(ctx context.Context, a alert.Alert) fettle.Case {
	f := fettle.Finding{ID: "alert", Rule: a.Rule, Aliases: a.Aliases, Package: fettle.Package{Ecosystem: a.Ecosystem, Name: a.Package, Version: a.Version},
		Scope: fettle.Scope(a.Scope), CWEs: a.CWEs, Location: fettle.Location{Path: a.Path}}
	for _, vector := range a.Vectors {
		kind := "CVSS_V2"
		switch {
		case strings.HasPrefix(vector, "CVSS:3"):
			kind = "CVSS_V3"
		case strings.HasPrefix(vector, "CVSS:4"):
			kind = "CVSS_V4"
		}
		f.Severity = append(f.Severity, fettle.Severity{Type: kind, Vector: vector, Source: a.Source})
	}
	if a.Rating != "" {
		f.Severity = append(f.Severity, fettle.Severity{Vector: a.Rating, Source: a.Source})
	}
	c := fettle.Case{Finding: f}
	scene := fettle.Scene{Findings: []fettle.Finding{f}}
	for _, correlator := range []fettle.Correlator{correlate.CVSS{}, correlate.CWE{}} {
		if got, err := correlator.Correlate(ctx, scene); err == nil { // both fail only where ctx has ended
			c.Evidence = append(c.Evidence, got.Evidence[f.ID]...)
		}
	}
	c.Priority = prioritize.SSVC{}.Prioritize(f, c.Evidence)
	return c
}

// isReport reports whether text begins as a JSON report of fettle does.
func isReport(text []byte) bool {
	head := string(text[:min(len(text), 200)])
	return strings.HasPrefix(strings.TrimLeft(head, "\uFEFF \t\r\n"), "{") && strings.Contains(head, `"schema"`) && strings.Contains(head, `"fettle-report/`)
}

func parseReport(name string, text []byte) (fettle.Report, error) {
	var r struct {
		Schema string `json:"schema"`
		fettle.Report
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return fettle.Report{}, fmt.Errorf("%s: no JSON report of fettle: %w", name, err)
	}
	if r.Schema != deliver.JSONSchema {
		return fettle.Report{}, fmt.Errorf("%s: schema is %.40q; want %s: another release of fettle wrote it", name, r.Schema, deliver.JSONSchema)
	}
	return r.Report, nil
}
