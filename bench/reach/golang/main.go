package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
	"github.com/fettle-dev/fettle/pkg/reach/golang"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func main() {
	sandbox.Main()
	golang.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "golang:", err)
		os.Exit(1)
	}
}

type bench struct {
	govulncheck string
	work, cache string
	verbose     bool
	db          *osv.Database
}

func run(ctx context.Context) error {
	var b bench
	var database string
	flag.StringVar(&database, "db", "", "advisory database `file`, as fettle db build writes it")
	flag.StringVar(&b.govulncheck, "govulncheck", "", "govulncheck `program` to compare with")
	flag.StringVar(&b.cache, "cache", "", "`folder` for modules and answers, kept and used again (default: a temporary one)")
	flag.BoolVar(&b.verbose, "v", false, "print each verdict")
	flag.Parse()
	var err error
	if b.work, err = os.MkdirTemp("", "fettle-reach.*"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	if b.cache == "" {
		b.cache = filepath.Join(b.work, "cache")
	}
	file, err := pack.Open(database)
	if err != nil {
		return err
	}
	defer file.Close()
	section, err := file.Unchecked("osv")
	if err != nil {
		return err
	}
	records, err := file.Reader("osv")
	if err != nil {
		return err
	}
	if b.db, err = osv.OpenDatabaseAt(section, records); err != nil {
		return err
	}
	fmt.Println("| Application | Findings | Package imported | Symbols named | Called | No path | Not imported | Cannot say | Seconds | Again | Differs from govulncheck |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for i, name := range flag.Args() {
		dir := filepath.Join(b.work, fmt.Sprint(i))
		if err := source(ctx, name, dir); err != nil {
			return err
		}
		if err := b.application(ctx, name, dir); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// source copies a module of the proxy, or a folder, to dir, where it may be written.
func source(ctx context.Context, name, dir string) error {
	from, isFolder := strings.CutPrefix(name, "-")
	if !isFolder {
		cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", name)
		cmd.Dir = os.TempDir()
		out, err := cmd.Output()
		var module struct{ Dir, Error string }
		if json.Unmarshal(out, &module) != nil || module.Dir == "" {
			return errors.Join(fmt.Errorf("download %s: %s", name, module.Error), err)
		}
		from = module.Dir
	}
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // the module cache is read-only
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(name, 0o755)
		}
		return os.Chmod(name, 0o644)
	})
}

func (b *bench) application(ctx context.Context, name, dir string) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	settings := project.Settings{Home: home, Getenv: os.Getenv, Client: http.DefaultClient}
	repo := fettle.Repo{Dir: dir}
	found, err := discover.Dependencies{Database: b.db, Settings: settings}.Discover(ctx, repo)
	if err != nil {
		return err
	}
	scene := fettle.Scene{Repo: repo, Inventory: found.Inventory}
	for _, f := range found.Findings {
		if f.Package.Ecosystem == "Go" && f.Project == "" && f.Package.Name != "toolchain" {
			scene.Findings = append(scene.Findings, f)
		}
	}
	modules, err := golang.ModuleCache(b.cache)
	if err != nil {
		return err
	}
	box, err := sandbox.New(sandbox.Options{Cache: modules, Env: os.LookupEnv})
	if err != nil {
		return err
	}
	a := golang.Analyst{Run: box, Settings: settings, Temp: b.work, Cache: b.cache}
	start := time.Now()
	known, err := a.Correlate(ctx, scene)
	if err != nil {
		return err
	}
	first := time.Since(start)
	start = time.Now()
	if _, err := a.Correlate(ctx, scene); err != nil {
		return err
	}
	again := time.Since(start)
	theirs, err := b.compare(ctx, dir, scene.Findings)
	b.row(name, scene.Findings, known, theirs, err, first, again)
	return nil
}

// row prints the line of one application.
func (b *bench) row(name string, findings []fettle.Finding, known fettle.Correlation, theirs map[fettle.ID]string, failed error, first, again time.Duration) {
	count := map[string]int{}
	named, differ := 0, 0
	for _, f := range findings {
		e := known.Evidence[f.ID][0]
		verdict := e.Text
		if e.Status == fettle.Unknown {
			verdict = "unknown"
		}
		count[verdict]++
		symbols := false
		for _, s := range f.Symbols {
			symbols = symbols || s.Path != "" && len(s.Names) > 0
		}
		if symbols {
			named++
		}
		if failed == nil && !agree(f, verdict, theirs[f.ID]) {
			differ++
			fmt.Fprintf(os.Stderr, "%s %s %s: %s (%s), govulncheck: %s\n", name, f.Rule, f.Package, verdict, e.Why, theirs[f.ID])
		}
		if b.verbose {
			fmt.Fprintf(os.Stderr, "%s %s %s: %s: %s\n", name, f.Rule, f.Package, verdict, e.Why)
		}
	}
	for _, g := range known.Gaps {
		fmt.Fprintf(os.Stderr, "%s gap: %s: %s\n", name, g.Subject, g.Reason)
	}
	compared := fmt.Sprint(differ)
	if failed != nil {
		compared = "not compared"
		fmt.Fprintf(os.Stderr, "%s: govulncheck: %v\n", name, failed)
	}
	imported := count["called"] + count["no_path"] + count["referenced"]
	for _, f := range findings {
		if e := known.Evidence[f.ID][0]; e.Status == fettle.Unknown && strings.HasPrefix(e.Why, "no call leads to it") {
			imported++
		}
	}
	fmt.Printf("| %s | %d | %d | %d | %d | %d | %d | %d | %.1f | %.2f | %s |\n", name, len(findings), imported, named,
		count["called"], count["no_path"], count["not_imported"], count["unknown"], first.Seconds(), again.Seconds(), compared)
}

// compare asks govulncheck itself, outside of the sandbox, with the same database.
func (b *bench) compare(ctx context.Context, dir string, findings []fettle.Finding) (map[fettle.ID]string, error) {
	if b.govulncheck == "" {
		return nil, errors.New("no program given")
	}
	db, err := os.MkdirTemp(b.work, "db")
	if err != nil {
		return nil, err
	}
	if err := golang.WriteDatabase(db, findings); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.govulncheck, "-json", "-db", "file://"+db, "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("%w: %.500s", err, exit.Stderr)
		}
		return nil, err
	}
	verdicts := map[fettle.ID]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var m struct {
			Finding *struct {
				OSV   string
				Trace []struct{ Package, Function string }
			}
		}
		if err := d.Decode(&m); err != nil {
			return nil, err
		}
		if m.Finding == nil {
			continue
		}
		id := fettle.ID(strings.TrimPrefix(m.Finding.OSV, "GO-0000-"))
		level := "required"
		switch t := m.Finding.Trace[0]; {
		case t.Function == "init" || strings.HasPrefix(t.Function, "init#"):
			level = "initialized"
		case t.Function != "":
			level = "called"
		case t.Package != "":
			level = "imported"
		}
		if order[level] > order[verdicts[id]] {
			verdicts[id] = level
		}
	}
	return verdicts, nil
}

var order = map[string]int{"": 0, "required": 1, "imported": 2, "initialized": 3, "called": 4}

// agree reports whether a verdict is govulncheck's: doubts apart, which it does not have.
func agree(f fettle.Finding, ours, theirs string) bool {
	if len(f.Symbols) == 0 { // no advisory names a package, so it is not asked
		return ours != "called" && ours != "no_path"
	}
	switch ours {
	case "called":
		return theirs == "called" || theirs == "initialized"
	case "no_path", "referenced":
		return theirs == "imported" || theirs == "initialized" && ours == "referenced"
	case "not_imported":
		return theirs == "required" || theirs == ""
	}
	return theirs != "called"
}
