package discover

import (
	"cmp"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// A graph may hold more paths than any machine can count, and a lockfile that means harm does.
const (
	maxPaths = 100       // of one package that are listed
	maxWalk  = 10_000    // beginnings of paths that are looked at to find and count those of one package
	maxNames = 1_000_000  // names in all paths of one project
	maxSteps = 20_000_000 // comparisons for all paths of one project
)

// pathWalk finds the ways from the roots of a project to its packages.
type pathWalk struct {
	nodes map[string]fettle.Node
	names int // left of maxNames
	steps int // left of maxSteps
}

func newPathWalk(project fettle.Project) *pathWalk {
	w := &pathWalk{nodes: map[string]fettle.Node{}, names: maxNames, steps: maxSteps}
	for _, node := range project.Nodes {
		w.nodes[node.Key] = node
	}
	return w
}

// trail is the rest of a path, from key down to the package in question.
type trail struct {
	key    string
	length int
	next   *trail
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
// on. The count is larger than the list where it was cut, and then only a lower bound. A holder that is no node is a root.
func (w *pathWalk) paths(key string) ([][]string, int) {
	trails, cut := w.trails(key)
	if len(trails) == 0 && cut {
		trails = w.shortest(key)
	}
	var list [][]string
	for _, t := range trails {
		if t.length > w.names {
			cut = true
			break
		}
		w.names -= t.length
		names := make([]string, 0, t.length)
		for ; t != nil; t = t.next {
			names = append(names, w.nodes[t.key].Package.String())
		}
		list = append(list, names)
	}
	slices.SortStableFunc(list, func(a, b []string) int { return cmp.Or(len(a)-len(b), slices.Compare(a, b)) })
	list = slices.CompactFunc(list, slices.Equal[[]string])
	count := len(list)
	if cut {
		count++ // at least
	}
	if len(list) > maxPaths {
		for _, names := range list[maxPaths:] {
			w.names += len(names)
		}
		list = slices.Clone(list[:maxPaths])
	}
	return list, count
}

// trails finds the ways, shortest first, by walking from the package to its holders. cut says that there may be more.
func (w *pathWalk) trails(key string) (found []*trail, cut bool) {
	queue := []*trail{{key: key, length: 1}}
	for walked := 0; walked < len(queue); walked++ {
		if walked == maxWalk {
			return found, true
		}
		t := queue[walked]
		fromRoot := false
		for _, edge := range w.nodes[t.key].Holders {
			switch _, ok := w.nodes[edge.Holder]; {
			case !ok:
				fromRoot = true
			case w.steps < t.length || len(queue) == 2*maxWalk:
				cut = true
			default:
				w.steps -= t.length
				if !t.holds(edge.Holder) {
					queue = append(queue, &trail{edge.Holder, t.length + 1, t})
				}
			}
		}
		if fromRoot {
			found = append(found, t)
		}
	}
	return found, cut
}

// shortest finds one way, for a package that has too many to look at.
func (w *pathWalk) shortest(key string) []*trail {
	seen := map[string]bool{key: true}
	queue := []*trail{{key: key, length: 1}}
	for walked := 0; walked < len(queue); walked++ {
		t := queue[walked]
		for _, edge := range w.nodes[t.key].Holders {
			if _, ok := w.nodes[edge.Holder]; !ok {
				return []*trail{t}
			}
			if w.steps--; w.steps >= 0 && !seen[edge.Holder] {
				seen[edge.Holder] = true
				queue = append(queue, &trail{edge.Holder, t.length + 1, t})
			}
		}
	}
	return nil
}
