package ospkg

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// maxHeaders is how many packages a database may hold.
const maxHeaders = 200_000

// bdbHeaders reads a hash table of Berkeley DB, whose values are headers that lie in chains of overflow pages. Whatever the
// chains say, no more is read than the file holds.
func bdbHeaders(data []byte) ([][]byte, error) {
	if len(data) < 512 {
		return nil, errors.New("it is cut off")
	}
	var order binary.ByteOrder = binary.LittleEndian
	const magic = 0x061561
	if order.Uint32(data[12:]) != magic {
		if order = binary.BigEndian; order.Uint32(data[12:]) != magic {
			return nil, errors.New("it is no hash table of Berkeley DB")
		}
	}
	size := int(order.Uint32(data[20:]))
	if size < 512 || size > 65536 || size&(size-1) != 0 {
		return nil, fmt.Errorf("it says that its pages have %d bytes", size)
	}
	b := bdb{data: data, size: size, order: order, left: len(data)}
	var headers [][]byte
	var failed error
	for at := 0; at+size <= len(data); at += size {
		page := data[at : at+size]
		if kind := page[25]; kind != 2 && kind != 13 { // pages of a hash table, unsorted and sorted
			continue
		}
		entries := int(order.Uint16(page[20:]))
		if 26+2*entries > size {
			failed = fmt.Errorf("page %d is broken", at/size)
			continue
		}
		for i := 1; i < entries; i += 2 { // keys and values take turns
			value := int(order.Uint16(page[26+2*i:]))
			if value+12 > size || page[value] != 3 { // not elsewhere: no header is so small
				continue
			}
			header, err := b.chain(order.Uint32(page[value+4:]), order.Uint32(page[value+8:]))
			if err != nil {
				failed = err
				continue
			}
			if headers = append(headers, header); len(headers) > maxHeaders {
				return headers, fmt.Errorf("it holds more than %d packages", maxHeaders)
			}
		}
	}
	return headers, failed
}

type bdb struct {
	data  []byte
	size  int
	order binary.ByteOrder
	left  int // bytes that chains may yet hold: no two share a page
}

// chain joins the overflow pages that begin with number.
func (b *bdb) chain(number, length uint32) ([]byte, error) {
	if int64(length) > maxHeader {
		return nil, fmt.Errorf("an entry of %d bytes", length)
	}
	var all []byte
	for number != 0 {
		at := int64(number) * int64(b.size)
		if at+int64(b.size) > int64(len(b.data)) {
			return nil, fmt.Errorf("an entry goes on at page %d, which is not there", number)
		}
		page := b.data[at : at+int64(b.size)]
		used := int(b.order.Uint16(page[22:]))
		if page[25] != 7 || 26+used > b.size {
			return nil, fmt.Errorf("an entry goes on at page %d, which is none of an entry", number)
		}
		if b.left -= b.size; b.left < 0 {
			return nil, errors.New("its entries share pages")
		}
		all = append(all, page[26:26+used]...)
		number = b.order.Uint32(page[16:])
	}
	return all, nil
}

// ndbHeaders reads SUSE's form: pages of slots, each of which names the place of a header.
func ndbHeaders(data []byte) ([][]byte, error) {
	word := func(at int64) (uint32, bool) {
		if at < 0 || at+4 > int64(len(data)) {
			return 0, false
		}
		return binary.LittleEndian.Uint32(data[at:]), true
	}
	const magicFile, magicSlot, magicBlob = 0x506d7052, 0x746f6c53, 0x53626c42 // RpmP, Slot, BlbS
	if first, ok := word(0); !ok || first != magicFile {
		return nil, errors.New("it is no package database of rpm")
	}
	pages, _ := word(12)
	var headers [][]byte
	var failed error
	left := len(data)
	for slot := int64(2); slot < int64(pages)*4096/16; slot++ { // the first two are the head of the file
		at := slot * 16
		magic, ok := word(at)
		if !ok || magic != magicSlot {
			return headers, fmt.Errorf("slot %d is broken", slot)
		}
		number, _ := word(at + 4)
		block, _ := word(at + 8)
		if number == 0 {
			continue
		}
		from := int64(block) * 16
		magic, _ = word(from)
		of, _ := word(from + 4)
		length, ok := word(from + 12)
		if !ok || magic != magicBlob || of != number || from+16+int64(length) > int64(len(data)) || int64(length) > maxHeader {
			failed = fmt.Errorf("the entry of slot %d is broken", slot)
			continue
		}
		if left -= int(length); left < 0 || len(headers) > maxHeaders {
			return headers, errors.New("its entries share their places")
		}
		headers = append(headers, data[from+16:from+16+int64(length)])
	}
	return headers, failed
}

// sqliteTime bounds the reading of one database.
const sqliteTime = 20 * time.Second

// sqliteHeaders reads the table Packages of a copy in temp, so that nothing is written beside the original.
func sqliteHeaders(ctx context.Context, data, wal []byte, temp string) (headers [][]byte, err error) {
	dir, err := os.MkdirTemp(temp, "rpm")
	if err != nil {
		return nil, fmt.Errorf("make a copy: %w", project.Plain(err))
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "rpmdb.sqlite")
	for name, content := range map[string][]byte{file: data, file + "-wal": wal} {
		if content == nil {
			continue
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return nil, fmt.Errorf("make a copy: %w", project.Plain(err))
		}
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it is broken: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, sqliteTime)
	defer cancel()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=trusted_schema(0)&_pragma=hard_heap_limit(268435456)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var kind string
	if err := db.QueryRowContext(ctx, "SELECT type FROM sqlite_schema WHERE name = 'Packages'").Scan(&kind); err != nil || kind != "table" {
		return nil, fmt.Errorf("it has no table Packages: %w", errOr(err))
	}
	rows, err := db.QueryContext(ctx, "SELECT blob FROM Packages")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	left := 2 * int64(len(data)+len(wal))
	for rows.Next() {
		var header []byte
		if err := rows.Scan(&header); err != nil {
			return headers, err
		}
		if left -= int64(len(header)); left < 0 || len(headers) > maxHeaders {
			return headers, errors.New("it holds more than it can")
		}
		headers = append(headers, header)
	}
	return headers, rows.Err()
}
