package golang

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// workplace is the directory in which one correlation works: a copy of the tree, made when the first module needs it.
type workplace struct {
	analyst Analyst
	repo    fettle.Repo
	sum     string // of the tree, once it was read
	dir     string // "" until the tree is copied
	version string // of Go, with its platform
}

func newWorkplace(a Analyst, repo fettle.Repo) *workplace { return &workplace{analyst: a, repo: repo} }

func (w *workplace) log(format string, args ...any) {
	if w.analyst.Log != nil {
		w.analyst.Log(format, args...)
	}
}

func (w *workplace) close() {
	if w.dir != "" {
		_ = os.RemoveAll(w.dir) // what stays behind is in a temporary folder
	}
}

// answer does one job, or remembers what came of it.
func (w *workplace) answer(ctx context.Context, j job) (answer, error) {
	if err := w.prepare(ctx); err != nil {
		return answer{}, err
	}
	if len(j.Targets) == 0 {
		return answer{}, nil
	}
	if err := w.askVersion(ctx); err != nil {
		return answer{}, err
	}
	program, err := w.program()
	if err != nil {
		return answer{}, err
	}
	info, err := os.Stat(program)
	if err != nil {
		return answer{}, fmt.Errorf("look at this program: %w", err)
	}
	// Another build may answer otherwise.
	store := newStore(w.analyst.Cache, fmt.Sprint(info.Size(), info.ModTime().UnixNano()), w.sum, w.version, j)
	if a, ok := store.read(); ok {
		return a, nil
	}
	if err := w.copy(ctx); err != nil {
		return answer{}, err
	}
	fetched, err := w.fetch(ctx, j)
	if err != nil {
		return answer{}, err
	}
	w.log("reachability: govulncheck of %s with %d findings", place(j.Dir), len(j.Targets))
	a, err := w.scan(ctx, j)
	if err != nil {
		return a, err
	}
	if a.Error != "" {
		reason, right := w.plain(a.Error), advice(a.Error)
		if fetched != "" {
			reason = fetched
			if right = advice(fetched); right == "" {
				right = "; name a GOPROXY that serves it in the environment, or vendor it"
			}
		}
		return a, &refusal{reason: "its packages could not be loaded, so nothing says which vulnerable code it calls: " + reason + right,
			short: "the module does not build here: " + clip(reason, 300)}
	}
	if len(a.Outcomes) != len(j.Targets) {
		return a, &refusal{reason: "the analysis gave no answer for some of its findings", short: "the analysis gave no answer"}
	}
	if len(a.Broken) == 0 {
		store.write(a)
	}
	return a, nil
}

// scan runs the helper on the copy, without network.
func (w *workplace) scan(ctx context.Context, j job) (answer, error) {
	data, err := json.Marshal(j)
	if err != nil {
		return answer{}, err
	}
	if err := os.WriteFile(filepath.Join(w.dir, jobFile), data, 0o644); err != nil {
		return answer{}, err
	}
	if err := os.Remove(filepath.Join(w.dir, answerFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return answer{}, err
	}
	r, err := w.run(ctx, j, sandbox.Command{Args: []string{filepath.Join(w.dir, binDir, helperName), w.dir}, Timeout: scanTime,
		Env: []string{"GOPROXY=off", "GOSUMDB=off", "CGO_ENABLED=0"}})
	if err != nil {
		return answer{}, err
	}
	if r.Ended != "" {
		return answer{}, &refusal{reason: "the analysis was ended by the " + r.Ended, short: "the analysis was ended by the " + r.Ended}
	}
	if r.Code != 0 {
		return answer{}, &refusal{reason: fmt.Sprintf("the analysis failed with exit status %d: %s", r.Code, w.plain(r.Output)), short: "the analysis failed"}
	}
	return readAnswer(filepath.Join(w.dir, answerFile))
}

// maxAnswer is the largest answer that is read, in bytes.
const maxAnswer = 256 << 20

func readAnswer(name string) (answer, error) {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return answer{}, &refusal{reason: "the analysis left no answer", short: "the analysis left no answer"}
	}
	f, err := os.Open(name)
	if err != nil {
		return answer{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return answer{}, &refusal{reason: "the answer of the analysis cannot be read: " + clip(err.Error(), 200), short: "the analysis left no answer"}
	}
	return a, nil
}

// run runs a command for j in the sandbox with the settings of the go command that are never the repository's.
func (w *workplace) run(ctx context.Context, j job, c sandbox.Command) (sandbox.Result, error) {
	workspace := "off"
	if j.Work {
		workspace = filepath.Join(w.dir, treeDir, filepath.FromSlash(j.Dir), "go.work")
	}
	cache, err := ModuleCache(w.analyst.Cache)
	if err != nil {
		return sandbox.Result{}, err
	}
	if cache, err = filepath.EvalSymlinks(cache); err != nil {
		return sandbox.Result{}, err
	}
	c.Env = append([]string{"GOENV=off", "GOFLAGS=", "GOTOOLCHAIN=local", "GO111MODULE=on", "GOWORK=" + workspace, "GOEXPERIMENT=",
		"GOMODCACHE=" + cache, "GOCACHE=" + filepath.Join(w.dir, buildDir), "GIT_TERMINAL_PROMPT=0"}, c.Env...)
	c.Memory, c.Processes = memory, processes
	r, err := w.analyst.Run.Run(ctx, w.dir, c)
	var missing *sandbox.NotFoundError
	switch {
	case errors.As(err, &missing) && missing.Program == "go":
		return r, &refusal{reason: "there is no go command on the PATH, so nothing says which vulnerable code it calls; install Go of the version that its go.mod names or a later one",
			short: "there is no go command on the PATH"}
	case errors.Is(err, sandbox.ErrNoSandbox):
		return r, &refusal{reason: "this system has no sandbox, and the go command runs what a repository chooses, so nothing says which vulnerable code it calls; run fettle on Linux",
			short: "this system has no sandbox to load the module in"}
	}
	return r, err
}

// askVersion asks which Go there is.
func (w *workplace) askVersion(ctx context.Context) error {
	if w.version != "" {
		return nil
	}
	r, err := w.run(ctx, job{}, sandbox.Command{Args: []string{"go", "env", "GOVERSION", "GOOS", "GOARCH"}, Env: []string{"GOPROXY=off"}, Timeout: fetchTime})
	if err != nil {
		return err
	}
	if r.Code != 0 || strings.TrimSpace(r.Output) == "" {
		return &refusal{reason: "the go command does not run in the sandbox: " + w.plain(r.Output), short: "the go command does not run in the sandbox"}
	}
	w.version = strings.TrimSpace(r.Output)
	return nil
}

// plain makes a message of the sandbox fit to be shown.
func (w *workplace) plain(text string) string {
	return plain(strings.NewReplacer(filepath.Join(w.dir, treeDir)+"/", "", filepath.Join(w.dir, treeDir), ".", w.dir+"/", "", filepath.Join(w.analyst.Cache, "mod")+"/", "").Replace(text))
}

func place(dir string) string {
	if dir == "" {
		return "the root"
	}
	return dir
}
