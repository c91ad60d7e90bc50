package python

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

const pipfile = `[[source]]
name = "own"
url = "https://registry.example/simple"
verify_ssl = true

[packages]
kit = "*"
lib = "<2" # held

[dev-packages]
other = {version = "==1.0", markers = "sys_platform == 'win32'"}

[requires]
python_version = "3.11"
`

const pipfileLock = `{
    "_meta": {
        "hash": {
            "sha256": "HASH"
        },
        "pipfile-spec": 6,
        "requires": {
            "python_version": "3.11"
        },
        "sources": []
    },
    "default": {
        "base": {
            "hashes": [
                "sha256:BASE10"
            ],
            "version": "==1.0"
        },
        "kit": {
            "hashes": [
                "sha256:KIT11"
            ],
            "index": "own",
            "version": "==1.1"
        },
        "lib": {
            "hashes": [
                "sha256:LIB10"
            ],
            "index": "own",
            "markers": "python_version >= '3.6'",
            "version": "==1.0"
        }
    },
    "develop": {}
}
`

func TestPipenvEntriesMoveOneByOne(t *testing.T) {
	x := shop(t)
	for i := range x.packs {
		if x.packs[i].name == "lib" {
			x.packs[i].python = ">=3.8"
		}
	}
	fill := func(text, manifest string) string {
		hash, err := hashOfPipfile(manifest)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range x.packs {
			text = strings.ReplaceAll(text, "\"sha256:"+strings.ToUpper(p.name+strings.ReplaceAll(p.version, ".", ""))+"\"", "\"sha256:"+sha(p.wheel())+"\"")
		}
		return strings.Replace(text, "HASH", hash, 1)
	}
	lock := fill(pipfileLock, pipfile)
	w := x.world(t, map[string]string{"Pipfile": pipfile, "Pipfile.lock": lock})
	if _, err := exec.LookPath("pipenv"); err == nil {
		w.locked(t, "Pipfile.lock", "pipenv", "verify")
	}
	p := w.project(t, "Pipfile.lock")
	m := &Pipenv{w.Tools}
	got, err := m.Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
	if err != nil {
		t.Fatal(err)
	}
	want := fill(strings.NewReplacer("LIB10", "LIB101", "3.6", "3.8", "\"own\",\n            \"markers\": \"python_version >= '3.6'\",\n            \"version\": \"==1.0\"", "\"own\",\n            \"markers\": \"python_version >= '3.8'\",\n            \"version\": \"==1.0.1\"").Replace(pipfileLock), pipfile)
	if diff := cmp.Diff(map[string]string{"Pipfile.lock": want}, got.Texts); diff != "" {
		t.Error(diff)
	}
	got, err = m.Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "2.0", fettle.Direct)})
	if err != nil {
		t.Fatal(err)
	}
	manifest := strings.Replace(pipfile, `"<2"`, `"<3"`, 1)
	want = fill(strings.NewReplacer("LIB10", "LIB20", "BASE10\"\n            ],\n            \"version\": \"==1.0\"", "BASE20\"\n            ],\n            \"version\": \"==2.0\"",
		"        \"kit\": {", "        \"fresh\": {\n            \"hashes\": [\n                \"sha256:FRESH02\"\n            ],\n            \"version\": \"==0.2\"\n        },\n        \"kit\": {",
		"'3.6'\",\n            \"version\": \"==1.0\"", "'3.8'\",\n            \"version\": \"==2.0\"").Replace(pipfileLock), manifest)
	if diff := cmp.Diff(map[string]string{"Pipfile": manifest, "Pipfile.lock": want}, got.Texts); diff != "" {
		t.Error(diff)
	}
	if _, err := exec.LookPath("pipenv"); err == nil {
		w.rewrite(t, "Pipfile", manifest)
		w.rewrite(t, "Pipfile.lock", got.Texts["Pipfile.lock"])
		w.locked(t, "Pipfile.lock", "pipenv", "verify")
	}
}
