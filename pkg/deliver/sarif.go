package deliver

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sarif"
)

// SARIF writes a report as SARIF 2.1.0, within the limits of GitHub code scanning: one result per finding, one rule per
// advisory. An ignored finding is a suppressed result, a gap is an error notification of a run that did not succeed, and
// what a limit cuts off is told by a warning notification.
type SARIF struct {
	Out        io.Writer
	Repository string // URI of the repository, for the provenance; one without a scheme is left out
}

// Deliver writes r to s.Out, all at once or not at all.
func (s SARIF) Deliver(_ context.Context, r fettle.Report) error {
	b, err := s.within(r)
	if err != nil {
		return fmt.Errorf("write the report as SARIF: %w", err)
	}
	if _, err := s.Out.Write(b); err != nil {
		return fmt.Errorf("write the report as SARIF: %w", err)
	}
	return nil
}

const home = "https://github.com/fettle-dev/fettle"

// log states the cases, most urgent first, with at most room bytes of edits.
func (s SARIF) log(r fettle.Report, cases []fettle.Case, room int, cuts []string) sarif.Log {
	rules, index := rulesOf(r, cases)
	version := cmp.Or(clip(plain(r.Version), 40), "0.0.0-unknown")
	run := sarif.Run{
		Tool: sarif.Tool{Driver: sarif.Driver{Name: "fettle", FullName: "fettle " + version, Organization: "fettle",
			Version: version, InformationURI: home, Rules: rules, Notifications: notices()}},
		AutomationDetails: &sarif.AutomationDetails{ID: "fettle/"},
		OriginalURIBaseIDs: map[string]sarif.ArtifactLocation{
			sarif.Root: {Description: &sarif.Message{Text: "The root of the repository."}}},
		ColumnKind: "utf16CodeUnits",
		Results:    []sarif.Result{},
	}
	if semantic.MatchString(r.Version) {
		run.Tool.Driver.SemanticVersion = strings.TrimPrefix(r.Version, "v")
	}
	if u, err := url.Parse(s.Repository); err == nil && u.Scheme != "" && r.Commit != "" {
		run.Provenance = []sarif.VersionControl{{RepositoryURI: u.String(), RevisionID: clip(plain(r.Commit), 64),
			MappedTo: &sarif.ArtifactLocation{URIBaseID: sarif.Root}}}
	}
	edits := edits{report: r, room: room}
	for _, c := range cases {
		run.Results = append(run.Results, result(r, c, index, &edits))
	}
	if edits.cut > 0 {
		cuts = append(cuts, fmt.Sprintf("The fixes of %s are given without their largest edits.", count(edits.cut, "result", "results")))
	}
	run.Invocations = []sarif.Invocation{{ExecutionSuccessful: len(r.Gaps) == 0, Notifications: notifications(r, cuts)}}
	return sarif.Log{Schema: sarif.Schema, Version: sarif.Version, Runs: []sarif.Run{run}}
}

var semantic = regexp.MustCompile(`^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

func result(r fettle.Report, c fettle.Case, index map[string]int, e *edits) sarif.Result {
	f := c.Finding
	id := ruleID(f)
	at := index[id]
	score := severity(c.Priority)
	rank := math.Round(score*100) / 10
	res := sarif.Result{
		RuleID: id, RuleIndex: &at, Kind: "fail", Level: level(c.Priority.Outcome), Rank: &rank,
		Locations:        []sarif.Location{{PhysicalLocation: place(f.Location, f)}},
		RelatedLocations: related(c),
		// GitHub takes no other fingerprint than the second. It would be a hash of the line, which moves with the version;
		// the finding's ID does not.
		PartialFingerprints: map[string]string{"fettleFinding/v1": string(f.ID), "primaryLocationLineHash": string(f.ID) + ":1"},
		Fixes:               e.of(c),
		Properties:          properties(r, c),
	}
	res.Message.Text = resultMessage(r, c)
	if c.Decision.Action == fettle.Ignore {
		res.Suppressions = []sarif.Suppression{{Kind: "external", Status: "accepted", Justification: justification(c)}}
	}
	return res
}

// resultMessage is the result in one paragraph: what is affected, how urgent and why, what to do, where it is declared.
func resultMessage(r fettle.Report, c fettle.Case) string {
	f := c.Finding
	s := clip(plain(f.Package.Name), 120) + " " + clip(plain(strings.Join(installed(f), ", ")), 120) + " (" + clip(plain(reach(f)+marked(c)), 200) +
		") is affected by " + clip(plain(f.Rule), 60)
	if f.Title != "" {
		s += ": " + strings.TrimSuffix(clip(plain(f.Title), 240), ".")
	}
	s += ". " + cmp.Or(clip(plain(string(c.Priority.Outcome)), 20), "Not ranked")
	if why := top(c.Priority, 1); len(why) > 0 {
		s += ": " + strings.TrimSuffix(why[0], ".")
	}
	s = sarifText(s + ". Fix: " + clip(plain(remedyText(r, c)), 160) + ".")
	if f.Manifest != nil {
		s += " Declared in [" + sarifText(clip(plain(f.Manifest.String()), 200)) + "](1)."
	}
	return s
}

func justification(c fettle.Case) string {
	why := strings.Join(c.Decision.Why, " ")
	for _, e := range c.Evidence {
		if why == "" && e.Signal == fettle.VEX {
			why = signalText(e)
		}
	}
	return clip(plain(strings.TrimPrefix(why+" ("+c.Decision.Rule+")", " ")), 1000)
}

// related names the place where the project declares the package, as number 1, and the other installed copies.
func related(c fettle.Case) []sarif.Location {
	f := c.Finding
	var all []sarif.Location
	add := func(l fettle.Location, text string) {
		id := len(all) + 1
		all = append(all, sarif.Location{ID: &id, PhysicalLocation: place(l, f), Message: &sarif.Message{Text: sarifText(clip(plain(text), 500))}})
	}
	if f.Manifest != nil {
		add(*f.Manifest, f.Package.Name+" is declared here")
	}
	for _, e := range c.Evidence {
		if e.Signal == fettle.Reach && e.Status == fettle.Known && e.Where != nil && len(all) < maxRelated {
			add(*e.Where, f.Package.Name+" is "+strings.ReplaceAll(e.Text, "_", " ")+" here")
		}
	}
	for _, i := range f.Instances {
		if i.Location == f.Location || i.Location.Path == "" {
			continue
		}
		if len(all) == maxRelated {
			break
		}
		add(i.Location, f.Package.Name+" "+i.Version+" at "+i.Key)
	}
	return all
}

// place gives l with all four numbers of a region, because GitHub wants them all. Where the last column is unknown, the
// region is as much of the first line as the package's name takes: GitHub shows an alert in a pull request only if all of
// its lines have changed.
func place(l fettle.Location, f fettle.Finding) *sarif.PhysicalLocation {
	reg := sarif.Region{StartLine: max(l.Line, 1), StartColumn: max(l.Column, 1), EndLine: l.EndLine, EndColumn: l.EndColumn}
	if reg.EndColumn < 1 || reg.EndLine < reg.StartLine || reg.EndLine == reg.StartLine && reg.EndColumn <= reg.StartColumn {
		reg.EndLine = reg.StartLine
		reg.EndColumn = reg.StartColumn + max(len(utf16.Encode([]rune(clip(f.Package.Name, 200)))), 1)
	}
	return &sarif.PhysicalLocation{ArtifactLocation: artifact(l.Path), Region: &reg}
}

// artifact names a file of the repository. A path that would lead out of it stays inside.
func artifact(path string) sarif.ArtifactLocation {
	var segments []string
	for _, s := range strings.Split(strings.ToValidUTF8(path, "\ufffd"), "/") {
		if s != "" && s != "." && s != ".." {
			segments = append(segments, strings.ReplaceAll(url.PathEscape(s), ":", "%3A"))
		}
	}
	return sarif.ArtifactLocation{URI: cmp.Or(strings.Join(segments, "/"), "unknown"), URIBaseID: sarif.Root}
}

func properties(r fettle.Report, c fettle.Case) sarif.Properties {
	p := sarif.Properties{
		"purl": clip(plain(c.Finding.Package.PURL()), 400), "priority": clip(plain(string(c.Priority.Outcome)), 20),
		"rank": finite(c.Priority.Rank), "decision": clip(plain(cmp.Or(string(c.Decision.Action), string(fettle.Inform))), 20),
		"direct": c.Finding.Direct, "scope": clip(plain(string(c.Finding.Scope)), 20),
	}
	set := func(key, value string) {
		if value != "" {
			p[key] = clip(plain(value), 400)
		}
	}
	set("rule", c.Decision.Rule)
	set("change", string(c.Change))
	set("wouldBe", strings.Join(c.Priority.Would, "; "))
	set("unfixed", c.Unfixed)
	set("mode", c.Priority.Mode)
	set("vector", c.Priority.Vector)
	for _, e := range c.Evidence {
		if e.Signal == fettle.Reach && e.Status == fettle.Known {
			set("reachability", e.Text)
		}
	}
	if d := c.Priority.Due; d != nil {
		set("due", strings.TrimSpace(date(d.Date)+" "+d.Regime))
		if d.Overdue {
			p["overdue"] = true
		}
	}
	if len(c.Priority.Marks) > 0 {
		p["marks"] = few(slices.Collect(clipped(c.Priority.Marks, 60)), 20)
	}
	m := remedyOf(r, c)
	set("fix", m.Fix.ID)
	set("trial", string(m.Status))
	if m.Confidence != nil {
		p["confidence"] = finite(m.Confidence.Value)
		p["confidenceCases"] = m.Confidence.Cases
		if m.Confidence.Unknown {
			p["confidenceUnknown"] = true
		}
	}
	if c.Decision.Fails {
		p["fails"] = true
	}
	if len(c.Finding.Aliases) > 0 {
		p["aliases"] = few(slices.Collect(clipped(c.Finding.Aliases, 100)), 20)
	}
	return p
}

func clipped(all []string, limit int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, s := range all {
			if !yield(clip(plain(s), limit)) {
				return
			}
		}
	}
}

// finite makes v a number that JSON can hold, of two decimals.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Round(v*100) / 100
}
