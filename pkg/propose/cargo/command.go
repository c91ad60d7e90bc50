package cargo

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

// run runs cargo in dir of the copy at root, with network. What it is asked for resolves only: no build script is compiled.
func (c *Cargo) run(ctx context.Context, root, dir string, args ...string) (string, error) {
	env := append(slices.Clone(c.Env), "CARGO_TERM_COLOR=never", "CARGO_TERM_PROGRESS_WHEN=never", "CARGO_NET_RETRY=1", "RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER=")
	result, err := c.Run.Run(ctx, root, sandbox.Command{Args: append([]string{"cargo"}, args...), Dir: dir, Env: env, Network: true, Timeout: 5 * time.Minute, Output: 4 << 20})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("there is no cargo on the PATH; install Rust: %w", manager.ErrNoTool)
	case errors.Is(err, sandbox.ErrNoSandbox):
		return "", fmt.Errorf("cargo is not run without a sandbox: %w: %w", manager.ErrNoTool, err)
	case err != nil:
		return "", err
	case result.Ended != "":
		return "", fmt.Errorf("cargo %s was ended: %s: %w", args[0], result.Ended, manager.ErrRegistry)
	case result.Code != 0:
		return "", newFault(root, args, result.Output)
	}
	return result.Output, nil
}

// fault is cargo's own refusal.
type fault struct {
	command string
	text    string
	kinds   []error
}

func (f *fault) Error() string   { return "cargo " + f.command + ": " + f.text }
func (f *fault) Unwrap() []error { return f.kinds }

// cargo gives no codes: these are parts of its messages.
var (
	tooOld = []string{"requires a Cargo version", "is a new enough version", "lock file version", "lockfile version", "feature `edition", "failed to parse the `edition` key", "this version of Cargo is older",
		"requires the Cargo feature called", "unused manifest key: cargo-features", "rustup could not choose", "no default toolchain", "the cargo feature"}
	unreachable = []string{"Could not resolve host", "Couldn't resolve host", "Could not connect", "Couldn't connect", "Connection refused", "Failed to connect", "network is unreachable", "failed to resolve address"}
	unanswered  = []string{"failed to fetch", "failed to get successful HTTP response", "Unable to update", "failed to load source", "download of ", "failed to download", "spurious network error", "Timeout was reached",
		"failed to query replaced source", "SSL", "got 401", "got 403", "got 404", "got 5", "authentication required", "no token found", "is not found in"}
)

func newFault(root string, args []string, out string) *fault {
	f := &fault{command: args[0], text: plain(root, out)}
	has := func(parts []string) bool {
		return slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(out, s) })
	}
	switch {
	case has(tooOld):
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

// plain picks what cargo says of the fault, on one line.
func plain(root, out string) string {
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		real = root
	}
	out = strings.NewReplacer(real+"/", "", real, ".", root+"/", "", root, ".").Replace(out)
	if at := strings.Index(out, "error:"); at >= 0 {
		out = out[at+len("error:"):]
	}
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		if line = strings.TrimSpace(line); line != "" && line != "Caused by:" {
			lines = append(lines, line)
		}
		if len(lines) == 10 {
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
