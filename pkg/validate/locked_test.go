package validate

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// lockTexts holds a and b in each format, of which a moves to 1.0.1 as lockMoved has it.
var lockTexts = map[string]string{
	"pnpm-lock.yaml": "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-a1}\n  b@1.0.0:\n    resolution: {integrity: sha512-b1}\n",
	"yarn.lock": "# yarn lockfile v1\n\n\na@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.example/a-1.0.0.tgz#aa\"\n  integrity sha512-a1\n\n" +
		"b@^1.0.0, b@^1:\n  version \"1.0.0\"\n  resolved \"https://registry.example/b-1.0.0.tgz#bb\"\n  integrity sha512-b1\n",
	"berry/yarn.lock": "__metadata:\n  version: 8\n\n\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  checksum: 10/a1\n\n\"b@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"b@npm:1.0.0\"\n  checksum: 10/b1\n",
	"bun.lock":        "{\n \"lockfileVersion\": 1,\n \"packages\": {\n  \"a\": [\"a@1.0.0\", \"\", {}, \"sha512-a1\"],\n  \"b\": [\"b@1.0.0\", \"\", {}, \"sha512-b1\"],\n }\n}\n",
	"poetry.lock":     "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nfiles = [{file = \"a\", hash = \"sha256:a1\"}]\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nfiles = [{file = \"b\", hash = \"sha256:b1\"}]\n",
	"uv.lock": "version = 1\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = { registry = \"https://registry.example/simple\" }\nwheels = [{ url = \"https://registry.example/a\", hash = \"sha256:a1\" }]\n\n" +
		"[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = { registry = \"https://registry.example/simple\" }\nsdist = { url = \"https://registry.example/b\", hash = \"sha256:b1\" }\n",
	"Pipfile.lock":     `{"_meta":{"sources":[{"name":"x","url":"https://registry.example/simple"}]},"default":{"a":{"version":"==1.0.0","index":"x","hashes":["sha256:a1"]},"b":{"version":"==1.0.0","index":"x","hashes":["sha256:b1"]}}}`,
	"requirements.txt": "a==1.0.0 --hash=sha256:a1\nb==1.0.0 --hash=sha256:b1\n",
	"go.sum":           "a v1.0.0 h1:a1=\na v1.0.0/go.mod h1:a0=\nb v1.0.0 h1:b1=\n",
	"Cargo.lock": "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example/index\"\nchecksum = \"a1\"\n\n" +
		"[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example/index\"\nchecksum = \"b1\"\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n",
	"packages.lock.json": `{"version":1,"dependencies":{"net8.0":{"A":{"type":"Direct","resolved":"1.0.0","contentHash":"a1"},"b":{"type":"Transitive","resolved":"1.0.0","contentHash":"b1"},"app":{"type":"Project"}}}}`,
	"Gemfile.lock":       "GEM\n  remote: https://registry.example/\n  specs:\n    a (1.0.0)\n    b (1.0.0)\n      a (~> 1)\n\nDEPENDENCIES\n  a\n\nCHECKSUMS\n  a (1.0.0) sha256=a1\n  b (1.0.0) sha256=b1\n",
	"composer.lock": `{"packages":[{"name":"a","version":"1.0.0","dist":{"url":"https://registry.example/a1","reference":"a1"}},` +
		`{"name":"b","version":"1.0.0","source":{"url":"https://host.example/b.git","reference":"b1"},"dist":{"url":"https://registry.example/b","reference":"b1"}}]}`,
	"gradle.lockfile":                  "# comment\ng:a:1.0.0=runtimeClasspath\ng:b:1.0.0=runtimeClasspath\nempty=annotationProcessor\n",
	"gradle/verification-metadata.xml": `<verification-metadata><components><component group="g" name="a" version="1.0.0"><artifact name="a"><sha256 value="a1"/></artifact></component><component group="g" name="b" version="1.0.0"><artifact name="b"><sha256 value="b1"/></artifact></component></components></verification-metadata>`,
}

func TestNoLockfileHoldsWhatTheFixDoesNotExplain(t *testing.T) {
	none := map[string]bool{} // formats without what a case is about
	for _, name := range []string{"gradle.lockfile"} {
		none["other content of the same version "+name] = true
	}
	for name := range lockTexts {
		if strings.HasPrefix(name, "g") && !strings.HasPrefix(name, "gradle.l") { // they list more than what is installed
			none["another package "+name], none["another moves "+name] = true, true
		}
	}
	swap := func(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
	renames := []string{"A\":{", "evil\":{", "\"a\"", "\"evil\"", "a@", "evil@", "\na==", "\nevil==", "a==1", "evil==1", "g:a:", "g:evil:", " a (", " evil ("}
	tests := []struct {
		name, want string
		change     func(text string) string
	}{
		{"the move alone", "", moveA},
		{"another package", "evil", func(s string) string { return swap(s, renames...) }},
		{"another moves", "b", moveB},
		{"other content of the same version", "gets other content", func(s string) string { return swap(s, "b1", "b2") }},
	}
	for file, before := range lockTexts {
		for _, test := range tests {
			t.Run(test.name+" "+file, func(t *testing.T) {
				if none[test.name+" "+file] {
					t.Skip("the format does not say")
				}
				got := unexplainedIn(t, file, before, test.change(before))
				if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
					t.Errorf("%q; want %q in\n%s", got, test.want, test.change(before))
				}
			})
		}
	}
}

// moveA moves a to 1.0.1: of the first version in a text, and where the format repeats it.
func moveA(s string) string {
	return strings.NewReplacer("a@1.0.0", "a@1.0.1", "a@npm:1.0.0", "a@npm:1.0.1", "a==1.0.0", "a==1.0.1", "a v1.0.0", "a v1.0.1", "a (1.0.0)", "a (1.0.1)",
		"g:a:1.0.0", "g:a:1.0.1", "name=\"a\" version=\"1.0.0\"", "name=\"a\" version=\"1.0.1\"", "a-1.0.0", "a-1.0.1",
		"name = \"a\"\nversion = \"1.0.0\"", "name = \"a\"\nversion = \"1.0.1\"", `"a":{"version":"==1.0.0"`, `"a":{"version":"==1.0.1"`,
		`"A":{"type":"Direct","resolved":"1.0.0"`, `"A":{"type":"Direct","resolved":"1.0.1"`, `"name":"a","version":"1.0.0"`, `"name":"a","version":"1.0.1"`,
		"a@^1.0.0:\n  version \"1.0.0\"", "a@^1.0.0:\n  version \"1.0.1\"", "\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"", "\"a@npm:^1.0.0\":\n  version: 1.0.1\n  resolution: \"a@npm:1.0.1\"",
		"a1", "a2").Replace(s)
}

// moveB moves b, which no fix names.
func moveB(s string) string {
	return strings.NewReplacer("b@1.0.0", "b@1.0.1", "b@npm:1.0.0", "b@npm:1.0.1", "b==1.0.0", "b==1.0.1", "b v1.0.0", "b v1.0.1", "b (1.0.0)", "b (1.0.1)",
		"g:b:1.0.0", "g:b:1.0.1", "name = \"b\"\nversion = \"1.0.0\"", "name = \"b\"\nversion = \"1.0.1\"", `"b":{"version":"==1.0.0"`, `"b":{"version":"==1.0.1"`,
		`"b":{"type":"Transitive","resolved":"1.0.0"`, `"b":{"type":"Transitive","resolved":"1.0.1"`, `"name":"b","version":"1.0.0"`, `"name":"b","version":"1.0.1"`,
		"b@^1.0.0, b@^1:\n  version \"1.0.0\"", "b@^1.0.0, b@^1:\n  version \"1.0.1\"", "b1", "b2").Replace(s)
}

func unexplainedIn(t *testing.T, file, before, now string) string {
	t.Helper()
	if before == now {
		t.Fatal("nothing changes")
	}
	s, err := readSnapshot(t.Context(), files(t, map[string]string{file: before}))
	if err != nil {
		t.Fatal(err)
	}
	after := tree{base: s, files: map[string]string{file: now}}
	moves := []fettle.Move{{Name: "a", Key: "a", To: "1.0.1"}, {Name: "g:a", Key: "g:a", To: "1.0.1"}}
	return unexplained(s.tree(), after, []applied{{fix: fettle.Fix{Moves: moves}, moves: moves, after: after}}, nil)
}

func TestPackagesKeepTheirSources(t *testing.T) {
	tests := []struct{ file, old, new, want string }{
		{"yarn.lock", "https://registry.example/a", "https://evil.example/a", "https://evil.example"},
		{"yarn.lock", "https://registry.example/a-1.0.0.tgz#aa", "git+ssh://git@evil.example/a#aa", "git+ssh"},
		{"pnpm-lock.yaml", "{integrity: sha512-a1}", "{integrity: sha512-a1, tarball: https://evil.example/a.tgz}", "https://evil.example"},
		{"pnpm-lock.yaml", "{integrity: sha512-a1}", "{type: git, repo: https://evil.example/a, commit: aa}", "other content"},
		{"berry/yarn.lock", "resolution: \"a@npm:1.0.0\"", "resolution: \"a@https://evil.example/a.tgz\"", "https://evil.example"},
		{"bun.lock", "[\"a@1.0.0\", \"\"", "[\"a@1.0.0\", \"https://evil.example/a.tgz\"", "https://evil.example"},
		{"poetry.lock", "version = \"1.0.0\"\nfiles = [{file = \"a\"", "version = \"1.0.0\"\nsource = {type = \"legacy\", url = \"https://evil.example\"}\nfiles = [{file = \"a\"", "evil.example"},
		{"uv.lock", "{ registry = \"https://registry.example/simple\" }\nwheels", "{ registry = \"https://evil.example/simple\" }\nwheels", "https://evil.example"},
		{"uv.lock", "{ registry = \"https://registry.example/simple\" }\nwheels", "{ git = \"https://evil.example/a#1\" }\nwheels", "evil.example"},
		{"Pipfile.lock", `"url":"https://registry.example`, `"url":"https://evil.example`, "https://evil.example"},
		{"requirements.txt", "a==1.0.0", "a @ https://evil.example/a.whl", "evil.example"},
		{"Cargo.lock", "registry+https://registry.example/index\"\nchecksum = \"a1\"", "registry+https://evil.example/index\"\nchecksum = \"a1\"", "evil.example"},
		{"Cargo.lock", "registry+https://registry.example/index\"\nchecksum = \"a1\"", "git+https://evil.example/a#1\"", "git+https"},
		{"Gemfile.lock", "https://registry.example/", "https://evil.example/", "https://evil.example"},
		{"Gemfile.lock", "GEM\n", "GIT\n  remote: https://evil.example/a\n  revision: 1\n  specs:\n    a (1.0.1)\n\nGEM\n", "evil.example"},
		{"composer.lock", "https://registry.example/b", "https://evil.example/b", "https://evil.example"},
		{"composer.lock", "https://host.example/b.git", "https://evil.example/b.git", "https://evil.example"},
	}
	for _, test := range tests {
		t.Run(test.file+" "+test.new, func(t *testing.T) {
			before := lockTexts[test.file]
			if !strings.Contains(before, test.old) {
				t.Fatalf("no %q", test.old)
			}
			if got := unexplainedIn(t, test.file, before, strings.Replace(before, test.old, test.new, 1)); !strings.Contains(got, test.want) {
				t.Errorf("%q; want %q", got, test.want)
			}
		})
	}
}

func TestTheInventoryHoldsNothingThatTheFixDoesNotExplain(t *testing.T) {
	pkg := func(name, version string) fettle.Package {
		return fettle.Package{Ecosystem: "Maven", Name: name, Version: version}
	}
	of := func(all ...fettle.Package) packages {
		at := map[fettle.Package]bool{}
		for _, p := range all {
			at[p] = true
		}
		return packages{"pom.xml": at}
	}
	before := of(pkg("g:a", "1"), pkg("g:b", "1"))
	moves := []fettle.Move{{Name: "g:a", To: "2"}, {Name: "g:t", To: "3"}}
	tests := []struct {
		name  string
		after packages
		want  string
	}{
		{"the move", of(pkg("g:a", "2"), pkg("g:b", "1"), pkg("g:t", "3")), ""},
		{"another appears", of(pkg("g:a", "2"), pkg("g:b", "1"), pkg("evil:a", "2")), "package evil:a appears"},
		{"another moves", of(pkg("g:a", "2"), pkg("g:b", "2")), "g:b becomes 2"},
		{"the project goes", packages{}, "no longer read"},
	}
	for _, test := range tests {
		got := strange(before, test.after, []applied{{fix: fettle.Fix{Moves: moves}, moves: moves}})
		if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q; want %q", test.name, got, test.want)
		}
	}
}

func FuzzLocked(f *testing.F) {
	for name, text := range lockTexts {
		f.Add(name, text)
		f.Add(name, "\ufeff"+text)
		f.Add(name, text[:len(text)/2])
		f.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
	}
	f.Add("package-lock.json", strings.Repeat(`{"dependencies":{"a":`, 200))
	f.Add("bun.lock", strings.Repeat("[", 5000))
	f.Add("poetry.lock", "[[package]]\nname = \"a\"\nname = \"b\"\n")
	f.Add("requirements.txt", strings.Repeat("\\\n", 1000))
	f.Add("yarn.lock", "a:\n  version")
	f.Fuzz(func(t *testing.T, name, text string) {
		format, ok := lockFormatOf(name)
		if !ok {
			return
		}
		all, err := format.read(text)
		if err != nil {
			return
		}
		if why := format.compare(name, all, all, explained{}, nil); why != "" {
			t.Errorf("a lockfile does not explain itself: %s", why)
		}
	})
}
