package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/deliver"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// runExplain shows how the priority of one finding came about, from a scan or from the JSON of an earlier one.
func runExplain(ctx context.Context, env *environment, args []string) error {
	o := &options{path: "."}
	report := ""
	f := o.flags(env, "explain")
	f.StringVar(&report, "scan", "", "take the finding from this `file`, the JSON of a scan, and look at nothing else")
	if err := parse(env, f, args); err != nil {
		return err
	}
	rest := f.Args()
	if len(rest) == 0 || len(rest) > 2 {
		return usagef("explain takes a finding, by its id, its CVE or another id, or its package, and at most one path; fettle help explain lists the flags")
	}
	if len(rest) == 2 {
		o.path = rest[1]
	}
	o.quiet = true
	explain := deliver.Explanation{Out: env.stdout, Width: env.width, Color: env.color, Of: func(f fettle.Finding) bool { return names(rest[0], f) }}
	r, err := o.reported(ctx, env, report)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Cases, func(c fettle.Case) bool { return explain.Of(c.Finding) }) {
		return usagef("%s: none of the %d findings bears this name; want an id such as %s, a CVE, a GHSA id, or the name of a package", rest[0], len(r.Cases), example(r))
	}
	return explain.Deliver(ctx, r)
}

// reported reads a report, or makes one by scanning.
func (o *options) reported(ctx context.Context, env *environment, file string) (fettle.Report, error) {
	if file != "" {
		text, err := readBounded(env.abs(file), maxReport)
		if err != nil {
			return fettle.Report{}, usageError{err}
		}
		r, err := parseReport(file, text)
		if err != nil {
			return r, usageError{err}
		}
		return r, nil
	}
	var r fettle.Report
	o.keep = &r
	return r, o.scan(ctx, env)
}

// names reports whether word names f: its id or the beginning of it, an id of its advisory, its package, or package@version.
func names(word string, f fettle.Finding) bool {
	if len(word) >= 6 && strings.HasPrefix(string(f.ID), strings.ToLower(word)) || strings.EqualFold(word, f.Rule) {
		return true
	}
	return slices.ContainsFunc(f.Aliases, func(id string) bool { return strings.EqualFold(word, id) }) ||
		word == f.Package.Name || word == f.Package.String() || word == f.Package.PURL()
}

func example(r fettle.Report) string {
	if len(r.Cases) == 0 {
		return "0123456789abcdef"
	}
	return fmt.Sprintf("%s (%s)", r.Cases[0].Finding.ID, strings.Map(printable, r.Cases[0].Finding.Rule))
}

// printable drops what could steer a terminal.
func printable(c rune) rune {
	if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
		return -1
	}
	return c
}
