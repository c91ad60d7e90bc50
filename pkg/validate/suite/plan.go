package suite

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// Plan is what a run does with one project, found out from its files and the configuration.
type Plan struct {
	Dir      string // of the project; "" is the root
	At       string // where commands run: Dir, or a directory above it that builds it
	Manager  string // what installs it: "npm", "maven", "go"
	Lockfile string // path from the root; "" where there is none

	Files   map[string]string // by path below At: what is written before Install
	Install []Step            // the only ones with network
	Scripts []Step            // what installing would have run of other people's code
	Build   []Step
	Test    []Step
	Proof   []Step   // of a proof-of-vulnerability test, which fails while the project is vulnerable
	Reports []string // globs below At of the report files that Test writes, ** crossing folders
	Timeout time.Duration
	Notes   []string // what a person should know of the trial: code that the network phase cannot leave out
	text    bool     // cases are told in Reports and in the output

	Env     []string // KEY=VALUE, in both phases; {root} stands for the work copy, {at} for At in it
	Fetch   []string // with network only
	Offline []string // without network only
}

// Step is one command.
type Step struct {
	Args  []string
	Env   []string // KEY=VALUE, beside the plan's
	May   bool     // may fail: what it could not do shows later
	Alone bool     // the steps after it do not need it to pass
}

// scratch is the directory below At that holds what a plan makes. Tools pass over names that begin with a dot.
const scratch = ".fettle"

// Command returns s as the sandbox takes it, for the work copy at root.
func (p Plan) Command(root string, s Step, network bool) sandbox.Command {
	env := slices.Clone(p.Env)
	if network {
		env = append(env, p.Fetch...)
	} else {
		env = append(env, p.Offline...)
	}
	env = append(env, s.Env...)
	places := strings.NewReplacer("{root}", root, "{at}", filepath.Join(root, filepath.FromSlash(p.At)))
	for i, kv := range env {
		env[i] = places.Replace(kv)
	}
	return sandbox.Command{Args: s.Args, Dir: p.At, Env: env, Network: network, Timeout: p.Timeout, Output: 32 << 20}
}

// Prepare writes the files of p into the work copy at root. It follows no link out of it.
func (p Plan) Prepare(root string) error {
	if len(p.Files) == 0 {
		return nil
	}
	r, err := openBelow(root, p.At)
	if err != nil {
		return fmt.Errorf("prepare %s: %w", Place(p.At), err)
	}
	defer r.Close()
	for name, text := range p.Files {
		at := filepath.FromSlash(name)
		err = errors.Join(err, r.MkdirAll(filepath.Dir(at), 0o755))
		if old, e := r.Lstat(at); e == nil && !old.Mode().IsRegular() {
			err = errors.Join(err, r.RemoveAll(at))
		}
		err = errors.Join(err, r.WriteFile(at, []byte(text), 0o644))
	}
	if err != nil {
		return fmt.Errorf("prepare %s: %w", Place(p.At), err)
	}
	return nil
}

// Place names a project's directory for people.
func Place(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// Tree is the repository as a run will see it.
type Tree interface {
	Read(name string) (string, error) // by slash-separated path; wraps fs.ErrNotExist where there is no such file
	Below(dir string) []string        // paths of the regular files below dir, sorted
}

// Folder is a Tree on disk.
type Folder string

// Read reads a file of f, through no link.
func (f Folder) Read(name string) (string, error) {
	r, err := os.OpenRoot(string(f))
	if err != nil {
		return "", err
	}
	defer r.Close()
	return readReport(r, name, maxReport)
}

// Below lists the regular files of f below dir, but for git's own.
func (f Folder) Below(dir string) []string {
	var names []string
	_ = filepath.WalkDir(filepath.Join(string(f), filepath.FromSlash(dir)), func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return filepath.SkipDir // what cannot be listed is not there for a plan
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if rel, err := filepath.Rel(string(f), p); err == nil && d.Type().IsRegular() && len(names) < maxLooked {
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	slices.Sort(names)
	return names
}

// steps makes a step of each command that is not empty.
func steps(commands ...[]string) []Step {
	var all []Step
	for _, args := range commands {
		if len(args) > 0 {
			all = append(all, Step{Args: args})
		}
	}
	return all
}

// scratchPath is where a plan's own file name lies below At.
func scratchPath(name string) string { return path.Join(scratch, name) }
