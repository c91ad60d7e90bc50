package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// client runs the clients of registries outside of the sandbox, since they need the machine's configuration, and all that
// packages bring inside of it.
type client struct {
	work string
	box  *sandbox.Sandbox
}

// root is the one folder that is writable in the sandbox: copies, and caches that compilers fill.
func (c client) root() string { return filepath.Join(c.work, "root") }

const (
	clientTime = 4 * time.Minute
	mostOutput = 64 << 20
)

// ask runs a client and returns what it writes to its standard output.
func (c client) ask(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, clientTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 5 * time.Second
	var errs, out strings.Builder
	cmd.Stdout, cmd.Stderr = &bounded{w: &out, left: mostOutput}, &bounded{w: &errs, left: 1 << 20}
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(errs.String())
		if len(text) > 400 {
			text = text[len(text)-400:]
		}
		return []byte(out.String()), fmt.Errorf("%s: %w: %s", strings.Join(args[:min(3, len(args))], " "), err, text)
	}
	return []byte(out.String()), nil
}

type bounded struct {
	w    io.Writer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	n := len(p)
	if len(p) > b.left {
		p = p[:b.left]
	}
	b.left -= len(p)
	if _, err := b.w.Write(p); err != nil {
		return 0, err
	}
	return n, nil
}

// try runs a command of a package in the sandbox, without network.
func (c client) try(ctx context.Context, dir string, limit time.Duration, env []string, args ...string) (sandbox.Result, error) {
	rel, err := filepath.Rel(c.root(), dir)
	if err != nil {
		return sandbox.Result{}, err
	}
	return c.box.Run(ctx, c.root(), sandbox.Command{Args: args, Dir: rel, Env: env, Timeout: limit, Processes: 2048, Memory: 4 << 30})
}

// output reads a file that a sandboxed command wrote, once, and removes it.
func output(name string) ([]byte, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostOutput {
		return nil, fmt.Errorf("read %s: %d bytes, mode %s; want a file of at most %d", name, info.Size(), info.Mode(), mostOutput)
	}
	defer os.Remove(name)
	return os.ReadFile(name)
}
