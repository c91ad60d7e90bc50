package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptMirror serves the folder that it is given under $MIRROR, as a mirror of OSV, KEV and EPSS does: NAME/all.zip is made
// of the lines of NAME.jsonl. A mirror that is down serves nothing.
func scriptMirror(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mirror DIR|down")
	}
	if args[0] == "down" {
		ts.Value("mirror").(*atomic.Bool).Store(true)
		return
	}
	files := os.DirFS(ts.MkAbs(args[0]))
	down := ts.Value("mirror").(*atomic.Bool)
	down.Store(false)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		data, err := fs.ReadFile(files, name)
		if source, ok := strings.CutSuffix(name, "/all.zip"); ok {
			if data, err = fs.ReadFile(files, source+".jsonl"); err == nil {
				data, err = zipLines(data)
			}
		}
		switch {
		case down.Load():
			http.Error(w, "down", http.StatusNotFound)
		case err != nil:
			http.NotFound(w, r)
		default:
			w.Header().Set("ETag", fmt.Sprintf(`"%x"`, len(data)))
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		}
	}))
	ts.Defer(s.Close)
	ts.Setenv("MIRROR", s.URL)
}

func zipLines(text []byte) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		f, err := z.Create(fmt.Sprintf("%d.json", i))
		if err != nil {
			return nil, err
		}
		if _, err := f.Write([]byte(line)); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// scriptDamage changes the byte in the middle of a file, or cuts the file there.
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage change|cut FILE")
	}
	name := filepath.Clean(ts.MkAbs(args[1]))
	data, err := os.ReadFile(name)
	ts.Check(err)
	if args[0] == "cut" {
		data = data[:len(data)/2]
	} else {
		data[len(data)/2] ^= 1
	}
	ts.Check(os.WriteFile(name, data, 0o644))
}

// scriptExpand puts the address of the mirror into a file.
func scriptExpand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "$MIRROR", ts.Getenv("MIRROR"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}
