package node

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// toldOnly are packages that look through node_modules for what they are told, and for nothing else.
var toldOnly = []string{"esm", "resolve", "enhanced-resolve", "import-local", "resolve-from", "resolve-cwd", "import-fresh", "module-alias", "app-module-path", "app-root-path", "pkg-dir", "node-gyp-build", "bindings", "node-pre-gyp", "@mapbox/node-pre-gyp", "prebuild-install", "require-in-the-middle", "import-in-the-middle", "ts-node", "tsconfig-paths", "jiti", "@babel/register", "proxyquire", "rewire", "graceful-fs"}

// byName adds what packages that load others by name may load: what they name in texts themselves, what those name that use
// them, and what the program's own files name, which is a doubt already. It reports whether there was anything new.
func (a *analysis) byName() (more bool) {
	users := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(a.packages)) {
		for _, to := range a.packages[key].uses {
			users[to] = append(users[to], key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(a.packages)) {
		pkg := a.packages[key]
		if !pkg.found || pkg.open == "" {
			continue
		}
		more = a.folders(key, map[string]bool{}, users) || more
		at := fettle.Location{Path: pkg.open}
		what := a.find.name[key] + " loads packages by name (" + pkg.open + ")"
		if pkg.scans && !pkg.told[""] && !slices.Contains(toldOnly, a.find.name[key]) {
			pkg.told[""] = true
			a.graph.Doubt(key, "", what+", and looks through node_modules", at, false)
		}
		by := []*installed{pkg}
		for _, other := range users[key] {
			if other != key {
				by = append(by, a.packages[other])
			}
		}
		for _, p := range by {
			for _, name := range slices.Sorted(maps.Keys(p.quoted)) {
				for _, to := range a.find.byName[name] {
					if to != key && !pkg.told[to] {
						pkg.told[to] = true
						more = true
						a.doubt(key, to, fmt.Sprintf("%s, and %s names it (%s)", what, a.find.name[p.key], p.quoted[name]), at)
					}
				}
			}
		}
	}
	return more
}

// folders adds all files of the packages that may have a loader of others load their folders: those that use it, by way of
// others too, and tell where they are. It reports whether there were any.
func (a *analysis) folders(key string, seen map[string]bool, users map[string][]string) (more bool) {
	for _, user := range users[key] {
		if seen[user] {
			continue
		}
		seen[user] = true
		if pkg := a.packages[user]; pkg.places && !pkg.whole {
			pkg.all(a, "")
			a.enqueue(user)
			more = true
		}
		more = a.folders(user, seen, users) || more
	}
	return more
}
