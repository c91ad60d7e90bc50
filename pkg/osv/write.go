package osv

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
)

// WriteTo writes the section. Nothing may be added after it.
func (b *Builder) WriteTo(out io.Writer) (int64, error) {
	if err := b.spool.Flush(); err != nil {
		return 0, fmt.Errorf("keep OSV records: %w", err)
	}
	b.seen = nil // nothing is added any more
	slices.SortFunc(b.keys, func(x, y spooledRow) int {
		return cmp.Or(strings.Compare(x.key, y.key), cmp.Compare(x.record, y.record))
	})
	w := &sectionWriter{Builder: b, out: bufio.NewWriterSize(out, 1<<18)}
	err := w.write()
	if err == nil {
		err = w.out.Flush()
	}
	if err != nil {
		return w.written, fmt.Errorf("write the advisory index: %w", err)
	}
	return w.written, nil
}

// sectionWriter writes what a builder gathered, in the order of packages, so that what is read together stands together.
type sectionWriter struct {
	*Builder
	out     *bufio.Writer
	written int64
	tables  [tableCount][]byte
	placed  []pointer   // of the records' texts, by number
	special []pointer   // of the specifics, by key
	names   []string    // the ids that have aliases, sorted
	group   map[int]int // number of a group of ids by its root in the union
	groups  [][]int     // ids by number
	scratch []byte
}

func (w *sectionWriter) write() error {
	if err := w.writeTexts(); err != nil {
		return err
	}
	texts := w.written
	w.groupIDs()
	if err := w.writeRows(); err != nil {
		return err
	}
	rows := w.written - texts
	var err error
	if w.tables[tableSources], err = json.Marshal(w.sources); err != nil {
		return err
	}
	for _, t := range w.tables {
		if len(t) > math.MaxUint32 {
			return errors.New("it is larger than 4 GiB")
		}
		if err := w.put(t); err != nil {
			return err
		}
	}
	return w.put(trailer(texts, rows, w.tables))
}

func (w *sectionWriter) put(b []byte) error {
	n, err := w.out.Write(b)
	w.written += int64(n)
	return err
}

// spooled reads a part of the temporary file. The answer is valid until the next call.
func (w *sectionWriter) spooled(offset int64, length uint32) ([]byte, error) {
	w.scratch = slices.Grow(w.scratch[:0], int(length))[:length]
	if _, err := w.file.ReadAt(w.scratch, offset); err != nil {
		return nil, fmt.Errorf("read OSV records back: %w", err)
	}
	return w.scratch, nil
}

// writeTexts writes each text behind that of the record before it in the order of packages.
func (w *sectionWriter) writeTexts() error {
	if err := w.gatherPhrases(); err != nil {
		return err
	}
	c, err := newCompressor(w.tables[tablePhrases])
	if err != nil {
		return err
	}
	w.placed = make([]pointer, len(w.texts))
	w.special = make([]pointer, len(w.keys))
	var piece []byte
	place := func(offset int64, length uint32) (pointer, error) {
		text, err := w.spooled(offset, length)
		if err != nil {
			return pointer{}, err
		}
		piece = c.append(piece[:0], text)
		p := pointer{w.written, uint32(len(piece))}
		return p, w.put(piece)
	}
	for i, k := range w.keys {
		if t := w.texts[k.record]; w.placed[k.record].length == 0 {
			if w.placed[k.record], err = place(t.offset, t.length); err != nil {
				return err
			}
		}
		if k.specifics > 0 {
			if w.special[i], err = place(k.offset+int64(k.row), k.specifics); err != nil {
				return err
			}
		}
	}
	return nil
}

// gatherPhrases takes the beginnings of texts from all over the section.
func (w *sectionWriter) gatherPhrases() error {
	var phrases []byte
	step := max(len(w.keys)/(maxPhrases/phrase), 1)
	for i := 0; i < len(w.keys) && len(phrases) < maxPhrases-phrase; i += step {
		t := w.texts[w.keys[i].record]
		text, err := w.spooled(t.offset, min(t.length, phrase))
		if err != nil {
			return err
		}
		phrases = append(phrases, text...)
	}
	w.tables[tablePhrases] = phrases
	return nil
}

// writeRows writes the rows of each package, and the table of packages.
func (w *sectionWriter) writeRows() error {
	start := w.written
	mark := func(key string) {
		w.number(tableKeys, len(w.tables[tableNames]))
		w.tables[tableKeys] = binary.LittleEndian.AppendUint64(w.tables[tableKeys], uint64(w.written-start))
		w.tables[tableNames] = append(w.tables[tableNames], key...)
	}
	var all []byte
	for i := 0; i < len(w.keys); {
		j := i + 1
		for j < len(w.keys) && w.keys[j].key == w.keys[i].key {
			j++
		}
		rows, err := w.rowsOf(i, j)
		if err != nil {
			return err
		}
		all = append(all[:0], 0, 0, 0, 0)
		for _, r := range rows {
			all = appendText(all, r)
		}
		binary.LittleEndian.PutUint32(all, crc32.Checksum(all[sumSize:], castagnoli))
		mark(w.keys[i].key)
		if err := w.put(all); err != nil {
			return err
		}
		i = j
	}
	mark("")
	return nil
}

// rowsOf returns the rows of the keys from i up to j with their pointers filled in, sorted by id and source.
func (w *sectionWriter) rowsOf(i, j int) ([][]byte, error) {
	type named struct {
		row        []byte
		id, source string
	}
	rows := make([]named, 0, j-i)
	for ; i < j; i++ {
		k := w.keys[i]
		spooled, err := w.spooled(k.offset, k.row)
		if err != nil {
			return nil, err
		}
		row := slices.Clone(spooled)
		w.placed[k.record].put(row)
		w.special[i].put(row[pointerSize:])
		d := decoder{s: string(row[rowPointers:])}
		id, source := d.text(), w.sources[d.number()].Name
		d.time()
		d.time()
		rows = append(rows, named{appendOthers(row, w.others(id, d.texts())), id, source})
	}
	slices.SortStableFunc(rows, func(x, y named) int {
		return cmp.Or(strings.Compare(x.id, y.id), strings.Compare(x.source, y.source))
	})
	sorted := make([][]byte, len(rows))
	for i, r := range rows {
		sorted[i] = r.row
	}
	return sorted, nil
}

func (w *sectionWriter) number(table, n int) {
	w.tables[table] = binary.LittleEndian.AppendUint32(w.tables[table], uint32(n))
}

// others returns the names that the group of id has beyond id and aliases.
func (w *sectionWriter) others(id string, aliases []string) []string {
	if _, ok := w.ids.index[id]; !ok {
		return nil
	}
	var others []string
	for _, i := range w.groups[w.group[w.ids.find(id)]] {
		if name := w.names[i]; name != id && !slices.Contains(aliases, name) {
			if others = append(others, name); len(others) > maxOthers {
				break
			}
		}
	}
	return others
}

// groupIDs writes the sets of ids that have more than one member.
func (w *sectionWriter) groupIDs() {
	w.names = slices.Sorted(slices.Values(w.ids.ids))
	w.group = map[int]int{}
	for i, id := range w.names {
		root := w.ids.find(id)
		g, ok := w.group[root]
		if !ok {
			g = len(w.groups)
			w.group[root] = g
			w.groups = append(w.groups, nil)
		}
		w.groups[g] = append(w.groups[g], i)
		w.number(tableIDs, len(w.tables[tableIDNames]))
		w.number(tableIDs, g)
		w.tables[tableIDNames] = append(w.tables[tableIDNames], id...)
	}
	w.number(tableIDs, len(w.tables[tableIDNames]))
	w.number(tableIDs, 0)
	for _, members := range w.groups {
		w.number(tableGroups, len(w.tables[tableMembers]))
		for _, i := range members {
			w.number(tableMembers, i)
		}
	}
	w.number(tableGroups, len(w.tables[tableMembers]))
}
