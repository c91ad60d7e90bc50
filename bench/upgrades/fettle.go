//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/golang"
	"github.com/fettle-dev/fettle/pkg/propose/jvm"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
	"github.com/fettle-dev/fettle/pkg/propose/python"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// newPlanners makes fettle's planner as the command line makes it, without alternatives and without a look at the code, and
// one that raises the go line.
func newPlanners(b *bench) (plain, raising *propose.Planner, err error) {
	temp, cache := filepath.Join(b.work, "temp"), b.cache()
	box, err := sandbox.New(sandbox.Options{Cache: cache, Temp: temp, Env: os.LookupEnv})
	if err != nil {
		return nil, nil, err
	}
	for _, line := range box.Strengths() {
		fmt.Fprintln(os.Stderr, line)
	}
	log := func(format string, args ...any) { fmt.Fprintf(os.Stderr, "\t"+format+"\n", args...) }
	if err := os.MkdirAll(filepath.Join(cache, "npm"), 0o755); err != nil {
		return nil, nil, err
	}
	env := append(b.npm, "npm_config_cache="+filepath.Join(cache, "npm"))
	none := 0
	planner := func(raise bool) *propose.Planner {
		managers := append([]manager.Manager{
			&npm.NPM{Run: box, Discover: b.discover, Temp: temp, Env: env, Dates: true},
			&golang.Go{Run: box, Temp: temp, Env: append(golang.Settings(cache, os.Getenv), "GOMODCACHE="+b.modules()), Raise: raise, Log: log},
			&jvm.Maven{Settings: b.discover.Settings, Temp: temp, Log: log},
		}, python.Managers(&python.Tools{Run: box, Temp: temp, Env: python.Settings(cache, os.Getenv), Log: log})...)
		return &propose.Planner{Managers: managers, Discover: b.discover, Database: b.database, Config: propose.Config{Alternatives: &none},
			Temp: temp, Clock: time.Now, Log: log}
	}
	return planner(false), planner(true), nil
}

// draft lets fettle draft for all findings, and applies the fixes one after another: first those that keep the major
// version, which make the row of the first name, then the others for the second name.
func (b *bench) draft(ctx context.Context, t *trial, base string, planner *propose.Planner, names ...string) ([]row, error) {
	var cases []fettle.Case
	for _, f := range t.before.Findings {
		cases = append(cases, fettle.Case{Finding: f, Priority: fettle.Priority{Outcome: fettle.Attend}})
	}
	start := time.Now()
	proposal, err := planner.Propose(t.ctx, fettle.Repo{Dir: base}, t.before.Inventory, cases)
	if err != nil {
		if t.ctx.Err() != nil && ctx.Err() == nil {
			return []row{{App: t.app.name, Kind: t.app.kind, Way: names[0], Failed: fmt.Sprintf(late+" %s", b.limit), Seconds: time.Since(start).Seconds()}}, nil
		}
		return nil, err
	}
	why := map[string]int{}
	for _, reason := range proposal.Unfixed {
		why[reason]++
	}
	for reason, n := range why {
		fmt.Fprintf(os.Stderr, "\tunfixed %d: %s\n", n, reason)
	}
	for _, gap := range proposal.Gaps {
		fmt.Fprintf(os.Stderr, "\tgap: %s: %s\n", gap.Subject, gap.Reason)
	}
	var rows []row
	for i, name := range names {
		majors, drafted := i > 0, 0
		for _, f := range proposal.Fixes {
			if f.Major != majors {
				continue
			}
			drafted++
			_, _, err := planner.Compose(ctx, t.dir, f)
			switch {
			case errors.Is(err, fettle.ErrRefused):
				first, _, _ := strings.Cut(err.Error(), "\n")
				t.note("%q refused beside the others: %s", f.Title, first)
			case err != nil:
				return nil, fmt.Errorf("apply %q: %w", f.Title, err)
			}
			for _, lock := range f.Stale {
				t.note("%s was not refreshed", lock)
			}
		}
		r := row{App: t.app.name, Kind: t.app.kind, Way: name, Majors: majors, Fixes: drafted, Seconds: time.Since(start).Seconds()}
		if err := b.compare(ctx, t, base, &r); err != nil {
			return nil, err
		}
		r.Notes, t.notes = t.notes, nil
		rows = append(rows, r)
	}
	return rows, nil
}
