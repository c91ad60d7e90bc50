package golang

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// The applications are those of the shared data; the registry is the user's own. FETTLE_LIVE=1 asks for it.
func TestRealModulesMove(t *testing.T) {
	apps := "../../../../shared/data/apps"
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("FETTLE_LIVE=1 asks a public registry")
	}
	if _, err := os.Stat(apps); err != nil {
		t.Skip("the shared applications are not here")
	}
	cache := os.Getenv("FETTLE_LIVE_CACHE")
	if cache == "" {
		cache = t.TempDir()
	}
	box, err := sandbox.New(sandbox.Options{Cache: cache, Temp: t.TempDir(), Env: os.LookupEnv})
	if err != nil || box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	for _, c := range []struct {
		app      string
		upgrades []string
	}{
		{"cli-v1.0.0", []string{"golang.org/x/text@0.3.8"}},
		{"cli-v1.0.0", []string{"golang.org/x/net@0.17.0"}},
		{"cli-v1.0.0", []string{"golang.org/x/crypto@0.17.0", "gopkg.in/yaml.v3@3.0.1"}},
		{"fzf-0.30.0", []string{"golang.org/x/sys@0.1.0"}},
		{"goreleaser-v1.0.0", []string{"golang.org/x/net@0.17.0"}},
		{"gogs-v0.12.0", []string{"golang.org/x/crypto@0.17.0"}},
		{"tailscale-v1.20.0", []string{"golang.org/x/net@0.17.0"}},
		{"govwa", []string{"golang.org/x/crypto@0.17.0"}},
	} {
		t.Run(c.app+" "+strings.Join(c.upgrades, " "), func(t *testing.T) {
			g := &Go{Run: box, Temp: t.TempDir(), Env: Settings(cache, os.Getenv)}
			w := &world{t: t, dir: filepath.Join(apps, c.app)}
			start := time.Now()
			d, err := g.Derive(t.Context(), w.dir, fettle.Project{Manager: "go", Lockfile: "go.mod", Manifest: "go.mod"}, upgrades(c.upgrades...))
			t.Logf("%s: %v\n%v %q %q\n%s", time.Since(start), err, d.Stale, d.Notes, d.Why, w.diff(d.Texts))
		})
	}
}
