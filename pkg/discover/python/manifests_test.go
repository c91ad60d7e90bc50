package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestAManifestWithoutALockIsAProject(t *testing.T) {
	const unpinned = " NO VERSION declared as >=1, which is no exact version; lock it, for example with uv lock or pip-compile"
	for _, tt := range []struct {
		name string
		tree tree
		want []string
	}{
		{"the tables of the standards", tree{"pyproject.toml": "[project]\nname = 'My.App'\ndependencies = [\n  'a==1', # c\n  'b>=1',\n]\n[project.optional-dependencies]\nfast = ['c==1']\nall = ['my-app[fast]']\ntest = ['d==1']\n[dependency-groups]\ndev = ['e==1', {include-group = 'lint'}]\nlint = ['f==1']\n"}, []string{
			"# pip pyproject.toml pyproject.toml",
			"a@1 a@1 production depth=1 pyproject.toml:4-4 direct pyproject.toml:4 <[] ==1 (production)",
			"b b production depth=1 pyproject.toml:5-5 direct pyproject.toml:5 <[] >=1 (production)" + unpinned,
			"c@1 c@1 optional depth=1 pyproject.toml:8-8 direct pyproject.toml:8 <[] ==1 (optional)",
			"d@1 d@1 test depth=1 pyproject.toml:10-10 direct pyproject.toml:10 <[] ==1 (test)",
			"e@1 e@1 development depth=1 pyproject.toml:12-12 direct pyproject.toml:12 <[] ==1 (development)",
			"f@1 f@1 development depth=1 pyproject.toml:13-13 direct pyproject.toml:13 <[] ==1 (development)",
		}},
		{"the tables of Poetry", tree{"pyproject.toml": "[tool.poetry.dependencies]\npython = '^3'\na = '1.0'\nb = '==2'\nc = {version = '3.0', optional = true}\n[tool.poetry.dev-dependencies]\nd = '4'\n[tool.poetry.group.docs.dependencies]\ne = [{version = '5', python = '<3'}, {version = '6', python = '>3'}]\n"}, []string{
			"# poetry pyproject.toml pyproject.toml",
			"a@1.0 a@1.0 production depth=1 pyproject.toml:3-3 direct pyproject.toml:3 <[] 1.0 (production)",
			"b@2 b@2 production depth=1 pyproject.toml:4-4 direct pyproject.toml:4 <[] ==2 (production)",
			"c@3.0 c@3.0 optional depth=1 pyproject.toml:5-5 direct pyproject.toml:5 <[] 3.0 (optional)",
			"d@4 d@4 development depth=1 pyproject.toml:7-7 direct pyproject.toml:7 <[] 4 (development)",
			"e@5 e@5 development depth=1 pyproject.toml:9-9 direct pyproject.toml:9 <[] 5 (development)",
			"e@6 e@6 development depth=1 pyproject.toml:9-9 direct pyproject.toml:9 <[] 6 (development)",
		}},
		{"setup.cfg", tree{"setup.cfg": "[metadata]\nname = x\n[options]\npython_requires = >=3\ninstall_requires =\n  # c\n  a==1\n\n  b>=1; python_version < '3'\nsetup_requires = c==1; d==1\n[options.extras_require]\ntest =\n\te==1\nfast: f==1\n[flake8]\nignore = E1==1\n"}, []string{
			"# pip setup.cfg setup.cfg",
			"a@1 a@1 production depth=1 setup.cfg:7-7 direct setup.cfg:7 <[] ==1 (production)",
			"b b production depth=1 setup.cfg:9-9 direct setup.cfg:9 <[] >=1 (production)" + unpinned,
			"c@1 c@1 development depth=1 setup.cfg:10-10 direct setup.cfg:10 <[] ==1 (development)",
			"d@1 d@1 development depth=1 setup.cfg:10-10 direct setup.cfg:10 <[] ==1 (development)",
			"e@1 e@1 test depth=1 setup.cfg:13-13 direct setup.cfg:13 <[] ==1 (test)",
			"f@1 f@1 optional depth=1 setup.cfg:14-14 direct setup.cfg:14 <[] ==1 (optional)",
		}},
		{"setup.py", tree{"setup.py": "from setuptools import setup\nsetup(install_requires=[\n  'a==1',\n  'b>=1',\n])\n"}, []string{
			"# pip setup.py ",
			"a@1 a@1 production depth=1 setup.py:3-3 direct setup.py:3 <[] ==1 (production)",
		}},
		{"nothing declared", tree{"pyproject.toml": "[tool.black]\nline-length = 100\n", "setup.cfg": "[flake8]\n", "setup.py": "setup()\n"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := lines(t, tt.tree)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAManifestLeavesOpenIsAGap(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree tree
		want []string
	}{
		{"setup.py", tree{"setup.py": "import x\nsetup(\n  install_requires=x.read())\n"}, []string{"setup.py:3: is a program and never run, so what it declares was not read"}},
		{"setup.py with keywords", tree{"setup.py": "setup(**options)\n"}, []string{"setup.py:1: is a program and never run"}},
		{"setup.py whose word does not count", tree{"setup.py": "setup(install_requires=x)\n", "pyproject.toml": "[project]\nname = 'x'\n"}, nil},
		{"setup.py under a lockfile", tree{"setup.py": "setup(install_requires=x)\n", "uv.lock": "version = 1\n"}, nil},
		{"dependencies that the build finds out", tree{"pyproject.toml": "[project]\nname = 'x'\ndynamic = ['dependencies']\n"}, []string{"pyproject.toml: lets its build find out the dependencies"}},
		{"dependencies that Poetry's table holds", tree{"pyproject.toml": "[project]\nname = 'x'\ndynamic = ['dependencies']\n[tool.poetry.dependencies]\na = '*'\n"}, nil},
		{"dependencies in setup.py", tree{"setup.py": "setup(install_requires=x)\n", "pyproject.toml": "[project]\nname = 'x'\ndynamic = ['dependencies']\n"}, []string{"setup.py:1: is a program"}},
		{"dependencies in a file of another name", tree{"pyproject.toml": "[project]\nname = 'x'\ndynamic = ['dependencies']\n[tool.setuptools.dynamic]\ndependencies = {file = ['needs.pip']}\n", "needs.pip": "a==1\n"}, []string{"needs.pip: does not say what its 1 packages need"}},
		{"a file that is not there", tree{"setup.cfg": "[options]\ninstall_requires = file: gone.txt\n"}, []string{`setup.cfg: takes dependencies from "gone.txt", which is not there`}},
		{"no requirement", tree{"pyproject.toml": "[project]\ndependencies = [\n  '=1',\n  {a = 1},\n]\n[dependency-groups]\nb = [{include-group = 'c'}]\n"}, []string{`pyproject.toml:3: "=1" is no requirement`, "pyproject.toml:4: is an object where", `pyproject.toml:7: the group "b" includes "c", which is not there`}},
		{"a list of another kind", tree{"pyproject.toml": "[project]\ndependencies = 'a'\n"}, []string{"pyproject.toml:2: is a string where a list"}},
		{"no TOML", tree{"pyproject.toml": "[project\n"}, []string{"pyproject.toml:1: not valid TOML"}},
		{"an address", tree{"pyproject.toml": "[project]\ndependencies = ['a @ https://files.example/a-1.0.tar.gz']\n"}, []string{"pyproject.toml:2: a 1.0 is not taken from an index but from", "pyproject.toml: pins 1 packages and does not say what those need"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			projecttest.WantGaps(t, read(t, tt.tree).Gaps, tt.want...)
		})
	}
}

func TestALockfileAnswersForItsManifests(t *testing.T) {
	got, gaps := lines(t, tree{
		"a/pyproject.toml": "[project]\nname = 'a'\ndependencies = ['x>=1']\n", "a/setup.cfg": "[options]\ninstall_requires = y\n", "a/setup.py": "setup(install_requires=z)",
		"a/poetry.lock":    "[[package]]\nname = 'x'\nversion = '1'\n[metadata]\nlock-version = '2.1'\n",
		"b/pyproject.toml": "[project]\nname = 'b'\ndependencies = ['x==2']\n", "b/requirements.txt": "# autogenerated by pip-compile\nx==2\n    # via b (pyproject.toml)\n",
		"c/setup.cfg": "[metadata]\nname = c\n[options]\ninstall_requires = x\n", "c/requirements.txt": "# autogenerated by pip-compile\nx==2\n    # via c (c/setup.cfg)\n",
		"d/pyproject.toml": "[project]\nname = 'd'\ndependencies = ['x']\n", "d/requirements.txt": "# autogenerated by uv\n-e .\nx==3\n    # via d\n",
		"e/pyproject.toml": "[project]\nname = 'e'\ndependencies = ['e-lib']\n[dependency-groups]\ndev = ['y>=1']\n", "e/lib/pyproject.toml": "[project]\nname = 'E.Lib'\ndependencies = ['x']\n",
		"e/requirements.txt": "# autogenerated by uv\n-e ./lib\n    # via e\nx==4\n    # via e-lib\ny==1\nz==1\n    # via y\n", // as uv export has it
	})
	want := []string{
		"# poetry a/poetry.lock a/pyproject.toml",
		"x@1 x@1 production depth=1 a/poetry.lock:1-3 direct a/pyproject.toml:3 <[] >=1 (production)",
		"# pip b/requirements.txt b/pyproject.toml",
		"x@2 x@2 production depth=1 b/requirements.txt:2-2 direct b/pyproject.toml:3 <[] ==2 (production)",
		"# pip c/requirements.txt c/setup.cfg",
		"x@2 x@2 production depth=1 c/requirements.txt:2-2 direct c/setup.cfg:4 <[]  (production)",
		"# pip d/requirements.txt d/pyproject.toml",
		"x@3 x@3 production depth=1 d/requirements.txt:3-3 direct d/pyproject.toml:3 <[]  (production)",
		"# pip e/requirements.txt e/pyproject.toml",
		"x@4 x@4 production depth=1 e/requirements.txt:4-4 direct e/lib/pyproject.toml:3 <[]  (production)",
		"y@1 y@1 development depth=1 e/requirements.txt:6-6 direct e/pyproject.toml:5 <[] >=1 (development)",
		"z@1 z@1 development depth=2 e/requirements.txt:7-7 <[y@1]  (production)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(gaps) > 0 {
		t.Error(strings.Join(gaps, "\n"))
	}
}

func TestRangesAdmitAsTheirToolsDo(t *testing.T) {
	for _, tt := range []struct {
		spec, in, out string
	}{
		{"==1.0", "1.0 1.0.0 1.0+cpu", "1.0.1 1.0rc1"},
		{"==1.*", "1 1.0 1.9.9", "2.0 0.9"},
		{"!=1.5.*,>=1", "1.4 1.6", "1.5 1.5.7 0.9"},
		{"~=2.2", "2.2 2.9", "3.0 2.1"},
		{"~=2.2.1", "2.2.1 2.2.9", "2.3 2.2.0"},
		{">=1.0,<2", "1.0 1.9", "2.0 0.9"},
		{"^1.2", "1.2 1.9", "2.0 1.1"},
		{"^0.2.3", "0.2.3 0.2.9", "0.3.0"},
		{"^0.0.3", "0.0.3", "0.0.4"},
		{"^0", "0.9", "1.0"},
		{"~1.2", "1.2 1.2.9", "1.3"},
		{"~1", "1.9", "2.0"},
		{"1.2.3", "1.2.3", "1.2.4"},
		{"*", "1 99", ""},
		{">=1,<2 || >=3", "1 3.5", "2.5"},
		{">= 1.0 < 2.0", "1.5", "2.5"},
		{"===1.0", "1.0", "1.0.0"},
	} {
		for v := range strings.FieldsSeq(tt.in) {
			if !admits(tt.spec, v) {
				t.Errorf("%q does not admit %s", tt.spec, v)
			}
		}
		for v := range strings.FieldsSeq(tt.out) {
			if admits(tt.spec, v) {
				t.Errorf("%q admits %s", tt.spec, v)
			}
		}
	}
}

func TestMarkersHoldUnlessAnExtraIsMissing(t *testing.T) {
	for _, tt := range []struct {
		marker, asked string
		want          bool
	}{
		{"", "", true},
		{"python_version < '3'", "", true},
		{"extra == 'a'", "", false},
		{"extra == 'A_b'", "a-b", true},
		{"'a' == extra", "a", true},
		{"extra != 'a'", "", true},
		{"'a' in extras", "", false},
		{"'a' not in extras", "", true},
		{"extra == 'a' or python_version < '3'", "", true},
		{"extra == 'a' and python_version < '3'", "", false},
		{"(extra == 'a' or extra == 'b') and os_name == 'nt'", "b", true},
		{"(extra == 'a'", "", true}, // what cannot be read holds
		{"extra ==", "", true},
	} {
		if got := holds(tt.marker, func(name string) bool { return name == tt.asked }); got != tt.want {
			t.Errorf("%q with %q: %v", tt.marker, tt.asked, got)
		}
	}
}
