package golang

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// proxied is a program whose modules are in a folder that serves as module proxy. The folder lies where the sandbox shows it.
func proxied(t *testing.T, a *Analyst) (program, string) {
	t.Helper()
	p := readProgram(t, filepath.Join("testdata", "truth", "direct.txtar"))
	at := filepath.Join(a.Cache, "mod", "proxy")
	versions := filepath.Join(at, "vuln.example", "lib", "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	gomod := "module vuln.example/lib\n\ngo 1.22\n"
	files := []zip.File{zipped{"go.mod", gomod}}
	for name, text := range p.files {
		if rest, ok := strings.CutPrefix(name, "vendor/vuln.example/lib/"); ok {
			files = append(files, zipped{rest, text})
		}
		if strings.HasPrefix(name, "vendor/") {
			delete(p.files, name)
		}
	}
	var archive bytes.Buffer
	if err := zip.Create(&archive, module.Version{Path: "vuln.example/lib", Version: "v1.0.0"}, files); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"list": "v1.0.0\n", "v1.0.0.info": `{"Version": "v1.0.0"}`, "v1.0.0.mod": gomod, "v1.0.0.zip": archive.String()} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := dirhash.HashZip(filepath.Join(versions, "v1.0.0.zip"), dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	modSum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(gomod)), nil })
	if err != nil {
		t.Fatal(err)
	}
	p.files["go.sum"] = fmt.Sprintf("vuln.example/lib v1.0.0 %s\nvuln.example/lib v1.0.0/go.mod %s\n", sum, modSum)
	a.Settings = project.Settings{Client: http.DefaultClient, Getenv: func(name string) string {
		return map[string]string{"GOPROXY": "file://" + at, "GOSUMDB": "off"}[name]
	}}
	return p, at
}

// zipped is a file of a module.
type zipped struct{ name, text string }

func (z zipped) Path() string { return z.name }
func (z zipped) Lstat() (os.FileInfo, error) {
	return fstest.MapFS{z.name: {Data: []byte(z.text)}}.Stat(z.name)
}
func (z zipped) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(z.text)), nil }

func TestModulesAreFetchedFromWhereTheUserSays(t *testing.T) {
	a := newAnalyst(t)
	p, _ := proxied(t, &a)
	scene := p.scene(p.write(t))
	if e, gaps := ask(t, a, scene); e.Text != called || len(gaps) > 0 || e.Chain[1].Location.Path != "lib.go" {
		t.Errorf("got %s (%s), gaps %v, chain %v", e.Text, e.Why, gaps, e.Chain)
	}
}

func TestAModuleThatIsNotThereIsOneGap(t *testing.T) {
	for _, tt := range []struct {
		name, told string
		change     func(a *Analyst, p *program, proxy string)
	}{
		{"offline", "let fettle fetch them", func(a *Analyst, _ *program, _ string) { a.Settings.Client = nil }},
		{"private", "or vendor it", func(_ *Analyst, _ *program, proxy string) { _ = os.RemoveAll(filepath.Join(proxy, "vuln.example")) }},
		{"a checksum is missing", "missing go.sum entry", func(_ *Analyst, p *program, _ string) { p.files["go.sum"] = "" }},
		{"a newer Go", "install that Go", func(_ *Analyst, p *program, _ string) {
			p.files["go.mod"] = strings.Replace(p.files["go.mod"], "go 1.22", "go 1.99", 1)
		}},
		{"a newer toolchain", "", func(_ *Analyst, p *program, _ string) { p.files["go.mod"] += "\ntoolchain go1.99.0\n" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAnalyst(t)
			p, proxy := proxied(t, &a)
			tt.change(&a, &p, proxy)
			e, gaps := ask(t, a, p.scene(p.write(t)))
			if tt.told == "" {
				if e.Text != called || len(gaps) > 0 {
					t.Errorf("got %s (%s), gaps %v; want called, since a toolchain line is only a wish", e.Text, e.Why, gaps)
				}
				return
			}
			if e.Status != fettle.Unknown || len(gaps) != 1 || !strings.Contains(gaps[0].Reason, tt.told) || strings.Contains(gaps[0].Reason, a.Temp) {
				t.Errorf("got %s (%s), gaps %v; want unknown and one gap with %q", e.Text, e.Why, gaps, tt.told)
			}
			t.Log(gaps)
		})
	}
}

func TestAPackageThatTheInstalledVersionLacksIsNotCalledUnimported(t *testing.T) {
	a := newAnalyst(t)
	p, _ := proxied(t, &a)
	p.symbols = []fettle.Symbols{{Path: "vuln.example/lib/gone", Names: []string{"Bad"}}}
	dir := p.write(t)
	if e, _ := ask(t, a, p.scene(dir)); e.Status != fettle.Unknown || !strings.Contains(e.Why, "none of the packages") {
		t.Errorf("got %s (%s); want unknown", e.Text, e.Why)
	}
	p.symbols[0].Path = "vuln.example/lib/side"
	if e, _ := ask(t, a, p.scene(dir)); e.Text != notImported {
		t.Errorf("got %s (%s); want not_imported", e.Text, e.Why)
	}
}
