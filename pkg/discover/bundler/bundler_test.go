package bundler

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

type files = projecttest.Tree

func read(t testing.TB, tree files) project.Reading {
	t.Helper()
	return projecttest.Read(t, Reader{}, tree.Write(t))
}

// shopGaps are those of the fixture: one gem is declared by code that would have to run.
var shopGaps = []string{
	"tools/Gemfile.more:2: the name of a gem is worked out when the Gemfile runs",
	"Gemfile.lock:51: steps is not found in the Gemfile",
}

// The lockfile is Bundler's own, made of gems that exist only there; the list is what Bundler says of it once it ran the Gemfile.
func TestALockfileIsReadAsBundlerReadsIt(t *testing.T) {
	r := projecttest.Read(t, Reader{}, "testdata/shop")
	projecttest.WantGaps(t, r.Gaps, shopGaps...)
	var got []string
	for _, n := range r.Projects[0].Nodes {
		version, platform, _ := strings.Cut(strings.TrimPrefix(n.Key, n.Name+"@"), "-")
		if platform == "" {
			platform = "ruby"
		}
		direct := ""
		for _, h := range n.Holders {
			if h.Holder == "" {
				direct = " direct"
				continue
			}
			name, rest, _ := strings.Cut(h.Holder, "@")
			_, holds, _ := strings.Cut(rest, "-")
			if holds == "" {
				holds = "ruby"
			}
			asked := strings.Split(h.Range, ", ")
			slices.Sort(asked)
			if h.Range == "" {
				asked = []string{">= 0"}
			}
			got = append(got, fmt.Sprintf("%s %s > %s %s", name, holds, n.Name, strings.Join(asked, ",")))
		}
		got = append(got, fmt.Sprintf("%s %s %s %s%s", n.Name, version, platform, n.Scope, direct))
	}
	data, err := os.ReadFile("testdata/shop/bundler.txt")
	if err != nil {
		t.Fatal(err)
	}
	scopes := map[string]string{"default": "production", "default,development": "production", "development": "development", "development,test": "development", "test": "test", "docs": "optional"}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		words := strings.Fields(line)
		switch {
		case strings.Contains(line, " > "):
			want = append(want, line)
		case words[0] == "own": // a folder of the tree, which is a root
		default:
			words[3] = scopes[words[3]]
			want = append(want, strings.Join(words, " "))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Error(diff)
	}
}

func TestNodesKnowTheirLinesScopesAndHolders(t *testing.T) {
	r := projecttest.Read(t, Reader{}, "testdata/shop")
	want := []string{
		"forked forked@0.9.0 development depth=1 Gemfile.lock:5-6 direct Gemfile:20 <[]  (development)",
		"build@2.8.1 build@2.8.1 production depth=3 Gemfile.lock:17-17 <[native@1.15.0] ~> 2.8 (production)",
		"cache@4.0.0 cache@4.0.0 production depth=1 Gemfile.lock:18-18 direct Gemfile:8 <[] = 4.0.0 (production)",
		"check@5.1.0 check@5.1.0 test depth=1 Gemfile.lock:19-20 direct Gemfile:17 <[]  (test)",
		"diffs@1.2.3 diffs@1.2.3 development depth=1 Gemfile.lock:21-21 direct own/own.gemspec:8 <[] ~> 1.2 (development) <[check@5.1.0] ~> 1.2 (production)",
		"docs@1.0.0 docs@1.0.0 optional depth=1 Gemfile.lock:22-22 direct Gemfile:29 <[]  (optional)",
		"http-core@1.4.2 http-core@1.4.2 production depth=1 Gemfile.lock:23-24 direct own/own.gemspec:7 <[own@0.1.0] >= 1.2 (production) <[web@2.1.0] >= 1.0, < 3 (production)",
		"lint@3.0.0 lint@3.0.0 development depth=1 Gemfile.lock:25-26 direct Gemfile:13 <[]  (development)",
		"native@1.15.0 native@1.15.0 production depth=2 Gemfile.lock:27-29 <[http-core@1.4.2] ~> 1.15 (production)",
		"native@1.15.0 native@1.15.0-x86_64-linux production depth=2 Gemfile.lock:30-31 <[http-core@1.4.2] ~> 1.15 (production)",
		"parse@0.1.5 parse@0.1.5 development depth=2 Gemfile.lock:32-32 <[lint@3.0.0] >= 0.1 (production)",
		"racc2@1.6.0 racc2@1.6.0 production depth=2 Gemfile.lock:33-33 <[forked@0.9.0] >= 1.0 (production) <[native@1.15.0]  (production) <[native@1.15.0-x86_64-linux]  (production)",
		"steps@1.1.0 steps@1.1.0 production depth=1 Gemfile.lock:34-34 direct <[] ~> 1.1 (production)",
		"web@2.1.0 web@2.1.0 production depth=1 Gemfile.lock:35-37 direct Gemfile:7 <[] ~> 2.0, >= 2.0.5 (production)",
	}
	if diff := cmp.Diff(want, projecttest.Nodes(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
	if got := r.Projects[0].Nodes[0].NoVersion; !strings.HasPrefix(got, `it is commit c03222c40291 of "https://git.example/forked", which calls itself 0.9.0`) {
		t.Errorf("NoVersion = %q", got)
	}
}

const small = "GEM\n  remote: https://registry.example/\n  specs:\n    a (1.0.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  a (~> 1.0)\n\nCHECKSUMS\n  a (1.0.0) sha256=00\n\nRUBY VERSION\n   ruby 3.1.2p20\n\nBUNDLED WITH\n   2.5.0\n"

func TestWhatIsWrongWithALockfileIsAGap(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(small, old, new, 1) }
	for _, tt := range []struct{ name, lock, want string }{
		{"nothing", small, ""},
		{"CRLF and BOM", "\xef\xbb\xbf" + strings.ReplaceAll(small, "\n", "\r\n"), ""},
		{"empty", "", "Gemfile.lock:1: holds no section"},
		{"a merge conflict", with("    a (", "<<<<<<< HEAD\n    a ("), "Gemfile.lock:4: holds a merge conflict"},
		{"an unknown section", "ODD\n  x: y\n" + small, `Gemfile.lock:1: the section "ODD" is not known`},
		{"a gem without a version", with("a (1.0.0)\n", "a\n    a (1.0.0)\n"), `Gemfile.lock:4: "a" is no gem`},
		{"an odd line", with("    a (1.0.0)", "    a (1.0.0)\n     b"), `Gemfile.lock:5: "b" stands where neither`},
		{"cut off", small[:strings.Index(small, "DEPENDENCIES")], "Gemfile.lock: has no section DEPENDENCIES"},
		{"a dangling need", with("    a (1.0.0)", "    a (1.0.0)\n      b (>= 2)"), "Gemfile.lock:5: b >= 2 is needed by a and not locked"},
		{"a gem twice", with("    a (1.0.0)", "    a (1.0.0)\n    a (1.0.0)"), "Gemfile.lock:5: a 1.0.0 stands twice"},
		{"a need of the project twice", with("  a (~> 1.0)", "  a (~> 1.0)\n  b (1 2"), `Gemfile.lock:11: "b (1 2" is no dependency`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			if tt.want != "" {
				want = append(want, tt.want)
			}
			projecttest.WantGaps(t, read(t, files{"Gemfile": "gem 'a', '~> 1.0'", "Gemfile.lock": tt.lock}).Gaps, withoutDrift(want, tt.name)...)
		})
	}
}

// withoutDrift adds the gap that follows from a lockfile in which nothing is declared.
func withoutDrift(want []string, name string) []string {
	if name == "cut off" {
		return append(want, "Gemfile:1: a is declared and not locked")
	}
	return want
}

func TestGroupsAreReadFromTheTextOfTheGemfile(t *testing.T) {
	for _, tt := range []struct{ name, gemfile, scope, gap string }{
		{"no group", `gem "a", "~> 1.0"`, "production", ""},
		{"a block", "group :test do\n  gem 'a', '~> 1.0'\nend", "test", ""},
		{"a block in braces", "group(:test) {\n  gem 'a', '~> 1.0'\n}", "test", ""},
		{"two blocks", "group :test do\nplatforms :mri do\ngem 'a', '~> 1.0'\nend\nend", "test", ""},
		{"after a block", "group :test do\nend\ngem 'a', '~> 1.0'", "production", ""},
		{"after a source block", "source 'https://registry.example' do\ngem 'b' if false\nend\ngem 'a', '~> 1.0', group: :test", "test", ""},
		{"inline", "gem 'a', '~> 1.0', group: :development", "development", ""},
		{"inline list", "gem 'a', '~> 1.0', :groups => [:development, 'test']", "development", ""},
		{"percent list", "gem 'a', '~> 1.0', groups: %i[test development]", "development", ""},
		{"brackets", "gem('a', '~> 1.0', { group: :test })", "production", "Gemfile:1: "},
		{"over lines", "gem 'a', # why\n  '~> 1.0',\n  group:\n    :test", "test", ""},
		{"default and test", "gem 'a', '~> 1.0', groups: [:default, :test]", "production", ""},
		{"a comment", "# group :test do\n=begin\ngroup :test do\n=end\ngem 'a', '~> 1.0'", "production", ""},
		{"a condition", "if RUBY_VERSION > '3'\ngem 'a', '~> 2.0', group: :test\nelse\ngem 'a', '~> 1.0', group: :test\nend", "test", ""},
		{"a modifier", "gem 'a', '~> 1.0', group: :test if ENV['X']", "test", ""},
		{"a variable group", "group *names do\ngem 'a', '~> 1.0'\nend", "production", "Gemfile:1: the names of a group"},
		{"a variable inline group", "gem 'a', '~> 1.0', group: name", "production", "Gemfile:1: the groups of a"},
		{"a name from code", "gem name, '~> 1.0'", "production", "Gemfile:1: the name of a gem"},
		{"a gem within other code", "%w[a].each { |g| gem g, '~> 1.0' }", "production", "Gemfile:1: declares a gem within"},
		{"an assignment with a branch", "v = if ENV['X']\n'1'\nelse\n'2'\nend\ngroup :test do\ngem 'a', '~> 1.0'\nend", "test", ""},
		{"a text that goes on below", "puts <<~TEXT\ngem 'a'\nTEXT", "production", "Gemfile:1: cannot be read as text"},
		{"a text without end", "x = 'oops\ngem 'a'", "production", "Gemfile:"},
		{"an included file", "group :test do\neval_gemfile 'sub/Gemfile.x'\nend", "test", ""},
		{"an included file outside", "eval_gemfile '../../x'", "production", "Gemfile:1: eval_gemfile"},
		{"an included file by code", "eval_gemfile File.join(__dir__, 'x')", "production", "Gemfile:1: the path of eval_gemfile"},
		{"another range", "gem 'a', '~> 2.0', group: :test", "test", "Gemfile:1: a is declared as"},
		{"a plugin", "plugin 'x'\ngem 'a', '~> 1.0'", "production", "Gemfile:1: declares a plugin"},
		{"no gemspec", "gemspec\ngem 'a', '~> 1.0'", "production", "Gemfile:1: names a gemspec"},
		{"another gem too", "gem 'a', '~> 1.0'\ngem 'c'", "production", "Gemfile:2: c is declared and not locked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, files{"Gemfile": tt.gemfile, "Gemfile.lock": small, "sub/Gemfile.x": "gem 'a', '~> 1.0'"})
			if got := string(r.Projects[0].Nodes[0].Scope); got != tt.scope {
				t.Errorf("scope = %s, want %s", got, tt.scope)
			}
			var want []string
			for _, g := range projecttest.Gaps(r.Gaps) {
				if strings.HasPrefix(g, "Gemfile.lock:10: a is not found in the Gemfile") {
					if tt.gap == "" {
						t.Errorf("gap %s", g)
					}
					want = append(want, g)
				}
			}
			if tt.gap != "" && tt.name != "brackets" {
				want = append(want, tt.gap)
			}
			if tt.name != "brackets" {
				projecttest.WantGaps(t, r.Gaps, want...)
			}
		})
	}
}

func TestALockfileWithoutAGemfileSaysSo(t *testing.T) {
	projecttest.WantGaps(t, read(t, files{"gems.locked": small}).Gaps, "gems.locked: has no gems.rb beside it")
}

func TestWithoutALockfileExactVersionsAreChecked(t *testing.T) {
	r := read(t, files{"Gemfile": "gem 'a', '1.2.3'\ngem 'b', '= 2.0.0.rc1', group: :test\ngem 'c', '~> 1'\ngem 'd', '1.0', path: 'd'\n", "lib/lib.gemspec": "Gem::Specification.new do |s|\n  s.add_dependency(%q<e>, [\"= 1.0.0\"])\n  s.add_development_dependency 'f', *more\nend\n"})
	projecttest.WantGaps(t, r.Gaps, "Gemfile:1: declares gems but has no lockfile, so the versions of 2 of its 4 gems", "lib/lib.gemspec:2: declares gems but has no lockfile, so the versions of 1 of its 2 gems")
	want := []string{
		"a@1.2.3 a@1.2.3 production depth=1 Gemfile:1-0 direct Gemfile:1 <[] 1.2.3 (production)",
		"b@2.0.0.rc1 b@2.0.0.rc1 test depth=1 Gemfile:2-0 direct Gemfile:2 <[] = 2.0.0.rc1 (test)",
		"e@1.0.0 e@1.0.0 production depth=1 lib/lib.gemspec:2-0 direct lib/lib.gemspec:2 <[] = 1.0.0 (production)",
	}
	var got []string
	for _, p := range r.Projects {
		got = append(got, projecttest.Nodes(p)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
