package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/git"
)

// runFix scans the commit at HEAD, drafts and tries fixes on copies of it, and commits those that hold to a branch of their
// own.
func runFix(ctx context.Context, env *environment, args []string) error {
	o := &options{path: "."}
	if err := o.parse(env, "fix", args); err != nil {
		return err
	}
	at, err := locate(ctx, env, o.path, false)
	if err != nil {
		return err
	}
	head, err := clean(ctx, o.path, at)
	if err != nil {
		return err
	}
	c, err := diskConfig(env, o.config, at.top)
	if err != nil {
		return err
	}
	o.commits = map[string]string{}
	s, err := o.begin(ctx, env, at, c, true, o.open)
	if err != nil {
		return err
	}
	defer s.end()
	if err := s.reads(ctx, o, at, at.top); err != nil {
		return err
	}
	s.say.step("reading commit %.12s", head)
	repo, left, err := snapshot(ctx, at, head, s.temp)
	if err != nil {
		return err
	}
	p := s.pipeline
	p.Discover = append(p.Discover, known(left))
	if err := s.fixes(ctx); err != nil {
		return err
	}
	if o.dryRun {
		p.Validate = nil
	}
	branch := &deliver.Branch{Git: at.git, Name: cmp.Or(o.branch, fmt.Sprintf("fettle/fix-%.12s", head)), Temp: s.temp, IDs: o.commits}
	p.Ships = true
	p.Deliver = append([]fettle.Deliverer{branch}, p.Deliver...)
	r, err := s.run(ctx, repo)
	if err != nil {
		return err
	}
	if err := keep(ctx, at, head, r); err != nil {
		return err
	}
	closing(env, o, at, branch)
	return verdict(env, s.policy(), r)
}

// clean returns the commit at HEAD of a work tree whose tracked files are all as committed.
func clean(ctx context.Context, name string, at place) (string, error) {
	if at.git == nil {
		return "", usagef("%s: not a git repository; fettle fix commits its fixes to a branch. Run git init and commit, or use fettle scan", name)
	}
	head, err := at.git.Commit(ctx, "HEAD")
	if errors.Is(err, git.ErrUnknownRevision) {
		return "", usagef("%s: the repository has no commit yet; commit the files to fix first", name)
	}
	if err != nil {
		return "", err
	}
	changed, err := at.git.Changed(ctx)
	if err != nil {
		return "", err
	}
	if len(changed) > 0 {
		list := strings.Join(changed[:min(len(changed), 3)], ", ")
		if more := len(changed) - 3; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		return "", usagef("%s: tracked files have changes that are not committed (%s); commit or stash them, since fixes are made on the commit at HEAD", name, list)
	}
	return head, nil
}

// snapshot writes the files of commit below temp. What it cannot write is a gap.
func snapshot(ctx context.Context, at place, commit, temp string) (fettle.Repo, []fettle.Gap, error) {
	dir := filepath.Join(temp, "tree")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fettle.Repo{}, nil, err
	}
	left, err := at.git.Export(ctx, commit, dir, nil)
	if err != nil {
		return fettle.Repo{}, nil, err
	}
	var gaps []fettle.Gap
	for _, l := range left {
		gaps = append(gaps, fettle.Gap{Stage: "discover", Subject: l.Path, Reason: l.Reason})
	}
	return fettle.Repo{Dir: dir, Path: at.path, Commit: commit}, gaps, nil
}

// reports are the files that a run of fix leaves in the repository's cache directory.
var reports = []struct {
	name string
	make func(f *os.File) fettle.Deliverer
}{
	{"report.md", func(f *os.File) fettle.Deliverer { return deliver.Markdown{Out: f} }},
	{"report.json", func(f *os.File) fettle.Deliverer { return deliver.JSON{Out: f} }},
	{"report.sarif", func(f *os.File) fettle.Deliverer { return deliver.SARIF{Out: f} }},
}

// keep writes the reports of the run, each whole or not at all.
func keep(ctx context.Context, at place, head string, r fettle.Report) error {
	dir := reportDir(at, head)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	out := &outputs{}
	defer out.discard()
	for _, report := range reports {
		p, err := newPending(filepath.Join(dir, report.name))
		if err != nil {
			return err
		}
		out.files = append(out.files, p)
		if err := report.make(p.tmp).Deliver(ctx, r); err != nil {
			return err
		}
	}
	return out.commit()
}

func reportDir(at place, head string) string {
	return filepath.Join(cacheDir(at.git), fmt.Sprintf("fix-%.12s", head))
}

// closing tells where the fixes and the reports are.
func closing(env *environment, o *options, at place, branch *deliver.Branch) {
	if o.format != "text" || o.output != "" {
		return
	}
	switch {
	case branch.Made == "":
		fmt.Fprintln(env.stdout, "\nNo branch was made: no fix holds under this policy.")
	case branch.Reused:
		fmt.Fprintf(env.stdout, "\nThe branch %s holds these %d commits already. See them with: git log -p %s\n", branch.Made, branch.Commits, branch.Made)
	default:
		fmt.Fprintf(env.stdout, "\n%d commits are on the branch %s. See them with: git log -p %s\n", branch.Commits, branch.Made, branch.Made)
	}
}
