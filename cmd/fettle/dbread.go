package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/osv"
)

const (
	dbMaxText    = 16 << 30 // bytes of one unpacked file
	dbMaxEntries = 5_000_000
	dbMaxNamed   = 10 // bad records named
)

// dbRecords feeds the records of files to a builder and keeps count of those that are bad.
type dbRecords struct {
	builder *osv.Builder
	buffer  bytes.Buffer // of the record being read; the builder keeps none of it
	taken   int
	bad     int
	named   []string       // the first of them, as file:line: what is wrong
	other   int            // files that are something else than records
	others  map[string]int // by file name
}

// dbUnreadable is a fault of a whole file: cut short, damaged, or not what its name says.
type dbUnreadable struct {
	path string
	err  error
}

func (e *dbUnreadable) Error() string { return e.err.Error() }
func (e *dbUnreadable) Unwrap() error { return e.err }

func unreadable(path, format string, args ...any) error {
	return &dbUnreadable{path, fmt.Errorf("read "+format, args...)}
}

// read takes all records of one file. A bad record is counted; an error means that the file could not be read.
func (r *dbRecords) read(ctx context.Context, a dbAhead) error {
	f := a.file
	switch {
	case a.data != nil:
		_, err := r.add(ctx, a.data, dbPlace{name: f.path, file: f.path, source: f.source, sure: f.named})
		return err
	case strings.HasSuffix(strings.ToLower(f.path), ".zip"):
		return r.readZip(ctx, f)
	case dbOneRecord(f.path):
		return r.readOne(ctx, f)
	}
	return r.readLines(ctx, f)
}

func (r *dbRecords) readOne(ctx context.Context, f dbFile) error {
	if !strings.HasSuffix(strings.ToLower(f.path), ".gz") { // the many files of a tree, without a buffer for each
		file, err := os.Open(f.path)
		if err != nil {
			return err
		}
		defer file.Close()
		return r.take(ctx, file, dbPlace{name: f.path, file: f.path, source: f.source, sure: f.named})
	}
	text, err := feed.OpenText(f.path, osv.MaxRecord)
	if err != nil {
		return err
	}
	defer text.Close()
	return r.take(ctx, text, dbPlace{name: f.path, file: f.path, source: f.source, sure: f.named})
}

// dbPlace says where a record stands.
type dbPlace struct {
	name   string // how messages call the file
	file   string // whose ending tells the format
	line   int    // where the record begins, from 1; 0 is 1
	source string
	sure   bool // that the file holds records
}

// take reads one record from in.
func (r *dbRecords) take(ctx context.Context, in io.Reader, at dbPlace) error {
	r.buffer.Reset()
	if _, err := r.buffer.ReadFrom(io.LimitReader(in, osv.MaxRecord+1)); err != nil {
		return unreadable(at.name, "%s: %w", at.name, err)
	}
	_, err := r.add(ctx, r.buffer.Bytes(), at)
	return err
}

func (r *dbRecords) readLines(ctx context.Context, f dbFile) error {
	text, err := feed.OpenText(f.path, dbMaxText)
	if err != nil {
		return err
	}
	defer text.Close()
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 1<<16), osv.MaxRecord)
	at := dbPlace{name: f.path, file: f.path, source: f.source, sure: f.named}
	for lines.Scan() {
		at.line++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		record, err := r.add(ctx, lines.Bytes(), at)
		if err != nil {
			return err
		}
		if !record && !at.sure {
			return nil // the first line tells what the others are
		}
		at.sure = true
	}
	if err := lines.Err(); err != nil {
		return unreadable(f.path, "%s:%d: %w", f.path, at.line+1, err)
	}
	return nil
}

func (r *dbRecords) readZip(ctx context.Context, f dbFile) error {
	archive, err := zip.OpenReader(f.path)
	if err != nil {
		return unreadable(f.path, "%s: %w", f.path, err)
	}
	defer archive.Close()
	if len(archive.File) > dbMaxEntries {
		return unreadable(f.path, "%s: %d entries; want at most %d", f.path, len(archive.File), dbMaxEntries)
	}
	left := int64(dbMaxText)
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() || !dbOneRecord(entry.Name) || hidden(entry.Name) {
			continue
		}
		in, err := entry.Open()
		if err != nil {
			return unreadable(f.path, "%s: entry %.100q: %w", f.path, entry.Name, err)
		}
		counted := &dbCounter{in: in}
		err = r.take(ctx, counted, dbPlace{name: fmt.Sprintf("%s: %.100q", f.path, entry.Name), file: entry.Name, source: f.source})
		in.Close()
		var whole *dbUnreadable
		if errors.As(err, &whole) {
			whole.path = f.path
		}
		if err != nil {
			return err
		}
		if left -= counted.n; left < 0 {
			return unreadable(f.path, "%s: it unpacks to more than %d bytes", f.path, int64(dbMaxText))
		}
	}
	return nil
}

// hidden reports whether an entry of an archive lies in a hidden folder.
func hidden(entry string) bool {
	return strings.HasPrefix(entry, ".") || strings.Contains(entry, "/.")
}

// add gives one record to the builder. It reports whether the text was taken for a record, good or bad.
func (r *dbRecords) add(ctx context.Context, data []byte, at dbPlace) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	record, err := dbParse(data, dbYAML(strings.ToLower(at.file)))
	if err == nil && (at.sure || record.likely() || !record.foreign()) {
		err = r.builder.Add(record.json, at.source)
		if err == nil {
			r.taken++
			return true, nil
		}
	}
	if !at.sure && record.foreign() {
		r.other++
		if r.others == nil {
			r.others = map[string]int{}
		}
		if name := filepath.Base(at.file); len(r.others) < 1000 || r.others[name] > 0 {
			r.others[name]++
		}
		return false, nil
	}
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return false, err
	}
	r.bad++
	if len(r.named) < dbMaxNamed {
		r.named = append(r.named, fmt.Sprintf("%s:%d: %v", at.name, max(at.line, 1)+record.line(err)-1, err))
	}
	return true, nil
}

// readAliases takes the pairs of a CSV file with a header whose first two columns are ids of the same vulnerability.
func (r *dbRecords) readAliases(ctx context.Context, path string) (int, error) {
	text, err := feed.OpenText(path, dbMaxText)
	if err != nil {
		return 0, err
	}
	defer text.Close()
	in := csv.NewReader(text)
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	count := 0
	for first := true; ; first = false {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return count, fmt.Errorf("read %s: %w", path, err)
		}
		if err := ctx.Err(); err != nil {
			return count, err
		}
		line, _ := in.FieldPos(0)
		switch {
		case first && strings.EqualFold(fields[0], "cve"):
			continue
		case len(fields) < 2:
			return count, fmt.Errorf("%s:%d: want two ids of the same vulnerability", path, line)
		}
		if err := r.builder.AddAlias(strings.Clone(fields[0]), strings.Clone(fields[1])); err != nil {
			return count, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		count++
	}
}

// dbCounter counts what is read through it.
type dbCounter struct {
	in io.Reader
	n  int64
}

func (c *dbCounter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
