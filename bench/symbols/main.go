package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

// instance is one line of the cases.
type instance struct {
	Advisory string `json:"advisory"`
	Package  string `json:"package"`
	Version  string `json:"version"`
	Sink     string `json:"sink"`  // file:line[:column] of the package
	Fixed    string `json:"fixed"` // the next version, which repairs it
}

func main() {
	cases, cache := flag.String("cases", "", "file of cases, a JSON object a line"), flag.String("cache", "", "folder for the packages")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *cases, *cache); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cases, cache string) error {
	in, err := os.Open(cases)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		var c instance
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return fmt.Errorf("%s:%d: %w", cases, n, err)
		}
		symbols, how, err := derive(ctx, c, cache)
		if err != nil || len(symbols) == 0 {
			fmt.Printf("# %s, %s %s: %s %v\n", c.Advisory, c.Package, c.Version, how, err)
			continue
		}
		fmt.Printf("- {advisory: %s, package: %q, symbols: [%s], how: %q}\n", c.Advisory, c.Package, strings.Join(symbols, ", "), how)
	}
	return lines.Err()
}

// derive returns the exported names of one case.
func derive(ctx context.Context, c instance, cache string) (symbols []string, how string, err error) {
	weak, err := fetch(ctx, c.Package, c.Version, cache)
	if err != nil {
		return nil, "", err
	}
	code, err := read(ctx, weak)
	if err != nil {
		return nil, "", err
	}
	var seeds []function
	if c.Sink != "" {
		how = fmt.Sprintf("the line that a published exploit ends in, %s of %s %s", c.Sink, c.Package, c.Version)
		seeds = code.at(c.Sink)
	} else {
		how = fmt.Sprintf("what differs between %s %s and %s", c.Package, c.Version, c.Fixed)
		sound, err := fetch(ctx, c.Package, c.Fixed, cache)
		if err != nil {
			return nil, "", err
		}
		after, err := read(ctx, sound)
		if err != nil {
			return nil, "", err
		}
		seeds = code.differ(after)
	}
	if len(seeds) == 0 {
		return nil, how + ": no function found", nil
	}
	var names []string
	for _, s := range seeds {
		names = append(names, s.name)
	}
	return code.exported(seeds), how + ", by way of " + strings.Join(names[:min(8, len(names))], ", "), nil
}
