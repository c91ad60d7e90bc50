package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Levels of protection, the strongest first.
const (
	Sibling    = 1 // a container of its own, beside the one that this process is in
	Namespaces = 2 // own mounts, processes, IPC and, offline, network
	Plain      = 3 // Landlock, seccomp and resource limits on a process of the host
	None       = 4 // nothing holds; Run refuses
)

// ErrNotFound marks a command whose program is not there. The error also is a *NotFoundError.
var ErrNotFound = errors.New("program not found")

// ErrNoSandbox marks a system on which nothing would hold a command.
var ErrNoSandbox = errors.New("no sandbox on this system")

// NotFoundError names the program that is not there. It matches ErrNotFound.
type NotFoundError struct {
	Program string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("program %q not found on the PATH inside the sandbox", e.Program)
}

// Is reports whether target is ErrNotFound.
func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// Options are fixed for the life of a Sandbox.
type Options struct {
	Cache string                           // a directory that the network phase may write and the offline phase may read; "" for none
	Temp  string                           // an existing directory for what a run needs beside the copy; "" is the system's
	Env   func(string) (string, bool)      // looks up the parent's environment; nil is an empty one
	Log   func(format string, args ...any) // takes what is worth knowing but no error; nil drops it
	Level int                              // 0 is the strongest that works; another asks for that one or a weaker one
	Image string                           // what containers are made from; "" is the image of the container that this process is in
	Pull  bool                             // whether Image may be fetched by the container engine

	// Reach is what of this machine the fetch phase may connect to, as host:port, beside the addresses that variables of a
	// command or of proxies name: a registry on loopback. Nil leaves all services of this machine open to it; link-local
	// addresses, at which clouds hand out credentials, are closed to it in any case.
	Reach []string
}

// Sandbox runs commands. It is safe for use by several goroutines.
type Sandbox struct {
	opts  Options
	level int
	lines []string // see Strengths
	host  host
}

// New tries what the kernel allows, in a child, and returns the strongest sandbox that works. It returns an error only
// where o is wrong: a system on which nothing works gives a Sandbox of level None.
func New(o Options) (*Sandbox, error) {
	if o.Env == nil {
		o.Env = func(string) (string, bool) { return "", false }
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.Cache != "" {
		dir, err := realDir(o.Cache)
		if err != nil {
			return nil, fmt.Errorf("sandbox cache: %w", err)
		}
		o.Cache = dir
	}
	switch o.Level {
	case 0, Sibling, Namespaces, Plain, None:
	default:
		return nil, fmt.Errorf("sandbox level %d; want 0 for the strongest that works, or one of %d to %d", o.Level, Sibling, None)
	}
	s := &Sandbox{opts: o, level: None}
	if o.Level != None {
		s.probe()
	}
	if s.level == None {
		s.lines = append(s.lines, "NOT held: anything; commands are refused on this system")
	}
	o.Log("%s", s.Summary())
	return s, nil
}

// Close removes what the Sandbox keeps between runs: with level Sibling, volumes of the container engine. What a process
// that ended without it leaves is removed by the next New.
func (s *Sandbox) Close() error { return s.close() }

// Level is the protection that New found to work: Sibling, Namespaces, Plain or None.
func (s *Sandbox) Level() int { return s.level }

// Strengths says first in one line how commands are held, as Summary does, then in one line each what the sandbox holds and,
// beginning with "NOT held:", what it does not. "not bounded:" begins what a run may use up without limit.
func (s *Sandbox) Strengths() []string { return append([]string{s.headline()}, s.lines...) }

// Command is what to run and how far it may go.
type Command struct {
	Args      []string
	Dir       string        // relative to the root; "" is the root
	Env       []string      // KEY=VALUE, on top of the allow-list
	Network   bool          // the fetch phase; off for build and test
	Timeout   time.Duration // 0 is 10 minutes
	Memory    int64         // bytes, of all processes together; 0 is 4 GiB
	Processes int           // threads count; 0 is 512
	Output    int           // bytes kept, half from the head and half from the tail; 0 is 1 MiB
	FileSize  int64         // bytes in one file; 0 is 2 GiB
	Disk      int64         // bytes of all files that the run makes or changes, one file for each 8 KiB; 0 is 8 GiB
}

// Result is what a command did.
type Result struct {
	Code      int           // exit status, 128 and the signal's number if a signal ended it; -1 if the sandbox ended it
	Output    string        // stdout and stderr as they came, the middle cut where too long, invalid UTF-8 replaced; hostile text
	Truncated bool          // Output lacks its middle
	Ended     string        // why the sandbox ended it: "time limit of 5m0s"; empty if it ended by itself
	Duration  time.Duration // from start to end, the sandbox's own time included
}

// Run runs c on the directory root, which alone stays writable, and returns when no process of it is left. A command
// that fails, or that a limit ends, is a Result; an error says that the sandbox could not run it. Run trusts the names
// in root only: a file in it that is hard-linked from elsewhere is writable elsewhere too, so root must be a real copy.
func (s *Sandbox) Run(ctx context.Context, root string, c Command) (Result, error) {
	if s.level == None {
		return Result{}, fmt.Errorf("run %q: %w (%s)", c.Args, ErrNoSandbox, runtime.GOOS)
	}
	if len(c.Args) == 0 || c.Args[0] == "" {
		return Result{}, errors.New("run in sandbox: no program named")
	}
	for _, text := range append(append([]string(nil), c.Args...), c.Env...) {
		if strings.ContainsRune(text, 0) {
			return Result{}, fmt.Errorf("run %q: an argument or variable holds a NUL byte", c.Args[0])
		}
	}
	root, err := realDir(root)
	if err != nil {
		return Result{}, fmt.Errorf("run %q: %w", c.Args[0], err)
	}
	if filepath.Dir(root) == root {
		return Result{}, fmt.Errorf("run %q: %s is no copy of a repository", c.Args[0], root)
	}
	dir, err := inside(root, c.Dir)
	if err != nil {
		return Result{}, fmt.Errorf("run %q: %w", c.Args[0], err)
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	return s.run(ctx, root, dir, c.withDefaults())
}

func (c Command) withDefaults() Command {
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Minute
	}
	if c.Memory <= 0 {
		c.Memory = 4 << 30
	}
	if c.Processes <= 0 {
		c.Processes = 512
	}
	if c.Output <= 0 {
		c.Output = 1 << 20
	}
	if c.FileSize <= 0 {
		c.FileSize = 2 << 30
	}
	if c.Disk <= 0 {
		c.Disk = 8 << 30
	}
	return c
}

// realDir returns the absolute path of a directory without symbolic links.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory", abs)
	}
	return abs, nil
}

// inside returns the directory dir of root, which a symbolic link must not lead out of it.
func inside(root, dir string) (string, error) {
	if dir == "" {
		return root, nil
	}
	if !filepath.IsLocal(dir) {
		return "", fmt.Errorf("directory %q; want one relative to the copy and within it", dir)
	}
	real, err := realDir(filepath.Join(root, dir))
	if err != nil {
		return "", err
	}
	if !within(root, real) {
		return "", fmt.Errorf("directory %q leads out of the copy to %s", dir, real)
	}
	return real, nil
}

// within reports whether path is dir or lies in it. Both are absolute and clean.
func within(dir, path string) bool {
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+string(filepath.Separator))
}
