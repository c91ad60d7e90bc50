package surface

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

const fetchTime = 3 * time.Minute

// fetch returns the artifacts of packages, each fetched once.
func (c *Checker) fetch(ctx context.Context, ecosystem string, packages []fettle.Package) map[fettle.Package]Artifact {
	if c.fetched == nil {
		c.fetched = map[fettle.Package]Artifact{}
	}
	var missing []fettle.Package
	asked := map[fettle.Package]bool{}
	for _, p := range packages {
		if _, ok := c.fetched[p]; !ok && !asked[p] {
			missing, asked[p] = append(missing, p), true
		}
	}
	if len(missing) == 0 {
		return c.fetched
	}
	start := time.Now()
	client := c.Fetch[ecosystem]
	switch {
	case client != nil:
	case ecosystem == "npm":
		client = c.npmPack
	case ecosystem == "PyPI":
		client = c.pipDownload
	case ecosystem == "Maven":
		client = c.mavenCopy
	case ecosystem == "Go":
		client = c.goDownload
	}
	got := client(ctx, missing)
	for _, p := range missing {
		a, ok := got[p]
		if !ok {
			a.Err = errors.New("the registry did not give it")
		}
		c.fetched[p] = a
	}
	c.log("surface: fetched %d packages of %s in %s", len(missing), ecosystem, time.Since(start).Round(time.Millisecond))
	return c.fetched
}

// Close removes what was fetched.
func (c *Checker) Close() error {
	var errs []error
	for _, a := range c.opened {
		a.close()
	}
	for _, dir := range c.temps {
		errs = append(errs, removeAll(dir))
	}
	c.temps, c.fetched, c.opened = nil, nil, nil
	return errors.Join(errs...)
}

// removeAll removes a folder even where the go command made it read-only.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}

func (c *Checker) log(format string, args ...any) {
	if c.Log != nil {
		c.Log(format, args...)
	}
}

// folder makes an empty folder that Close removes.
func (c *Checker) folder() (string, error) {
	dir, err := os.MkdirTemp(c.Temp, "surface-*")
	if err != nil {
		return "", fmt.Errorf("make a folder to fetch into: %w", err)
	}
	c.temps = append(c.temps, dir)
	return dir, nil
}

// client runs the client of an ecosystem in root, with network and without scripts.
func (c *Checker) client(ctx context.Context, ecosystem, root string, extra []string, args ...string) (string, error) {
	if c.Run == nil {
		return "", errNoRunner
	}
	var env []string
	if c.Env != nil {
		env = c.Env(ecosystem)
	}
	r, err := c.Run.Run(ctx, root, sandbox.Command{Args: args, Env: append(append([]string(nil), env...), extra...), Network: true, Timeout: fetchTime, Output: 8 << 20})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", fmt.Errorf("%s is not installed or not on PATH", args[0])
	case err != nil:
		return "", err
	case r.Ended != "":
		return r.Output, fmt.Errorf("%s was ended by the %s", args[0], r.Ended)
	case r.Code != 0:
		return r.Output, fmt.Errorf("%s ended with status %d: %s", args[0], r.Code, complaint(r.Output))
	}
	return r.Output, nil
}

var complaints = regexp.MustCompile(`(?m)^.*(?i:error|not found|no matching|cannot|could not|invalid).*$`)

// complaint is the line of a client's output that says what is wrong, without addresses.
func complaint(output string) string {
	line := complaints.FindString(output)
	if line == "" {
		line, _, _ = strings.Cut(strings.TrimSpace(output), "\n")
	}
	return plain(addresses.ReplaceAllString(line, "the registry"))
}

var addresses = regexp.MustCompile(`[a-z]+://[^\s'"]+`)

// settle moves the one new file of dir that matches into a folder of its own.
func settle(dir, name string) Artifact {
	own := filepath.Join(dir, "_"+name)
	if err := os.Mkdir(own, 0o700); err != nil {
		return Artifact{Err: errors.New("what was fetched cannot be kept")}
	}
	if err := os.Rename(filepath.Join(dir, name), filepath.Join(own, name)); err != nil {
		return Artifact{Err: errors.New("what was fetched cannot be kept")}
	}
	return Artifact{Dir: own}
}

// npmPack asks npm for the tarballs.
func (c *Checker) npmPack(ctx context.Context, packages []fettle.Package) map[fettle.Package]Artifact {
	got := map[fettle.Package]Artifact{}
	dir, err := c.folder()
	if err == nil {
		err = c.npmPackInto(ctx, dir, packages, got)
	}
	for _, p := range packages {
		if _, ok := got[p]; ok {
			continue
		}
		if len(packages) > 1 { // one that is not served fails all
			for q, a := range c.npmPack(ctx, []fettle.Package{p}) {
				got[q] = a
			}
			continue
		}
		if err == nil {
			err = errors.New("npm packed something else")
		}
		got[p] = Artifact{Err: err}
	}
	return got
}

func (c *Checker) npmPackInto(ctx context.Context, dir string, packages []fettle.Package, got map[fettle.Package]Artifact) error {
	args := []string{"npm", "pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination=."}
	for _, p := range packages {
		args = append(args, p.Name+"@"+p.Version)
	}
	out, err := c.client(ctx, "npm", dir, []string{"npm_config_progress=false", "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false"}, args...)
	if err != nil {
		return err
	}
	var list []struct{ Name, Version, Filename string }
	if i := strings.Index(out, "["); i < 0 || json.NewDecoder(strings.NewReader(out[i:])).Decode(&list) != nil {
		return errors.New("npm pack printed something else than JSON")
	}
	for _, one := range list {
		name := strings.ReplaceAll(strings.TrimPrefix(one.Filename, "@"), "/", "-") // npm 8 prints the name of a scope with its slash
		if name == filepath.Base(name) && strings.HasSuffix(name, ".tgz") {
			got[fettle.Package{Ecosystem: "npm", Name: one.Name, Version: one.Version}] = settle(dir, name)
		}
	}
	return nil
}

// wheels are the targets that a wheel is asked for, one after the other: what this machine's Python would take comes first. Only
// sources of it are read, which seldom differ.
var wheels = [][]string{
	nil,
	{"--python-version=3.12", "--platform=manylinux2014_x86_64", "--platform=manylinux_2_17_x86_64", "--platform=manylinux_2_28_x86_64", "--implementation=cp", "--abi=cp312", "--abi=abi3", "--abi=none"},
	{"--python-version=3.8", "--platform=manylinux1_x86_64", "--platform=manylinux2010_x86_64", "--platform=manylinux2014_x86_64"},
	{"--python-version=3.7", "--platform=win_amd64"},
	{"--python-version=2.7", "--platform=win_amd64"},
}

// pipDownload asks pip for wheels. A source distribution is never taken: pip runs its build to learn its name.
func (c *Checker) pipDownload(ctx context.Context, packages []fettle.Package) map[fettle.Package]Artifact {
	got := map[fettle.Package]Artifact{}
	rest := packages
	for _, target := range wheels {
		var failed []fettle.Package
		for _, batch := range apart(rest) {
			for _, p := range c.pipBatch(ctx, target, batch, got) {
				failed = append(failed, p)
			}
		}
		if rest = failed; len(rest) == 0 || ctx.Err() != nil {
			break
		}
		if !strings.Contains(got[rest[0]].Err.Error(), "status") { // no pip, or no time
			break
		}
	}
	return got
}

// apart parts packages into lists that hold no name twice, since pip takes one version of each.
func apart(packages []fettle.Package) [][]fettle.Package {
	var lists [][]fettle.Package
	count := map[string]int{}
	for _, p := range packages {
		n := count[p.Name]
		count[p.Name]++
		if n == len(lists) {
			lists = append(lists, nil)
		}
		lists[n] = append(lists[n], p)
	}
	return lists
}

// pipBatch returns what could not be had; one such fails the whole batch, which then is tried one by one.
func (c *Checker) pipBatch(ctx context.Context, target []string, batch []fettle.Package, got map[fettle.Package]Artifact) []fettle.Package {
	fail := func(err error) []fettle.Package {
		for _, p := range batch {
			got[p] = Artifact{Err: err}
		}
		return batch
	}
	dir, err := c.folder()
	if err != nil {
		return fail(err)
	}
	args := []string{"python3", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--quiet", "--dest=."}
	args = append(args, target...)
	for _, p := range batch {
		args = append(args, p.Name+"=="+p.Version)
	}
	if _, err := c.client(ctx, "PyPI", dir, []string{"PIP_NO_CACHE_DIR=1"}, args...); err != nil {
		if len(batch) == 1 {
			return fail(fmt.Errorf("no wheel of it: %w", err))
		}
		var failed []fettle.Package
		for _, p := range batch {
			failed = append(failed, c.pipBatch(ctx, target, []fettle.Package{p}, got)...)
		}
		return failed
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fail(errors.New("what was fetched cannot be read"))
	}
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), "-")
		for _, p := range batch {
			if pythonName(p.Name) == pythonName(name) && strings.HasSuffix(e.Name(), ".whl") {
				got[p] = settle(dir, e.Name())
			}
		}
	}
	return nil
}

// pythonName is a distribution's name as PEP 503 compares it.
func pythonName(name string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' }), "-"))
}
