package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// runContext shows what is believed of each service of the repository, and which line says so.
func runContext(ctx context.Context, env *environment, args []string) error {
	o := &options{path: ".", offline: true}
	f := flag.NewFlagSet("context", flag.ContinueOnError)
	f.StringVar(&o.config, "config", "", "configuration `file` (default fettle.yaml at the top of the repository, if there)")
	f.StringVar(&o.format, "format", "text", "what to print: text or json")
	f.BoolVar(&o.noIgnore, "no-ignore", false, "look also at what git ignores")
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: fettle context [flags] [path]\n\n")
		f.PrintDefaults()
	}
	if err := parse(env, f, args); err != nil {
		return err
	}
	switch rest := f.Args(); {
	case len(rest) > 1:
		return usagef("context takes one path, not %d; flags go before it", len(rest))
	case len(rest) == 1:
		o.path = rest[0]
	}
	if o.format != "text" && o.format != "json" {
		return usagef("unknown format %q; want text or json", o.format)
	}
	at, err := locate(ctx, env, o.path, false)
	if err != nil {
		return err
	}
	c, err := diskConfig(env, o.config, at.top)
	if err != nil {
		return err
	}
	c.offline = true
	repo := fettle.Repo{Dir: at.top, Path: at.path}
	if repo.Skip, err = o.ignored(ctx, at); err != nil {
		return err
	}
	packages := dependencies(env, &intelligence{}, c)
	packages.Database = noAdvisories{}
	found, err := packages.Discover(ctx, repo)
	if err != nil {
		return err
	}
	facts, err := services(c).Discover(ctx, repo)
	if err != nil {
		return err
	}
	context := correlate.Context{Declared: c.Context, File: c.name}
	out := deliver.Services{Out: env.stdout, Width: env.width, Color: env.color, JSON: o.format == "json"}
	return out.Write(ctx, settled(context, found.Inventory, facts.Facts), facts.Gaps)
}

// noAdvisories is a database that nothing is looked up in.
type noAdvisories struct{}

func (noAdvisories) Find(string, string) ([]osv.Record, error) { return nil, nil }
func (noAdvisories) Aliases(string) []string                   { return nil }
func (noAdvisories) Records(string) int                        { return 1 << 20 }

// settled is what is believed of the folder of each project.
func settled(context correlate.Context, inventory fettle.Inventory, facts []fettle.Fact) []deliver.Service {
	lockfiles := map[string][]string{}
	for _, p := range inventory.Projects {
		lockfiles[p.Dir] = append(lockfiles[p.Dir], p.Lockfile)
	}
	var all []deliver.Service
	for dir, files := range lockfiles {
		s := deliver.Service{Dir: dir, Lockfiles: files, Believed: context.Settle(facts, append([]string{dir}, files...)...)}
		for _, f := range facts {
			about := f.Service == "" || f.Service == dir || strings.HasPrefix(dir, f.Service+"/")
			if about && !slices.ContainsFunc(s.Believed, func(b fettle.Fact) bool {
				return b.Signal == f.Signal && b.Text == f.Text
			}) {
				s.Others = append(s.Others, f)
			}
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b deliver.Service) int { return strings.Compare(a.Dir, b.Dir) })
	return all
}
