package dotnet

import (
	"bytes"
	"math/bits"
	"strings"
	"unicode/utf16"
)

// The tables of ECMA-335 II.22 that are read.
const (
	tModule, tTypeRef, tTypeDef, tMethodDef, tMemberRef = 0x00, 0x01, 0x02, 0x06, 0x0a
	tCustomAttribute, tModuleRef, tTypeSpec, tAssembly  = 0x0c, 0x1a, 0x1b, 0x20
	tAssemblyRef, tExportedType, tNestedClass           = 0x23, 0x27, 0x29
	tMethodSpec                                         = 0x2b
	tCount                                              = 0x2d
)

// layout gives the columns of each table: 2 and 4 are numbers of that size, s g and b indexes into the heaps of strings, GUIDs
// and blobs, an upper-case letter a coded index of codes, and any other an index into the table of plain.
var layout = [tCount]string{"2sggg", "Rss", "4ssTfm", "f", "2sb", "m", "422sbp", "p", "22s", "tT", "Msb", "2Cb", "AYb", "Fb", "2Db", "24t", "4f", "b", "te", "e",
	"2sT", "tr", "r", "2sb", "2mS", "tOO", "s", "b", "2Wsn", "4f", "44", "4", "422224bss", "4", "444", "22224bssb", "4a", "444a", "4sb", "44ssI", "44sI", "tt", "22Gs",
	"Ob", "xT"}

var plain = map[byte]int{'f': 0x04, 'm': 0x06, 'p': 0x08, 't': 0x02, 'e': 0x14, 'r': 0x17, 'n': 0x1a, 'a': 0x23, 'x': 0x2a}

// codes are the tables of coded indexes (II.24.2.6), -1 for none.
var codes = map[byte][]int{
	'T': {0x02, 0x01, 0x1b}, 'C': {0x04, 0x08, 0x17}, 'F': {0x04, 0x08}, 'D': {0x02, 0x06, 0x20}, 'M': {0x02, 0x01, 0x1a, 0x06, 0x1b}, 'S': {0x14, 0x17},
	'O': {0x06, 0x0a}, 'W': {0x04, 0x06}, 'I': {0x26, 0x23, 0x27}, 'Y': {-1, -1, 0x06, 0x0a, -1}, 'R': {0x00, 0x1a, 0x23, 0x01}, 'G': {0x02, 0x06},
	'A': {0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00, 0x0e, 0x17, 0x14, 0x11, 0x1a, 0x1b, 0x20, 0x23, 0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b},
}

// metadata is the heaps and tables of an assembly.
type metadata struct {
	strings, users, blobs []byte
	rows                  [tCount]uint32
	width                 [tCount]uint32   // of a row
	offsets               [tCount][]uint32 // of its columns
	sizes                 [tCount][]uint32
	data                  [tCount][]byte
}

// readMetadata reads the root (II.24.2.1), the stream headers and the layout of the tables.
func readMetadata(root []byte) (*metadata, error) {
	if u32(root, 0) != 0x424a5342 {
		return nil, errBroken
	}
	at := 16 + u32(root, 12)
	if at > uint32(len(root)) || at < 16 {
		return nil, errBroken
	}
	count := u16(root, at+2)
	at += 4
	m := &metadata{}
	var tables []byte
	for range min(count, 16) {
		from, size := u32(root, at), u32(root, at+4)
		if at+8 >= uint32(len(root)) || uint64(from)+uint64(size) > uint64(len(root)) {
			return nil, errBroken
		}
		end := bytes.IndexByte(root[at+8:], 0)
		if end < 0 || end > 32 {
			return nil, errBroken
		}
		part := root[from : from+size]
		switch string(root[at+8 : at+8+uint32(end)]) {
		case "#~":
			tables = part
		case "#Strings":
			m.strings = part
		case "#US":
			m.users = part
		case "#Blob":
			m.blobs = part
		}
		at += 8 + (uint32(end)+4)/4*4
	}
	if len(tables) < 24 {
		return nil, errBroken
	}
	return m, m.lay(tables)
}

// lay finds the rows of each table (II.24.2.6).
func (m *metadata) lay(tables []byte) error {
	heaps := tables[6]
	present := uint64(u32(tables, 8)) | uint64(u32(tables, 12))<<32
	if present>>tCount != 0 {
		return errBroken
	}
	at := uint32(24)
	for t := range tCount {
		if present>>t&1 == 1 {
			m.rows[t] = u32(tables, at)
			at += 4
		}
	}
	if heaps&0x40 != 0 {
		at += 4 // extra data
	}
	for t := range tCount {
		for i := range len(layout[t]) {
			size := m.column(layout[t][i], heaps)
			m.offsets[t], m.sizes[t] = append(m.offsets[t], m.width[t]), append(m.sizes[t], size)
			m.width[t] += size
		}
		size := uint64(m.width[t]) * uint64(m.rows[t])
		if uint64(at)+size > uint64(len(tables)) {
			return errBroken
		}
		m.data[t] = tables[at : uint64(at)+size]
		at += uint32(size)
	}
	return nil
}

func (m *metadata) column(kind, heaps byte) uint32 {
	wide := func(is bool) uint32 {
		if is {
			return 4
		}
		return 2
	}
	switch kind {
	case '2':
		return 2
	case '4':
		return 4
	case 's':
		return wide(heaps&1 != 0)
	case 'g':
		return wide(heaps&2 != 0)
	case 'b':
		return wide(heaps&4 != 0)
	}
	if t, ok := plain[kind]; ok {
		return wide(m.rows[t] > 0xffff)
	}
	most := uint32(0)
	for _, t := range codes[kind] {
		if t >= 0 {
			most = max(most, m.rows[t])
		}
	}
	return wide(most > 0xffff>>codeBits(kind))
}

func codeBits(kind byte) int { return bits.Len(uint(len(codes[kind]) - 1)) }

// cell is a column of a row; rows count from 1. It is 0 for what is not there.
func (m *metadata) cell(table int, row uint32, column int) uint32 {
	if row == 0 || row > m.rows[table] {
		return 0
	}
	at := (row-1)*m.width[table] + m.offsets[table][column]
	if m.sizes[table][column] == 4 {
		return u32(m.data[table], at)
	}
	return u16(m.data[table], at)
}

// coded is cell for a coded index: the table, -1 for none, and the row.
func (m *metadata) coded(table int, row uint32, column int) (int, uint32) {
	return decode(layout[table][column], m.cell(table, row, column))
}

func decode(kind byte, value uint32) (int, uint32) {
	n := codeBits(kind)
	which := int(value & (1<<n - 1))
	if which >= len(codes[kind]) {
		return -1, 0
	}
	return codes[kind][which], value >> n
}

// maxName bounds a name, in bytes.
const maxName = 1024

// text is cell for an index into the strings.
func (m *metadata) text(table int, row uint32, column int) string {
	at := m.cell(table, row, column)
	if uint64(at) >= uint64(len(m.strings)) {
		return ""
	}
	rest := m.strings[at:]
	if end := bytes.IndexByte(rest[:min(len(rest), maxName)], 0); end >= 0 {
		return string(rest[:end])
	}
	return ""
}

// blob is the bytes at an index into a heap of blobs or user strings, and where the next begins (II.24.2.4).
func blob(heap []byte, at uint32) (content []byte, next uint32) {
	if uint64(at) >= uint64(len(heap)) {
		return nil, 0
	}
	size, n := compressed(heap[at:])
	from, to := uint64(at)+uint64(n), uint64(at)+uint64(n)+uint64(size)
	if n == 0 || to > uint64(len(heap)) {
		return nil, 0
	}
	return heap[from:to], uint32(to)
}

// compressed reads an unsigned number (II.23.2) and says how many bytes it takes; 0 where it is broken.
func compressed(b []byte) (value uint32, n int) {
	switch {
	case len(b) >= 1 && b[0]&0x80 == 0:
		return uint32(b[0]), 1
	case len(b) >= 2 && b[0]&0xc0 == 0x80:
		return uint32(b[0]&0x3f)<<8 | uint32(b[1]), 2
	case len(b) >= 4 && b[0]&0xe0 == 0xc0:
		return uint32(b[0]&0x1f)<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), 4
	}
	return 0, 0
}

// userStrings yields the string literals of the code that may be or hold a name.
func (m *metadata) userStrings(yield func(string) bool) {
	for at := uint32(1); ; {
		content, next := blob(m.users, at)
		if next <= at {
			return
		}
		at = next
		if len(content) < 2*3 || len(content) > 2*2048 {
			continue
		}
		units := make([]uint16, len(content)/2)
		for i := range units {
			units[i] = uint16(u16(content, uint32(2*i)))
		}
		if s := string(utf16.Decode(units)); strings.TrimSpace(s) != "" && !yield(s) {
			return
		}
	}
}
