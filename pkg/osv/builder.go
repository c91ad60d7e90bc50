package osv

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// Source is one set of records in a database.
type Source struct {
	Name       string         `json:"name"`
	Count      int            `json:"count"`
	AsOf       time.Time      `json:"as_of"`                // the newest record, unless the builder was told a date
	Ecosystems map[string]int `json:"ecosystems,omitempty"` // records by the ecosystem that they speak of, as they spell it
}

// Builder makes the section that OpenDatabase reads. Records go to a temporary file as they come; only names, ids and
// offsets stay in memory.
type Builder struct {
	file    *os.File
	spool   *bufio.Writer
	offset  int64 // of the end of the spool
	keys    []spooledRow
	texts   []span64 // of the records, by number, in the spool
	ids     *union
	seen    map[[16]byte]struct{}
	sources []Source
	index   map[string]int // of sources
	dated   map[string]bool
	row     []byte // scratch
	text    []byte
}

// spooledRow is the row of one record about one package, as the temporary file holds it: the row, then the specifics,
// where they are not part of the record's text.
type spooledRow struct {
	key       string
	record    uint32
	row       uint32 // bytes
	specifics uint32 // bytes
	offset    int64
}

// span64 is a part of the temporary file.
type span64 struct {
	offset int64
	length uint32
}

// NewBuilder returns a builder whose temporary file is in dir. Close removes the file.
func NewBuilder(dir string) (*Builder, error) {
	file, err := os.CreateTemp(dir, ".fettle-osv.*.tmp")
	if err != nil {
		return nil, fmt.Errorf("create a temporary file for advisories: %w", err)
	}
	return &Builder{file: file, spool: bufio.NewWriterSize(file, 1<<18), ids: newUnion(),
		seen: map[[16]byte]struct{}{}, index: map[string]int{}, dated: map[string]bool{}}, nil
}

// Add takes one OSV record in JSON. A record that another source, or the same one, gave in the very same words counts
// once. An error is about this record alone unless it wraps an error of the file system.
func (b *Builder) Add(data []byte, source string) error {
	r, err := Parse(data)
	if err != nil {
		return err
	}
	sum := r.sum()
	if _, ok := b.seen[sum]; ok {
		return nil
	}
	if len(b.texts) == math.MaxUint32 {
		return errors.New("too many OSV records")
	}
	asOf := r.Modified
	if asOf.IsZero() {
		asOf = r.Published
	}
	if err := b.put(r, b.sourceIndex(source)); err != nil {
		return fmt.Errorf("keep OSV record %s: %w", r.ID, err)
	}
	b.seen[sum] = struct{}{}
	b.note(source, r, asOf)
	if r.Withdrawn.IsZero() { // what a withdrawn record says of aliases is withdrawn too
		for _, alias := range r.Aliases {
			b.ids.join(r.ID, alias)
		}
	}
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

// Close removes the temporary file.
func (b *Builder) Close() error {
	err := b.file.Close()
	return errors.Join(err, os.Remove(b.file.Name()))
}

// sum tells records apart.
func (r Record) sum() [16]byte {
	h := sha256.New()
	var b []byte
	b = appendRow(b, r, 0, "", "", r.Affected)
	b = appendRecordText(b, r)
	h.Write(appendSpecifics(b, r.Affected))
	return [16]byte(h.Sum(nil))
}

// put writes r's text and rows to the temporary file.
func (b *Builder) put(r Record, source int) error {
	keys, entries := r.packages()
	b.text = appendRecordText(b.text[:0], r)
	if len(keys) == 1 {
		b.text = appendSpecifics(b.text, entries[0])
	}
	var err error
	write := func(p []byte) (uint32, int64) {
		if err == nil && len(p) > math.MaxUint32 {
			err = errors.New("too large")
		}
		if err == nil {
			_, err = b.spool.Write(p)
		}
		at := b.offset
		b.offset += int64(len(p))
		return uint32(len(p)), at
	}
	length, at := write(b.text)
	number := uint32(len(b.texts))
	b.texts = append(b.texts, span64{at, length})
	for i, k := range keys {
		ecosystem, name, _ := strings.Cut(k, "\x00")
		row := spooledRow{key: k, record: number}
		b.row = appendRow(b.row[:0], r, source, ecosystem, name, entries[i])
		row.row, row.offset = write(b.row)
		if len(keys) > 1 {
			b.row = appendSpecifics(b.row[:0], entries[i])
			row.specifics, _ = write(b.row)
		}
		b.keys = append(b.keys, row)
	}
	return err
}

// packages returns the keys of the packages that r names, and its entries about each.
func (r Record) packages() (keys []string, entries [][]AffectedPackage) {
	place := map[string]int{}
	for _, a := range r.Affected {
		if a.Package.Name == "" {
			continue
		}
		k := key(a.Package.Ecosystem, a.Package.Name)
		i, ok := place[k]
		if !ok {
			i = len(keys)
			place[k] = i
			keys, entries = append(keys, k), append(entries, nil)
		}
		entries[i] = append(entries[i], a)
	}
	return keys, entries
}

// note counts a record of source.
func (b *Builder) note(source string, r Record, asOf time.Time) {
	s := &b.sources[b.sourceIndex(source)]
	s.Count++
	s.noteEcosystems(r)
	if !b.dated[source] && asOf.After(s.AsOf) {
		s.AsOf = asOf.UTC()
	}
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
