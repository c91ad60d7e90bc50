package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
)

// PNPM is pnpm as a manager.Manager. It resolves twice: once with what should move pinned by overrides, and once more
// without them, when pnpm keeps what the lockfile has by then.
type PNPM struct {
	registry
	Run      manager.Runner
	Registry releases // who answers for the registry: npm
	Temp     string   // an existing folder for work copies
	Env      []string // npm's settings, KEY=VALUE, free of secrets; pnpm reads the same

	tool   *tool
	normal map[string]string // lockfile that pnpm writes for an unchanged tree, by content
}

func (n *PNPM) start() {
	if n.tool == nil {
		env := slices.Clone(n.Env)
		for _, v := range n.Env { // later versions read their own name only
			if rest, ok := strings.CutPrefix(v, "npm_config_"); ok {
				env = append(env, "pnpm_config_"+rest)
			}
			if cache, ok := strings.CutPrefix(v, "npm_config_cache="); ok {
				env = append(env, "npm_config_cache_dir="+cache+"/_pnpm", "pnpm_config_cache_dir="+cache+"/_pnpm")
			}
		}
		n.tool = &tool{program: "pnpm", run: n.Run, env: append(env, "npm_config_manage_package_manager_versions=false",
			"pnpm_config_manage_package_manager_versions=false", "pnpm_config_pm_on_fail=ignore", "COREPACK_ENABLE_STRICT=0", "COREPACK_ENABLE_PROJECT_SPEC=0",
			"npm_config_update_notifier=false", "pnpm_config_update_notifier=false", "CI=1")}
		n.normal = map[string]string{}
	}
}

// Name is pnpm.
func (n *PNPM) Name() string { return "pnpm" }

// Claims takes the projects that pnpm locks.
func (n *PNPM) Claims(p fettle.Project) bool { return p.Manager == "pnpm" }

// Traits are those of pnpm with a lockfile.
func (n *PNPM) Traits(fettle.Project) manager.Traits {
	return manager.Traits{Locks: true, Pins: true, Below: true}
}

// Reads takes manifests, lockfiles and the workspace's file.
func (n *PNPM) Reads(name string) bool {
	return slices.Contains([]string{"package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"}, path.Base(name))
}

// Releases asks npm.
func (n *PNPM) Releases(ctx context.Context, p fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	return n.Registry.Releases(ctx, p, pkg)
}

const workspaceFile = "pnpm-workspace.yaml"

// Derive lets pnpm resolve. Where the installed pnpm is not there, or would write another version of the lockfile, the
// manifests alone are changed.
func (n *PNPM) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	n.start()
	s, err := npm.OpenStage(n.Temp, root, p, func(name string) bool { return name == ".npmrc" || name == workspaceFile })
	if err != nil {
		return manager.Derivation{}, err
	}
	defer os.RemoveAll(s.Dir)
	final, err := declare(s.Files, p, upgrades)
	if err != nil {
		return manager.Derivation{}, err
	}
	version, why := n.fits(ctx, s)
	lasting, passing := pnpmPins(p, upgrades)
	pinned := maps.Clone(final)
	if err := errors.Join(addPins(s, final, lasting, version), addPins(s, pinned, passing, version)); err != nil {
		return manager.Derivation{}, err
	}
	if why != "" {
		return behind(p, final, why+"; run pnpm install --lockfile-only")
	}
	if strings.Contains(s.Files[s.Lock], "\npnpmfileChecksum:") {
		return manager.Derivation{}, fmt.Errorf("%s was made with a .pnpmfile.cjs, which is code of the repository and is not run to draft a fix; upgrade by hand: %w",
			p.Lockfile, fettle.ErrRefused)
	}
	normal, err := n.normalLock(ctx, s)
	if err != nil {
		return manager.Derivation{}, err
	}
	if _, err := n.resolve(ctx, s, pinned); err != nil {
		return manager.Derivation{}, err
	}
	restored := map[string]string{}
	for name := range pinned {
		if restored[name] = s.Files[name]; final[name] != "" {
			restored[name] = final[name]
		}
	}
	if restored[workspaceFile] == "" && pinned[workspaceFile] != "" {
		delete(restored, workspaceFile)
		if err := os.Remove(s.Dir + "/" + workspaceFile); err != nil {
			return manager.Derivation{}, err
		}
	}
	derived, err := n.resolve(ctx, s, restored)
	if err != nil {
		return manager.Derivation{}, err
	}
	return changed(p, s, final, mergeLines(s.Files[s.Lock], normal, derived)), nil
}

// changed places the texts that differ from the stage's.
func changed(p fettle.Project, s *npm.Stage, final map[string]string, lock string) manager.Derivation {
	texts := map[string]string{}
	for name, text := range final {
		if text != s.Files[name] {
			texts[path.Join(p.Dir, name)] = text
		}
	}
	if lock != s.Files[s.Lock] {
		texts[p.Lockfile] = lock
	}
	return manager.Derivation{Texts: texts}
}

// behind changes the manifests alone. A fix that needs no change there is refused.
func behind(p fettle.Project, final map[string]string, why string) (manager.Derivation, error) {
	if len(final) == 0 {
		return manager.Derivation{}, fmt.Errorf("only %s would change, and it cannot be refreshed: %s: %w", p.Lockfile, why, fettle.ErrRefused)
	}
	texts := map[string]string{}
	for name, text := range final {
		texts[path.Join(p.Dir, name)] = text
	}
	return manager.Derivation{Texts: texts, Stale: []string{p.Lockfile}, Why: why}, nil
}

var pnpmLockVersion = regexp.MustCompile(`(?m)^lockfileVersion: '?"?(\d+)(?:\.(\d+))?`)

// fits returns the first number of the installed pnpm's version, and why it cannot refresh the lockfile; "" where it can.
func (n *PNPM) fits(ctx context.Context, s *npm.Stage) (version, why string) {
	version, err := n.tool.major(ctx, n.Temp)
	if err != nil {
		return "", "pnpm could not be run (" + err.Error() + ")"
	}
	m := pnpmLockVersion.FindStringSubmatch(s.Files[s.Lock])
	if m == nil {
		return version, "the lockfile names no version of its format"
	}
	writes := map[string]string{"7": "5", "8": "6"}[version]
	if writes == "" {
		writes = "9"
	}
	if m[1] != writes {
		return version, fmt.Sprintf("the installed pnpm is of version %s, which writes another format than %s of this lockfile", version, m[1])
	}
	return version, ""
}

// pnpmPins returns the overrides that stay, and those for one resolution only. A selector with a version holds for each need
// that admits it (https://pnpm.io/settings#overrides); where there are several copies, the holder is named too.
func pnpmPins(p fettle.Project, upgrades []fettle.Upgrade) (lasting, passing [][2]string) {
	moves := map[fettle.Package]bool{}
	for _, u := range upgrades {
		moves[u.Package] = true
	}
	for _, u := range upgrades {
		copies := 0
		for _, node := range p.Nodes {
			if node.Name == u.Package.Name {
				copies++
			}
		}
		for _, e := range edges(p, u) {
			selector := u.Package.Name
			holder := manager.NodeOf(p, e.Holder)
			switch {
			case holder != nil && u.Kind == fettle.Override && slices.Contains(u.Holders, holder.Name):
				lasting = append(lasting, [2]string{holder.Name + ">" + u.Package.Name, "^" + u.To})
				selector = holder.Name + ">" + selector
			case holder != nil && (moves[holder.Package] || copies > 1):
				selector = holder.Name + ">" + selector
			case copies > 1:
				selector += "@" + u.Package.Version
			}
			passing = append(passing, [2]string{selector, u.To})
		}
	}
	order := func(list [][2]string) [][2]string {
		slices.SortFunc(list, func(a, b [2]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
		return slices.CompactFunc(list, func(a, b [2]string) bool { return a[0] == b[0] })
	}
	return order(lasting), order(passing)
}

// normalLock returns the lockfile that pnpm writes for the unchanged stage: what differs from the original is habit.
func (n *PNPM) normalLock(ctx context.Context, s *npm.Stage) (string, error) {
	key := s.Key(nil)
	if text, ok := n.normal[key]; ok {
		return text, nil
	}
	text, err := n.resolve(ctx, s, nil)
	if err != nil {
		return "", err
	}
	n.normal[key] = text
	return text, s.Write(map[string]string{s.Lock: s.Files[s.Lock]})
}

func (n *PNPM) resolve(ctx context.Context, s *npm.Stage, files map[string]string) (string, error) {
	if err := s.Write(files); err != nil {
		return "", err
	}
	_, err := n.tool.do(ctx, s.Dir, nil, "install", "--lockfile-only", "--ignore-scripts", "--no-frozen-lockfile", "--ignore-pnpmfile", "--reporter=append-only")
	if err != nil {
		return "", err
	}
	return s.Lockfile()
}

// mergeLines carries the lines that change between normal and derived over to original, so that a tool's habits do not
// show. Where a place cannot be found again, derived is taken as it is.
func mergeLines(original, normal, derived string) string {
	switch {
	case original == normal:
		return derived
	case normal == derived:
		return original
	}
	merged := original
	for _, e := range slices.Backward(udiff.Lines(normal, derived)) {
		old, before, after := normal[e.Start:e.End], context3(normal[:e.Start], true), context3(normal[e.End:], false)
		if strings.Count(merged, before+old+after) != 1 {
			return derived
		}
		merged = strings.Replace(merged, before+old+after, before+e.New+after, 1)
	}
	return merged
}

// context3 returns the last or the first three lines of text.
func context3(text string, last bool) string {
	lines := slices.Collect(strings.Lines(text))
	if last {
		return strings.Join(lines[max(0, len(lines)-3):], "")
	}
	return strings.Join(lines[:min(3, len(lines))], "")
}
