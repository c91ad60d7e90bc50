package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"slices"
	"strconv"
)

func main() {
	var (
		count = flag.Int("fixes", 30, "how many fixes there are")
		most  = flag.Int("bad", 5, "the most of them that fail")
		seeds = flag.Int("seeds", 200, "how many sets are drawn for each number of bad ones")
		temp  = flag.String("temp", "", "a folder for work copies, best in memory; the system's by default")
	)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := report(ctx, os.Stdout, *temp, *count, *most, *seeds); err != nil {
		fmt.Fprintln(os.Stderr, "validation:", err)
		os.Exit(1)
	}
}

// row is what the outcomes of one number of bad fixes come to.
type row struct {
	mean, median, total float64 // runs
	max                 int
	wrong, shipped      int
	unproven            int // sets whose last run was not a pass of exactly what ships
}

// measure tries m with bad fixes of n, once for each seed.
func measure(ctx context.Context, temp string, m model, n, bad, seeds int) (row, error) {
	var r row
	var runs []int
	for seed := range seeds {
		o, err := try(ctx, temp, m.draw(n, bad, uint64(seed)))
		if err != nil {
			return r, fmt.Errorf("%s, %d bad, seed %d: %w", m.name, bad, seed, err)
		}
		runs = append(runs, o.search)
		r.mean += float64(o.search) / float64(seeds)
		r.total += float64(o.total) / float64(seeds)
		r.wrong += o.wrong
		r.shipped += o.shipped
		if !o.passes {
			r.unproven++
		}
	}
	slices.Sort(runs)
	r.max, r.median = runs[seeds-1], float64(runs[(seeds-1)/2]+runs[seeds/2])/2
	return r, nil
}

// report prints a table for each model.
func report(ctx context.Context, out io.Writer, temp string, n, most, seeds int) error {
	for _, m := range models {
		fmt.Fprintf(out, "%s: %d fixes, %d sets each; one by one and the joint run: %d\n\n", m.name, n, seeds, n+1)
		fmt.Fprintln(out, "| bad | mean runs | median | most | k log2(N/k) | design page | with causes told | good ones rejected |")
		fmt.Fprintln(out, "|---:|---:|---:|---:|---:|---:|---:|---:|")
		for bad := 0; bad <= most && bad*max(m.together, 1) <= n; bad++ {
			r, err := measure(ctx, temp, m, n, bad, seeds)
			if err != nil {
				return err
			}
			bound, page := 0.0, ""
			if bad > 0 {
				bound = float64(bad) * math.Log2(float64(n)/float64(bad))
			}
			if bad < len(m.page) && m.page[bad] > 0 {
				page = strconv.FormatFloat(m.page[bad], 'f', -1, 64)
			}
			fmt.Fprintf(out, "| %d | %.1f | %g | %d | %.1f | %s | %.1f | %d of %d |\n",
				bad, r.mean, r.median, r.max, bound, page, r.total, r.wrong, seeds*(n-bad*max(m.together, 1)))
		}
		fmt.Fprintln(out)
	}
	return nil
}
