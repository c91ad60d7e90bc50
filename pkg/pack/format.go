package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A pack is the magic, the sections one after another, the directory and the footer. All integers are little-endian.
//
//	magic      8 bytes
//	sections   ...
//	directory  per section: name length (1), name, offset (8), length (8), CRC-32C (4)
//	footer     directory offset (8), directory length (4), CRC-32C of directory and the two fields before it (4),
//	           format version (4), reserved (4), magic (8)
const (
	magic      = "fettlepk"
	version    = 1
	footerSize = 32
	maxName    = 64
	maxDir     = 1 << 16
)

// ErrUnusable marks a file that is no pack, or a damaged one, or one of another format version.
var ErrUnusable = errors.New("run fettle db build or fettle db update to make the database again")

// castagnoli is the polynomial that processors compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type entry struct {
	name   string
	offset uint64
	length uint64
	crc    uint32
}

func encodeTail(offset uint64, entries []entry) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, byte(len(e.name)))
		b = append(b, e.name...)
		b = binary.LittleEndian.AppendUint64(b, e.offset)
		b = binary.LittleEndian.AppendUint64(b, e.length)
		b = binary.LittleEndian.AppendUint32(b, e.crc)
	}
	size := len(b)
	b = binary.LittleEndian.AppendUint64(b, offset)
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return append(b, magic...)
}

// decodeDirectory reads the entries from data, the whole file, and proves that each lies within it.
func decodeDirectory(data []byte) ([]entry, error) {
	if len(data) < len(magic)+footerSize || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("not a fettle database; %w", ErrUnusable)
	}
	end := len(data) - footerSize
	footer := data[end:]
	if string(footer[24:]) != magic {
		return nil, fmt.Errorf("the file is cut short; %w", ErrUnusable)
	}
	if v := binary.LittleEndian.Uint32(footer[16:]); v != version {
		return nil, fmt.Errorf("format version %d, this fettle reads %d; %w", v, version, ErrUnusable)
	}
	offset := binary.LittleEndian.Uint64(footer)
	size := uint64(binary.LittleEndian.Uint32(footer[8:]))
	if size > maxDir || offset < uint64(len(magic)) || offset > uint64(end) || offset+size != uint64(end) {
		return nil, fmt.Errorf("the directory is damaged; %w", ErrUnusable)
	}
	if crc32.Checksum(data[offset:end+12], castagnoli) != binary.LittleEndian.Uint32(footer[12:]) {
		return nil, fmt.Errorf("the checksum of the directory is wrong; %w", ErrUnusable)
	}
	var entries []entry
	for dir := data[offset:end]; len(dir) > 0; {
		n := int(dir[0])
		if len(dir) < 1+n+20 {
			return nil, fmt.Errorf("the directory is damaged; %w", ErrUnusable)
		}
		e := entry{
			name:   string(dir[1 : 1+n]),
			offset: binary.LittleEndian.Uint64(dir[1+n:]),
			length: binary.LittleEndian.Uint64(dir[9+n:]),
			crc:    binary.LittleEndian.Uint32(dir[17+n:]),
		}
		if e.offset < uint64(len(magic)) || e.offset > offset || e.length > offset-e.offset {
			return nil, fmt.Errorf("section %q lies outside the file; %w", e.name, ErrUnusable)
		}
		entries = append(entries, e)
		dir = dir[1+n+20:]
	}
	return entries, nil
}
