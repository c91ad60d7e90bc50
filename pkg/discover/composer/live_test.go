package composer

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// With FETTLE_LIVE=1 the Composer that is installed locks the manifest of the fixture anew, and is asked for what it locked.
func TestComposerItselfAgrees(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") != "1" {
		t.Skip("FETTLE_LIVE is not 1")
	}
	if _, err := exec.LookPath("composer"); err != nil {
		t.Skip("composer is not installed")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "composer", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "COMPOSER_HOME="+t.TempDir(), "COMPOSER_DISABLE_NETWORK=1", "COMPOSER_ALLOW_SUPERUSER=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("composer %s: %v", strings.Join(args, " "), err)
		}
		return string(out)
	}
	run("update", "--no-install", "--no-scripts", "--no-interaction")
	r := projecttest.Read(t, Reader{}, dir)
	projecttest.WantGaps(t, r.Gaps) // the content-hash among them
	scopes := map[string]string{}
	for _, n := range r.Projects[0].Nodes {
		scopes[n.Key] = string(n.Scope)
	}
	list := func(args ...string) map[string]bool {
		doc, _, err := document.ParseJSON([]byte(run(append([]string{"show", "--locked", "--format=json"}, args...)...)))
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, p := range doc.Get("locked").List() {
			version, _, _ := strings.Cut(p.Get("version").Str(), " ")
			names[p.Get("name").Str()+"@"+version] = true
		}
		delete(names, "shop/own@1.0.0") // a folder of the tree
		return names
	}
	production := list("--no-dev")
	all := list()
	for key := range all {
		want := "development"
		if production[key] {
			want = "production"
		}
		if scopes[key] != want {
			t.Errorf("%s is for %q, want %q", key, scopes[key], want)
		}
	}
	if len(all) != len(scopes) {
		t.Errorf("%d packages, want %d", len(scopes), len(all))
	}
}
