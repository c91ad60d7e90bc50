package composer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

func TestConstraintsKeepTheirStyle(t *testing.T) {
	for _, c := range []struct{ spec, version, want string }{
		{"^1.2", "2.3.4", "^2.3"}, {"^1.2.3", "v2.3.4", "^2.3.4"}, {"~1.2.3", "1.3.4", "~1.3.4"}, {"1.2.*", "1.3.4", "1.3.*"}, {"1.2.3", "1.2.4", "1.2.4"}, {"v1.2.3", "v1.2.4", "v1.2.4"},
		{"^1.2 || ^2.0", "3.1.0", "^1.2 || ^3.1"}, {"^1.2|^2.0", "3.1.0", "^1.2|^3.1"}, {">=1.0 <2.0", "2.1.0", ">=1.0 <3.0"}, {">=1.0,<2.0", "2.1.0", ">=1.0,<3.0"}, {"1.0 - 2.0", "3.1.0", "1.0 - 3.1.0"},
		{"^1.2@beta", "2.0.1", "^2.0@beta"}, {"*", "9.0.0", "*"}, {"^0.3", "0.4.2", "^0.4"}, {"~1.2", "1.9.0", "~1.2"},
	} {
		if got := repin(c.spec, c.version); got != c.want || !admits(got, c.version) {
			t.Errorf("%q for %s: %q, want %q", c.spec, c.version, got, c.want)
		}
	}
}

const manifest = "{\n  \"require\": {\n    \"php\": \">=7\",\n    \"acme/web\": \"1.0.0\",\n    \"acme/log\": \"^1.0\"\n  }\n}\n"

// served are packages such as acme/web 1.0.0 acme/http@^1.0
const served = "acme/web 1.0.0 acme/http@^1.0\nacme/web 1.0.2 acme/http@^1.0\nacme/http 1.0.0\nacme/http 1.0.5\nacme/http 1.2.0\nacme/log 1.0.0\nacme/log 2.0.0\n"

func TestStoriesOfPackages(t *testing.T) {
	if _, err := exec.LookPath("composer"); err != nil {
		t.Skipf("there is no composer: %v", err)
	}
	packages := map[string]map[string]any{}
	var locked []any
	for line := range strings.Lines(served) {
		f := strings.Fields(line)
		one := map[string]any{"name": f[0], "version": f[1], "type": "metapackage", "dist": map[string]any{"type": "zip", "url": "https://registry.example/" + f[0] + "-" + f[1] + ".zip", "reference": f[1]}}
		if len(f) > 2 {
			name, spec, _ := strings.Cut(f[2], "@")
			one["require"] = map[string]any{name: spec}
		}
		if packages[f[0]] == nil {
			packages[f[0]] = map[string]any{}
			locked = append(locked, one)
		}
		packages[f[0]][f[1]] = one
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/packages.json" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"packages": packages})
	}))
	defer server.Close()
	lock, err := json.MarshalIndent(map[string]any{"content-hash": "0", "packages": locked, "packages-dev": []any{}, "aliases": []any{}, "minimum-stability": "stable", "stability-flags": []any{},
		"prefer-stable": false, "prefer-lowest": false, "platform": map[string]any{"php": ">=7"}, "platform-dev": []any{}, "plugin-api-version": "2.0.0"}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, advised, want string }{
		{"transitive within range", "acme/http 1.0.5", `lockfile: upgrade acme/http from 1.0.0 to 1.0.5
`},
		{"exact pin", "acme/web 1.0.2", "direct: upgrade acme/web from 1.0.0 to 1.0.2\n"},
		{"major", "acme/log 2.0.0", "direct: upgrade acme/log from 1.0.0 to 2.0.0\n"},
		{"no fix", "acme/http", "no fix: the registry serves no version of acme/http after 1.0.0 that clears a finding and brings none\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, home, cache := t.TempDir(), t.TempDir(), t.TempDir()
			for name, text := range map[string]string{dir + "/composer.json": manifest, dir + "/composer.lock": string(lock) + "\n",
				home + "/config.json": fmt.Sprintf(`{"config": {"secure-http": false, "github-oauth": {"x": "secret"}}, "repositories": {"packagist": false, "here": {"type": "composer", "url": %q}}}`, server.URL)} {
				if err := os.WriteFile(filepath.FromSlash(name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			box, err := sandbox.New(sandbox.Options{Cache: cache, Temp: t.TempDir(), Env: os.LookupEnv})
			if err != nil {
				t.Fatal(err)
			}
			if box.Level() >= sandbox.None {
				t.Skip("no sandbox on this system")
			}
			env, config := Settings(cache, func(name string) string { return map[string]string{"COMPOSER_HOME": home}[name] })
			if strings.Contains(config, "secret") {
				t.Fatalf("the configuration holds a secret: %s", config)
			}
			m := &Composer{Run: box, Temp: t.TempDir(), Env: env, Config: config}
			f := strings.Fields(c.advised)
			events := []osv.Event{{Introduced: "0"}}
			if len(f) > 1 {
				events = append(events, osv.Event{Fixed: f[1]})
			}
			db := advisories{f[0]: {{ID: "A-1", Affected: []osv.AffectedPackage{{Package: osv.Package{Ecosystem: "Packagist", Name: f[0]}, Ranges: []osv.Range{{Type: osv.Ecosystem, Events: events}}}}}}}
			scan := discover.Dependencies{Database: db}
			found, err := scan.Discover(t.Context(), fettle.Repo{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			var cases []fettle.Case
			for _, f := range found.Findings {
				cases = append(cases, fettle.Case{Finding: f})
			}
			tell := func() string {
				planner := &propose.Planner{Managers: []manager.Manager{m}, Discover: scan, Database: db, Temp: t.TempDir()}
				p, err := planner.Propose(t.Context(), fettle.Repo{Dir: dir}, found.Inventory, cases)
				if err != nil {
					t.Fatal(err)
				}
				var out strings.Builder
				for _, f := range p.Fixes {
					fmt.Fprintf(&out, "%s: %s\n", f.Kind, f.Title)
					for _, e := range f.Edits {
						for other := range packages {
							if other != strings.Fields(c.advised)[0] && (strings.Contains(e.Old, `"name": "`+other) || strings.Contains(e.New, `"name": "`+other)) {
								t.Errorf("%s moved as well: %s:%d\n-%s+%s", other, e.Path, e.Line, e.Old, e.New)
							}
						}
						if strings.Contains(e.Old, "content-hash") == (f.Kind == fettle.LockOnly) && strings.Contains(e.Old, "content-hash") {
							t.Errorf("the hash of an unchanged manifest moved: %s", e.New)
						}
					}
					if len(f.Moves) != 1 {
						t.Errorf("moves %v", f.Moves)
					}
				}
				for _, why := range p.Unfixed {
					out.WriteString("no fix: " + why + "\n")
				}
				return out.String()
			}
			want, _, _ := strings.Cut(c.want, "\n")
			if diff := cmp.Diff(want+"\n", tell()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want+"\n", tell()); diff != "" {
				t.Errorf("a second time: %s", diff)
			}
		})
	}
}

type advisories map[string][]osv.Record

func (a advisories) Find(_, name string) ([]osv.Record, error) { return a[name], nil }
func (a advisories) Records(string) int                        { return 1000 }
func (a advisories) Aliases(string) []string                   { return nil }

func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"", manifest, "\ufeff" + manifest, strings.ReplaceAll(manifest, "\n", "\r\n"), manifest[:30], strings.Repeat("[", 5000), `{"require":{"acme/web":"1"},"require":{"acme/web":"1"}}`, `{"packages":[{"name":"a/b","version":"1"}],"content-hash":"x"}`, `{"repositories":[{"url":"https://a:b@c/"}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u := fettle.Upgrade{Package: fettle.Package{Name: "acme/web", Version: "1.0.0"}, To: "2.3.4"}
		if got, n, err := editManifest("composer.json", text, u); err == nil {
			if n == 0 && got != text {
				t.Fatalf("%q became %q", text, got)
			}
			if again, more, err := editManifest("composer.json", got, u); err != nil || more != 0 || again != got {
				t.Fatalf("%q became %q and then %q: %v", text, got, again, err)
			}
		}
		_, _ = merge(text, text)
		_, _ = scrubbed([]byte(text))
		_ = parseReleases(text)
		_ = repin(text, "2.3.4")
	})
}
