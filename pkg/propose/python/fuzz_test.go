package python

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

var moveLib = fettle.Upgrade{Package: fettle.Package{Ecosystem: "PyPI", Name: "lib", Version: "1.0"}, To: "2.0", Kind: fettle.Direct}

func FuzzPage(f *testing.F) {
	f.Add("application/vnd.pypi.simple.v1+json", `{"meta":{"api-version":"1.1","project-status":{"status":"quarantined"}},"files":[{"filename":"lib-1.0-py3-none-any.whl","url":"../../x","hashes":{"sha256":"00"},"yanked":"bad"},{"filename":"../lib-2.tar.gz","url":"file:///etc/passwd"}]}`)
	f.Add("text/html", `<a href="../../lib-1.0.tar.gz#sha256=00" data-yanked="" data-requires-python="&gt;=3">lib-1.0.tar.gz</a><a href="javascript:x">lib-2.0.tar.gz</a>`)
	f.Add("application/json", `{"files":[`)
	f.Add("text/html", "\xef\xbb\xbf<a href=x"+strings.Repeat("<a ", 50))
	f.Fuzz(func(t *testing.T, kind, body string) {
		p, err := parsePage("lib", served{Type: kind, URL: "https://registry.example/simple/lib/", Body: body})
		if err != nil {
			return
		}
		for _, file := range p.files {
			if !comparable(file.version) || !strings.HasPrefix(file.url, "http") || strings.Contains(file.name, "/") {
				t.Errorf("took %+v", file)
			}
		}
		p.arrange()
		for _, version := range p.versions("0") {
			p.release(version, map[string]string{version: body})
			p.hashes(version)
		}
	})
}

func FuzzReport(f *testing.F) {
	f.Add(`{"install":[{"metadata":{"name":"lib","version":"1.0","requires_dist":["lib","a; extra == 'x'"]}},{"metadata":{"name":"a","version":"2","requires_dist":["lib"]}}]}`)
	f.Add(`{"install":[{"metadata":{"name":"--index-url","version":"1.0"}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		set, err := parseReport([]byte(text))
		if err != nil {
			return
		}
		added, _ := newcomers(set, []string{"lib"}, func(string) bool { return false })
		for _, r := range added {
			if !nameForm.MatchString(r.name) || !versionForm.MatchString(r.version) {
				t.Errorf("took %+v", r)
			}
		}
	})
}

// FuzzRequirements asks that a pin moves and that all other lines stay.
func FuzzRequirements(f *testing.F) {
	f.Add("lib==1.0\n")
	f.Add("\xef\xbb\xbflib == 1.0 ; python_version > '3' \\\r\n    --hash=sha256:00 \\\r\n    --hash=sha256:11\r\nother==1.0 # lib==1.0\r\n")
	f.Add("-r requirements.txt\nlib===1.0 --hash=sha256:00 --hash sha256:11\nlib<1.5\nlib @ https://x.example/lib-1.0.tar.gz\n")
	f.Add("Lib[a,b]==1.0\\\n\\\nlib==1.0.post1\n    # via\n    #   a\n")
	f.Fuzz(func(t *testing.T, text string) {
		tree := &reqTree{texts: map[string]string{"requirements.txt": text}, now: map[string]string{}, parsed: map[string]python.Requirements{}}
		tree.set("requirements.txt", text)
		n, err := tree.raise(moveLib, []string{strings.Repeat("0", 64)})
		now := tree.now["requirements.txt"]
		if err != nil || n == 0 {
			if err == nil && now != text {
				t.Errorf("%q became %q without a move", text, now)
			}
			return
		}
		if strings.Count(text, "\r\n") == 0 && strings.Contains(now, "\r\n") {
			t.Errorf("line ends changed in %q", now)
		}
		if again, err := tree.raise(moveLib, nil); err == nil && again != 0 && !strings.Contains(text, "<") && !strings.Contains(text, "~") {
			t.Errorf("%q moves twice, to %q", text, tree.now["requirements.txt"])
		}
		if err := tree.add("requirements.txt", "fresh", "1.0", []string{strings.Repeat("0", 64)}, []string{"lib"}); err == nil && len(tree.now["requirements.txt"]) < len(now) {
			t.Error("an addition takes something away")
		}
		tree.demand("requirements.txt")
	})
}

// FuzzLocks asks that merging a lockfile with itself gives it back, as far as the layout is one that a tool writes.
func FuzzLocks(f *testing.F) {
	f.Add("version = 1\nrevision = 2\n\n[[package]]\nname = \"lib\"\nversion = \"1.0\"\nsource = { registry = \"https://registry.example/simple\" }\nwheels = [\n    { url = \"https://registry.example/lib.whl\", hash = \"sha256:00\" },\n]\n")
	f.Add("# made by Poetry 1.8.2\n\n[[package]]\nname = \"lib\"\nversion = \"1.0\"\nfiles = [\n    {file = \"lib\"},\n]\n\n[package.dependencies]\na = \"*\"\n\n[metadata]\nlock-version = \"2.0\"\ncontent-hash = \"0\"\n")
	f.Add("[[package]]\n[[package]]\n[package.x]\n]\n[metadata.files]\nlib = []\n")
	f.Add("\xef\xbb\xbf[[package]]\r\nname = [\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := parseTOMLLock(text)
		joined := l.head.text
		for _, b := range append(l.packages, l.tail...) {
			joined += b.text
		}
		if joined != text {
			t.Fatalf("lost something of %q", text)
		}
		other := strings.ReplaceAll(text, "1.0", "2.0")
		_, _ = mergeUV(text, other)
		_, _ = mergePoetry(text, other, "0")
		mirrored(text, other).here(mirrored(text, other).there(other))
	})
}

func FuzzManifest(f *testing.F) {
	f.Add("[project]\ndependencies = [\n  \"lib>=1,<2\", # \"x\"\n]\n[tool.poetry.dependencies]\nlib = {version = \"^1.0\", extras = [\"a\"]}\n", 3)
	f.Add("[packages]\nlib = '==1.0'\n[packages.lib]\nversion = \"*\"\n", 2)
	f.Add("[options]\ninstall_requires =\n  lib==1.0\n", 3)
	f.Add("lib = \"", 1)
	f.Fuzz(func(t *testing.T, text string, line int) {
		if moved, err := editDeclared(text, line, moveLib); err == nil && strings.Count(moved, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q became %q", text, moved)
		}
		_, _ = override(text, moveLib)
		_, _ = contentHash(text)
		_, _ = hashOfPipfile(text)
		python.Declared("pyproject.toml", []byte(text))
	})
}

func FuzzPipfileLock(f *testing.F) {
	f.Add(strings.NewReplacer("LIB10", strings.Repeat("0", 64)).Replace(pipfileLock))
	f.Add(`{"default":{"lib":{"version":"==1.0","hashes":[]},"lib":{"version":"==1.0"}},"a.b":{"lib":{"version":"==1.0","markers":"python_version > '3'"}}}`)
	f.Add("{\"default\":{}}")
	f.Fuzz(func(t *testing.T, text string) {
		if !gjson.Valid(text) {
			return
		}
		p := page{files: []file{{name: "lib-2.0.tar.gz", version: "2.0", sha256: strings.Repeat("1", 64), python: ">=3"}}}
		p.arrange()
		lock, err := moveLocked(text, moveLib, p)
		if err != nil {
			return
		}
		if !gjson.Valid(lock) {
			t.Fatalf("%q became %q", text, lock)
		}
		for _, section := range sections(lock) {
			if more := insertLocked(lock, section, resolved{name: "fresh", version: "1.0"}, p); !gjson.Valid(more) {
				t.Fatalf("%q became %q", lock, more)
			}
		}
		lockedDemand(lock)
	})
}

func FuzzRepin(f *testing.F) {
	for _, spec := range []string{"==1.0", "~=1.2", "^1", "~1.2.3", ">=1,<2", "1.0", "*", "", "==1.*", "<4.0", "<=3", "!=2", "^1 || ^2", ">1.0 , <2"} {
		f.Add(spec, "2.3.4")
	}
	f.Fuzz(func(t *testing.T, spec, version string) {
		if !comparable(version) || prerelease(version) || strings.ContainsAny(version, "!+") || len(spec) > 200 {
			return
		}
		repin(spec, version)
	})
}
