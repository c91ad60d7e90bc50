package validate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// resultFormat changes where entries of before would be read wrongly.
const resultFormat = 1

// resultKey names all that the result of running t depends on: its content, the commands and their environment, the
// versions of the tools, what the sandbox holds, and, where t is held against a baseline, that one. Values of the
// environment go into the digest only. "" is that the result is not to be kept.
func (v *search) resultKey(ctx context.Context, t tree, base *baseline, proofs map[string][]Proof) (key string, plans []suite.Plan) {
	if v.set.Results == "" || v.set.Version == "" {
		return "", nil
	}
	programs := map[string]bool{}
	depends := []any{resultFormat, v.set.Version, t.content(), v.set.Runner.Level(), notHeld(v.set.Runner.Strengths())}
	for _, p := range v.plans {
		now, err := v.set.planOf(t, p.Dir)
		if err != nil {
			return "", nil
		}
		run := proofs[p.Dir]
		for _, steps := range [][]suite.Step{now.Install, now.Scripts, now.Build, now.Test} {
			addPrograms(programs, steps)
		}
		for _, proof := range run {
			addPrograms(programs, []suite.Step{{Args: proof.Run}})
		}
		plans = append(plans, now)
		depends = append(depends, now, run)
		if base != nil {
			if loose := v.set.loose[p.Dir]; loose != nil {
				plans[len(plans)-1].Install = []suite.Step{{Args: loose}}
			}
			depends = append(depends, v.set.loose[p.Dir], base.of(p.Dir).digest())
		}
	}
	if base != nil {
		depends = append(depends, v.snap.tree().content())
	}
	for _, program := range slices.Sorted(maps.Keys(programs)) {
		version, ok := v.set.version(ctx, program)
		if !ok {
			return "", nil
		}
		depends = append(depends, program, version)
	}
	text, err := json.Marshal(depends)
	if err != nil {
		return "", nil
	}
	places := []string{}
	for _, at := range []struct{ dir, name string }{{v.set.Cache, "{cache}"}, {v.set.Temp, "{temp}"}} {
		if at.dir != "" {
			places = append(places, inJSON(at.dir), at.name)
		}
	}
	sum := sha256.Sum256([]byte(strings.NewReplacer(places...).Replace(string(text))))
	return hex.EncodeToString(sum[:]), plans
}

func inJSON(text string) string {
	b, _ := json.Marshal(text) // a string always has a form
	return string(b[1 : len(b)-1])
}

func notHeld(strengths []string) []string {
	return slices.DeleteFunc(slices.Clone(strengths), func(line string) bool { return !strings.HasPrefix(line, "NOT held:") })
}

// interpreters are asked where a shell or a file of the tree may run any of them.
var interpreters = []string{"node", "python3", "java", "ruby", "php", "go", "cargo", "rustc", "dotnet", "gcc"}

// addPrograms adds what steps run to programs, and what these run in turn.
func addPrograms(programs map[string]bool, steps []suite.Step) {
	for _, s := range steps {
		if len(s.Args) == 0 {
			continue
		}
		program := s.Args[0]
		var more []string
		switch path.Base(program) {
		case "npm", "npx", "pnpm", "yarn", "corepack":
			more = []string{"node"}
		case "pip", "pip3", "poetry", "uv", "pipenv", "pytest", "tox", "pip-sync":
			more = []string{"python3"}
		case "mvn", "gradle":
			more = []string{"java"}
		case "cargo":
			more = []string{"rustc", "gcc"}
		case "go":
			more = []string{"gcc"}
		case "bundle", "rake":
			more = []string{"ruby"}
		case "composer":
			more = []string{"php"}
		case "node", "python", "python3", "java", "ruby", "php", "dotnet":
		default:
			more = interpreters
		}
		if !strings.Contains(program, "/") {
			programs[program] = true
		}
		for _, name := range more {
			programs[name] = true
		}
		programs["cat"] = true // see version
	}
}

// version asks a program in the sandbox for its version, once for a Set. A program that is not there has one too. Not ok
// says that it did not answer.
func (s *Set) version(ctx context.Context, program string) (text string, ok bool) {
	if text, ok = s.versions[program]; ok {
		return text, text != ""
	}
	args := []string{program, "--version"}
	switch program {
	case "go":
		args = []string{"go", "version"}
	case "java":
		args = []string{"java", "-version"}
	case "cat":
		args = []string{"cat", "/etc/os-release"} // the system's libraries
	}
	dir, err := os.MkdirTemp(s.Temp, "version-")
	if err != nil {
		return "", false
	}
	r, err := s.Runner.Run(ctx, dir, sandbox.Command{Args: args, Timeout: time.Minute})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		text = "not there"
	case err == nil && r.Ended == "":
		text = fmt.Sprintf("%s/%s status %d: %s", runtime.GOOS, runtime.GOARCH, r.Code, withoutRoot(r.Output, dir))
	}
	if remove(dir) != nil || ctx.Err() != nil {
		return "", false
	}
	if text == "" {
		s.say("the version of %s cannot be told, so results are not kept", program)
	}
	s.versions[program] = text
	return text, text != ""
}

// digest names what a run is held against.
func (b *projectBaseline) digest() string {
	var proves []string
	for _, made := range b.runs[len(b.runs)-1].proofs {
		proves = append(proves, made.key, b.proves(Proof{Run: strings.Split(made.key, "\x00")}))
	}
	text, _ := json.Marshal([]any{ // of strings, numbers and booleans only
		b.failing, b.changed, b.green, b.readable, b.listed, b.stable, b.known, b.failed, b.flaky, b.passed, proves,
	})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// content names the files of t with their modes, however they came about.
func (t tree) content() string {
	h := sha256.New()
	dirs := map[string]bool{}
	var lines []string
	seen := map[string]bool{}
	for _, l := range t.base.lines {
		name, rest, _ := strings.Cut(l, "\x00")
		if text, ok := t.files[name]; ok {
			seen[name] = true
			mode, _, _ := strings.Cut(rest, "\x00")
			l = fileLine(name, mode, contentOf(text))
		} else if rest == "dir" {
			dirs[name] = true
			continue
		}
		lines = append(lines, l)
	}
	for name, text := range t.files {
		if !seen[name] {
			lines = append(lines, fileLine(name, "644", contentOf(text)))
			for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
				dirs[dir] = true
			}
		}
	}
	for dir := range dirs {
		lines = append(lines, dir+"\x00dir")
	}
	slices.Sort(lines)
	for _, l := range lines {
		fmt.Fprintf(h, "%d %s\n", len(l), l)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func fileLine(name, mode string, held content) string {
	return fmt.Sprintf("%s\x00%s\x00%x", name, mode, held.sum)
}
