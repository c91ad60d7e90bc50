package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

var shop = projecttest.Tree{
	"services/cart/package.json":    "{}",
	"services/cart/Procfile":        "web: node .\n",
	"services/mail/go.mod":          "module example.com/mail\n",
	"services/mail/Procfile":        "web: ./mail\n",
	"services/mail/compose.yaml":    "services: [\n",
	"node_modules/x/package.json":   "{}",
	"node_modules/x/Procfile":       "web: x\n",
	"vendor/modules.txt":            "",
	"vendor/x/fly.toml":             "[http_service]\na = 1\n",
	"services/cart/testdata/k.yaml": "apiVersion: v1\nkind: Pod\nmetadata: [\n",
	"compose.yaml":                  "services:\n  cart: {build: services/cart}\n",
}

func TestInstalledAndTestedFilesAreNotLookedAt(t *testing.T) {
	found := discover(t, shop)
	want(t, lines(found.Facts),
		"services/cart exposure open procfile services/cart/Procfile:1",
		"services/mail exposure open procfile services/mail/Procfile:1")
	projecttest.WantGaps(t, found.Gaps, "services/mail/compose.yaml:")
}

func TestAPartOfTheTreeHasTheFactsThatConcernIt(t *testing.T) {
	tree := with(shop, ".github/settings.yml", "custom_properties:\n  - {property_name: criticality, value: high}\n")
	found := discoverIn(t, tree, service.Config{}, fettle.Repo{Path: "services/cart"})
	want(t, lines(found.Facts),
		" criticality high forge .github/settings.yml:2",
		"services/cart exposure open procfile services/cart/Procfile:1")
	projecttest.WantGaps(t, found.Gaps)
}

func TestSkippedAndIgnoredFilesAreNotLookedAt(t *testing.T) {
	found := discoverIn(t, shop, service.Config{Ignore: []string{"services/m*"}}, fettle.Repo{Skip: []string{"services/cart/Procfile"}})
	want(t, lines(found.Facts), "services/cart exposure controlled compose compose.yaml:2")
}

func TestOwnLabelsAndLevelsAreRead(t *testing.T) {
	config := service.Config{Labels: service.Labels{Criticality: []string{"acme.example/blast-radius"}, Owner: []string{"crew"}}, Levels: map[string]string{"galaxy": "high"}}
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	found := discoverIn(t, with(two, "k.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {acme.example/blast-radius: galaxy, crew: a}}\nspec: {containers: [{image: cart}]}\n"), config, fettle.Repo{})
	want(t, lines(found.Facts),
		"services/cart criticality high kubernetes k.yaml:3",
		"services/cart owner a kubernetes k.yaml:3")
	for _, bad := range []service.Config{{Ignore: []string{"["}}, {Levels: map[string]string{"x": "urgent"}}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is valid", bad)
		}
	}
}

func TestAPathOutOfTheTreeIsAnError(t *testing.T) {
	if _, err := (service.Reader{}).Discover(t.Context(), fettle.Repo{Dir: t.TempDir(), Path: "../x"}); err == nil {
		t.Error("no error")
	}
}

func TestLinksOutOfTheTreeAreNotFollowed(t *testing.T) {
	outside := projecttest.Tree{"compose.yaml": "services:\n  cart: {build: services/cart, ports: ['80:80']}\n", "fly.toml": "[http_service]\na = 1\n"}.Write(t)
	found := discover(t, with(two, "compose.yaml", "-> "+outside+"/compose.yaml", "fly.toml", "-> "+outside+"/fly.toml", "up/Dockerfile", "FROM x\nCOPY ../../.. /\nEXPOSE 1\n",
		"docker-compose.yml", "services:\n  a: {build: ../../etc}\n  b: {build: /etc}\n"))
	want(t, lines(found.Facts), "up exposure controlled? dockerfile up/Dockerfile:3", "up role server? dockerfile up/Dockerfile:3")
}

func TestTheSameTreeGivesTheSameFacts(t *testing.T) {
	dir := big(60).Write(t)
	var first fettle.Discovery
	for i := range 5 {
		found, err := service.Reader{}.Discover(t.Context(), fettle.Repo{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = found
		} else if diff := cmp.Diff(first, found); diff != "" {
			t.Fatalf("run %d differs:\n%s", i, diff)
		}
	}
	if len(first.Facts) < 20 {
		t.Errorf("only %d facts", len(first.Facts))
	}
}

func TestTextFromOutsideStaysOnOneLine(t *testing.T) {
	found := discover(t, with(two, "k.yaml", deployment("cart")+"\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: \"x\\n::error::\\e[31m\\u2028"+strings.Repeat("y", 500)+"\"\nspec: {type: NodePort, selector: {app: cart}}\n"))
	if len(found.Facts) != 1 {
		t.Fatalf("facts: %+v", found.Facts)
	}
	if why := found.Facts[0].Why; strings.ContainsAny(why, "\n\r\x1b\u2028") || len(why) > 210 {
		t.Errorf("why is %q", why)
	}
}

func TestReadsNamesWhatDiscoverNeeds(t *testing.T) {
	for file, want := range map[string]bool{
		"a/Dockerfile": true, "Dockerfile.dev": true, "x.dockerfile": true, "a.tf": true, "a.tf.json": true, "k/x.yaml": true, "compose.yml": true,
		"CODEOWNERS": true, "Procfile": true, "src/a.ts": true, "package.json": true, "vendor/modules.txt": true, "venv/pyvenv.cfg": true,
		"a.png": false, "README.md": false, "Dockerfile.dockerignore": false, "testdata/compose.yaml": false, "testdata/package.json": true,
	} {
		if got := service.Reads(file); got != want {
			t.Errorf("Reads(%s) = %v", file, got)
		}
	}
}

func TestATreeBehindALinkIsRead(t *testing.T) {
	dir := shop.Write(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	found, err := service.Reader{}.Discover(t.Context(), fettle.Repo{Dir: link})
	if err != nil || len(found.Facts) != 2 {
		t.Errorf("%d facts, %v", len(found.Facts), err)
	}
}
