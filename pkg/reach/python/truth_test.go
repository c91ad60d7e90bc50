package python

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

const sitePackages = ".venv/lib/python3.11/site-packages"

// truth is one labelled program. The comment of its archive says, a line each:
//
//	node NAME [dev] [from HOLDER...]          the lockfile has NAME 1.0; without holders the project needs it
//	dist NAME MODULE... [needs NAME...]       it is installed, with these modules of the folder site
//	offers NAME GROUP MODULE                  the installed NAME has an entry point
//	target NAME VERDICT [SYMBOL...]           what the analyst should say: called, referenced, no_path, not_imported or unknown
//	run FILE                                  how the program is started; python3 FILE
//
// Vulnerable functions print VULNERABLE and their distribution's name.
type truth struct {
	name    string
	program program.Program
	targets []program.Target
	want    []string
	run     string
	dir     string
}

func loadTruth(t testing.TB, file string) truth {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tr := truth{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), dir: t.TempDir()}
	tree := map[string][]byte{}
	for _, f := range archive.Files {
		name := f.Name
		if rest, ok := strings.CutPrefix(name, "site/"); ok {
			name = path.Join(sitePackages, rest)
		}
		tree[name] = f.Data
	}
	nodes := map[string]*fettle.Node{}
	var order []string
	for line := range strings.Lines(string(archive.Comment)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		switch f[0] {
		case "node":
			n := &fettle.Node{Package: fettle.Package{Ecosystem: "PyPI", Name: f[1], Version: "1.0"}, Key: f[1] + "@1.0", Scope: fettle.Production, Location: fettle.Location{Path: "poetry.lock", Line: len(order) + 1}}
			from := false
			for _, word := range f[2:] {
				switch {
				case word == "dev":
					n.Scope = fettle.Development
				case word == "from":
					from = true
				case from:
					n.Holders = append(n.Holders, fettle.Edge{Holder: word + "@1.0"})
				}
			}
			if !from {
				n.Direct = true
				n.Holders = []fettle.Edge{{}}
			}
			nodes[f[1]] = n
			order = append(order, f[1])
		case "dist":
			installDist(tree, f[1], f[2:])
		case "offers":
			file := infoOf(f[1]) + "/entry_points.txt"
			tree[file] = fmt.Appendf(tree[file], "[%s]\nx = %s\n", f[2], f[3])
		case "target":
			tr.want = append(tr.want, f[2])
			target := program.Target{Node: *nodes[f[1]]}
			if len(f) > 3 {
				target.Symbols = []fettle.Symbols{{Names: f[3:]}}
			}
			tr.targets = append(tr.targets, target)
		case "run":
			tr.run = f[1]
		default:
			t.Fatalf("%s: unknown line %q", file, line)
		}
	}
	for _, name := range order {
		tr.program.Project.Nodes = append(tr.program.Project.Nodes, *nodes[name])
	}
	tr.program.Project.Manager = "poetry"
	layOut(t, tr.dir, tree)
	tr.program = fill(t, tr.program, tr.dir, tree)
	return tr
}

func infoOf(name string) string {
	return path.Join(sitePackages, strings.ReplaceAll(name, "-", "_")+"-1.0.dist-info")
}

// installDist writes what an installer records.
func installDist(tree map[string][]byte, name string, words []string) {
	metadata := "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n"
	var record strings.Builder
	needs := false
	for _, word := range words {
		if word == "needs" {
			needs = true
			continue
		}
		if needs {
			metadata += "Requires-Dist: " + word + " (>=1.0) ; extra == 'x'\n"
			continue
		}
		for _, file := range slices.Sorted(maps.Keys(tree)) {
			if rest, ok := strings.CutPrefix(file, sitePackages+"/"); ok && (rest == word+".py" || rest == word || strings.HasPrefix(rest, word+"/")) {
				record.WriteString(rest + ",sha256=,1\n")
			}
		}
	}
	tree[infoOf(name)+"/RECORD"] = []byte(record.String())
	tree[infoOf(name)+"/METADATA"] = []byte(metadata)
	tree[".venv/pyvenv.cfg"] = []byte("home = x\n")
}

func layOut(t testing.TB, dir string, tree map[string][]byte) {
	t.Helper()
	for name, data := range tree {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fill reads the sources as the correlator does.
func fill(t testing.TB, p program.Program, dir string, tree map[string][]byte) program.Program {
	t.Helper()
	files, err := project.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	p.Files = files
	var a Analyst
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if strings.HasPrefix(name, ".venv/") {
			continue
		}
		if language, ok := syntax.LanguageOf(name); ok && language == syntax.Python {
			f, err := syntax.Read(t.Context(), name, tree[name])
			if err != nil {
				p.Unread = append(p.Unread, program.Unread{Path: name, Why: err.Error()})
				continue
			}
			p.Sources = append(p.Sources, program.Source{File: f, Test: a.Tests(name)})
		} else if a.Mentions(name) {
			p.Others = append(p.Others, name)
		}
	}
	return p
}

func verdict(v program.Verdict) string {
	if !v.Known {
		return "unknown"
	}
	return string(v.Reach)
}

func truths(t testing.TB) []truth {
	t.Helper()
	files, err := filepath.Glob("testdata/truth/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	var all []truth
	for _, file := range files {
		all = append(all, loadTruth(t, file))
	}
	return all
}

// TestTruth compares the analyst with the labels. A wrong "not imported" or "no path" fails; so does any other difference from
// what a program's label says.
func TestTruth(t *testing.T) {
	type count struct{ right, said, is int }
	counts := map[string]*count{"called": {}, "referenced or more": {}, "not_imported": {}, "no_path": {}}
	tally := func(kind string, said, is bool) {
		c := counts[kind]
		if said {
			c.said++
		}
		if is {
			c.is++
		}
		if said && is {
			c.right++
		}
	}
	unknown, programs := 0, 0
	for _, tr := range truths(t) {
		programs++
		verdicts, _, err := Analyst{}.Analyze(t.Context(), tr.program, tr.targets)
		if err != nil {
			t.Fatal(tr.name, err)
		}
		for i, v := range verdicts {
			got, want := verdict(v), tr.want[i]
			if got == "unknown" {
				unknown++
			}
			more := func(s string) bool { return s == "called" || s == "referenced" }
			tally("called", got == "called", want == "called")
			tally("referenced or more", more(got), more(want))
			tally("not_imported", got == "not_imported", want == "not_imported")
			tally("no_path", got == "no_path", want == "no_path")
			if got != want {
				t.Errorf("%s: %s is %s, want %s: %s %v", tr.name, tr.targets[i].Node.Name, got, want, v.Why, v.Chain)
			}
			if v.Why == "" {
				t.Errorf("%s: %s: no why", tr.name, tr.targets[i].Node.Name)
			}
		}
	}
	t.Logf("python: %d programs, %d answers unknown", programs, unknown)
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		c := counts[kind]
		t.Logf("python: %-18s precision %d/%d  recall %d/%d", kind, c.right, c.said, c.right, c.is)
	}
}

// TestLabelsAreTrue runs the programs: what is called prints, what is not imported is not loaded.
func TestLabelsAreTrue(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	for _, tr := range truths(t) {
		if tr.run == "" {
			continue
		}
		t.Run(tr.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			code := "import sys,runpy\nsys.path.insert(0,'')\ntry:\n runpy.run_path(sys.argv[1], run_name='__main__')\nfinally:\n print('LOADED', ' '.join(sorted(sys.modules)))"
			cmd := exec.CommandContext(ctx, python, "-S", "-c", code, tr.run)
			cmd.Dir = tr.dir
			cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(tr.dir, sitePackages), "PYTHONDONTWRITEBYTECODE=1")
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err, errs.String())
			}
			_, list, _ := strings.Cut(string(out), "LOADED ")
			loaded := strings.Fields(list)
			w, err := newWorld(tr.program, tr.targets)
			if err != nil {
				t.Fatal(err)
			}
			defer w.close()
			for i, target := range tr.targets {
				modules := w.byKey[target.Node.Key].modules
				is := slices.ContainsFunc(modules, func(m string) bool {
					return slices.Contains(loaded, m) && !slices.ContainsFunc(tr.program.Sources, func(s program.Source) bool { return s.Path == m+".py" })
				})
				ran := strings.Contains(string(out), "VULNERABLE "+target.Node.Name+"\n")
				switch want := tr.want[i]; {
				case want == "not_imported" && is, want == "called" && !ran, want == "no_path" && (ran || !is), want == "referenced" && !is && len(target.Symbols) == 0:
					t.Errorf("%s is labelled %s; loaded %t, called %t\n%s", target.Node.Name, want, is, ran, out)
				}
			}
		})
	}
}
