package suite

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// pyproject is the part of pyproject.toml that a run needs.
type pyproject struct {
	Project *struct {
		Name         string              `toml:"name"`
		Dependencies []string            `toml:"dependencies"`
		Optional     map[string][]string `toml:"optional-dependencies"`
		Dynamic      []string            `toml:"dynamic"`
	} `toml:"project"`
	Groups map[string][]any `toml:"dependency-groups"`
	Build  *struct {
		Requires []string `toml:"requires"`
	} `toml:"build-system"`
	Tool struct {
		Poetry *struct {
			PackageMode *bool          `toml:"package-mode"`
			Main        map[string]any `toml:"dependencies"`
			Dev         map[string]any `toml:"dev-dependencies"`
			Groups      map[string]struct {
				Dependencies map[string]any `toml:"dependencies"`
			} `toml:"group"`
		} `toml:"poetry"`
		UV *struct {
			Package *bool    `toml:"package"`
			Dev     []string `toml:"dev-dependencies"`
		} `toml:"uv"`
		PDM *struct {
			Dev map[string][]string `toml:"dev-dependencies"`
		} `toml:"pdm"`
		Pytest map[string]any `toml:"pytest"`
	} `toml:"tool"`
}

// pythonTestNames are extras and groups that hold what tests need.
var pythonTestNames = []string{"test", "tests", "testing", "dev", "develop", "development", "pytest", "ci"}

// claimsPython looks for what says how a Python project is installed or tested.
func claimsPython(f folder) bool {
	return f.first("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock",
		"tox.ini", "pytest.ini", "noxfile.py", "requirements.in") != "" || len(requirementFiles(f)) > 0
}

const (
	wheels = scratch + "/wheels"
	python = ".venv/bin/python"
)

// detectPython plans a virtual environment in the work copy. The network phase only downloads wheels, in which nothing
// runs; the environment is made, and the project itself built, without network. A lockfile's versions are constraints on
// what the project declares, so that no tool but pip is needed to honour it.
func detectPython(f folder, project Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "pip", Files: map[string]string{}}
	var conf pyproject
	text, err := f.text("pyproject.toml", maxManifest)
	if err != nil {
		return p, err
	}
	if err := toml.Unmarshal([]byte(text), &conf); err != nil {
		return p, fmt.Errorf("read %s: %w", f.path("pyproject.toml"), err)
	}
	need, err := pythonNeeds(f, conf)
	if err != nil {
		return p, err
	}
	lock, pins, err := pythonLock(f, project)
	if err != nil {
		return p, err
	}
	if lock != "" {
		p.Lockfile = f.path(lock)
		p.Manager = map[string]string{"poetry.lock": "poetry", "uv.lock": "uv", "Pipfile.lock": "pipenv", "pdm.lock": "pdm"}[lock]
	}
	runner := pythonRunner(f, conf, need)
	if runner == "pytest" && !need.names("pytest") {
		need.lines = append(need.lines, "pytest")
	}
	build := pythonBuilds(f, conf)
	if len(build) > 0 {
		need.build = append(build, "wheel")
		if strings.Contains(strings.Join(build, " "), "hatch") {
			need.build = append(need.build, "editables") // hatchling asks for it only once it builds
		}
	}
	p.Notes = need.left
	files := map[string][]string{"requirements": need.lines, "constraints": append(need.constraints, pins...), "build": need.build}
	for name, lines := range files {
		p.Files[scratchPath(name+".txt")] = strings.Join(lines, "\n") + "\n"
	}
	// -I keeps the repository from standing in for Python's own modules.
	pip := func(command string, args ...string) []string {
		return append([]string{"-I", "-m", "pip", command, "--disable-pip-version-check", "--no-input"}, args...)
	}
	download := append([]string{"python3"}, pip("download", "--quiet", "--only-binary", ":all:", "--dest", wheels)...)
	install := append([]string{python}, pip("install", "--quiet", "--no-index", "--find-links", wheels)...)
	p.Scripts = steps([]string{"python3", "-I", "-m", "venv", "--clear", ".venv"})
	for _, name := range []string{"build", "requirements"} {
		args := []string{"-r", scratchPath(name + ".txt")}
		if name == "requirements" {
			args = append(args, "-c", scratchPath("constraints.txt"))
		}
		if len(files[name]) > 0 {
			p.Install = append(p.Install, Step{Args: slices.Concat(download, args)})
			p.Scripts = append(p.Scripts, Step{Args: slices.Concat(install, args)})
		}
	}
	if len(build) > 0 {
		// The work copy has no git to take a version from.
		p.Scripts = append(p.Scripts, Step{
			Args: append(slices.Clone(install), "--no-build-isolation", "--no-deps", "--editable", "."),
			Env:  []string{"SETUPTOOLS_SCM_PRETEND_VERSION=0.0.0", "PBR_VERSION=0.0.0"},
			May:  !f.has("setup.py") && !f.has("pyproject.toml"), // pip takes no setup.cfg alone
		})
	}
	p.Env = []string{"PIP_CACHE_DIR=" + o.cache("pip"), "PYTHONDONTWRITEBYTECODE=1", "VIRTUAL_ENV={at}/.venv"}
	switch report := scratchPath("junit.xml"); runner {
	case "pytest":
		p.Test = steps([]string{python, "-m", "pytest", "--junitxml=" + report})
		p.Reports = []string{report}
	case "django":
		p.Test = steps([]string{python, "manage.py", "test", "-v", "2", "--noinput"})
	case "unittest":
		p.Test = steps([]string{python, "-m", "unittest", "discover", "-v"})
		if dir := unittestStart(f); dir != "" {
			p.Test[0].Args = append(p.Test[0].Args, "-s", dir, "-t", ".")
		}
	}
	return p, o.need("python3", "install Python with pip and venv, or "+declare)
}

var (
	importsPytest   = regexp.MustCompile(`(?m)^\s*(?:import|from) pytest\b`)
	importsUnittest = regexp.MustCompile(`(?m)^\s*(?:import|from) (?:unittest|django\.test)\b`)
	runsPytest      = regexp.MustCompile(`\b(?:pytest|py\.test)\b`)
	runsUnittest    = regexp.MustCompile(`\bunittest\b`)
)

// pythonRunner returns what runs the tests: what configuration names, else what the tests import. tox and nox would only
// make environments of their own for it.
func pythonRunner(f folder, conf pyproject, need needs) string {
	if f.first("pytest.ini", ".pytest.ini", "conftest.py") != "" || conf.Tool.Pytest != nil {
		return "pytest"
	}
	config := ""
	for _, name := range []string{"setup.cfg", "tox.ini", "noxfile.py", "Makefile"} {
		if text, err := f.text(name, maxManifest); err == nil {
			config += text + "\n"
		}
	}
	if runsPytest.MatchString(config) || need.names("pytest") {
		return "pytest"
	}
	tests := slices.Concat(f.glob("**/test_*.py"), f.glob("**/*_test.py"), f.glob("**/tests.py"), f.glob("**/conftest.py"))
	unit := false
	for i, name := range tests {
		if i == 200 {
			break
		}
		text, err := f.text(name, maxManifest)
		if err != nil {
			continue
		}
		if importsPytest.MatchString(text) || path.Base(name) == "conftest.py" {
			return "pytest"
		}
		unit = unit || importsUnittest.MatchString(text)
	}
	switch {
	case f.has("manage.py") && len(tests) > 0:
		return "django"
	case unit || runsUnittest.MatchString(config):
		return "unittest"
	case len(tests) > 0:
		return "pytest"
	}
	return ""
}

// unittestStart returns the directory that holds the tests, where unittest would not find it from the project's.
func unittestStart(f folder) string {
	for _, dir := range []string{"tests", "test"} {
		if len(f.glob(dir+"/**/test*.py")) == 0 {
			continue
		}
		if f.has(dir + "/__init__.py") {
			return dir
		}
		return dir
	}
	return ""
}

// pythonBuilds returns what building the project itself requires, and nothing where it is no package.
func pythonBuilds(f folder, conf pyproject) []string {
	poetry, uv := conf.Tool.Poetry, conf.Tool.UV
	if poetry != nil && poetry.PackageMode != nil && !*poetry.PackageMode || uv != nil && uv.Package != nil && !*uv.Package {
		return nil
	}
	if conf.Build != nil {
		if len(conf.Build.Requires) == 0 {
			return []string{"setuptools"}
		}
		return conf.Build.Requires
	}
	if f.has("setup.py") || f.has("setup.cfg") && len(f.glob("*/__init__.py")) > 0 {
		return []string{"setuptools"}
	}
	return nil
}
