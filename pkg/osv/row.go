package osv

import (
	"encoding/binary"
	"encoding/json"
)

// The rows of one package are a CRC-32C (4) and then, sorted by id and source, one row for each record that names the
// package. A row has its length before it and is
//
//	text       where the record's text is: offset (8), length (4)
//	specifics  where the text of the entries below is: offset (8), length (4); length 0: in the record's text
//	id, number of the source, modified, withdrawn, aliases
//	entries    what the record says of this package, each with its length before it
//	others     1 and all other names of the vulnerability that the database knows, or 0 where they are too many to repeat
//
// and an entry is its flags (1), ecosystem and name where they are not those of the key, ranges and versions.
const (
	pointerSize  = 12
	rowPointers  = 2 * pointerSize
	sumSize      = 4
	ownEcosystem = 1 << 0 // the entry spells the ecosystem in its own way
	ownName      = 1 << 1
)

// rangeTypes are the types by number. Another one is written out behind the number of them all.
var rangeTypes = []RangeType{SemVer, Ecosystem, Git}

const unknownBound = 1 << 7 // flag of a range's type

// lostBound is what a row keeps of a range's own fields.
var lostBound = json.RawMessage(`{"upper_bound_unknown":true}`)

// appendRow writes what matching needs of r and entries, those of its entries that have the key of ecosystem and name. The
// pointers are left zero.
func appendRow(b []byte, r Record, source int, ecosystem, name string, entries []AffectedPackage) []byte {
	b = append(b, make([]byte, rowPointers)...)
	b = appendText(b, r.ID)
	b = appendCount(b, source)
	b = appendTime(b, r.Modified)
	b = appendTime(b, r.Withdrawn)
	b = appendTexts(b, r.Aliases)
	b = appendCount(b, len(entries))
	var scratch []byte
	for _, a := range entries {
		scratch = appendEntry(scratch[:0], a, ecosystem, name)
		b = appendText(b, scratch)
	}
	return b
}

func appendEntry(b []byte, a AffectedPackage, ecosystem, name string) []byte {
	var flags byte
	if a.Package.Ecosystem != ecosystem {
		flags |= ownEcosystem
	}
	if a.Package.Name != name {
		flags |= ownName
	}
	b = append(b, flags)
	if flags&ownEcosystem != 0 {
		b = appendText(b, a.Package.Ecosystem)
	}
	if flags&ownName != 0 {
		b = appendText(b, a.Package.Name)
	}
	b = appendCount(b, len(a.Ranges))
	for _, r := range a.Ranges {
		b = appendRange(b, r)
	}
	return appendTexts(b, a.Versions)
}

func appendRange(b []byte, r Range) []byte {
	kind := len(rangeTypes)
	for i, t := range rangeTypes {
		if r.Type == t {
			kind = i
		}
	}
	if r.UpperBoundUnknown() {
		b = append(b, byte(kind|unknownBound))
	} else {
		b = append(b, byte(kind))
	}
	if kind == len(rangeTypes) {
		b = appendText(b, r.Type)
	}
	b = appendCount(b, len(r.Events))
	for _, e := range r.Events {
		fields := [...]string{e.Introduced, e.Fixed, e.LastAffected, e.Limit}
		var set byte
		for i, f := range fields {
			if f != "" {
				set |= 1 << i
			}
		}
		b = append(b, set)
		for _, f := range fields {
			if f != "" {
				b = appendText(b, f)
			}
		}
	}
	return b
}

// maxOthers bounds the names that a row repeats from the tables of ids, so that large groups do not grow with their square.
const maxOthers = 64

// appendOthers ends a row.
func appendOthers(b []byte, others []string) []byte {
	if len(others) > maxOthers {
		return append(b, 0)
	}
	return appendTexts(append(b, 1), others)
}

// pointer is where a text is, as bytes of the section's texts.
type pointer struct {
	offset int64
	length uint32
}

func (p pointer) put(b []byte) {
	binary.LittleEndian.PutUint64(b, uint64(p.offset))
	binary.LittleEndian.PutUint32(b[8:], p.length)
}

func (d *decoder) pointer() pointer {
	return pointer{offset: int64(d.fixed(8)), length: uint32(d.fixed(4))}
}

// row is a row as it is read. The source of its record is not filled in.
type row struct {
	record          Record
	source          uint64
	text, specifics pointer
	places          []int    // of the record's entries among all that the row has
	others          []string // names of the vulnerability beyond those of the record
	folded          bool     // others are all there are
}

// row reads one row as far as it speaks of ecosystem, whose key is that of base and name.
func (d *decoder) row(ecosystem, base, name string) (r row) {
	r.text, r.specifics = d.pointer(), d.pointer()
	r.record.ID = d.text()
	r.source = d.number()
	r.record.Modified, r.record.Withdrawn = d.time(), d.time()
	r.record.Aliases = d.texts()
	for i := range d.count() {
		e := decoder{s: d.text()}
		p := Package{Ecosystem: base, Name: name}
		flags := e.byte()
		if flags&ownEcosystem != 0 {
			p.Ecosystem = e.text()
		}
		if flags&ownName != 0 {
			p.Name = e.text()
		}
		if e.bad {
			d.fail()
			return r
		}
		if !covers(p.Ecosystem, ecosystem) {
			continue
		}
		a := AffectedPackage{Package: p, Ranges: e.ranges(), Versions: e.texts()}
		if e.bad || e.s != "" {
			d.fail()
			return r
		}
		r.record.Affected = append(r.record.Affected, a)
		r.places = append(r.places, i)
	}
	if r.folded = d.byte() == 1; r.folded {
		r.others = d.texts()
	}
	return r
}

func (d *decoder) ranges() []Range {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]Range, n)
	for i := range list {
		r := &list[i]
		kind := d.byte()
		if kind&unknownBound != 0 {
			r.DatabaseSpecific = lostBound
		}
		switch kind &^= unknownBound; {
		case int(kind) < len(rangeTypes):
			r.Type = rangeTypes[kind]
		case int(kind) == len(rangeTypes):
			r.Type = RangeType(d.text())
		default:
			d.fail()
		}
		r.Events = make([]Event, d.count())
		for j := range r.Events {
			e := &r.Events[j]
			set := d.byte()
			for k, field := range [...]*string{&e.Introduced, &e.Fixed, &e.LastAffected, &e.Limit} {
				if set&(1<<k) != 0 {
					*field = d.text()
				}
			}
		}
	}
	return list
}
