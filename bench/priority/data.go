package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// maxText bounds what one file unpacks to.
const maxText = 1 << 30

// data is everything that the replay knows.
type data struct {
	advisories *osv.Database
	kev        *feed.KEV
	cvss       *feed.CVSS
	days       []day
	records    map[string]*record // by CVE
	numbers    numbers
	bad        int // records that could not be read
}

// day is the EPSS scores of one day.
type day struct {
	date time.Time
	epss *feed.EPSS
	p975 float64
}

func open(ctx context.Context, dir string) (*data, error) {
	d := &data{records: map[string]*record{}}
	var err error
	if d.advisories, err = d.readAdvisories(ctx, filepath.Join(dir, "advisories")); err != nil {
		return nil, err
	}
	section, err := compiled(filepath.Join(dir, "threat", "kev.csv.gz"), func(w io.Writer, r io.Reader) error {
		_, err := feed.CompileKEV(w, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if d.kev, err = feed.OpenKEV(section); err != nil {
		return nil, err
	}
	section, err = compiled(filepath.Join(dir, "threat", "cvss.csv.gz"), func(w io.Writer, r io.Reader) error {
		_, err := feed.CompileCVSS(w, r, time.Time{})
		return err
	})
	if err != nil {
		return nil, err
	}
	if d.cvss, err = feed.OpenCVSS(section); err != nil {
		return nil, err
	}
	return d, d.readDays(filepath.Join(dir, "threat", "epss"))
}

func (d *data) readDays(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.csv.gz"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, file := range files {
		date, err := time.Parse(time.DateOnly, strings.TrimSuffix(filepath.Base(file), ".csv.gz"))
		if err != nil {
			return fmt.Errorf("%s: want a name such as 2024-04-01.csv.gz", file)
		}
		section, err := compiled(file, func(w io.Writer, r io.Reader) error {
			_, err := feed.CompileEPSS(w, r, date)
			return err
		})
		if err != nil {
			return err
		}
		scores, err := feed.OpenEPSS(section)
		if err != nil {
			return err
		}
		p975, _ := scores.Threshold(0.975)
		d.days = append(d.days, day{date, scores, p975})
	}
	if len(d.days) == 0 {
		return fmt.Errorf("%s: no EPSS scores", dir)
	}
	return nil
}

func compiled(path string, compile func(io.Writer, io.Reader) error) ([]byte, error) {
	text, err := feed.OpenText(path, maxText)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	var section bytes.Buffer
	if err := compile(&section, text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return section.Bytes(), nil
}

// readAdvisories makes a database of all records below dir, in memory.
func (d *data) readAdvisories(ctx context.Context, dir string) (*osv.Database, error) {
	temp, err := os.MkdirTemp("", "fettle-priority.*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	b, err := osv.NewBuilder(temp)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*.osv.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		if err := d.readRecords(ctx, b, file); err != nil {
			return nil, err
		}
	}
	d.numbers.sort()
	if err := readAliases(b, filepath.Join(dir, "cve-ghsa-alias.csv.gz")); err != nil {
		return nil, err
	}
	var section bytes.Buffer
	if _, err := b.WriteTo(&section); err != nil {
		return nil, err
	}
	return osv.OpenDatabase(section.Bytes())
}

func (d *data) readRecords(ctx context.Context, b *osv.Builder, file string) error {
	text, err := feed.OpenText(file, maxText)
	if err != nil {
		return err
	}
	defer text.Close()
	source := strings.TrimSuffix(filepath.Base(file), ".osv.jsonl.gz")
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 1<<16), osv.MaxRecord)
	for lines.Scan() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.Add(lines.Bytes(), source); err != nil {
			d.bad++
			continue
		}
		parsed, err := osv.Parse(lines.Bytes())
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		d.numbers.note(parsed)
		d.note(parsed)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

func readAliases(b *osv.Builder, file string) error {
	return eachRow(file, func(row map[string]string, fields []string) error {
		return b.AddAlias(fields[0], fields[1])
	})
}

// eachRow reads a CSV file with a header. Fields are good until the next row.
func eachRow(file string, take func(row map[string]string, fields []string) error) error {
	text, err := feed.OpenText(file, maxText)
	if err != nil {
		return err
	}
	defer text.Close()
	rows := csv.NewReader(text)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	row := map[string]string{}
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		for i, name := range header {
			row[name] = fields[i]
		}
		if err := take(row, fields); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
	}
}

// kevAt is the catalogue as it was on a day.
type kevAt struct {
	*feed.KEV
	day time.Time
}

func (k kevAt) Entry(cve string) (feed.KEVEntry, bool) {
	e, ok := k.KEV.Entry(cve)
	return e, ok && !e.DateAdded.After(k.day)
}

func (k kevAt) AsOf() time.Time { return k.day }
