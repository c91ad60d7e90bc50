package java

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// labelled is one small program of testdata/truth: the lines of its comment that begin with node, symbols, want or truth.
type labelled struct {
	project     fettle.Project
	absent      []string
	symbols     []string
	want, truth string
	files       map[string]string
}

func readLabelled(t *testing.T, file string) labelled {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := labelled{project: fettle.Project{Manager: "maven", Dir: "app", Lockfile: "app/pom.xml", Manifest: "app/pom.xml"}, files: map[string]string{}}
	for line := range strings.Lines(string(archive.Comment)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "node":
			n := fettle.Node{Package: fettle.Package{Ecosystem: "Maven", Name: "org.fake:" + words[1], Version: "1"}, Key: words[1] + "@1", Scope: fettle.Production}
			holder := ""
			for i, word := range words[2:] {
				switch word {
				case "absent":
					l.absent = append(l.absent, words[1])
				case "test":
					n.Scope = fettle.Test
				case "needs-by":
					if holder = words[i+3]; holder != "core" {
						holder += "@1"
					}
				}
			}
			n.Holders = []fettle.Edge{{Holder: holder}}
			l.project.Nodes = append(l.project.Nodes, n)
		case "symbols":
			l.symbols = words[2:]
		case "want":
			l.want = words[1]
		case "truth":
			l.truth = words[1]
		}
	}
	for _, f := range archive.Files {
		l.files[f.Name] = string(f.Data)
	}
	return l
}

// compiler is a program that compiles many others in one run: each line names a folder for classes, and sources.
const compiler = `import java.nio.file.*;
import java.util.*;
public class Compiler {
    public static void main(String[] args) throws Exception {
        var javac = javax.tools.ToolProvider.getSystemJavaCompiler();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            var words = new ArrayList<String>(List.of("-proc:none", "-nowarn", "-d"));
            words.addAll(List.of(line.split("\t")));
            if (words.size() > 4 && javac.run(null, null, null, words.toArray(new String[0])) != 0) System.exit(1);
        }
    }
}
`

// sources writes what is to be compiled of l below src and returns the files, and whose each class is.
func (l labelled) sources(t *testing.T, src string) (files []string, owner map[string]string) {
	t.Helper()
	owner = map[string]string{} // of a class, the artifact
	for name, text := range l.files {
		rel, ok := strings.CutPrefix(name, "jars/")
		if !strings.HasSuffix(name, ".java") || strings.Contains(name, "/src/test/") || strings.Contains(name, "Broken") || l.truth == "skip" && !ok {
			continue
		}
		if artifact, class, _ := strings.Cut(rel, "/"); ok {
			owner[strings.TrimSuffix(class, ".java")] = artifact
		}
		write(t, filepath.Join(src, name), text)
		files = append(files, filepath.Join(src, name))
	}
	return files, owner
}

// pack puts jars into the local repository below home; out holds the program's classes and theirs, and keeps its own.
func (l labelled) pack(t *testing.T, home, out string, owner map[string]string) {
	t.Helper()
	jars := map[string]map[string][]byte{}
	put := func(artifact, name string, data []byte) {
		if jars[artifact] == nil {
			jars[artifact] = map[string][]byte{}
		}
		jars[artifact][name] = data
	}
	for class, artifact := range owner {
		compiled, _ := filepath.Glob(filepath.Join(out, class+"*.class"))
		for _, file := range compiled {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(out, file)
			put(artifact, filepath.ToSlash(rel), data)
			if strings.TrimSpace(l.files["jars/lib/also"]) == rel {
				put("lib", rel, data)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range l.files {
		if rel, ok := strings.CutPrefix(name, "jars/"); ok && !strings.HasSuffix(name, ".java") {
			artifact, entry, _ := strings.Cut(rel, "/")
			put(artifact, entry, []byte(text))
		}
	}
	for artifact, files := range jars {
		write(t, filepath.Join(home, ".m2/repository/org/fake", artifact, "1", artifact+"-1.jar"), string(packed(files)))
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// programAt reads the tree at dir as the program of p.
func programAt(t *testing.T, dir, home string, p fettle.Project) program.Program {
	t.Helper()
	files, err := project.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	made := program.Program{Project: p, Files: files, Settings: project.Settings{Home: home}}
	err = filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(p.Dir)), func(at string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, at)
		rel = filepath.ToSlash(rel)
		if strings.HasSuffix(rel, ".java") {
			data, err := files.Read(rel)
			if err != nil {
				return err
			}
			f, err := syntax.Read(t.Context(), rel, data)
			if err != nil {
				return err
			}
			made.Sources = append(made.Sources, program.Source{File: f, Test: Analyst{}.Tests(rel)})
		} else if (Analyst{}).Mentions(rel) {
			made.Others = append(made.Others, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// happens runs the program and returns how far it gets into the package vuln: called, loaded or none.
func happens(ctx context.Context, home, out, app string) (string, error) {
	path := []string{out, filepath.Join(app, "src/main/resources")}
	jars, _ := filepath.Glob(filepath.Join(home, ".m2/repository/org/fake/*/1/*.jar"))
	text, err := exec.CommandContext(ctx, "java", "-verbose:class", "-cp", strings.Join(append(path, jars...), string(os.PathListSeparator)), "app.Main").CombinedOutput()
	switch {
	case err != nil:
		return "", fmt.Errorf("%w\n%s", err, text)
	case bytes.Contains(text, []byte("VULNERABLE")):
		return "called", nil
	case regexp.MustCompile(`source: .*/vuln-1\.jar`).Match(text):
		return "loaded", nil
	}
	return "none", nil
}

// TestVerdictsAreTrue compares what is said of small programs with what they do when they run.
func TestVerdictsAreTrue(t *testing.T) {
	for _, tool := range []string{"javac", "java"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here", tool)
		}
	}
	run := os.Getenv("FETTLE_RUN_PROGRAMS") != "" // each takes a second
	if !syntax.Available {
		t.Skip("built without parsers")
	}
	list, _ := filepath.Glob("testdata/truth/*.txtar")
	type made struct {
		labelled
		out   string
		owner map[string]string
	}
	work := t.TempDir()
	var lines strings.Builder
	all := map[string]made{}
	for _, file := range list {
		m := made{labelled: readLabelled(t, file), out: t.TempDir()}
		var files []string
		files, m.owner = m.sources(t, t.TempDir())
		fmt.Fprintln(&lines, strings.Join(append([]string{m.out}, files...), "\t"))
		all[file] = m
	}
	write(t, filepath.Join(work, "Compiler.java"), compiler)
	write(t, filepath.Join(work, "list"), lines.String())
	if text, err := exec.CommandContext(t.Context(), "java", filepath.Join(work, "Compiler.java"), filepath.Join(work, "list")).CombinedOutput(); err != nil {
		t.Fatalf("compile the programs: %v\n%s", err, text)
	}
	said, right, real := map[string]int{}, map[string]int{}, map[string]int{}
	for _, file := range list {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			l, out := all[file].labelled, all[file].out
			home, dir := t.TempDir(), t.TempDir()
			l.pack(t, home, out, all[file].owner)
			write(t, filepath.Join(dir, "app/pom.xml"), "<project/>\n")
			for name, text := range l.files {
				if !strings.HasPrefix(name, "jars/") {
					write(t, filepath.Join(dir, name), text)
				}
			}
			if l.truth != "skip" && run {
				got, err := happens(t.Context(), home, out, filepath.Join(dir, "app"))
				if err != nil || got != l.truth {
					t.Fatalf("when it runs: %q, %v; the label is %s", got, err, l.truth)
				}
			}
			target := program.Target{}
			for _, n := range l.project.Nodes {
				if n.Name == "org.fake:vuln" {
					target.Node = n
				}
			}
			if l.symbols != nil {
				target.Symbols = []fettle.Symbols{{Names: l.symbols}}
			}
			verdicts, _, err := Analyst{}.Analyze(t.Context(), programAt(t, dir, home, l.project), []program.Target{target})
			if err != nil {
				t.Fatal(err)
			}
			v := verdicts[0]
			got := string(v.Reach)
			if !v.Known {
				got = "unknown"
			}
			if got != l.want {
				t.Errorf("%s, want %s: %s %v", got, l.want, v.Why, v.Chain)
			}
			if got == "not_imported" && slices.Contains([]string{"called", "loaded"}, l.truth) || got == "no_path" && l.truth == "called" {
				t.Errorf("WRONG %s: it is %s", got, l.truth)
			}
			if (got == "called" || got == "referenced" || got == "no_path") && (len(v.Chain) == 0 || v.Chain[0].Package != "" || v.Chain[0].Location.Line == 0) {
				t.Errorf("the chain does not begin in the program's own code: %v", v.Chain)
			}
			if l.truth != "skip" {
				said[got]++
				real[l.truth]++
				switch {
				case got == l.truth, got == "not_imported" && l.truth == "none", got == "no_path" && l.truth == "loaded":
					right[got]++
				case got == "referenced" && l.truth != "none":
					right[got]++
					if l.truth == "called" {
						right["called by reference"]++
					}
				}
			}
		})
	}
	reached := right["called"] + right["referenced"] + right["no_path"]
	t.Logf("%d programs: called %d of %d said, %d of %d real; reached %d of %d said, %d of %d real; not_imported %d of %d said, %d of %d real; unknown %d",
		real["called"]+real["loaded"]+real["none"], right["called"], said["called"], right["called"], real["called"], reached, said["called"]+said["referenced"]+said["no_path"], reached, real["called"]+real["loaded"],
		right["not_imported"], said["not_imported"], right["not_imported"], real["none"], said["unknown"])
}
