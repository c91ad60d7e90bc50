package golang

// maxSteps bounds the search for requirements that say nothing new, over all modules of a project.
const maxSteps = 50_000_000

// ways are the direct requirements between modules.
type ways struct {
	index map[string]int
	next  [][]int
	seen  []int // the search that met a module last
	round int
	steps int
}

func newWays() *ways { return &ways{index: map[string]int{}} }

func (w *ways) at(key string) int {
	i, ok := w.index[key]
	if !ok {
		i = len(w.next)
		w.index[key] = i
		w.next = append(w.next, nil)
		w.seen = append(w.seen, 0)
	}
	return i
}

func (w *ways) add(from, to string) {
	i, j := w.at(from), w.at(to)
	w.next[i] = append(w.next[i], j)
}

// missing returns those of keys that no way from a module leads to; all of them where the steps are used up.
func (w *ways) missing(from string, keys []string) []string {
	if len(keys) == 0 {
		return nil
	}
	w.round++
	wanted := map[int]bool{}
	for _, key := range keys {
		wanted[w.at(key)] = true
	}
	queue := []int{w.at(from)}
	for ; len(queue) > 0 && len(wanted) > 0; queue = queue[1:] {
		for _, to := range w.next[queue[0]] {
			if w.steps++; w.steps > maxSteps {
				return keys
			}
			if w.seen[to] != w.round {
				w.seen[to] = w.round
				queue = append(queue, to)
				delete(wanted, to)
			}
		}
	}
	var left []string
	for _, key := range keys {
		if wanted[w.index[key]] {
			left = append(left, key)
		}
	}
	return left
}
