package golang

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	Main()
	os.Exit(m.Run())
}

// program is one labelled program of testdata/truth.
type program struct {
	name, want, why, gap string
	runs                 string // the vulnerable function that a run of it calls
	module, version      string
	symbols              []fettle.Symbols
	work                 bool
	files                map[string]string
}

func readProgram(t testing.TB, file string) program {
	t.Helper()
	p := program{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), files: map[string]string{}, module: "vuln.example/lib", version: "1.0.0",
		symbols: []fettle.Symbols{{Path: "vuln.example/lib", Names: []string{"Bad", "Generic", "T.Do"}}}}
	for _, name := range []string{filepath.Join("testdata", "common.txtar"), file} {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if p.files[f.Name] = string(f.Data); len(f.Data) == 0 {
				delete(p.files, f.Name)
			}
		}
		if name != file {
			continue
		}
		for line := range strings.Lines(string(a.Comment)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "want":
				p.want = value
			case "why":
				p.why = value
			case "gap":
				p.gap = value
			case "run":
				p.runs = value
			case "module":
				p.module, p.version, _ = strings.Cut(value, "@")
				p.symbols[0].Path = p.module
			case "work":
				p.work = true
			case "symbols":
				switch p.symbols[0].Names = strings.Fields(value); value {
				case "-":
					p.symbols[0].Names = nil
				case "none":
					p.symbols = nil
				}
			}
		}
	}
	return p
}

func programs(t testing.TB) []program {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "truth", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no labelled programs:", err)
	}
	var list []program
	for _, file := range files {
		list = append(list, readProgram(t, file))
	}
	return list
}

// write writes the files of p into a new folder.
func (p program) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range p.files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// scene is p with one finding.
func (p program) scene(dir string) fettle.Scene {
	lockfile := "go.mod"
	if p.work {
		lockfile = "go.work"
	}
	f := fettle.Finding{ID: fettle.NewID(p.name), Kind: fettle.Dependency, Rule: "CVE-2099-0001",
		Package: fettle.Package{Ecosystem: "Go", Name: p.module, Version: p.version}, Symbols: p.symbols}
	return fettle.Scene{Repo: fettle.Repo{Dir: dir}, Findings: []fettle.Finding{f},
		Inventory: fettle.Inventory{Projects: []fettle.Project{{Manager: "go", Lockfile: lockfile, Manifest: lockfile}}}}
}

// newAnalyst works in the sandbox of this system; the test is skipped where there is none, or no Go.
func newAnalyst(t testing.TB) Analyst {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: ", err)
	}
	cache := t.TempDir()
	modules, err := ModuleCache(cache)
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(sandbox.Options{Cache: modules, Temp: t.TempDir(), Env: os.LookupEnv, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	return Analyst{Run: box, Temp: t.TempDir(), Cache: cache}
}

// ask returns what the analyst says of the only finding of a scene.
func ask(t testing.TB, a Analyst, scene fettle.Scene) (fettle.Evidence, []fettle.Gap) {
	t.Helper()
	known, err := a.Correlate(context.Background(), scene)
	if err != nil {
		t.Fatal(err)
	}
	list := known.Evidence[scene.Findings[0].ID]
	if len(list) != 1 {
		t.Fatalf("%d pieces of evidence; want 1", len(list))
	}
	return list[0], known.Gaps
}

// verdictOf is the word of e.
func verdictOf(e fettle.Evidence) string {
	if e.Status == fettle.Unknown {
		return "unknown"
	}
	return e.Text
}

func TestLabelledProgramsAreJudgedAsTheyAreLabelled(t *testing.T) {
	a := newAnalyst(t)
	right, given, wanted := map[string]int{}, map[string]int{}, map[string]int{}
	for _, p := range programs(t) {
		t.Run(p.name, func(t *testing.T) {
			a := a
			a.Tests = strings.HasPrefix(p.why, "only tests")
			e, gaps := ask(t, a, p.scene(p.write(t)))
			got := verdictOf(e)
			given[got]++
			wanted[p.want]++
			if got != p.want {
				t.Errorf("got %s (%s); want %s", got, e.Why, p.want)
				return
			}
			right[got]++
			if p.why != "" && p.why != e.Why {
				t.Errorf("got %q; want %q", e.Why, p.why)
			}
			if p.gap == "" && len(gaps) > 0 || p.gap != "" && (len(gaps) != 1 || !strings.Contains(gaps[0].Reason, p.gap)) {
				t.Errorf("gaps %v; want %q", gaps, p.gap)
			}
			if e.Why == "" || got == called && (len(e.Chain) < 2 || e.Where == nil || e.Chain[len(e.Chain)-1].Package != p.module+"@"+p.version) {
				t.Errorf("why %q, chain %v, where %v", e.Why, e.Chain, e.Where)
			}
			t.Log(e.Why)
		})
	}
	for _, verdict := range slices.Sorted(maps.Keys(wanted)) {
		t.Logf("%-12s precision %d of %d, recall %d of %d", verdict, right[verdict], given[verdict], right[verdict], wanted[verdict])
	}
}

func TestTheSameProgramGetsTheSameEvidence(t *testing.T) {
	for _, name := range []string{"re-exported", "interface", "no-symbols", "other-system-call"} {
		p := readProgram(t, filepath.Join("testdata", "truth", name+".txtar"))
		first, _ := ask(t, newAnalyst(t), p.scene(p.write(t)))
		again, _ := ask(t, newAnalyst(t), p.scene(p.write(t)))
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestACallIsToldWithItsWholeChain(t *testing.T) {
	p := readProgram(t, filepath.Join("testdata", "truth", "through-own-packages.txtar"))
	got, _ := ask(t, newAnalyst(t), p.scene(p.write(t)))
	want := fettle.Evidence{Signal: fettle.Reach, Status: fettle.Known, Text: "called", Source: "govulncheck",
		Why:   "app.example/app/inner.Work calls vuln.example/lib.Bad, through one function",
		Where: &fettle.Location{Path: "inner/inner.go", Line: 5},
		Chain: []fettle.Hop{
			{Symbol: "app.example/app/inner.Work", Location: fettle.Location{Path: "inner/inner.go", Line: 5}},
			{Symbol: "app.example/app/inner.more", Location: fettle.Location{Path: "inner/inner.go", Line: 7}},
			{Package: "vuln.example/lib@1.0.0", Symbol: "vuln.example/lib.Bad", Location: fettle.Location{Path: "lib.go", Line: 3}},
		}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestVerdictsAgreeWithCoverageOfARun runs the programs: what a run calls is never judged as without a path.
func TestVerdictsAgreeWithCoverageOfARun(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: ", err)
	}
	if testing.Short() {
		t.Skip("it builds some forty programs")
	}
	build := t.TempDir()
	for _, p := range programs(t) {
		_, runnable := p.files["main.go"]
		if !runnable || p.gap != "" || p.name == "embed-missing" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			count, err := covered(p.write(t), build)
			if err != nil {
				t.Fatal(err)
			}
			for name := range count {
				if p.want == noPath || p.want == notImported {
					if vulnerable(p, name) && count[name] > 0 {
						t.Errorf("labelled %s, and a run calls %s", p.want, name)
					}
				}
			}
			if p.runs != "" && count[p.runs] == 0 {
				t.Errorf("a run does not call %s: %v", p.runs, count)
			}
		})
	}
}

// vulnerable reports whether the advisory of p names a function, which coverage calls by its last name.
func vulnerable(p program, name string) bool {
	return slices.ContainsFunc(p.symbols, func(s fettle.Symbols) bool {
		return slices.ContainsFunc(s.Names, func(n string) bool { return n == name || strings.HasSuffix(n, "."+name) })
	})
}

// covered runs the program in dir and returns how much of each function of the vulnerable module was run, in percent.
func covered(dir, build string) (map[string]float64, error) {
	data := filepath.Join(dir, "coverage")
	if err := os.Mkdir(data, 0o755); err != nil {
		return nil, err
	}
	env := append(os.Environ(), "GOFLAGS=", "GOENV=off", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local", "GOCACHE="+build, "GOCOVERDIR="+data)
	run := func(name string, args ...string) ([]byte, error) {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
		}
		return out, nil
	}
	program := filepath.Join(dir, "program.out")
	if _, err := run("go", "build", "-cover", "-coverpkg=app.example/app/...,vuln.example/lib", "-o", program, "."); err != nil {
		return nil, err
	}
	if _, err := run(program); err != nil {
		return nil, err
	}
	out, err := run("go", "tool", "covdata", "func", "-i", data)
	if err != nil {
		return nil, err
	}
	count := map[string]float64{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 3 && strings.HasPrefix(line, "vuln.example/lib/") {
			var percent float64
			if _, err := fmt.Sscanf(fields[2], "%f%%", &percent); err != nil {
				return nil, err
			}
			count[fields[1][strings.LastIndex(fields[1], ".")+1:]] = percent
		}
	}
	return count, nil
}
