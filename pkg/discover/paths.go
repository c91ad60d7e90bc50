package discover

import (
	"slices"
	"sort"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxPaths is how many paths of a package are listed, maxWalk how many beginnings of paths are looked at to find and count
// them: a graph may hold more paths than any machine can count.
const (
	maxPaths = 100
	maxWalk  = 10000
)

// graph is a project's nodes by key.
type graph map[string]fettle.Node

func holderGraph(project fettle.Project) graph {
	g := graph{}
	for _, node := range project.Nodes {
		g[node.Key] = node
	}
	return g
}

// trail is the rest of a path, from key down to the package in question.
type trail struct {
	key  string
	next *trail
}

func (t *trail) holds(key string) bool {
	for ; t != nil; t = t.next {
		if t.key == key {
			return true
		}
	}
	return false
}

// paths lists the ways from a root to the node key, shortest first, each as name@version from the root's own dependency
// on. The count may be larger than the list; it stops at maxWalk. A holder that is no node is a root.
func (g graph) paths(key string) ([][]string, int) {
	var found []*trail
	queue := []*trail{{key: key}}
	for walked := 0; walked < len(queue) && walked < maxWalk; walked++ {
		t := queue[walked]
		fromRoot := false
		for _, edge := range g[t.key].Holders {
			if _, ok := g[edge.Holder]; !ok {
				fromRoot = true
			} else if !t.holds(edge.Holder) && len(queue) < 2*maxWalk {
				queue = append(queue, &trail{edge.Holder, t})
			}
		}
		if fromRoot {
			found = append(found, t)
		}
	}
	var list [][]string
	for _, t := range found {
		var names []string
		for ; t != nil; t = t.next {
			names = append(names, g[t.key].Package.String())
		}
		list = append(list, names)
	}
	sort.SliceStable(list, func(i, j int) bool {
		if len(list[i]) != len(list[j]) {
			return len(list[i]) < len(list[j])
		}
		return slices.Compare(list[i], list[j]) < 0
	})
	list = slices.CompactFunc(list, slices.Equal[[]string])
	count := len(list)
	if count > maxPaths {
		list = list[:maxPaths]
	}
	return list, count
}
