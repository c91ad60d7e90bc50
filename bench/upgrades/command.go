//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// command runs a program of the user's in dir, and all that it starts ends with it.
func command(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", filepath.Base(name), args[0], err, telling(bad.String()+"\n"+out.String()))
	}
	return out.String(), nil
}

// telling returns the first lines that speak of an error, or the first ones at all.
func telling(text string) string {
	var errorLines, all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.Contains(line, "A complete log of this run") {
			continue
		}
		all = append(all, line)
		if lower := strings.ToLower(line); strings.Contains(lower, "error") || strings.Contains(lower, "fail") {
			errorLines = append(errorLines, line)
		}
	}
	if len(errorLines) == 0 {
		errorLines = all
	}
	return strings.Join(errorLines[:min(len(errorLines), 3)], "; ")
}

// changedLines counts the lines added and removed between the two folders.
func changedLines(a, b string) (int, error) {
	cmd := exec.Command("git", "diff", "--no-index", "--no-ext-diff", "--no-textconv", "--numstat", a, b)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return 0, fmt.Errorf("compare %s with %s: %w", a, b, err)
	}
	lines := 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		fields := strings.SplitN(line, "\t", 3)
		for _, n := range fields[:min(2, len(fields))] {
			count, _ := strconv.Atoi(n) // "-" of a binary file is none
			lines += count
		}
	}
	return lines, nil
}
