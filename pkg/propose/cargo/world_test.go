package cargo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/cargo"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// registry is a sparse index on loopback. Its crates are lines such as
//
//	web 1.2.0 http@^0.2 rust=1.70 yanked
//
// and answers have status where that is set.
type registry struct {
	*httptest.Server
	files  map[string]string
	status int
}

func newRegistry(t testing.TB, served string) *registry {
	t.Helper()
	r := &registry{files: map[string]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		text, ok := r.files[q.URL.Path]
		switch {
		case r.status != 0:
			http.Error(w, "not today", r.status)
		case !ok:
			http.NotFound(w, q)
		default:
			_, _ = w.Write([]byte(text))
		}
	}))
	t.Cleanup(r.Close)
	r.files["/index/config.json"] = fmt.Sprintf(`{"dl": "%s/dl"}`, r.URL)
	day := 0
	for line := range strings.Lines(served) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		day++
		one := map[string]any{"name": f[0], "vers": f[1], "cksum": fmt.Sprintf("%064x", day), "features": map[string]any{}, "yanked": false, "pubtime": fmt.Sprintf("2024-01-%02dT00:00:00Z", day)}
		deps := []map[string]any{}
		for _, rest := range f[2:] {
			switch need, req, ok := strings.Cut(rest, "@"); {
			case rest == "yanked":
				one["yanked"] = true
			case strings.HasPrefix(rest, "rust="):
				one["rust_version"] = strings.TrimPrefix(rest, "rust=")
			case ok:
				deps = append(deps, map[string]any{"name": need, "req": req, "features": []string{}, "optional": false, "default_features": true, "kind": "normal"})
			}
		}
		one["deps"] = deps
		text, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		r.files["/index/"+shelf(f[0])] += string(text) + "\n"
	}
	return r
}

// world is a repository, a registry that serves its crates and a Cargo that drafts for it.
type world struct {
	*Cargo
	*registry
	t     testing.TB
	dir   string
	cache string
	runs  []string
	box   *sandbox.Sandbox
}

// Run notes what runs.
func (w *world) Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	w.runs = append(w.runs, strings.Join(c.Args, " "))
	return w.box.Run(ctx, root, c)
}

// newWorld lays out the files of an archive as a repository.
func newWorld(t testing.TB, served, archive string) *world {
	t.Helper()
	if _, err := exec.LookPath("cargo"); err != nil {
		t.Skipf("there is no cargo: %v", err)
	}
	w := &world{t: t, dir: t.TempDir(), cache: t.TempDir(), registry: newRegistry(t, served)}
	var err error
	if w.box, err = sandbox.New(sandbox.Options{Cache: w.cache, Temp: t.TempDir(), Env: os.LookupEnv}); err != nil {
		t.Fatal(err)
	}
	if w.box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	home := t.TempDir()
	config := fmt.Sprintf("[source.crates-io]\nreplace-with = \"here\"\n\n[source.here]\nregistry = \"sparse+%s/index/\"\n\n[registries.here]\ntoken = \"secret\"\n", w.URL)
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	env, scrubbed := Settings(w.cache, func(name string) string { return map[string]string{"CARGO_HOME": home}[name] })
	w.Cargo = &Cargo{Run: w, Temp: t.TempDir(), Env: env, Config: scrubbed}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		w.write(f.Name, string(f.Data))
	}
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := write(w.dir, name, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// lockWith lets cargo write the lockfile outside of what is tested, with some crates at older versions.
func (w *world) lockWith(pins ...string) {
	w.t.Helper()
	copied := w.t.TempDir()
	err := filepath.WalkDir(w.dir, func(name string, e os.DirEntry, err error) error {
		rel, _ := filepath.Rel(w.dir, name)
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil {
			err = write(copied, filepath.ToSlash(rel), string(data))
		}
		return err
	})
	if err == nil {
		err = write(copied, ".cargo/config.toml", w.Config)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.outside(copied, "generate-lockfile")
	for _, pin := range pins {
		from, to, _ := strings.Cut(pin, ">")
		w.outside(copied, "update", "-p", from, "--precise", to)
	}
	data, err := os.ReadFile(filepath.Join(copied, "Cargo.lock"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("Cargo.lock", string(data))
}

func (w *world) outside(dir string, args ...string) string {
	w.t.Helper()
	result, err := w.box.Run(w.t.Context(), dir, sandbox.Command{Args: append([]string{"cargo"}, args...), Network: true, Env: w.Env})
	if err != nil || result.Code != 0 {
		w.t.Fatalf("cargo %q: %v %s", args, err, result.Output)
	}
	return result.Output
}

// project reads the project of a lockfile as discovery does.
func (w *world) project(file string) fettle.Project {
	w.t.Helper()
	files, err := project.OpenFiles(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer files.Close()
	var claimed []string
	err = filepath.WalkDir(w.dir, func(name string, e os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(w.dir, name); err == nil && (cargo.Reader{}).Claims(filepath.ToSlash(rel)) {
			claimed = append(claimed, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	read, err := cargo.Reader{}.Read(w.t.Context(), files, claimed)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range read.Projects {
		if p.Lockfile == file {
			return p
		}
	}
	w.t.Fatalf("no project of %s in %v", file, claimed)
	return fettle.Project{}
}

// upgrades parses web@1.0.0>1.2.0; a mark ! before it says that it is direct.
func upgrades(list ...string) []fettle.Upgrade {
	var all []fettle.Upgrade
	for _, text := range list {
		u := fettle.Upgrade{Kind: fettle.LockOnly}
		if rest, ok := strings.CutPrefix(text, "!"); ok {
			text, u.Kind = rest, fettle.Direct
		}
		text, u.To, _ = strings.Cut(text, ">")
		name, version, _ := strings.Cut(text, "@")
		u.Package = fettle.Package{Ecosystem: "crates.io", Name: name, Version: version}
		all = append(all, u)
	}
	return all
}

// diff shows the lines that only one of two texts has.
func (w *world) diff(texts map[string]string) string {
	w.t.Helper()
	var out strings.Builder
	names := []string{}
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		was, is := strings.Split(w.read(name), "\n"), strings.Split(texts[name], "\n")
		for _, line := range was {
			if !slices.Contains(is, line) && !strings.HasPrefix(line, "checksum") {
				fmt.Fprintf(&out, "%s -%s\n", name, line)
			}
		}
		for _, line := range is {
			if !slices.Contains(was, line) && !strings.HasPrefix(line, "checksum") {
				fmt.Fprintf(&out, "%s +%s\n", name, line)
			}
		}
	}
	return out.String()
}
