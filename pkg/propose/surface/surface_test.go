package surface

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// lay writes files below a new folder.
func lay(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// served is a Fetch of folders by version.
func served(t testing.TB, versions map[string]map[string]string) Fetch {
	return func(_ context.Context, packages []fettle.Package) map[fettle.Package]Artifact {
		got := map[fettle.Package]Artifact{}
		for _, p := range packages {
			if files, ok := versions[p.Version]; ok {
				got[p] = Artifact{Dir: lay(t, files)}
			} else {
				got[p] = Artifact{Err: errors.New("not served")}
			}
		}
		return got
	}
}

// held is what Check says of moving name from 1.0.0 to 2.0.0.
func held(t testing.TB, ecosystem, name string, own, before, after map[string]string) Result {
	t.Helper()
	c := &Checker{Temp: t.TempDir(), Fetch: map[string]Fetch{ecosystem: served(t, map[string]map[string]string{"1.0.0": before, "2.0.0": after})}}
	defer c.Close()
	u := fettle.Upgrade{Package: fettle.Package{Ecosystem: ecosystem, Name: name, Version: "1.0.0"}, To: "2.0.0"}
	r, err := c.Check(t.Context(), fettle.Repo{Dir: lay(t, own)}, fettle.Project{}, []fettle.Upgrade{u})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// brief writes out breaks as path:line:column symbol.
func brief(r Result) []string {
	var list []string
	for _, b := range r.Breaks {
		list = append(list, fmt.Sprintf("%s:%d:%d %s", b.Location.Path, b.Location.Line, b.Location.Column, b.Symbol))
	}
	return list
}

func reasons(r Result) string {
	var b strings.Builder
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "%s: %s\n", g.Subject, g.Reason)
	}
	return b.String()
}

func TestPythonBreaks(t *testing.T) {
	before := map[string]string{
		"p/__init__.py": "from .core import f, g, C, gone\nfrom .star import *\nfrom . import core\nVALUE = 1\n__version__ = '1'\nimport os\n",
		"p/core.py":     "def f(a, b=1): pass\ndef g(a): pass\ndef gone(): pass\nclass Base:\n  def inherited(self): pass\nclass C(Base):\n  def __init__(self, x=1, old=2):\n    self.field = x\n  def m(self, a): pass\n  def removed(self): pass\n",
		"p/star.py":     "def s(): pass\ndef t(): pass\n",
		"p/old.py":      "x = 1\n",
		"p/lazy.py":     "def __getattr__(name): pass\n",
	}
	after := map[string]string{
		"p/__init__.py": "from .core import f, g, C\nfrom .star import *\nfrom . import core\nVALUE = 1\n__version__ = '1'\n",
		"p/core.py":     "def f(a): pass\ndef g(a, c): pass\nclass Base:\n  def inherited(self): pass\nclass C(Base):\n  def __init__(self, x=1):\n    self.field = x\n  def m(self, a): pass\n",
		"p/star.py":     "def s(): pass\n",
		"p/lazy.py":     "def __getattr__(name): pass\n",
	}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"an import that is gone", "from p import gone", []string{"a.py:1:15 p.gone"}},
		{"an attribute that is gone", "import p\np.gone()", []string{"a.py:2:3 p.gone"}},
		{"one of several lines", "from p import (\n  f,\n  gone,\n)", []string{"a.py:3:3 p.gone"}},
		{"a module that is gone", "import p.old", []string{"a.py:1:10 p.old"}},
		{"a module taken from its package", "from p import old", []string{"a.py:1:15 p.old"}},
		{"by a star in the package", "from p import s, t", []string{"a.py:1:18 p.t"}},
		{"an alias", "import p as q\nq.core.gone", []string{"a.py:2:8 p.core.gone"}},
		{"a keyword that is gone", "from p import f\nf(1, b=2)", []string{"a.py:2:1 p.f"}},
		{"too many arguments", "from p import f\nf(1, 2)", []string{"a.py:2:1 p.f"}},
		{"an argument that is needed", "from p import g\ng(1)", []string{"a.py:2:1 p.g"}},
		{"a keyword of a constructor", "import p\np.C(old=1)", []string{"a.py:2:3 p.C"}},
		{"a method that is gone", "from p import C\nc = C()\nc.m(1)\nc.removed()", []string{"a.py:4:3 p.C.removed"}},
		{"a method called at once", "from p import C\nC().removed()", []string{"a.py:2:5 p.C.removed"}},
		{"what is still there", "from p import f, C, VALUE, s\nimport p\nf(1)\nc = C(x=1)\nc.inherited()\nc.field\np.core.C.m\np.__version__", nil},
		{"may fail without harm", "try:\n  from p import gone\nexcept ImportError:\n  gone = None", nil},
		{"another variable of the name", "from p import C\nc = C()\nc = other()\nc.removed()", nil},
		{"names made as it runs", "from p.lazy import anything", nil},
		{"passed on by a star", "from p import f\nf(*x)", nil},
		{"never there", "import p\np.nothing", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := held(t, "PyPI", "P", map[string]string{"a.py": test.text + "\n"}, before, after)
			if diff := cmp.Diff(test.want, brief(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
	r := held(t, "PyPI", "p", map[string]string{"a.py": "from p import *\nfrom p.lazy import x\ngone()\n"}, before, after)
	if text := reasons(r); !strings.Contains(text, "takes all names of p") || !strings.Contains(text, "not found in the installed version either, so that the new one could not be asked: p.lazy.x") {
		t.Errorf("a star and names made as it runs are no gaps:\n%s", text)
	}
	if diff := cmp.Diff([]string{"a.py:3:1 p.gone"}, brief(r)); diff != "" {
		t.Error(diff)
	}
}

func TestNodeBreaks(t *testing.T) {
	before := map[string]string{
		"package.json": `{"name": "p", "main": "lib", "bin": {"pee": "bin.js"}, "engines": {"node": ">=10"}, "repository": "github:o/r"}`,
		"lib/index.js": "exports.f = function () {}; exports.gone = 1; exports.C = require('./c');\nObject.defineProperty(exports, 'h', {enumerable: true, get() { return require('./h').h; }});",
		"lib/c.js":     "class C { kept() {} removed() {} }\nmodule.exports = C;",
		"lib/h.js":     "exports.h = () => {};",
		"sub.js":       "module.exports = function sub() {};",
		"whole.js":     "module.exports = function () {};",
		"index.d.ts":   "export interface T {}\nexport interface Gone {}\n",
		"folder/a.js":  "module.exports = 1;",
	}
	after := map[string]string{
		"package.json": `{"name": "p", "main": "lib", "engines": {"node": ">=18"}, "exports": {".": "./lib/index.js", "./whole": "./whole.js", "./folder/*": "./folder/*.js", "./esm": "./esm.mjs"}}`,
		"lib/index.js": "exports.f = function () {}; exports.C = require('./c'); exports.h = 1;",
		"lib/c.js":     "class C { kept() {} }\nmodule.exports = C;",
		"whole.js":     "exports.one = 1; exports.two = 2;",
		"folder/a.js":  "module.exports = 1;",
		"sub.js":       "module.exports = function sub() {};",
	}
	for _, test := range []struct {
		name, file, text string
		want             []string
	}{
		{"a member that is gone", "a.js", "const p = require('p'); x(p.gone);", []string{"a.js:1:29 gone"}},
		{"taken out", "a.js", "const {f, gone} = require('p');", []string{"a.js:1:11 gone"}},
		{"an import", "a.mjs", "import {\n  f,\n  gone,\n} from 'p';", []string{"a.mjs:3:3 gone"}},
		{"a subpath that the map leaves out", "a.js", "require('p/sub')();", []string{"a.js:1:10 p/sub"}},
		{"a whole that is no function any more", "a.js", "const w = require('p/whole');\nw();", []string{"a.js:2:1 p/whole"}},
		{"a method that is gone", "a.js", "const {C} = require('p'); new C().removed();", []string{"a.js:1:35 removed"}},
		{"a method of what a variable holds", "a.js", "const {C} = require('p');\nconst c = new C();\nc.removed(); c.kept();", []string{"a.js:3:3 removed"}},
		{"a variable that holds something else too", "a.js", "const {C} = require('p');\nlet c = new C();\nc = x;\nc.removed();", nil},
		{"what is still there", "a.js", "const p = require('p'); p.f(); p.h(); new p.C().kept(); require('p/folder/a');", nil},
		{"may fail without harm", "a.js", "let p; try { p = require('p/sub'); } catch {}", nil},
		{"never there", "a.js", "require('p').nothing;", nil},
		{"another package", "a.js", "require('pp').gone; require('./p').gone;", nil},
		{"a command", "package.json", `{"scripts": {"b": "pee --x", "c": "peek"}}`, []string{"package.json:1:0 pee"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := held(t, "npm", "p", map[string]string{test.file: test.text + "\n"}, before, after)
			if diff := cmp.Diff(test.want, brief(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
	r := held(t, "npm", "p", map[string]string{"a.js": "require('p').f()", "package.json": `{"engines": {"node": ">=16"}}`}, before, after)
	if r.Toolchain["p"] != "node >=18" || r.Used["p"] == 0 {
		t.Errorf("toolchain %v, used %v", r.Toolchain, r.Used)
	}
	r = held(t, "npm", "p", map[string]string{"a.js": "require('p').f()", "package.json": `{"engines": {"node": ">=20"}}`}, before, after)
	if r.Toolchain["p"] != "" {
		t.Errorf("a project for Node 20 is told of %v", r.Toolchain)
	}
}

func TestRequireOfWhatBecameAnESModule(t *testing.T) {
	before := map[string]string{"package.json": `{"name": "p"}`, "index.js": "module.exports = {a: 1};"}
	after := map[string]string{"package.json": `{"name": "p", "type": "module", "exports": "./index.js"}`, "index.js": "export const a = 1; export default {a};"}
	for file, want := range map[string][]string{"a.js": {"a.js:1:20 p"}, "b.mjs": nil} {
		text := "const p = require(\"p\"); p.a;\n"
		if file == "b.mjs" {
			text = "import p, {a} from 'p'; p.a;\n"
		}
		if diff := cmp.Diff(want, brief(held(t, "npm", "p", map[string]string{file: text}, before, after))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWhereAnExportsMapLeads(t *testing.T) {
	a, err := openFolder(lay(t, map[string]string{"package.json": `{"exports": {".": {"types": "./t.d.ts", "import": "./m.mjs", "default": "./c.js"}, "./s/*": "./s/*.js", "./s/": "./s/", "./s/x/*": null, "./f": ["./no.js", "./c.js"]}}`,
		"c.js": "", "m.mjs": "", "t.d.ts": "", "s/a.js": "", "s/x/b.js": ""}))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	p, err := newNode(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	for subpath, want := range map[string]string{".": "c.js", "./s/a": "s/a.js", "./s/x/b": "", "./c.js": "", "./none": ""} {
		if got := p.resolve(subpath, whenRequired); got != want {
			t.Errorf("require of %s: got %q, want %q", subpath, got, want)
		}
	}
	if got := p.resolve(".", whenImported); got != "m.mjs" {
		t.Errorf("import: got %q", got)
	}
	if got := p.typesFor("."); got != "t.d.ts" {
		t.Errorf("types: got %q", got)
	}
}

func TestGoBreaks(t *testing.T) {
	before := map[string]string{
		"go.mod":   "module m.example/m\n\ngo 1.20\n",
		"m.go":     "package m\n\ntype I interface{ A() }\ntype S struct{ A, B int }\nfunc F(int) int { return 0 }\nfunc V(int) {}\nfunc Gone() {}\ntype T struct{}\nfunc (T) M() {}\nfunc Take(I) {}\nfunc G[K any](k K) K { return k }\nconst C = 1\n",
		"old/o.go": "package old\n\nfunc F() {}\n", "m_windows.go": "package m\n\nfunc Windows() {}\n",
	}
	after := map[string]string{
		"go.mod": "module m.example/m\n\ngo 1.99\n",
		"m.go":   "package m\n\ntype I interface{ A(); B() }\ntype S struct{ A, B, C int }\nfunc F(string) int { return 0 }\nfunc V(int, ...string) {}\ntype T struct{}\nfunc Take(I) {}\nfunc G[K any](k K) K { return k }\nconst C = 2\n",
	}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"a function that is gone", "func f() { m.Gone() }", []string{"a/a.go:5:14 m.Gone"}},
		{"another signature", "func f() { m.F(1) }", []string{"a/a.go:5:16 m.F"}},
		{"a method that is gone", "func f(t m.T) { t.M() }", []string{"a/a.go:5:19 m.T.M"}},
		{"a literal without field names", "var s = m.S{1, 2}", []string{"a/a.go:5:17 m.S"}},
		{"an interface that asks for more", "type x struct{}\nfunc (x) A() {}\nfunc f() { m.Take(x{}) }", []string{"a/a.go:7:19 m.Take"}},
		{"what calls still fit", "func f() { m.V(1); _ = m.S{A: 1}; _ = m.G(m.C); var y [m.C]int; _ = y }", nil},
		{"a name of its own", "func Gone() {}\nfunc f() { Gone(); _ = m.C }", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			own := map[string]string{"go.mod": "module own.example/own\n\ngo 1.22\n\nrequire m.example/m v1.0.0\n", "a/a.go": "package a\n\nimport \"m.example/m\"\n\n" + test.text + "\n"}
			r := held(t, "Go", "m.example/m", own, before, after)
			if diff := cmp.Diff(test.want, brief(r)); diff != "" {
				t.Errorf("%s\n%s", diff, reasons(r))
			}
			if r.Toolchain["m.example/m"] != "go 1.99" {
				t.Errorf("toolchain %v", r.Toolchain)
			}
		})
	}
	own := map[string]string{"go.mod": "module own.example/own\n", "a.go": "package a\n\nimport (\n\t\"m.example/m/old\"\n\t\"other.example/x\"\n)\n\nfunc f() { old.F(); x.G() }\n",
		"w_windows.go": "package a\n\nimport \"m.example/m\"\n\nfunc w() { m.Windows() }\n"}
	r := held(t, "Go", "m.example/m", own, before, after)
	if diff := cmp.Diff([]string{"a.go:4:2 m.example/m"}, brief(r)); diff != "" {
		t.Error(diff)
	}
	if text := reasons(r); !strings.Contains(text, "types of other.example/x could not be had") || !strings.Contains(text, "is not part of the build") {
		t.Errorf("what was not compared is no gap:\n%s", text)
	}
}

func TestWhatCannotBeToldIsAGap(t *testing.T) {
	own := map[string]string{"a.js": "require('p').x; require(y)"}
	for name, u := range map[string]struct {
		upgrade fettle.Upgrade
		want    string
	}{
		"not served":         {fettle.Upgrade{Package: fettle.Package{Ecosystem: "npm", Name: "p", Version: "1.0.0"}, To: "3.0.0"}, "p@3.0.0 could not be had"},
		"another ecosystem":  {fettle.Upgrade{Package: fettle.Package{Ecosystem: "NuGet", Name: "p", Version: "1.0.0"}, To: "3.0.0"}, "are not compared"},
		"no version":         {fettle.Upgrade{Package: fettle.Package{Ecosystem: "npm", Name: "p"}, To: "3.0.0"}, "version is not known"},
		"an option, no name": {fettle.Upgrade{Package: fettle.Package{Ecosystem: "npm", Name: "--prefix=x", Version: "1"}, To: "2"}, "none that a registry has"},
		"no version at all":  {fettle.Upgrade{Package: fettle.Package{Ecosystem: "npm", Name: "p", Version: "1.0.0"}, To: "file:../x y"}, "none that a registry has"},
		"a place that loads": {fettle.Upgrade{Package: fettle.Package{Ecosystem: "npm", Name: "p", Version: "1.0.0"}, To: "2.0.0"}, "may use any name of any package"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Checker{Temp: t.TempDir(), Fetch: map[string]Fetch{"npm": served(t, map[string]map[string]string{"1.0.0": {"package.json": "{}"}, "2.0.0": {"package.json": "{}"}})}}
			r, err := c.Check(t.Context(), fettle.Repo{Dir: lay(t, own)}, fettle.Project{}, []fettle.Upgrade{u.upgrade})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(reasons(r), u.want) {
				t.Errorf("gaps:\n%swant %q", reasons(r), u.want)
			}
		})
	}
}

func TestAPackageThatIsNotImportedIsNotFetched(t *testing.T) {
	c := &Checker{Temp: t.TempDir(), Fetch: map[string]Fetch{"npm": func(context.Context, []fettle.Package) map[fettle.Package]Artifact {
		t.Error("fetched")
		return nil
	}}}
	r, err := c.Check(t.Context(), fettle.Repo{Dir: lay(t, map[string]string{"a.js": "require('q')", "node_modules/x/i.js": "require('p')"})}, fettle.Project{},
		[]fettle.Upgrade{{Package: fettle.Package{Ecosystem: "npm", Name: "p", Version: "1"}, To: "2"}})
	if n, ok := r.Used["p"]; err != nil || len(r.Breaks)+len(r.Gaps) > 0 || n != 0 || !ok {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSourcesAreReadOnce(t *testing.T) {
	dir := lay(t, map[string]string{"a.js": "require('p').gone()"})
	versions := map[string]map[string]string{"1": {"package.json": "{}", "index.js": "exports.gone = 1"}, "2": {"package.json": "{}", "index.js": "exports.a = 1"}}
	c := &Checker{Temp: t.TempDir(), Fetch: map[string]Fetch{"npm": served(t, versions)}}
	upgrades := []fettle.Upgrade{{Package: fettle.Package{Ecosystem: "npm", Name: "p", Version: "1"}, To: "2"}}
	for range 2 {
		r, err := c.Check(t.Context(), fettle.Repo{Dir: dir}, fettle.Project{}, upgrades)
		if err != nil || len(r.Breaks) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if err := os.Remove(filepath.Join(dir, "a.js")); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}
