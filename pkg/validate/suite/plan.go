package suite

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// Plan is what a run does with one project, found out from its files and the configuration.
type Plan struct {
	Dir      string // of the project; "" is the root
	Manager  string // what installs it: "npm", "maven", "go"
	Lockfile string // path from the root; "" where there is none

	Install []Step // the only ones with network
	Scripts []Step // what install would have run of other people's code
	Build   []Step
	Test    []Step
	Proof   []Step   // of a proof-of-vulnerability test, which fails while the project is vulnerable
	Reports []string // globs below Dir of the report files that Test writes, ** crossing folders
	Timeout time.Duration

	Env     []string // KEY=VALUE, in both phases
	Fetch   []string // KEY=VALUE, with network only
	Offline []string // KEY=VALUE, without network only
}

// Step is one command.
type Step struct {
	Args []string
	Env  []string // KEY=VALUE, beside the plan's
}

// Command returns s as the sandbox takes it.
func (p Plan) Command(s Step, network bool) sandbox.Command {
	env := append([]string(nil), p.Env...)
	if network {
		env = append(env, p.Fetch...)
	} else {
		env = append(env, p.Offline...)
	}
	return sandbox.Command{
		Args: s.Args, Dir: p.Dir, Env: append(env, s.Env...), Network: network, Timeout: p.Timeout, Output: 8 << 20,
	}
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

// Project names what is to be built.
type Project struct {
	Dir       string // "" is the root
	Ecosystem string // as OSV names it; "" takes what the files say
}

// Options are what a plan depends on beside the tree.
type Options struct {
	Settings Settings          // what fettle.yaml declares for the project
	Fetch    []string          // KEY=VALUE for package managers, in the network phase
	Cache    string            // the sandbox's cache folder; "" for none
	Tool     func(string) bool // reports whether a program is there; nil takes every one to be
}

// Detect reads how a project is installed, built and tested. It runs nothing. What the tree's own files make of the
// commands that it returns is for the sandbox to hold.
func Detect(t Tree, project Project, o Options) (Plan, error) {
	if o.Tool == nil {
		o.Tool = func(string) bool { return true }
	}
	p, err := detectNode(t, project, o)
	if err != nil {
		return p, err
	}
	return declared(p, o.Settings), nil
}

// declared puts what is configured in the place of what was found out.
func declared(p Plan, s Settings) Plan {
	p.Timeout = time.Duration(s.Timeout)
	if s.Install != nil {
		p.Install, p.Scripts = steps(s.Install), nil
	}
	if s.Build != nil {
		p.Build = steps(s.Build)
	}
	if s.Test != nil {
		p.Test, p.Reports = steps(s.Test), nil
	}
	if s.Results != nil {
		p.Reports = s.Results
	}
	p.Proof = steps(s.Proof)
	return p
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

// missing says that a file is needed.
func missing(what, dir, right string) error {
	return fmt.Errorf("no %s in %s; %s", what, Place(dir), right)
}
