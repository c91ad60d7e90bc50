//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// cost is what one run of a program took.
type cost struct {
	Wall time.Duration
	CPU  time.Duration
	Peak int64 // bytes of the resident set
	Exit int
	Over bool // it was ended at the limit, and the figures are of nothing
}

// command is a program to measure, and what its exit status may be.
type command struct {
	args []string
	env  []string
	exit []int
}

// measure runs c by way of a small process of its own: a child's peak begins with that of its parent, so that a parent
// that has grown would add its own memory to the figure. A run that takes longer than limit is ended.
func measure(ctx context.Context, c command, limit time.Duration) (cost, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return cost{}, nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"-child"}, c.args...)...)
	cmd.Env = append(os.Environ(), c.env...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	report, err := os.CreateTemp("", "fettle-speed.*")
	if err != nil {
		return cost{}, nil, err
	}
	defer os.Remove(report.Name())
	defer report.Close()
	cmd.ExtraFiles = []*os.File{report}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // and its child
	err = cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return cost{Over: true}, nil, nil
	}
	if err != nil {
		return cost{}, nil, fmt.Errorf("run %s: %w: %s", c.args[0], err, complaints.String())
	}
	var got cost
	if _, err := report.Seek(0, 0); err != nil {
		return cost{}, nil, err
	}
	if err := json.NewDecoder(report).Decode(&got); err != nil {
		return cost{}, nil, fmt.Errorf("run %s: %w", c.args[0], err)
	}
	if !slices.Contains(c.exit, got.Exit) {
		return got, nil, fmt.Errorf("%v: exit status %d: %.1000s", c.args, got.Exit, complaints.String())
	}
	return got, out.Bytes(), nil
}

// child runs args and writes what it cost to file 3.
func child(args []string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not say what a process took")
	}
	peak := int64(usage.Maxrss)
	if runtime.GOOS != "darwin" {
		peak <<= 10 // it is in KiB
	}
	return json.NewEncoder(os.NewFile(3, "report")).Encode(cost{Wall: wall, CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		Peak: peak, Exit: cmd.ProcessState.ExitCode()})
}

// dropCaches makes the next process read from the disk. It reports false where it may not.
func dropCaches() bool {
	syscall.Sync()
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0o200) == nil
}

// median returns, of each figure apart, the middle one.
func median(costs []cost) cost {
	middle := func(of func(cost) int64) int64 {
		var all []int64
		for _, c := range costs {
			all = append(all, of(c))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return cost{
		Wall: time.Duration(middle(func(c cost) int64 { return int64(c.Wall) })),
		CPU:  time.Duration(middle(func(c cost) int64 { return int64(c.CPU) })),
		Peak: middle(func(c cost) int64 { return c.Peak }),
	}
}
