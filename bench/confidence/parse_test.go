package main

import (
	"archive/tar"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func passing(o outcomes) map[string]bool {
	m := map[string]bool{}
	for name, c := range o.cases {
		m[c.file+"|"+c.group+"|"+name] = c.pass
	}
	return m
}

func TestTAPOfSeveralFiles(t *testing.T) {
	got := passing(readTAP(`noise
ok 1 outside of any file
#file test/a.js
TAP version 13
# first
ok 1 works
not ok 2 works
ok 3 later # SKIP no network
# second
ok 4 - took 12ms
1..4
#exit 1
#file test/b.js
#exit 0
#file test/c.js
oops
#exit 1
`))
	want := map[string]bool{
		"test/a.js|test/a.js first|test/a.js first works":    true,
		"test/a.js|test/a.js first|test/a.js first works #2": false,
		"test/a.js|test/a.js second|test/a.js second took …": true,
		"test/b.js|test/b.js|test/b.js":                      true,
		"test/c.js|test/c.js|test/c.js":                      false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGoEvents(t *testing.T) {
	got := passing(readGoTest([]byte(`{"Action":"start","Package":"m/p"}
{"Action":"pass","Package":"m/p","Test":"TestA/x"}
{"Action":"pass","Package":"m/p","Test":"TestA"}
not json
{"Action":"fail","Package":"m/p","Test":"TestB"}
{"Action":"skip","Package":"m/p","Test":"TestC"}
{"Action":"pass","Package":"m/p"}
`), map[string]string{"m/p TestA": "p/a_test.go"}))
	want := map[string]bool{
		"p/a_test.go|m/p TestA|m/p TestA":   true,
		"p/a_test.go|m/p TestA|m/p TestA/x": true,
		"m/p|m/p TestB|m/p TestB":           false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJUnitOfPytest(t *testing.T) {
	got := passing(readJUnit([]byte(`<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.test_a.TestX" name="test_one[0x1f]" time="0.1"/>
<testcase classname="tests.test_a" name="test_two"><failure message="no">text</failure></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped/></testcase>
<testcase classname="tests.test_b" name="test_four"><error/></testcase>
</testsuite></testsuites>`)))
	want := map[string]bool{
		"tests.test_a|tests.test_a.TestX test_one|tests.test_a.TestX test_one[…]": true,
		"tests.test_a|tests.test_a test_two|tests.test_a test_two":                false,
		"tests.test_b|tests.test_b test_four|tests.test_b test_four":              false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzResults(f *testing.F) {
	f.Add("#file a\nok 1 b\n#exit 0\n")
	f.Add(`<testsuite><testcase classname="a.B" name="c[0]"><failure/></testcase>`)
	f.Add(`{"Action":"pass","Package":"p","Test":"T/x"}`)
	f.Add(strings.Repeat("<a>", 20000))
	f.Add("\ufeff#file \r\nnot ok\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, o := range []outcomes{readTAP(text), readJUnit([]byte(text)), readGoTest([]byte(text), nil)} {
			s := newSuite([]outcomes{o, o})
			if len(s.a)+len(s.b)+s.red != len(o.cases) || s.flaky != 0 {
				t.Errorf("%d and %d pass, %d fail, of %d", len(s.a), len(s.b), s.red, len(o.cases))
			}
		}
	})
}

func TestUnpackStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.tgz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, h := range []tar.Header{
		{Name: "package/test/a.js", Typeflag: tar.TypeReg}, {Name: "../../escape", Typeflag: tar.TypeReg}, {Name: "package/../../up", Typeflag: tar.TypeReg},
		{Name: "/etc/absolute", Typeflag: tar.TypeReg}, {Name: "package/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, {Name: "alone", Typeflag: tar.TypeReg},
	} {
		h.Mode, h.Size = 0o644, 0
		if h.Typeflag == tar.TypeReg {
			h.Size = 2
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			w.Write([]byte("ok"))
		}
	}
	w.Close()
	z.Close()
	f.Close()
	if err := unpack(name, filepath.Join(dir, "in", "out")); err != nil {
		t.Fatal(err)
	}
	var got []string
	filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			got = append(got, filepath.ToSlash(rel))
		}
		return err
	})
	for _, name := range got {
		if name != "a.tgz" && !strings.HasPrefix(name, "in/out/") {
			t.Errorf("%s was written", name)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "in", "out", "test", "a.js")); err != nil || string(text) != "ok" {
		t.Errorf("%q, %v; all files are %v", text, err, got)
	}
}
