package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
)

// The places where OSV, CISA and FIRST publish their data, and the ecosystems of package managers that OSV has most of.
const (
	defaultOSV  = "https://osv-vulnerabilities.storage.googleapis.com"
	defaultKEV  = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
	defaultEPSS = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
)

var defaultEcosystems = []string{"npm", "PyPI", "Maven", "Go", "NuGet", "crates.io", "RubyGems", "Packagist"}

// dbDownload is one file that an update fetches.
type dbDownload struct {
	kind  dbKind
	url   string
	name  string // in the cache
	list  string // the source's name
	limit int64
	flag  string // that sets url
}

func runDBUpdate(ctx context.Context, env *environment, args []string) error {
	var (
		ecosystems          dbList
		named, out          string
		skipBad             bool
		exploited, exploits = dbNamed{}, dbNamed{}
		given               databaseConfig
	)
	flags, _, err := dbFlags(env, "update", false, args, func(f *flag.FlagSet) {
		f.StringVar(&named, "config", "", "configuration `file` (default fettle.yaml at the top of the repository, if there)")
		f.Var(&ecosystems, "ecosystem", "`name` of an ecosystem as OSV spells it; can be given several times (default "+strings.Join(defaultEcosystems, ", ")+")")
		f.StringVar(&given.OSV, "osv-url", "", "`address` below which ECOSYSTEM/all.zip lies (default "+defaultOSV+")")
		f.StringVar(&given.KEV, "kev-url", "", "`address` of the KEV catalogue, or none (default "+defaultKEV+")")
		f.StringVar(&given.EPSS, "epss-url", "", "`address` of the EPSS scores, or none (default "+defaultEPSS+")")
		f.StringVar(&given.ExploitDB, "exploitdb-url", "", "`address` of Exploit-DB's table, or none (default none)")
		f.StringVar(&given.PoC, "poc-url", "", "`address` of an index of proofs of concept, or none (default none)")
		f.Var(exploited, "exploited", "`NAME=URL`: a list of CVEs that are actively exploited; can be given several times")
		f.Var(exploits, "exploits", "`NAME=URL`: a list of CVEs that an exploit is public for; can be given several times")
		f.StringVar(&out, "out", "", "database `file` to write (default the repository's, where fettle.yaml says what is in it, else "+env.databasePath()+")")
		f.BoolVar(&skipBad, "skip-bad", false, "leave out records that cannot be read, also where more than one in a thousand is so")
	})
	if err != nil {
		return err
	}
	given.Ecosystems, given.Exploited, given.Exploits = ecosystems, exploited, exploits
	flags.Visit(func(f *flag.Flag) {
		if address, ok := map[string]*string{"kev-url": &given.KEV, "epss-url": &given.EPSS}[f.Name]; ok && *address == "" {
			*address = noSource // an empty flag means none
		}
	})
	if err := given.Validate(); err != nil {
		return usagef("db update: %w", err)
	}
	c, at, err := databaseSettings(ctx, env, named)
	if err != nil {
		return err
	}
	// What a repository says of the data's origin holds for its own database and downloads, not for those of all others.
	home := filepath.Dir(env.databasePath())
	own := c.shapes() && at.git != nil
	if own {
		home = cacheDir(at.git)
	}
	switch {
	case out != "":
		out = env.abs(out)
	case own:
		out = filepath.Join(home, databaseName)
		fmt.Fprintf(env.stderr, "the configuration says what is in the database, so it is this repository's own, %s\n", out)
	default:
		out = env.databasePath()
	}
	bearable := bearFew
	if skipBad {
		bearable = bearAll
	}
	if err := updateDB(ctx, env, given.over(c).downloads(), filepath.Join(home, "feeds"), out, bearable); err != nil {
		return err
	}
	if own {
		giveBack(filepath.Dir(out))
		giveBack(out)
	}
	return nil
}

// over returns c where it says something, else what lies below it.
func (c databaseConfig) over(below databaseConfig) databaseConfig {
	for _, field := range []struct{ top, below, builtin *string }{
		{&c.OSV, &below.OSV, ptr(defaultOSV)}, {&c.KEV, &below.KEV, ptr(defaultKEV)}, {&c.EPSS, &below.EPSS, ptr(defaultEPSS)},
		{&c.ExploitDB, &below.ExploitDB, ptr(noSource)}, {&c.PoC, &below.PoC, ptr(noSource)},
	} {
		if *field.top == "" {
			*field.top = *field.below
		}
		if *field.top == "" {
			*field.top = *field.builtin
		}
	}
	if len(c.Ecosystems) == 0 {
		c.Ecosystems = below.Ecosystems
	}
	if len(c.Ecosystems) == 0 {
		c.Ecosystems = defaultEcosystems
	}
	for _, lists := range []struct{ top, below *map[string]string }{{&c.Exploited, &below.Exploited}, {&c.Exploits, &below.Exploits}} {
		joined := map[string]string{}
		for _, part := range []map[string]string{*lists.below, *lists.top} {
			for name, address := range part {
				joined[name] = address
			}
		}
		*lists.top = joined
	}
	return c
}

func ptr(s string) *string { return &s }

// downloads lists what c, which is complete, asks for.
func (c databaseConfig) downloads() []dbDownload {
	const mega = 1 << 20
	var list []dbDownload
	for _, e := range c.Ecosystems {
		address := strings.TrimSuffix(c.OSV, "/") + "/" + url.PathEscape(e) + "/all.zip"
		if base, query, ok := strings.Cut(c.OSV, "?"); ok { // a mirror may want a key
			address = strings.TrimSuffix(base, "/") + "/" + url.PathEscape(e) + "/all.zip?" + query
		}
		list = append(list, dbDownload{dbOSV, address, e + ".zip", e, 4096 * mega, "--osv-url"})
	}
	list = append(list, dbDownload{dbKEV, c.KEV, "kev.json", "kev", 64 * mega, "--kev-url"},
		dbDownload{dbEPSS, c.EPSS, "epss.csv.gz", "epss", 512 * mega, "--epss-url"},
		dbDownload{dbExploitDB, c.ExploitDB, "exploitdb.csv", "exploitdb", 256 * mega, "--exploitdb-url"},
		dbDownload{dbPoC, c.PoC, "poc.csv", "poc", 256 * mega, "--poc-url"})
	for _, name := range sortedKeys(c.Exploited) {
		list = append(list, dbDownload{dbExploited, c.Exploited[name], "exploited-" + name, name, 64 * mega, "--exploited"})
	}
	for _, name := range sortedKeys(c.Exploits) {
		list = append(list, dbDownload{dbExploits, c.Exploits[name], "exploits-" + name, name, 64 * mega, "--exploits"})
	}
	return list
}

// updateDB fetches to cache and builds. After an error, the database that stood at out stands as it was.
func updateDB(ctx context.Context, env *environment, downloads []dbDownload, cache, out string, bearable bearable) error {
	return inDBWorks(ctx, env, filepath.Dir(cache), filepath.Dir(out), func(work string) error {
		if err := os.MkdirAll(cache, 0o700); err != nil {
			return fmt.Errorf("make a place for downloads: %w", err)
		}
		in, err := fetchDB(ctx, env, downloads, cache, out)
		if err != nil {
			return err
		}
		err = makeDB(ctx, env, in, work, out, bearable)
		var damaged *dbUnreadable
		if errors.As(err, &damaged) {
			// Whatever the server says of changes, this file is of no use: the next update fetches it again.
			if err := feed.Forget(damaged.path); err != nil {
				return err
			}
			return fmt.Errorf("%w; %s, and the next fettle db update fetches the file again", err, standing(out))
		}
		return err
	})
}

// fetchDB brings all downloads to the cache.
func fetchDB(ctx context.Context, env *environment, downloads []dbDownload, cache, out string) (dbInputs, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone() // proxies from the environment
	transport.ResponseHeaderTimeout = time.Minute
	defer transport.CloseIdleConnections()
	fetcher := feed.Fetcher{Client: &http.Client{Transport: transport}}
	var in dbInputs
	for _, d := range downloads {
		if d.url == noSource {
			if d.kind == dbKEV || d.kind == dbEPSS {
				fmt.Fprintf(env.stderr, "without %s: %s is none\n", d.name, d.flag)
			}
			continue
		}
		path := filepath.Join(cache, d.name)
		got, err := fetcher.Fetch(ctx, feed.Request{URL: d.url, Path: path, Limit: d.limit})
		if err != nil {
			if ctx.Err() != nil {
				return in, ctx.Err()
			}
			return in, fmt.Errorf("db update: %w; %s. Offline, fettle db import takes one made elsewhere, fettle db build --from makes one of files, and %s names another place",
				err, standing(out), d.flag)
		}
		state := "fetched"
		if got.Unchanged {
			state = "unchanged"
		}
		fmt.Fprintf(env.stderr, "%-9s %s  %.1f MB  sha256 %s\n", state, d.name, float64(got.Size)/1e6, got.SHA256)
		in.put(d.kind, dbFile{path: path, source: d.list, named: d.kind != dbOSV, fetched: &got})
	}
	return in, nil
}

// standing says what an update that failed leaves behind.
func standing(out string) string {
	if _, err := os.Stat(out); err != nil {
		return "there is no database at " + out + " yet"
	}
	return "the database at " + out + " is as it was"
}
