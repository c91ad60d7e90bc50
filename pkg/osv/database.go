package osv

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"sort"
	"strings"
)

// Database finds records by package and ids by alias. It reads the section it was opened on in place, and only the parts
// a question needs. It is safe for concurrent use.
type Database struct {
	parts   [tableCount][]byte
	blobs   []byte
	sources []Source
}

// OpenDatabase checks the index of section, which must stay readable while the database is in use. Each record has a
// checksum of its own, checked when the record is read.
func OpenDatabase(section []byte) (*Database, error) {
	parts, blobs, err := tables(section)
	if err != nil {
		return nil, fmt.Errorf("open the advisory database: %w", err)
	}
	db := &Database{parts: parts, blobs: blobs}
	if err := json.Unmarshal(parts[tableSources], &db.sources); err != nil {
		return nil, fmt.Errorf("open the advisory database: read its sources: %w: %w", err, errDamaged)
	}
	return db, nil
}

// Find returns all records that name the package, withdrawn ones included, sorted by id and source. None is no error.
func (db *Database) Find(ecosystem, name string) ([]Record, error) {
	row, ok := find(db.parts[tableKeys], db.parts[tableNames], keyRow, key(ecosystem, name))
	if !ok {
		return nil, nil
	}
	from, _ := word(db.parts[tableKeys], row*keyRow+4)
	to, _ := word(db.parts[tableKeys], (row+1)*keyRow+4)
	refs, ok := span(db.parts[tableRefs], from, to)
	if !ok {
		return nil, fmt.Errorf("find advisories of %s %s: %w", ecosystem, name, errDamaged)
	}
	records := make([]Record, 0, len(refs)/4)
	for ; len(refs) >= 4; refs = refs[4:] {
		r, err := db.record(int(binary.LittleEndian.Uint32(refs)))
		if err != nil {
			return nil, fmt.Errorf("find advisories of %s %s: %w", ecosystem, name, err)
		}
		if len(r.Entries(ecosystem, name)) > 0 { // another suffix of the ecosystem has the same key
			records = append(records, r)
		}
	}
	slices.SortStableFunc(records, func(a, b Record) int {
		if d := strings.Compare(a.ID, b.ID); d != 0 {
			return d
		}
		return strings.Compare(a.Source, b.Source)
	})
	return records, nil
}

// Aliases returns all other ids of the same vulnerability, sorted: the aliases that records and alias tables give, and
// theirs in turn.
func (db *Database) Aliases(id string) []string {
	ids, names := db.parts[tableIDs], db.parts[tableIDNames]
	row, ok := find(ids, names, idRow, id)
	if !ok {
		return nil
	}
	group, _ := word(ids, row*idRow+4)
	from, okFrom := word(db.parts[tableGroups], group*4)
	to, okTo := word(db.parts[tableGroups], group*4+4)
	members, ok := span(db.parts[tableMembers], from, to)
	if !okFrom || !okTo || !ok {
		return nil
	}
	var aliases []string
	for ; len(members) >= 4; members = members[4:] {
		other, ok := text(ids, names, idRow, int(binary.LittleEndian.Uint32(members)))
		if ok && string(other) != id {
			aliases = append(aliases, string(other))
		}
	}
	slices.Sort(aliases)
	return aliases
}

// Sources returns the sets of records in the database, sorted by name.
func (db *Database) Sources() []Source {
	return slices.SortedFunc(slices.Values(db.sources), func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
}

// Count returns how many records the database holds.
func (db *Database) Count() int { return max(len(db.parts[tableRecords])/recordRow-1, 0) }

// record reads one record and checks its sum.
func (db *Database) record(i int) (Record, error) {
	table := db.parts[tableRecords]
	row, ok := span(table, i*recordRow, i*recordRow+recordRow+8)
	if !ok {
		return Record{}, errDamaged
	}
	from, to := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(row[recordRow:])
	if from > to || to > uint64(len(db.blobs)) {
		return Record{}, errDamaged
	}
	blob := db.blobs[from:to]
	if crc32.Checksum(blob, castagnoli) != binary.LittleEndian.Uint32(row[8:]) {
		return Record{}, fmt.Errorf("wrong checksum of record %d: %w", i, errDamaged)
	}
	r, err := Parse(blob)
	if err != nil {
		return Record{}, err
	}
	if s := binary.LittleEndian.Uint32(row[12:]); uint64(s) < uint64(len(db.sources)) {
		r.Source = db.sources[s].Name
	}
	return r, nil
}

// find returns the row of table whose text is want. Rows begin with an offset into texts, and one row more ends the last.
func find(table, texts []byte, row int, want string) (int, bool) {
	n := max(len(table)/row-1, 0)
	i := sort.Search(n, func(i int) bool {
		got, _ := text(table, texts, row, i)
		return string(got) >= want
	})
	if i == n {
		return 0, false
	}
	got, ok := text(table, texts, row, i)
	return i, ok && string(got) == want
}

func text(table, texts []byte, row, i int) ([]byte, bool) {
	from, ok := word(table, i*row)
	if !ok {
		return nil, false
	}
	to, ok := word(table, (i+1)*row)
	if !ok {
		return nil, false
	}
	return span(texts, from, to)
}
