package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "reach:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("reach", flag.ContinueOnError)
	files := flags.Int("files", 200, "files of each generated application")
	runs := flags.Int("runs", 3, "runs over each; the median counts")
	only := flags.String("only", "", "truth or speed; both where it is not given")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *only != "speed" {
		if err := truth(ctx, out); err != nil {
			return err
		}
	}
	if *only != "truth" {
		return speed(ctx, out, *files, *runs)
	}
	return nil
}
