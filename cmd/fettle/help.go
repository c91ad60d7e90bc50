package main

import (
	"context"
	"flag"
	"fmt"
	"runtime/debug"
	"strings"
)

const usage = `Fettle finds vulnerable dependencies, ranks them by context, and proposes fixes it has tested.

  fettle scan [flags] [path]   find, correlate and rank
  fettle fix  [flags] [path]   scan, then draft fixes, try them in a sandbox, and commit those that hold to a branch
  fettle ci   [flags]          what a CI server runs: scan, compare with the base, report
  fettle explain FINDING [path]
                               how the priority of one finding came about, on a screen
  fettle context [path]        what is believed of each service, and which line says so
  fettle db COMMAND            the advisory database: build, update, info, export, import
  fettle dismiss FINDING       note what the team thinks of a finding
  fettle learn [flags] [file]  learn from such judgements, and from a forge's alerts, what to rank lower and higher
  fettle version               print the version
  fettle help [command]        print the flags of a command

Exit status: 0 policy is satisfied, 1 policy fails the run, 2 the command line or fettle.yaml is wrong,
3 the run could not finish or left gaps that policy does not accept.
`

// help prints the general page, or the flags of one command.
func help(ctx context.Context, env *environment, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(env.stdout, usage)
		return nil
	}
	switch args[0] {
	case "scan", "fix", "ci":
		o := &options{}
		flags := o.flags(env, args[0])
		flags.SetOutput(env.stdout)
		flags.Usage()
		return nil
	case "context":
		return runContext(ctx, env, []string{"-h"})
	case "explain":
		return runExplain(ctx, env, []string{"-h"})
	case "db":
		return runDB(ctx, env, []string{"-h"})
	case "learn":
		return runLearn(ctx, env, []string{"-h"})
	case "dismiss":
		return runDismiss(ctx, env, []string{"-h"})
	}
	return usagef("no help for %q; want scan, fix, ci, db, learn or dismiss", args[0])
}

// parse reads args; a fault of theirs is a usageError, and flag.ErrHelp means that help was printed.
func parse(env *environment, flags *flag.FlagSet, args []string) error {
	var said strings.Builder
	flags.SetOutput(&said)
	err := flags.Parse(args)
	if err == flag.ErrHelp {
		fmt.Fprint(env.stdout, said.String())
		return err
	}
	if err != nil {
		return usagef("%s: %w; fettle help %s lists the flags", flags.Name(), err, flags.Name())
	}
	return nil
}

// buildVersion is the linked version, else what the Go toolchain recorded.
func buildVersion() string {
	if version != "devel" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}
