package feed

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"time"
)

// A table is what one feed becomes in the database. All integers are little-endian.
//
//	kind      8 bytes, version included
//	meta      length (4), then JSON
//	rows      number (4), then sorted by CVE: key (8), two values (4 each)
//	heap      what the values of a row point into, if they point
const rowSize = 16

// Edition says which data a feed's section was made from.
type Edition struct {
	Count int       `json:"count"`
	AsOf  time.Time `json:"as_of,omitzero"`  // zero where the source gives no date
	Model string    `json:"model,omitempty"` // of EPSS, as the feed names it
	Other int       `json:"other,omitempty"` // rows of a list that tell of no CVE, or of no exploit
}

type meta struct {
	Edition
	Median float64 `json:"median,omitempty"`
}

type row struct {
	key  cveKey
	a, b uint32
}

type table struct {
	meta meta
	rows []byte
	heap []byte
}

var errTable = errors.New("run fettle db build or fettle db update to make it again")

func writeTable(w io.Writer, kind string, m meta, rows []row, heap []byte) error {
	head, err := json.Marshal(m)
	if err != nil {
		return err
	}
	b := append([]byte(kind), binary.LittleEndian.AppendUint32(nil, uint32(len(head)))...)
	b = append(b, head...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(rows)))
	for _, r := range rows {
		b = binary.LittleEndian.AppendUint64(b, uint64(r.key))
		b = binary.LittleEndian.AppendUint32(b, r.a)
		b = binary.LittleEndian.AppendUint32(b, r.b)
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	_, err = w.Write(heap)
	return err
}

func openTable(section []byte, kind string) (table, error) {
	var t table
	name := string(kind[:4])
	damaged := func(what string) (table, error) {
		return table{}, fmt.Errorf("the %.4s section of the database %s; %w", name, what, errTable)
	}
	rest, ok := cut(section, len(kind))
	if !ok || string(section[:len(kind)]) != kind {
		return damaged("is missing or of another version")
	}
	n, rest, ok := number(rest)
	if !ok || n > len(rest) {
		return damaged("is cut short")
	}
	if err := json.Unmarshal(rest[:n], &t.meta); err != nil {
		return damaged("is damaged")
	}
	rest = rest[n:]
	n, rest, ok = number(rest)
	if !ok || n > len(rest)/rowSize {
		return damaged("is cut short")
	}
	t.rows, t.heap = rest[:n*rowSize], rest[n*rowSize:]
	t.meta.Count = n
	return t, nil
}

// find returns the values of the row of cve. An id that is none is not found.
func (t table) find(cve string) (a, b uint32, ok bool) {
	key, err := parseCVE(cve)
	if err != nil {
		return 0, 0, false
	}
	n := len(t.rows) / rowSize
	i := sort.Search(n, func(i int) bool { return t.row(i).key >= key })
	if i == n || t.row(i).key != key {
		return 0, 0, false
	}
	r := t.row(i)
	return r.a, r.b, true
}

// entry decodes the JSON that the row of cve points to.
func (t table) entry(cve string, into any) bool {
	offset, length, ok := t.find(cve)
	if !ok || uint64(offset)+uint64(length) > uint64(len(t.heap)) {
		return false
	}
	return json.Unmarshal(t.heap[offset:][:length], into) == nil
}

func (t table) row(i int) row {
	r := t.rows[i*rowSize:]
	return row{key: cveKey(binary.LittleEndian.Uint64(r)), a: binary.LittleEndian.Uint32(r[8:]), b: binary.LittleEndian.Uint32(r[12:])}
}

// writeEntries writes a table whose rows point to one JSON value each.
func writeEntries[T any](w io.Writer, kind string, m meta, entries map[cveKey]T) error {
	rows := make([]row, 0, len(entries))
	for key := range entries {
		rows = append(rows, row{key: key})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.key, b.key) })
	var heap []byte
	for i := range rows {
		value, err := json.Marshal(entries[rows[i].key])
		if err != nil {
			return err
		}
		if len(heap)+len(value) > math.MaxUint32 {
			return errors.New("the feed is larger than 4 GiB")
		}
		rows[i].a, rows[i].b = uint32(len(heap)), uint32(len(value))
		heap = append(heap, value...)
	}
	return writeTable(w, kind, m, rows, heap)
}

func number(b []byte) (int, []byte, bool) {
	if len(b) < 4 {
		return 0, nil, false
	}
	return int(binary.LittleEndian.Uint32(b)), b[4:], true
}

func cut(b []byte, n int) ([]byte, bool) {
	if len(b) < n {
		return nil, false
	}
	return b[n:], true
}
