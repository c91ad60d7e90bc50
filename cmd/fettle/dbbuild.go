package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

func runDBBuild(ctx context.Context, env *environment, args []string) error {
	var (
		from                                          dbList
		kev, epss, cvss, aliases, exploitdb, poc, out string
		skipBad                                       bool
		exploited, exploits                           = dbNamed{}, dbNamed{}
	)
	_, _, err := dbFlags(env, "build", false, args, func(f *flag.FlagSet) {
		f.Var(&from, "from", "`folder or file` of OSV records and feeds; can be given several times")
		f.StringVar(&kev, "kev", "", "KEV catalogue `file`, JSON or CSV (default: the newest found)")
		f.StringVar(&epss, "epss", "", "EPSS scores `file` (default: the newest found)")
		f.StringVar(&cvss, "cvss", "", "CVSS vectors by CVE, a CSV `file` (default: those found)")
		f.StringVar(&aliases, "aliases", "", "pairs of ids, a CSV `file` (default: those found)")
		f.StringVar(&exploitdb, "exploitdb", "", "Exploit-DB's table, a CSV `file` (default: the newest found)")
		f.StringVar(&poc, "poc", "", "index of proofs of concept, a CSV `file` (default: the newest found)")
		f.Var(exploited, "exploited", "`NAME=FILE`: a list of CVEs that are actively exploited; can be given several times")
		f.Var(exploits, "exploits", "`NAME=FILE`: a list of CVEs that an exploit is public for; can be given several times")
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
	for kind, named := range map[dbKind]string{dbKEV: kev, dbEPSS: epss, dbCVSS: cvss, dbAliases: aliases, dbExploitDB: exploitdb, dbPoC: poc} {
		if named != "" {
			in.set(kind, env.abs(named))
		}
	}
	for kind, lists := range map[dbKind]dbNamed{dbExploited: exploited, dbExploits: exploits} {
		for _, name := range sortedKeys(lists) {
			in.list(kind, dbFile{path: env.abs(lists[name]), source: name})
		}
	}
	return buildDB(ctx, env, in, dbOut(env, out), skipBad)
}

// buildDB makes the database at out. After an error, what stood there stands as it was.
func buildDB(ctx context.Context, env *environment, in dbInputs, out string, skipBad bool) error {
	bearable := bearNone
	if skipBad {
		bearable = bearAll
	}
	return inDBWork(ctx, env, filepath.Dir(out), func(work string) error {
		return makeDB(ctx, env, in, work, out, bearable)
	})
}

// makeDB makes the database in work and moves it to out.
func makeDB(ctx context.Context, env *environment, in dbInputs, work, out string, bearable bearable) error {
	made := filepath.Join(work, databaseName)
	meta, err := writeDB(ctx, env, in, work, made, bearable)
	if err != nil {
		return err
	}
	if err := placeDB(made, out); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s: %d advisories from %d sources\n", out, meta.Records, meta.count(dbOSV))
	return nil
}

// count returns how many sources of a kind there are.
func (m dbMeta) count(kind dbKind) int {
	n := 0
	for _, s := range m.Sources {
		if s.Kind == kind {
			n++
		}
	}
	return n
}

func writeDB(ctx context.Context, env *environment, in dbInputs, work, made string, bearable bearable) (dbMeta, error) {
	builder, err := osv.NewBuilder(work)
	if err != nil {
		return dbMeta{}, err
	}
	defer builder.Close()
	now := env.now().UTC().Truncate(time.Second)
	meta, err := readDBRecords(ctx, env, builder, in, now, bearable)
	if err != nil {
		return meta, fmt.Errorf("db build: %w", err)
	}
	w, err := pack.Create(made)
	if err != nil {
		return meta, err
	}
	defer w.Abort()
	section, err := w.Section("osv")
	if err != nil {
		return meta, err
	}
	if _, err := builder.WriteTo(section); err != nil {
		return meta, err
	}
	if err := writeDBFeeds(w, in, &meta, now); err != nil {
		return meta, fmt.Errorf("db build: %w", err)
	}
	if section, err = w.Section("meta"); err != nil {
		return meta, err
	}
	if err := json.NewEncoder(section).Encode(meta); err != nil {
		return meta, err
	}
	if err := ctx.Err(); err != nil {
		return meta, err
	}
	return meta, w.Commit()
}

// bearable is how many bad records of a thousand a build puts up with.
type bearable int

const (
	bearNone bearable = 0    // of files that somebody chose
	bearFew  bearable = 1    // of what is published: a slip is not worth the loss of all else, and the report says so
	bearAll  bearable = 1000 // --skip-bad
)

// readDBRecords gives all records and alias pairs to the builder.
func readDBRecords(ctx context.Context, env *environment, builder *osv.Builder, in dbInputs, now time.Time, bearable bearable) (dbMeta, error) {
	meta := dbMeta{Maker: buildVersion()}
	records := &dbRecords{builder: builder}
	fetched := map[string]*feed.Fetched{}
	ahead, cancel := context.WithCancel(ctx)
	defer cancel()
	for a := range readAhead(ahead, in.files[dbOSV]) {
		f, before := a.file, records.taken+records.bad
		if err := records.read(ctx, a); err != nil {
			return meta, err
		}
		if f.fetched != nil {
			if records.taken+records.bad == before {
				return meta, unreadable(f.path, "%s: it holds no OSV records", f.path)
			}
			fetched[f.source] = f.fetched
		}
	}
	if err := ctx.Err(); err != nil {
		return meta, err
	}
	for _, s := range builder.Sources() {
		if f := fetched[s.Name]; f != nil && f.LastModified.After(s.AsOf) {
			builder.Date(s.Name, f.LastModified) // the archive is newer than the newest change of a record
		}
	}
	for _, s := range builder.Sources() {
		source := dbSource{Kind: dbOSV, Name: "osv " + s.Name}
		source.take(fetched[s.Name], now)
		source.Count, source.AsOf = s.Count, s.AsOf
		meta.Sources = append(meta.Sources, source)
		meta.Records += s.Count
	}
	meta.Skipped = records.bad
	for _, f := range in.files[dbAliases] {
		n, err := records.readAliases(ctx, f.path)
		if err != nil {
			return meta, err
		}
		meta.Aliases += n
	}
	if err := records.tell(env, in.ignored, bearable); err != nil {
		return meta, err
	}
	if meta.Records == 0 {
		return meta, errors.New("no OSV records found; a database without advisories would find nothing")
	}
	return meta, nil
}

// tell says what was not taken. More bad records than bearable are an error.
func (r *dbRecords) tell(env *environment, ignored int, bearable bearable) error {
	if r.other > 0 {
		fmt.Fprintf(env.stderr, "%d files of JSON or YAML hold no OSV records: %s\n", r.other, dbNames(r.others))
	}
	if ignored > 0 {
		fmt.Fprintf(env.stderr, "%d files are by their names neither advisories nor feeds\n", ignored)
	}
	if r.bad == 0 {
		return nil
	}
	for _, line := range r.named {
		fmt.Fprintln(env.stderr, line)
	}
	if more := r.bad - len(r.named); more > 0 {
		fmt.Fprintf(env.stderr, "and %d more\n", more)
	}
	if r.bad*1000 > int(bearable)*(r.bad+r.taken) {
		return fmt.Errorf("%d bad records; mend them, or leave them out with --skip-bad", r.bad)
	}
	fmt.Fprintf(env.stderr, "%d bad records are left out\n", r.bad)
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
