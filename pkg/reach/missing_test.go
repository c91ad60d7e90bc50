package reach

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

func TestAFileThatIsNotThereMayImportAnything(t *testing.T) {
	if !syntax.Available {
		t.Skip("built without parsers")
	}
	for _, tt := range []struct{ name, files, want string }{
		{"all there", "-- a.js --\nrequire('./b'); require('./c'); import('./d.js'); require('./e.css'); require('./f/')\n-- b.ts --\n1\n-- c/index.js --\n1\n-- d.tsx --\n1\n-- e.css --\n-- f/index.js --\n1\n", "not_imported"},
		{"generated", "-- src/a.js --\nimport x from '../gen/x.js'\n", "src/a.js:1 imports ../gen/x.js, which is not in the tree"},
		{"ignored", "-- a.js --\nrequire('./ignored/x')\n-- ignored/x.js --\nrequire('lib')\n", "a.js:1 imports ./ignored/x"},
		{"made of the sources", "-- bin/a.js --\nrequire('../dist/x')\n-- src/x.ts --\n1\n", "not_imported"},
		{"types", "-- a.ts --\nimport type {X} from './gen'\n", "not_imported"},
		{"of a test", "-- a.js --\n1\n-- test/a.test.js --\nrequire('./gen')\n", "not_imported"},
		{"with a query", "-- a.js --\nimport x from './b.txt?raw'\n-- b.txt --\n1\n", "not_imported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := judge(t, "npm", ":lib", tt.files, func(file string) bool { return file == "ignored" })
			if len(e) != 1 || !strings.Contains(e[0].Text, tt.want) {
				t.Errorf("got %+v, want %s", e, tt.want)
			}
		})
	}
}

func TestUTF16IsRead(t *testing.T) {
	for name, high := range map[string]bool{"little endian": false, "big endian": true} {
		var data []byte
		for _, u := range utf16.Encode([]rune("\ufeffusing A; // \u00e9\U0001f600")) {
			if high {
				data = append(data, byte(u>>8), byte(u))
			} else {
				data = append(data, byte(u), byte(u>>8))
			}
		}
		if got, want := string(text(data)), "using A; // \u00e9\U0001f600"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := string(text([]byte("\xff"))); got != "\xff" {
		t.Errorf("a single byte: %q", got)
	}
}
