package manager

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// NodeOf returns the package at key; nil where p has none, as for a root.
func NodeOf(p fettle.Project, key string) *fettle.Node {
	at := slices.IndexFunc(p.Nodes, func(n fettle.Node) bool { return n.Key == key })
	if at < 0 {
		return nil
	}
	return &p.Nodes[at]
}

// NameAt returns the name by which the package at key is asked for: that of the folder where it is installed, which an alias
// makes another than the package's own, or else the package's own.
func NameAt(p fettle.Project, key string) string {
	if i := strings.LastIndex("/"+key, "/node_modules/"); i >= 0 {
		return ("/" + key)[i+len("/node_modules/"):]
	}
	if node := NodeOf(p, key); node != nil {
		return node.Name
	}
	return path.Base(key)
}

// ProjectOf returns the project of a lockfile; an empty one where the inventory has none.
func ProjectOf(inventory fettle.Inventory, lockfile string) fettle.Project {
	for _, p := range inventory.Projects {
		if p.Lockfile == lockfile {
			return p
		}
	}
	return fettle.Project{}
}

// Moves lists the entries that differ between two states of a project, by key. Where keys hold the version, an entry that
// went and one that came under the same name are one move.
func Moves(before, after fettle.Project) []fettle.Move {
	byKey := map[string]*fettle.Move{}
	for _, n := range before.Nodes {
		byKey[n.Key] = &fettle.Move{Name: n.Name, Key: n.Key, From: n.Version}
	}
	for _, n := range after.Nodes {
		if m, ok := byKey[n.Key]; ok {
			m.To = n.Version
		} else {
			byKey[n.Key] = &fettle.Move{Name: n.Name, Key: n.Key, To: n.Version}
		}
	}
	var list []fettle.Move
	for _, m := range byKey {
		if m.From != m.To {
			list = append(list, *m)
		}
	}
	slices.SortFunc(list, func(a, b fettle.Move) int { return strings.Compare(a.Key, b.Key) })
	return paired(list)
}

// paired joins a package that went and one that came, where each is the only one of its name and the key names the version.
func paired(list []fettle.Move) []fettle.Move {
	gone, come := map[string][]int{}, map[string][]int{}
	for i, m := range list {
		switch {
		case m.To == "" && strings.Contains(m.Key, m.From):
			gone[m.Name] = append(gone[m.Name], i)
		case m.From == "" && strings.Contains(m.Key, m.To):
			come[m.Name] = append(come[m.Name], i)
		}
	}
	drop := map[int]bool{}
	for name, from := range gone {
		if to := come[name]; len(from) == 1 && len(to) == 1 && !strings.Contains(list[from[0]].Key, "node_modules/") {
			list[to[0]].From = list[from[0]].From
			drop[from[0]] = true
		}
	}
	kept := list[:0:0]
	for i, m := range list {
		if !drop[i] {
			kept = append(kept, m)
		}
	}
	return kept
}
