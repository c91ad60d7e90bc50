package validate

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// applied is a fix as Compose made it on a certain tree.
type applied struct {
	fix   fettle.Fix
	edits []fettle.Edit
	moves []fettle.Move
	after tree
}

// mayMove are the parts of package.json that an upgrade may change.
var mayMove = []string{
	"dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta",
	"bundleDependencies", "bundledDependencies", "overrides", "resolutions",
}

// inScope says why edits reach further than an upgrade may: into other files than manifests and lockfiles, or into
// other parts of a manifest than dependencies. It returns "" for fixes that are not upgrades.
func inScope(before, after tree, fix fettle.Fix, edits []fettle.Edit) string {
	if len(fix.Upgrades) == 0 {
		return ""
	}
	for _, e := range edits {
		if fix.Project != "" && !strings.HasPrefix(e.Path, fix.Project+"/") {
			return fmt.Sprintf("it changes %s, which is outside the project %s", e.Path, fix.Project)
		}
		name := path.Base(e.Path)
		if slices.Contains(lockfiles, name) {
			continue
		}
		if name != "package.json" {
			return fmt.Sprintf("it changes %s, which is neither a manifest nor a lockfile", e.Path)
		}
		old, new := map[string]any{}, map[string]any{}
		if err := errors.Join(decode(before, e.Path, &old), decode(after, e.Path, &new)); err != nil {
			return err.Error()
		}
		for _, key := range mayMove {
			delete(old, key)
			delete(new, key)
		}
		if !reflect.DeepEqual(old, new) {
			return fmt.Sprintf("it changes more of %s than dependencies", e.Path)
		}
	}
	return ""
}

func decode(t tree, name string, into any) error {
	text, err := t.read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// unexplained says which package or source is in the lockfiles of after and neither in those of before nor in the
// moves of the fixes: what a dependency confusion or a tampered answer of a registry would look like. It returns ""
// where all is explained.
func unexplained(before, after tree, locks []string, made []applied, sources []string) string {
	names, moved := map[string]bool{}, map[string]bool{}
	for _, a := range made {
		proposed := a.fix.Moves
		if len(proposed) == 0 {
			proposed = a.moves
		}
		for _, m := range proposed {
			names[m.Name] = names[m.Name] || m.To != ""
		}
		for _, m := range a.moves {
			moved[m.Key], moved[m.Name] = true, true
		}
	}
	for _, lock := range locks {
		if lock == "" {
			continue
		}
		old, err := readLock(before, lock)
		if err != nil {
			return err.Error()
		}
		new, err := readLock(after, lock)
		if err != nil {
			return err.Error()
		}
		if why := compareLocks(lock, old, new, names, moved, sources); why != "" {
			return why
		}
	}
	return ""
}

func compareLocks(lock string, old, new lockfile, names, moved map[string]bool, sources []string) string {
	known, hosts := map[string]bool{}, map[string]bool{}
	for _, host := range sources {
		hosts["https://"+host] = true
	}
	none := len(hosts) == 0
	for key, e := range old.Packages {
		known[packageName(key, e)] = true
		if s := source(e.Resolved); s != "" {
			hosts[s], none = true, false
		}
	}
	for _, key := range slices.Sorted(maps.Keys(new.Packages)) {
		e, was := new.Packages[key], old.Packages[key]
		name := packageName(key, e)
		if name == "" || e.Link {
			continue
		}
		if !known[name] && !names[name] {
			return fmt.Sprintf("%s: package %s appears, which the fix does not name", lock, name)
		}
		changed := e.Version != was.Version || e.Name != was.Name
		if changed && !moved[key] && !moved[name] {
			return fmt.Sprintf("%s: %s becomes %s, which the fix does not name", lock, key, e.Version)
		}
		if !changed && was.Integrity != "" && e.Integrity != was.Integrity && strings.HasPrefix(was.Integrity, "sha512-") {
			return fmt.Sprintf("%s: %s keeps version %s but gets other content", lock, key, e.Version)
		}
		if s := source(e.Resolved); s != "" && !hosts[s] {
			if !none {
				return fmt.Sprintf("%s: %s comes from %s, from where nothing came before", lock, key, s)
			}
			hosts[s], none = true, false
		}
	}
	return ""
}

// packageName returns what a lockfile entry installs, and "" for the root and workspace members.
func packageName(key string, e lockEntry) string {
	i := strings.LastIndex(key, "node_modules/")
	if i < 0 {
		return ""
	}
	if e.Name != "" {
		return e.Name
	}
	return key[i+len("node_modules/"):]
}

// source returns where an entry comes from: scheme and host, or the whole address where it is no archive of a registry.
func source(resolved string) string {
	if resolved == "" {
		return ""
	}
	u, err := url.Parse(resolved)
	if err != nil || u.Host == "" {
		if strings.HasPrefix(resolved, "file:") || err == nil && u.Scheme == "" {
			return ""
		}
		return resolved
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return resolved
	}
	return u.Scheme + "://" + u.Host
}

// watched reports whether scripts of packages must not change a file: manifests, lockfiles and tests.
func watched(name string) bool {
	base := path.Base(name)
	if base == "package.json" || slices.Contains(lockfiles, base) || base == ".npmrc" {
		return true
	}
	if strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || strings.HasPrefix(base, "test.") {
		return true
	}
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if part == "test" || part == "tests" || part == "spec" || part == "__tests__" {
			return true
		}
	}
	return false
}
