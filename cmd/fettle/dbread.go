package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	bad     int
	named   []string // the first of them, as file:line: what is wrong
}

// read takes all records of one file. A bad record is counted; an error means that the file could not be read.
func (r *dbRecords) read(ctx context.Context, f dbFile) error {
	switch {
	case strings.HasSuffix(strings.ToLower(f.path), ".zip"):
		return r.readZip(ctx, f)
	case strings.HasSuffix(strings.ToLower(f.path), ".json"):
		return r.readOne(ctx, f)
	}
	return r.readLines(ctx, f)
}

func (r *dbRecords) readOne(ctx context.Context, f dbFile) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	return r.take(ctx, file, f.path, f.source)
}

// take reads one record from in. name is how messages call it.
func (r *dbRecords) take(ctx context.Context, in io.Reader, name, source string) error {
	data, err := io.ReadAll(io.LimitReader(in, osv.MaxRecord+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return r.add(ctx, data, name, 1, source)
}

func (r *dbRecords) readLines(ctx context.Context, f dbFile) error {
	text, err := feed.OpenText(f.path, dbMaxText)
	if err != nil {
		return err
	}
	defer text.Close()
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 1<<16), osv.MaxRecord)
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if err := r.add(ctx, lines.Bytes(), f.path, n, f.source); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s:%d: %w", f.path, n+1, err)
	}
	return nil
}

func (r *dbRecords) readZip(ctx context.Context, f dbFile) error {
	archive, err := zip.OpenReader(f.path)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	defer archive.Close()
	if len(archive.File) > dbMaxEntries {
		return fmt.Errorf("read %s: %d entries; want at most %d", f.path, len(archive.File), dbMaxEntries)
	}
	left := int64(dbMaxText)
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() || !strings.HasSuffix(entry.Name, ".json") {
			continue
		}
		in, err := entry.Open()
		if err != nil {
			return fmt.Errorf("read %s: entry %.100q: %w", f.path, entry.Name, err)
		}
		counted := &dbCounter{in: in}
		err = r.take(ctx, counted, fmt.Sprintf("%s: %.100q", f.path, entry.Name), f.source)
		in.Close()
		if err != nil {
			return err
		}
		if left -= counted.n; left < 0 {
			return fmt.Errorf("read %s: it unpacks to more than %d bytes", f.path, int64(dbMaxText))
		}
	}
	return nil
}

// add gives one record to the builder. line is where it begins.
func (r *dbRecords) add(ctx context.Context, data []byte, name string, line int, source string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := r.builder.Add(data, source)
	if err == nil {
		return nil
	}
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return err
	}
	r.bad++
	if len(r.named) < dbMaxNamed {
		r.named = append(r.named, fmt.Sprintf("%s:%d: %v", name, line+dbLinesBefore(data, err), err))
	}
	return nil
}

// dbLinesBefore counts the lines of data before the place that a JSON error speaks of.
func dbLinesBefore(data []byte, err error) int {
	var (
		syntax *json.SyntaxError
		wrong  *json.UnmarshalTypeError
		at     int64
	)
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &wrong):
		at = wrong.Offset
	}
	return bytes.Count(data[:min(max(at, 0), int64(len(data)))], []byte("\n"))
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
