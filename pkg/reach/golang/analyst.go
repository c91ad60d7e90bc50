package golang

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// runner runs a command in a directory that it may write, and nowhere else.
type runner interface {
	Run(ctx context.Context, dir string, cmd sandbox.Command) (sandbox.Result, error)
}

// Analyst is a fettle.Correlator for findings of Go modules.
type Analyst struct {
	Run      runner           // with ModuleCache(Cache) as its cache
	Settings project.Settings // where Client is nil, no module is fetched
	Temp     string           // an existing folder for copies of the tree; "" is the system's
	Cache    string           // an existing folder of fettle's own, for modules and answers
	Program  string           // a program that calls Main first; "" is the running one
	Tests    bool             // look also at what only tests reach, which takes about twice as long
	Log      func(format string, args ...any)
}

// ModuleCache makes the part of cache that the sandbox may write while it fetches, and returns it.
func ModuleCache(cache string) (string, error) {
	dir := filepath.Join(cache, "mod")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache of Go modules: %w", err)
	}
	return dir, nil
}

// Limits of the two phases.
const (
	fetchTime = 10 * time.Minute
	scanTime  = 15 * time.Minute
	memory    = 6 << 30
	processes = 2048 // threads count, and the go command starts many
)

// Correlate says of each finding of a Go module how far the program gets to it. A module that cannot be built leaves a gap.
func (a Analyst) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	known := fettle.Correlation{Evidence: map[fettle.ID][]fettle.Evidence{}}
	byProject := map[string][]fettle.Finding{} // by lockfile
	for _, f := range scene.Findings {
		if p := projectOf(f, scene.Inventory); p != nil {
			byProject[p.Lockfile] = append(byProject[p.Lockfile], f)
		}
	}
	var w *workplace
	defer func() {
		if w != nil {
			w.close()
		}
	}()
	for _, p := range scene.Inventory.Projects {
		findings := byProject[p.Lockfile]
		if p.Manager != "go" || len(findings) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return known, err
		}
		if w == nil {
			w = newWorkplace(a, scene.Repo)
		}
		evidence, gaps, err := w.project(ctx, p, findings)
		if err != nil {
			return known, fmt.Errorf("reachability of %s: %w", p.Lockfile, err)
		}
		for id, e := range evidence {
			known.Evidence[id] = append(known.Evidence[id], e)
		}
		known.Gaps = append(known.Gaps, gaps...)
	}
	return known, nil
}

// projectOf is the module or workspace that f is a finding of; nil where it is none of Go's.
func projectOf(f fettle.Finding, inventory fettle.Inventory) *fettle.Project {
	if f.Kind != fettle.Dependency || f.Package.Ecosystem != "Go" {
		return nil
	}
	var in []*fettle.Project
	for i := range inventory.Projects {
		if p := &inventory.Projects[i]; p.Manager == "go" && p.Dir == f.Project {
			in = append(in, p)
		}
	}
	for _, p := range in { // a folder may hold a workspace, and a module that is none of it
		if slices.ContainsFunc(p.Nodes, func(n fettle.Node) bool {
			return slices.ContainsFunc(f.Instances, func(i fettle.Instance) bool { return i.Key == n.Key && i.Location == n.Location })
		}) {
			return p
		}
	}
	if len(in) > 0 {
		return in[0]
	}
	return nil
}

// newJob asks for all findings of p, but for those of the go command itself.
func newJob(p fettle.Project, findings []fettle.Finding, tests bool) job {
	j := job{Tree: treeDir, Dir: p.Dir, Work: path.Base(p.Lockfile) == "go.work", Tests: tests}
	for _, f := range findings {
		if f.Package.Name == toolchain {
			continue
		}
		t := target{ID: string(f.ID), Module: f.Package.Name}
		for _, s := range f.Symbols {
			if s.Path == "" {
				continue // names without a package say nothing that can be looked up
			}
			names := slices.Clone(s.Names)
			slices.Sort(names)
			t.Symbols = append(t.Symbols, symbol{Path: s.Path, Names: names})
		}
		slices.SortFunc(t.Symbols, func(x, y symbol) int { return strings.Compare(x.Path, y.Path) })
		j.Targets = append(j.Targets, t)
	}
	slices.SortFunc(j.Targets, func(x, y target) int { return strings.Compare(x.ID, y.ID) })
	return j
}

// toolchain is what advisories call the go command.
const toolchain = "toolchain"

// project judges the findings of one module or workspace.
func (w *workplace) project(ctx context.Context, p fettle.Project, findings []fettle.Finding) (map[fettle.ID]fettle.Evidence, []fettle.Gap, error) {
	j := newJob(p, findings, w.analyst.Tests)
	answer, err := w.answer(ctx, j)
	var refused *refusal
	if err != nil && !errors.As(err, &refused) {
		return nil, nil, err
	}
	evidence := map[fettle.ID]fettle.Evidence{}
	var gaps []fettle.Gap
	if refused != nil {
		gaps = append(gaps, fettle.Gap{Stage: "correlate", Subject: p.Lockfile, Reason: refused.reason, Location: &fettle.Location{Path: p.Lockfile}})
	} else if len(answer.Broken) > 0 {
		gaps = append(gaps, fettle.Gap{Stage: "correlate", Subject: p.Lockfile, Location: &fettle.Location{Path: p.Lockfile},
			Reason: "some of its packages do not build, so that no call from them was seen: " + plain(strings.Join(answer.Broken, "\n"))})
	}
	for _, f := range findings {
		switch i := slices.IndexFunc(j.Targets, func(t target) bool { return t.ID == string(f.ID) }); {
		case f.Package.Name == toolchain:
			evidence[f.ID] = unknown("the weakness is in the go command, which builds the program and is no part of it")
		case refused != nil:
			evidence[f.ID] = unknown(refused.short)
		case i < 0 || i >= len(answer.Outcomes):
			evidence[f.ID] = unknown("it was not looked at")
		default:
			evidence[f.ID] = judge(j.Targets[i], answer.Outcomes[i], answer)
		}
	}
	return evidence, gaps, nil
}

// refusal says why a module could not be looked at: in whole for the gap, and in short for each finding.
type refusal struct{ reason, short string }

func (r *refusal) Error() string { return r.reason }
