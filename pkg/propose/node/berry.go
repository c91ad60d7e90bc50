package node

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
)

// kept are the settings of .yarnrc.yml that decide how a lockfile looks and run nothing. Plugins and yarnPath are programs.
var kept = []string{"nodeLinker", "supportedArchitectures", "packageExtensions", "defaultSemverRangePrefix", "npmRegistryServer", "npmScopes",
	"compressionLevel", "defaultProtocol", "enableTransparentWorkspaces", "catalog", "catalogs"}

// harmless returns the settings of a .yarnrc.yml that are kept; nothing of one that is not well formed.
func harmless(text string) string {
	var all map[string]any
	if len(text) > 1<<20 || strings.Count(text, "*") > 100 || yaml.Unmarshal([]byte(text), &all) != nil {
		return ""
	}
	for key := range all {
		if !slices.Contains(kept, key) {
			delete(all, key)
		}
	}
	out, err := yaml.Marshal(all)
	if err != nil || len(all) == 0 {
		return ""
	}
	return string(out)
}

func removeAll(dir string) { os.RemoveAll(dir) }

// berry resolves with the ranges that should move resolved to one version each, gives the entries that come of it the ranges
// for a key, and lets Yarn bring the lockfile in step with the manifests that stay.
func (y *Yarn) berry(ctx context.Context, s *npm.Stage, normal string, p fettle.Project, upgrades []fettle.Upgrade, final, edited map[string]string, passing [][2]string) (string, error) {
	keys := map[string][]string{} // of the entries to be, by the key that pinning gives
	manifests := manifestsOf(s, final)
	for _, u := range upgrades {
		specs, err := y.asked(ctx, p, u, upgrades, manifests)
		if err != nil {
			return "", err
		}
		pinned := u.Package.Name + "@npm:" + u.To
		for _, spec := range specs {
			descriptor := u.Package.Name + "@npm:" + spec
			keys[pinned] = append(keys[pinned], descriptor)
			if u.Kind != fettle.Override && descriptor != pinned {
				passing = append(passing, [2]string{descriptor, "npm:" + u.To})
			}
		}
	}
	if err := resolutions(s, edited, passing); err != nil {
		return "", err
	}
	lock, err := y.resolve(ctx, s, edited)
	if err != nil {
		return "", err
	}
	for pinned, descriptors := range keys {
		lock = rekey(lock, pinned, descriptors)
	}
	back := map[string]string{s.Lock: lock}
	for name := range edited {
		if back[name] = final[name]; back[name] == "" {
			back[name] = s.Files[name]
		}
	}
	derived, err := y.resolve(ctx, s, back)
	if err != nil {
		return "", err
	}
	return mergeLines(s.Files[s.Lock], normal, derived), nil
}

// rekey gives the entry of the descriptor pinned more descriptors for a key.
func rekey(lock, pinned string, descriptors []string) string {
	at, _, ok := keyed(lock, pinned)
	if !ok {
		return lock
	}
	for _, d := range descriptors { // an entry of the same range that is there already would win
		lock = without(lock, d, at)
	}
	at, all, ok := keyed(lock, pinned)
	if !ok {
		return lock
	}
	length := len(strings.Join(all, ", "))
	all = append(all, descriptors...)
	slices.Sort(all)
	return lock[:at+1] + strings.Join(slices.Compact(all), ", ") + lock[at+1+length:]
}

// keyed returns where the key with a descriptor begins, and all of its descriptors.
func keyed(lock, descriptor string) (at int, all []string, ok bool) {
	for _, m := range entryKey.FindAllStringSubmatchIndex(lock, -1) {
		if all = strings.Split(lock[m[2]:m[3]], ", "); slices.Contains(all, descriptor) {
			return m[0], all, true
		}
	}
	return 0, nil, false
}

var entryKey = regexp.MustCompile(`(?m)^"([^"\n]+)":$`)

// without takes a descriptor out of the keys of a lockfile, but for the one at keep. An entry without a key is left to Yarn.
func without(lock, descriptor string, keep int) string {
	for _, m := range slices.Backward(entryKey.FindAllStringSubmatchIndex(lock, -1)) {
		list := strings.Split(lock[m[2]:m[3]], ", ")
		rest := slices.DeleteFunc(slices.Clone(list), func(d string) bool { return d == descriptor })
		if m[0] != keep && len(rest) > 0 && len(rest) < len(list) {
			lock = lock[:m[2]] + strings.Join(rest, ", ") + lock[m[3]:]
		}
	}
	return lock
}

// normalLock returns the lockfile that Yarn writes for the unchanged stage: what differs from the original is habit.
func (y *Yarn) normalLock(ctx context.Context, s *npm.Stage) (string, error) {
	key := s.Key(nil)
	if text, ok := y.normal[key]; ok {
		return text, nil
	}
	text, err := y.resolve(ctx, s, nil)
	if err != nil {
		return "", err
	}
	y.normal[key] = text
	return text, s.Write(map[string]string{s.Lock: s.Files[s.Lock]})
}

func (y *Yarn) resolve(ctx context.Context, s *npm.Stage, files map[string]string) (string, error) {
	if err := s.Write(files); err != nil {
		return "", err
	}
	if _, err := y.tool.do(ctx, s.Dir, nil, "install", "--mode=update-lockfile"); err != nil {
		return "", err
	}
	return s.Lockfile()
}
