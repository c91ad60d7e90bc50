package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// run starts the supervisor and stays with it until no process of the run is left.
func (s *Sandbox) run(ctx context.Context, root, dir string, c Command) (Result, error) {
	if s.level == Sibling {
		return s.runSibling(ctx, root, dir, c)
	}
	v := s.host.variant
	allowed := s.allowed(ctx, c)
	for {
		res, st, err := s.runAs(ctx.Done(), v, root, dir, c, allowed)
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && st.Unmapped && v == mappedRoot {
			s.opts.Log("sandbox: %s; its user namespace is used instead", st.Error)
			v = ownUser
			continue
		}
		if err == nil && st.NotFound != "" {
			return res, &NotFoundError{Program: st.NotFound}
		}
		if err == nil && st.Error != "" {
			err = fmt.Errorf("run %q in sandbox: %s", c.Args[0], st.Error)
		}
		return res, err
	}
}

// allowed returns what a command of the fetch phase may connect to, wherever that is.
func (s *Sandbox) allowed(ctx context.Context, c Command) []netip.AddrPort {
	if !c.Network {
		return nil
	}
	environ := append([]string(nil), c.Env...)
	for _, name := range proxyVariables {
		if v, ok := s.opts.Env(name); ok && !strings.EqualFold(name, "no_proxy") {
			environ = append(environ, name+"="+v)
		}
	}
	return named(ctx, s.opts.Reach, environ)
}

func (s *Sandbox) runAs(done <-chan struct{}, v variant, root, dir string, c Command, allowed []netip.AddrPort) (Result, status, error) {
	scratch, err := os.MkdirTemp(s.opts.Temp, "fettle-run-")
	if err != nil {
		return Result{}, status{}, fmt.Errorf("make a directory for the run: %w", err)
	}
	defer os.RemoveAll(scratch)
	if scratch, err = realDir(scratch); err != nil {
		return Result{}, status{}, err
	}
	sp, err := s.specFor(v, scratch, root, dir, c)
	if err != nil {
		return Result{}, status{}, err
	}
	sp.Allowed, sp.Closed = allowed, s.opts.Reach != nil
	return s.supervised(done, v, sp, c)
}

// supervised runs one supervisor.
func (s *Sandbox) supervised(done <-chan struct{}, v variant, sp spec, c Command) (Result, status, error) {
	start := time.Now()
	text, err := json.Marshal(sp)
	if err != nil {
		return Result{}, status{}, err
	}
	var p pipes
	defer p.close()
	for _, f := range []**os.File{&p.specR, &p.outR, &p.statusR, &p.lifeR} {
		if err := p.open(f); err != nil {
			return Result{}, status{}, fmt.Errorf("make pipes for the run: %w", err)
		}
	}
	specW, outW, statusW := p.ends[0], p.ends[1], p.ends[2]
	// A command of another user opens these as /dev/stdout.
	if err := outW.Chmod(0o666); err != nil {
		return Result{}, status{}, fmt.Errorf("share the output: %w", err)
	}
	cmd := exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{childName, superviseStage},
		Env:         []string{},
		Dir:         "/",
		Stdout:      outW,
		Stderr:      outW,
		ExtraFiles:  []*os.File{p.specR, statusW, p.lifeR},
		SysProcAttr: attributes(v, sp),
	}
	if v == mappedRoot {
		cmd.ExtraFiles = append(cmd.ExtraFiles, s.host.mapping)
	}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// The supervisor is to die with this process. The kernel ties it to the thread that started it, which the
		// lock keeps alive.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the status says more
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		return Result{}, status{}, fmt.Errorf("start the sandbox: %w", err)
	}
	p.specR.Close()
	p.lifeR.Close()
	outW.Close()
	statusW.Close()

	out := newOutput(c.Output)
	copied := make(chan struct{})
	go func() {
		_, _ = io.Copy(out, p.outR)
		close(copied)
	}()
	messages := make(chan status, 1)
	go func() { messages <- readStatus(p.statusR) }()
	go func() {
		_, _ = specW.Write(text)
		specW.Close()
	}()

	timer := time.NewTimer(c.Timeout)
	defer timer.Stop()
	var why string
	select {
	case <-ended:
	case <-timer.C:
		why = fmt.Sprintf("time limit of %s", c.Timeout)
	case <-done:
		why = "cancelled"
	}
	if why != "" {
		s.stop(&cmd, sp.Level, p.ends[3], ended)
	}
	// All writers are gone, unless a process handed the pipe to one outside.
	_ = p.outR.SetReadDeadline(time.Now().Add(time.Second))
	_ = p.statusR.SetReadDeadline(time.Now().Add(time.Second))
	<-copied
	st := <-messages
	res := Result{Code: st.Code, Ended: st.Ended, Duration: time.Since(start)}
	res.Output, res.Truncated = out.text()
	switch {
	case why != "":
		res.Ended = why
		st = status{Done: true}
	case limitOf(st.Signal, sp.Limits) != "":
		res.Ended = limitOf(st.Signal, sp.Limits)
	case !st.Done && st.Error == "":
		st.Error = fmt.Sprintf("the supervisor ended early: %v", cmd.ProcessState)
	}
	if res.Ended != "" {
		res.Code = -1
	}
	return res, st, nil
}

// stop ends the run now and waits for that.
func (s *Sandbox) stop(cmd *exec.Cmd, level int, lifeline *os.File, ended <-chan struct{}) {
	if level == Plain {
		lifeline.Close() // the supervisor ends the tree first
		select {
		case <-ended:
			return
		case <-time.After(10 * time.Second):
			s.opts.Log("sandbox: the supervisor does not answer; processes of the run may remain")
		}
	}
	_ = cmd.Process.Kill()
	<-ended
}

// attributes says which namespaces the supervisor is started in.
func attributes(v variant, sp spec) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if v == plainProcess {
		return attr // it must outlive the parent for long enough to end the tree
	}
	attr.Pdeathsig = syscall.SIGKILL
	attr.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	if !sp.Network {
		attr.Cloneflags |= unix.CLONE_NEWNET
	}
	if v == ownUser {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: sp.User, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: sp.Group, HostID: os.Getgid(), Size: 1}}
		attr.AmbientCaps = setupCapabilities
	}
	return attr
}

// specFor says what the supervisor is to do.
func (s *Sandbox) specFor(v variant, scratch, root, dir string, c Command) (spec, error) {
	path := searchPath(s.opts.Env)
	sp := spec{
		Level: Namespaces, Args: c.Args, Dir: dir, Root: root, Cache: s.opts.Cache, Scratch: scratch,
		Network: c.Network, User: os.Getuid(), Group: os.Getgid(), Mapped: v == mappedRoot,
		Home: "/home/sandbox", Tmp: "/tmp",
		Limits: limitsOf(c),
	}
	if len(c.Args) == 0 {
		sp.Probe = true
	}
	sp.Hidden = present(credentialFiles(s.opts.Env))
	if sp.User == 0 && v != mappedRoot {
		sp.Hidden = append(sp.Hidden, hidden("/etc")...) // as the user that it stays, the command would read them
	}
	switch v {
	case mappedRoot:
		sp.User, sp.Group = s.host.user, s.host.user
	case plainProcess:
		sp.Level = Plain
		sp.Home, sp.Tmp = filepath.Join(scratch, "home"), filepath.Join(scratch, "tmp")
		for _, d := range []string{sp.Home, sp.Tmp} {
			if err := os.Mkdir(d, 0o700); err != nil {
				return sp, fmt.Errorf("make a directory for the run: %w", err)
			}
		}
	}
	sp.Env = environ(s.opts.Env, sp.Home, sp.Tmp, strings.Join(path, ":"), c)
	var extra []string
	if c.Network {
		for _, name := range authorityVariables {
			if v, ok := s.opts.Env(name); ok {
				extra = append(extra, filepath.SplitList(v)...)
			}
		}
	}
	sp.ReadOnly = readable(s.opts.Env, path, extra...)
	if sp.Level == Namespaces {
		sp.Files = replacedFiles(sp)
	}
	return sp, nil
}

// pipes are the four pipes of a run: the ends that the parent's side reads or hands on, and the others.
type pipes struct {
	specR, outR, statusR, lifeR *os.File
	ends                        []*os.File
}

func (p *pipes) open(r **os.File) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	*r = read
	p.ends = append(p.ends, write)
	return nil
}

func (p *pipes) close() {
	for _, f := range append([]*os.File{p.specR, p.outR, p.statusR, p.lifeR}, p.ends...) {
		if f != nil {
			f.Close()
		}
	}
}

// readStatus returns what the children reported: the first error, or else the last message.
func readStatus(r io.Reader) status {
	data, _ := io.ReadAll(io.LimitReader(r, 1<<16))
	return parseStatus(data)
}

func parseStatus(data []byte) status {
	var last status
	for line := range bytes.Lines(data) {
		var st status
		if err := json.Unmarshal(line, &st); err != nil {
			continue
		}
		if st.Error != "" || st.NotFound != "" {
			return st
		}
		last = st
	}
	return last
}
