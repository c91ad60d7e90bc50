package bundler

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestRequirementsKeepTheirStyle(t *testing.T) {
	for _, c := range []struct{ spec, version, want string }{
		{"~> 5.2.0", "6.1.4", "~> 6.1.4"}, {"~> 5.2", "6.1.4", "~> 6.1"}, {"~> 5.2.0", "6.1.4.2", "~> 6.1.4"}, {"~>5.2.0", "6.1", "~>6.1.0"}, {"1.2.3", "1.3.0", "1.3.0"}, {"= 1.2.3", "1.3.0", "= 1.3.0"},
		{">= 1, < 3", "3.1.0", ">= 1, < 4"}, {"< 3.0", "3.1.0", "< 4.0"}, {"~> 5.2, >= 5.2.1", "6.0.1", "~> 6.0, >= 5.2.1"}, {">= 1", "2.0.0", ">= 1"}, {"", "2.0.0", ""},
	} {
		b := &Bundler{}
		if got := b.Repin(c.spec, c.version); got != c.want || !b.Admits(got, c.version) {
			t.Errorf("%q for %s: %q, want %q", c.spec, c.version, got, c.want)
		}
	}
}

func TestADeclarationIsEditedWhereItStands(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a text", "gem \"web\", \"~> 1.0\" # why\n", "gem \"web\", \"~> 2.3\" # why\n"},
		{"two", "gem 'web', '>= 1', '< 2', group: :test\r\n", "gem 'web', '>= 1', '< 3', group: :test\r\n"},
		{"brackets and lines", "gem('web', [\n  '~> 1.0.0',\n  '>= 1'], require: false)\n", "gem('web', [\n  '~> 2.3.4',\n  '>= 1'], require: false)\n"},
		{"a gemspec", "  s.add_dependency(\"web\", \"= 1.0\")\n", "  s.add_dependency(\"web\", \"= 2.3.4\")\n"},
		{"a commit, another gem and a comment", "gem 'web', '1', git: 'x'\ngem 'webber', '1'\n# gem 'web', '1'\n", ""},
		{"no requirement", "gem 'web'\ngem 'web', :require => 'x'\n", ""},
		{"what is worked out", "gem 'web', VERSION\n", "refused"},
		{"a text with code", "gem 'web', \"#{x}\"\n", "refused"},
	} {
		if c.want == "" {
			c.want = c.text
		}
		got, _, _, err := (&Bundler{}).edit("Gemfile", c.text, fettle.Upgrade{Package: fettle.Package{Name: "web", Version: "1.0"}, To: "2.3.4"})
		if err != nil {
			got = "refused"
		}
		if got != c.want {
			t.Errorf("%s: %v %q, want %q", c.name, err, got, c.want)
		}
	}
}

const locked = "GEM\n  remote: file:///x/\n  specs:\n    a (1.0)\n      b (~> 1.0)\n    b (1.0)\n    c (1.0-java)\n\nPLATFORMS\n  java\n\nDEPENDENCIES\n  a (~> 1.0)\n  c!\n\nCHECKSUMS\n  a (1.0) sha256=00\n  b (1.0) sha256=11\n\nBUNDLED WITH\n   2.6.0\n"

func TestALockfileIsMergedGemByGem(t *testing.T) {
	l := parseLock(locked)
	got := l.merge(map[string][]spec{"a": {{name: "a", version: "2.0", needs: []need{{"aa", ""}}}}, "aa": {{name: "aa", version: "1.0"}}}, map[string]string{"a": "~> 2.0"}, nil)
	want := strings.NewReplacer("    a (1.0)\n      b (~> 1.0)\n    b (1.0)\n", "    a (2.0)\n      aa\n    aa (1.0)\n", "  a (~> 1.0)", "  a (~> 2.0)", "  a (1.0) sha256=00\n  b (1.0) sha256=11\n", "  a (2.0)\n").Replace(locked)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"", locked, strings.ReplaceAll(locked, "\n", "\r\n"), "\ufeff" + locked, locked[:60], "gem 'web', '1'\n", "gem \"web\", [\n", "gem 'web', '< 1', \"~> 0.#{x}\"", strings.Repeat("GEM\n", 2000), strings.Repeat("[", 3000),
		"GEM\n  remote: ../../x\n  specs:\n    a (1)\n    a (1)\n      a\nDEPENDENCIES\n  a\n  a (= 1)!\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := &Bundler{}
		u := fettle.Upgrade{Package: fettle.Package{Name: "web", Version: "1.0"}, To: "2.3.4"}
		if got, n, _, err := b.edit("Gemfile", text, u); err == nil {
			if n == 0 && got != text {
				t.Fatalf("%q became %q", text, got)
			}
			if again, more, _, err := b.edit("Gemfile", got, u); err != nil || more != 0 || again != got {
				t.Fatalf("%q became %q and then %q: %v", text, got, again, err)
			}
		}
		l := parseLock(text)
		if got := l.merge(nil, nil, nil); got != text {
			t.Fatalf("%q became %q", text, got)
		}
		if r, err := newResolution(l, nil, []fettle.Upgrade{u}); err == nil {
			if files, err := r.files(); err == nil {
				for name := range files {
					if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
						t.Fatalf("%q leads out of the stage", name)
					}
				}
			}
		}
		_, _ = parseReleases(text, true)
		_ = b.Repin(text, "2.3.4")
	})
}
