package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const dbUsage = `usage: fettle db update [flags]                 fetch advisories and feeds, and make the database of them
       fettle db build --from DIR|FILE [flags]   make it from files
       fettle db info [flags]                    say what it holds and how old that is
       fettle db export [flags] FILE|-           write it to one file, for a machine without network
       fettle db import [flags] FILE|-           take it from such a file

fettle db COMMAND -h lists the flags of a command.
`

// runDB executes fettle db.
func runDB(ctx context.Context, env *environment, args []string) error {
	if len(args) == 0 {
		return usagef("fettle db: want build, update or info, or export or import to take it to another machine")
	}
	switch command, rest := args[0], args[1:]; command {
	case "build":
		return runDBBuild(ctx, env, rest)
	case "update":
		return runDBUpdate(ctx, env, rest)
	case "info":
		return runDBInfo(ctx, env, rest)
	case "export":
		return runDBExport(ctx, env, rest)
	case "import":
		return runDBImport(ctx, env, rest)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(env.stdout, dbUsage)
		return nil
	default:
		return usagef("fettle db: unknown command %q; want build, update, info, export or import", command)
	}
}

// dbFlags parses the flags of one command of fettle db, and returns them with the file that stands after them, which is ""
// where the command takes none.
func dbFlags(env *environment, command string, takesFile bool, args []string, declare func(*flag.FlagSet)) (*flag.FlagSet, string, error) {
	flags := flag.NewFlagSet("db "+command, flag.ContinueOnError)
	declare(flags)
	flags.Usage = func() {
		operand := ""
		if takesFile {
			operand = " FILE|-"
		}
		fmt.Fprintf(flags.Output(), "usage: fettle db %s [flags]%s\n\n", command, operand)
		flags.PrintDefaults()
	}
	if err := parse(env, flags, args); err != nil {
		return nil, "", err
	}
	switch {
	case !takesFile && flags.NArg() > 0:
		return nil, "", usagef("db %s takes flags only, not %q", command, flags.Arg(0))
	case takesFile && flags.NArg() != 1:
		return nil, "", usagef("db %s: want one file, or - for the standard streams; flags go before it", command)
	}
	return flags, flags.Arg(0), nil
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

// dbNamed is a flag NAME=VALUE that can be given several times, for lists that the user names.
type dbNamed map[string]string

func (n dbNamed) String() string { return strings.Join(slices.Sorted(maps.Keys(n)), ", ") }

func (n dbNamed) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || value == "" {
		return fmt.Errorf("want NAME=VALUE")
	}
	if err := checkListName(name); err != nil {
		return err
	}
	if _, twice := n[name]; twice {
		return fmt.Errorf("%s stands twice", name)
	}
	n[name] = value
	return nil
}

var listName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

func checkListName(name string) error {
	if !listName.MatchString(name) {
		return fmt.Errorf("the name %.40q of a list: want up to 32 of a-z, 0-9, dot, dash and underscore", name)
	}
	return nil
}
