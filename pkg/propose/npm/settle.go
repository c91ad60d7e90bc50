package npm

import (
	"context"
	"path"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// settled returns the lockfile that npm would write if it resolved once more with the manifests that stay: the same one, but
// for the ranges that the lockfile repeats from them. ok is false where that is not certain, because some need is not met
// that was met before; then npm has to be asked.
func (n *NPM) settled(ctx context.Context, s *Stage, project fettle.Project, derived string, pinned, final map[string]string, upgrades []fettle.Upgrade) (lock string, ok bool, err error) {
	if !gjson.Get(derived, "packages").IsObject() || slices.ContainsFunc(upgrades, func(u fettle.Upgrade) bool { return u.Kind == fettle.Override }) {
		return "", false, nil
	}
	lock = derived
	for manifest, text := range final {
		if text == pinned[manifest] {
			continue
		}
		dir := path.Dir(manifest)
		if dir == "." {
			dir = ""
		}
		for _, section := range sections {
			gjson.Get(text, section).ForEach(func(name, spec gjson.Result) bool {
				at := gjson.Get(lock, "packages."+gjson.Escape(dir)+"."+section+"."+gjson.Escape(name.Str))
				if at.Type == gjson.String && at.Str != spec.Str && at.Index > 0 {
					lock = lock[:at.Index] + Quote(spec.Str) + lock[at.Index+len(at.Raw):]
				}
				return true
			})
		}
	}
	before, err := n.lockOnly(ctx, project, s.Files[s.Lock])
	if err != nil {
		return "", false, err
	}
	after, err := n.lockOnly(ctx, project, lock)
	if err != nil {
		return "", false, err
	}
	broken := unmet(before)
	for need := range unmet(after) {
		if !broken[need] {
			return "", false, nil
		}
	}
	return lock, len(after.Nodes) > 0, nil
}

// unmet lists the needs of project that the installed version does not meet.
func unmet(project fettle.Project) map[[3]string]bool {
	needs := map[[3]string]bool{}
	for _, node := range project.Nodes {
		for _, e := range node.Holders {
			if !Admits(e.Range, node.Version) {
				needs[[3]string{e.Holder, node.Name, e.Range}] = true
			}
		}
	}
	return needs
}
