package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

const poetry1 = `[[package]]
name = "Black"
version = "22.0"
category = "dev"
optional = false

[package.dependencies]
click = [
    {version = ">=7", markers = "python_version < \"3.7\""},
    {version = ">=8", markers = "python_version >= \"3.7\""},
]

[[package]]
name = "click"
version = "7.1"
category = "main"
optional = false

[[package]]
name = "click"
version = "8.1"
category = "main"
optional = false

[[package]]
name = "psycopg2"
version = "2.9"
category = "main"
optional = true

[[package]]
name = "urllib3"
version = "1.26"
category = "main"
optional = false

[package.dependencies]
pysocks = {version = ">=1.5", optional = true, markers = "extra == \"socks\""}
brotli = {version = "*", optional = true, markers = "extra == \"brotli\""}

[package.extras]
brotli = ["brotli (>=1.0)"]
socks = ["PySocks (>=1.5.6)"]

[[package]]
name = "pysocks"
version = "1.7"
category = "main"
optional = false

[metadata]
lock-version = "1.1"
`

const poetry1Manifest = `[tool.poetry]
name = "shop"

[tool.poetry.dependencies]
python = "^3.6"
urllib3 = {version = "^1.26", extras = ["socks"]}
psycopg2 = {version = "*", optional = true}
click = "*"

[tool.poetry.dev-dependencies]
black = "^22.0"
`

func TestPoetry1IsRead(t *testing.T) {
	got, gaps := lines(t, tree{"poetry.lock": poetry1, "pyproject.toml": poetry1Manifest})
	want := []string{
		"# poetry poetry.lock pyproject.toml",
		"black@22.0 black@22.0 development depth=1 poetry.lock:1-10 direct pyproject.toml:11 <[] ^22.0 (development)",
		"click@7.1 click@7.1 production depth=1 poetry.lock:13-17 direct pyproject.toml:8 <[] * (production) <[black@22.0] >=7 (production)",
		"click@8.1 click@8.1 production depth=1 poetry.lock:19-23 direct pyproject.toml:8 <[] * (production) <[black@22.0] >=7 (production) <[black@22.0] >=8 (production)",
		"psycopg2@2.9 psycopg2@2.9 optional depth=1 poetry.lock:25-29 direct pyproject.toml:7 <[] * (optional)",
		"urllib3@1.26 urllib3@1.26 production depth=1 poetry.lock:31-43 direct pyproject.toml:6 <[] ^1.26 (production)",
		"pysocks@1.7 pysocks@1.7 production depth=2 poetry.lock:45-49 <[urllib3@1.26] >=1.5 (production)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(gaps) > 0 {
		t.Error(gaps)
	}
}

func TestScopesAreThoseOfTheGroups(t *testing.T) {
	got, _ := lines(t, tree{"poetry.lock": strings.Join([]string{
		"[[package]]\nname = 'a'\nversion = '1'\ngroups = ['main']\noptional = true",
		"[[package]]\nname = 'b'\nversion = '1'\ngroups = ['dev', 'test']\noptional = false",
		"[[package]]\nname = 'c'\nversion = '1'\ngroups = ['main', 'dev']\noptional = false",
		"[[package]]\nname = 'd'\nversion = '1'\ngroups = ['test']\noptional = false",
		"[metadata]\nlock-version = '2.1'"}, "\n")})
	for i, scope := range []string{"optional", "development", "production", "test"} {
		if fields := strings.Fields(got[i+1]); fields[2] != scope {
			t.Errorf("%s: want %s", got[i+1], scope)
		}
	}
}

func TestAForkedUVLockKeepsEachVersion(t *testing.T) {
	got, gaps := lines(t, tree{"app/uv.lock": `version = 1
revision = 3
requires-python = ">=3.9"

[manifest]
members = ["api", "shop"]

[manifest.dependency-groups]
lint = [{ name = "ruff", specifier = "==0.5" }]

[[package]]
name = "api"
version = "0.1"
source = { editable = "api" }
dependencies = [
    { name = "numpy", version = "1.0", source = { registry = "https://registry.example/simple" }, marker = "python_full_version < '3.10'" },
    { name = "numpy", version = "2.0", source = { registry = "https://registry.example/simple" }, marker = "python_full_version >= '3.10'" },
]

[package.optional-dependencies]
fast = [{ name = "scipy", extra = ["blas"] }]

[package.metadata]
requires-dist = [
    { name = "numpy", specifier = ">=1" },
    { name = "scipy", extras = ["blas"], marker = "extra == 'fast'", specifier = "==1.5" },
]

[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "openblas"
version = "3"
source = { git = "https://git.example/openblas?rev=3#abc" }

[[package]]
name = "ruff"
version = "0.5"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "scipy"
version = "1.5"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "numpy", version = "2.0", source = { registry = "https://registry.example/simple" } }]

[package.optional-dependencies]
blas = [{ name = "openblas" }]
`, "app/pyproject.toml": "[dependency-groups]\nlint = ['ruff==0.5']\n[tool.uv.workspace]\nmembers = ['api']\n", "app/api/pyproject.toml": "[project]\nname = 'api'\ndependencies = [\n  'numpy>=1',\n  'lost>=1',\n]\n[project.optional-dependencies]\nfast = ['scipy[blas]==1.4']\n"})
	want := []string{
		"# uv app/uv.lock app/pyproject.toml",
		"numpy@1.0 numpy@1.0 production depth=1 app/uv.lock:29-32 direct app/api/pyproject.toml:4 <[api] >=1 (production)",
		"numpy@2.0 numpy@2.0 production depth=1 app/uv.lock:34-37 direct app/api/pyproject.toml:4 <[api] >=1 (production) <[scipy@1.5]  (production)",
		"openblas@3 openblas@3 optional depth=2 app/uv.lock:39-42 <[scipy@1.5]  (production)",
		"ruff@0.5 ruff@0.5 development depth=1 app/uv.lock:44-47 direct app/pyproject.toml:2 <[] ==0.5 (development)",
		"scipy@1.5 scipy@1.5 optional depth=1 app/uv.lock:49-56 direct app/api/pyproject.toml:8 <[api] ==1.4 (optional)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantGaps := []string{
		`app/uv.lock:39: openblas 3 is not taken from an index but from a commit of "https://git.example/openblas"; it was checked as if it were what the index has`,
		"app/api/pyproject.toml:8: scipy is declared as ==1.4 and is 1.5 in app/uv.lock, so the two are out of step; run uv lock",
		"app/api/pyproject.toml:5: lost >=1 is declared but not in app/uv.lock, so it was not checked; run uv lock",
	}
	if diff := cmp.Diff(wantGaps, gaps); diff != "" {
		t.Error(diff)
	}
}

func TestAnExtraThatNobodyAsksForIsNoEdge(t *testing.T) {
	r := read(t, tree{"pyproject.toml": "", "uv.lock": `version = 1
[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "a" }, { name = "b", extra = ["x"] }, { name = "c" }]
[[package]]
name = "a"
version = "1"
optional-dependencies = { x = [{ name = "c" }] }
[[package]]
name = "b"
version = "1"
optional-dependencies = { x = [{ name = "c" }], y = [{ name = "a" }] }
[[package]]
name = "c"
version = "1"
`})
	if diff := cmp.Diff([]string{". a@1", ". b@1", ". c@1", "b@1 c@1"}, edges(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
}

func TestAGroupOfPDMIsWhatTheManifestSays(t *testing.T) {
	const lock = "[metadata]\nlock_version = '4.5'\n[[package]]\nname = 'a'\nversion = '1'\ngroups = ['x']\n"
	for manifest, want := range map[string]string{
		"[dependency-groups]\nx = ['a']\n":                                    "development",
		"[project]\nname = 'p'\n[project.optional-dependencies]\nx = ['a']\n": "optional",
		"": "optional",
	} {
		got, _ := lines(t, tree{"pyproject.toml": manifest, "pdm.lock": lock})
		if strings.Fields(got[1])[2] != want {
			t.Errorf("%q: %s, want %s", manifest, got[1], want)
		}
	}
}

func TestAPackageOfTwoSectionsHasTheWiderScope(t *testing.T) {
	got, _ := lines(t, tree{"Pipfile": "[dev-packages]\nb = '*'\n", "Pipfile.lock": `{"_meta": {"pipfile-spec": 6}, "default": {"b": {"version": "==1"}}, "develop": {"b": {"version": "==1"}}}`})
	if len(got) != 2 || !strings.HasPrefix(got[1], "b@1 b@1 production depth=1 Pipfile.lock:1-1 direct Pipfile:2") {
		t.Error(got)
	}
}

func TestWhatALockfileLeavesOpenIsAGap(t *testing.T) {
	const meta = "[metadata]\nlock-version = '2.1'\n"
	for _, tt := range []struct {
		name string
		tree tree
		want []string
	}{
		{"no manifest", tree{"poetry.lock": meta + "[[package]]\nname = 'a'\nversion = '1'\n"}, []string{"poetry.lock: has no pyproject.toml beside it"}},
		{"a need that nothing meets", tree{"pyproject.toml": "[tool.poetry.dependencies]\na = '*'\n", "poetry.lock": meta + "[[package]]\nname = 'a'\nversion = '1'\n[package.dependencies]\nb = '>=1'\nc = {version = '*', markers = 'os_name == \"nt\"'}\n"},
			[]string{"poetry.lock:7: b >=1 is needed by a and not in the lockfile"}},
		{"a declaration that nothing meets", tree{"pyproject.toml": "[project]\ndependencies = ['a>=1']\n", "poetry.lock": meta}, []string{"pyproject.toml:2: a >=1 is declared but not in poetry.lock, so it was not checked; run poetry lock"}},
		{"out of step", tree{"pyproject.toml": "[project]\ndependencies = ['a>=2']\n", "pdm.lock": "[metadata]\nlock_version = '4.5'\n[[package]]\nname = 'a'\nversion = '1'\ngroups = ['default']\n"}, []string{"pyproject.toml:2: a is declared as >=2 and is 1 in pdm.lock"}},
		{"an unknown version", tree{"pyproject.toml": "", "uv.lock": "version = 7\n"}, []string{"uv.lock:1: is of format version 7"}},
		{"no version", tree{"pyproject.toml": "", "poetry.lock": ""}, []string{"poetry.lock: says no version of its format"}},
		{"no TOML", tree{"poetry.lock": "[[package]]\nname = 'a'\n=\n"}, []string{"poetry.lock:3: not valid TOML"}},
		{"no name", tree{"pyproject.toml": "", "uv.lock": "version = 1\n[[package]]\nversion = '1'\n[[package]]\nname = '../a'\n"}, []string{`uv.lock:2: "" is no name`, `uv.lock:4: "../a" is no name`}},
		{"a key twice", tree{"pyproject.toml": "", "poetry.lock": meta + "[[package]]\nname = 'a'\nversion = '1'\nversion = '2'\n"}, []string{`poetry.lock:6: "version" stands twice`}},
		{"a folder outside", tree{"pyproject.toml": "", "poetry.lock": meta + "[[package]]\nname = 'a'\nversion = '1'\n[package.source]\ntype = 'directory'\nurl = '../../x'\n"}, []string{`poetry.lock:3: a 1 is not taken from an index but from the folder "../../x"`}},
		{"no Pipfile", tree{"Pipfile.lock": `{"_meta": {"pipfile-spec": 6}, "default": {}}`}, []string{"Pipfile.lock: has no Pipfile beside it"}},
		{"Pipenv has no edges", tree{"Pipfile": "[packages]\na = '*'\n", "Pipfile.lock": `{"_meta": {"pipfile-spec": 6}, "default": {"a": {"version": "==1"}}}`}, []string{"Pipfile.lock: does not say what its 1 packages need"}},
		{"cut off", tree{"Pipfile.lock": `{"_meta": {`}, []string{"Pipfile.lock:1: not valid JSON: the file ends in the middle"}},
		{"of the wrong kind", tree{"Pipfile": "", "Pipfile.lock": "{\"_meta\": {\"pipfile-spec\": 6},\n\"default\": [],\n\"develop\": {\"a\": 1}}"}, []string{`Pipfile.lock:2: the section "default" is a list`, `Pipfile.lock:3: "a" is a number`, "Pipfile.lock: does not say"}},
		{"pylock without edges", tree{"pylock.toml": "lock-version = '1.0'\n[[packages]]\nname = 'a'\nversion = '1'\n"}, []string{"pylock.toml: does not say what its 1 packages need"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			projecttest.WantGaps(t, read(t, tt.tree).Gaps, tt.want...)
		})
	}
}

func TestPylockMarkersAreScopes(t *testing.T) {
	got, _ := lines(t, tree{"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a']\n", "pylock.dev.toml": `lock-version = '1.0'
[[packages]]
name = 'a'
version = '1'
marker = "python_version > '3'"
dependencies = [{name = 'b'}]
[[packages]]
name = 'b'
version = '1'
marker = "'dev' in dependency_groups or python_version > '3'"
[[packages]]
name = 'c'
version = '1'
marker = "'dev' in dependency_groups"
[[packages]]
name = 'd'
version = '1'
marker = "('fast' in extras) and os_name == 'nt'"
[[packages]]
name = 'e'
version = '1'
marker = "'test' in dependency_groups"
`})
	for i, want := range []string{"a@1 a@1 production depth=1", "b@1 b@1 production depth=2", "c@1 c@1 development depth=0", "d@1 d@1 optional depth=0", "e@1 e@1 test depth=0"} {
		if !strings.HasPrefix(got[i+1], want) {
			t.Errorf("got %q, want %q", got[i+1], want)
		}
	}
}

func TestPipfileWithoutItsLockIsAProject(t *testing.T) {
	got, _ := lines(t, tree{"Pipfile": "[[source]]\nurl = 'https://registry.example'\n[packages]\na = '==1.0'\nb = '*'\nc = {version = '>=1', sys_platform = \"== 'win32'\"}\nd = {git = 'https://git.example/d', ref = 'main'}\n[dev-packages]\ne = '==2'\n"})
	want := []string{
		"# pipenv Pipfile Pipfile",
		"a@1.0 a@1.0 production depth=1 Pipfile:4-4 direct Pipfile:4 <[] ==1.0 (production)",
		"b b production depth=1 Pipfile:5-5 direct Pipfile:5 <[]  (production) NO VERSION declared without a version; run pipenv lock",
		"c c production depth=1 Pipfile:6-6 direct Pipfile:6 <[] >=1 (production) NO VERSION declared as >=1, which is no exact version; run pipenv lock",
		`d d production depth=1 Pipfile:7-7 direct Pipfile:7 <[]  (production) NO VERSION it comes from a commit or branch of "git+https://git.example/d@main", not from an index`,
		"e@2 e@2 development depth=1 Pipfile:9-9 direct Pipfile:9 <[] ==2 (development)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEdgesComeFromWhereTheUserInstalls(t *testing.T) {
	home := tree{".cache/uv/archive-v0/x1/flask-2.0.0.dist-info/METADATA": "Name: Flask\nRequires-Dist: Jinja2 (>=3.0)\nRequires-Dist: asgiref>=3 ; extra == 'async'\nRequires-Dist: lost\n\nRequires-Dist: no\n",
		".local/share/virtualenvs/shop-1/lib/python3.11/site-packages/Jinja2-3.0.dist-info/METADATA": "Name: Jinja2\r\n\r\n",
		"env/lib/python3.9/site-packages/asgiref-3.dist-info/METADATA":                               "Name: asgiref\n"}.Write(t)
	settings := project.Settings{Home: home, Getenv: func(name string) string {
		return map[string]string{"VIRTUAL_ENV": home + "/env"}[name]
	}}
	r := projecttest.Read(t, Reader{Settings: settings}, tree{"requirements.txt": "flask[async]==2.0\njinja2==3.0\nasgiref==3\n"}.Write(t))
	if diff := cmp.Diff([]string{". asgiref@3", ". flask@2.0", ". jinja2@3.0", "flask@2.0 asgiref@3", "flask@2.0 jinja2@3.0"}, edges(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
	projecttest.WantGaps(t, r.Gaps, "requirements.txt:1: lost  is needed by flask and not in the lockfile")
}

func TestPackagesThatAreInstalledNowhereAreCounted(t *testing.T) {
	r := read(t, tree{"requirements.txt": "flask==2.0\njinja2==3.0\n", ".venv/pyvenv.cfg": "", ".venv/Lib/site-packages/flask-2.0.dist-info/METADATA": "Requires-Dist: jinja2\n",
		".venv/Lib/site-packages/jinja2-3.1.dist-info/METADATA": ""})
	projecttest.WantGaps(t, r.Gaps, "requirements.txt: 1 of its 2 packages are installed nowhere that was looked at")
}
