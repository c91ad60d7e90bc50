package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/decide"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/git"
	"github.com/fettle-dev/fettle/pkg/prioritize"
)

// runScan finds, correlates and ranks. It reads the work tree as it is, and writes nothing but what the flags name.
func runScan(ctx context.Context, env *environment, args []string) error {
	o := &options{path: "."}
	if err := o.parse(env, "scan", args); err != nil {
		return err
	}
	if o.target != (target{}) {
		return scanTarget(ctx, env, o)
	}
	return o.scan(ctx, env)
}

// scan reads the work tree, or the part of it that o names.
func (o *options) scan(ctx context.Context, env *environment) error {
	at, err := locate(ctx, env, o.path, false)
	if err != nil {
		return err
	}
	c, err := diskConfig(env, o.config, at.top)
	if err != nil {
		return err
	}
	s, err := o.begin(ctx, env, at, c, o.base != "", o.open)
	if err != nil {
		return err
	}
	defer s.end()
	if err := s.reads(ctx, o, at, at.top); err != nil {
		return err
	}
	repo := fettle.Repo{Dir: at.top, Path: at.path}
	if repo.Skip, err = o.ignored(ctx, at); err != nil {
		return err
	}
	if o.base != "" {
		if s.pipeline.Base, err = o.compared(ctx, at, s.temp); err != nil {
			return err
		}
	}
	if at.git != nil {
		if changed, err := at.git.Changed(ctx); err == nil && len(changed) == 0 {
			repo.Commit, _ = at.git.Commit(ctx, "HEAD")
		}
	}
	r, err := s.run(ctx, repo)
	if err != nil {
		return err
	}
	if o.keep != nil {
		*o.keep = r
		return nil
	}
	if err := o.marked(s.config, r); err != nil {
		return err
	}
	return verdict(env, s.policy(), r)
}

// builtinMarks are those that need no declaration.
var builtinMarks = []string{"pci", "pii", "phi", "secrets", "pci-dss", "hipaa", "bod-26-04"}

// marked refuses a mark of --only that nothing here can bear: the report looks empty for it, which is no all-clear.
func (o *options) marked(c config, r fettle.Report) error {
	if o.only == "" || len(r.Cases) > 0 || slices.Contains(builtinMarks, o.only) ||
		slices.ContainsFunc(r.Facts, func(f fettle.Fact) bool { return f.Text == o.only }) {
		return nil
	}
	declared := c.Context.Words()
	for _, rule := range c.Compliance {
		declared = append(append(declared, rule.Regime), rule.Data...)
	}
	if slices.Contains(declared, o.only) {
		return nil
	}
	slices.Sort(declared)
	return usagef("--only %s: no class of data and no regime of this name is declared or inferred here; want one of %s", o.only,
		strings.Join(slices.Compact(append(slices.Clone(builtinMarks), declared...)), ", "))
}

// ignored lists what git ignores and does not track, which a scan of the work tree leaves out.
func (o *options) ignored(ctx context.Context, at place) ([]string, error) {
	if at.git == nil || o.noIgnore {
		return nil, nil
	}
	return at.git.Ignored(ctx)
}

// compared writes the tree that --base names: where the commit at HEAD left it, or its own where they share nothing.
func (o *options) compared(ctx context.Context, at place, temp string) (*fettle.Repo, error) {
	if at.git == nil {
		return nil, usagef("--base %s: not a git repository, so there is nothing to compare with", o.base)
	}
	tip, err := at.git.Commit(ctx, o.base)
	if errors.Is(err, git.ErrUnknownRevision) {
		return nil, usagef("--base %s: this repository has no such commit; fetch it first, or name another", o.base)
	}
	if err != nil {
		return nil, err
	}
	common, err := at.git.MergeBase(ctx, tip, "HEAD")
	if err != nil {
		common = tip
	}
	return baseTree(ctx, at, common, temp)
}

// apply lets the flags override the file.
func (o *options) apply(c *config) error {
	c.offline = o.offline
	o.told = c.VEX
	switch o.reach {
	case "", reachCalls, reachSource, reachNone:
		c.reach = cmp.Or(o.reach, reachCalls)
	default:
		return usagef("--reach: unknown word %q; want %s, %s or %s", o.reach, reachCalls, reachSource, reachNone)
	}
	if o.mode != "" {
		c.Priority.Mode = prioritize.Mode(o.mode)
		if err := c.Priority.Mode.Validate(); err != nil {
			return usagef("--mode: %w", err)
		}
	}
	if o.failOn == "" {
		return nil
	}
	c.Policy.FailOn = decide.FailOn(o.failOn)
	if err := c.Policy.Validate(); err != nil {
		return usagef("--fail-on: %w", err)
	}
	return nil
}

// open opens the database, after building it where the flags name a folder to build it from.
func (o *options) open(ctx context.Context, env *environment, at place) (*intelligence, error) {
	if o.advisories != "" {
		file, err := o.build(ctx, env, at)
		if err != nil {
			return nil, err
		}
		return openDatabase(file)
	}
	file, err := findDatabase(env, o.database, at.git)
	if err != nil {
		return nil, err
	}
	return openDatabase(file)
}

// build makes the database from the folder that the flags name, in the repository's cache directory.
func (o *options) build(ctx context.Context, env *environment, at place) (string, error) {
	file := env.databasePath()
	if at.git != nil {
		file = filepath.Join(cacheDir(at.git), databaseName)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	giveBack(filepath.Dir(file))
	var in dbInputs
	if err := in.add(env.abs(o.advisories)); err != nil {
		return "", usagef("--advisories: %w", err)
	}
	silent := *env
	silent.stdout = io.Discard
	if err := buildDB(ctx, &silent, in, file, false); err != nil {
		return "", err
	}
	giveBack(file)
	return file, nil
}

// verdict turns a report into the exit status, and says on stderr what a status other than 0 is for.
func verdict(env *environment, p decide.Policy, r fettle.Report) error {
	switch incomplete := len(r.Gaps) > 0 && !p.Accepts(r.Gaps); {
	case r.Fails():
		fmt.Fprintln(env.stderr, "fettle: policy fails the run (exit 1)")
		return exitError(exitPolicy)
	case incomplete:
		fmt.Fprintf(env.stderr, "fettle: the run is incomplete: %d things could not be checked (exit 3); policy.accept_gaps in fettle.yaml accepts that\n", len(r.Gaps))
		return exitError(exitIncomplete)
	}
	return nil
}
