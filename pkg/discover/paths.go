package discover

import (
	"cmp"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// A graph may hold more paths than any machine can count, and a lockfile that means harm does.
const (
	maxPaths = 100        // of one package that are listed
	maxWalk  = 10_000     // beginnings of paths that are looked at to find and count those of one package
	maxNames = 1_000_000  // names in all paths of one project
	maxSteps = 20_000_000 // comparisons for all paths of one project
)

// pathWalk finds the ways from the roots of a project to its packages.
type pathWalk struct {
	index   map[string]int // by key
	labels  []string       // name@version
	holders [][]int
	rooted  []bool // a root needs it
	names   int    // left of maxNames
	steps   int    // left of maxSteps
}

// newPathWalk takes a holder that is no node of project for a root.
func newPathWalk(project fettle.Project) *pathWalk {
	n := len(project.Nodes)
	w := &pathWalk{index: make(map[string]int, n), labels: make([]string, n), holders: make([][]int, n), rooted: make([]bool, n), names: maxNames, steps: maxSteps}
	for i, node := range project.Nodes {
		w.index[node.Key] = i
		w.labels[i] = node.Package.String()
	}
	for i, node := range project.Nodes {
		for _, edge := range node.Holders {
			at, ok := w.index[edge.Holder]
			if !ok {
				w.rooted[i] = true
			} else if len(w.holders[i]) > 1000 || !slices.Contains(w.holders[i], at) { // a need in two sections
				w.holders[i] = append(w.holders[i], at)
			}
		}
	}
	return w
}

// trail is the rest of a path, from a node down to the package in question.
type trail struct {
	at     int
	length int
	next   *trail
}

func (t *trail) holds(at int) bool {
	for ; t != nil; t = t.next {
		if t.at == at {
			return true
		}
	}
	return false
}

// paths lists the ways from a root to the node key, shortest first, each as name@version from the root's own dependency
// on. The count is larger than the list where it was cut, and then only a lower bound.
func (w *pathWalk) paths(key string) ([][]string, int) {
	at, ok := w.index[key]
	if !ok {
		return nil, 0
	}
	trails, cut := w.trails(at)
	if len(trails) == 0 && cut {
		trails = w.shortest(at)
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
			names = append(names, w.labels[t.at])
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
func (w *pathWalk) trails(at int) (found []*trail, cut bool) {
	queue := []*trail{{at: at, length: 1}}
	for walked := 0; walked < len(queue); walked++ {
		t := queue[walked]
		if w.rooted[t.at] {
			found = append(found, t)
		}
		for _, holder := range w.holders[t.at] {
			if w.steps < t.length || len(queue) == maxWalk {
				cut = true
				break
			}
			w.steps -= t.length
			if !t.holds(holder) {
				queue = append(queue, &trail{holder, t.length + 1, t})
			}
		}
	}
	return found, cut
}

// shortest finds one way, for a package that has too many to look at.
func (w *pathWalk) shortest(at int) []*trail {
	seen := map[int]bool{at: true}
	queue := []*trail{{at: at, length: 1}}
	for walked := 0; walked < len(queue); walked++ {
		t := queue[walked]
		if w.rooted[t.at] {
			return []*trail{t}
		}
		for _, holder := range w.holders[t.at] {
			if w.steps--; w.steps >= 0 && !seen[holder] {
				seen[holder] = true
				queue = append(queue, &trail{holder, t.length + 1, t})
			}
		}
	}
	return nil
}
