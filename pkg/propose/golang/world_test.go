package golang

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/semver"
	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/golang"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// proxy is a GOPROXY on loopback. It serves modules written as lines such as
//
//	lib.example/a v1.2.0 go1.17 lib.example/b@v1.0.0
//
// with a package that imports what the module requires, and answers with status where that is set.
type proxy struct {
	*httptest.Server
	files  map[string]string
	status int
	asked  []string
}

func newProxy(t testing.TB, served string) *proxy {
	t.Helper()
	p := &proxy{files: map[string]string{}}
	versions := map[string][]string{}
	for line := range strings.Lines(served) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		name, version := f[0], f[1]
		mod, source := "module "+name+"\n", "package "+path.Base(name)+"\n"
		for _, rest := range f[2:] {
			switch need, at, ok := strings.Cut(rest, "@"); {
			case strings.HasPrefix(rest, "go1"):
				mod += "\ngo " + strings.TrimPrefix(rest, "go") + "\n"
			case strings.HasPrefix(rest, "deprecated="):
				mod = "// Deprecated: " + strings.TrimPrefix(rest, "deprecated=") + "\n" + mod
			case strings.HasPrefix(rest, "retract="):
				mod += "\nretract " + strings.TrimPrefix(rest, "retract=") + " // it is broken\n"
			case ok:
				mod += "\nrequire " + need + " " + at + "\n"
				source += "\nimport _ \"" + need + "\"\n"
			default:
				t.Fatalf("line %q", line)
			}
		}
		at := "/" + name + "/@v/"
		day := 1 + len(versions[name])
		p.files[at+version+".info"] = fmt.Sprintf(`{"Version":%q,"Time":"2024-01-%02dT00:00:00Z"}`, version, day)
		p.files[at+version+".mod"] = mod
		p.files[at+version+".zip"] = zipped(t, name+"@"+version, map[string]string{"go.mod": mod, path.Base(name) + ".go": source})
		versions[name] = append(versions[name], version)
	}
	for name, list := range versions {
		p.files["/"+name+"/@v/list"] = strings.Join(list, "\n") + "\n"
		semver.Sort(list)
		p.files["/"+name+"/@latest"] = p.files["/"+name+"/@v/"+list[len(list)-1]+".info"]
	}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked = append(p.asked, r.URL.Path)
		text, ok := p.files[r.URL.Path]
		switch {
		case p.status != 0:
			http.Error(w, "not today", p.status)
		case !ok:
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte(text))
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func zipped(t testing.TB, root string, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"go.mod", path.Base(strings.Split(root, "@")[0]) + ".go"} {
		w, err := z.Create(root + "/" + name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// world is a repository, a proxy that serves its modules and a Go that drafts for it.
type world struct {
	*Go
	*proxy
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
	if _, err := exec.LookPath("go"); err != nil {
		t.Skipf("there is no go command: %v", err)
	}
	w := &world{t: t, dir: t.TempDir(), cache: t.TempDir(), proxy: newProxy(t, served)}
	var err error
	if w.box, err = sandbox.New(sandbox.Options{Cache: w.cache, Temp: t.TempDir(), Env: os.LookupEnv}); err != nil {
		t.Fatal(err)
	}
	if w.box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	w.Go = &Go{Run: w, Temp: t.TempDir(), Env: Settings(w.cache, func(name string) string {
		return map[string]string{"GOPROXY": w.URL, "GOSUMDB": "off", "GONOSUMDB": "*"}[name]
	})}
	for name, text := range filesOf(archive) {
		w.write(name, text)
	}
	return w
}

func filesOf(archive string) map[string]string {
	files := map[string]string{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

func (w *world) write(name, text string) {
	w.t.Helper()
	at := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
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

// tidy lets the go command itself write go.mod and go.sum of a folder, outside of what is tested.
func (w *world) tidy(dirs ...string) {
	w.t.Helper()
	for _, dir := range dirs {
		w.outsideOff(dir, "mod", "tidy")
	}
}

func (w *world) outside(dir string, args ...string) string {
	w.t.Helper()
	return w.outsideWith(nil, dir, args...)
}

// outsideOff is outside, without the workspace around the folder.
func (w *world) outsideOff(dir string, args ...string) string {
	w.t.Helper()
	return w.outsideWith([]string{"GOWORK=off"}, dir, args...)
}

func (w *world) outsideWith(env []string, dir string, args ...string) string {
	w.t.Helper()
	result, err := w.box.Run(w.t.Context(), w.dir, sandbox.Command{Args: append([]string{"go"}, args...), Dir: dir, Network: true,
		Env: append(append(slices.Clone(w.Env), env...), "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "CGO_ENABLED=0", "GOCACHE="+filepath.Join(w.cache, "build"))})
	if err != nil || result.Code != 0 {
		w.t.Fatalf("go %q in %s: %v %s", args, dir, err, result.Output)
	}
	return result.Output
}

// project reads the project of a go.mod or go.work as discovery does.
func (w *world) project(file string) fettle.Project {
	w.t.Helper()
	files, err := project.OpenFiles(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer files.Close()
	var claimed []string
	err = filepath.WalkDir(w.dir, func(name string, e os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(w.dir, name); err == nil && (golang.Reader{}).Claims(filepath.ToSlash(rel)) {
			claimed = append(claimed, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	read, err := golang.Reader{}.Read(w.t.Context(), files, claimed)
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

// upgrades parses lib.example/a@1.2.0.
func upgrades(list ...string) []fettle.Upgrade {
	var all []fettle.Upgrade
	for _, text := range list {
		name, to, _ := strings.Cut(text, "@")
		all = append(all, fettle.Upgrade{Package: fettle.Package{Ecosystem: "Go", Name: name}, To: to, Kind: fettle.Direct})
	}
	return all
}

// diff shows the lines of each text that are not in the file, and the other way round.
func (w *world) diff(texts map[string]string) string {
	w.t.Helper()
	var out strings.Builder
	names := []string{}
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		old := ""
		if _, err := os.Stat(filepath.Join(w.dir, name)); err == nil {
			old = w.read(name)
		}
		was, is := strings.Split(old, "\n"), strings.Split(texts[name], "\n")
		for _, line := range was {
			if !slices.Contains(is, line) {
				fmt.Fprintf(&out, "%s -%s\n", name, plainSum(line))
			}
		}
		for _, line := range is {
			if !slices.Contains(was, line) {
				fmt.Fprintf(&out, "%s +%s\n", name, plainSum(line))
			}
		}
	}
	return out.String()
}

// plainSum is a line without its hash.
func plainSum(line string) string {
	line, _, _ = strings.Cut(line, " h1:")
	return line
}
