//go:build unix

package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func main() {
	sandbox.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "upgrades:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	data     string // holds apps and advisories
	database string
	work     string
	results  string
	scanner  string
	only     *regexp.Regexp
	ways     *regexp.Regexp
	limit    time.Duration
	print    bool
}

func run(ctx context.Context, args []string) error {
	var o options
	var only, ways string
	f := flag.NewFlagSet("upgrades", flag.ExitOnError)
	f.StringVar(&o.data, "data", filepath.Join("..", "shared", "data"), "`folder` that holds apps and advisories")
	f.StringVar(&o.database, "db", "", "database `file` of the same advisories; needed")
	f.StringVar(&o.work, "work", "", "`folder` for copies and caches; needed")
	f.StringVar(&o.results, "results", "", "`file` of rows, one JSON object a line: what it has is not measured again (default: in the folder of -work)")
	f.StringVar(&o.scanner, "osv-scanner", "", "osv-scanner's `program`; by default it is built, which takes minutes")
	f.StringVar(&only, "only", "", "measure only applications whose name matches this `expression`")
	f.StringVar(&ways, "ways", "", "measure only ways whose name matches this `expression`")
	f.DurationVar(&o.limit, "limit", 10*time.Minute, "time of one way on one application")
	f.BoolVar(&o.print, "print", false, "print what was measured before, measure nothing")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.work == "" || o.database == "" && !o.print {
		return fmt.Errorf("-work and -db are needed: a folder with some gigabytes to spare, and what \"fettle db build --from %s --out FILE\" wrote", filepath.Join(o.data, "advisories"))
	}
	var err error
	if o.only, err = regexp.Compile(only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if o.ways, err = regexp.Compile(ways); err != nil {
		return fmt.Errorf("-ways: %w", err)
	}
	if o.work, err = filepath.Abs(o.work); err != nil {
		return err
	}
	o.results = cmp.Or(o.results, filepath.Join(o.work, "results.jsonl"))
	rows, err := readRows(o.results)
	if err != nil {
		return err
	}
	if !o.print {
		if rows, err = measureAll(ctx, o, rows); err != nil {
			return err
		}
	}
	return printTables(os.Stdout, rows)
}

// measureAll measures each way on each application that rows has not.
func measureAll(ctx context.Context, o options, rows []row) ([]row, error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return nil, err
	}
	defer b.close()
	for _, a := range applications {
		if !o.only.MatchString(a.name) {
			continue
		}
		for _, w := range waysOf(a.kind) {
			if !o.ways.MatchString(w.name) || measured(rows, a.name, w.name) {
				continue
			}
			fmt.Fprintf(os.Stderr, "%s %s: %s\n", time.Now().Format(time.TimeOnly), a.name, w.name)
			got, err := b.measure(ctx, a, w)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", a.name, w.name, err)
			}
			rows = append(rows, got...)
			if err := addRows(o.results, got); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}
