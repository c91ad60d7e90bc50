package surface

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pack writes a gzipped tar of headers; the content of a file is its Linkname where it is a regular one.
func pack(headers ...tar.Header) []byte {
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	w := tar.NewWriter(gz)
	for _, h := range headers {
		text := ""
		if h.Typeflag == tar.TypeReg {
			text, h.Linkname = h.Linkname, ""
			if h.Size == 0 {
				h.Size = int64(len(text))
			}
		}
		h.Mode = 0o644
		if w.WriteHeader(&h) != nil {
			continue
		}
		if int64(len(text)) < h.Size {
			text += strings.Repeat("x", int(h.Size)-len(text))
		}
		io.WriteString(w, text)
	}
	w.Close()
	gz.Close()
	return out.Bytes()
}

func TestEntriesThatLeadOutOfATarAreLeftOut(t *testing.T) {
	a, err := readTar(bytes.NewReader(pack(
		tar.Header{Name: "package/package.json", Typeflag: tar.TypeReg, Linkname: "{}"},
		tar.Header{Name: "package/../../x.js", Typeflag: tar.TypeReg, Linkname: "1"},
		tar.Header{Name: "/etc/x.js", Typeflag: tar.TypeReg, Linkname: "1"},
		tar.Header{Name: "package/link.js", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		tar.Header{Name: "package/hard.js", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		tar.Header{Name: "package/dev.js", Typeflag: tar.TypeChar},
		tar.Header{Name: "package/big.js", Typeflag: tar.TypeReg, Size: maxEntry + 1},
		tar.Header{Name: "package/readme.txt", Typeflag: tar.TypeReg, Linkname: "x"},
		tar.Header{Name: "package/a.js", Typeflag: tar.TypeReg, Linkname: "first"},
		tar.Header{Name: "package/a.js", Typeflag: tar.TypeReg, Linkname: "second"},
	)))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(a.names, " "); got != "a.js big.js etc/x.js package.json" && got != "a.js big.js package.json" {
		t.Errorf("kept %s", got)
	}
	if text, err := a.read("a.js"); string(text) != "second" || err != nil {
		t.Errorf("%q, %v; npm takes the last of a name", text, err)
	}
	if _, err := a.read("big.js"); err == nil {
		t.Error("a file beyond the bound is read")
	}
	if _, err := a.read("../x.js"); err == nil {
		t.Error("a file outside is read")
	}
}

func TestATarThatUnpacksToTooMuchIsRefused(t *testing.T) {
	var headers []tar.Header
	for i := range maxUnpacked/maxEntry + 2 {
		headers = append(headers, tar.Header{Name: fmt.Sprintf("p/%d.js", i), Typeflag: tar.TypeReg, Size: maxEntry})
	}
	if _, err := readTar(bytes.NewReader(pack(headers...))); err == nil || !strings.Contains(err.Error(), "MiB of sources") {
		t.Errorf("got %v", err)
	}
}

func TestEntriesThatLeadOutOfAZipAreLeftOut(t *testing.T) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range []string{"p/__init__.py", "../up.py", "/abs.py", `p\back.py`, "p/big.py"} {
		in, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		text := "x = 1"
		if name == "p/big.py" {
			text = strings.Repeat("x", maxEntry+1)
		}
		io.WriteString(in, text)
	}
	link := &zip.FileHeader{Name: "p/link.py"}
	link.SetMode(os.ModeSymlink | 0o777)
	in, err := w.CreateHeader(link)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "/etc/passwd")
	w.Close()
	file := filepath.Join(t.TempDir(), "p.whl")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := openArtifact(Artifact{Dir: filepath.Dir(file)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if got := strings.Join(a.names, " "); got != "p/__init__.py p/big.py" {
		t.Errorf("kept %s", got)
	}
	if _, err := a.read("p/big.py"); err == nil {
		t.Error("a file beyond the bound is read")
	}
}

func TestLinksOfTheRepositoryAreNotFollowed(t *testing.T) {
	secret := lay(t, map[string]string{"secret.js": "require('p').gone()"})
	dir := lay(t, map[string]string{"ok.js": "require('p').kept()"})
	for name, to := range map[string]string{"a.js": filepath.Join(secret, "secret.js"), "folder": secret, "loop": dir, "package.json": filepath.Join(secret, "secret.js")} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	versions := map[string]map[string]string{"1": {"package.json": "{}", "index.js": "exports.gone = exports.kept = 1"}, "2": {"package.json": "{}", "index.js": "exports.kept = 1"}}
	c := &Checker{Temp: t.TempDir(), Fetch: map[string]Fetch{"npm": served(t, versions)}}
	r, err := c.Check(t.Context(), fettle.Repo{Dir: dir}, fettle.Project{}, []fettle.Upgrade{{Package: fettle.Package{Ecosystem: "npm", Name: "p", Version: "1"}, To: "2"}})
	if err != nil || len(r.Breaks) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// hostileTexts are sources that are made to hurt: deep, cyclic, long.
var hostileTexts = []string{
	"", "\ufeff", "\x00\xff\xfe", strings.Repeat("(", 20_000), strings.Repeat("a.", 20_000) + "b", strings.Repeat("if x:\n ", 3000) + "y = 1",
	"from . import *\nfrom .p import *\nfrom p import *", "module.exports = require('./index')\nexports.a = exports.b = exports.a", "class A(A): pass\nclass B(C): pass\nclass C(B): pass",
	"export * from './index'", strings.Repeat("x = ", 5000) + "1", "import p.p.p.p.p as p",
}

func TestHostilePackagesEndInTime(t *testing.T) {
	for i, text := range hostileTexts {
		start := time.Now()
		own := map[string]string{"a.py": "import p\nfrom p import x\np.A().y\np.B().z\np.p.p.p.q(x)\n", "a.js": "const p = require('p'); p.a(); p.b.c(); new p.A().d();\n"}
		held(t, "PyPI", "p", own, map[string]string{"p/__init__.py": text, "p/p.py": text}, map[string]string{"p/__init__.py": text})
		held(t, "npm", "p", own, map[string]string{"package.json": "{}", "index.js": text, "index.d.ts": text}, map[string]string{"package.json": "{}", "index.js": text})
		if d := time.Since(start); d > 5*time.Minute {
			t.Errorf("%d took %s", i, d)
		}
	}
}

func FuzzPythonModule(f *testing.F) {
	for _, text := range hostileTexts {
		if len(text) < 10_000 {
			f.Add(text)
		}
	}
	f.Add("from .a import (b, c as d)\nclass C(b.D, metaclass=x):\n  def __init__(self, a, /, b=1, *c, d, **e): self.f = a\n")
	f.Add("class C:\r\n  x: int = 1\r\n  def f(self): pass\r\n  def f(self): pass\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		dir := lay(t, map[string]string{"p/__init__.py": text, "p/a.py": text})
		a, err := openFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		p := newPython(t.Context(), a)
		for _, name := range []string{"p", "p.a", "p.a.C.f", "p.C.x", "p.b.c.d", "p.p.p"} {
			p.parameters(p.find(name))
		}
	})
}

func FuzzNodePackage(f *testing.F) {
	f.Add(`{"exports": {".": {"require": "./index.js"}, "./*": ["./x*.js", null]}}`, "exports.a = 1")
	f.Add(`{"main": "../../x", "types": "."}`, "module.exports = require('./index.js')")
	f.Add(`{"exports": "./../x"}`, "export * from './a.js'; export default 1")
	f.Add(`{"exports": {"./a*b*c": "./*"}, "exports": {}}`, "\ufeffexports['a b'] = 1")
	f.Add("\ufeff{}\r\n", strings.Repeat("[", 500))
	f.Add(`{"exports": `+strings.Repeat(`{"default":`, 50)+`"./index.js"`+strings.Repeat("}", 51), "import './a'")
	f.Fuzz(func(t *testing.T, manifest, text string) {
		dir := lay(t, map[string]string{"package.json": manifest, "index.js": text, "a.js": text, "index.d.ts": text})
		a, err := openFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		p, err := newNode(t.Context(), a)
		if err != nil {
			return
		}
		for _, subpath := range []string{".", "./a", "./a.js", "./axbxc", "./../../x"} {
			for _, when := range [][]string{whenImported, whenRequired, whenTyped} {
				if file := p.resolve(subpath, when); file != "" {
					if !a.has[file] {
						t.Errorf("%s leads to %s, which is not there", subpath, file)
					}
					p.has(file, "a")
				}
			}
			p.typesFor(subpath)
		}
		p.manifest.bins()
		p.manifest.address()
	})
}

func FuzzReadTar(f *testing.F) {
	f.Add(pack(tar.Header{Name: "p/a.js", Typeflag: tar.TypeReg, Linkname: "x"}, tar.Header{Name: "p/b.js", Typeflag: tar.TypeSymlink, Linkname: "../../x"}))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := readTar(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, name := range a.names {
			if !filepath.IsLocal(name) {
				t.Errorf("%q leads out", name)
			}
		}
	})
}

func FuzzFloor(f *testing.F) {
	for _, text := range []string{">=3.8", ">=2.7, !=3.0.*, <4", "^14 || >=16", "*", ">= 10.0.0", "<5", "~=3.7", "18", "", ">=", "||"} {
		f.Add(text, ">=3.9")
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if raised(before, after) && floor(after) == "" {
			t.Errorf("%q to %q", before, after)
		}
	})
}

func TestFloors(t *testing.T) {
	for text, want := range map[string]string{">=3.8": "3.8", ">=2.7, !=3.0.*": "2.7", "^14.17.0 || >=16": "14.17.0", "*": "", "<5": "", "~=3.7": "3.7", "18": "18", "": "", ">= 10": "10", "<4,>=3.6": "3.6"} {
		if got := floor(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for pair, want := range map[[2]string]bool{{">=3.6", ">=3.8"}: true, {">=3.8", ">=3.6"}: false, {"", ">=3.8"}: true, {">=3.10", ">=3.9"}: false, {">=3.8", ""}: false, {"^12 || ^14", "^14 || ^16"}: true} {
		if got := raised(pair[0], pair[1]); got != want {
			t.Errorf("%v: got %v", pair, got)
		}
	}
}
