package reach

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/dotnet"
	"github.com/fettle-dev/fettle/pkg/reach/java"
	"github.com/fettle-dev/fettle/pkg/reach/node"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/reach/python"
	"github.com/fettle-dev/fettle/pkg/reach/symbols"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Imports reads the sources of a repository and tells of each finding whether production code imports its package and calls
// what is vulnerable in it. It runs nothing. What it cannot tell is Unknown evidence that says why.
type Imports struct {
	Settings project.Settings
	Overlay  *symbols.Overlay       // names vulnerable symbols beside those of the advisories; nil for none
	Ignores  func(file string) bool // files and folders that are not looked at; nil is none
	Log      func(format string, args ...any)
}

// analysts are those of all ecosystems.
func analysts() []program.Analyst {
	return []program.Analyst{node.Analyst{}, python.Analyst{}, java.Analyst{}, dotnet.Analyst{}}
}

// Correlate walks the tree once, and reads the sources of those languages alone that findings ask about.
func (i Imports) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	result := fettle.Correlation{Evidence: map[fettle.ID][]fettle.Evidence{}}
	var asked []program.Analyst
	for _, a := range analysts() {
		if slices.ContainsFunc(scene.Findings, func(f fettle.Finding) bool { return f.Package.Ecosystem == a.Ecosystem() }) {
			asked = append(asked, a)
		}
	}
	if len(asked) == 0 || scene.Repo.Dir == "" {
		return result, nil
	}
	if !syntax.Available {
		result.Gaps = append(result.Gaps, fettle.Gap{Stage: "correlate", Subject: "reachability",
			Reason: "this fettle was built without parsers of source code; build it with CGO_ENABLED=1 and a C compiler"})
		return result, nil
	}
	files, err := project.OpenFiles(scene.Repo.Dir)
	if err != nil {
		return result, err
	}
	defer files.Close()
	t, err := i.survey(ctx, scene.Repo, files, asked)
	if err != nil {
		return result, err
	}
	result.Gaps = append(result.Gaps, t.gaps...)
	for _, a := range asked {
		for _, p := range scene.Inventory.Projects {
			if targets := i.targets(p, a, scene.Findings); len(targets) > 0 {
				if i.Log != nil {
					i.Log("reading how %s uses its packages", cmp.Or(p.Dir, "the repository"))
				}
				if err := i.analyze(ctx, a, t, p, scene, targets, &result); err != nil {
					return result, err
				}
			}
		}
	}
	return result, nil
}

// unsourced are the managers of projects that list packages of no source in the tree.
var unsourced = []string{"dpkg", "apk", "rpm", "cyclonedx", "spdx"}

// target is one copy of a finding's package.
type target struct {
	program.Target
	finding fettle.ID
}

// targets are the copies that findings are about, of one project.
func (i Imports) targets(p fettle.Project, a program.Analyst, findings []fettle.Finding) []target {
	if slices.Contains(unsourced, p.Manager) {
		return nil
	}
	nodes := map[string]fettle.Node{}
	for _, n := range p.Nodes {
		if n.Ecosystem == a.Ecosystem() {
			nodes[n.Key] = n
		}
	}
	var all []target
	for _, f := range findings {
		if f.Package.Ecosystem != a.Ecosystem() || f.Project != p.Dir {
			continue
		}
		for _, in := range f.Instances {
			if n, ok := nodes[in.Key]; ok && n.Location.Path == in.Location.Path {
				all = append(all, target{program.Target{Node: n, Symbols: append(slices.Clone(f.Symbols), i.Overlay.Of(f)...)}, f.ID})
			}
		}
	}
	return all
}

// analyze asks the analyst, once with the project's own sources and, where it saw no import, once with sources that may belong
// to the program although they lie elsewhere.
func (i Imports) analyze(ctx context.Context, a program.Analyst, t *tree, p fettle.Project, scene fettle.Scene, targets []target, result *fettle.Correlation) error {
	own, foreign, others := t.of(a, p, scene.Inventory.Projects)
	subject := program.Program{Project: p, Files: t.files, Settings: i.Settings, Sources: own, Unread: t.unreadOf(a, p, scene.Inventory.Projects), Parsed: t.parsed, Others: others}
	asked := make([]program.Target, len(targets))
	for k := range targets {
		asked[k] = targets[k].Target
	}
	var verdicts []program.Verdict
	var err error
	if why := t.incomplete; why != "" {
		verdicts = make([]program.Verdict, len(targets))
		for k := range verdicts {
			verdicts[k].Why = why
		}
	} else {
		var gaps []fettle.Gap
		if verdicts, gaps, err = a.Analyze(ctx, subject, asked); err != nil {
			return fmt.Errorf("read how %s uses its packages: %w", cmp.Or(p.Lockfile, "the repository"), err)
		}
		result.Gaps = append(result.Gaps, gaps...)
		if err := elsewhere(ctx, a, subject, foreign, asked, verdicts); err != nil {
			return err
		}
		if a.Ecosystem() == "npm" {
			if v, ok := t.missing(own); ok {
				for k := range verdicts {
					if unused(verdicts[k]) {
						verdicts[k] = v
					}
				}
			}
		}
		if err := t.siblings(ctx, a, subject, scene.Inventory.Projects, asked, verdicts); err != nil {
			return err
		}
	}
	if len(own) == 0 && t.incomplete == "" {
		for k := range verdicts {
			verdicts[k] = program.Verdict{Why: "no source file of this program is here"}
		}
	}
	worst := map[fettle.ID]program.Verdict{}
	for k, v := range verdicts {
		if have, ok := worst[targets[k].finding]; !ok || weight(v) > weight(have) {
			worst[targets[k].finding] = v
		}
	}
	for id, v := range worst {
		result.Evidence[id] = append(result.Evidence[id], evidence(v))
	}
	return nil
}

// elsewhere doubts each "not imported" that a source outside of the project's folder speaks against.
func elsewhere(ctx context.Context, a program.Analyst, subject program.Program, foreign []program.Source, asked []program.Target, verdicts []program.Verdict) error {
	if len(foreign) == 0 || !slices.ContainsFunc(verdicts, unused) {
		return nil
	}
	subject.Sources, subject.Unread, subject.Others = foreign, nil, nil
	second, _, err := a.Analyze(ctx, subject, asked)
	if err != nil {
		return err
	}
	for k, v := range verdicts {
		if !unused(v) || unused(second[k]) {
			continue
		}
		why := second[k].Why
		if len(second[k].Chain) > 0 {
			why = second[k].Chain[0].Location.String() + " imports it"
		}
		verdicts[k] = program.Verdict{Why: why + ", outside of this project's folder; whether it is part of this program cannot be told", Chain: second[k].Chain}
	}
	return nil
}

func unused(v program.Verdict) bool { return v.Known && v.Reach == program.NotImported }

// weight orders verdicts by how much they ask for attention.
func weight(v program.Verdict) int {
	if !v.Known {
		return 2
	}
	return map[program.Reach]int{program.Called: 4, program.Referenced: 3, program.NoPath: 1, program.NotImported: 0}[v.Reach]
}

// source is who says so, in reports.
const source = "source code"

func evidence(v program.Verdict) fettle.Evidence {
	e := fettle.Evidence{Signal: fettle.Reach, Status: fettle.Unknown, Source: source, Why: clip(v.Why), Chain: v.Chain}
	if v.Known {
		e.Status, e.Text = fettle.Known, string(v.Reach)
	} else {
		e.Text = e.Why
	}
	for _, hop := range v.Chain {
		if hop.Package == "" && hop.Location.Path != "" {
			where := hop.Location
			e.Where = &where
			break
		}
	}
	return e
}

// clip bounds a line that may hold text from outside.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 300 {
		return s[:300] + "..."
	}
	return s
}
