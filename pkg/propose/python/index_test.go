package python

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// release is one version of a package on the index of a test.
type pack struct {
	name, version string
	needs         []string // as Requires-Dist has them
	python        string
	yanked        any
	uploaded      string
	provenance    bool
	sdist         bool // there is no wheel
	quiet         bool // the index does not serve the metadata apart
}

// index serves packages as an index for Python does.
type index struct {
	*httptest.Server
	packs []pack
	html  bool
	fail  int // status of all answers
}

func newIndex(t *testing.T, packs ...pack) *index {
	t.Helper()
	x := &index{packs: packs}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

func (p pack) stem() string {
	return strings.ReplaceAll(p.name, "-", "_") + "-" + p.version
}

func (p pack) file() string {
	if p.sdist {
		return p.name + "-" + p.version + ".tar.gz"
	}
	return p.stem() + "-py3-none-any.whl"
}

func (p pack) metadata() string {
	text := "Metadata-Version: 2.1\nName: " + p.name + "\nVersion: " + p.version + "\nProject-URL: Source, https://code.example/" + p.name + "\n"
	if p.python != "" {
		text += "Requires-Python: " + p.python + "\n"
	}
	for _, need := range p.needs {
		text += "Requires-Dist: " + need + "\n"
	}
	return text + "\nA description.\n"
}

// wheel is an archive without code, the same bytes each time.
func (p pack) wheel() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	info := p.stem() + ".dist-info/"
	for _, f := range [][2]string{
		{strings.ReplaceAll(p.name, "-", "_") + "/__init__.py", ""},
		{info + "METADATA", p.metadata()},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{info + "RECORD", info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n"},
	} {
		w, _ := z.Create(f[0])
		_, _ = w.Write([]byte(f[1]))
	}
	_ = z.Close()
	return b.Bytes()
}

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if x.fail != 0 {
		w.WriteHeader(x.fail)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/simple/"); ok {
		x.page(w, strings.Trim(name, "/"))
		return
	}
	for _, p := range x.packs {
		switch r.URL.Path {
		case "/files/" + p.file():
			http.ServeContent(w, r, "", time.Unix(0, 0), bytes.NewReader(p.wheel()))
			return
		case "/files/" + p.file() + ".metadata":
			if !p.quiet && !p.sdist {
				fmt.Fprint(w, p.metadata())
				return
			}
		}
	}
	http.NotFound(w, r)
}

func (x *index) page(w http.ResponseWriter, name string) {
	files := []map[string]any{}
	var links strings.Builder
	for _, p := range x.packs {
		if p.name != name {
			continue
		}
		f := map[string]any{"filename": p.file(), "url": "../../files/" + p.file(), "hashes": map[string]string{"sha256": sha(p.wheel())}, "size": len(p.wheel()), "yanked": false}
		if p.yanked != nil {
			f["yanked"] = p.yanked
		}
		if p.uploaded != "" {
			f["upload-time"] = p.uploaded
		}
		if p.python != "" {
			f["requires-python"] = p.python
		}
		if p.provenance {
			f["provenance"] = "https://code.example/attested"
		}
		if !p.quiet && !p.sdist {
			f["core-metadata"] = map[string]string{"sha256": sha([]byte(p.metadata()))}
		}
		files = append(files, f)
		fmt.Fprintf(&links, "<a href=\"../../files/%s#sha256=%s\">%s</a><br>\n", p.file(), sha(p.wheel()), p.file())
	}
	if len(files) == 0 {
		http.Error(w, "no such project", http.StatusNotFound)
		return
	}
	if x.html {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><html><body>\n"+links.String()+"</body></html>\n")
		return
	}
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "name": name, "files": files})
}

// world is a repository, an index and the tools.
type world struct {
	*index
	*Tools
	root string
}

func (x *index) world(t *testing.T, files map[string]string) *world {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed")
	}
	box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() == sandbox.None {
		t.Skip("no sandbox on this system")
	}
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PIP_INDEX_URL=" + x.URL + "/simple", "UV_DEFAULT_INDEX=" + x.URL + "/simple", "PIP_NO_CACHE_DIR=1", "PIP_RETRIES=0", "UV_NO_CACHE=1", "PIP_FIND_LINKS=", "PIP_CONFIG_FILE=/dev/null"}
	return &world{x, &Tools{Run: box, Temp: t.TempDir(), Env: env}, root}
}

// project is what discovery says of a lockfile.
func (w *world) project(t *testing.T, lockfile string) fettle.Project {
	t.Helper()
	found := projecttest.Read(t, python.Reader{}, w.root)
	at := slices.IndexFunc(found.Projects, func(p fettle.Project) bool { return p.Lockfile == lockfile })
	if at < 0 {
		t.Fatalf("discovery finds no %s", lockfile)
	}
	return found.Projects[at]
}

// upgrade asks for a version of a package of p.
func upgrade(t *testing.T, p fettle.Project, name, to string, kind fettle.FixKind) fettle.Upgrade {
	t.Helper()
	for _, n := range p.Nodes {
		if n.Name == name {
			return fettle.Upgrade{Package: n.Package, To: to, Kind: kind, Keys: []string{n.Key}}
		}
	}
	t.Fatalf("%s is not in %s", name, p.Lockfile)
	return fettle.Upgrade{}
}
