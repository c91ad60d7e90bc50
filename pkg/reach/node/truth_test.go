package node

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
	"golang.org/x/tools/txtar"
)

// labelled is a small program with what is true of it.
type labelled struct {
	name    string
	dir     string
	project fettle.Project
	targets []program.Target
	want    []string
	run     string
}

// load writes a program of testdata/truth to a folder. Its head has lines "node KEY NAME@VERSION <- HOLDER ..." (none is the
// project itself), "target KEY VERDICT [SYMBOL ...]" and "run FILE".
func load(t testing.TB, file string) labelled {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := labelled{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), dir: t.TempDir()}
	l.project = fettle.Project{Manager: "npm", Lockfile: "package-lock.json", Manifest: "package.json"}
	for line := range strings.Lines(string(archive.Comment)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "node":
			at := strings.LastIndexByte(words[2], '@')
			n := fettle.Node{Package: fettle.Package{Ecosystem: "npm", Name: words[2][:at], Version: words[2][at+1:]}, Key: words[1]}
			holders := words[4:]
			if len(holders) == 0 {
				holders = []string{""}
			}
			for _, h := range holders {
				n.Holders = append(n.Holders, fettle.Edge{Holder: h})
			}
			l.project.Nodes = append(l.project.Nodes, n)
		case "target":
			at := slices.IndexFunc(l.project.Nodes, func(n fettle.Node) bool { return n.Key == words[1] })
			target := program.Target{Node: l.project.Nodes[at]}
			if len(words) > 3 {
				target.Symbols = []fettle.Symbols{{Names: words[3:]}}
			}
			l.targets, l.want = append(l.targets, target), append(l.want, words[2])
		case "run":
			l.run = words[1]
		}
	}
	for _, f := range archive.Files {
		name := filepath.Join(l.dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// analyze does what the correlator does: it walks the tree, parses the sources and asks.
func analyze(t testing.TB, dir string, p fettle.Project, targets []program.Target) []program.Verdict {
	files, err := project.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	in := program.Program{Project: p, Files: files}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && project.SkippedDir(name, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if language, ok := syntax.LanguageOf(rel); ok && slices.Contains(Analyst{}.Languages(), language) {
			data, err := files.Read(rel)
			if err != nil {
				return nil
			}
			f, err := syntax.Read(t.Context(), rel, data)
			if err != nil {
				in.Unread = append(in.Unread, program.Unread{Path: rel, Why: err.Error()})
				return nil
			}
			in.Sources = append(in.Sources, program.Source{File: f, Test: Analyst{}.Tests(rel)})
		} else if (Analyst{}).Mentions(rel) {
			in.Others = append(in.Others, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	verdicts, _, err := Analyst{}.Analyze(t.Context(), in, targets)
	if err != nil {
		t.Fatal(err)
	}
	return verdicts
}

func word(v program.Verdict) string {
	if !v.Known {
		return "unknown"
	}
	return string(v.Reach)
}

// TestTruth compares verdicts with labels. A wrong "not imported" or "no path" fails, whatever the label says beside it.
func TestTruth(t *testing.T) {
	files, _ := filepath.Glob("testdata/truth/*.txtar")
	if len(files) < 16 {
		t.Fatalf("%d programs", len(files))
	}
	counts := map[string]int{}
	for _, file := range files {
		l := load(t, file)
		t.Run(l.name, func(t *testing.T) {
			for i, v := range analyze(t, l.dir, l.project, l.targets) {
				got := word(v)
				counts[l.want[i]+">"+got]++
				if got != l.want[i] {
					t.Errorf("%s: %s (%s), want %s", l.targets[i].Node.Key, got, v.Why, l.want[i])
				}
				if v.Why == "" {
					t.Errorf("%s: no reason", l.targets[i].Node.Key)
				}
			}
		})
	}
	for _, row := range []struct {
		name      string
		is, label func(string) bool
	}{
		{"called", func(w string) bool { return w == "called" }, nil},
		{"referenced or more", func(w string) bool { return w == "called" || w == "referenced" || w == "no_path" }, nil},
		{"not_imported", func(w string) bool { return w == "not_imported" }, nil},
		{"unknown", func(w string) bool { return w == "unknown" }, nil},
	} {
		var both, said, true_ int
		for pair, n := range counts {
			want, got, _ := strings.Cut(pair, ">")
			if row.is(want) {
				true_ += n
			}
			if row.is(got) {
				said += n
			}
			if row.is(want) && row.is(got) {
				both += n
			}
		}
		t.Logf("javascript | %s | precision %d/%d | recall %d/%d", row.name, both, said, both, true_)
	}
}

const hook = `const Module = require('module'), fs = require('fs'), old = Module._extensions['.js'];
Module._extensions['.js'] = function (m, file) { fs.appendFileSync(process.env.LOADED, file + '\n'); return old(m, file); };
`

// TestLabelsAreTrueOfARun runs the programs whose head says how.
func TestLabelsAreTrueOfARun(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node")
	}
	files, _ := filepath.Glob("testdata/truth/*.txtar")
	ran := 0
	for _, file := range files {
		l := load(t, file)
		if l.run == "" {
			continue
		}
		ran++
		t.Run(l.name, func(t *testing.T) {
			log, preload := filepath.Join(t.TempDir(), "loaded"), filepath.Join(t.TempDir(), "hook.js")
			if err := os.WriteFile(preload, []byte(hook), 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, "--require", preload, l.run)
			cmd.Dir, cmd.Env = l.dir, append(os.Environ(), "LOADED="+log)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			loaded, _ := os.ReadFile(log)
			ranWeak := strings.Contains(string(out), "ran weak")
			for i, target := range l.targets {
				key := target.Node.Key
				if strings.Contains(key, "@") { // by version
					key = path.Join("node_modules", target.Node.Name)
				}
				isLoaded := strings.Contains(string(loaded), fmt.Sprintf("%s/%s/", filepath.ToSlash(l.dir), key))
				switch {
				case l.want[i] == "not_imported" && isLoaded, slices.Contains([]string{"called", "no_path"}, l.want[i]) && !isLoaded, l.want[i] == "called" && !ranWeak, l.want[i] == "no_path" && ranWeak:
					t.Errorf("%s is labelled %s; loaded: %v, ran: %v", key, l.want[i], isLoaded, ranWeak)
				}
			}
		})
	}
	t.Logf("%d programs ran", ran)
}
