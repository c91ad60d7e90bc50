package golang

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// call is one use of the go command.
type call struct {
	dir  string // relative to the root of the copy
	work string // absolute path of the go.work that counts; "" is none
	env  []string
	args []string
}

// run runs the go command on the copy at root, with network, and returns what it prints. Nothing that it loads is run: no
// cgo, no generators, and no settings but the user's own.
func (g *Go) run(ctx context.Context, root string, c call) (string, error) {
	work := "off"
	if c.work != "" {
		work = c.work
	}
	env := append(slices.Clone(g.Env), "GOENV=off", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GO111MODULE=on", "GOWORK="+work, "GOEXPERIMENT=",
		"CGO_ENABLED=0", "GIT_TERMINAL_PROMPT=0", "GOTELEMETRY=off", "GOCACHE="+filepath.Join(root, ".go-build"))
	result, err := g.Run.Run(ctx, root, sandbox.Command{Args: append([]string{"go"}, c.args...), Dir: c.dir, Env: append(env, c.env...),
		Network: true, Timeout: 10 * time.Minute, Output: 64 << 20})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("there is no go command on the PATH; install Go of the version that go.mod names or a later one: %w", manager.ErrNoTool)
	case errors.Is(err, sandbox.ErrNoSandbox):
		return "", fmt.Errorf("the go command is not run without a sandbox: %w: %w", manager.ErrNoTool, err)
	case err != nil:
		return "", err
	case result.Ended != "":
		return "", fmt.Errorf("go %s was ended: %s: %w", c.args[0], result.Ended, manager.ErrRegistry)
	case result.Code != 0:
		return "", newFault(root, c.args, result.Output)
	}
	return result.Output, nil
}

// fault is the go command's own refusal.
type fault struct {
	command string
	text    string
	kinds   []error
}

func (f *fault) Error() string   { return "go " + f.command + ": " + f.text }
func (f *fault) Unwrap() []error { return f.kinds }

// The go command gives no codes: these are parts of its messages, the most telling first.
var (
	tooOld      = []string{"(running go "}
	unreachable = []string{"no such host", "connection refused", "network is unreachable", "no route to host", "Temporary failure in name resolution",
		"server misbehaving", "could not resolve host", "Could not resolve host", "module lookup disabled by GOPROXY=off"}
	unanswered = []string{"server response:", "403 Forbidden", "404 Not Found", "410 Gone", "401 Unauthorized", "429 Too Many Requests", "500 Internal Server Error",
		"502 Bad Gateway", "503 Service Unavailable", "504 Gateway", "i/o timeout", "TLS handshake", "tls: ", "x509: ", "unexpected EOF", "connection reset",
		"unknown revision", "no matching versions for query", "terminal prompts disabled", "could not read Username", "unrecognized import path", "git ls-remote",
		"verifying go.mod", "executable file not found", "no such file or directory\n\tserver", "/@v/"}
)

func newFault(root string, args []string, out string) *fault {
	f := &fault{command: strings.Join(args[:min(len(args), 2)], " "), text: plain(root, out)}
	if len(args) > 1 && strings.HasPrefix(args[1], "-") {
		f.command = args[0]
	}
	has := func(parts []string) bool {
		return slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(out, s) })
	}
	switch {
	case strings.Contains(out, "go.mod requires go >=") && has(tooOld), strings.Contains(out, "go.work requires go >=") && has(tooOld),
		strings.Contains(out, "invalid go version"), strings.Contains(out, "unknown directive"):
		f.kinds = []error{manager.ErrNoTool}
	case has(unreachable):
		f.kinds = []error{manager.ErrUnreached, manager.ErrRegistry}
	case has(unanswered):
		f.kinds = []error{manager.ErrRegistry}
	default:
		f.kinds = []error{fettle.ErrRefused}
	}
	return f
}

// maxFault bounds the text of a fault.
const maxFault = 600

// plain picks what the go command says of the fault, on one line.
func plain(root, out string) string {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		real = root
	}
	out = strings.NewReplacer(real+"/", "", real, ".", root+"/", "", root, ".").Replace(out)
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "go: downloading ") || strings.HasPrefix(line, "go: finding ") || strings.HasPrefix(line, "go: found ") || strings.HasPrefix(line, "go: upgraded ") ||
			strings.HasPrefix(line, "go: added ") || strings.HasPrefix(line, "warning: ") {
			continue
		}
		if lines = append(lines, strings.TrimPrefix(line, "go: ")); len(lines) == 6 {
			break
		}
	}
	text := strings.Join(lines, "; ")
	if len(text) > maxFault {
		text = strings.ToValidUTF8(text[:maxFault], "") + " ..."
	}
	if text == "" {
		return "it failed and said nothing"
	}
	return text
}
