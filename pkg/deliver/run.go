package deliver

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/forge"
)

// runLog is the log of a CI run.
type runLog interface {
	Annotate(a forge.Annotation) error
	Summary(markdown string) error
	Output(name, value string) error
	StopCommands(write func(io.Writer) error) error
	Close() error
}

// Run delivers to the CI run that fettle is part of: the report as plain lines of its log, annotations at the places of
// the findings, a summary, and outputs for later steps. A server that lacks one of them gets the others.
type Run struct {
	Log      runLog
	SARIF    string // the SARIF file, as an output; "" where none is written
	Accepted bool   // policy accepts the gaps
	Places   bool   // the server shows annotations at their places; elsewhere the lines of the report have said it all
}

// Deliver annotates what there is to do now; with a comparison, only about what the change adds.
func (d Run) Deliver(ctx context.Context, r fettle.Report) error {
	err := d.Log.StopCommands(func(w io.Writer) error { return Text{Out: w}.Deliver(ctx, r) })
	if err != nil {
		return err
	}
	if d.Places {
		if err := d.annotate(r); err != nil {
			return err
		}
	}
	var summary strings.Builder
	if err := (Markdown{Out: &summary, Limit: SummaryLimit}).Deliver(ctx, r); err != nil {
		return err
	}
	if err := d.Log.Summary(summary.String()); err != nil {
		return err
	}
	return d.outputs(r)
}

func (d Run) annotate(r fettle.Report) error {
	for _, g := range r.Gaps {
		a := forge.Annotation{Level: forge.Warning, Title: "Not checked: " + plain(g.Subject), Message: plain(g.Reason), Path: g.Subject}
		if g.Location != nil {
			a.Path, a.Line = g.Location.Path, g.Location.Line
		} else if g.Stage != "discover" {
			a.Path = ""
		}
		if err := d.Log.Annotate(a); err != nil {
			return err
		}
	}
	added := slices.DeleteFunc(outlineOf(r).Urgent, func(c fettle.Case) bool { return c.Change == fettle.Existing })
	for _, a := range actions(r, added) {
		if err := d.Log.Annotate(annotation(r, a)); err != nil {
			return err
		}
	}
	return d.Log.Close()
}

// annotation stands where the project declares the package, else at its entry in the lockfile.
func annotation(r fettle.Report, all action) forge.Annotation {
	c, f := all[0], all[0].Finding
	a := forge.Annotation{Level: forge.Warning, Path: f.Location.Path, Line: f.Location.Line,
		Title: fmt.Sprintf("%s: %s in %s", outcome(c), plain(f.Rule), plain(f.Package.String()))}
	if f.Manifest != nil {
		a.Path, a.Line = f.Manifest.Path, f.Manifest.Line
	}
	if slices.ContainsFunc(all, func(c fettle.Case) bool { return c.Decision.Fails }) {
		a.Level = forge.Error
	}
	lines := []string{plain(f.Title)}
	for _, reason := range top(c.Priority, 3) {
		lines = append(lines, "- "+reason)
	}
	lines = append(lines, "Fix: "+plain(all.remedy(r)))
	if len(all) > 1 {
		lines = append(lines, "With it: "+all.others(6))
	}
	a.Message = strings.Join(lines, "\n")
	return a
}

// outputs sets what action.yml documents.
func (d Run) outputs(r fettle.Report) error {
	verdict := "pass"
	switch {
	case r.Fails():
		verdict = "fail"
	case len(r.Gaps) > 0 && !d.Accepted:
		verdict = "incomplete"
	}
	var act, added, passed int
	for _, c := range r.Cases {
		if c.Priority.Outcome == fettle.Act && c.Decision.Action != fettle.Ignore {
			act++
		}
		if c.Change != fettle.Existing {
			added++
		}
	}
	if r.Trial != nil {
		for _, v := range r.Trial.Verdicts {
			if v.Status == fettle.Passed {
				passed++
			}
		}
	}
	for _, o := range []struct{ name, value string }{
		{"verdict", verdict},
		{"findings", strconv.Itoa(len(r.Cases))},
		{"surfaced", strconv.Itoa(len(outlineOf(r).Urgent))},
		{"act", strconv.Itoa(act)},
		{"new", strconv.Itoa(added)},
		{"gaps", strconv.Itoa(len(r.Gaps))},
		{"fixes", strconv.Itoa(passed)},
		{"sarif-file", d.SARIF},
	} {
		if err := d.Log.Output(o.name, o.value); err != nil {
			return err
		}
	}
	return nil
}
