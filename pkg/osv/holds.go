package osv

import (
	"sort"
	"strings"
)

// Holds reports whether any record speaks of a package of ecosystem, whatever its suffix. A database that holds none has
// nothing to say of the ecosystem's packages, which is no all-clear.
func (db *Database) Holds(ecosystem string) bool {
	keys, names := db.at.tables[tableKeys], db.at.tables[tableNames]
	first := key(ecosystem, "")
	n := max(len(keys)/keyRow-1, 0)
	i := sort.Search(n, func(i int) bool {
		got, _ := text(keys, names, keyRow, i)
		return string(got) >= first
	})
	got, ok := text(keys, names, keyRow, i)
	return i < n && ok && strings.HasPrefix(string(got), first)
}
