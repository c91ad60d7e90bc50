package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// compiler turns a feed's text into a section. asOf is the date of the file, for feeds that say none.
type compiler func(w io.Writer, r io.Reader, asOf time.Time) (feed.Edition, error)

func compileKEV(w io.Writer, r io.Reader, _ time.Time) (feed.Edition, error) {
	return feed.CompileKEV(w, r)
}

// writeDBFeeds writes the sections of the feeds that there are.
func writeDBFeeds(w *pack.Writer, in dbInputs, meta *dbMeta, now time.Time) error {
	for _, f := range []struct {
		kind    dbKind
		files   []dbFile
		compile compiler
	}{
		{dbKEV, in.files[dbKEV], compileKEV},
		{dbEPSS, newestEPSS(in.files[dbEPSS]), feed.CompileEPSS},
		{dbCVSS, in.files[dbCVSS], feed.CompileCVSS},
	} {
		if err := writeDBFeed(w, meta, now, dbSource{Kind: f.kind, Name: string(f.kind)}, f.files, f.compile); err != nil {
			return err
		}
	}
	exploits := map[string]compiler{}
	lists := map[string][]dbFile{}
	for kind, compile := range map[dbKind]compiler{dbExploits: feed.CompileList, dbExploitDB: feed.CompileExploitDB, dbPoC: feed.CompilePoC} {
		for _, f := range in.files[kind] {
			exploits[f.source], lists[f.source] = compile, append(lists[f.source], f)
		}
	}
	for _, name := range sortedKeys(lists) {
		if err := writeDBFeed(w, meta, now, dbSource{Kind: dbExploits, Name: "exploits " + name}, lists[name], exploits[name]); err != nil {
			return err
		}
	}
	lists = map[string][]dbFile{}
	for _, f := range in.files[dbExploited] {
		lists[f.source] = append(lists[f.source], f)
	}
	for _, name := range sortedKeys(lists) {
		if err := writeDBFeed(w, meta, now, dbSource{Kind: dbExploited, Name: "exploited " + name}, lists[name], feed.CompileList); err != nil {
			return err
		}
	}
	return nil
}

// writeDBFeed compiles each of files and writes the newest edition; of equally old ones the last.
func writeDBFeed(w *pack.Writer, meta *dbMeta, now time.Time, source dbSource, files []dbFile, compile compiler) error {
	var content []byte
	for _, f := range files {
		text, err := feed.OpenText(f.path, dbMaxText)
		if err != nil {
			return err
		}
		asOf := dateInName(f.path)
		if asOf.IsZero() && f.fetched != nil {
			asOf = f.fetched.LastModified
		}
		var compiled bytes.Buffer
		edition, err := compile(&compiled, text, asOf)
		text.Close()
		if err != nil {
			return &dbUnreadable{f.path, fmt.Errorf("%s: %w", f.path, err)}
		}
		if content == nil || !edition.AsOf.Before(source.AsOf) {
			source.Edition, content = edition, compiled.Bytes()
			source.take(f.fetched, now)
		}
	}
	if content == nil {
		return nil
	}
	section, err := w.Section(source.section())
	if err != nil {
		return err
	}
	meta.Sources = append(meta.Sources, source)
	_, err = section.Write(content)
	return err
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
