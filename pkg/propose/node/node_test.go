package node_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/node"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// first is what the registry serves while a project is locked, and later what it serves besides when fixes are drafted.
const (
	first = `
lib 1.0.0
top 1.0.0 lib@^1.0.0
firm 1.0.0 lib@1.0.0
stuck 1.0.0 old@1.0.0
old 1.0.0
two 1.0.0 both@^1.0.0
both 1.0.0
both 2.0.0
other 1.0.0
`
	later = `
lib 1.0.5
lib 1.0.9
lib 2.0.0
top 1.0.1 lib@^1.0.0
firm 1.0.1 lib@1.0.5
old 1.0.5
both 1.0.5
both 2.0.5
other 1.0.7
`
)

// advised lists from where to where a package is affected.
var advised = map[string][2]string{"lib": {"0", "1.0.5"}, "old": {"0", "1.0.5"}, "both": {"2.0.0", "2.0.5"}}

type advisories struct{}

func (advisories) Find(_, name string) ([]osv.Record, error) {
	r, ok := advised[name]
	if !ok {
		return nil, nil
	}
	return []osv.Record{{ID: "A-" + name, Affected: []osv.AffectedPackage{{Package: osv.Package{Ecosystem: "npm", Name: name},
		Ranges: []osv.Range{{Type: osv.SemVer, Events: []osv.Event{{Introduced: r[0]}, {Fixed: r[1]}}}}}}}}, nil
}
func (advisories) Records(string) int      { return 1000 }
func (advisories) Aliases(string) []string { return nil }

// world is a project made by a real package manager, with the registry that serves it.
type world struct {
	t       *testing.T
	dir     string
	env     []string
	cache   string
	planner *propose.Planner
}

// newWorld lets the tool lock the manifests while the registry has the first versions only.
func newWorld(t *testing.T, program string, lock []string, manifests map[string]string) *world {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is missing: %v", program, err)
	}
	home := t.TempDir()
	registry := npmtest.New(t, npmtest.Parse(first)...)
	w := &world{t: t, dir: t.TempDir(), env: registry.Env(home), cache: filepath.Join(home, "npm-cache")}
	w.env = append(w.env, "YARN_NPM_REGISTRY_SERVER="+registryOf(w.env), "YARN_UNSAFE_HTTP_WHITELIST=127.0.0.1,localhost", "YARN_ENABLE_TELEMETRY=0",
		"YARN_ENABLE_IMMUTABLE_INSTALLS=false", "YARN_REGISTRY="+registryOf(w.env), "YARN_CACHE_FOLDER="+filepath.Join(home, "npm-cache", "yarn"), "YARN_GLOBAL_FOLDER="+filepath.Join(home, "npm-cache", "berry"))
	for name, text := range manifests {
		w.write(name, text)
	}
	w.tool(program, lock...)
	registry.Add(npmtest.Parse(later)...)
	cache := filepath.Join(home, "npm-cache")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(sandbox.Options{Cache: cache, Env: os.LookupEnv})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	temp := t.TempDir()
	found := discover.Dependencies{Database: advisories{}}
	view := &npm.NPM{Run: box, Discover: found, Temp: temp, Env: w.env}
	w.planner = &propose.Planner{Discover: found, Database: advisories{}, Temp: temp, Managers: []manager.Manager{
		&node.PNPM{Run: box, Registry: view, Temp: temp, Env: w.env},
		&node.Yarn{Run: box, Registry: view, Temp: temp, Env: w.env},
	}}
	return w
}

func registryOf(env []string) string {
	for _, v := range env {
		if rest, ok := strings.CutPrefix(v, "npm_config_registry="); ok {
			return rest
		}
	}
	return ""
}

func (w *world) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tool(program string, args ...string) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), program, args...)
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), w.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	os.RemoveAll(filepath.Join(w.dir, "node_modules"))
	entries, _ := filepath.Glob(filepath.Join(w.cache, "*")) // what the registry served then
	for _, name := range entries {
		os.RemoveAll(name)
	}
}

// story drafts, and tells each fix as the lines that it changes.
func (w *world) story() string {
	w.t.Helper()
	repo := fettle.Repo{Dir: w.dir}
	found, err := w.planner.Discover.Discover(w.t.Context(), repo)
	if err != nil {
		w.t.Fatal(err)
	}
	var cases []fettle.Case
	for _, f := range found.Findings {
		cases = append(cases, fettle.Case{Finding: f, Priority: fettle.Priority{Outcome: fettle.Attend}})
	}
	p, err := w.planner.Propose(w.t.Context(), repo, found.Inventory, cases)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, f := range p.Fixes {
		line := fmt.Sprintf("%s: %s", f.Kind, f.Title)
		if f.Major {
			line += " (major)"
		}
		lines = append(lines, line)
		for _, m := range f.Moves {
			lines = append(lines, fmt.Sprintf("  %s %s>%s", m.Name, m.From, m.To))
		}
		for _, e := range f.Edits {
			if strings.HasSuffix(e.Path, "package.json") || strings.HasSuffix(e.Path, "workspace.yaml") {
				for text := range strings.Lines(e.New) {
					lines = append(lines, "  "+e.Path+" + "+strings.TrimSpace(text))
				}
			}
		}
		if len(f.Stale) > 0 {
			lines = append(lines, "  stale "+strings.Join(f.Stale, " "))
		}
	}
	for _, g := range p.Gaps {
		lines = append(lines, "gap: "+g.Reason)
	}
	for _, c := range cases {
		if why := p.Unfixed[c.Finding.ID]; why != "" && !slices.ContainsFunc(p.Fixes, func(f fettle.Fix) bool { return slices.Contains(f.Resolves, c.Finding.ID) }) {
			lines = append(lines, c.Finding.Rule+" unfixed: "+why)
		}
	}
	return strings.Join(lines, "\n")
}

func manifest(deps ...string) string {
	text := "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n"
	for i, dep := range deps {
		name, spec, _ := strings.Cut(dep, "@")
		text += fmt.Sprintf("    %q: %q", name, spec)
		if i < len(deps)-1 {
			text += ","
		}
		text += "\n"
	}
	return text + "  }\n}\n"
}

// stories are told of each package manager alike; %pin stands for what its pin looks like.
var stories = []struct {
	name string
	deps []string
	want string
}{
	{"a direct package moves within its range, in the lockfile alone", []string{"lib@^1.0.0", "other@^1.0.0"},
		"lockfile: upgrade lib from 1.0.0 to 1.0.5\n  lib 1.0.0>1.0.5"},
	{"an exact pin stays exact", []string{"lib@1.0.0"},
		"direct: upgrade lib from 1.0.0 to 1.0.5\n  lib 1.0.0>1.0.5\n  package.json + \"lib\": \"1.0.5\""},
	{"a transitive package moves within its holder's range", []string{"top@1.0.0"},
		"lockfile: upgrade lib from 1.0.0 to 1.0.5\n  lib 1.0.0>1.0.5"},
	{"a holder moves where only its next version lets go", []string{"firm@^1.0.0"},
		"parent: upgrade firm from 1.0.0 to 1.0.1, with lib\n  firm 1.0.0>1.0.1\n  lib 1.0.0>1.0.5"},
	{"a pin where no holder lets go", []string{"stuck@1.0.0"},
		"override: override old below stuck from 1.0.0 to 1.0.5\n  old 1.0.0>1.0.5\n%pin"},
	{"of two copies only the affected one moves", []string{"two@1.0.0", "both@^2.0.0"},
		"lockfile: upgrade both from 2.0.0 to 2.0.5\n  both 2.0.0>2.0.5"},
}

func tell(t *testing.T, program string, lock []string, pin string) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t, program, lock, map[string]string{"package.json": manifest(s.deps...)})
			want := strings.ReplaceAll(s.want, "%pin", pin)
			for range 2 { // the second time nothing is different
				if d := cmp.Diff(want, w.story()); d != "" {
					t.Fatalf("(-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestYarn(t *testing.T) {
	pin := "  package.json + },\n  package.json + \"resolutions\": {\n  package.json + \"stuck/old\": \"^1.0.5\""
	lock := []string{"install", "--mode=update-lockfile"}
	if out, err := exec.Command("yarn", "--version").Output(); err == nil && strings.HasPrefix(string(out), "1.") {
		pin, lock = strings.Replace(pin, "stuck", "**/stuck", 1), []string{"install", "--ignore-scripts", "--non-interactive"}
	}
	tell(t, "yarn", lock, pin)
}

func TestPNPM(t *testing.T) {
	pin := "  package.json + },\n  package.json + \"pnpm\": {\n  package.json + \"overrides\": {\n  package.json + \"stuck>old\": \"^1.0.5\"\n  package.json + }\n  package.json + }"
	if out, err := exec.Command("pnpm", "--version").Output(); err == nil && !strings.HasPrefix(string(out), "8.") && !strings.HasPrefix(string(out), "9.") {
		pin = "  pnpm-workspace.yaml + overrides:\n  pnpm-workspace.yaml + 'stuck>old': '^1.0.5'"
	}
	tell(t, "pnpm", []string{"install", "--lockfile-only", "--ignore-scripts", "--no-frozen-lockfile"}, pin)
}
