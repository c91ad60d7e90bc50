package node

import (
	"bytes"
	"context"
	"path"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// readYarn reads yarn.lock, that of Yarn 1, which has a grammar of its own, and that of later ones, which is YAML.
func readYarn(_ context.Context, files *project.Files, file string, all *manifests) (locked, error) {
	a := newAssembly(files, all, "yarn", file, "yarn install")
	members := a.workspace()
	data, err := files.Read(file)
	if err != nil {
		a.joinAll(members)
		return a.failed(project.Gap(file, 0, err.Error())), nil
	}
	if isBerry(data) {
		a.isBerry = true
		return a.berry(data, members), nil
	}
	a.joinAll(members)
	return a.classic(data), nil
}

// isBerry reports whether data is a lockfile of Yarn 2 or later.
func isBerry(data []byte) bool {
	return bytes.HasPrefix(data, []byte("__metadata:")) || bytes.Contains(data, []byte("\n__metadata:"))
}

// memberByName returns the folders of the workspace members, by the name that their manifests give.
func (a *assembly) membersByName() map[string]int {
	byName := map[string]int{}
	for i, m := range a.members {
		if m.manifest != nil && m.manifest.name != "" && m.dir != "" {
			byName[m.manifest.name] = i
		}
	}
	return byName
}

// splitDescriptor takes name@range apart.
func splitDescriptor(text string) (name, spec string) {
	for i := 1; i < len(text); i++ {
		if text[i] == '@' {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// under is the folder that a path, written in the folder dir, means, relative to the lockfile's.
func under(dir, to string) string { return plainDir(path.Join(dir, to)) }
