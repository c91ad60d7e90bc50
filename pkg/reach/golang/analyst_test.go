package golang

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// fake answers for the sandbox: Go's version, and what the helper would leave.
type fake struct {
	err    error
	result sandbox.Result
	answer string
	runs   []sandbox.Command
}

func (f *fake) Run(_ context.Context, dir string, c sandbox.Command) (sandbox.Result, error) {
	f.runs = append(f.runs, c)
	if f.err != nil {
		return sandbox.Result{}, f.err
	}
	if c.Args[0] == "go" && c.Args[1] == "env" {
		return sandbox.Result{Output: "go1.26.0\nlinux\namd64\n"}, nil
	}
	if filepath.Base(c.Args[0]) != helperName {
		return f.result, nil
	}
	if f.answer != "" {
		if err := os.WriteFile(filepath.Join(dir, answerFile), []byte(f.answer), 0o644); err != nil {
			return sandbox.Result{}, err
		}
	}
	return f.result, nil
}

func (f *fake) analyst(t *testing.T) Analyst {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	return Analyst{Run: f, Temp: t.TempDir(), Cache: t.TempDir(), Program: program}
}

// simple is a scene of one module with one finding.
func simple(t *testing.T) fettle.Scene {
	t.Helper()
	p := readProgram(t, filepath.Join("testdata", "truth", "direct.txtar"))
	return p.scene(p.write(t))
}

func TestWhatCannotBeLookedAtIsUnknownAndOneGap(t *testing.T) {
	for _, tt := range []struct {
		name      string
		runner    fake
		why, told string
	}{
		{"no Go", fake{err: &sandbox.NotFoundError{Program: "go"}}, "there is no go command on the PATH", "install Go of the version"},
		{"no sandbox", fake{err: sandbox.ErrNoSandbox}, "this system has no sandbox to load the module in", "run fettle on Linux"},
		{"a newer Go is wanted", fake{answer: `{"error": "go: go.mod requires go >= 1.99 (running go 1.26.0; GOTOOLCHAIN=local)"}`},
			"the module does not build here: go: go.mod requires go >= 1.99 (running go 1.26.0; GOTOOLCHAIN=local)", "install that Go"},
		{"a crash", fake{result: sandbox.Result{Code: 2, Output: "panic: \x1b[31moops\n\ngoroutine 1\n"}}, "the analysis failed", "exit status 2: panic:  [31moops; goroutine 1"},
		{"a limit", fake{result: sandbox.Result{Code: -1, Ended: "time limit of 15m0s"}}, "the analysis was ended by the time limit of 15m0s", "time limit"},
		{"no answer", fake{}, "the analysis left no answer", "left no answer"},
		{"a broken answer", fake{answer: `{"outcomes": [`}, "the analysis left no answer", "cannot be read"},
		{"an answer for nothing", fake{answer: `{"outcomes": []}`}, "the analysis gave no answer", "no answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, gaps := ask(t, tt.runner.analyst(t), simple(t))
			if e.Status != fettle.Unknown || e.Why != tt.why || e.Text != tt.why {
				t.Errorf("got %s %q %q; want unknown %q", e.Status, e.Text, e.Why, tt.why)
			}
			if len(gaps) != 1 || !strings.Contains(gaps[0].Reason, tt.told) || gaps[0].Subject != "go.mod" {
				t.Errorf("gaps %v; want %q", gaps, tt.told)
			}
		})
	}
}

func TestTheSameQuestionIsAskedOnce(t *testing.T) {
	f := &fake{answer: `{"platform": "linux/amd64", "outcomes": [{"imported": true}]}`}
	a, scene := f.analyst(t), simple(t)
	first, _ := ask(t, a, scene)
	if got := len(f.runs); got != 2 {
		t.Fatalf("%d commands; want the version and the analysis", got)
	}
	again, _ := ask(t, a, scene)
	if diff := cmp.Diff(first, again); diff != "" || len(f.runs) != 3 {
		t.Errorf("%d commands in all, want 3; %s", len(f.runs), diff)
	}
	main := filepath.Join(scene.Repo.Dir, "main.go")
	if err := os.WriteFile(main, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask(t, a, scene)
	if got := len(f.runs); got != 5 {
		t.Errorf("%d commands in all; want 5, since a file changed", got)
	}
	scene.Findings[0].Symbols[0].Names = []string{"Other"}
	ask(t, a, scene)
	if got := len(f.runs); got != 7 {
		t.Errorf("%d commands in all; want 7, since the advisory names another function", got)
	}
}

func TestTheRepositorySettlesNothingOfHowGoRuns(t *testing.T) {
	f := &fake{answer: `{"outcomes": [{}]}`}
	a := f.analyst(t)
	a.Settings = project.Settings{Client: nil, Getenv: func(name string) string {
		return map[string]string{"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "auto", "GOPROXY": "https://user:secret@proxy.example"}[name]
	}}
	ask(t, a, simple(t))
	for _, c := range f.runs {
		env := " " + strings.Join(c.Env, " ") + " "
		for _, want := range []string{" GOENV=off ", " GOFLAGS= ", " GOTOOLCHAIN=local ", " GOPROXY=off ", " GOWORK=off "} {
			if !strings.Contains(env, want) {
				t.Errorf("%v: no %s in %s", c.Args, want, env)
			}
		}
		if c.Network {
			t.Errorf("%v has the network, and nothing is to be fetched", c.Args)
		}
	}
}

func TestUserSettingsComeWithoutSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("GOPRIVATE=git.example\nGOPROXY=https://other.example\nGOFLAGS=-x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := project.Settings{Getenv: func(name string) string {
		return map[string]string{"GOENV": file, "GOPROXY": "https://user:secret@proxy.example/a,direct|https://b.example"}[name]
	}}
	want := []string{"GOPROXY=https://proxy.example/a,direct|https://b.example", "GOPRIVATE=git.example"}
	if diff := cmp.Diff(want, userSettings(s)); diff != "" {
		t.Error(diff)
	}
}

func TestTheGoCommandItselfIsNoPartOfTheProgram(t *testing.T) {
	f := &fake{}
	scene := simple(t)
	scene.Findings[0].Package.Name = "toolchain"
	e, gaps := ask(t, f.analyst(t), scene)
	if e.Status != fettle.Unknown || !strings.Contains(e.Why, "go command") || len(gaps) > 0 || len(f.runs) > 0 {
		t.Errorf("got %s %q, gaps %v after %d commands", e.Status, e.Why, gaps, len(f.runs))
	}
}

func TestOtherFindingsAreLeftAlone(t *testing.T) {
	f := &fake{}
	scene := simple(t)
	scene.Findings[0].Package.Ecosystem = "npm"
	known, err := f.analyst(t).Correlate(t.Context(), scene)
	if err != nil || len(known.Evidence) > 0 || len(known.Gaps) > 0 || len(f.runs) > 0 {
		t.Errorf("got %v, %v after %d commands", known, err, len(f.runs))
	}
}

// TestIgnoredFilesAndLinksAreNotCopied looks at the copy that the sandbox is given.
func TestIgnoredFilesAndLinksAreNotCopied(t *testing.T) {
	scene := simple(t)
	dir := scene.Repo.Dir
	for _, name := range []string{"secret.go", "skipped/a.go", "node_modules/a/a.js", ".git/config", "big.bin"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("package main\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(dir, "big.bin"), maxAsset+1); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link.go")); err != nil {
		t.Fatal(err)
	}
	scene.Repo.Skip = []string{"secret.go", "skipped"}
	w := newWorkplace((&fake{}).analyst(t), scene.Repo)
	defer w.close()
	if err := w.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(w.dir, treeDir))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"go.mod", "main.go", "vendor"}, names); diff != "" {
		t.Error(diff)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"outcomes": [{"trace": [{"package": "a", "symbol": "a.main", "file": "../../etc/passwd", "line": -1}, {"module": "m", "package": "m", "symbol": "m.init"}]}]}`)
	f.Add(`{"outcomes": [{"imported": true, "outside": [{"module": "?", "package": "x"}]}]}`)
	f.Add(`{"outcomes": [{"tests": [{}], "testonly": [{}], "imports": [{"file": "/a"}]}], "broken": ["\u0000\n"], "dynamic": "x"}`)
	f.Add("\xef\xbb\xbf{}")
	f.Add(`{"outcomes": [{}], "outcomes": [{"imported": 1}]}`)
	targets := []target{{ID: "a", Module: "m"}, {ID: "a", Module: "m", Symbols: []symbol{{Path: "m"}}}, {ID: "a", Module: "m", Symbols: []symbol{{Path: "m", Names: []string{"F"}}}}}
	f.Fuzz(func(t *testing.T, text string) {
		var a answer
		if json.Unmarshal([]byte(text), &a) != nil {
			return
		}
		for _, r := range a.Outcomes {
			for _, target := range targets {
				e := judge(target, r, a)
				if e.Why == "" {
					t.Errorf("no reason for %s", e.Text)
				}
				if e.Where != nil && !filepath.IsLocal(e.Where.Path) {
					t.Errorf("a place outside: %q", e.Where.Path)
				}
				if len(r.Trace) == 0 && e.Text == called {
					t.Error("called without a trace")
				}
				if e.Status == fettle.Known && (e.Text == noPath || e.Text == notImported) && (a.Dynamic != "" || len(a.Broken) > 0 || len(r.Outside) > 0) {
					t.Errorf("%s although something was left out", e.Text)
				}
			}
		}
	})
}

func FuzzTraces(f *testing.F) {
	f.Add(`{"finding": {"osv": "GO-0000-a", "trace": [{"module": "m", "package": "m", "function": "F", "position": {"filename": "a.go", "line": 1}}, {"package": "app", "function": "main"}]}}`)
	f.Add(`{"config": {}}{"progress": {}}{"finding": {"osv": "GO-0000-a", "trace": []}}`)
	f.Add(`{"finding": {"osv": "GO-0000-a", "trace": [{"function": "F", "receiver": "*T", "package": "p [p.test]"}]}}`)
	f.Add(`{"finding": `)
	f.Fuzz(func(t *testing.T, text string) {
		b := &build{job: job{Targets: []target{{ID: "a", Module: "m"}}}, packages: map[string]*listed{"m": {ImportPath: "m", Dir: "/x"}}}
		found, err := b.traces(strings.NewReader(text))
		if err == nil && found["a"] != nil && len(found["a"]) == 0 {
			t.Error("an empty trace")
		}
	})
}

func FuzzPasswords(f *testing.F) {
	f.Add("https://user:secret@proxy.example,direct")
	f.Add("https://a@b@c|off")
	f.Add("://x@y")
	f.Fuzz(func(t *testing.T, value string) {
		once := withoutPasswords(value)
		if again := withoutPasswords(once); again != once {
			t.Errorf("%q, then %q", once, again)
		}
	})
}
