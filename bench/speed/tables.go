//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// measure prints the tables that are asked for.
func (b *bench) measure(ctx context.Context, tables string) error {
	fmt.Fprintf(b.out, "%d records, %d processors, %s, %s.\n", b.records, runtime.NumCPU(), strings.Join(load(), ", "), runtime.Version())
	if err := b.build(ctx, strings.Contains(tables, "build")); err != nil {
		return err
	}
	for _, t := range []struct {
		name string
		run  func(context.Context) error
	}{{"lookup", b.lookup}, {"scan", b.scan}, {"packages", b.packages}, {"manifests", b.manifests}} {
		if !strings.Contains(tables, t.name) {
			continue
		}
		if err := t.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// load is how busy the machine is before the first run.
func load() []string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return nil
	}
	one, _, _ := strings.Cut(string(text), " ")
	return []string{"load " + one}
}

// table begins a Markdown table.
func (b *bench) table(title string, columns ...string) {
	fmt.Fprintf(b.out, "\n%s\n\n| %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
}

func (b *bench) row(cells ...string) { fmt.Fprintf(b.out, "| %s |\n", strings.Join(cells, " | ")) }

func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1e3)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// build makes fettle's database, in any case where there is none.
func (b *bench) build(ctx context.Context, asked bool) error {
	if _, err := os.Stat(b.database); err == nil && !asked {
		return nil
	}
	got, _, err := measure(ctx, command{args: []string{b.fettle, "db", "build", "-from", filepath.Join(b.work, "records"), "-out", b.database}, exit: []int{0}}, b.limit)
	if err != nil {
		return err
	}
	size := func(path string) string {
		info, err := os.Stat(path)
		if err != nil {
			return err.Error()
		}
		return megabytes(info.Size())
	}
	b.table("Building the database", "Records", "As JSON lines", "Database", "Time", "Processor time", "Peak memory")
	b.row(fmt.Sprint(b.records), size(filepath.Join(b.work, "records", "npm.osv.jsonl")), size(b.database), seconds(got.Wall), seconds(got.CPU), megabytes(got.Peak))
	return nil
}

// lookup answers all packages of a lockfile of which every name has records.
func (b *bench) lookup(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var names bytes.Buffer
	for i := range b.packs {
		name, _ := all(i)
		fmt.Fprintln(&names, name)
	}
	list := filepath.Join(b.work, "names.txt")
	if err := os.WriteFile(list, names.Bytes(), 0o644); err != nil {
		return err
	}
	b.table(fmt.Sprintf("Looking up %d names that all have records, in a fresh process", b.packs),
		"Cache", "Names with records", "Records", "Open", "Open and match", "And describe every advisory", "Whole process", "Its processor time", "Peak memory")
	for _, cold := range []bool{false, true} {
		var costs []cost
		var hits, found, opened, matched, described int64
		for range b.runs {
			if cold && !dropCaches() {
				b.row("cold", "the caches cannot be dropped here", "", "", "", "", "", "", "")
				return nil
			}
			got, out, err := measure(ctx, command{args: []string{"/bin/sh", "-c", `exec "$0" -lookup "$1" <"$2"`, self, b.database, list}, exit: []int{0}}, b.limit)
			if err != nil {
				return err
			}
			var o, m, d int64
			if _, err := fmt.Sscan(string(out), &hits, &found, &o, &m, &d); err != nil {
				return fmt.Errorf("read %q: %w", out, err)
			}
			if described == 0 || d < described {
				opened, matched, described = o, m, d
			}
			costs = append(costs, got)
		}
		got := median(costs)
		b.row(map[bool]string{false: "warm", true: "cold"}[cold], fmt.Sprint(hits), fmt.Sprint(found), milliseconds(opened), milliseconds(matched), milliseconds(described), seconds(got.Wall), seconds(got.CPU), megabytes(got.Peak))
	}
	return nil
}

func milliseconds(micro int64) string { return fmt.Sprintf("%.1f ms", float64(micro)/1e3) }

var versus = []string{"Time: fettle", "osv-scanner", "ratio", "Processor: fettle", "osv-scanner", "ratio", "Peak: fettle", "osv-scanner", "ratio"}

func (b *bench) versus(r result, cells ...string) {
	ours, theirs := r.fettle, r.scanner
	if theirs.Over {
		over := "over " + seconds(b.limit)
		b.row(append(cells, seconds(ours.Wall), over, fmt.Sprintf("over %.0f", float64(b.limit)/float64(ours.Wall)), seconds(ours.CPU), "", "", megabytes(ours.Peak), "", "")...)
		return
	}
	b.row(append(cells,
		seconds(ours.Wall), seconds(theirs.Wall), fmt.Sprintf("%.0f", float64(theirs.Wall)/float64(ours.Wall)),
		seconds(ours.CPU), seconds(theirs.CPU), fmt.Sprintf("%.0f", float64(theirs.CPU)/float64(ours.CPU)),
		megabytes(ours.Peak), megabytes(theirs.Peak), fmt.Sprintf("%.1f", float64(theirs.Peak)/float64(ours.Peak)))...)
}

// scan compares both programs on one lockfile.
func (b *bench) scan(ctx context.Context) error {
	b.table(fmt.Sprintf("Scanning one package-lock.json of %d packages", b.packs), append([]string{"Packages with records", "Findings", "Output", "Cache"}, versus...)...)
	for _, p := range []struct {
		name string
		of   installed
	}{{"one in ten", oneInTen}, {"all, each record a hit", all}} {
		dir := filepath.Join(b.work, "project", p.name[:3])
		if err := writeProject(dir, b.packs, p.of); err != nil {
			return err
		}
		findings := 0
		for _, how := range []struct {
			output string
			format format
			cold   bool
		}{{"JSON", asJSON, false}, {"for people", people, false}, {"for people", people, true}} {
			if how.cold && !dropCaches() {
				continue
			}
			r, err := b.compare(ctx, dir, how.format, b.runs, how.cold)
			if err != nil {
				return err
			}
			findings = max(findings, r.findings)
			b.versus(r, p.name, fmt.Sprint(findings), how.output, map[bool]string{false: "warm", true: "cold"}[how.cold])
		}
	}
	return nil
}

// packages compares them on lockfiles of growing size.
func (b *bench) packages(ctx context.Context) error {
	b.table("By packages in one lockfile", append([]string{"Packages", "Findings"}, versus...)...)
	for _, n := range []int{10, 100, 1_000, 10_000} {
		dir := filepath.Join(b.work, fmt.Sprintf("packages-%d", n))
		if err := writeProject(dir, n, oneInTen); err != nil {
			return err
		}
		if err := b.scale(ctx, dir, n); err != nil {
			return err
		}
	}
	return nil
}

// manifests compares them on repositories of more and more projects of 100 packages each.
func (b *bench) manifests(ctx context.Context) error {
	b.table("By manifests, each with a lockfile of 100 packages", append([]string{"Manifests", "Findings"}, versus...)...)
	for _, n := range []int{1, 10, 100, 1_000} {
		dir := filepath.Join(b.work, fmt.Sprintf("manifests-%d", n))
		for i := range n {
			if err := writeProject(filepath.Join(dir, fmt.Sprintf("service-%d", i)), 100, oneInTen); err != nil {
				return err
			}
		}
		if err := b.scale(ctx, dir, n); err != nil {
			return err
		}
	}
	return nil
}

// scale prints JSON, so that what was found is compared too.
func (b *bench) scale(ctx context.Context, dir string, n int) error {
	r, err := b.compare(ctx, dir, asJSON, b.scaleRuns, false)
	if err != nil {
		return err
	}
	b.versus(r, fmt.Sprint(n), fmt.Sprint(r.findings))
	return nil
}
