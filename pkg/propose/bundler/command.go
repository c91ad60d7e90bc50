package bundler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// run runs a tool of Ruby in the stage at dir, with network. No file of the repository is in it.
func (b *Bundler) run(ctx context.Context, dir string, args ...string) (string, error) {
	env := append(slices.Clone(b.Env), "BUNDLE_GEMFILE=Gemfile", "BUNDLE_FROZEN=false", "BUNDLE_RETRY=1", "BUNDLE_SILENCE_ROOT_WARNING=true", "RUBYOPT=", "BUNDLE_DISABLE_VERSION_CHECK=true")
	result, err := b.Run.Run(ctx, dir, sandbox.Command{Args: args, Env: env, Network: true, Timeout: 5 * time.Minute, Output: 16 << 20})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("there is no %s on the PATH; install Bundler: %w", args[0], manager.ErrNoTool)
	case errors.Is(err, sandbox.ErrNoSandbox):
		return "", fmt.Errorf("Bundler is not run without a sandbox: %w: %w", manager.ErrNoTool, err)
	case err != nil:
		return "", err
	case result.Ended != "":
		return "", fmt.Errorf("Bundler was ended: %s: %w", result.Ended, manager.ErrRegistry)
	case result.Code != 0:
		return "", fault(dir, result.Output)
	}
	return result.Output, nil
}

// Bundler gives no codes that tell these apart: they are parts of its messages.
var (
	unreachable = []string{"Could not reach host", "Connection refused", "Network error", "network is unreachable", "getaddrinfo", "Failed to open TCP"}
	unanswered  = []string{"Could not fetch specs", "Could not verify the SSL", "Authentication is required", "Bad username or password", "HTTPError", "Net::", "Could not load rubygems", "no such file or directory - specs"}
	missing     = []string{"Could not find command", "cannot load such file -- bundler", "can't find gem bundler"}
)

func fault(dir, out string) error {
	has := func(parts []string) bool {
		return slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(strings.ToLower(out), strings.ToLower(s)) })
	}
	text := plain(dir, out)
	switch {
	case has(missing):
		return fmt.Errorf("Bundler: %s: %w", text, manager.ErrNoTool)
	case has(unreachable):
		return fmt.Errorf("Bundler: %s: %w: %w", text, manager.ErrUnreached, manager.ErrRegistry)
	case has(unanswered):
		return fmt.Errorf("Bundler: %s: %w", text, manager.ErrRegistry)
	}
	return fmt.Errorf("Bundler: %s: %w", text, fettle.ErrRefused)
}

// maxFault bounds the text of a fault.
const maxFault = 600

// plain picks what a tool says of the fault, on one line.
func plain(dir, out string) string {
	var lines []string
	for line := range strings.Lines(strings.NewReplacer(dir+"/", "", dir, ".").Replace(out)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "Resolving dependencies") || strings.HasPrefix(line, "Fetching gem metadata") {
			continue
		}
		if lines = append(lines, line); len(lines) == 10 {
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
