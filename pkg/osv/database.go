package osv

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Database finds records by package and ids by alias. It reads the section it was opened on in place, and only the parts
// a question needs. It is safe for concurrent use.
type Database struct {
	at      layout
	section io.ReaderAt
	sources []Source
	texts   decompressor
	ahead   ahead
}

// ahead is what was read behind the rows last asked for. A scan asks for names in order, so the next are often among it: a
// cold disk gives many small pieces much more slowly than a few large ones.
type ahead struct {
	sync.Mutex
	offset int64
	data   []byte
}

const aheadSize = 64 << 10

// read fills b with what stands at offset of a file, and looks no further than end.
func (a *ahead) read(file io.ReaderAt, b []byte, offset, end int64) error {
	if len(b) > aheadSize {
		_, err := file.ReadAt(b, offset)
		return err
	}
	a.Lock()
	defer a.Unlock()
	if from := offset - a.offset; from < 0 || from+int64(len(b)) > int64(len(a.data)) {
		if a.data == nil {
			a.data = make([]byte, aheadSize)
		}
		a.data, a.offset = a.data[:min(aheadSize, end-offset)], offset
		if _, err := file.ReadAt(a.data, offset); err != nil {
			a.data = a.data[:0]
			return err
		}
	}
	copy(b, a.data[offset-a.offset:])
	return nil
}

// OpenDatabase opens a section in memory. See OpenDatabaseAt.
func OpenDatabase(section []byte) (*Database, error) {
	return OpenDatabaseAt(section, bytes.NewReader(section))
}

// OpenDatabaseAt checks the index of section, which must stay readable while the database is in use, and reads records
// from file, which holds the very same bytes. Where section is mapped and file is not, only those pages of the index that
// look-ups touch take up memory. The records of each package, and each text, have a checksum of their own, checked when they
// are read.
func OpenDatabaseAt(section []byte, file io.ReaderAt) (*Database, error) {
	at, err := readLayout(section, file)
	if err != nil {
		return nil, fmt.Errorf("open the advisory database: %w", err)
	}
	db := &Database{at: at, section: file}
	db.texts.phrases = at.tables[tablePhrases]
	if err := json.Unmarshal(at.tables[tableSources], &db.sources); err != nil {
		return nil, fmt.Errorf("open the advisory database: read its sources: %w: %w", err, errDamaged)
	}
	return db, nil
}

// Find returns all records that name the package, withdrawn ones included, sorted by id and source. None is no error. Of
// each it returns what matching needs: ID, Aliases, Modified, Withdrawn, Source and, in Affected, the ranges and versions
// of this package alone. Record.Describe adds the rest.
func (db *Database) Find(ecosystem, name string) ([]Record, error) {
	keys := db.at.tables[tableKeys]
	n, ok := find(keys, db.at.tables[tableNames], keyRow, key(ecosystem, name))
	if !ok {
		return nil, nil
	}
	from, okFrom := long(keys, n*keyRow+4)
	to, okTo := long(keys, (n+1)*keyRow+4)
	if !okFrom || !okTo {
		return nil, fmt.Errorf("find advisories of %s %s: %w", ecosystem, name, errDamaged)
	}
	rows, err := db.rows(from, to)
	if err != nil {
		return nil, fmt.Errorf("find advisories of %s %s: %w", ecosystem, name, err)
	}
	records, ok := db.records(rows, ecosystem, name)
	if !ok {
		return nil, fmt.Errorf("find advisories of %s %s: %w", ecosystem, name, errDamaged)
	}
	return records, nil
}

// Aliases returns all other ids of the same vulnerability, sorted: the aliases that records and alias tables give, and
// theirs in turn.
func (db *Database) Aliases(id string) []string {
	ids, names := db.at.tables[tableIDs], db.at.tables[tableIDNames]
	row, ok := find(ids, names, idRow, id)
	if !ok {
		return nil
	}
	group, _ := word(ids, row*idRow+4)
	from, okFrom := word(db.at.tables[tableGroups], group*4)
	to, okTo := word(db.at.tables[tableGroups], group*4+4)
	members, ok := span(db.at.tables[tableMembers], from, to)
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
func (db *Database) Count() int {
	n := 0
	for _, s := range db.sources {
		n += s.Count
	}
	return n
}

// maxRows bounds the rows of one package, in bytes; those of the Linux kernel in all distributions are some megabytes.
const maxRows = 1 << 30

// rows reads the rows of one package and checks their sum.
func (db *Database) rows(from, to int64) (string, error) {
	if from < 0 || to-from < sumSize || to-from > maxRows || to > db.at.end-db.at.rows {
		return "", errDamaged
	}
	b := make([]byte, to-from)
	if err := db.ahead.read(db.section, b, db.at.rows+from, db.at.end); err != nil {
		return "", fmt.Errorf("%w: %w", err, errDamaged)
	}
	if crc32.Checksum(b[sumSize:], castagnoli) != binary.LittleEndian.Uint32(b) {
		return "", fmt.Errorf("wrong checksum: %w", errDamaged)
	}
	return string(b[sumSize:]), nil
}

// records reads rows, as far as they are about ecosystem: other suffixes of it have the same key.
func (db *Database) records(rows, ecosystem, name string) ([]Record, bool) {
	base, name := base(ecosystem), NormalizeName(ecosystem, name)
	var records []Record
	for d := (decoder{s: rows}); d.s != ""; {
		one := decoder{s: d.text()}
		r := one.row(ecosystem, base, name)
		if d.bad || one.bad || one.s != "" || r.source >= uint64(len(db.sources)) {
			return nil, false
		}
		if len(r.record.Affected) == 0 {
			continue
		}
		r.record.Source = db.sources[r.source].Name
		r.record.rest = &rest{db: db, text: r.text, specifics: r.specifics, places: r.places, others: r.others, folded: r.folded}
		records = append(records, r.record)
	}
	return records, true
}

// text reads one piece of text.
func (db *Database) text(p pointer) (decoder, error) {
	if p.offset < 0 || p.offset > db.at.rows-int64(p.length) || p.length > 2*MaxRecord {
		return decoder{}, errDamaged
	}
	piece := make([]byte, p.length)
	if _, err := db.section.ReadAt(piece, p.offset); err != nil {
		return decoder{}, fmt.Errorf("%w: %w", err, errDamaged)
	}
	text, err := db.texts.text(piece)
	if err != nil {
		return decoder{}, fmt.Errorf("%w: %w", err, errDamaged)
	}
	return decoder{s: text}, nil
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
