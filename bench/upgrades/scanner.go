//go:build unix

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// scannerModule is what is built where no program is named.
const scannerModule = "github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.5.1"

func scannerInPlace(b *bench, t *trial) error {
	return b.fix(t, "--strategy=in-place", "-L", "package-lock.json")
}

// scannerRelax moves the manifest and lets osv-scanner have npm write the lockfile anew.
func scannerRelax(b *bench, t *trial) error {
	return b.fix(t, "--strategy=relax", "-M", "package.json", "-L", "package-lock.json")
}

func scannerOverride(b *bench, t *trial) error {
	return b.fix(t, "--strategy=override", "-M", "pom.xml")
}

// fix runs osv-scanner fix in the copy, with the same records and the ecosystem's own registry.
func (b *bench) fix(t *trial, args ...string) error {
	if err := b.scannerReady(t); err != nil {
		return err
	}
	npmrc := filepath.Join(t.dir, ".npmrc")
	if t.app.kind == "npm" { // it reads no other configuration of npm
		var lines []string
		for _, setting := range b.npm {
			if key, value, _ := strings.Cut(setting, "="); key == "npm_config_registry" {
				lines = append(lines, "registry="+value)
			}
		}
		if err := os.WriteFile(npmrc, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			return err
		}
		defer os.Remove(npmrc)
	}
	env := slices.DeleteFunc(b.npmEnv("OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="+b.records), func(v string) bool {
		return strings.Contains(strings.ToLower(v), "token") || strings.Contains(strings.ToLower(v), "secret")
	})
	_, err := command(t.ctx, t.dir, env, b.scanner,
		append([]string{"fix", "--offline-vulnerabilities", "--data-source=native"}, args...)...)
	return err
}

// scannerReady builds osv-scanner and lays the records out, once.
func (b *bench) scannerReady(t *trial) error {
	if b.scanner == "" {
		bin := filepath.Join(b.work, "bin")
		if _, err := command(t.ctx, b.empty(), append(os.Environ(), "GOBIN="+bin, "GOFLAGS="), "go", "install", scannerModule); err != nil {
			return err
		}
		b.scanner = filepath.Join(bin, "osv-scanner")
	}
	if b.records != "" {
		return nil
	}
	dir := filepath.Join(b.work, "records")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := layOut(filepath.Join(b.data, "advisories"), filepath.Join(dir, "osv-scalibr")); err != nil {
		return err
	}
	b.records = dir
	return nil
}

// layOut writes the records of all files in from as osv-scanner reads them offline: one archive for each ecosystem.
func layOut(from, to string) error {
	archives := map[string]*zip.Writer{}
	var files []*os.File
	n := 0
	err := eachRecord(from, func(line []byte) error {
		r, err := osv.Parse(line)
		if err != nil {
			return err
		}
		for _, ecosystem := range ecosystems(r) {
			if archives[ecosystem] == nil {
				name := filepath.Join(to, ecosystem, "all.zip")
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					return err
				}
				out, err := os.Create(name)
				if err != nil {
					return err
				}
				files = append(files, out)
				archives[ecosystem] = zip.NewWriter(out)
			}
			n++
			entry, err := archives[ecosystem].Create(fmt.Sprintf("%06d.json", n))
			if err != nil {
				return err
			}
			if _, err := entry.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	for _, a := range archives {
		err = cmp.Or(err, a.Close())
	}
	for _, f := range files {
		err = cmp.Or(err, f.Close())
	}
	return err
}

// eachRecord calls do for each line of the files of records below dir.
func eachRecord(dir string, do func(line []byte) error) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.osv.jsonl.gz"))
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := eachLine(name, do); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func eachLine(name string, do func(line []byte) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	reader := bufio.NewReader(in)
	for {
		line, err := reader.ReadBytes('\n')
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 && json.Valid(trimmed) {
			if err := do(trimmed); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ecosystems are those that r speaks of, without their suffixes.
func ecosystems(r osv.Record) []string {
	var all []string
	for _, a := range r.Affected {
		if name, _, _ := strings.Cut(a.Package.Ecosystem, ":"); name != "" && !strings.ContainsAny(name, "/\\") && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
