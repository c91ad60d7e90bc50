package python

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
)

func FuzzSkim(f *testing.F) {
	for _, seed := range []string{"", "import a, b.c as d; from .e import (f, # x\n g as h,)\n", "\xef\xbb\xbfimport a\r\nfrom b import *\r\n", `f"{x["a"]}{{}}{" import y`, "from", "from .", "import \\\n a",
		"'''import a\n'''", strings.Repeat("(", 1000), `f"` + strings.Repeat(`{f"`, 100), "if TYPE_CHECKING:\n  import a\nimport b", "\"\\", "from a import (", strings.Repeat("import a;", 500), "rb'\\'", "exec ("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := skim([]byte(text))
		last := strings.Count(text, "\n") + 1
		for _, i := range s.imports {
			if i.line < 1 || i.line > last || i.target == "" {
				t.Errorf("import of %q at line %d of %d", i.target, i.line, last)
			}
		}
		for _, x := range s.texts {
			if x.line < 1 || x.line > last {
				t.Errorf("text %q at line %d of %d", x.text, x.line, last)
			}
		}
	})
}

func FuzzDistribution(f *testing.F) {
	f.Add("a/__init__.py,sha256=x,1\n", "Requires-Dist: b (>1) ; extra == 'c'\n", "[g]\nx = a:b [e]\n")
	f.Add("\"a,b.py\",,\n../../etc/passwd,,\n/x.py,,\n\r\na/b-c.py\n", "Name\nRequires-Dist:\nRequires-Dist: \xff\n\nRequires-Dist: z", "[\n=\n[]\nx=\n[console_scripts]\nq")
	f.Add(strings.Repeat("a.py,,\n", 100)+"\xef\xbb\xbfb.pth", "", "[a]\n[a]\nb=c\nb=c\n")
	f.Fuzz(func(t *testing.T, record, metadata, entries string) {
		fsys := fstest.MapFS{"x.dist-info/RECORD": {Data: []byte(record)}, "x.dist-info/METADATA": {Data: []byte(metadata)}, "x.dist-info/entry_points.txt": {Data: []byte(entries)}, "b.pth": {Data: []byte("import a\n")}}
		c := &copied{site: &site{fsys: fsys}, info: "x.dist-info", name: "x"}
		if !c.load() {
			t.Fatal("has a RECORD")
		}
		for _, m := range c.tops() {
			if !isDotted(m) {
				t.Errorf("module %q", m)
			}
		}
		for _, file := range c.files {
			if strings.HasPrefix(file, "/") || strings.Contains("/"+file+"/", "/../") {
				t.Errorf("file %q leads out", file)
			}
		}
	})
}

func FuzzNotebook(f *testing.F) {
	for _, seed := range []string{`{"cells": [{"cell_type": "code", "source": ["%x\n", "import a"]}]}`, `{"cells": [{"cell_type": "code", "source": "%%bash\nls"}]}`, `{"cells": 1}`, "", "\xef\xbb\xbf{}", strings.Repeat("[", 5000),
		`{"cells": [{"cell_type": "code", "source": 5}]}`, `{"cells": [], "cells": [{"cell_type": "code", "source": "a\r\n!b\r\nc?"}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if code, err := cells([]byte(text)); err == nil && len(code) > 2*len(text)+100 {
			t.Errorf("%d bytes of %d", len(code), len(text))
		}
	})
}

func FuzzRelevant(f *testing.F) {
	f.Add("[project]\na = 1\n[tool.x]\nb\n", "RUN pip install \\\n a && b\nCMD c\n")
	f.Add("[", "&&\\\r\npip install")
	f.Fuzz(func(t *testing.T, sections, commands string) {
		if a, b := bytes.Count(relevantSections([]byte(sections)), []byte("\n")), strings.Count(sections, "\n"); a != b && a != b+1 {
			t.Errorf("%d lines of %d", a, b)
		}
		if a, b := bytes.Count(withoutInstalls([]byte(commands)), []byte("\n")), strings.Count(commands, "\n"); a > b {
			t.Errorf("%d lines of %d", a, b)
		}
		words([]byte(commands), func(word []byte, at int) {
			if at < 0 || at+len(word) > len(commands) {
				t.Errorf("word at %d of %d", at, len(commands))
			}
		})
	})
}
