package suite

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// realProject is a small project that its ecosystem's own tools build and test in the real sandbox.
type realProject struct {
	name  string
	tools []string
	live  bool // needs a registry
	files files
	cases map[string]Outcome
	file  string // where old becomes new, which breaks the one case
	old   string
	new   string
	broke string
}

// TestRealProjectsAreBuiltAndTheBrokenTestIsSeen runs each project's own tools: detect, install, build, test, break one
// test, and see exactly that one.
func TestRealProjectsAreBuiltAndTheBrokenTestIsSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("runs compilers")
	}
	for _, project := range realProjects() {
		t.Run(project.name, func(t *testing.T) {
			for _, tool := range project.tools {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skipf("no %s: %v", tool, err)
				}
			}
			if project.live && os.Getenv("FETTLE_LIVE") == "" {
				t.Skip("needs a registry; set FETTLE_LIVE=1")
			}
			project.run(t)
		})
	}
}

func (project realProject) run(t *testing.T) {
	cache, dir := t.TempDir(), t.TempDir()
	box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv, Cache: cache, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	for name, text := range project.files {
		write(t, dir, name, text)
	}
	o := Options{Cache: cache, Fetch: liveEnv(t), Tool: func(name string) bool { _, err := exec.LookPath(name); return err == nil }}
	p, err := Detect(Folder(dir), Project{}, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Prepare(dir); err != nil {
		t.Fatal(err)
	}
	perform := func(steps []Step, network bool) (string, bool) {
		all, passed := "", true
		for _, s := range steps {
			r, err := box.Run(t.Context(), dir, p.Command(dir, s, network))
			if err != nil {
				t.Fatal(err)
			}
			all += r.Output
			if (r.Code != 0 || r.Ended != "") && !s.May {
				all, passed = all+r.Ended, false
				break
			}
		}
		return all, passed
	}
	supplied := func(steps []Step) (string, bool) {
		for try := 0; ; try++ {
			out, ok := perform(steps, false)
			lacking := p.Missing(out)
			if ok || len(lacking) == 0 || try == 8 {
				return out, ok
			}
			perform(lacking, true)
		}
	}
	for _, phase := range []struct {
		name  string
		steps []Step
	}{{"install", p.Install}, {"scripts", p.Scripts}, {"build", p.Build}} {
		out, ok := "", false
		if phase.name == "install" {
			out, ok = perform(phase.steps, true)
		} else {
			out, ok = supplied(phase.steps)
		}
		if !ok {
			t.Fatalf("%s fails: %v\n%s", phase.name, phase.steps, tail(out))
		}
	}
	test := func() Results {
		if err := Clean(p, dir); err != nil {
			t.Fatal(err)
		}
		out, ok := supplied(p.Test)
		r := Read(p, dir, out)
		if !ok && len(r.Failing()) == 0 || len(r.Unread) > 0 {
			t.Errorf("the tests fail and none is named; unread: %v\n%s", r.Unread, tail(out))
		}
		return r
	}
	if d := cmp.Diff(project.cases, test().Cases); d != "" {
		t.Errorf("cases (-want +got):\n%s", d)
	}
	text := strings.Replace(project.files[project.file], project.old, project.new, 1)
	if text == project.files[project.file] {
		t.Fatal("nothing was broken")
	}
	write(t, dir, project.file, text)
	want := maps.Clone(project.cases)
	want[project.broke] = Fail
	if d := cmp.Diff(want, test().Cases); d != "" {
		t.Errorf("cases with one broken (-want +got):\n%s", d)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func tail(text string) string { return text[max(len(text)-3000, 0):] }

// liveEnv is where this machine's own tools fetch from, for tests that need a registry.
func liveEnv(t *testing.T) []string {
	if os.Getenv("FETTLE_LIVE") == "" {
		return nil
	}
	var env []string
	for name, command := range map[string][]string{
		"npm_config_registry": {"npm", "config", "get", "registry"},
		"GOPROXY":             {"go", "env", "GOPROXY"},
		"PIP_INDEX_URL":       {"pip", "config", "get", "global.index-url"},
	} {
		out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
		if err == nil && len(out) > 0 {
			env = append(env, name+"="+strings.TrimSpace(string(out)))
		}
	}
	return env
}

func realProjects() []realProject {
	return []realProject{
		{
			name: "go", tools: []string{"go"},
			files: files{
				"go.mod":        "module example.org/adder\n\ngo 1.20\n",
				"adder.go":      "package adder\n\nfunc Add(a, b int) int { return a + b }\n",
				"adder_test.go": "package adder\n\nimport \"testing\"\n\nfunc TestAdds(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n\nfunc TestTable(t *testing.T) {\n\tt.Run(\"one\", func(t *testing.T) {})\n}\n",
			},
			cases: map[string]Outcome{"example.org/adder › TestAdds": Pass, "example.org/adder › TestTable/one": Pass},
			file:  "adder.go", old: "a + b", new: "a - b", broke: "example.org/adder › TestAdds",
		},
		{
			name: "npm", tools: []string{"npm"},
			files: files{
				"package.json":      `{"name":"app","version":"1.0.0","scripts":{"test":"node --test","build":"node -e 0"}}`,
				"package-lock.json": `{"name":"app","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"app","version":"1.0.0"}}}`,
				"adder.js":          "exports.add = (a, b) => a + b\n",
				"adder.test.js":     "const test = require('node:test'), assert = require('node:assert'), { add } = require('./adder')\ntest('adds', () => assert.equal(add(1, 2), 3))\ntest('is', () => assert.ok(add))\n",
			},
			cases: map[string]Outcome{"adds": Pass, "is": Pass},
			file:  "adder.js", old: "a + b", new: "a - b", broke: "adds",
		},
		{
			name: "unittest", tools: []string{"python3"},
			files: files{
				"setup.cfg":           "[metadata]\nname = adder\n",
				"adder.py":            "def add(a, b):\n    return a + b\n",
				"tests/__init__.py":   "",
				"tests/test_adder.py": "import unittest\nfrom adder import add\n\nclass Adder(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(add(1, 2), 3)\n    def test_is(self):\n        self.assertTrue(add)\n",
			},
			cases: map[string]Outcome{"tests.test_adder.Adder › test_adds": Pass, "tests.test_adder.Adder › test_is": Pass},
			file:  "adder.py", old: "a + b", new: "a - b", broke: "tests.test_adder.Adder › test_adds",
		},
		{
			name: "pytest", tools: []string{"python3"}, live: true,
			files: files{
				"pyproject.toml":      "[project]\nname = \"adder\"\nversion = \"1\"\ndependencies = [\"six\"]\n[project.optional-dependencies]\ntest = [\"pytest>=7\"]\n[build-system]\nrequires = [\"setuptools>=61\"]\nbuild-backend = \"setuptools.build_meta\"\n",
				"src/adder/core.py":   "import six\ndef add(a, b):\n    return a + b\n",
				"tests/test_adder.py": "import pytest\nfrom adder.core import add\n\n@pytest.mark.parametrize('b', [2, 3])\ndef test_adds(b):\n    assert add(1, b) == 1 + b\n\ndef test_nothing():\n    assert add(0, 0) == 0\n",
			},
			cases: map[string]Outcome{"tests.test_adder › test_adds[2]": Pass, "tests.test_adder › test_adds[3]": Pass, "tests.test_adder › test_nothing": Pass},
			file:  "src/adder/core.py", old: "a + b", new: "a + b if b != 3 else 0", broke: "tests.test_adder › test_adds[3]",
		},
		{
			name: "cargo", tools: []string{"cargo"},
			files: files{
				"Cargo.toml": "[package]\nname = \"adder\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
				"Cargo.lock": "version = 3\n\n[[package]]\nname = \"adder\"\nversion = \"0.1.0\"\n",
				"src/lib.rs": "/// ```\n/// assert_eq!(adder::zero(), 0);\n/// ```\npub fn zero() -> i32 { 0 }\npub fn add(a: i32, b: i32) -> i32 { a + b }\n#[test]\nfn adds() { assert_eq!(add(1, 2), 3); }\n#[test]\nfn is() {}\n",
			},
			cases: map[string]Outcome{"adder src/lib.rs › adds": Pass, "adder src/lib.rs › is": Pass, "adder doc › src/lib.rs - zero": Pass},
			file:  "src/lib.rs", old: "a + b", new: "a - b", broke: "adder src/lib.rs › adds",
		},
		{
			name: "make", tools: []string{"make", "sh"},
			files: files{
				"Makefile": "all:\n\techo built > out\ntest: all\n\t@echo TAP version 13; echo 1..2; grep -q built out && echo ok 1 - builds; grep -q yes says && echo ok 2 - says || { echo not ok 2 - says; false; }\n",
				"says":     "yes\n",
			},
			cases: map[string]Outcome{"builds": Pass, "says": Pass},
			file:  "says", old: "yes", new: "no", broke: "says",
		},
		{
			name: "maven", tools: []string{"mvn"}, live: true, files: mavenProject,
			cases: map[string]Outcome{"core › ex.AdderTest › adds": Pass, "core › ex.AdderTest › is": Pass, "web › ex.WebTest › adds": Pass},
			file:  "core/src/test/java/ex/AdderTest.java", old: "assertEquals(3", new: "assertEquals(4", broke: "core › ex.AdderTest › adds",
		},
	}
}

var mavenProject = files{
	"pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId><artifactId>parent</artifactId><version>1</version><packaging>pom</packaging>
  <properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target></properties>
  <modules><module>core</module><module>web</module></modules>
  <dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.10.2</version><scope>test</scope></dependency></dependencies>
  <build><pluginManagement><plugins><plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version></plugin></plugins></pluginManagement></build>
</project>
`,
	"core/pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>1</version></parent><artifactId>core</artifactId>
</project>
`,
	"web/pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>1</version></parent><artifactId>web</artifactId>
  <dependencies><dependency><groupId>org.example</groupId><artifactId>core</artifactId><version>1</version></dependency></dependencies>
</project>
`,
	"core/src/main/java/ex/Adder.java": "package ex;\npublic class Adder { public static int add(int a, int b) { return a + b; } }\n",
	"core/src/test/java/ex/AdderTest.java": `package ex;
import org.junit.jupiter.api.*;
class AdderTest {
  @Test void adds() { Assertions.assertEquals(3, Adder.add(1, 2)); }
  @Test void is() { }
}
`,
	"web/src/test/java/ex/WebTest.java": `package ex;
import org.junit.jupiter.api.*;
class WebTest { @Test void adds() { Assertions.assertEquals(3, Adder.add(1, 2)); } }
`,
}
