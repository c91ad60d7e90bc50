package ospkg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Tags and types of an rpm header.
const (
	tagName        = 1000
	tagVersion     = 1001
	tagRelease     = 1002
	tagEpoch       = 1003
	tagArch        = 1022
	tagSource      = 1044
	tagProvides    = 1047
	tagRequires    = 1049
	tagDirIndexes  = 1116
	tagBaseNames   = 1117
	tagDirNames    = 1118
	typeInt32      = 4
	typeString     = 6
	typeStrings    = 8
	typeI18NString = 9
)

// Bounds of one header; those of kernels have some ten thousand files.
const (
	maxHeader = 64 << 20
	maxTags   = 10_000
	maxTexts  = 10_000_000 // strings of all headers of a database
)

// parseHeader reads the header of one package: two numbers, an index of tags, and their data. left is how many strings may
// yet be read.
func parseHeader(b []byte, left *int) (rpmPackage, error) {
	var p rpmPackage
	if len(b) < 8 {
		return p, errors.New("it is cut off")
	}
	tags, size := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if tags > maxTags || size > maxHeader || 8+16*int64(tags)+int64(size) > int64(len(b)) {
		return p, fmt.Errorf("it says that it has %d tags and %d bytes, and has %d bytes", tags, size, len(b))
	}
	index, data := b[8:8+16*tags], b[8+16*tags:8+16*tags+size]
	for ; len(index) > 0; index = index[16:] {
		t := tag{id: binary.BigEndian.Uint32(index), kind: binary.BigEndian.Uint32(index[4:]), count: binary.BigEndian.Uint32(index[12:])}
		at := binary.BigEndian.Uint32(index[8:])
		if at > size {
			continue // the trailer of a region, or nothing that is wanted
		}
		t.data, t.left = data[at:], left
		p.take(t)
	}
	if p.name == "" {
		return p, errors.New("it has no name")
	}
	return p, nil
}

// tag is one entry of the index, with the data from its beginning on.
type tag struct {
	id, kind, count uint32
	data            []byte
	left            *int
}

func (p *rpmPackage) take(t tag) {
	switch t.id {
	case tagName:
		p.name = t.text()
	case tagVersion:
		p.version = t.text()
	case tagRelease:
		p.release = t.text()
	case tagArch:
		p.arch = t.text()
	case tagSource:
		p.source = t.text()
	case tagEpoch:
		if n := t.numbers(); len(n) > 0 {
			p.epoch = int64(uint32(n[0]))
		}
	case tagProvides:
		p.provides = t.texts()
	case tagRequires:
		p.requires = t.texts()
	case tagBaseNames:
		p.bases = t.texts()
	case tagDirNames:
		p.dirs = t.texts()
	case tagDirIndexes:
		p.dirIndex = t.numbers()
	}
}

func (t tag) text() string {
	all := t.texts()
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// texts reads strings that end in a zero byte.
func (t tag) texts() []string {
	if t.kind == typeString || t.kind == typeI18NString {
		t.count = min(t.count, 1)
	} else if t.kind != typeStrings {
		return nil
	}
	var all []string
	rest := t.data
	for range t.count {
		end := bytes.IndexByte(rest, 0)
		if end < 0 || *t.left <= 0 {
			break
		}
		*t.left--
		all = append(all, string(rest[:end]))
		rest = rest[end+1:]
	}
	return all
}

func (t tag) numbers() []int32 {
	if t.kind != typeInt32 || int64(t.count)*4 > int64(len(t.data)) {
		return nil
	}
	all := make([]int32, t.count)
	for i := range all {
		all[i] = int32(binary.BigEndian.Uint32(t.data[4*i:]))
	}
	return all
}
