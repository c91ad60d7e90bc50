package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

const dbUsage = `usage: fettle db build --from DIR|FILE [flags]   make the advisory database from files
       fettle db update [flags]                 fetch advisories and feeds, then make it
       fettle db info [flags]                   say what it holds and how old that is

fettle db build -h, fettle db update -h and fettle db info -h list the flags.
`

// runDB executes fettle db.
func runDB(ctx context.Context, env *environment, args []string) error {
	if len(args) == 0 {
		return usagef("fettle db: want build, update or info")
	}
	switch command, rest := args[0], args[1:]; command {
	case "build":
		return runDBBuild(ctx, env, rest)
	case "update":
		return runDBUpdate(ctx, env, rest)
	case "info":
		return runDBInfo(env, rest)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(env.stdout, dbUsage)
		return nil
	default:
		return usagef("fettle db: unknown command %q; want build, update or info", command)
	}
}

// dbFlags parses the flags of one command of fettle db, which takes no other arguments.
func dbFlags(env *environment, command string, args []string, declare func(*flag.FlagSet)) error {
	flags := flag.NewFlagSet("db "+command, flag.ContinueOnError)
	declare(flags)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: fettle db %s [flags]\n\n", command)
		flags.PrintDefaults()
	}
	if err := parse(env, flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return usagef("db %s takes flags only, not %q", command, flags.Arg(0))
	}
	return nil
}

// dbOut is the file that a command of fettle db works on.
func dbOut(env *environment, named string) string {
	if named == "" {
		return env.databasePath()
	}
	return env.abs(named)
}

// dbList is a flag that can be given several times.
type dbList []string

func (l *dbList) String() string { return strings.Join(*l, ", ") }

func (l *dbList) Set(value string) error {
	if value == "" {
		return fmt.Errorf("want a value")
	}
	*l = append(*l, value)
	return nil
}
