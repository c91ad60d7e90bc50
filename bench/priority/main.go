package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, errNoData):
		fmt.Fprintln(os.Stderr, "priority:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "priority:", err)
		os.Exit(1)
	}
}

var errNoData = errors.New("the data is not here")

func run(ctx context.Context, args []string, out io.Writer) error {
	var dir string
	f := flag.NewFlagSet("priority", flag.ExitOnError)
	f.StringVar(&dir, "data", filepath.Join("..", "shared", "data"), "`folder` of the frozen data")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, part := range []string{"apps", "advisories", "threat/epss", "threat/kev.csv.gz", "threat/cvss.csv.gz", labelFile} {
		if _, err := os.Stat(filepath.Join(dir, part)); err != nil {
			return fmt.Errorf("%w: %s has no %s; name the folder that holds it with -data", errNoData, dir, part)
		}
	}
	buffered := bufio.NewWriter(out)
	defer buffered.Flush()
	d, err := open(ctx, dir)
	if err != nil {
		return err
	}
	apps, err := d.applications(ctx, filepath.Join(dir, "apps"))
	if err != nil {
		return err
	}
	r, err := newReplay(ctx, d, apps, slices.Concat(compared(), supposed()), weeksOf(d.days))
	if err != nil {
		return err
	}
	r.print(buffered)
	if err := d.printAdvised(ctx, buffered); err != nil {
		return err
	}
	return printLabelled(ctx, buffered, dir, d.days[0].epss.Median())
}
