package main

import (
	"context"
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

// The places where OSV, CISA and FIRST publish their data.
const (
	defaultOSV  = "https://osv-vulnerabilities.storage.googleapis.com"
	defaultKEV  = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
	defaultEPSS = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
)

// dbDownload is one file that an update fetches.
type dbDownload struct {
	kind  dbKind
	url   string
	name  string // in the cache
	limit int64
	flag  string // that sets url
}

func runDBUpdate(ctx context.Context, env *environment, args []string) error {
	var (
		ecosystems                   dbList
		osvURL, kevURL, epssURL, out string
		skipBad                      bool
	)
	err := dbFlags(env, "update", args, func(f *flag.FlagSet) {
		f.Var(&ecosystems, "ecosystem", "`name` of an ecosystem as OSV spells it; can be given several times (default npm)")
		f.StringVar(&osvURL, "osv-url", defaultOSV, "`address` below which ECOSYSTEM/all.zip lies")
		f.StringVar(&kevURL, "kev-url", defaultKEV, "`address` of the KEV catalogue; empty for none")
		f.StringVar(&epssURL, "epss-url", defaultEPSS, "`address` of the EPSS scores; empty for none")
		f.StringVar(&out, "out", "", "database `file` to write (default "+env.databasePath()+")")
		f.BoolVar(&skipBad, "skip-bad", false, "leave out records that cannot be read instead of failing")
	})
	if err != nil {
		return err
	}
	if len(ecosystems) == 0 {
		ecosystems = dbList{"npm"}
	}
	var downloads []dbDownload
	for _, ecosystem := range ecosystems {
		if strings.ContainsAny(ecosystem, `/\`) || strings.HasPrefix(ecosystem, ".") {
			return usagef("--ecosystem %q: want a name such as npm, PyPI or crates.io", ecosystem)
		}
		address := strings.TrimSuffix(osvURL, "/") + "/" + url.PathEscape(ecosystem) + "/all.zip"
		downloads = append(downloads, dbDownload{dbOSV, address, ecosystem + ".zip", 4 << 30, "--osv-url"})
	}
	downloads = append(downloads, dbDownload{dbKEV, kevURL, "kev.json", 64 << 20, "--kev-url"}, dbDownload{dbEPSS, epssURL, "epss.csv.gz", 512 << 20, "--epss-url"})
	return updateDB(ctx, env, downloads, dbOut(env, out), skipBad)
}

// updateDB fetches and builds. After an error, the database that stood at out stands as it was.
func updateDB(ctx context.Context, env *environment, downloads []dbDownload, out string, skipBad bool) error {
	cache := filepath.Join(filepath.Dir(env.databasePath()), "feeds")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return fmt.Errorf("make a place for downloads: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = time.Minute
	fetcher := feed.Fetcher{Client: &http.Client{Transport: transport}}
	var in dbInputs
	for _, d := range downloads {
		if d.url == "" {
			fmt.Fprintf(env.stderr, "without %s: %s is empty\n", d.name, d.flag)
			continue
		}
		path := filepath.Join(cache, d.name)
		got, err := fetcher.Fetch(ctx, feed.Request{URL: d.url, Path: path, Limit: d.limit})
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("db update: %w; %s. Offline, fettle db build --from makes one of files, and %s names another place",
				err, standing(out), d.flag)
		}
		state := "fetched"
		if got.Unchanged {
			state = "unchanged"
		}
		fmt.Fprintf(env.stderr, "%-9s %s  %.1f MB  sha256 %s\n", state, d.name, float64(got.Size)/1e6, got.SHA256)
		in.put(d.kind, path, dbSourceName(path))
	}
	return buildDB(ctx, env, in, out, skipBad)
}

// standing says what an update that failed leaves behind.
func standing(out string) string {
	if _, err := os.Stat(out); err != nil {
		return "there is no database at " + out + " yet"
	}
	return "the database at " + out + " is as it was"
}
