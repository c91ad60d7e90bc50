//go:build unix

package main

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "-child" {
		exitOn(child(os.Args[2:]))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(run(ctx, os.Args[1:], os.Stdout))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	out                 io.Writer
	work                string
	fettle, scanner     string // programs
	records, packs      int
	runs, scaleRuns     int
	database, scannerDB string
	limit               time.Duration
}

func run(ctx context.Context, args []string, out io.Writer) error {
	b := &bench{out: out}
	var lookup, tables string
	f := flag.NewFlagSet("speed", flag.ExitOnError)
	f.IntVar(&b.records, "records", 200_000, "`number` of npm records")
	f.IntVar(&b.packs, "packages", 2_000, "`number` of packages in the lockfile")
	f.IntVar(&b.runs, "runs", 5, "`number` of runs of each program")
	f.IntVar(&b.scaleRuns, "scale-runs", 3, "`number` of runs of each program for a row of the tables by size")
	f.DurationVar(&b.limit, "limit", 10*time.Minute, "`time` after which a run is ended")
	f.StringVar(&b.work, "work", "", "`folder` for what is generated, kept and used again (default: a temporary one)")
	f.StringVar(&b.fettle, "fettle", "", "fettle `program` (default: built)")
	f.StringVar(&b.scanner, "osv-scanner", "", "osv-scanner `program` (default: built from bench/differential)")
	f.StringVar(&tables, "tables", "build,lookup,scan,packages,manifests", "what to measure")
	f.StringVar(&lookup, "lookup", "", "look names up in this database `file` and exit; the names are read from standard input")
	if err := f.Parse(args); err != nil {
		return err
	}
	if lookup != "" {
		return lookUp(lookup, os.Stdin, out)
	}
	if b.work == "" {
		dir, err := os.MkdirTemp("", "fettle-speed.*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.work = dir
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	return b.measure(ctx, tables)
}

// prepare builds the programs and writes the records in the form that each of them takes.
func (b *bench) prepare(ctx context.Context) error {
	for _, p := range []struct {
		program *string
		dir     string
		pkg     string
	}{{&b.fettle, ".", "./cmd/fettle"}, {&b.scanner, "bench/differential", "github.com/google/osv-scanner/v2/cmd/osv-scanner"}} {
		if *p.program != "" {
			continue
		}
		*p.program = filepath.Join(b.work, filepath.Base(p.pkg))
		cmd := exec.CommandContext(ctx, "go", "build", "-o", *p.program, p.pkg)
		cmd.Dir, cmd.Stderr = p.dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", p.pkg, err)
		}
	}
	b.database = filepath.Join(b.work, "advisories.db")
	b.scannerDB = filepath.Join(b.work, "scanner")
	archive := filepath.Join(b.scannerDB, "osv-scalibr", "npm", "all.zip")
	if _, err := os.Stat(archive); err == nil {
		return nil
	}
	return b.writeRecords(filepath.Join(b.work, "records"), archive)
}

// writeRecords writes the records as JSON lines for fettle and, the very same, as the archive that osv-scanner reads.
func (b *bench) writeRecords(dir, archive string) error {
	for _, d := range []string{dir, filepath.Dir(archive)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	plain, err := os.Create(filepath.Join(dir, "npm.osv.jsonl"))
	if err != nil {
		return err
	}
	defer plain.Close()
	file, err := os.Create(archive + ".tmp")
	if err != nil {
		return err
	}
	defer file.Close()
	lines, zipped := bufio.NewWriter(plain), zip.NewWriter(file)
	err = newCorpus(b.records).each(func(id string, record []byte) error {
		entry, err := zipped.Create(id + ".json")
		if err != nil {
			return err
		}
		if _, err := entry.Write(record); err != nil {
			return err
		}
		_, err = lines.Write(append(record, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return os.Rename(archive+".tmp", archive)
}

// format is what a scan prints.
type format string

const (
	people format = "" // the default of each program, which is for people
	asJSON format = "json"
)

// fettleScan and scannerScan are the commands that are compared.
func (b *bench) fettleScan(dir string, f format) command {
	args := []string{b.fettle, "scan", "-offline", "-quiet", "-db", b.database, "-fail-on", "never"}
	if f != people {
		args = append(args, "-format", string(f))
	}
	return command{args: append(args, dir), exit: []int{0, 3}}
}

func (b *bench) scannerScan(dir string, f format) command {
	args := []string{b.scanner, "scan", "source", "--offline", "--recursive", "--no-ignore", "--verbosity", "error"}
	if f != people {
		args = append(args, "--format", string(f))
	}
	return command{args: append(args, dir), env: []string{"OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY=" + b.scannerDB}, exit: []int{0, 1}}
}

// result is what a comparison of the two programs gave.
type result struct {
	fettle, scanner cost
	findings        int // of either: they are the same
}

// compare runs both programs on dir in turn. Where they print JSON, they must have found the same.
func (b *bench) compare(ctx context.Context, dir string, f format, runs int, cold bool) (result, error) {
	var r result
	var ours, theirs []cost
	for range runs {
		var printed [2][]byte
		for i, c := range []command{b.fettleScan(dir, f), b.scannerScan(dir, f)} {
			if cold && !dropCaches() {
				return r, errors.New("caches cannot be dropped here")
			}
			got, out, err := measure(ctx, c, b.limit)
			if err != nil {
				return r, err
			}
			if got.Over {
				if i == 0 {
					return r, fmt.Errorf("%s: fettle takes more than %v", dir, b.limit)
				}
				r.fettle, r.scanner = median(ours), got
				mine, err := fettleFindings(printed[0])
				r.findings = len(mine)
				return r, err
			}
			printed[i] = out
			if i == 0 {
				ours = append(ours, got)
			} else {
				theirs = append(theirs, got)
			}
		}
		if f != asJSON {
			continue
		}
		mine, err := fettleFindings(printed[0])
		if err != nil {
			return r, err
		}
		others, err := scannerFindings(printed[1])
		if err != nil {
			return r, err
		}
		if !slices.Equal(mine, others) {
			return r, fmt.Errorf("%s: fettle finds %d, osv-scanner %d: %s", dir, len(mine), len(others), firstDifference(mine, others))
		}
		r.findings = len(mine)
	}
	r.fettle, r.scanner = median(ours), median(theirs)
	return r, nil
}
