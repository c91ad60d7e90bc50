package jvm

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/gradle"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive writes each version where a script, a catalog or gradle.properties has it as a literal, and reads the scripts again.
func (g *Gradle) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	g.start()
	var d manager.Derivation
	texts, err := gather(ctx, root, g.Reads)
	if err != nil {
		return d, err
	}
	before, err := g.read(ctx, texts)
	if err != nil {
		return d, err
	}
	now := maps.Clone(texts)
	for _, u := range upgrades {
		if !plainVersion.MatchString(u.To) {
			return d, fmt.Errorf("move %s to %.100q, which is no version: %w", u.Package, u.To, fettle.ErrRefused)
		}
		if u.Kind == fettle.LockOnly {
			continue
		}
		locks, err := g.move(ctx, now, before, p, u)
		if err != nil {
			return d, fmt.Errorf("move %s to %s: %w", u.Package, u.To, err)
		}
		for _, lock := range locks {
			if !slices.Contains(d.Stale, lock) {
				d.Stale = append(d.Stale, lock)
			}
		}
	}
	slices.Sort(d.Stale)
	d.Texts = map[string]string{}
	for name, text := range now {
		if text != texts[name] {
			d.Texts[name] = text
		}
	}
	if len(d.Texts) == 0 {
		return manager.Derivation{}, nil
	}
	if len(d.Stale) > 0 {
		d.Why = "only Gradle itself writes it, and that runs the build script; run ./gradlew dependencies --write-locks in the folder of each lockfile, with Gradle 7 or later"
		return d, nil
	}
	after, err := g.read(ctx, now)
	if err != nil {
		return d, err
	}
	return d, g.check(before, after, p, upgrades)
}

// read reads the scripts of texts.
func (g *Gradle) read(ctx context.Context, texts map[string]string) ([]fettle.Project, error) {
	dir, err := os.MkdirTemp(g.Temp, "gradle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var claimed []string
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil {
			err = os.WriteFile(file, []byte(texts[name]), 0o644)
		}
		if err != nil {
			return nil, err
		}
		if (gradle.Reader{}).Claims(name) {
			claimed = append(claimed, name)
		}
	}
	files, err := project.OpenFiles(dir)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	r, err := gradle.Reader{Settings: g.Settings}.Read(ctx, files, claimed)
	return r.Projects, err
}

// move writes the version of u where it stands, and returns the lockfiles that this leaves behind.
func (g *Gradle) move(ctx context.Context, now map[string]string, all []fettle.Project, p fettle.Project, u fettle.Upgrade) ([]string, error) {
	name := u.Package.Name
	at := slices.IndexFunc(p.Nodes, func(n fettle.Node) bool { return n.Package == u.Package && n.Manifest != nil })
	if at < 0 {
		return nil, fmt.Errorf("no script declares it with a version; add a constraint for \"%s:%s\" to the dependencies of %s by hand: %w", name, u.To, orLock(p), fettle.ErrRefused)
	}
	place := *p.Nodes[at].Manifest
	var locks, declared []string
	for _, other := range all {
		for _, n := range other.Nodes {
			if n.Manifest == nil || n.Manifest.Path != place.Path || n.Manifest.Line != place.Line {
				continue
			}
			declared = append(declared, fmt.Sprintf("%s:%d", n.Location.Path, n.Location.Line))
			if n.Name != name {
				if !related(n.Name, name) {
					return nil, fmt.Errorf("the version at %s is that of %s as well; move them apart by hand: %w", place, n.Name, fettle.ErrRefused)
				}
				if g.registry.Asks() {
					if ok, err := g.registry.Serves(ctx, n.Name, u.To); err != nil || !ok {
						return nil, orElse(err, fmt.Errorf("the version at %s is that of %s as well, which has no version %s; move them apart by hand: %w", place, n.Name, u.To, fettle.ErrRefused))
					}
				}
			}
			if strings.HasSuffix(other.Lockfile, ".lockfile") && !slices.Contains(locks, other.Lockfile) {
				locks = append(locks, other.Lockfile)
			}
		}
	}
	text, variable, err := setLine(now[place.Path], place.Line, name, u.Package.Version, u.To)
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", place, err)
	}
	if variable != "" {
		if where := elsewhere(now, place, variable, declared); where != "" {
			return nil, fmt.Errorf("%s (%s) sets its version and is used at %s too; change it by hand: %w", variable, place, where, fettle.ErrRefused)
		}
	}
	now[place.Path] = text
	return locks, nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func orLock(p fettle.Project) string {
	if p.Manifest != "" {
		return p.Manifest
	}
	return p.Lockfile
}

// assigned is what a line gives a value to, before = or :, in a script, a catalog or gradle.properties.
var assigned = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)["']?\]?\s*(?:=|:|by\s+extra\s*\(|,)\s*$`)

// setLine writes a version in place of the old one in a line. variable is the name that the line sets, where it does not
// name the module itself.
func setLine(text string, line int, name, old, fresh string) (out, variable string, err error) {
	lines := strings.SplitAfter(text, "\n")
	if line < 1 || line > len(lines) || old == "" {
		return "", "", fmt.Errorf("its version is not found there; change it by hand to %s: %w", fresh, fettle.ErrRefused)
	}
	row := lines[line-1]
	found := regexp.MustCompile(`(?:^|["':=\[\s])(`+regexp.QuoteMeta(old)+`)(?:["'@:!\]\s]|$)`).FindAllStringSubmatchIndex(row, -1)
	if named := slices.DeleteFunc(slices.Clone(found), func(m []int) bool { return !strings.HasSuffix(row[:m[2]], name+":") }); len(named) > 0 {
		found = named
	}
	if len(found) != 1 {
		return "", "", fmt.Errorf("%s stands there %d times as a text of its own; change it by hand to %s: %w", old, len(found), fresh, fettle.ErrRefused)
	}
	from, to := found[0][2], found[0][3]
	_, artifact, _ := strings.Cut(name, ":")
	if !strings.Contains(row, artifact) || assigned.MatchString(strings.TrimRight(row[:from], "\"'")) && !strings.Contains(row, name) && !strings.Contains(row, "name") {
		if m := assigned.FindStringSubmatch(strings.TrimRight(row[:from], "\"'")); m != nil {
			variable = m[1]
		}
	}
	lines[line-1] = row[:from] + fresh + row[to:]
	return strings.Join(lines, ""), variable, nil
}

// elsewhere returns a place, beside where it is set and where modules are declared by it, at which a variable is used; "" for
// none.
func elsewhere(texts map[string]string, set fettle.Location, variable string, declared []string) string {
	short := variable[strings.LastIndex(variable, ".")+1:]
	if strings.HasSuffix(set.Path, ".toml") {
		short = "versions." + strings.NewReplacer("-", ".", "_", ".").Replace(variable)
	}
	word := regexp.MustCompile(`(^|[^A-Za-z0-9_])` + regexp.QuoteMeta(short) + `([^A-Za-z0-9_]|$)`)
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		if !strings.HasSuffix(file, ".gradle") && !strings.HasSuffix(file, ".kts") && path.Base(file) != "gradle.properties" {
			continue
		}
		for i, row := range strings.Split(texts[file], "\n") {
			at := fmt.Sprintf("%s:%d", file, i+1)
			code := strings.TrimSpace(row)
			if file == set.Path && i+1 == set.Line || strings.HasPrefix(code, "//") || strings.HasPrefix(code, "#") || !word.MatchString(row) || slices.Contains(declared, at) {
				continue
			}
			return at
		}
	}
	return ""
}

// check refuses where a package is not at its version, or where packages are lost from sight because nobody here knows what
// the new version needs.
func (g *Gradle) check(before, after []fettle.Project, p fettle.Project, upgrades []fettle.Upgrade) error {
	was, is := manager.ProjectOf(fettle.Inventory{Projects: before}, p.Lockfile), manager.ProjectOf(fettle.Inventory{Projects: after}, p.Lockfile)
	at := map[string]string{}
	for _, n := range is.Nodes {
		if have, ok := at[n.Name]; !ok || lower(n.Version, have) {
			at[n.Name] = n.Version
		}
	}
	for _, u := range upgrades {
		if u.Kind != fettle.LockOnly && !same(at[u.Package.Name], u.To) {
			return fmt.Errorf("move %s to %s: it stays at %s, since something else sets it too; change it by hand: %w", u.Package, u.To, at[u.Package.Name], fettle.ErrRefused)
		}
	}
	for _, n := range was.Nodes {
		if _, ok := at[n.Name]; ok {
			continue
		}
		for _, u := range upgrades {
			if u.Kind != fettle.LockOnly && !g.cached(u.Package.Name, u.To) {
				return fmt.Errorf("move %s to %s: what it needs is in no cache of Gradle or Maven, so what becomes of %s is unknown; run ./gradlew dependencies with the new version once, and try again: %w",
					u.Package, u.To, n.Package, fettle.ErrRefused)
			}
		}
	}
	return nil
}

// cached reports whether the POM of a module is in a cache that discovery of Gradle looks into.
func (g *Gradle) cached(name, version string) bool {
	group, artifact, _ := strings.Cut(name, ":")
	pom := artifact + "-" + version + ".pom"
	home := g.Settings.Env("GRADLE_USER_HOME")
	if home == "" {
		home = filepath.Join(g.Settings.Home, ".gradle")
	}
	sums, _ := os.ReadDir(filepath.Join(home, "caches", "modules-2", "files-2.1", group, artifact, version))
	for _, sum := range sums {
		if _, err := os.Stat(filepath.Join(home, "caches", "modules-2", "files-2.1", group, artifact, version, sum.Name(), pom)); err == nil {
			return true
		}
	}
	_, err := os.Stat(filepath.Join(g.Settings.Home, ".m2", "repository", filepath.FromSlash(strings.ReplaceAll(group, ".", "/")), artifact, version, pom))
	return err == nil
}
