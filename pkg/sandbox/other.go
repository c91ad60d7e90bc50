//go:build !linux

package sandbox

import (
	"context"
	"fmt"
	"runtime"
)

// host is what a Sandbox keeps of the system it runs on.
type host struct{}

// Main must be called first in main, and in TestMain: where this process is a child of a Sandbox it does not return.
func Main() {}

// probe finds nothing: the namespaces and filters that hold a command are Linux's.
func (s *Sandbox) probe() {
	s.opts.Log("sandbox: none on %s; run fettle on Linux or in a container to try fixes", runtime.GOOS)
}

func (s *Sandbox) run(context.Context, string, string, Command) (Result, error) {
	return Result{}, fmt.Errorf("%w (%s)", ErrNoSandbox, runtime.GOOS)
}

func (s *Sandbox) close() error { return nil }

func (s *Sandbox) lacks(Strength) bool { return true }
