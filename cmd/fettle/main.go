package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/fettle-dev/fettle/pkg/reach/golang"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// version is set by the linker.
var version = "devel"

// The exit statuses; docs/usage.md explains them.
const (
	exitOK         = 0 // the run finished and policy is satisfied
	exitPolicy     = 1 // policy fails the run
	exitUsage      = 2 // the command line or fettle.yaml is wrong
	exitIncomplete = 3 // the run could not finish, or left gaps that policy does not accept
)

// usageError is a fault of the command line, of fettle.yaml, or of the state of the repository that the user must change.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitError ends the program with a status and no message: all has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// environment is the world outside, as the commands see it.
type environment struct {
	dir      string // absolute
	getenv   func(string) string
	lookup   func(string) (string, bool)
	environ  []string
	stdout   io.Writer
	stderr   io.Writer
	now      func() time.Time
	terminal bool // stderr is one that can take progress lines
	color    bool
	width    int // columns of stdout
}

func main() {
	sandbox.Main()
	golang.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fettle:", err)
		os.Exit(exitIncomplete)
	}
	env := &environment{dir: dir, getenv: os.Getenv, lookup: os.LookupEnv, environ: os.Environ(),
		stdout: os.Stdout, stderr: os.Stderr, now: time.Now, width: 100}
	env.terminal = term.IsTerminal(int(os.Stderr.Fd()))
	if term.IsTerminal(int(os.Stdout.Fd())) {
		env.color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 0 {
			env.width = w
		}
	}
	os.Exit(run(ctx, env, os.Args[1:]))
}

// run executes one command and returns the exit status.
func run(ctx context.Context, env *environment, args []string) int {
	err := dispatch(ctx, env, args)
	var status exitError
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(env.stderr, "fettle: interrupted; the repository is as it was")
		return exitIncomplete
	case errors.As(err, &usage):
		fmt.Fprintln(env.stderr, "fettle:", err)
		return exitUsage
	}
	fmt.Fprintln(env.stderr, "fettle:", err)
	return exitIncomplete
}

func dispatch(ctx context.Context, env *environment, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(env.stderr, usage)
		return exitError(exitUsage)
	}
	switch command, rest := args[0], args[1:]; command {
	case "scan":
		return runScan(ctx, env, rest)
	case "fix":
		return runFix(ctx, env, rest)
	case "ci":
		return runCI(ctx, env, rest)
	case "context":
		return runContext(ctx, env, rest)
	case "explain":
		return runExplain(ctx, env, rest)
	case "db":
		return runDB(ctx, env, rest)
	case "learn":
		return runLearn(ctx, env, rest)
	case "dismiss":
		return runDismiss(ctx, env, rest)
	case "version", "--version", "-version":
		fmt.Fprintln(env.stdout, "fettle", buildVersion())
		return nil
	case "help", "--help", "-help", "-h":
		return help(ctx, env, rest)
	default:
		return usagef("unknown command %q; want scan, fix, ci, db, learn, dismiss, version or help", command)
	}
}
