package osv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// A database section is texts, rows, the index and a trailer. All integers are little-endian, nothing is aligned, and a
// varint is one of encoding/binary.
//
//	texts    what only a hit needs, one piece after another; see text.go
//	rows     what matching needs, the rows of one package after another; see row.go
//	keys     one row a package, sorted, and one more: offset into names (4), offset into rows (8)
//	ids      one row an id that has aliases, sorted, and one more: offset into idNames (4), group (4)
//	groups   one row a group and one more: offset into members (4)
//	members  id numbers (4)
//	names    key texts: ecosystem, NUL, normalized name
//	idNames  id texts
//	sources  JSON list of Source
//	phrases  the dictionary that texts are compressed with
//	trailer  length of texts and of rows (8 each), then for each table of the index, in the order above, its length (8),
//	         CRC-32C of the index and the trailer so far (4), magic (8)
//
// The index stands behind what it points to, so that a builder writes the section in one go.
const (
	dbMagic     = "osvdb\x00\x00\x02"
	trailerSize = (2+tableCount)*8 + 4 + len(dbMagic)

	keyRow = 12
	idRow  = 8
)

const (
	tableKeys = iota
	tableIDs
	tableGroups
	tableMembers
	tableNames
	tableIDNames
	tableSources
	tablePhrases
	tableCount
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("the advisory index is damaged; run fettle db build or fettle db update to make it again")

// layout says where the parts of a section are.
type layout struct {
	texts, rows int64 // where they begin
	end         int64 // of the rows, where the index begins
	tables      [tableCount][]byte
}

// readLayout cuts the index out of section and checks its sum. It reads it from file for that, which holds the same bytes:
// that is several times faster than to touch a mapping of what is not in the cache yet, and maps nothing.
func readLayout(section []byte, file io.ReaderAt) (l layout, err error) {
	if len(section) < trailerSize || string(section[len(section)-len(dbMagic):]) != dbMagic {
		return l, fmt.Errorf("not an advisory index of this version: %w", errDamaged)
	}
	trailer := section[len(section)-trailerSize:]
	left := uint64(len(section) - trailerSize)
	lengths := make([]uint64, 2+tableCount)
	for i := range lengths {
		n := binary.LittleEndian.Uint64(trailer[i*8:])
		if n > left {
			return l, fmt.Errorf("part %d is cut short: %w", i, errDamaged)
		}
		lengths[i] = n
		left -= n
	}
	if left != 0 {
		return l, fmt.Errorf("%d bytes belong to no part: %w", left, errDamaged)
	}
	l.rows = int64(lengths[0])
	l.end = l.rows + int64(lengths[1])
	index := section[l.end : len(section)-len(dbMagic)-4]
	sum := crc32.New(castagnoli)
	in := io.NewSectionReader(file, l.end, int64(len(index)))
	if n, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{in}, make([]byte, min(len(index)+1, 1<<18))); err != nil {
		return l, fmt.Errorf("read the index: %w", err)
	} else if n != int64(len(index)) {
		return l, fmt.Errorf("the index is cut short: %w", errDamaged)
	}
	if sum.Sum32() != binary.LittleEndian.Uint32(section[len(section)-len(dbMagic)-4:]) {
		return l, fmt.Errorf("wrong checksum: %w", errDamaged)
	}
	for i, n := range lengths[2:] {
		l.tables[i], index = index[:n:n], index[n:]
	}
	return l, nil
}

// trailer ends a section with texts and rows of these lengths.
func trailer(texts, rows int64, tables [tableCount][]byte) []byte {
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, uint64(texts))
	b = binary.LittleEndian.AppendUint64(b, uint64(rows))
	var sum uint32
	for _, t := range tables {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(t)))
		sum = crc32.Update(sum, castagnoli, t)
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.Update(sum, castagnoli, b))
	return append(b, dbMagic...)
}

// word returns the 32-bit integer at byte i of table, or false where the table ends before it.
func word(table []byte, i int) (int, bool) {
	if i < 0 || len(table) < 4 || i > len(table)-4 {
		return 0, false
	}
	return int(binary.LittleEndian.Uint32(table[i:])), true
}

// long returns the 64-bit integer at byte i of table, or false where the table ends before it.
func long(table []byte, i int) (int64, bool) {
	if i < 0 || len(table) < 8 || i > len(table)-8 {
		return 0, false
	}
	n := binary.LittleEndian.Uint64(table[i:])
	return int64(n), n <= math.MaxInt64
}

// span returns table[from:to], or false where that is no part of it.
func span(table []byte, from, to int) ([]byte, bool) {
	if from < 0 || to < from || to > len(table) {
		return nil, false
	}
	return table[from:to], true
}
