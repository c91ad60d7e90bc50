package surface

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// truthPair is one package in two versions, and small programs that use it.
type truthPair struct {
	name, from, to string
	old            []string // what else the old version needs
	programs       []string
}

// readTruth reads a file of testdata/truth: "== name from to [old: requirement...]", then programs parted by "---".
func readTruth(t *testing.T, language string) []truthPair {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "truth", language+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []truthPair
	for _, block := range strings.Split("\n"+string(text), "\n== ")[1:] {
		head, body, _ := strings.Cut(block, "\n")
		words := strings.Fields(head)
		if len(words) < 3 {
			t.Fatalf("%s: want name, from and to", head)
		}
		p := truthPair{name: words[0], from: words[1], to: words[2]}
		if len(words) > 4 {
			p.old = words[4:]
		}
		for _, program := range strings.Split(body, "\n---\n") {
			p.programs = append(p.programs, strings.TrimSpace(program)+"\n")
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// truthLanguage says how programs of one language are written out and tried.
type truthLanguage struct {
	name, ecosystem string
	file            func(i int, program string) (path, text string)
	extra           func(p truthPair, version string) map[string]string // files beside the programs
	try             func(p truthPair, version string, old bool, paths []string) [][]string
}

func npmFile(i int, program string) (string, string) {
	if rest, ok := strings.CutPrefix(program, "//mjs\n"); ok {
		return fmt.Sprintf("s%02d.mjs", i), rest
	}
	return fmt.Sprintf("s%02d.js", i), program
}

func shell(command string) []string { return []string{"sh", "-c", command} }

var truthLanguages = []truthLanguage{
	{name: "python", ecosystem: "PyPI",
		file: func(i int, program string) (string, string) { return fmt.Sprintf("s%02d.py", i), program },
		try: func(p truthPair, version string, old bool, paths []string) [][]string {
			install := p.name + "==" + version
			if old {
				install += " " + strings.Join(p.old, " ")
			}
			// a shim for Python may be no place to install with
			return [][]string{shell(`$(python3 -c 'import sys; print(sys.executable)') -m pip install -q --prefer-binary --target=site --no-cache-dir ` + install), shell(`for f in s*.py; do PYTHONPATH=site PYTHONWARNINGS=ignore timeout 60 python3 $f >/dev/null 2>&1; echo "RESULT $f $?"; done`)}
		}},
	{name: "node", ecosystem: "npm", file: npmFile,
		extra: func(truthPair, string) map[string]string {
			return map[string]string{"package.json": `{"name": "own", "version": "1.0.0"}`}
		},
		try: func(p truthPair, version string, _ bool, paths []string) [][]string {
			return [][]string{{"npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", p.name + "@" + version},
				shell(`for f in s*.js s*.mjs; do [ -f $f ] || continue; timeout 60 node --no-experimental-require-module $f >/dev/null 2>&1 </dev/null; echo "RESULT $f $?"; done`)}
		}},
	{name: "go", ecosystem: "Go",
		file: func(i int, program string) (string, string) {
			return fmt.Sprintf("s%02d/main.go", i), "package own\n\n" + program
		},
		extra: func(p truthPair, version string) map[string]string {
			return map[string]string{"go.mod": "module own.example/own\n\ngo 1.26\n\nrequire " + p.name + " " + goVersion(p.name, version) + "\n"}
		},
		try: func(p truthPair, version string, _ bool, paths []string) [][]string {
			return [][]string{shell("GOFLAGS=-mod=mod go mod download 2>&1 | tail -3; go list -mod=mod -m -f '{{.Path}} {{.Version}}' all >modules.txt; " +
				`for f in s*; do [ -d $f ] || continue; go build -mod=mod ./$f >/dev/null 2>&1; echo "RESULT $f/main.go $?"; done`)}
		}},
	{name: "java", ecosystem: "Maven",
		file: func(i int, program string) (string, string) {
			name := fmt.Sprintf("S%02d", i)
			return name + ".java", strings.ReplaceAll(strings.ReplaceAll(program, "%s", name), "%"+name, "%s")
		},
		extra: func(p truthPair, version string) map[string]string {
			group, artifact, _ := strings.Cut(p.name, ":")
			return map[string]string{"pom.xml": fmt.Sprintf("<project><modelVersion>4.0.0</modelVersion><groupId>own</groupId><artifactId>own</artifactId><version>1</version><packaging>pom</packaging>"+
				"<properties><maven.compiler.release>17</maven.compiler.release></properties><dependencies><dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency></dependencies></project>", group, artifact, version)}
		},
		try: func(p truthPair, version string, _ bool, paths []string) [][]string {
			return [][]string{{"mvn", "-B", "-q", "-ntp", "dependency:copy-dependencies", "-DoutputDirectory=lib"},
				shell(`javac -proc:none -nowarn -Xmaxerrs 1000 -XDshould-stop.ifError=FLOW -cp 'lib/*' -d out S*.java >errors 2>&1; for f in S*.java; do grep -q "^$f:[0-9]*: error" errors; echo "RESULT $f $((1 - $?))"; done`)}
		}},
}

// TestTruth holds what Check says of real version pairs against what becomes of programs that really run, or are compiled,
// with the old version and then with the new one. A program that the old version does not run counts for nothing.
func TestTruth(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("asks public registries; set FETTLE_LIVE=1 to run it")
	}
	box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv, Cache: t.TempDir(), Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	only := os.Getenv("FETTLE_TRUTH") // a language, or a part of a package's name
	type row struct{ pairs, programs, broken, found, missed, wrong int }
	table := map[string]*row{}
	var spent time.Duration
	for _, language := range truthLanguages {
		for _, p := range readTruth(t, language.name) {
			if only != "" && !strings.Contains(language.name+" "+p.name, only) {
				continue
			}
			if cached := os.Getenv("FETTLE_TRUTH_CACHED"); cached != "" && !exists(labelFile(language, p)) {
				continue
			}
			labels, nodes := label(t, box, language, p)
			checker := &Checker{Run: box, Temp: t.TempDir(), Log: t.Logf}
			keep(t, checker)
			dir := t.TempDir()
			write(t, dir, language, p, p.from, false)
			project := fettle.Project{Nodes: nodes}
			start := time.Now()
			result, err := checker.Check(t.Context(), fettle.Repo{Dir: dir}, project, []fettle.Upgrade{{Package: fettle.Package{Ecosystem: language.ecosystem, Name: p.name, Version: p.from}, To: p.to}})
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
			spent += time.Since(start)
			checker.Close()
			r := table[language.name]
			if r == nil {
				r = &row{}
				table[language.name] = r
			}
			r.pairs++
			for i, program := range p.programs {
				path, _ := language.file(i, program)
				broken, ok := labels[path]
				if !ok {
					t.Logf("%s %s %s: does not run with the old version:\n%s", language.name, p.name, p.from, program)
					continue
				}
				r.programs++
				var told []string
				for _, b := range result.Breaks {
					if b.Location.Path == path {
						told = append(told, fmt.Sprintf("%s:%d %s: %s", b.Location.Path, b.Location.Line, b.Symbol, b.Detail))
					}
				}
				if broken {
					r.broken++
				}
				switch {
				case broken && len(told) > 0:
					r.found++
				case broken:
					r.missed++
					t.Logf("MISSED %s %s %s -> %s:\n%s", language.name, p.name, p.from, p.to, program)
				case len(told) > 0:
					r.wrong++
					t.Logf("WRONG %s %s %s -> %s: %s\n%s", language.name, p.name, p.from, p.to, strings.Join(told, "; "), program)
				}
			}
			for _, g := range result.Gaps {
				t.Logf("gap %s: %s", g.Subject, g.Reason)
			}
			t.Logf("%s %s: %d used, toolchain %v, links %v, %s", language.name, p.name, result.Used[p.name], result.Toolchain, result.Links, time.Since(start).Round(time.Millisecond))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		r := table[name]
		t.Logf("TABLE %-7s %3d pairs %3d programs %3d broken: %3d found %3d missed %3d wrong", name, r.pairs, r.programs, r.broken, r.found, r.missed, r.wrong)
		if r.found+r.wrong > 0 && float64(r.found)/float64(r.found+r.wrong) < 0.9 {
			t.Errorf("%s: precision below 0.9", name)
		}
	}
	t.Logf("time of all checks, fetching included: %s", spent.Round(time.Millisecond))
}

// keep makes the checker's clients put what they fetch into FETTLE_TRUTH_CACHE, and take it from there.
func keep(t *testing.T, c *Checker) {
	cache := os.Getenv("FETTLE_TRUTH_CACHE")
	if cache == "" {
		return
	}
	c.Fetch = map[string]Fetch{}
	for ecosystem, client := range map[string]Fetch{"npm": c.npmPack, "PyPI": c.pipDownload, "Maven": c.mavenCopy, "Go": c.goDownload} {
		c.Fetch[ecosystem] = func(ctx context.Context, packages []fettle.Package) map[fettle.Package]Artifact {
			got := map[fettle.Package]Artifact{}
			var rest []fettle.Package
			at := func(p fettle.Package) string {
				return filepath.Join(cache, "artifacts", strings.NewReplacer("/", "_", ":", "_").Replace(ecosystem+"-"+p.String()))
			}
			for _, p := range packages {
				if exists(at(p)) {
					got[p] = Artifact{Dir: at(p)}
				} else {
					rest = append(rest, p)
				}
			}
			if len(rest) == 0 {
				return got
			}
			for p, a := range client(ctx, rest) {
				if a.Err == nil {
					if err := os.CopyFS(at(p), os.DirFS(a.Dir)); err != nil {
						t.Error(err)
					}
				}
				got[p] = a
			}
			return got
		}
	}
}

// write lays the programs of a pair out.
func write(t *testing.T, dir string, language truthLanguage, p truthPair, version string, toRun bool) []string {
	t.Helper()
	files := map[string]string{}
	var paths []string
	if language.extra != nil {
		maps.Copy(files, language.extra(p, version))
	}
	for i, program := range p.programs {
		path, text := language.file(i, program)
		files[path] = text
		paths = append(paths, path)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// labelFile is where the answers of a pair are kept.
func labelFile(language truthLanguage, p truthPair) string {
	return filepath.Join(os.Getenv("FETTLE_TRUTH_CACHE"), language.name+"-"+strings.NewReplacer("/", "_", ":", "_").Replace(p.name+"-"+p.from+"-"+p.to)+".json")
}

// label tells for each program that runs with the old version whether it does not with the new one. FETTLE_TRUTH_CACHE names
// a folder that keeps the answers.
func label(t *testing.T, box *sandbox.Sandbox, language truthLanguage, p truthPair) (map[string]bool, []fettle.Node) {
	t.Helper()
	type answer struct {
		Programs []string
		Labels   map[string]bool
		Nodes    []fettle.Node
	}
	cache := os.Getenv("FETTLE_TRUTH_CACHE")
	file := labelFile(language, p)
	if cache != "" {
		var have answer
		if data, err := os.ReadFile(file); err == nil && json.Unmarshal(data, &have) == nil && slices.Equal(have.Programs, p.programs) {
			return have.Labels, have.Nodes
		}
	}
	before, nodes := try(t.Context(), t, box, language, p, p.from, true)
	after, _ := try(t.Context(), t, box, language, p, p.to, false)
	labels := map[string]bool{}
	for path, ok := range before {
		if works, tried := after[path]; ok && tried {
			labels[path] = !works
		}
	}
	if cache != "" {
		data, _ := json.Marshal(answer{p.programs, labels, nodes})
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return labels, nodes
}

func try(ctx context.Context, t *testing.T, box *sandbox.Sandbox, language truthLanguage, p truthPair, version string, old bool) (map[string]bool, []fettle.Node) {
	t.Helper()
	dir := t.TempDir()
	paths := write(t, dir, language, p, version, true)
	works := map[string]bool{}
	for i, args := range language.try(p, version, old, paths) {
		r, err := box.Run(ctx, dir, sandbox.Command{Args: args, Network: i == 0, Timeout: 15 * time.Minute, Env: []string{"GOFLAGS=-modcacherw", "GOTOOLCHAIN=local"}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Code != 0 && i == 0 && language.name != "go" {
			t.Logf("%s %s@%s cannot be had: %s", language.name, p.name, version, complaint(r.Output))
			return nil, nil
		}
		for line := range strings.Lines(r.Output) {
			var path string
			var code int
			if n, _ := fmt.Sscanf(line, "RESULT %s %d", &path, &code); n == 2 {
				works[path] = code == 0
			}
		}
	}
	var nodes []fettle.Node
	if data, err := os.ReadFile(filepath.Join(dir, "modules.txt")); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				nodes = append(nodes, fettle.Node{Package: fettle.Package{Ecosystem: "Go", Name: name, Version: strings.TrimPrefix(v, "v")}})
			}
		}
	}
	return works, nodes
}
