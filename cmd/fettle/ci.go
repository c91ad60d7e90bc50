package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/forge"
	"github.com/fettle-dev/fettle/pkg/git"
)

// runCI is what a CI server runs: it compares the change with its base, under the base's configuration, and reports to the
// server. With --fix it also drafts and tries fixes, and reports them; it pushes nothing.
func runCI(ctx context.Context, env *environment, args []string) error {
	o := &options{}
	if err := o.parse(env, "ci", args); err != nil {
		return err
	}
	run, err := forge.Detect(env.getenv, os.ReadFile)
	var gaps []fettle.Gap
	lost := func(format string, args ...any) {
		gaps = append(gaps, fettle.Gap{Stage: "ci", Subject: "comparison with the base", Reason: fmt.Sprintf(format, args...)})
	}
	if err != nil {
		lost("what the CI server says of this run cannot be read: %v; every finding counts as new", err)
	}
	at, err := locate(ctx, env, o.path, run.Provider != forge.None)
	if err != nil {
		return err
	}
	tip, base, reason := baseOf(ctx, o, run, at)
	if reason != "" {
		lost("%s; every finding counts as new", reason)
	}
	c, err := ciConfig(ctx, env, o, run, at, tip)
	if err != nil {
		return err
	}
	s, err := o.begin(ctx, env, at, c, true, o.openOrFetch)
	if err != nil {
		return err
	}
	defer s.end()
	dir, err := trustedTree(ctx, at, c, s.temp)
	if err != nil {
		return err
	}
	if err := s.reads(ctx, o, at, dir); err != nil {
		return err
	}
	p := s.pipeline
	repo := fettle.Repo{Dir: at.top, Path: at.path}
	if repo.Skip, err = o.ignored(ctx, at); err != nil {
		return err
	}
	if at.git != nil {
		if repo.Commit, err = at.git.Commit(ctx, "HEAD"); err != nil && !errors.Is(err, git.ErrUnknownRevision) {
			return err
		}
	}
	if o.fix {
		if err := fixable(run, repo); err != nil {
			return err
		}
		var left []fettle.Gap
		if repo, left, err = snapshot(ctx, at, repo.Commit, s.temp); err != nil {
			return err
		}
		gaps = append(gaps, left...)
		if err := s.fixes(ctx); err != nil {
			return err
		}
	}
	if base != "" {
		if p.Base, err = baseTree(ctx, at, base, s.temp); err != nil {
			return err
		}
	}
	log := forge.NewLog(run, env.stdout, env.getenv, nil)
	p.Discover = append(p.Discover, known(gaps))
	p.Deliver = append(p.Deliver, deliver.Run{Log: log, SARIF: o.sarif, Accepted: s.config.Policy.AcceptGaps,
		Places: run.Provider == forge.GitHub || run.Provider == forge.Forgejo})
	r, err := s.run(ctx, repo)
	if err != nil {
		return err
	}
	if err := o.marked(s.config, r); err != nil {
		return err
	}
	return verdict(env, s.policy(), r)
}

// fixable says why fixes cannot be tried in this run, if they cannot.
func fixable(run forge.Run, repo fettle.Repo) error {
	switch {
	case run.Event == forge.PullRequestTarget:
		return usagef("--fix runs the tests of the change, and pull_request_target gives the run a write token; use the pull_request event")
	case repo.Commit == "":
		return usagef("--fix works on a commit, and there is none here; run it in a git repository with the change committed")
	}
	return nil
}

// openOrFetch opens the database; where no flag names one and there is none, it fetches one first, since a CI server starts
// with nothing.
func (o *options) openOrFetch(ctx context.Context, env *environment, at place) (*intelligence, error) {
	if o.database == "" && o.advisories == "" {
		if _, none := findDatabase(env, "", at.git); none != nil {
			fetch := *env
			fetch.stdout = env.stderr
			if err := runDBUpdate(ctx, &fetch, nil); err != nil {
				return nil, fmt.Errorf("%w; fetching one failed: %w", none, err)
			}
		}
	}
	return o.open(ctx, env, at)
}

// known is a discoverer of gaps that were met before the scan.
type known []fettle.Gap

// Discover finds nothing else.
func (k known) Discover(context.Context, fettle.Repo) (fettle.Discovery, error) {
	return fettle.Discovery{Gaps: k}, nil
}

// baseOf returns the newest commit of the base, whose policy holds, and the commit to compare with, where the change left
// the base. Both are "" where there is no base to be had; reason says why one that there should be is missing.
func baseOf(ctx context.Context, o *options, run forge.Run, at place) (tip, common, reason string) {
	if at.git == nil {
		return "", "", ""
	}
	wanted := []string{o.base}
	first := o.base == "" && run.Event == forge.Push && run.Base.SHA == "" && run.Base.Ref == run.Checkout.Ref
	if o.base == "" {
		wanted = []string{run.Base.SHA}
		branch := run.Base.Branch()
		if first { // nothing was on this branch before: its like is what it left
			branch = run.DefaultBranch
		}
		if run.Base.SHA == "" && branch != "" && !(first && branch == run.Base.Branch()) {
			wanted = []string{"refs/remotes/origin/" + branch, "refs/heads/" + branch}
		}
	}
	wanted = slices.DeleteFunc(wanted, func(s string) bool { return s == "" })
	if len(wanted) == 0 {
		return "", "", ""
	}
	for _, rev := range wanted {
		found, err := at.git.Commit(ctx, rev)
		if err != nil {
			continue
		}
		if common, err := at.git.MergeBase(ctx, found, "HEAD"); err == nil {
			return found, common, ""
		}
		if !at.git.Shallow(ctx) {
			return found, found, ""
		}
		return found, "", fmt.Sprintf("the clone is shallow and holds no commit that HEAD and the base %.12s share; fetch the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab)", found)
	}
	if first { // no server promised a base
		return "", "", ""
	}
	if at.git.Shallow(ctx) {
		return "", "", fmt.Sprintf("the base %s is not in this shallow clone; fetch the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab)", wanted[0])
	}
	return "", "", fmt.Sprintf("the base %s is not in this clone; fetch it before fettle runs", wanted[0])
}

// ciConfig reads the configuration that holds for the run. A change under review never brings its own: it is that of the
// base, and without the base the built-in one.
func ciConfig(ctx context.Context, env *environment, o *options, run forge.Run, at place, base string) (config, error) {
	name := o.config
	if name == "" {
		name = "fettle.yaml"
	}
	name = filepath.ToSlash(filepath.Clean(name))
	if filepath.IsAbs(name) || strings.HasPrefix(name, "../") {
		return config{}, usagef("--config %s: want a path inside the repository", o.config)
	}
	if at.git == nil {
		return diskConfig(env, o.config, at.top)
	}
	review := base != "" || run.Change > 0 || run.Event == forge.PullRequest || run.Event == forge.PullRequestTarget || run.Event == forge.MergeGroup
	switch {
	case review && base == "":
		return config{}, nil
	case review:
		return commitConfig(ctx, at.git, base, name)
	}
	head, err := at.git.Commit(ctx, "HEAD")
	if errors.Is(err, git.ErrUnknownRevision) {
		return config{}, nil
	}
	if err != nil {
		return config{}, err
	}
	return commitConfig(ctx, at.git, head, name)
}

// baseTree writes the manifests, the lockfiles and what speaks of services in the base: nothing else of it is read.
func baseTree(ctx context.Context, at place, commit, temp string) (*fettle.Repo, error) {
	dir := filepath.Join(temp, "base")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	_, err := at.git.Export(ctx, commit, dir, func(file string) bool { return discover.Reads(file) || service.Reads(file) })
	if err == nil {
		err = os.MkdirAll(filepath.Join(dir, filepath.FromSlash(at.path)), 0o700)
	}
	return &fettle.Repo{Dir: dir, Path: at.path, Commit: commit}, err
}
