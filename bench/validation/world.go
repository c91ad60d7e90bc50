package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// scenario is a set of fixes of which some fail, and tests that may flicker.
type scenario struct {
	fixes   []fettle.Fix
	bad     [][]string // fixes that fail once all of a group are in the tree; a group of one fails alone
	flicker float64    // how often a test fails on any tree
	seed    uint64
}

// outcome is what one validation of a scenario took.
type outcome struct {
	search  int // runs until the set was found, without the baseline
	total   int // runs in all, without the baseline
	shipped int
	wrong   int // fixes rejected that fail in no group
	passes  bool
}

const fixesFile = "fixes.txt"

// composer adds a fix to the tree.
type composer struct{}

func (composer) Compose(_ context.Context, dir string, fix fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	name := filepath.Join(dir, fixesFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(name, append(text, fix.ID+"\n"...), 0o644); err != nil {
		return nil, nil, err
	}
	return []fettle.Edit{{Path: fixesFile, Line: strings.Count(string(text), "\n") + 1, New: fix.ID + "\n"}}, nil, nil
}

// scanner finds what no fix of the tree resolves.
type scanner struct{ fixes []fettle.Fix }

func (s scanner) Discover(_ context.Context, repo fettle.Repo) (fettle.Discovery, error) {
	have := inTree(repo.Dir)
	var found fettle.Discovery
	for _, f := range s.fixes {
		if !slices.Contains(have, f.ID) {
			found.Findings = append(found.Findings, fettle.Finding{ID: f.Resolves[0]})
		}
	}
	return found, nil
}

func inTree(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, fixesFile))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// runner answers the test command by what is in the tree.
type runner struct {
	scenario
	random *rand.Rand
}

func (r *runner) Strengths() []string { return []string{"a simulation"} }
func (r *runner) Level() int          { return sandbox.Namespaces }

func (r *runner) Run(_ context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	if c.Args[0] != "test" {
		return sandbox.Result{}, nil
	}
	have := inTree(root)
	fails := []bool{false, false, r.random.Float64() < r.flicker}
	for _, group := range r.bad {
		if !slices.ContainsFunc(group, func(id string) bool { return !slices.Contains(have, id) }) {
			fails[1] = true
		}
	}
	out, code := "TAP version 13\n1..3\n", 0
	for i, failed := range fails {
		if failed {
			out, code = out+"not ", 1
		}
		out += fmt.Sprintf("ok %d - case %c\n", i+1, 'a'+i)
	}
	return sandbox.Result{Output: out, Code: code}, nil
}

// try validates s on a copy of nothing but the file of fixes, below temp.
func try(ctx context.Context, temp string, s scenario) (outcome, error) {
	dir, err := os.MkdirTemp(temp, "repository-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{fixesFile: "", "package.json": "{}", "package-lock.json": `{"lockfileVersion":3}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return outcome{}, err
		}
	}
	each, found, baseline := false, 0, 0
	set := &validate.Set{
		Runner: &runner{s, rand.New(rand.NewPCG(s.seed, 1))}, Compose: composer{}, Rescan: scanner{s.fixes}, Temp: temp,
		Clock: func() time.Time { return time.Unix(0, 0) },
		Config: validate.Config{EachCommit: &each, Budget: validate.Budget{Runs: 1 << 20}, Projects: map[string]suite.Settings{
			".": {Install: suite.Command{"install"}, Build: suite.Command{}, Test: suite.Command{"test"}},
		}},
		Log: func(format string, args ...any) {
			if strings.HasPrefix(format, "baseline, run ") {
				baseline++
			}
			if strings.HasSuffix(format, "found in %d runs") {
				found = args[len(args)-1].(int)
			}
		},
	}
	trial, err := set.Validate(ctx, fettle.Repo{Dir: dir}, s.fixes)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{search: found - baseline, total: trial.Runs - baseline, shipped: len(trial.Shipped)}
	o.passes = o.shipped == 0 || trial.Set.Status == fettle.Passed
	for _, f := range s.fixes {
		harmless := !slices.ContainsFunc(s.bad, func(group []string) bool { return slices.Contains(group, f.ID) })
		if harmless && trial.Verdicts[f.ID].Status != fettle.Passed {
			o.wrong++
		}
	}
	return o, nil
}
