package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// dbMeta is the section meta: what the database was made from.
type dbMeta struct {
	Records int           `json:"records"`
	Skipped int           `json:"skipped"` // bad records left out
	Aliases int           `json:"aliases"` // pairs from alias tables
	Sources []osv.Source  `json:"sources"`
	KEV     *feed.Edition `json:"kev,omitempty"`
	EPSS    *feed.Edition `json:"epss,omitempty"`
	CVSS    *feed.Edition `json:"cvss,omitempty"`
}

func runDBBuild(ctx context.Context, env *environment, args []string) error {
	var (
		from                          dbList
		kev, epss, cvss, aliases, out string
		skipBad                       bool
	)
	err := dbFlags(env, "build", args, func(f *flag.FlagSet) {
		f.Var(&from, "from", "`folder or file` of OSV records and feeds; can be given several times")
		f.StringVar(&kev, "kev", "", "KEV catalogue `file`, JSON or CSV (default: the newest found)")
		f.StringVar(&epss, "epss", "", "EPSS scores `file` (default: the newest found)")
		f.StringVar(&cvss, "cvss", "", "CVSS vectors by CVE, a CSV `file` (default: those found)")
		f.StringVar(&aliases, "aliases", "", "pairs of ids, a CSV `file` (default: those found)")
		f.StringVar(&out, "out", "", "database `file` to write (default "+env.databasePath()+")")
		f.BoolVar(&skipBad, "skip-bad", false, "leave out records that cannot be read instead of failing")
	})
	if err != nil {
		return err
	}
	if len(from) == 0 {
		return usagef("db build: want --from with a folder or file of OSV records")
	}
	var in dbInputs
	for _, root := range from {
		if err := in.add(env.abs(root)); err != nil {
			return err
		}
	}
	for kind, named := range map[dbKind]string{dbKEV: kev, dbEPSS: epss, dbCVSS: cvss, dbAliases: aliases} {
		if named != "" {
			in.set(kind, env.abs(named))
		}
	}
	return buildDB(ctx, env, in, dbOut(env, out), skipBad)
}

// buildDB makes the database at out. After an error, what stood there stands as it was.
func buildDB(ctx context.Context, env *environment, in dbInputs, out string, skipBad bool) error {
	dir := filepath.Dir(out)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a place for the database: %w", err)
	}
	builder, err := osv.NewBuilder(dir)
	if err != nil {
		return err
	}
	defer builder.Close()
	meta, err := readDBRecords(ctx, env, builder, in, skipBad)
	if err != nil {
		return fmt.Errorf("db build: %w", err)
	}
	w, err := pack.Create(out)
	if err != nil {
		return err
	}
	defer w.Abort()
	section, err := w.Section("osv")
	if err != nil {
		return err
	}
	if _, err := builder.WriteTo(section); err != nil {
		return err
	}
	if err := writeDBFeeds(w, in, &meta); err != nil {
		return fmt.Errorf("db build: %w", err)
	}
	if section, err = w.Section("meta"); err != nil {
		return err
	}
	if err := json.NewEncoder(section).Encode(meta); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s: %d advisories from %d sources\n", out, meta.Records, len(meta.Sources))
	return nil
}

// readDBRecords gives all records and alias pairs to the builder.
func readDBRecords(ctx context.Context, env *environment, builder *osv.Builder, in dbInputs, skipBad bool) (dbMeta, error) {
	records := &dbRecords{builder: builder}
	for _, f := range in.files[dbOSV] {
		if err := records.read(ctx, f); err != nil {
			return dbMeta{}, err
		}
	}
	meta := dbMeta{Sources: builder.Sources(), Skipped: records.bad}
	for _, f := range in.files[dbAliases] {
		n, err := records.readAliases(ctx, f.path)
		if err != nil {
			return meta, err
		}
		meta.Aliases += n
	}
	for _, s := range meta.Sources {
		meta.Records += s.Count
	}
	if records.bad > 0 {
		for _, line := range records.named {
			fmt.Fprintln(env.stderr, line)
		}
		if more := records.bad - len(records.named); more > 0 {
			fmt.Fprintf(env.stderr, "and %d more\n", more)
		}
		if !skipBad {
			return meta, fmt.Errorf("%d bad records; mend them, or leave them out with --skip-bad", records.bad)
		}
		fmt.Fprintf(env.stderr, "%d bad records are left out\n", records.bad)
	}
	if meta.Records == 0 {
		return meta, errors.New("no OSV records found; a database without advisories would find nothing")
	}
	return meta, nil
}

// writeDBFeeds writes the sections of the feeds that there are.
func writeDBFeeds(w *pack.Writer, in dbInputs, meta *dbMeta) error {
	var err error
	if meta.EPSS, err = writeDBFeed(w, "epss", newestEPSS(in.files[dbEPSS]), func(w io.Writer, r io.Reader, path string) (feed.Edition, error) {
		return feed.CompileEPSS(w, r, dateInName(path))
	}); err != nil {
		return err
	}
	if meta.KEV, err = writeDBFeed(w, "kev", in.files[dbKEV], func(w io.Writer, r io.Reader, _ string) (feed.Edition, error) {
		return feed.CompileKEV(w, r)
	}); err != nil {
		return err
	}
	meta.CVSS, err = writeDBFeed(w, "cvss", in.files[dbCVSS], func(w io.Writer, r io.Reader, path string) (feed.Edition, error) {
		return feed.CompileCVSS(w, r, dateInName(path))
	})
	return err
}

// writeDBFeed compiles each of files and writes the newest edition; of equally old ones the last.
func writeDBFeed(w *pack.Writer, name string, files []dbFile, compile func(io.Writer, io.Reader, string) (feed.Edition, error)) (*feed.Edition, error) {
	var (
		newest  *feed.Edition
		content []byte
	)
	for _, f := range files {
		text, err := feed.OpenText(f.path, dbMaxText)
		if err != nil {
			return nil, err
		}
		var compiled bytes.Buffer
		edition, err := compile(&compiled, text, f.path)
		text.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if newest == nil || !edition.AsOf.Before(newest.AsOf) {
			newest, content = &edition, compiled.Bytes()
		}
	}
	if newest == nil {
		return nil, nil
	}
	section, err := w.Section(name)
	if err != nil {
		return nil, err
	}
	_, err = section.Write(content)
	return newest, err
}

// newestEPSS leaves the file of the newest day, as name or first line tell, and those that tell nothing.
func newestEPSS(files []dbFile) []dbFile {
	var newest time.Time
	days := make([]time.Time, len(files))
	for i, f := range files {
		if days[i] = dateInName(f.path); days[i].IsZero() {
			days[i] = dateInFirstLine(f.path)
		}
		if days[i].After(newest) {
			newest = days[i]
		}
	}
	var kept []dbFile
	for i, f := range files {
		if days[i].IsZero() || days[i].Equal(newest) {
			kept = append(kept, f)
		}
	}
	return slices.Clip(kept)
}

func dateInName(path string) time.Time {
	day, err := time.Parse(time.DateOnly, dbDate.FindString(filepath.Base(path)))
	if err != nil {
		return time.Time{}
	}
	return day
}

func dateInFirstLine(path string) time.Time {
	text, err := feed.OpenText(path, dbMaxText)
	if err != nil {
		return time.Time{} // reading it for its scores tells
	}
	defer text.Close()
	line, _ := bufio.NewReaderSize(io.LimitReader(text, 1<<10), 1<<10).ReadString('\n')
	_, date, _ := strings.Cut(line, "score_date:")
	day, err := time.Parse(time.DateOnly, dbDate.FindString(date))
	if err != nil {
		return time.Time{}
	}
	return day
}
