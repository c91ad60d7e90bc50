package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"deps.dev/util/semver"
)

// pythonPackages are those whose source archive carries tests for pytest and that have a wheel.
type pythonPackages struct{ client }

// index.py asks the index that pip is configured with for the files of a package, and fetches one.
//
//go:embed index.py
var indexProgram string

type pythonFile struct {
	Filename string    `json:"filename"`
	Time     time.Time `json:"upload-time"`
	Yanked   any       `json:"yanked"`
	Requires string    `json:"requires-python"`
}

func (p pythonPackages) files(ctx context.Context, name string) ([]pythonFile, error) {
	cache := filepath.Join(p.work, "index", pythonName(name))
	out, err := os.ReadFile(cache)
	if err != nil {
		if out, err = p.ask(ctx, p.work, nil, "python3", "-c", indexProgram, "files", pythonName(name)); err != nil {
			return nil, err
		}
		os.MkdirAll(filepath.Dir(cache), 0o755)
		os.WriteFile(cache, out, 0o644)
	}
	var list []pythonFile
	return list, json.Unmarshal(out, &list)
}

var runs = regexp.MustCompile(`[-_.]+`)

func pythonName(name string) string { return strings.ToLower(runs.ReplaceAllString(name, "-")) }

var wheel = regexp.MustCompile(`^(.+?)-([^-]+)(?:-\d[^-]*)?-([^-]*)-([^-]*)-([^-]*)\.whl$`)

// releases returns the days of the releases that have a wheel for this machine, by version.
func (p pythonPackages) releases(ctx context.Context, name string) (map[string]time.Time, error) {
	files, err := p.files(ctx, name)
	if err != nil {
		return nil, err
	}
	days := map[string]time.Time{}
	for _, f := range files {
		m := wheel.FindStringSubmatch(f.Filename)
		if m == nil || f.Yanked != nil && f.Yanked != false {
			continue
		}
		pure := strings.Contains(m[3], "py3") && m[5] == "any"
		native := (m[3] == "cp311" || m[4] == "abi3") && strings.Contains(m[5], "manylinux") && strings.Contains(m[5], "x86_64")
		if old, ok := days[m[2]]; (pure || native) && (!ok || f.Time.Before(old)) {
			days[m[2]] = f.Time
		}
	}
	return days, nil
}

func (p pythonPackages) versions(ctx context.Context, name string) ([]string, error) {
	days, err := p.releases(ctx, name)
	if err != nil {
		return nil, err
	}
	var list []string
	for v := range days {
		if _, ok := parseVersion(v); ok {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		x, _ := parseVersion(a)
		y, _ := parseVersion(b)
		if c := x.compare(y); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return list, nil
}

func (p pythonPackages) day(ctx context.Context, name, version string) time.Time {
	days, _ := p.releases(ctx, name)
	return days[version]
}

// pick takes the newest release that was two years old at the start of the corpus, so that there are later releases to
// move to, and no older than this Python: native packages of older ones have no wheel for it.
func (p pythonPackages) pick(ctx context.Context, name string) (string, error) {
	list, err := p.versions(ctx, name)
	if err != nil {
		return "", err
	}
	for _, v := range slices.Backward(list) {
		if day := p.day(ctx, name, v); day.Before(corpusDay.AddDate(-2, 0, 0)) && day.After(pythonDay) {
			return v, nil
		}
	}
	return "", unfit("no release of the right age")
}

// pythonDay is two months after the release of Python 3.11.
var pythonDay = time.Date(2022, 12, 24, 0, 0, 0, 0, time.UTC)

func (p pythonPackages) uv(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return p.ask(ctx, dir, []string{"UV_PYTHON_DOWNLOADS=never", "UV_CACHE_DIR=" + filepath.Join(p.work, "uv"), "UV_NATIVE_TLS=1", "UV_LINK_MODE=copy"}, append([]string{"uv", "-q"}, args...)...)
}

const pythonBin = "venv/bin/python"

// environment makes an empty one.
func (p pythonPackages) environment(ctx context.Context, dir string) error {
	_, err := p.uv(ctx, dir, "venv", "--python", "3.11", "venv")
	return err
}

func (p pythonPackages) prepare(ctx context.Context, s subject, dir string) ([]dependency, error) {
	if _, err := p.ask(ctx, dir, nil, "python3", "-c", indexProgram, "sdist", pythonName(s.name), s.version, filepath.Join(dir, "sdist.tar.gz")); err != nil {
		return nil, unfit("no source archive of that version")
	}
	full := filepath.Join(dir, "full")
	if err := unpack(filepath.Join(dir, "sdist.tar.gz"), full); err != nil {
		return nil, err
	}
	os.Remove(filepath.Join(dir, "sdist.tar.gz"))
	loose, err := takeTests(full, filepath.Join(dir, "src"))
	if err != nil {
		return nil, err
	}
	if !loose && !anyTest(full) {
		return nil, unfit("no tests in the archive")
	}
	os.RemoveAll(full)
	if err := p.environment(ctx, dir); err != nil {
		return nil, err
	}
	before := p.day(ctx, s.name, s.version).AddDate(0, 0, 2).Format(time.RFC3339)
	install := []string{"pip", "install", "--python", pythonBin, "--only-binary", ":all:", "--exclude-newer", before}
	plain := s.name + "==" + s.version
	if _, err := p.uv(ctx, dir, append(install, plain)...); err != nil {
		return nil, err
	}
	list, err := closure(dir, s.name)
	if err != nil {
		return nil, err
	}
	if !loose {
		inside := packagedTests(dir, s.name)
		if len(inside) == 0 {
			return nil, unfit("no tests in the archive")
		}
		if err := os.WriteFile(filepath.Join(dir, "src", ".inside"), []byte(strings.Join(inside, "\n")), 0o644); err != nil {
			return nil, err
		}
	}
	extras := s.name + "[test,tests,testing]==" + s.version
	if _, err := p.uv(ctx, dir, append(install, extras, "pytest", "setuptools")...); err != nil {
		if _, err := p.uv(ctx, dir, append(install, plain, "pytest", "setuptools")...); err != nil {
			return nil, err
		}
	}
	p.uv(ctx, dir, append(install, "pytest-asyncio", "pytest-mock", "mock", "hypothesis")...) // what suites most often take for granted
	return list, nil
}

// closure returns what the subject runs with, without what tests need.
func closure(dir, name string) ([]dependency, error) {
	installed, _, err := installedPython(dir)
	if err != nil {
		return nil, err
	}
	direct := map[string]bool{}
	metadata, _ := filepath.Glob(filepath.Join(dir, "venv", "lib", "python3*", "site-packages", "*.dist-info", "METADATA"))
	for _, file := range metadata {
		own, _, _ := strings.Cut(filepath.Base(filepath.Dir(file)), "-")
		if pythonName(own) != pythonName(name) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		text, _, _ = bytes.Cut(text, []byte("\n\n"))
		for _, line := range requirement.FindAllSubmatch(text, -1) {
			if !bytes.Contains(line[2], []byte("extra ==")) {
				direct[pythonName(string(line[1]))] = true
			}
		}
	}
	var list []dependency
	for other, version := range installed {
		if other != pythonName(name) {
			list = append(list, dependency{other, version, direct[other]})
		}
	}
	return list, nil
}

var requirement = regexp.MustCompile(`(?m)^Requires-Dist: *([A-Za-z0-9][A-Za-z0-9._-]*)(.*)$`)

// takeTests copies the tests and the configuration of pytest, and leaves the package itself behind, so that its wheel is
// what the tests import.
func takeTests(full, dir string) (found bool, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	for _, name := range []string{"tests", "test", "testing"} {
		names, _ := filepath.Glob(filepath.Join(full, name, "*.py"))
		if len(names) == 0 {
			continue
		}
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(full, name))); err != nil {
			return false, err
		}
		found = true
	}
	loose, _ := filepath.Glob(filepath.Join(full, "test_*.py"))
	found = found || len(loose) > 0
	for _, name := range []string{"pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml", "conftest.py"} {
		loose = append(loose, filepath.Join(full, name))
	}
	for _, name := range loose {
		if text, err := os.ReadFile(name); err == nil {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644); err != nil {
				return false, err
			}
		}
	}
	return found, nil
}

// anyTest reports whether a file of tests is anywhere below dir.
func anyTest(dir string) bool {
	found := false
	filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasPrefix(e.Name(), "test_") {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// packagedTests returns the folders of tests that the wheel itself carries, relative to where it is installed.
func packagedTests(dir, name string) []string {
	var folders []string
	records, _ := filepath.Glob(filepath.Join(dir, "venv", "lib", "python3*", "site-packages", "*.dist-info", "RECORD"))
	for _, file := range records {
		own, _, _ := strings.Cut(filepath.Base(filepath.Dir(file)), "-")
		text, err := os.ReadFile(file)
		if err != nil || pythonName(own) != pythonName(name) {
			continue
		}
		for line := range strings.Lines(string(text)) {
			path, _, _ := strings.Cut(line, ",")
			if folder, _, ok := strings.Cut(path, "/test_"); ok && filepath.IsLocal(folder) && testFolder.MatchString(folder) {
				folders = append(folders, folder)
			}
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

var testFolder = regexp.MustCompile(`^[\w/]*/tests?$`)

func (p pythonPackages) move(ctx context.Context, base, dir string, u *upgrade) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(dir, "src"), os.DirFS(filepath.Join(base, "src"))); err != nil {
		return err
	}
	if _, err := p.ask(ctx, p.work, nil, "cp", "-a", filepath.Join(base, "venv"), dir); err != nil {
		return err
	}
	before, asked, err := installedPython(dir)
	if err != nil {
		return err
	}
	if _, err := p.uv(ctx, dir, "pip", "install", "--python", pythonBin, "--only-binary", ":all:", u.Dependency+"=="+u.To); err != nil {
		return err
	}
	after, _, err := installedPython(dir)
	if err != nil {
		return err
	}
	if after[u.Dependency] != u.To {
		return fmt.Errorf("%s is at %q", u.Dependency, after[u.Dependency])
	}
	u.InRange = true
	for _, r := range asked[u.Dependency] {
		if r = strings.Trim(r, " ()"); r == "" {
			continue
		}
		if c, err := semver.PyPI.ParseConstraint(r); err != nil || !c.Match(u.To) {
			u.InRange = false
		}
	}
	countMoves(u, before, after)
	return nil
}

// installedPython returns the packages of an environment, and the constraints that they put on each other.
func installedPython(dir string) (versions map[string]string, asked map[string][]string, err error) {
	versions, asked = map[string]string{}, map[string][]string{}
	files, err := filepath.Glob(filepath.Join(dir, "venv", "lib", "python3*", "site-packages", "*.dist-info", "METADATA"))
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		name, version, _ := strings.Cut(strings.TrimSuffix(filepath.Base(filepath.Dir(file)), ".dist-info"), "-")
		versions[pythonName(name)] = version
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		text, _, _ = bytes.Cut(text, []byte("\n\n"))
		for _, line := range requirement.FindAllSubmatch(text, -1) {
			rest, marker, _ := strings.Cut(string(line[2]), ";")
			if !strings.Contains(marker, "extra") && !strings.Contains(marker, "python_version <") && !strings.Contains(marker, "win32") {
				if _, after, ok := strings.Cut(rest, "]"); ok {
					rest = after
				}
				to := pythonName(string(line[1]))
				asked[to] = append(asked[to], rest)
			}
		}
	}
	return versions, asked, nil
}

func (p pythonPackages) test(ctx context.Context, dir string, limit time.Duration) (outcomes, error) {
	src := filepath.Join(dir, "src")
	python := filepath.Join(dir, filepath.FromSlash(pythonBin))
	args := []string{python, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "--junitxml=.results", "--continue-on-collection-errors", "--tb=no"}
	if inside, err := os.ReadFile(filepath.Join(src, ".inside")); err == nil {
		site, _ := filepath.Glob(filepath.Join(dir, "venv", "lib", "python3*", "site-packages"))
		for _, folder := range strings.Fields(string(inside)) {
			args = append(args, filepath.Join(strings.Join(site, ""), folder))
		}
	}
	res, err := p.try(ctx, src, limit, []string{"PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0"}, args...)
	if err != nil {
		return outcomes{}, err
	}
	text, err := output(filepath.Join(src, ".results"))
	if err != nil && res.Ended == "" && res.Code != 0 {
		return outcomes{build: fmt.Sprintf("pytest status %d", res.Code)}, nil
	}
	o := readJUnit(text)
	o.ended = res.Ended != ""
	return o, nil
}
