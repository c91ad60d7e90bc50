package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what the tests expect")

// console is a block of documentation that shows a command and what it prints.
var console = regexp.MustCompile("(?s)```console\n\\$ fettle ([^\n]*)\n(.*?)```\n")

// Every ```console block of the documentation is run on the sample shop, with its frozen feeds as the repository's
// database. go test ./cmd/fettle -run Documentation -update rewrites the blocks.
func TestDocumentationShowsWhatTheProgramPrints(t *testing.T) {
	dir := sampleShop(t)
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		now := console.ReplaceAllStringFunc(string(text), func(block string) string {
			blocks++
			command := console.FindStringSubmatch(block)[1]
			var out bytes.Buffer
			env := &environment{dir: dir, getenv: func(name string) string { return map[string]string{"HOME": dir}[name] },
				lookup:  func(string) (string, bool) { return "", false },
				environ: append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir)),
				stdout:  &out, stderr: &bytes.Buffer{}, width: 100,
				now: func() time.Time { return time.Date(2026, 8, 17, 0, 0, 0, 0, time.UTC) }}
			run(context.Background(), env, strings.Fields(command))
			return "```console\n$ fettle " + command + "\n" + out.String() + "```\n"
		})
		if *update {
			if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(string(text), now); diff != "" {
			t.Errorf("%s shows what the program no longer prints (-page +program):\n%s", page, diff)
		}
	}
	if blocks == 0 {
		t.Error("no page shows a command")
	}
}

// sampleShop lays out testdata/shop as a git repository with a database of testdata/feeds in its cache directory, and
// returns the folder that it is in.
func sampleShop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "shop"), os.DirFS("../../testdata/shop")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"init", "--quiet"}, {"add", "--all"},
		{"-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "--message", "shop"},
	} {
		cmd := exec.Command("git", append([]string{"-C", filepath.Join(dir, "shop")}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	var in dbInputs
	if err := in.add("../../testdata/feeds"); err != nil {
		t.Fatal(err)
	}
	env := &environment{dir: dir, getenv: func(string) string { return "" }, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{},
		now: func() time.Time { return time.Date(2026, 8, 17, 0, 0, 0, 0, time.UTC) }}
	if err := buildDB(context.Background(), env, in, filepath.Join(dir, "shop", ".git", "fettle", databaseName), false); err != nil {
		t.Fatal(err)
	}
	return dir
}
