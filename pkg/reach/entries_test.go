package reach

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

func TestWhatStartsAProgramIsNoTest(t *testing.T) {
	if !syntax.Available {
		t.Skip("built without parsers")
	}
	for _, tt := range []struct {
		name, files string
		test        bool // what app/test/server.js and app/speed_test.py are
	}{
		{"nobody starts it", "", true},
		{"main and script", "-- app/package.json --\n{\"main\": \"./test/server.js\", \"scripts\": {\"start\": \"python speed_test.py\"}}\n", false},
		{"bin by name", "-- app/package.json --\n{\"bin\": {\"x\": \"test/server.js\", \"y\": \"speed_test.py\"}}\n", false},
		{"script that tests", "-- app/package.json --\n{\"scripts\": {\"test\": \"node test/server.js && python speed_test.py\"}}\n", true},
		{"CMD", "-- app/Dockerfile --\nFROM node\nCMD [\"node\", \"test/server.js\", \"speed_test.py\"]\n", false},
		{"CMD of the folder above", "-- Dockerfile --\nFROM node\nENTRYPOINT node app/test/server.js app/speed_test.py\n", false},
		{"RUN", "-- app/Dockerfile --\nFROM node\nRUN node test/server.js && python speed_test.py\n", true},
		{"Procfile", "-- app/Procfile --\nweb: node test/server.js\nworker: python speed_test.py\n", false},
		{"package.json that does not parse", "-- app/package.json --\n{\"main\": [\n", true},
		{"a path out of the tree", "-- app/Procfile --\nweb: node ../../../test/server.js\n", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range txtar.Parse([]byte("-- app/test/server.js --\n1\n-- app/speed_test.py --\n1\n" + tt.files)).Files {
				p := filepath.Join(dir, filepath.FromSlash(f.Name))
				if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(p, f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			files, err := project.OpenFiles(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer files.Close()
			tree, err := Imports{}.survey(t.Context(), fettle.Repo{Dir: dir}, files, analysts())
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"app/test/server.js", "app/speed_test.py"} {
				if got := tree.sources[file].Test; got != tt.test {
					t.Errorf("%s: %t", file, got)
				}
			}
		})
	}
}
