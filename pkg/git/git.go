package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

var (
	// ErrNotRepository is returned where a folder is not inside a git work tree.
	ErrNotRepository = errors.New("not a git repository")
	// ErrNoGit is returned where the git program is missing.
	ErrNoGit = errors.New("git is not installed or not on PATH")
	// ErrUnknownRevision is returned for a revision that the repository does not hold.
	ErrUnknownRevision = errors.New("unknown revision")
)

// Repo is a git repository with a work tree. Nothing here touches the work tree or the index.
type Repo struct {
	Top      string // absolute path of the work tree
	Dir      string // absolute path of the common git folder
	env      []string
	config   []setting
	anyOwner bool
}

// Options say how to reach a repository.
type Options struct {
	// Environ is the parent's environment, as os.Environ gives it. Variables that would point git elsewhere are dropped.
	Environ []string
	// AnyOwner accepts a work tree that belongs to another user, as in a container action.
	AnyOwner bool
}

// Open finds the repository that dir is in.
func Open(ctx context.Context, dir string, o Options) (*Repo, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Repo{Top: dir, anyOwner: o.AnyOwner}
	for _, v := range o.Environ {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "GIT_") || slices.Contains(keptVariables, name) {
			r.env = append(r.env, v)
		}
	}
	r.env = append(r.env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_LITERAL_PATHSPECS=1")
	if err := r.checkVersion(ctx); err != nil {
		return nil, err
	}
	common, err := r.output(ctx, nil, "rev-parse", "--git-common-dir")
	if err != nil {
		return nil, openError(dir, err)
	}
	top, err := r.output(ctx, nil, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, openError(dir, err)
	}
	r.Dir, top = strings.TrimSuffix(common, "\n"), strings.TrimSuffix(top, "\n")
	if top == "" {
		return nil, fmt.Errorf("%s: %w with a work tree", dir, ErrNotRepository)
	}
	if !filepath.IsAbs(r.Dir) {
		r.Dir = filepath.Join(dir, r.Dir)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	if rel, err := filepath.Rel(top, real); err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("%s: the repository around it says that its work tree is %s; unset core.worktree", dir, top)
	}
	r.Top = top
	if err := r.distrust(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// openError says in our words why git finds no repository.
func openError(dir string, err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "not a git repository"):
		return fmt.Errorf("%s: %w", dir, ErrNotRepository)
	case strings.Contains(text, "must be run in a work tree"), strings.Contains(text, "cannot use bare repository"):
		return fmt.Errorf("%s: %w with a work tree", dir, ErrNotRepository)
	case strings.Contains(text, "dubious ownership"):
		return fmt.Errorf("%s belongs to another user; run fettle as its owner, or tell git with safe.directory: %w", dir, err)
	}
	return err
}

// checkVersion refuses a git that would not heed the settings that distrust relies on.
func (r *Repo) checkVersion(ctx context.Context) error {
	out, err := r.output(ctx, nil, "version")
	if err != nil {
		return err
	}
	var major, minor int
	if n, _ := fmt.Sscanf(out, "git version %d.%d", &major, &minor); n == 2 && (major < 2 || major == 2 && minor < 31) {
		return fmt.Errorf("git %d.%d is too old; want 2.31 or newer", major, minor)
	}
	return nil
}

// keptVariables are those of git's variables that name a person or a certificate and point git nowhere.
var keptVariables = []string{
	"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE",
	"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES",
}

// command prepares git without hooks, monitors, pagers, network or lazy fetches, whatever the configuration says.
func (r *Repo) command(ctx context.Context, args ...string) *exec.Cmd {
	safe := []string{"--no-pager", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.sshCommand=false",
		"-c", "protocol.allow=never", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "safe.bareRepository=explicit"}
	if r.anyOwner {
		safe = append(safe, "-c", "safe.directory=*")
	}
	cmd := exec.CommandContext(ctx, "git", append(safe, args...)...)
	cmd.Dir = r.Top
	cmd.Env = append(slices.Clone(r.env), variables(r.config)...)
	return cmd
}

// output runs git and returns what it prints.
func (r *Repo) output(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	return run(r.command(ctx, args...), stdin, args)
}

func run(cmd *exec.Cmd, stdin io.Reader, args []string) (string, error) {
	var out, problem bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &problem
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", ErrNoGit
		}
		if text := strings.TrimSpace(problem.String()); text != "" {
			return "", fmt.Errorf("git %s: %s", args[0], text)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.String(), nil
}

// Commit returns the full id of the commit that rev names. rev may come from outside.
func (r *Repo) Commit(ctx context.Context, rev string) (string, error) {
	out, err := r.output(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		if errors.Is(err, ErrNoGit) || ctx.Err() != nil {
			return "", err
		}
		return "", fmt.Errorf("%q: %w", rev, ErrUnknownRevision)
	}
	id := strings.TrimSpace(out)
	if len(id) != 40 && len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" { // ^HEAD gives ^ and the id
		return "", fmt.Errorf("%q: %w", rev, ErrUnknownRevision)
	}
	return id, nil
}

// Branch returns the name of the current branch, or "" for a detached head.
func (r *Repo) Branch(ctx context.Context) string {
	out, err := r.output(ctx, nil, "symbolic-ref", "--short", "--quiet", "HEAD")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// MergeBase returns the best common ancestor of two commits, or ErrUnknownRevision where there is none within reach.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (string, error) {
	out, err := r.output(ctx, nil, "merge-base", "--end-of-options", a, b)
	if err != nil {
		if errors.Is(err, ErrNoGit) || ctx.Err() != nil {
			return "", err
		}
		return "", fmt.Errorf("%s and %s have no common commit here: %w", a, b, ErrUnknownRevision)
	}
	return strings.TrimSpace(out), nil
}

// Shallow reports whether the history is cut off.
func (r *Repo) Shallow(ctx context.Context) bool {
	out, err := r.output(ctx, nil, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(out) == "true"
}

// Remote returns the address of the remote named origin, "" where there is none. It may hold a password.
func (r *Repo) Remote(ctx context.Context) string {
	out, err := r.output(ctx, nil, "config", "--get", "remote.origin.url")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// Changed lists tracked files that differ from HEAD in the work tree or the index.
func (r *Repo) Changed(ctx context.Context) ([]string, error) {
	out, err := r.output(ctx, nil, "status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames")
	if err != nil {
		return nil, err
	}
	var files []string
	for _, line := range strings.Split(out, "\x00") {
		if len(line) > 3 {
			files = append(files, line[3:])
		}
	}
	return files, nil
}

// Ignored lists files and folders of the work tree that git ignores and does not track, relative to its top; a folder that
// is ignored as a whole stands for all in it, and ends in a slash.
func (r *Repo) Ignored(ctx context.Context) ([]string, error) {
	out, err := r.output(ctx, nil, "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
	if err != nil {
		return nil, err
	}
	var ignored []string
	for _, file := range strings.Split(out, "\x00") {
		if file != "" {
			ignored = append(ignored, file)
		}
	}
	return ignored, nil
}
