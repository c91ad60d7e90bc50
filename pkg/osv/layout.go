package osv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A database section is a header, the index and the blobs. All integers are little-endian and nothing is aligned.
//
//	header   magic (8), then for each table of the index its length in bytes (8), in the order of the list below,
//	         length of the blobs (8), CRC-32C of the header so far and the whole index (4)
//	records  one row a record and one more: offset into blobs (8), CRC-32C of the blob (4), source (4)
//	keys     one row a package, sorted, and one more: offset into names (4), offset into refs (4)
//	refs     record numbers (4)
//	ids      one row an id that has aliases, sorted, and one more: offset into idNames (4), group (4)
//	groups   one row a group and one more: offset into members (4)
//	members  id numbers (4)
//	names    key texts: ecosystem, NUL, normalized name
//	idNames  id texts
//	sources  JSON list of Source
//	blobs    records as JSON, each the fields of Record alone
const (
	dbMagic    = "osvdb\x00\x00\x01"
	headerSize = len(dbMagic) + (tableCount+1)*8 + 4

	recordRow = 16
	keyRow    = 8
	idRow     = 8
)

const (
	tableRecords = iota
	tableKeys
	tableRefs
	tableIDs
	tableGroups
	tableMembers
	tableNames
	tableIDNames
	tableSources
	tableCount
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("the advisory index is damaged; run fettle db build or fettle db update to make it again")

// tables cuts section into its tables and the blobs, after checking the sum of header and index.
func tables(section []byte) (parts [tableCount][]byte, blobs []byte, err error) {
	if len(section) < headerSize || string(section[:len(dbMagic)]) != dbMagic {
		return parts, nil, fmt.Errorf("not an advisory index of this version: %w", errDamaged)
	}
	lengths := section[len(dbMagic):]
	rest := uint64(len(section) - headerSize)
	at := uint64(headerSize)
	for i := range parts {
		n := binary.LittleEndian.Uint64(lengths[i*8:])
		if n > rest {
			return parts, nil, fmt.Errorf("table %d is cut short: %w", i, errDamaged)
		}
		parts[i] = section[at : at+n]
		at += n
		rest -= n
	}
	if binary.LittleEndian.Uint64(lengths[tableCount*8:]) != rest {
		return parts, nil, fmt.Errorf("the records are cut short: %w", errDamaged)
	}
	sum := crc32.Checksum(section[:headerSize-4], castagnoli)
	sum = crc32.Update(sum, castagnoli, section[headerSize:at])
	if sum != binary.LittleEndian.Uint32(section[headerSize-4:]) {
		return parts, nil, fmt.Errorf("wrong checksum: %w", errDamaged)
	}
	return parts, section[at:], nil
}

// header returns the header for the tables and a number of bytes of blobs.
func header(parts [tableCount][]byte, blobs int64) []byte {
	b := []byte(dbMagic)
	for _, p := range parts {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(p)))
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(blobs))
	sum := crc32.Checksum(b, castagnoli)
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return binary.LittleEndian.AppendUint32(b, sum)
}

// word returns the 32-bit integer at byte i of table, or false where the table ends before it.
func word(table []byte, i int) (int, bool) {
	if i < 0 || len(table) < 4 || i > len(table)-4 {
		return 0, false
	}
	return int(binary.LittleEndian.Uint32(table[i:])), true
}

// span returns table[from:to], or false where that is no part of it.
func span(table []byte, from, to int) ([]byte, bool) {
	if from < 0 || to < from || to > len(table) {
		return nil, false
	}
	return table[from:to], true
}
