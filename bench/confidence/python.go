package main

import (
	"bufio"
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

// pick takes the newest release that was three years old at the start of the corpus, so that there are later releases to
// move to, and no older than this Python: native packages of older ones have no wheel for it.
func (p pythonPackages) pick(ctx context.Context, name string) (string, error) {
	list, err := p.versions(ctx, name)
	if err != nil {
		return "", err
	}
	for _, v := range slices.Backward(list) {
		if day := p.day(ctx, name, v); day.Before(corpusDay.AddDate(-3, 0, 0)) && day.After(pythonDay) {
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

func (p pythonPackages) frozen(ctx context.Context, dir string) (map[string]string, []byte, error) {
	out, err := p.uv(ctx, dir, "pip", "freeze", "--python", pythonBin)
	m := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), "=="); ok {
			m[pythonName(name)] = version
		}
	}
	return m, out, err
}

func (p pythonPackages) prepare(ctx context.Context, s subject, dir string) ([]dependency, error) {
	if _, err := p.ask(ctx, dir, nil, "python3", "-c", indexProgram, "sdist", pythonName(s.name), s.version, filepath.Join(dir, "sdist.tar.gz")); err != nil {
		return nil, unfit("no source archive: %v", err)
	}
	full := filepath.Join(dir, "full")
	if err := unpack(filepath.Join(dir, "sdist.tar.gz"), full); err != nil {
		return nil, err
	}
	os.Remove(filepath.Join(dir, "sdist.tar.gz"))
	if err := takeTests(full, filepath.Join(dir, "src")); err != nil {
		return nil, err
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
	list, err := p.closure(ctx, dir, s.name)
	if err != nil {
		return nil, err
	}
	extras := s.name + "[test,tests,testing]==" + s.version
	if _, err := p.uv(ctx, dir, append(install, extras, "pytest", "setuptools")...); err != nil {
		if _, err := p.uv(ctx, dir, append(install, plain, "pytest", "setuptools")...); err != nil {
			return nil, err
		}
	}
	p.uv(ctx, dir, append(install, "pytest-asyncio", "pytest-mock", "mock", "hypothesis")...) // what suites most often take for granted
	_, text, err := p.frozen(ctx, dir)
	if err != nil {
		return nil, err
	}
	return list, os.WriteFile(filepath.Join(dir, "frozen.txt"), text, 0o644)
}

// closure returns what the subject runs with, without what tests need.
func (p pythonPackages) closure(ctx context.Context, dir, name string) ([]dependency, error) {
	installed, _, err := p.frozen(ctx, dir)
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
func takeTests(full, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	found := false
	for _, name := range []string{"tests", "test", "testing"} {
		names, _ := filepath.Glob(filepath.Join(full, name, "*.py"))
		if len(names) == 0 {
			continue
		}
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(full, name))); err != nil {
			return err
		}
		found = true
	}
	loose, _ := filepath.Glob(filepath.Join(full, "test_*.py"))
	found = found || len(loose) > 0
	if !found {
		return unfit("no tests in the archive")
	}
	for _, name := range []string{"pytest.ini", "setup.cfg", "tox.ini", "pyproject.toml", "conftest.py"} {
		loose = append(loose, filepath.Join(full, name))
	}
	for _, name := range loose {
		if text, err := os.ReadFile(name); err == nil {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p pythonPackages) move(ctx context.Context, base, dir string, u *upgrade) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(dir, "src"), os.DirFS(filepath.Join(base, "src"))); err != nil {
		return err
	}
	if err := p.environment(ctx, dir); err != nil {
		return err
	}
	if _, err := p.uv(ctx, dir, "pip", "install", "--python", pythonBin, "--no-deps", "--only-binary", ":all:", "-r", filepath.Join(base, "frozen.txt")); err != nil {
		return err
	}
	before, _, err := p.frozen(ctx, dir)
	if err != nil {
		return err
	}
	complaints := p.check(ctx, dir)
	if _, err := p.uv(ctx, dir, "pip", "install", "--python", pythonBin, "--only-binary", ":all:", u.Dependency+"=="+u.To); err != nil {
		return err
	}
	after, _, err := p.frozen(ctx, dir)
	if err != nil {
		return err
	}
	u.InRange = p.check(ctx, dir) <= complaints
	countMoves(u, before, after)
	return nil
}

// check counts the requirements that are not met.
func (p pythonPackages) check(ctx context.Context, dir string) int {
	cmd, err := p.ask(ctx, dir, []string{"UV_PYTHON_DOWNLOADS=never"}, "sh", "-c", "uv pip check --python "+pythonBin+" 2>&1 || true")
	if err != nil {
		return -1
	}
	n := 0
	lines := bufio.NewScanner(bytes.NewReader(cmd))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "The package ") {
			n++
		}
	}
	return n
}

func (p pythonPackages) test(ctx context.Context, dir string, limit time.Duration) (outcomes, error) {
	src := filepath.Join(dir, "src")
	python := filepath.Join(dir, filepath.FromSlash(pythonBin))
	res, err := p.try(ctx, src, limit, []string{"PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0"}, python, "-m", "pytest",
		"-q", "-o", "addopts=", "-p", "no:cacheprovider", "--junitxml=.results", "--continue-on-collection-errors", "--tb=no")
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
