package python

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// Tools is what the managers of Python share: the sandbox that their tools run in, and what the indexes said.
type Tools struct {
	Run  manager.Runner
	Temp string   // an existing folder for work copies
	Env  []string // settings for pip, uv and Poetry, KEY=VALUE, free of secrets; see Settings
	Log  func(format string, args ...any)

	pages   map[string]page   // by name
	heads   map[string]string // metadata by its address
	down    error             // why no index can be reached, so that it is asked once only
	indexes []string          // that pip is configured with; nil: not asked yet
}

// Managers returns one manager for each tool. They share t.
func Managers(t *Tools) []manager.Manager {
	return []manager.Manager{&Pip{t}, &Poetry{t}, &UV{t}, &Pipenv{t}}
}

// name is what a project on an index may be called, normalized or not. Anything else never reaches a command line.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,198}[A-Za-z0-9])?$`)

// versionForm is a version as PEP 440 has it, roughly, so that it is no option and no range.
var versionForm = regexp.MustCompile(`^v?\d[A-Za-z0-9.!+_-]{0,99}$`)

// toolError is a tool's own refusal.
type toolError struct {
	tool, text string
	cause      error
}

func (e *toolError) Error() string { return e.tool + ": " + e.text }
func (e *toolError) Unwrap() error { return e.cause }

// tool runs a program in dir with network and returns what it printed. A program that is not there is ErrNoTool.
func (t *Tools) tool(ctx context.Context, dir, below string, env []string, args ...string) (string, error) {
	result, err := t.Run.Run(ctx, dir, sandbox.Command{
		Args: args, Dir: below, Env: append(slices.Clone(t.Env), env...), Network: true, Timeout: 10 * time.Minute, Output: 8 << 20,
	})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("%s is not installed or not on PATH: %w", args[0], manager.ErrNoTool)
	case err != nil:
		return "", err
	case result.Ended != "":
		return "", fmt.Errorf("%s was ended: %s: %w", args[0], result.Ended, manager.ErrRegistry)
	case result.Code != 0:
		e := &toolError{tool: args[0], text: result.Output}
		if unreachable(result.Output) {
			e.cause = manager.ErrRegistry
		}
		return result.Output, e
	}
	return result.Output, nil
}

// unreachable reports whether what a tool printed says that an index gave no answer.
func unreachable(text string) bool {
	for _, sign := range []string{"Temporary failure in name resolution", "Connection refused", "Network is unreachable", "NewConnectionError", "Max retries exceeded",
		"dns error", "error sending request", "Failed to fetch:", "Could not connect", "All attempts to connect", "CERTIFICATE_VERIFY_FAILED", "Read timed out", "ReadTimeoutError", "ConnectionError", "HTTP status"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

var escape = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// oneLine is what a tool printed as one line for a message, its end where it is long.
func oneLine(text string, most int) string {
	var lines []string
	for line := range strings.SplitSeq(escape.ReplaceAllString(text, ""), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	text = strings.ToValidUTF8(strings.Join(lines, "; "), "?")
	if r := []rune(text); len(r) > most {
		text = "..." + string(r[len(r)-most:])
	}
	return text
}

func (t *Tools) log(format string, args ...any) {
	if t.Log != nil {
		t.Log(format, args...)
	}
}

// folder makes a work folder; the caller removes it.
func (t *Tools) folder() (string, error) { return os.MkdirTemp(t.Temp, "python-") }
