package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

// dismissOptions are the flags of dismiss.
type dismissOptions struct {
	options           // of the scan that looks the finding up
	finding           string
	reason, note, pkg string
	report, as        string
}

func (o *dismissOptions) flags() *flag.FlagSet {
	f := flag.NewFlagSet("dismiss", flag.ContinueOnError)
	f.StringVar(&o.reason, "reason", "", "`why`: inaccurate, not_used, tolerable_risk or no_bandwidth")
	f.StringVar(&o.note, "note", "", "`text` for people; nothing is learned from it")
	f.StringVar(&o.pkg, "package", "", "`name` of the package, where an advisory is of several")
	f.StringVar(&o.as, "author", "", "`name` to judge as; a pseudonym of it is kept (default: git's user.email)")
	f.StringVar(&o.report, "scan", "", "look the finding up in this JSON report of fettle, a `file` (default: the tree is scanned)")
	f.StringVar(&o.config, "config", "", "configuration `file` (default fettle.yaml at the top of the repository, if there)")
	f.StringVar(&o.database, "db", "", "advisory database `file` (default: the repository's, else the user's)")
	f.StringVar(&o.advisories, "advisories", "", "build the database from this `folder` of OSV records and feeds first")
	f.BoolVar(&o.offline, "offline", false, "ask no repository for the metadata of packages")
	f.Usage = func() {
		fmt.Fprint(f.Output(), "usage: fettle dismiss FINDING --reason WHY [flags]\n\nFINDING is the ID of a finding, or any id of its advisory, such as a CVE.\n\n")
		f.PrintDefaults()
	}
	return f
}

// runDismiss notes what a person thinks of a finding. It suppresses nothing.
func runDismiss(ctx context.Context, env *environment, args []string) error {
	o := &dismissOptions{options: options{path: ".", quiet: true}}
	f := o.flags()
	for len(args) > 0 { // flags stand before the finding, after it, or both
		if err := parse(env, f, args); err != nil {
			return err
		}
		if args = f.Args(); len(args) > 0 {
			if o.finding != "" {
				return usagef("dismiss takes one finding, not %q as well", args[0])
			}
			o.finding, args = args[0], args[1:]
		}
	}
	reasons := []learn.Reason{learn.Inaccurate, learn.NotUsed, learn.TolerableRisk, learn.NoBandwidth}
	switch {
	case o.finding == "":
		return usagef("dismiss: which finding? want its ID or a CVE, as fettle scan --format json lists them")
	case !slices.Contains(reasons, learn.Reason(o.reason)):
		return usagef("dismiss: unknown --reason %q; want inaccurate, not_used, tolerable_risk or no_bandwidth", o.reason)
	}
	at, err := locate(ctx, env, ".", false)
	if err != nil {
		return err
	}
	r, err := o.reported(ctx, env, o.report)
	if err != nil {
		return err
	}
	c, err := o.pick(r)
	if err != nil {
		return err
	}
	record := learn.Record{Finding: string(c.Finding.ID), Day: learn.Today(env.now()), Reason: learn.Reason(o.reason), Note: oneLine(o.note),
		Author: learn.Pseudonym(cmp.Or(o.as, author(ctx, env, at))), Rule: field(c.Finding.Rule), Package: field(c.Finding.Package.Name), Path: field(c.Finding.Location.Path)}
	var l learn.Label
	describe(&l, c)
	record.Score, record.Features, record.Exploited = l.Score, l.Features, l.Exploited
	line, err := record.Line()
	if err != nil {
		return usagef("dismiss: %w", err)
	}
	name := filepath.Join(at.top, filepath.FromSlash(judgementsName))
	if err := appendLine(name, line); err != nil {
		return err
	}
	return o.explain(env, c, record)
}

// pick returns the one case that the words of the user mean.
func (o *dismissOptions) pick(r fettle.Report) (fettle.Case, error) {
	var found []fettle.Case
	for _, c := range r.Cases {
		f := c.Finding
		named := string(f.ID) == o.finding || strings.EqualFold(f.Rule, o.finding) ||
			slices.ContainsFunc(f.Aliases, func(id string) bool { return strings.EqualFold(id, o.finding) })
		if named && (o.pkg == "" || strings.EqualFold(o.pkg, f.Package.Name)) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		with := ""
		if o.pkg != "" {
			with = " of package " + o.pkg
		}
		return fettle.Case{}, usagef("there is no finding %s%s among the %d of this tree; want its ID or any id of its advisory", o.finding, with, len(r.Cases))
	case 1:
		return found[0], nil
	}
	var list []string
	for _, c := range found {
		list = append(list, oneLine(fmt.Sprintf("%s (%s in %s)", c.Finding.ID, c.Finding.Package, c.Finding.Location.Path)))
	}
	return fettle.Case{}, usagef("%s is of %d findings; name one by its ID: %s", o.finding, len(found), strings.Join(list, ", "))
}

// author is the address that git commits under, "" where there is none. It is asked of git's own settings, which run nothing.
func author(ctx context.Context, env *environment, at place) string {
	if name := env.getenv("GIT_AUTHOR_EMAIL"); name != "" || at.git == nil {
		return name
	}
	cmd := exec.CommandContext(ctx, "git", "-C", at.top, "config", "--get", "user.email")
	cmd.Env = env.environ
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// appendLine adds a line to a file that only grows. A link there is not followed: it might lead out of the repository.
func appendLine(name string, line []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make a place for judgements: %w", err)
	}
	giveBack(dir)
	if err := refuseLinks(name); err != nil {
		return err
	}
	old, err := readBounded(name, alert.MaxSize)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usageError{err}
	}
	if _, err := learn.ReadRecords(judgementsName, old); err != nil {
		return usageError{err}
	}
	if len(old) > 0 && old[len(old)-1] != '\n' {
		line = append([]byte{'\n'}, line...)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("note the judgement: %w", err)
	}
	_, err = f.Write(line)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("note the judgement: %w", err)
	}
	giveBack(name)
	return nil
}

// explain says what the judgement means, and what would suppress the finding.
func (o *dismissOptions) explain(env *environment, c fettle.Case, r learn.Record) error {
	w := env.stdout
	fmt.Fprintf(w, "Noted in %s: %s of %s is %s.\n", judgementsName, oneLine(c.Finding.Rule), oneLine(c.Finding.Package.String()),
		map[learn.Reason]string{learn.Inaccurate: "a false positive", learn.NotUsed: "in code that is not used",
			learn.TolerableRisk: "a risk that the team accepts", learn.NoBandwidth: "left for want of time"}[r.Reason])
	if _, teaches := r.Reason.Teaches(); teaches {
		fmt.Fprintln(w, "fettle learn takes it as a judgement on relevance: findings like it may move down within their outcome.")
	} else {
		fmt.Fprintln(w, "It says nothing of relevance, so nothing is learned from it; only inaccurate and not_used teach.")
	}
	if r.Exploited {
		fmt.Fprintln(w, "It is actively exploited: whatever is learned, such a finding never moves.")
	}
	text := cmp.Or(r.Note, "Say why.")
	yaml := exceptionsYAML([]exception{exceptionFor(r.Reason, c.Finding.Rule, c.Finding.Package.Name, c.Finding.Location.Path, text, env.now())})
	_, err := fmt.Fprintf(w, "The finding stays in reports. To accept it until a day, add this to fettle.yaml:\n\n%s", yaml)
	return err
}
