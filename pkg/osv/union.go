package osv

// union keeps sets of ids that name the same thing.
type union struct {
	index  map[string]int
	ids    []string
	parent []int32
}

func newUnion() *union { return &union{index: map[string]int{}} }

// add makes id known and returns its number.
func (u *union) add(id string) int {
	if i, ok := u.index[id]; ok {
		return i
	}
	i := len(u.ids)
	u.index[id] = i
	u.ids = append(u.ids, id)
	u.parent = append(u.parent, int32(i))
	return i
}

func (u *union) join(a, b string) {
	x, y := u.root(u.add(a)), u.root(u.add(b))
	if x != y {
		u.parent[max(x, y)] = int32(min(x, y))
	}
}

// find returns the number of the set that holds id, which must be known.
func (u *union) find(id string) int { return u.root(u.index[id]) }

func (u *union) root(i int) int {
	for u.parent[i] != int32(i) {
		u.parent[i] = u.parent[u.parent[i]]
		i = int(u.parent[i])
	}
	return i
}
