package dotnet

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// truth is one labelled program. Its header has lines of
//
//	node ID VERSION [HOLDER...]       a package, needed by the root where no holder is given
//	want KEY VERDICT [SYMBOL...]      what is right, and what the tool may say instead after a bar: called|referenced
//	dir FOLDER                        where the lockfile lies; the root where it is not given
//	run                               it compiles and runs with mono, and shows that the label is right
type truth struct {
	name    string
	project fettle.Project
	targets []program.Target
	want    []string
	run     bool
	archive *txtar.Archive
}

func readTruth(t *testing.T, file string) truth {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tr := truth{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), archive: archive, project: fettle.Project{Manager: "nuget", Lockfile: "packages.lock.json"}}
	for _, line := range strings.Split(string(archive.Comment), "\n") {
		switch f := strings.Fields(line); {
		case len(f) == 0 || strings.HasPrefix(line, "#"):
		case f[0] == "node" && len(f) >= 3:
			n := fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: f[1], Version: f[2]}, Key: strings.ToLower(f[1]) + "@" + f[2], Location: fettle.Location{Path: "packages.lock.json", Line: 1}}
			for _, h := range f[3:] {
				n.Holders = append(n.Holders, fettle.Edge{Holder: h})
			}
			if len(f) == 3 {
				n.Direct, n.Holders = true, []fettle.Edge{{}}
			}
			tr.project.Nodes = append(tr.project.Nodes, n)
		case f[0] == "want" && len(f) >= 3:
			at := slices.IndexFunc(tr.project.Nodes, func(n fettle.Node) bool { return n.Key == f[1] })
			if at < 0 {
				t.Fatalf("%s: no node %s", file, f[1])
			}
			target := program.Target{Node: tr.project.Nodes[at]}
			if len(f) > 3 {
				target.Symbols = []fettle.Symbols{{Names: f[3:]}}
			}
			tr.targets, tr.want = append(tr.targets, target), append(tr.want, f[2])
		case f[0] == "dir" && len(f) == 2:
			tr.project.Dir, tr.project.Lockfile = f[1], f[1]+"/packages.lock.json"
		case f[0] == "run":
			tr.run = true
		default:
			t.Fatalf("%s: %q", file, line)
		}
	}
	return tr
}

// programOf writes the files of an archive to dir and parses them as the correlator does.
func programOf(t testing.TB, dir string, files []txtar.File, p fettle.Project) program.Program {
	t.Helper()
	for _, f := range files {
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := project.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	packages, err := filepath.Abs(filepath.Join("testdata", "packages"))
	if err != nil {
		t.Fatal(err)
	}
	out := program.Program{Project: p, Files: tree, Settings: project.Settings{Getenv: func(name string) string {
		if name == "NUGET_PACKAGES" {
			return packages
		}
		return ""
	}}}
	for _, f := range files {
		if p.Dir != "" && !strings.HasPrefix(f.Name, p.Dir+"/") {
			continue
		}
		switch language, ok := syntax.LanguageOf(f.Name); {
		case ok && language == syntax.CSharp:
			parsed, err := syntax.Read(t.Context(), f.Name, f.Data)
			if err != nil {
				out.Unread = append(out.Unread, program.Unread{Path: f.Name, Why: err.Error()})
				continue
			}
			out.Sources = append(out.Sources, program.Source{File: parsed, Test: Analyst{}.Tests(f.Name)})
		case Analyst{}.Mentions(f.Name):
			out.Others = append(out.Others, f.Name)
		}
	}
	return out
}

func reachOf(v program.Verdict) string {
	if !v.Known {
		return "unknown"
	}
	return string(v.Reach)
}

// TestVerdictsAgreeWithTruth prints precision and recall, and fails on any verdict that a label does not allow.
func TestVerdictsAgreeWithTruth(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "truth", "*.txtar"))
	if err != nil || len(files) < 16 {
		t.Fatalf("%d programs, %v", len(files), err)
	}
	var verdicts, unknown, called, rightCalled, wantCalled, more, rightMore, wantMore, notImported, rightNot, wantNot, wrongNot, wrongPath int
	for _, file := range files {
		tr := readTruth(t, file)
		p := programOf(t, t.TempDir(), tr.archive.Files, tr.project)
		got, _, err := Analyst{}.Analyze(t.Context(), p, tr.targets)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			reach := reachOf(v)
			truth, _, _ := strings.Cut(tr.want[i], "|")
			if !slices.Contains(strings.Split(tr.want[i], "|"), reach) {
				t.Errorf("%s: %s is %s (%s), want %s", tr.name, tr.targets[i].Node.Key, reach, v.Why, tr.want[i])
			}
			imported := truth == "called" || truth == "referenced" || truth == "no_path"
			verdicts++
			unknown += count(reach == "unknown")
			called, wantCalled, rightCalled = called+count(reach == "called"), wantCalled+count(truth == "called"), rightCalled+count(reach == "called" && truth == "called")
			isMore := reach == "called" || reach == "referenced" || reach == "no_path"
			more, wantMore, rightMore = more+count(isMore), wantMore+count(imported), rightMore+count(isMore && imported)
			notImported, wantNot, rightNot = notImported+count(reach == "not_imported"), wantNot+count(truth == "not_imported"), rightNot+count(reach == "not_imported" && truth == "not_imported")
			wrongNot += count(reach == "not_imported" && truth != "not_imported")
			wrongPath += count(reach == "no_path" && truth == "called")
		}
	}
	t.Logf("c#: %d programs, %d answers, %d answers unknown, %d wrong not_imported, %d wrong no_path", len(files), verdicts, unknown, wrongNot, wrongPath)
	for _, row := range []struct {
		kind            string
		right, said, is int
	}{{"called", rightCalled, called, wantCalled}, {"referenced or more", rightMore, more, wantMore}, {"not_imported", rightNot, notImported, wantNot}} {
		t.Logf("c#: %-18s precision %d/%d  recall %d/%d", row.kind, row.right, row.said, row.right, row.is)
	}
	if wrongNot > 0 || wrongPath > 0 {
		t.Errorf("%d wrong not_imported, %d wrong no_path", wrongNot, wrongPath)
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// TestTruthIsTrue compiles and runs the programs: vulnerable code says that it runs, and mono says which assemblies it loads.
func TestTruthIsTrue(t *testing.T) {
	if !*real {
		t.Skip("takes a minute; run with -real")
	}
	for _, tool := range []string{"mcs", "mono"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join("testdata", "truth", "*.txtar"))
	for _, file := range files {
		tr := readTruth(t, file)
		if !tr.run {
			continue
		}
		dir := t.TempDir()
		args := []string{"-out:" + filepath.Join(dir, "app.exe"), "-nowarn:1701,219,168,414,169"}
		for _, f := range tr.archive.Files {
			name := filepath.Join(dir, path.Base(f.Name))
			if err := os.WriteFile(name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(f.Name, ".cs") && !IsTest(f.Name) {
				args = append(args, name)
			}
		}
		ids := map[string]string{} // by assembly
		for _, a := range assemblies {
			for _, n := range tr.project.Nodes {
				if n.Name == a.id && n.Version == a.version {
					name := strings.TrimSuffix(filepath.Base(assemblyFile(a.id, a.version, a.name)), ".dll")
					data, err := os.ReadFile(assemblyFile(a.id, a.version, a.name))
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(dir, name+".dll"), data, 0o644); err != nil {
						t.Fatal(err)
					}
					args = append(args, "-r:"+filepath.Join(dir, name+".dll"))
					ids[name] = n.Key
				}
			}
		}
		if out, err := exec.Command("mcs", args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", tr.name, err, out)
			continue
		}
		run := exec.Command("mono", "app.exe")
		run.Dir, run.Env = dir, append(os.Environ(), "MONO_LOG_LEVEL=info", "MONO_LOG_MASK=asm")
		out, err := run.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", tr.name, err, out)
			continue
		}
		for i, target := range tr.targets {
			loaded := false
			for name, key := range ids {
				loaded = loaded || key == target.Node.Key && bytes.Contains(out, []byte("loaded assembly")) && bytes.Contains(out, []byte("/"+name+".dll"))
			}
			truth, _, _ := strings.Cut(tr.want[i], "|")
			ran := false
			if len(target.Symbols) > 0 {
				ran = slices.ContainsFunc(target.Symbols[0].Names, func(s string) bool { return bytes.Contains(out, []byte("VULN "+s+"\n")) })
			}
			if ran != (truth == "called") && len(target.Symbols) > 0 && truth != "unknown" || loaded && truth == "not_imported" {
				t.Errorf("%s: %s is labelled %s; ran %v, loaded %v\n%s", tr.name, target.Node.Key, truth, ran, loaded, out)
			}
		}
	}
}
