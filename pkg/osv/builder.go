package osv

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// Source is one set of records in a database.
type Source struct {
	Name  string    `json:"name"`
	Count int       `json:"count"`
	AsOf  time.Time `json:"as_of"` // the newest record, unless the builder was told a date
}

// Builder makes the section that OpenDatabase reads. Records go to a temporary file as they come; only names, ids and
// offsets stay in memory.
type Builder struct {
	file    *os.File
	blobs   *bufio.Writer
	offset  int64
	records []byte // the table
	count   int
	keys    []builderKey
	ids     *union
	seen    map[[16]byte]struct{}
	sources []Source
	index   map[string]int // of sources
	dated   map[string]bool
}

type builderKey struct {
	name   string
	record uint32
}

// NewBuilder returns a builder whose temporary file is in dir. Close removes the file.
func NewBuilder(dir string) (*Builder, error) {
	file, err := os.CreateTemp(dir, ".fettle-osv.*.tmp")
	if err != nil {
		return nil, fmt.Errorf("create a temporary file for advisories: %w", err)
	}
	return &Builder{file: file, blobs: bufio.NewWriterSize(file, 1<<18), ids: newUnion(),
		seen: map[[16]byte]struct{}{}, index: map[string]int{}, dated: map[string]bool{}}, nil
}

// Add takes one OSV record in JSON. A record that another source, or the same one, gave in the very same words counts
// once. An error is about this record alone unless it wraps an error of the file system.
func (b *Builder) Add(data []byte, source string) error {
	r, err := Parse(data)
	if err != nil {
		return err
	}
	blob, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("OSV record %s: %w", r.ID, err)
	}
	sum := sha256.Sum256(blob)
	if _, ok := b.seen[[16]byte(sum[:16])]; ok {
		return nil
	}
	if b.count == math.MaxUint32 {
		return errors.New("too many OSV records")
	}
	if _, err := b.blobs.Write(blob); err != nil {
		return fmt.Errorf("keep OSV record %s: %w", r.ID, err)
	}
	b.seen[[16]byte(sum[:16])] = struct{}{}
	b.addNames(r)
	asOf := r.Modified
	if asOf.IsZero() {
		asOf = r.Published
	}
	b.addRow(blob, b.note(source, asOf))
	return nil
}

// AddAlias says that two ids name the same vulnerability.
func (b *Builder) AddAlias(x, y string) error {
	if !validID(x) || !validID(y) {
		return fmt.Errorf("alias %.40q, %.40q: want 1 to %d printable characters each", x, y, maxID)
	}
	b.ids.join(x, y)
	return nil
}

// Date sets the date of a source, which otherwise is that of its newest record.
func (b *Builder) Date(source string, asOf time.Time) {
	i := b.sourceIndex(source)
	b.sources[i].AsOf = asOf.UTC()
	b.dated[source] = true
}

// Sources returns what was added so far, sorted by name.
func (b *Builder) Sources() []Source {
	return slices.SortedFunc(slices.Values(b.sources), func(x, y Source) int { return strings.Compare(x.Name, y.Name) })
}

// WriteTo writes the section. Nothing may be added after it.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	if err := b.blobs.Flush(); err != nil {
		return 0, fmt.Errorf("keep OSV records: %w", err)
	}
	if _, err := b.file.Seek(0, io.SeekStart); err != nil {
		return 0, fmt.Errorf("read OSV records back: %w", err)
	}
	parts, err := b.tables()
	if err != nil {
		return 0, err
	}
	var written int64
	for _, p := range append([][]byte{header(parts, b.offset)}, parts[:]...) {
		n, err := w.Write(p)
		written += int64(n)
		if err != nil {
			return written, fmt.Errorf("write the advisory index: %w", err)
		}
	}
	n, err := io.Copy(w, b.file)
	written += n
	if err == nil && n != b.offset {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return written, fmt.Errorf("write OSV records: %w", err)
	}
	return written, nil
}

// Close removes the temporary file.
func (b *Builder) Close() error {
	err := b.file.Close()
	return errors.Join(err, os.Remove(b.file.Name()))
}

// addNames notes under which packages and ids r is found. What a withdrawn record says of aliases is withdrawn too.
func (b *Builder) addNames(r Record) {
	var names []string
	for _, a := range r.Affected {
		if a.Package.Name != "" {
			names = append(names, key(a.Package.Ecosystem, a.Package.Name))
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		b.keys = append(b.keys, builderKey{name: strings.Clone(name), record: uint32(b.count)})
	}
	if r.Withdrawn.IsZero() {
		for _, alias := range r.Aliases {
			b.ids.join(strings.Clone(r.ID), strings.Clone(alias))
		}
	}
}

func (b *Builder) addRow(blob []byte, source int) {
	b.records = binary.LittleEndian.AppendUint64(b.records, uint64(b.offset))
	b.records = binary.LittleEndian.AppendUint32(b.records, crc32.Checksum(blob, castagnoli))
	b.records = binary.LittleEndian.AppendUint32(b.records, uint32(source))
	b.offset += int64(len(blob))
	b.count++
}

// note counts a record of source and returns the number of the source.
func (b *Builder) note(source string, asOf time.Time) int {
	i := b.sourceIndex(source)
	s := &b.sources[i]
	s.Count++
	if !b.dated[source] && asOf.After(s.AsOf) {
		s.AsOf = asOf.UTC()
	}
	return i
}

func (b *Builder) sourceIndex(name string) int {
	i, ok := b.index[name]
	if !ok {
		i = len(b.sources)
		b.sources = append(b.sources, Source{Name: name})
		b.index[name] = i
	}
	return i
}

// tables builds the index.
func (b *Builder) tables() (parts [tableCount][]byte, err error) {
	parts[tableRecords] = binary.LittleEndian.AppendUint64(slices.Clip(b.records), uint64(b.offset))
	parts[tableRecords] = binary.LittleEndian.AppendUint64(parts[tableRecords], 0)
	slices.SortFunc(b.keys, func(x, y builderKey) int {
		return cmp.Or(strings.Compare(x.name, y.name), cmp.Compare(x.record, y.record))
	})
	put := func(table int, n int) { parts[table] = binary.LittleEndian.AppendUint32(parts[table], uint32(n)) }
	for i, k := range b.keys {
		if i == 0 || k.name != b.keys[i-1].name {
			put(tableKeys, len(parts[tableNames]))
			put(tableKeys, len(parts[tableRefs]))
			parts[tableNames] = append(parts[tableNames], k.name...)
		}
		put(tableRefs, int(k.record))
	}
	put(tableKeys, len(parts[tableNames]))
	put(tableKeys, len(parts[tableRefs]))
	b.groupIDs(put, &parts)
	if parts[tableSources], err = json.Marshal(b.sources); err != nil {
		return parts, fmt.Errorf("write the sources: %w", err)
	}
	for _, p := range parts {
		if len(p) > math.MaxUint32 {
			return parts, errors.New("the advisory index is larger than 4 GiB")
		}
	}
	return parts, nil
}

// groupIDs writes the sets of ids that have more than one member.
func (b *Builder) groupIDs(put func(table, n int), parts *[tableCount][]byte) {
	sorted := slices.Sorted(slices.Values(b.ids.ids))
	group := map[int]int{} // number of a group by its root
	var members [][]int
	for i, id := range sorted {
		root := b.ids.find(id)
		g, ok := group[root]
		if !ok {
			g = len(members)
			group[root] = g
			members = append(members, nil)
		}
		members[g] = append(members[g], i)
		put(tableIDs, len(parts[tableIDNames]))
		put(tableIDs, g)
		parts[tableIDNames] = append(parts[tableIDNames], id...)
	}
	put(tableIDs, len(parts[tableIDNames]))
	put(tableIDs, 0)
	for _, m := range members {
		put(tableGroups, len(parts[tableMembers]))
		for _, i := range m {
			put(tableMembers, i)
		}
	}
	put(tableGroups, len(parts[tableMembers]))
}
