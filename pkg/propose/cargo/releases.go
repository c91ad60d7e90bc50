package cargo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Releases lists the versions of a crate that the index of the registry has. The index is fetched by cargo itself, into the
// cache that it keeps below CARGO_HOME.
func (c *Cargo) Releases(ctx context.Context, p fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	if err := check(pkg, ""); err != nil {
		return nil, fmt.Errorf("versions of %.100q: %w: %w", pkg.Name, manager.ErrRegistry, err)
	}
	all, ok := c.known[pkg.Name]
	if !ok {
		if c.down != nil {
			return nil, fmt.Errorf("versions of %s: %w", pkg.Name, c.down)
		}
		var err error
		if all, err = c.ask(ctx, pkg.Name); err != nil {
			if errors.Is(err, manager.ErrUnreached) {
				c.down = err
			}
			return nil, fmt.Errorf("versions of %s: %w", pkg.Name, err)
		}
		if c.known == nil {
			c.known = map[string][]manager.Release{}
		}
		c.known[pkg.Name] = all
	}
	floor, err := semver.Cargo.Parse(pkg.Version)
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %.100q is not a semantic version: %w", pkg.Name, pkg.Version, manager.ErrRegistry)
	}
	var list []manager.Release
	for _, r := range all {
		v, err := semver.Cargo.Parse(r.Version)
		if err == nil && v.Compare(floor) >= 0 && (!v.IsPrerelease() || floor.IsPrerelease()) {
			list = append(list, r)
		}
	}
	return list, nil
}

// home is CARGO_HOME as cargo has it.
func (c *Cargo) home() string {
	home := ""
	for _, kv := range c.Env {
		if v, ok := strings.CutPrefix(kv, "CARGO_HOME="); ok {
			home = v
		}
	}
	return home
}

// ask has cargo fetch the index of one crate, and reads it.
func (c *Cargo) ask(ctx context.Context, name string) ([]manager.Release, error) {
	dir, err := os.MkdirTemp(c.Temp, "cargo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	files := map[string]string{
		"Cargo.toml":         "[package]\nname = \"fettle-stage\"\nversion = \"0.0.0\"\n\n[dependencies]\n" + name + " = \"" + never + "\"\n\n[workspace]\n",
		"src/lib.rs":         "",
		".cargo/config.toml": c.Config,
	}
	for file, text := range files {
		if err := write(dir, file, text); err != nil {
			return nil, err
		}
	}
	for _, file := range c.shelved(name) { // cargo takes what is cached for what is
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	_, err = c.run(ctx, dir, "", "generate-lockfile")
	said := new(fault)
	if err != nil && !errors.As(err, &said) || errors.Is(err, manager.ErrNoTool) {
		return nil, err
	}
	if !strings.Contains(said.text, "failed to select a version") {
		if err == nil {
			err = errors.New("cargo found a version that nobody serves")
		}
		return nil, fmt.Errorf("%w: %w", err, manager.ErrRegistry)
	}
	if data, err := cached(c.shelved(name)); err == nil {
		if list := parseIndex(data, name); len(list) > 0 {
			return list, nil
		}
	}
	return nil, fmt.Errorf("cargo keeps no index of it that could be read, because its source is a folder or an old index; set a sparse registry in cargo's configuration: %w", manager.ErrRegistry)
}

// never is a requirement that no version meets: cargo then reads the index of one crate, and of none that it needs.
const never = "=9999999.0.0"

// maxIndex bounds the index of one crate, in bytes. The largest known has some 10 MB.
const maxIndex = 64 << 20

// shelved are the files that cargo may keep of the index of a crate.
func (c *Cargo) shelved(name string) []string {
	index := filepath.Join(c.home(), "registry", "index")
	sources, err := os.ReadDir(index)
	if err != nil {
		return nil
	}
	var files []string
	for _, s := range sources {
		files = append(files, filepath.Join(index, s.Name(), ".cache", filepath.FromSlash(shelf(name))))
	}
	return files
}

// cached returns the newest of the files that cargo keeps of the index of a crate.
func cached(files []string) ([]byte, error) {
	var newest time.Time
	var best string
	for _, file := range files {
		info, err := os.Lstat(file)
		if err == nil && info.Mode().IsRegular() && info.Size() <= maxIndex && info.ModTime().After(newest) {
			newest, best = info.ModTime(), file
		}
	}
	if best == "" {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(best)
}

// shelf is the path of a crate in an index (https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files).
func shelf(name string) string {
	name = strings.ToLower(name)
	switch len(name) {
	case 1, 2:
		return fmt.Sprintf("%d/%s", len(name), name)
	case 3:
		return "3/" + name[:1] + "/" + name
	}
	return name[:2] + "/" + name[2:4] + "/" + name
}

// indexed is one line of an index.
type indexed struct {
	Name string `json:"name"`
	Vers string `json:"vers"`
	Deps []struct {
		Name    string  `json:"name"`
		Package string  `json:"package"`
		Req     string  `json:"req"`
		Kind    *string `json:"kind"`
	} `json:"deps"`
	Yanked      bool   `json:"yanked"`
	RustVersion string `json:"rust_version"`
	PubTime     string `json:"pubtime"`
}

// maxVersions bounds how many versions of a crate are read.
const maxVersions = 20_000

// parseIndex reads a file of cargo's cache: after a head, versions and their lines of JSON take turns, a zero byte behind
// each. What is none of it is passed over.
func parseIndex(data []byte, name string) []manager.Release {
	type versioned struct {
		manager.Release
		parsed *semver.Version
	}
	var all []versioned
	for chunk := range bytes.SplitSeq(data, []byte{0}) {
		if len(chunk) == 0 || chunk[0] != '{' || len(all) == maxVersions {
			continue
		}
		var line indexed
		if json.Unmarshal(chunk, &line) != nil || !strings.EqualFold(line.Name, name) {
			continue
		}
		v, err := semver.Cargo.Parse(line.Vers)
		if err != nil {
			continue
		}
		all = append(all, versioned{line.release(), v})
	}
	slices.SortStableFunc(all, func(a, b versioned) int { return a.parsed.Compare(b.parsed) })
	var list []manager.Release
	for _, v := range all {
		list = append(list, v.Release)
	}
	return list
}

func (i indexed) release() manager.Release {
	r := manager.Release{Version: i.Vers, NeedsKnown: true}
	if i.Yanked {
		r.Yanked = "yanked"
	}
	if i.RustVersion != "" {
		r.Toolchain = "rust " + i.RustVersion
	}
	if day, err := time.Parse(time.RFC3339, i.PubTime); err == nil {
		r.Published = day
	}
	for _, d := range i.Deps {
		if d.Kind != nil && *d.Kind == "dev" {
			continue
		}
		need := manager.Need{Name: d.Name, Range: d.Req}
		if d.Package != "" {
			need.Name = d.Package
		}
		if _, ok := r.Need(need.Name); !ok {
			r.Needs = append(r.Needs, need)
		}
	}
	return r
}
