package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// here is the folder of this command's data, seen from the top of the repository.
var here = filepath.Join("bench", "confidence")

func main() {
	sandbox.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "confidence:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("no command; want collect, fit or report")
	}
	f := flag.NewFlagSet(args[0], flag.ExitOnError)
	data := f.String("data", here, "`folder` of subjects.txt and upgrades.csv")
	switch args[0] {
	case "collect":
		c := collector{}
		only := f.String("only", "go,npm,python", "ecosystems, with commas between them")
		f.StringVar(&c.work, "work", "", "`folder` for copies, caches and results; needed")
		f.IntVar(&c.most, "most", 6, "upgrades of one subject at most")
		f.DurationVar(&c.limit, "limit", time.Minute, "time of one run of a suite")
		f.IntVar(&c.part, "part", 1, "which `part` of -parts to take, so that several may run side by side")
		f.IntVar(&c.parts, "parts", 1, "number of parts")
		f.StringVar(&c.out, "out", "", "`folder` of the results; that of -data by default")
		if err := f.Parse(args[1:]); err != nil {
			return err
		}
		if c.parts < 1 || c.part < 1 || c.part > c.parts {
			return fmt.Errorf("collect: part %d of %d; want one from 1 to the number of parts", c.part, c.parts)
		}
		if c.work == "" {
			return errors.New("collect: no -work; want a folder with some gigabytes to spare")
		}
		if c.out == "" {
			c.out = *data
		}
		return c.run(ctx, filepath.Join(*data, "subjects.txt"), strings.Split(*only, ","))
	}
	model := f.String("model", filepath.Join("pkg", "score", "fitted.go"), "`file` of the coefficients")
	page := f.String("page", filepath.Join("docs", "confidence.md"), "`file` of the tables")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	upgrades, err := open(filepath.Join(*data, "upgrades.csv"))
	if err != nil {
		return err
	}
	switch args[0] {
	case "fit":
		text, err := source(fit(upgrades))
		if err != nil {
			return err
		}
		return os.WriteFile(*model, text, 0o644)
	case "report":
		return report(upgrades, *page)
	}
	return fmt.Errorf("unknown command %q; want collect, fit or report", args[0])
}

// open reads the corpus, without what is too small to be of use.
func open(name string) ([]upgrade, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	upgrades, err := readUpgrades(f)
	if err != nil {
		return nil, err
	}
	return usable(upgrades), nil
}
