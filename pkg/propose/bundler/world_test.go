package bundler

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

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

// building makes gems and their index of lines such as web 1.2.0 http@~>1.0
const building = `
require "rubygems/package"
require "rubygems/indexer"
Gem::DefaultUserInteraction.ui = Gem::SilentUI.new
Dir.mkdir("gems")
STDIN.each_line do |line|
  name, version, *needs = line.split
  next unless name
  spec = Gem::Specification.new do |s|
    s.name, s.version, s.summary, s.authors, s.files = name, version, name, ["none"], []
    needs.each {|n| d, r = n.split("@"); s.add_dependency(d, *r.split(",")) }
  end
  File.rename(Gem::Package.build(spec, true), "gems/#{spec.file_name}")
end
Gem::Indexer.new(".").generate_index
`

const gems = `
web 1.0.0 http@~>1.0
web 1.1.0 http@~>1.0
web 2.0.0 http@~>2.0
http 1.0.0 bytes@>=1
http 1.0.5 bytes@>=1
http 1.2.0 bytes@>=1
http 2.0.0 bytes@>=1
bytes 1.0.0
bytes 1.4.0
tight 1.0.0 bytes@=1.0.0
tight 1.1.0 bytes@>=1.0.0
log 1.0.0
log 1.0.3
`

const app = `
-- Gemfile --
# frozen
source "SOURCE"
raise "it was run" if ENV["HOME"]
gem "web", "~> 1.0.0" # the shop
group :test do
  gem 'log', '1.0.0', require: false
end
-- Gemfile.lock --
GEM
  remote: SOURCE
  specs:
    bytes (1.0.0)
    http (1.0.0)
      bytes (>= 1)
    log (1.0.0)
    web (1.0.0)
      http (~> 1.0)

PLATFORMS
  ruby

DEPENDENCIES
  log (= 1.0.0)
  web (~> 1.0.0)

RUBY VERSION
   ruby 3.9.9p0

BUNDLED WITH
   9.9.9
`

// tightApp has a holder that does not let its own move.
var tightApp = strings.NewReplacer(`"~> 1.0.0" # the shop`, `"~> 1.0.0"`+"\ngem \"tight\", \">= 1\"", "    web (1.0.0)\n", "    tight (1.0.0)\n      bytes (= 1.0.0)\n    web (1.0.0)\n", "  web (~> 1.0.0)\n", "  tight (>= 1)\n  web (~> 1.0.0)\n").Replace(app)

type world struct {
	*Bundler
	t   testing.TB
	dir string
}

func newWorld(t testing.TB, archive string) *world {
	t.Helper()
	for _, tool := range []string{"ruby", "bundle"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s: %v", tool, err)
		}
	}
	w := &world{t: t, dir: t.TempDir()}
	cache, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	index := filepath.Join(cache, "index")
	if err := os.Mkdir(index, 0o755); err != nil {
		t.Fatal(err)
	}
	make := exec.Command("ruby", "-e", building)
	make.Dir, make.Stdin = index, strings.NewReader(gems)
	if out, err := make.CombinedOutput(); err != nil {
		t.Skipf("RubyGems makes no index here: %v %s", err, out)
	}
	box, err := sandbox.New(sandbox.Options{Cache: cache, Temp: t.TempDir(), Env: os.LookupEnv})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	source := "file://" + index + "/"
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".gemrc"), []byte("---\n:sources:\n- "+source+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	env := Settings(cache, func(name string) string { return map[string]string{"HOME": home}[name] })
	w.Bundler = &Bundler{Run: box, Temp: t.TempDir(), Env: env}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if err := os.WriteFile(filepath.Join(w.dir, f.Name), []byte(strings.ReplaceAll(string(f.Data), "SOURCE", source)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

type advisories map[string][]osv.Record

func (a advisories) Find(_, name string) ([]osv.Record, error) { return a[name], nil }
func (a advisories) Records(string) int                        { return 1000 }
func (a advisories) Aliases(string) []string                   { return nil }

// story plans fixes for one advisory, as A-1 http 1.0.5, and tells each in lines.
func (w *world) story(advised string) string {
	w.t.Helper()
	f := strings.Fields(advised)
	events := []osv.Event{{Introduced: "0"}}
	if len(f) > 2 {
		events = append(events, osv.Event{Fixed: f[2]})
	}
	db := advisories{f[1]: {{ID: f[0], Affected: []osv.AffectedPackage{{Package: osv.Package{Ecosystem: "RubyGems", Name: f[1]}, Ranges: []osv.Range{{Type: osv.Ecosystem, Events: events}}}}}}}
	scan := discover.Dependencies{Database: db}
	found, err := scan.Discover(w.t.Context(), fettle.Repo{Dir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	var cases []fettle.Case
	for _, f := range found.Findings {
		cases = append(cases, fettle.Case{Finding: f})
	}
	planner := &propose.Planner{Managers: []manager.Manager{w.Bundler}, Discover: scan, Database: db, Temp: w.t.TempDir()}
	p, err := planner.Propose(w.t.Context(), fettle.Repo{Dir: w.dir}, found.Inventory, cases)
	if err != nil {
		w.t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range p.Fixes {
		fmt.Fprintf(&out, "%s: %s\n", f.Kind, f.Title)
		for _, e := range f.Edits {
			for line := range strings.Lines(e.Old) {
				fmt.Fprintf(&out, "%s -%s", e.Path, line)
			}
			for line := range strings.Lines(e.New) {
				fmt.Fprintf(&out, "%s +%s", e.Path, line)
			}
		}
	}
	var left []string
	for _, why := range p.Unfixed {
		left = append(left, "no fix: "+why+"\n")
	}
	slices.Sort(left)
	return out.String() + strings.Join(left, "")
}

func TestStoriesOfGems(t *testing.T) {
	for _, c := range []struct{ name, files, advised, want string }{
		{"a transitive gem within what its holder asks for", app, "A-1 http 1.0.5", `
lockfile: upgrade http from 1.0.0 to 1.0.5
Gemfile.lock -    http (1.0.0)
Gemfile.lock +    http (1.0.5)
`},
		{"an exact pin", app, "A-1 log 1.0.3", `
direct: upgrade log from 1.0.0 to 1.0.3
Gemfile -  gem 'log', '1.0.0', require: false
Gemfile +  gem 'log', '1.0.3', require: false
Gemfile.lock -    log (1.0.0)
Gemfile.lock +    log (1.0.3)
Gemfile.lock -  log (= 1.0.0)
Gemfile.lock +  log (= 1.0.3)
`},
		{"a direct one beyond its range with what it needs", app, "A-1 web 2.0.0", `
direct: upgrade web from 1.0.0 to 2.0.0
Gemfile -gem "web", "~> 1.0.0" # the shop
Gemfile +gem "web", "~> 2.0.0" # the shop
Gemfile.lock -    http (1.0.0)
Gemfile.lock +    http (2.0.0)
Gemfile.lock -    web (1.0.0)
Gemfile.lock -      http (~> 1.0)
Gemfile.lock +    web (2.0.0)
Gemfile.lock +      http (~> 2.0)
Gemfile.lock -  web (~> 1.0.0)
Gemfile.lock +  web (~> 2.0.0)
`},
		{"a holder that must move", tightApp, "A-1 bytes 1.4.0", `
parent: upgrade tight from 1.0.0 to 1.1.0, with bytes
Gemfile.lock -    bytes (1.0.0)
Gemfile.lock +    bytes (1.4.0)
Gemfile.lock -    tight (1.0.0)
Gemfile.lock -      bytes (= 1.0.0)
Gemfile.lock +    tight (1.1.0)
Gemfile.lock +      bytes (>= 1.0.0)
`},
		{"nothing that is served", app, "A-1 bytes", `
no fix: the registry serves no version of bytes after 1.0.0 that clears a finding and brings none
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.files)
			want := strings.TrimPrefix(c.want, "\n")
			if diff := cmp.Diff(want, w.story(c.advised)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(want, w.story(c.advised)); diff != "" {
				t.Errorf("a second time: %s", diff)
			}
		})
	}
}
