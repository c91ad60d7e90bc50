//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// bench is what all trials share.
type bench struct {
	options
	file     *pack.File
	database *osv.Database
	discover discover.Dependencies
	planner  *propose.Planner
	raising  *propose.Planner // the same, but of Go modules it takes versions that raise the go line
	npm      []string         // npm's settings of where packages come from
	records  string           // the same records as osv-scanner reads them; "" until they are needed
}

func newBench(ctx context.Context, o options) (*bench, error) {
	for _, dir := range []string{"cache", "temp", "empty", "native"} {
		if err := os.MkdirAll(filepath.Join(o.work, dir), 0o755); err != nil {
			return nil, err
		}
	}
	b := &bench{options: o}
	var err error
	if b.file, err = pack.Open(o.database); err != nil {
		return nil, err
	}
	section, err := b.file.Section("osv")
	if err != nil {
		return nil, err
	}
	if b.database, err = osv.OpenDatabase(section); err != nil {
		return nil, err
	}
	b.discover = discover.Dependencies{Database: b.database, Settings: project.Settings{
		Home: os.Getenv("HOME"), Getenv: os.Getenv, Cache: filepath.Join(o.work, "metadata"), Client: &http.Client{Timeout: 2 * time.Minute},
		Modules: []string{b.modules()}}}
	if b.npm, err = npmSettings(ctx, b.empty()); err != nil {
		return nil, err
	}
	b.planner, b.raising, err = newPlanners(b)
	return b, err
}

func (b *bench) close()          { b.file.Close() }
func (b *bench) empty() string   { return filepath.Join(b.work, "empty") }
func (b *bench) cache() string   { return filepath.Join(b.work, "cache") }
func (b *bench) modules() string { return filepath.Join(b.cache(), "go-mod") }

// trial is one way on one application.
type trial struct {
	ctx    context.Context
	app    application
	dir    string           // the copy to change
	before fettle.Discovery // what the copy is before
	notes  []string         // what was left out
}

func (t *trial) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// vulnerable lists the names of what has findings, the direct ones alone or all.
func (t *trial) vulnerable(direct bool) []string {
	var names []string
	for _, f := range t.before.Findings {
		if f.Direct || !direct {
			names = append(names, f.Package.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// measure tries w on a copy of a. Fettle gives two rows.
func (b *bench) measure(ctx context.Context, a application, w way) ([]row, error) {
	source := filepath.Join(b.data, "apps", a.name)
	temp, err := os.MkdirTemp(filepath.Join(b.work, "temp"), "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	base, dir := filepath.Join(temp, "a"), filepath.Join(temp, "b")
	for _, to := range []string{base, dir} {
		if err := os.CopyFS(to, os.DirFS(source)); err != nil {
			return nil, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	t := &trial{ctx: limited, app: a, dir: dir}
	if a.kind == "go" {
		if err := goGraph(b, t, base); err != nil {
			t.note("the graph of modules could not be loaded: %v", err)
		}
	}
	if t.before, err = b.discover.Discover(ctx, fettle.Repo{Dir: base}); err != nil {
		return nil, err
	}
	switch w.name {
	case ours:
		return b.draft(ctx, t, base, b.planner, ours, ourMajors)
	case ourRaise:
		return b.draft(ctx, t, base, b.raising, ourRaise)
	}
	start := time.Now()
	err = w.do(b, t)
	r := row{App: a.name, Kind: a.kind, Way: w.name, Majors: w.majors, Seconds: time.Since(start).Seconds()}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		r.Failed = fmt.Sprintf(late+" %s", b.limit)
	case err != nil:
		r.Failed = err.Error()
	default:
		if err := b.compare(ctx, t, base, &r); err != nil {
			return nil, err
		}
	}
	r.Notes = t.notes
	return []row{r}, nil
}

// compare reads what became of the copy. Discovery reads it again, whoever changed it.
func (b *bench) compare(ctx context.Context, t *trial, base string, r *row) error {
	after, err := b.discover.Discover(ctx, fettle.Repo{Dir: t.dir})
	if err != nil {
		return err
	}
	had, has := ids(t.before.Findings), ids(after.Findings)
	r.Findings = len(had)
	for id := range had {
		if !has[id] {
			r.Fixed++
		}
	}
	line := 0
	for _, f := range after.Findings {
		switch {
		case had[f.ID]:
		case f.Package.Ecosystem == "Go" && (f.Package.Name == "stdlib" || f.Package.Name == "toolchain"):
			line++
		default:
			r.Brought++
		}
	}
	if line > 0 {
		t.note("the go line was raised, which says of the standard library that it is at least that old: %d findings of it are not counted as brought", line)
	}
	for _, p := range t.before.Inventory.Projects {
		for _, m := range manager.Moves(p, manager.ProjectOf(after.Inventory, p.Lockfile)) {
			switch {
			case m.From == "":
				r.Added++
			case m.To == "":
				r.Removed++
			default:
				r.Changed++
			}
		}
	}
	if more := len(after.Gaps) - len(t.before.Gaps); more > 0 {
		t.note("discovery reports %d gaps more than before", more)
	}
	r.Lines, err = changedLines(base, t.dir)
	return err
}

func ids(findings []fettle.Finding) map[fettle.ID]bool {
	set := map[fettle.ID]bool{}
	for _, f := range findings {
		set[f.ID] = true
	}
	return set
}
