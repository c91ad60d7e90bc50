package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

// The files that learning keeps in a repository, relative to its top. Both are meant to be committed and reviewed.
const (
	learnedName    = ".fettle/learned.json"
	judgementsName = ".fettle/judgements.jsonl"
)

// learnOptions are the flags of learn.
type learnOptions struct {
	state, from, api, scan, branch, format string
	report, trustFixed, dryRun             bool
	files                                  []string
	wait                                   time.Duration // before the first retry; 0 is a second
}

func (o *learnOptions) flags() *flag.FlagSet {
	f := flag.NewFlagSet("learn", flag.ContinueOnError)
	f.StringVar(&o.state, "state", "", "`file` that holds what is learned (default "+learnedName+" at the top of the repository)")
	f.StringVar(&o.from, "from", "", "ask a `forge`: github:OWNER/REPO or gitlab:PROJECT, a number or a path; the token is read from GITHUB_TOKEN, GH_TOKEN or GITLAB_TOKEN")
	f.StringVar(&o.api, "api", "", "`address` of the forge's API (default: GITHUB_API_URL or CI_API_V4_URL, else that of github.com or gitlab.com)")
	f.StringVar(&o.scan, "scan", "", "JSON report of the current scan, a `file`: alerts are matched with its findings")
	f.StringVar(&o.branch, "branch", "", "`name` of the default branch: alerts of other branches teach nothing (default: what the forge says, else main and master)")
	f.BoolVar(&o.trustFixed, "trust-fixed", false, "count fixed alerts of which nobody is named as fixed by a person")
	f.BoolVar(&o.dryRun, "dry-run", false, "write nothing")
	f.BoolVar(&o.report, "report", false, "print what was learned, how well it foretells and what it changes")
	f.StringVar(&o.format, "format", "text", "of the report: text, json or markdown")
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: fettle learn [flags] [export...]\n\nExports are alerts of Dependabot or code scanning as JSON, vulnerabilities of GitLab as JSON or CSV, judgements of\nfettle dismiss, and JSON reports of fettle to match alerts with. What a file is follows from its content.\n\n")
		f.PrintDefaults()
	}
	return f
}

// runLearn reads judgements, learns from them, and writes or reports what was learned.
func runLearn(ctx context.Context, env *environment, args []string) error {
	o := &learnOptions{}
	f := o.flags()
	if err := parse(env, f, args); err != nil {
		return err
	}
	o.files = f.Args()
	switch o.format {
	case "text", "json", "markdown":
	default:
		return usagef("unknown format %q; want text, json or markdown", o.format)
	}
	return o.run(ctx, env)
}

func (o *learnOptions) run(ctx context.Context, env *environment) error {
	at, err := locate(ctx, env, ".", false)
	if err != nil {
		return err
	}
	state := filepath.Join(at.top, filepath.FromSlash(learnedName))
	if o.state != "" {
		state = env.abs(o.state)
	} else if err := refuseLinks(state); err != nil {
		return err
	}
	old, err := readState(state, o.shown())
	if err != nil {
		return err
	}
	in, err := o.gather(ctx, env, at)
	if err != nil {
		return err
	}
	model := old
	if in.readings > 0 {
		judgements, ignored := in.judge(ctx, o)
		model = learn.New(learn.Merge(old.Labels(), judgements)).Ignoring(ignored)
		if !o.dryRun {
			if err := writeState(state, model); err != nil {
				return err
			}
		}
		in.tell(env, model, judgements, ignored)
		if !o.dryRun {
			fmt.Fprintf(env.stderr, "written to %s; review and commit it: runs read it from the base branch\n", o.shown())
		}
	} else if !o.report {
		return usagef("nothing to learn from: want exports, --from, or judgements of fettle dismiss in %s", judgementsName)
	}
	if o.report {
		if err := learnReport(model, in.reports, env.now()).print(env.stdout, o.format); err != nil {
			return err
		}
	}
	if len(in.faults) > 0 {
		fmt.Fprintf(env.stderr, "fettle: %d alerts could not be read or asked for (exit 3)\n", len(in.faults))
		return exitError(exitIncomplete)
	}
	return nil
}

// shown is the name of the state in messages.
func (o *learnOptions) shown() string {
	if o.state != "" {
		return o.state
	}
	return learnedName
}

// learnInputs are what was read.
type learnInputs struct {
	alerts   []alert.Alert
	records  []learn.Record
	reports  []fettle.Report
	readings int      // sources of judgements
	faults   []error  // what could not be read
	said     []string // what a person should know of the reading
	branch   string   // the default branch, as the forge says
}

// gather reads the files, asks the forge, and adds the repository's own judgements.
func (o *learnOptions) gather(ctx context.Context, env *environment, at place) (*learnInputs, error) {
	in := &learnInputs{}
	files := o.files
	if o.scan != "" {
		files = append(files, o.scan)
	}
	for _, name := range files {
		text, err := readBounded(env.abs(name), maxReport)
		if err != nil {
			return nil, usageError{err}
		}
		if err := in.add(name, text); err != nil {
			return nil, usageError{err}
		}
	}
	if o.report && in.readings == 0 && o.from == "" {
		return in, nil // a report alone reads what was learned, and learns nothing
	}
	own, err := readInside(at.top, judgementsName, alert.MaxSize)
	if err == nil {
		err = in.addRecords(judgementsName, own)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, usageError{err}
	}
	if o.from != "" {
		if err := o.ask(ctx, env, in); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// maxReport bounds a JSON report of fettle, in bytes.
const maxReport = 128 << 20

func (in *learnInputs) add(name string, text []byte) error {
	switch {
	case isReport(text):
		r, err := parseReport(name, text)
		in.reports = append(in.reports, r)
		return err
	case learn.IsRecords(text):
		return in.addRecords(name, text)
	}
	export, err := alert.Read(name, text)
	in.readings++
	in.alerts = append(in.alerts, export.Alerts...)
	in.faults = append(in.faults, export.Faults...)
	return err
}

func (in *learnInputs) addRecords(name string, text []byte) error {
	records, err := learn.ReadRecords(name, text)
	in.readings++
	in.records = append(in.records, records...)
	return err
}

// tell says on stderr what was read and what came of it.
func (in *learnInputs) tell(env *environment, m *learn.Model, judgements []learn.Judgement, ignored map[string]int) {
	labels := 0
	for _, j := range judgements {
		if j.Label != nil {
			labels++
		}
	}
	fmt.Fprintf(env.stderr, "read %d alerts and %d judgements of fettle's own: %d teach something\n", len(in.alerts), len(in.records), labels)
	for _, why := range sortedKeys(ignored) {
		fmt.Fprintf(env.stderr, "  %d %s\n", ignored[why], why)
	}
	for _, text := range in.said {
		fmt.Fprintln(env.stderr, "  "+oneLine(text))
	}
	for i, fault := range in.faults {
		if i == 10 {
			fmt.Fprintf(env.stderr, "  and %d more\n", len(in.faults)-i)
			break
		}
		fmt.Fprintln(env.stderr, "  "+oneLine(fault.Error()))
	}
	c := m.Counts()
	switch missing := m.Missing(); {
	case missing != "":
		fmt.Fprintf(env.stderr, "%d labels in all; nothing is used yet: %s\n", c.Labels, missing)
	default:
		fmt.Fprintf(env.stderr, "%d labels in all, %d relevant and %d unwanted; used from now on\n", c.Labels, c.Relevant, c.Unwanted)
	}
}

// oneLine makes text from outside fit for a terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, text)
}
