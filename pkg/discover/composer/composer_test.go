package composer

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

type files = projecttest.Tree

func read(t testing.TB, tree files) project.Reading {
	t.Helper()
	return projecttest.Read(t, Reader{}, tree.Write(t))
}

// The lockfile and the list are Composer's own, made of packages that exist only there.
func TestALockfileIsReadAsComposerReadsIt(t *testing.T) {
	r := projecttest.Read(t, Reader{}, "testdata/shop")
	projecttest.WantGaps(t, r.Gaps)
	if len(r.Projects) != 1 {
		t.Fatalf("projects = %d, want 1", len(r.Projects))
	}
	var got []string
	edges := map[string]bool{}
	for _, n := range r.Projects[0].Nodes {
		version := strings.TrimPrefix(n.Key, strings.ToLower(n.Name)+"@")
		line := fmt.Sprintf("%s %s %s", n.Name, version, n.Scope)
		for _, h := range n.Holders {
			if h.Holder == "" {
				line += " direct"
			} else {
				edges[fmt.Sprintf("%s > %s %s", strings.SplitN(h.Holder, "@", 2)[0], n.Name, h.Range)] = true
			}
		}
		got = append(got, line)
	}
	slices.Sort(got)
	for e := range edges {
		got = append(got, e)
	}
	data, err := os.ReadFile("testdata/shop/composer-show.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		switch {
		case strings.Contains(line, "> php") || strings.Contains(line, "> composer-"): // no packages
		case strings.HasPrefix(line, "shop/own 1.0.0"): // a folder of the tree, which is a root
		case line == "acme/log 1.4.2 production": // Composer compares names only; it provides what the project requires
			want = append(want, line+" direct")
		case line == "acme/http > acme/polyfill-mb *": // replaced by another package, to which the edge leads here
			want = append(want, "acme/http > acme/polyfill *")
		default:
			want = append(want, line)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNodesKnowTheirLinesScopesAndHolders(t *testing.T) {
	r := projecttest.Read(t, Reader{}, "testdata/shop")
	want := []string{
		"acme/branch acme/branch@dev-main production depth=1 composer.lock:8-22 direct composer.json:11 <[] dev-main as 3.1.0 (production) <[acme/log@1.4.2] ^3.0 (production)",
		"acme/http@v2.1.0 acme/http@v2.1.0 production depth=1 composer.lock:23-40 direct composer.json:8 <[] ^2.0 (production)",
		"acme/log@1.4.2 acme/log@1.4.2 production depth=1 composer.lock:41-56 direct <[] 1.0 (production) <[shop/own@1.0.0] ^1.4 (production)",
		"acme/message@2.0.1 acme/message@2.0.1 production depth=2 composer.lock:57-65 <[acme/http@v2.1.0] ^1.0 || ^2.0 (production) <[acme/test@9.5.0] * (production)",
		"acme/polyfill@1.29.0 acme/polyfill@1.29.0 production depth=2 composer.lock:66-77 <[acme/http@v2.1.0] ^1.0 (production) <[acme/http@v2.1.0] * (production)",
		"acme/diff@4.0.3 acme/diff@4.0.3 development depth=2 composer.lock:97-108 <[acme/exporter@1.0.0] * (production) <[acme/test@9.5.0] ^4.0 (production)",
		"acme/exporter@1.0.0 acme/exporter@1.0.0 development depth=3 composer.lock:109-120 <[acme/diff@4.0.3] * (production)",
		"acme/test@9.5.0 acme/test@9.5.0 development depth=1 composer.lock:121-133 direct composer.json:14 <[] ^9.0 (development)",
	}
	if diff := cmp.Diff(want, projecttest.Nodes(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
	if got, want := r.Projects[0].Nodes[0].NoVersion, "it is the branch dev-main at commit 0123456789ab, which the project calls 3.1.0; require a release"; got != want {
		t.Errorf("NoVersion = %q, want %q", got, want)
	}
}

func TestTheContentHashIsThatOfComposer(t *testing.T) {
	data, err := os.ReadFile("testdata/shop/composer.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		text, want string
		sure       bool
	}{
		"as locked":                 {string(data), "94d594b9236cdcbf682981b6f980793c", true},
		"another range":             {strings.Replace(string(data), `"^2.0"`, `"^2.1"`, 1), "", true},
		"a key that does not count": {strings.Replace(string(data), `"Läden`, `"Other`, 1), "94d594b9236cdcbf682981b6f980793c", true},
		"an odd number":             {strings.Replace(string(data), `1.5`, `1.50e3`, 1), "", false},
	} {
		doc, _, err := document.ParseJSON([]byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		got, sure := contentHash(doc)
		if sure != tt.sure || (tt.want != "") != (got == "94d594b9236cdcbf682981b6f980793c") {
			t.Errorf("%s: %s, %v", name, got, sure)
		}
	}
}

func TestWhatIsWrongIsAGap(t *testing.T) {
	const manifest = "{\n\"require\": {\n\"a/b\": \"^1.0\"\n}\n}"
	hash := func(text string) string {
		doc, _, err := document.ParseJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		h, _ := contentHash(doc)
		return h
	}
	lock := func(packages string) string {
		return "{\n\"content-hash\": \"" + hash(manifest) + "\",\n\"packages\": [\n" + packages + "\n], \"packages-dev\": []}"
	}
	for _, tt := range []struct {
		name string
		tree files
		want []string
	}{
		{"cut off", files{"composer.json": manifest, "composer.lock": `{"packages": [`}, []string{"composer.lock:1: not valid JSON"}},
		{"a list", files{"composer.json": manifest, "composer.lock": `[]`}, []string{"composer.lock:1: is a list"}},
		{"no packages", files{"composer.json": manifest, "composer.lock": `{}`}, []string{`composer.lock:1: has no list "packages"`}},
		{"in step", files{"composer.json": manifest, "composer.lock": lock(`{"name": "a/b", "version": "1.0.0"}`)}, nil},
		{"out of step", files{"composer.json": strings.Replace(manifest, "^1.0", "^2.0", 1), "composer.lock": lock(`{"name": "a/b", "version": "1.0.0"}`)}, []string{"composer.lock:2: out of step with composer.json"}},
		{"declared and not locked", files{"composer.json": manifest, "composer.lock": lock("")}, []string{"composer.json:3: a/b ^1.0 is declared and not locked"}},
		{"a dangling need", files{"composer.json": manifest, "composer.lock": lock("{\"name\": \"a/b\", \"version\": \"1.0.0\", \"require\": {\n\"php\": \"*\",\n\"c/d\": \"*\"}}")}, []string{"composer.lock:6: c/d * is needed by a/b and not locked"}},
		{"a package twice", files{"composer.json": manifest, "composer.lock": lock("{\"name\": \"a/b\", \"version\": \"1.0.0\"},\n{\"name\": \"A/B\", \"version\": \"2.0.0\"}")}, []string{"composer.lock:5: A/B stands twice"}},
		{"no name", files{"composer.json": manifest, "composer.lock": lock("{\"name\": \"a/b\", \"version\": \"1.0.0\"},\n{\"version\": \"2.0.0\"}")}, []string{"composer.lock:5: a package without a name"}},
		{"no manifest", files{"composer.lock": lock("")}, []string{"composer.lock: has no composer.json beside it"}},
		{"no hash", files{"composer.json": "{}", "composer.lock": `{"packages": []}`}, []string{"composer.lock: has no content-hash"}},
		{"a manifest that is no JSON", files{"composer.json": "{", "composer.lock": `{"packages": []}`}, []string{"composer.json:1: not valid JSON"}},
		{"no lockfile", files{"composer.json": manifest}, []string{"composer.json:3: declares dependencies but has no composer.lock, so the versions of 1 of its 1 packages"}},
		{"no lockfile and nothing declared", files{"composer.json": `{"require": {"php": ">=8"}}`}, nil},
		{"installed", files{"composer.json": manifest, "vendor/composer/installed.json": `{"packages": [{"name": "a/b", "version": "1.2.0"}]}`}, []string{"composer.json:3: has no composer.lock, so what is installed in vendor was checked"}},
	} {
		t.Run(tt.name, func(t *testing.T) { projecttest.WantGaps(t, read(t, tt.tree).Gaps, tt.want...) })
	}
}

func TestWithoutALockfileExactVersionsAreChecked(t *testing.T) {
	r := read(t, files{"composer.json": "{\"require\": {\n\"a/b\": \"1.2.3\", \"c/d\": \"==v2.0.0@beta\", \"e/f\": \"1.*\", \"g/h\": \"dev-main\", \"i/j\": \"1.0 || 2.0\", \"k/l\": \"^1\", \"m/n\": \"1\"},\n\"require-dev\": {\"o/p\": \"= 3.0.0\"}}"})
	want := []string{
		"a/b@1.2.3 a/b@1.2.3 production depth=1 composer.json:2-2 direct composer.json:2 <[] 1.2.3 (production)",
		"c/d@v2.0.0 c/d@v2.0.0 production depth=1 composer.json:2-2 direct composer.json:2 <[] ==v2.0.0@beta (production)",
		"o/p@3.0.0 o/p@3.0.0 development depth=1 composer.json:3-3 direct composer.json:3 <[] = 3.0.0 (development)",
	}
	if diff := cmp.Diff(want, projecttest.Nodes(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
}

func TestAFolderOutsideOfTheTreeHasNoVersion(t *testing.T) {
	r := read(t, files{"composer.lock": `{"content-hash": "x", "packages": [{"name": "a/b", "version": "1.0.0", "dist": {"type": "path", "url": "../../b"}}, {"name": "c/d", "version": "1.0.0", "dist": {"type": "path", "url": "/c"}}], "packages-dev": [{"name": "e/f", "version": "1.0.0"}]}`})
	var got []string
	for _, n := range r.Projects[0].Nodes {
		got = append(got, n.String()+" "+string(n.Scope)+" "+n.NoVersion)
	}
	want := []string{`a/b production it is the folder "../../b" outside of the repository`, `c/d production it is the folder "/c" outside of the repository`, "e/f@1.0.0 development "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
