package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// goModules are modules, whose archives always carry their tests.
type goModules struct{ client }

// Bounds on a subject: each package compiles a test binary, each module takes its share.
const (
	mostPackages = 10
	mostModules  = 25
)

func (g goModules) env() []string {
	return []string{"GOTOOLCHAIN=local", "GOFLAGS=-mod=mod -modcacherw", "GOWORK=off", "CGO_ENABLED=0", "GOMAXPROCS=2",
		"GOMODCACHE=" + filepath.Join(g.root(), "gomod"), "GOCACHE=" + filepath.Join(g.root(), "gocache")}
}

type goModule struct {
	Path, Version, Dir string
	Main, Indirect     bool
	Time               time.Time
	Versions           []string
}

func (g goModules) list(ctx context.Context, args ...string) (goModule, error) {
	var m goModule
	out, err := g.ask(ctx, g.work, append(g.env(), "GOFLAGS=-mod=mod", "GO111MODULE=on"), append([]string{"go", "list", "-m", "-json"}, args...)...)
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	return m, err
}

// pick takes the newest release that was three years old at the start of the corpus, so that there are later releases to
// move to.
func (g goModules) pick(ctx context.Context, name string) (string, error) {
	list, err := g.versions(ctx, name)
	if err != nil {
		return "", err
	}
	for _, v := range slices.Backward(list) {
		if day := g.day(ctx, name, v); !day.IsZero() && day.Before(corpusDay.AddDate(-3, 0, 0)) {
			return v, nil
		}
	}
	return "", unfit("no release is old enough")
}

// corpusDay is the day that ages are counted from.
var corpusDay = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func (g goModules) versions(ctx context.Context, name string) ([]string, error) {
	m, err := g.list(ctx, "-versions", name)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(m.Versions, func(v string) bool { return semver.Prerelease(v) != "" })
	slices.SortFunc(list, semver.Compare)
	return list, nil
}

func (g goModules) day(ctx context.Context, name, version string) time.Time {
	m, err := g.list(ctx, name+"@"+version)
	if err != nil {
		return time.Time{}
	}
	return m.Time
}

func (g goModules) prepare(ctx context.Context, s subject, dir string) ([]dependency, error) {
	out, err := g.ask(ctx, g.work, append(g.env(), "GOFLAGS=-modcacherw"), "go", "mod", "download", "-json", s.name+"@"+s.version)
	if err != nil {
		return nil, err
	}
	var m goModule
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, err
	}
	if err := os.CopyFS(filepath.Join(dir, "src"), os.DirFS(m.Dir)); err != nil {
		return nil, err
	}
	src := filepath.Join(dir, "src")
	text, err := os.ReadFile(filepath.Join(src, "go.mod"))
	if err != nil {
		return nil, unfit("no go.mod")
	}
	mod, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	packages, err := g.ask(ctx, src, g.env(), "go", "list", "./...")
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(packages, []byte("\n")); n == 0 || n > mostPackages {
		return nil, unfit("%d packages; want 1 to %d", n, mostPackages)
	}
	direct := map[string]bool{}
	for _, r := range mod.Require {
		direct[r.Mod.Path] = !r.Indirect
	}
	used, err := g.used(ctx, src, false)
	if err != nil {
		return nil, err
	}
	if len(used) == 0 || len(used) > mostModules {
		return nil, unfit("%d modules; want 1 to %d", len(used), mostModules)
	}
	all, err := g.used(ctx, src, true) // fetches what the tests need
	if err != nil {
		return nil, err
	}
	if text, err = json.Marshal(all); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "used.json"), text, 0o644); err != nil {
		return nil, err
	}
	var list []dependency
	for name, version := range used {
		list = append(list, dependency{name, version, direct[name]})
	}
	return list, nil
}

// used returns the modules that the packages in dir, and with tests their tests, are made of.
func (g goModules) used(ctx context.Context, dir string, tests bool) (map[string]string, error) {
	args := []string{"go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}"}
	if tests {
		args = append(args, "-test")
	}
	out, err := g.ask(ctx, dir, g.env(), append(args, "./...")...)
	if err != nil {
		return nil, err
	}
	used := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			used[path] = version
		}
	}
	return used, nil
}

func (g goModules) move(ctx context.Context, base, dir string, u *upgrade) error {
	if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
		return err
	}
	src := filepath.Join(dir, "src")
	var before map[string]string
	text, err := os.ReadFile(filepath.Join(base, "used.json"))
	if err == nil {
		err = json.Unmarshal(text, &before)
	}
	if err != nil {
		return err
	}
	wants, err := goVersion(src)
	if err != nil {
		return err
	}
	if _, err := g.ask(ctx, src, g.env(), "go", "get", u.Dependency+"@"+u.To); err != nil {
		return err
	}
	after, err := g.used(ctx, src, true)
	if err != nil {
		// A package that is gone from its module is what the upgrade broke: the build shows it.
		if after, err = g.used(ctx, src, false); err != nil {
			after = map[string]string{u.Dependency: u.To}
		}
	}
	now, err := goVersion(src)
	if err != nil {
		return err
	}
	u.Toolchain = semver.Compare("v"+now, "v"+wants) > 0
	u.InRange = !u.Direct
	countMoves(u, before, after)
	if after[u.Dependency] != "" && after[u.Dependency] != u.To {
		return fmt.Errorf("%s is at %s", u.Dependency, after[u.Dependency])
	}
	return nil
}

// countMoves counts what moved beside the package that was asked for.
func countMoves(u *upgrade, before, after map[string]string) {
	for name, now := range after {
		was, there := before[name]
		if name == u.Dependency || there && was == now {
			continue
		}
		u.Side++
		from, ok := parseVersion(was)
		to, also := parseVersion(now)
		if ok && also && from[0] != to[0] {
			u.SideMajor++
		}
	}
	for name := range before {
		if _, there := after[name]; !there && name != u.Dependency {
			u.Removed++
		}
	}
}

func goVersion(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", err
	}
	mod, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		return "", err
	}
	if mod.Go == nil {
		return "1.16", nil
	}
	return mod.Go.Version, nil
}

func (g goModules) test(ctx context.Context, dir string, limit time.Duration) (outcomes, error) {
	src := filepath.Join(dir, "src")
	env := append(g.env(), "GOPROXY=off", "GOSUMDB=off")
	built, err := g.try(ctx, src, 3*time.Minute, env, "go", "build", "./...")
	if err != nil {
		return outcomes{}, err
	}
	if built.Code != 0 {
		return outcomes{build: "compile"}, nil
	}
	// Linking counts towards the limit of the sandbox, so that is wider than the one that each test binary has.
	line := fmt.Sprintf("exec go test -json -vet=off -count=1 '-ldflags=-s -w' -timeout=%s ./... >.results", limit)
	res, err := g.try(ctx, src, limit+3*time.Minute, env, "sh", "-c", line)
	if err != nil {
		return outcomes{}, err
	}
	text, err := output(filepath.Join(src, ".results"))
	if err != nil {
		return outcomes{}, err
	}
	o := readGoTest(text, testFiles(src))
	o.ended = res.Ended != ""
	return o, nil
}

// testFiles says in which file each test of a module is, by package and name.
func testFiles(root string) map[string]string {
	files := map[string]string{}
	text, _ := os.ReadFile(filepath.Join(root, "go.mod"))
	module := modfile.ModulePath(text)
	filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil
		}
		rel, _ := filepath.Rel(root, name)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				files[path.Join(module, filepath.ToSlash(filepath.Dir(rel)))+" "+fn.Name.Name] = rel
			}
		}
		return nil
	})
	return files
}

// readGoTest reads the events of go test -json.
func readGoTest(text []byte, files map[string]string) outcomes {
	var o outcomes
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e struct{ Action, Package, Test string }
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Test == "" || e.Action != "pass" && e.Action != "fail" {
			continue
		}
		top, _, _ := strings.Cut(e.Test, "/")
		group := e.Package + " " + top
		file := files[group]
		if file == "" {
			file = e.Package
		}
		o.add(group+strings.TrimPrefix(e.Test, top), testCase{group: group, file: file, pass: e.Action == "pass"})
	}
	return o
}
