package npm

import (
	"fmt"
	"testing"
)

func TestRepinKeepsTheStyleOfTheRange(t *testing.T) {
	for _, c := range []struct{ spec, version, want string }{
		{"1.2.3", "1.2.9", "1.2.9"},
		{"=1.2.3", "1.2.9", "=1.2.9"},
		{"v1.2.3", "1.2.9", "v1.2.9"},
		{"^1.2.3", "1.3.0", "^1.3.0"},
		{"^ 1.2.3", "1.3.0", "^1.3.0"},
		{"~1.2.3", "1.3.0", "~1.3.0"},
		{"~> 1.2.3", "1.3.0", "~>1.3.0"},
		{"^1", "2.1.3", "^2.1.3"},
		{"~1.2", "2.1.3", "~2.1.3"},
		{">=1.2.3", "2.1.3", ">=2.1.3"},
		{"1", "2.1.3", "2"},
		{"1.2", "2.1.3", "2.1"},
		{"1.x", "2.1.3", "2.x"},
		{"1.X.X", "2.1.3", "2.X"},
		{"1.2.x", "2.1.3", "2.1.x"},
		{"1.2.*", "2.1.3", "2.1.*"},
		{"*", "2.1.3", "*"},
		{"x", "2.1.3", "x"},
		{"", "2.1.3", "^2.1.3"},
		{"<2", "2.1.3", "^2.1.3"},
		{"<=1.9.9", "2.1.3", "^2.1.3"},
		{">1.0.0 <2", "2.1.3", "^2.1.3"},
		{"1.0.0 - 1.9.9", "2.1.3", "^2.1.3"},
		{"^1.0.0 || ^3.0.0", "2.1.3", "^2.1.3"},
		{"1.0.0-beta.1", "1.0.0", "1.0.0"},
		{"^1.0.0-beta.1", "1.0.0", "^1.0.0"},
		{"next", "2.1.3", "^2.1.3"},
		{"npm:other@^1.2.3", "1.3.0", "npm:other@^1.3.0"},
		{"npm:@scope/other@1.2.3", "1.3.0", "npm:@scope/other@1.3.0"},
		{"npm:@scope/other", "1.3.0", "npm:@scope/other@^1.3.0"},
		{"npm:other", "1.3.0", "npm:other@^1.3.0"},
		{"^1.2.3", "2.0.0-rc.1+build", "^2.0.0-rc.1+build"},
	} {
		got := Repin(c.spec, c.version)
		if got != c.want {
			t.Errorf("Repin(%q, %q) = %q, want %q", c.spec, c.version, got, c.want)
		}
		if !Admits(got, c.version) {
			t.Errorf("Repin(%q, %q) = %q, which does not admit it", c.spec, c.version, got)
		}
	}
}

func TestAdmitsFollowsNPMsRanges(t *testing.T) {
	for _, c := range []struct {
		spec, version string
		want          bool
	}{
		{"1.2.3", "1.2.3", true},
		{"1.2.3", "1.2.4", false},
		{"=1.2.3", "1.2.3", true},
		{"^1.2.3", "1.9.0", true},
		{"^1.2.3", "1.2.2", false},
		{"^1.2.3", "2.0.0", false},
		{"^0.2.3", "0.2.9", true},
		{"^0.2.3", "0.3.0", false},
		{"^0.0.3", "0.0.4", false},
		{"~1.2.3", "1.2.9", true},
		{"~1.2.3", "1.3.0", false},
		{"~1", "1.9.9", true},
		{">=1.2.3", "9.0.0", true},
		{">1.2.3 <2.0.0", "2.0.0", false},
		{">1.2.3 <2.0.0", "1.9.9", true},
		{"<2", "1.9.9", true},
		{"1.x", "1.4.0", true},
		{"1.x", "2.0.0", false},
		{"1.2.*", "1.2.9", true},
		{"*", "3.0.0", true},
		{"", "3.0.0", true},
		{"x", "3.0.0", true},
		{"X", "3.0.0", true},
		{"1.0.0 - 2.0.0", "2.0.0", true},
		{"1.0.0 - 2", "2.9.0", true},
		{"1.0.0 - 2.0.0", "2.0.1", false},
		{"^1.0.0 || ^3.0.0", "3.1.0", true},
		{"^1.0.0 || ^3.0.0", "2.1.0", false},
		{"^1.0.0", "1.2.0-beta.1", false},
		{"^1.2.0-alpha", "1.2.0-beta.1", true},
		{"latest", "9.9.9", true},
		{"next", "9.9.9", true},
		{"npm:other@^1.0.0", "1.2.0", true},
		{"npm:other@^1.0.0", "2.0.0", false},
		{"npm:@scope/other@1.x", "1.2.0", true},
		{"npm:other", "1.2.0", true},
		{"npm:@scope/other", "1.2.0", true},
		{"file:../lib", "1.0.0", false},
		{"file:lib.tgz", "1.0.0", false},
		{"link:../lib", "1.0.0", false},
		{"workspace:*", "1.0.0", false},
		{"git+https://host.example/a/b.git#v1.0.0", "1.0.0", false},
		{"git+ssh://git@host.example/a/b.git#semver:^1.0.0", "1.0.0", false},
		{"github:a/b", "1.0.0", false},
		{"a/b", "1.0.0", false},
		{"a/b#1.0.0", "1.0.0", false},
		{"https://host.example/a.tgz", "1.0.0", false},
		{"not a range", "1.0.0", false},
		{"^1.0.0", "not a version", false},
	} {
		if got := Admits(c.spec, c.version); got != c.want {
			t.Errorf("Admits(%q, %q) = %v, want %v", c.spec, c.version, got, c.want)
		}
	}
}

func TestOnlyRangesTagsAndAliasesAreFromTheRegistry(t *testing.T) {
	for spec, want := range map[string]bool{
		"1.2.3": true, "^1": true, "": true, "*": true, "latest": true, "1 - 2": true, "^1 || ^2": true,
		"npm:other@1": true, "npm:other": true, "npm:@scope/other": true,
		"file:../x": false, "link:x": false, "workspace:^": false, "git://host.example/x": false, "a/b": false, "github:a/b#v1": false,
		"https://host.example/x.tgz": false, "git@host.example:a/b.git": false, "./x": false, "../x": false, "~/x": false, "/x": false, "x.tgz": false,
	} {
		if got := Served(spec); got != want {
			t.Errorf("Served(%q) = %v, want %v", spec, got, want)
		}
	}
}

func FuzzRepinnedRangeAdmitsTheVersion(f *testing.F) {
	for _, spec := range []string{"1.2.3", "^1", "~>1.2", ">= 1", "1.x.x", "npm:a@1", "npm:@a/b", "latest", "1 - 2", "a/b", "*.1", "^*", "1.*.3", "file:x"} {
		f.Add(spec, uint16(2), uint16(10), uint16(3))
	}
	f.Fuzz(func(t *testing.T, spec string, a, b, c uint16) {
		version := sprintVersion(a, b, c)
		if got := Repin(spec, version); Served(spec) && !Admits(got, version) {
			t.Errorf("Repin(%q, %q) = %q, which does not admit it", spec, version, got)
		}
	})
}

func sprintVersion(a, b, c uint16) string { return fmt.Sprintf("%d.%d.%d", a, b, c) }
