package sandbox

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The parts of the engine's container that a run sets; see its HTTP interface, ContainerCreate.
type (
	containerBody struct {
		Image        string
		Entrypoint   []string
		Cmd          []string
		Env          []string
		User         string
		Hostname     string `json:",omitempty"`
		WorkingDir   string
		Labels       map[string]string
		Healthcheck  *healthcheck `json:",omitempty"`
		AttachStdin  bool
		AttachStdout bool
		AttachStderr bool
		OpenStdin    bool
		StdinOnce    bool // the end of the connection is the end of standard input
		HostConfig   hostConfig
	}
	healthcheck struct{ Test []string }
	hostConfig  struct {
		AutoRemove     bool
		NetworkMode    string
		CapDrop        []string
		SecurityOpt    []string
		ReadonlyRootfs bool
		Privileged     bool
		IpcMode        string `json:",omitempty"`
		Memory         int64
		MemorySwap     int64
		PidsLimit      int64 `json:",omitempty"`
		CPUShares      int64 `json:"CpuShares,omitempty"`
		ShmSize        int64 `json:",omitempty"`
		Tmpfs          map[string]string
		Sysctls        map[string]string `json:",omitempty"`
		Binds          []string
		Mounts         []mount
		LogConfig      logConfig
	}
	logConfig struct{ Type string }
	mount     struct {
		Type, Source, Target string
		ReadOnly             bool
		VolumeOptions        *volumeOptions `json:",omitempty"`
	}
	volumeOptions struct {
		NoCopy bool
	}
)

// container returns what a run is created as.
func (s *sibling) container(sp spec, work volume) containerBody {
	tmp := func(size int64) string { return fmt.Sprintf("rw,exec,nosuid,nodev,mode=1777,size=%d", size) }
	private := max(sp.Limits.Memory/2, 64<<20)
	b := containerBody{
		Image: s.image, Entrypoint: []string{s.program, childName, siblingStage}, Cmd: []string{}, Env: []string{},
		User: fmt.Sprintf("%d:%d", siblingUser, siblingUser), Hostname: "sandbox", WorkingDir: "/", Labels: s.labels(),
		Healthcheck: &healthcheck{[]string{"NONE"}},
		AttachStdin: true, AttachStdout: true, AttachStderr: true, OpenStdin: true, StdinOnce: true,
		HostConfig: hostConfig{
			AutoRemove: true, NetworkMode: "none", CapDrop: []string{"ALL"}, SecurityOpt: []string{"no-new-privileges"},
			ReadonlyRootfs: true, IpcMode: "private",
			Memory: sp.Limits.Memory + supervisorMemory, MemorySwap: sp.Limits.Memory + supervisorMemory,
			PidsLimit: int64(sp.Limits.Processes) + supervisorThreads, CPUShares: 512, ShmSize: max(sp.Limits.Memory/4, 64<<20),
			Tmpfs: map[string]string{"/tmp": tmp(private), "/var/tmp": tmp(private), sp.Home: tmp(private)},
			// What the supervisor says on its standard output is no log.
			LogConfig: logConfig{"none"},
		},
	}
	h := &b.HostConfig
	if _, err := os.Stat("/proc/sys/net/ipv6"); err == nil && !sp.Network {
		h.Sysctls = map[string]string{"net.ipv6.conf.lo.disable_ipv6": "0"} // tests listen on ::1 too
	}
	if sp.Network {
		h.NetworkMode = s.network()
		if strings.HasPrefix(h.NetworkMode, "container:") {
			b.Hostname = ""
		}
	}
	h.Mounts = append(h.Mounts, work.top())
	h.Binds = append(h.Binds, work.bind(sp.Root, "rw"))
	if s.copy.Name != "" {
		h.Binds = append(h.Binds, s.copy.bind(programDir, "ro"))
	}
	if s.cache.Name != "" {
		mode := "ro"
		if sp.Network {
			mode = "rw"
		}
		h.Binds = append(h.Binds, s.cache.bind(sp.Cache, mode))
	}
	h.Mounts = append(h.Mounts, s.shared...)
	return b
}

// The supervisor's own share of a container.
const (
	supervisorMemory  = 96 << 20
	supervisorThreads = 32
)

// network is what a container of the fetch phase is connected to: what the own container is, so that it reaches the same
// registries.
func (s *sibling) network() string {
	if s.own == nil {
		return "bridge"
	}
	switch mode := s.own.HostConfig.NetworkMode; {
	case mode == "host" || mode == "none" || mode == "" || mode == "default" || strings.HasPrefix(mode, "container:"):
		return "bridge"
	default:
		return mode
	}
}

// runSibling runs c in a container of its own.
func (s *Sandbox) runSibling(ctx context.Context, root, dir string, c Command) (Result, error) {
	sp, err := s.siblingSpec(root, dir, c)
	if err != nil {
		return Result{}, err
	}
	sp.Allowed = s.allowed(ctx, c)
	sib := s.host.sibling
	if s.opts.Cache != "" {
		if err := sib.keep(&sib.cache, func(p packer) error { return p.all(s.opts.Cache) }); err != nil {
			return Result{}, fmt.Errorf("run %q in sandbox: cache: %w", c.Args[0], err)
		}
	}
	res, st, err := sib.run(ctx.Done(), sp, c)
	switch {
	case ctx.Err() != nil:
		return res, ctx.Err()
	case err != nil:
		return res, fmt.Errorf("run %q in sandbox: %w", c.Args[0], err)
	case st.NotFound != "":
		return res, &NotFoundError{Program: st.NotFound}
	case st.Error != "":
		return res, fmt.Errorf("run %q in sandbox: %s", c.Args[0], st.Error)
	}
	return res, nil
}

// siblingSpec says what the supervisor in a container is to do.
func (s *Sandbox) siblingSpec(root, dir string, c Command) (spec, error) {
	path := searchPath(s.host.sibling.env)
	if s.host.sibling.foreign() {
		path = usualPath
		if text, ok := s.host.sibling.env("PATH"); ok {
			path = filepath.SplitList(text)
		}
	}
	sp := spec{
		Level: Sibling, Args: c.Args, Dir: dir, Root: root, Network: c.Network, User: siblingUser, Group: siblingUser,
		Home: "/home/sandbox", Tmp: "/tmp", Cache: s.opts.Cache, Probe: len(c.Args) == 0,
		Limits: limitsOf(c),
	}
	sp.Env = environ(s.host.sibling.env, sp.Home, sp.Tmp, strings.Join(path, ":"), c)
	return sp, nil
}

// foreign reports whether runs are made from another image than this process is.
func (s *sibling) foreign() bool { return s.own == nil || s.own.Image != s.image }

// limitsOf returns the limits of a command as a supervisor takes them.
func limitsOf(c Command) limits {
	return limits{
		Memory: c.Memory, Processes: c.Processes, FileSize: c.FileSize, Disk: c.Disk, Files: int(c.Disk / bytesPerFile), Time: c.Timeout,
		CPU: c.Timeout * time.Duration(max(runtime.NumCPU(), 1)),
	}
}

// run makes a container, gives it the copy, and takes back what changed.
func (s *sibling) run(done <-chan struct{}, sp spec, c Command) (Result, status, error) {
	start := time.Now()
	work, err := s.makeVolume(sp.Limits.Disk)
	if err != nil {
		return Result{}, status{}, err
	}
	defer func() {
		if err := s.removeVolume(work); err != nil {
			s.log("sandbox: %v", err)
		}
	}()
	id, err := s.create(s.container(sp, work))
	if err != nil {
		return Result{}, status{}, err
	}
	defer s.engine.remove(id)
	if err := s.put(id, func(p packer) error {
		p.done = done
		return p.all(sp.Root)
	}); err != nil {
		return Result{}, status{}, fmt.Errorf("copy %s into the container: %w", sp.Root, err)
	}
	conn, err := s.engine.attach(id)
	if err != nil {
		return Result{}, status{}, err
	}
	defer conn.Close()
	if err := s.engine.call("POST", "/containers/"+id+"/start", nil, nil, nil); err != nil {
		return Result{}, status{}, err
	}
	text, err := json.Marshal(sp)
	if err != nil {
		return Result{}, status{}, err
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)); err != nil {
		return Result{}, status{}, fmt.Errorf("tell the container what to run: %w", err)
	}
	out := newOutput(c.Output)
	answer, w := io.Pipe()
	go func() { w.CloseWithError(split(conn.from, w, out)) }()
	type reply struct {
		status
		err error
	}
	replies := make(chan reply, 1)
	go func() {
		st, err := receive(answer, sp)
		_, _ = io.Copy(io.Discard, answer) // until the container ends
		replies <- reply{st, err}
	}()
	timer := time.NewTimer(sp.Limits.Time + siblingGrace)
	defer timer.Stop()
	var r reply
	why := ""
	select {
	case r = <-replies:
	case <-done:
		why = "cancelled"
	case <-timer.C:
		why = fmt.Sprintf("time limit of %s", sp.Limits.Time)
	}
	if why != "" {
		s.engine.remove(id)
		conn.Close()
		r = <-replies
		r.status, r.err = status{Ended: why, Done: true}, nil
	}
	res := Result{Code: r.Code, Ended: r.Ended, Duration: time.Since(start)}
	res.Output, res.Truncated = out.text()
	if res.Ended == "" {
		res.Ended = limitOf(r.Signal, sp.Limits)
	}
	if res.Ended != "" {
		res.Code = -1
	}
	return res, r.status, r.err
}

// siblingGrace is what a container has beyond the time limit, which its supervisor keeps, to send back what changed.
const siblingGrace = 2 * time.Minute

// maxStatus bounds the first line of what a container answers, which lists what was deleted.
const maxStatus = 256 << 20

// receive reads what the supervisor in a container answers: a line of JSON, then the changed files.
func receive(r io.Reader, sp spec) (status, error) {
	from := bufio.NewReaderSize(r, 1<<16)
	line, err := readLine(from, maxStatus)
	if err != nil {
		return status{}, fmt.Errorf("the container ended without a result: %w", err)
	}
	var st status
	if err := json.Unmarshal(line, &st); err != nil {
		return status{}, fmt.Errorf("read the container's result: %w", err)
	}
	if !st.Changes {
		return st, nil
	}
	dirs := sp.returned()
	roots, err := openRoots(dirs)
	if err != nil {
		return st, err
	}
	defer closeRoots(roots)
	u := unpacker{roots: roots, bytes: sp.Limits.Disk, files: sp.Limits.Files}
	for i, names := range st.Deleted {
		for _, name := range names {
			if i >= len(roots) || !filepath.IsLocal(name) || filepath.Clean(name) == "." {
				return st, fmt.Errorf("the container names %q as deleted", name)
			}
			if err := roots[i].RemoveAll(name); err != nil && !errors.Is(err, os.ErrNotExist) {
				return st, fmt.Errorf("delete what the run deleted: %w", err)
			}
		}
	}
	if err := u.unpack(tar.NewReader(from)); err != nil {
		return st, fmt.Errorf("take back what the run changed: %w", err)
	}
	return st, nil
}

func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most {
			return nil, errTooMuch
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return bytes.TrimSuffix(line, []byte("\n")), err
	}
}
