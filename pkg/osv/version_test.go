package osv

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/osv-scalibr/semantic"
)

// TestVersionsFollowTheOrderOfTheirEcosystem lists versions from old to new. Those joined by = are equal in rank.
func TestVersionsFollowTheOrderOfTheirEcosystem(t *testing.T) {
	tests := []struct{ ecosystem, order string }{
		{"npm", "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0=v1.0.0=1.0.0+build 1.0.1 1.2.0 1.10.0 2.0.0"},
		{"crates.io", "0.0.0 0.1.0-pre 0.1.0=0.1.0+deprecated 0.1.1 0.10.0 1.0.0"},
		{"Go", "v0.0.0-20200101000000-abcdefabcdef v0.0.0-20210101000000-abcdefabcdef v0.1.0 v1.2.0-rc.1 1.2.0=v1.2.0=v1.2.0+incompatible v1.2.1-0.20230101000000-abcdefabcdef v1.2.1 v2.0.0+incompatible"},
		{"Go", "1.20.14 1.21.0-beta.1=1.21beta1 go1.21rc2=1.21.0-rc.2 1.21rc10 go1.21=1.21.0=go1.21.0 go1.21.3=1.21.3=go1.21.3 1.22.0"},
		{"PyPI", "1.0.dev1 1.0a1.dev1 1.0a1=1.0alpha1=1.0-a.1 1.0b2 1.0rc1=1.0c1 1.0=1.0.0=1=v1.0 1.0+local 1.0.post1=1.0-1 1.0.1 1.1.dev1 1.10 2020.1 1!0.1"},
		{"Maven", "1-alpha-1=1-a1 1-beta-1=1-b1 1-milestone-1=1-m1 1-rc-1=1-cr-1 1-SNAPSHOT 1=1.0=1.0.0=1-ga=1.final=1-release 1-sp 1-xyz 1.0.1=1.0.1.0 1.0.2-rc1 1.0.2 1.0.10 1.1 2.0-beta9 2.0"},
		{"NuGet", "1.0.0-Alpha=1.0.0-alpha 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0=1.0=1=1.0.0.0=1.0.0+sha 1.0.0.1 1.0.1 1.10.0"},
		{"RubyGems", "1.0.a 1.0.b1 1.0.0.pre1 1.0.0.pre.2 1.0.0.rc1 1.0.0=1.0=1=1.0.0-x86_64-linux=1.0.0-java 1.0.1 1.1.a 1.1 1.10"},
		{"Packagist", "1.0.0-alpha1 1.0.0-beta1 1.0.0-beta2 1.0.0-RC1=1.0.0RC1 1.0.0=v1.0.0 1.0.0-p1=1.0.0-pl1 1.0.1 1.10.0"},
		{"Hex", "1.0.0-dev 1.0.0-rc.0 1.0.0 1.0.1 1.10.0"},
		{"Pub", "1.0.0-dev 1.0.0 1.0.0+1 1.0.0+2 1.0.1"},
		{"CRAN", "0.9 1.0 1.0-1=1.0.1 1.0-2 1.0-10 1.1"},
		{"Hackage", "1.0 1.0.0 1.0.1 1.1 1.10 2.0"},
		{"GitHub Actions", "v1.9.0 v2.0.0-beta v2=v2.0.0=2.0.0 v2.1 v10"},
		{"Debian:12", "1.0~rc1-1 1.0-1~deb12u1 1.0-1 1.0-1+b1 1.0-1+deb12u2 1.0-2 1.0-10 1.0a-1 1.1-1 1:0.1-1"},
		{"Ubuntu:22.04:LTS", "2.35-0ubuntu3 2.35-0ubuntu3.1 2.35-0ubuntu3.10 2.35-1"},
		{"Alpine:v3.18", "1.0_alpha1-r0 1.0_beta-r0 1.0_pre1-r0 1.0_rc1-r0 1.0-r0 1.0-r1 1.0-r10 1.0_p1-r0 1.0a-r0 1.0.1-r0 1.10-r0"},
		{"Wolfi", "1.0-r0 1.0-r1 1.1-r0"},
		{"Chainguard", "1.0-r0 1.0-r1 1.1-r0"},
		{"Rocky Linux:9", "1.0~rc1-1.el9 1.0-1.el9 1.0-1.el9_2 1.0-2.el9 1.0-10.el9 1.0.1-1.el9 1.10-1.el9 2:0.1-1.el9"},
		{"AlmaLinux:9", "5.14.0-70.el9 5.14.0-162.el9_1 5.14.0-162.6.1.el9_1 5.14.0-362.el9"},
		{"Red Hat:enterprise_linux:9::appstream", "0:1.0-1.el9 0:1.0-2.el9 1:0.5-1.el9"},
		{"SUSE:Linux Enterprise Server 15 SP5", "1.2.3-150500.1.1 1.2.3-150500.3.4.1 1.2.4-150500.1.1"},
		{"openSUSE:Leap 15.5", "1.0-1.1 1.0-1.2 1.1-1.1"},
		{"Mageia:9", "1.0-1.mga9 1.0-1.1.mga9 1.0-2.mga9"},
		{"openEuler:22.03-LTS", "1.0-1.oe2203 1.0-2.oe2203"},
		{"Photon OS:5.0", "1.0-1.ph5 1.0-2.ph5"},
		{"Azure Linux:3", "1.0-1.azl3 1.0-10.azl3"},
		{"Bitnami", "1.0.0 1.0.1 1.10.0"},
		{"SwiftURL", "1.0.0-beta.1 1.0.0 1.0.1"},
		{"Julia", "0.1.0 0.1.1 1.0.0"},
		{"ConanCenter", "1.0.0 1.0.1 1.10.0"},
	}
	for _, tt := range tests {
		t.Run(tt.ecosystem, func(t *testing.T) {
			type ranked struct {
				version string
				rank    int
			}
			var all []ranked
			for rank, equals := range strings.Fields(tt.order) {
				for _, v := range strings.Split(equals, "=") {
					all = append(all, ranked{v, rank})
				}
			}
			for _, a := range all {
				for _, b := range all {
					got, err := CompareVersions(tt.ecosystem, a.version, b.version)
					if err != nil {
						t.Fatal(err)
					}
					if sign(got) != sign(a.rank-b.rank) {
						t.Errorf("%s compared with %s: %d, want %d", a.version, b.version, sign(got), sign(a.rank-b.rank))
					}
				}
			}
		})
	}
}

func sign(n int) int { return min(max(n, -1), 1) }

func TestOrderOfEveryEcosystemThatTheComparisonKnowsIsUsed(t *testing.T) {
	for ecosystem, order := range orders {
		if _, err := semantic.Parse("1", order); err != nil {
			t.Errorf("%s: %v", ecosystem, err)
		}
	}
	text, err := os.ReadFile("../../../shared/data/schemas/osv-ecosystems.json")
	if err != nil {
		t.Skip("the list of ecosystems is not here")
	}
	var known map[string]string
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	for ecosystem := range known {
		if _, err := semantic.Parse("1", ecosystem); err == nil && orders[ecosystem] != ecosystem {
			t.Errorf("%s has an order that is not used", ecosystem)
		}
	}
}

func TestBuildOfAPyPIVersionHasItsWeaknesses(t *testing.T) {
	last := Range{Type: Ecosystem, Events: events(t, "introduced 1.0, last_affected 1.13.0")}
	fixed := Range{Type: Ecosystem, Events: events(t, "introduced 0, fixed 1.13.0")}
	told := Range{Type: Ecosystem, Events: events(t, "introduced 0, fixed 1.13.0+patch2")}
	tests := []struct {
		name, version string
		a             AffectedPackage
		want          bool
	}{
		{"of the last affected", "1.13.0+cpu", AffectedPackage{Ranges: []Range{last}}, true},
		{"of a listed version", "1.13.0+cpu", AffectedPackage{Versions: []string{"1.13.0"}}, true},
		{"of the fix", "1.13.0+cpu", AffectedPackage{Ranges: []Range{fixed}}, false},
		{"of a later version", "1.13.1+cpu", AffectedPackage{Ranges: []Range{last}}, false},
		{"that is the fix itself", "1.13.0+patch2", AffectedPackage{Ranges: []Range{told}}, false},
		{"before the fix", "1.13.0+patch1", AffectedPackage{Ranges: []Range{told}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.a.Affects("PyPI", tt.version); err != nil || got != tt.want {
				t.Errorf("%s: %v, %v; want %v", tt.version, got, err, tt.want)
			}
		})
	}
}

func TestListedVersionCountsInAnySpellingBesideRanges(t *testing.T) {
	ranges := []Range{{Type: Ecosystem, Events: events(t, "introduced 0, fixed 1.0")}}
	for _, tt := range []struct{ ecosystem, listed, version string }{
		{"PyPI", "3.0", "3.0.0"}, {"PyPI", "3.0rc1", "3.0.0-rc1"}, {"NuGet", "3.0.0", "3.0.0.0"}, {"Packagist", "v3.0.0", "3.0.0"},
		{"Go", "3.0.0", "v3.0.0"}, {"RubyGems", "3.0", "3.0.0-x86_64-darwin"}, {"npm", "3.0.0", "v3.0.0"},
	} {
		a := AffectedPackage{Ranges: ranges, Versions: []string{"30.0", tt.listed}}
		if got, err := a.Affects(tt.ecosystem, tt.version); err != nil || !got {
			t.Errorf("%s %s is listed as %s: %v, %v", tt.ecosystem, tt.version, tt.listed, got, err)
		}
		if got, err := a.Affects(tt.ecosystem, "3.0.1"); err != nil || got {
			t.Errorf("%s 3.0.1 is not listed: %v, %v", tt.ecosystem, got, err)
		}
	}
}

func TestReleasesOfAnEcosystemAreToldApart(t *testing.T) {
	tests := []struct {
		said, asked string
		want        bool
	}{
		{"Debian:12", "Debian:12", true},
		{"Debian:12", "Debian:12.5", true},
		{"Debian:11", "Debian:12", false},
		{"Debian", "Debian:12", true},
		{"Debian:12", "Debian", true},
		{"Debian:12", "Ubuntu:12", false},
		{"Ubuntu:22.04:LTS", "Ubuntu:22.04:LTS", true},
		{"Ubuntu:22.04:LTS", "Ubuntu:22.04", true},
		{"Ubuntu:22.04:LTS", "Ubuntu:20.04:LTS", false},
		{"Ubuntu:Pro:22.04:LTS", "Ubuntu:22.04:LTS", false},
		{"Alpine:v3.18", "Alpine:v3.18", true},
		{"Alpine:v3.18", "Alpine:3.18.4", true},
		{"Alpine:v3.1", "Alpine:v3.18", false},
		{"Alpine:edge", "Alpine:v3.18", false},
		{"Rocky Linux:9", "Rocky Linux:9.3", true},
		{"AlmaLinux:8", "AlmaLinux:9", false},
		{"Red Hat:enterprise_linux:9::appstream", "Red Hat:enterprise_linux:9::appstream", true},
		{"Red Hat:enterprise_linux:9::appstream", "Red Hat:enterprise_linux:8::appstream", false},
		{"SUSE:Linux Enterprise Server 15 SP5", "SUSE:Linux Enterprise Server 15 SP4", false},
		{"Packagist:https://packages.example/8", "Packagist", true},
		{"Maven:https://repo.example", "Maven", true},
		{"Maven:https://repo.example/", "Maven:https://repo.example", true},
		{"Mageia:9", "Mageia:9.1", false},
	}
	for _, tt := range tests {
		if got := covers(tt.said, tt.asked); got != tt.want {
			t.Errorf("%s for %s: %v, want %v", tt.said, tt.asked, got, tt.want)
		}
	}
}

func TestNamesOfEveryEcosystemAreNormalized(t *testing.T) {
	tests := []struct{ ecosystem, a, b string }{ // of one package, or, where b begins with !, of two
		{"PyPI", "Zope.Interface", "zope-interface"}, {"PyPI", "a__b", "A.b"}, {"NuGet", "Newtonsoft.Json", "newtonsoft.json"},
		{"Packagist", "Symfony/HTTP-Kernel", "symfony/http-kernel"}, {"Hex", "Plug", "plug"}, {"Pub", "HTTP", "http"},
		{"GitHub Actions", "Actions/Checkout", "actions/checkout"}, {"VSCode", "Publisher.Name", "publisher.name"},
		{"SwiftURL", "https://code.example/Apple/swift-nio.git", "code.example/apple/swift-nio"},
		{"npm", "JSONStream", "!jsonstream"}, {"Go", "code.example/A", "!code.example/a"}, {"Go", "code.example/a/v2", "!code.example/a"},
		{"Maven", "org.example:A", "!org.example:a"}, {"RubyGems", "RedCloth", "!redcloth"}, {"crates.io", "serde-json", "!serde_json"},
		{"CRAN", "R6", "!r6"}, {"Debian:12", "libA", "!liba"}, {"Alpine:v3.18", "a-b", "!a_b"},
	}
	for _, tt := range tests {
		b, differ := strings.CutPrefix(tt.b, "!")
		if got := NormalizeName(tt.ecosystem, tt.a) == NormalizeName(tt.ecosystem, b); got == differ {
			t.Errorf("%s: %s and %s are one package: %v, want %v", tt.ecosystem, tt.a, b, got, !differ)
		}
	}
}

func TestStandardLibraryOfGoIsAPackage(t *testing.T) {
	db := open(t, section(t, []string{`{"id":"GO-1","affected":[{"package":{"ecosystem":"Go","name":"stdlib"},
		"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.20.10"},{"introduced":"1.21.0-0"},{"fixed":"1.21.3"}]}]},
		{"package":{"ecosystem":"Go","name":"toolchain"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.21.0-0"},{"fixed":"1.21.1"}]}]}]}`}))
	for _, tt := range []struct {
		name          string
		affected, not []string
	}{
		{"stdlib", []string{"1.20.9", "go1.20.9", "1.21rc2", "1.21.0-rc.2", "go1.21", "1.21.2", "go1.21.2 X:boringcrypto"}, []string{"1.20.10", "go1.20.14", "1.21.3", "go1.22rc1"}},
		{"toolchain", []string{"go1.21rc1", "1.21.0"}, []string{"1.21.1", "1.20.1"}},
	} {
		records, err := db.Find("Go", tt.name)
		if err != nil || len(records) != 1 {
			t.Fatal(records, err)
		}
		for _, v := range slices.Concat(tt.affected, tt.not) {
			if got, err := records[0].Affects("Go", tt.name, v); err != nil || got != slices.Contains(tt.affected, v) {
				t.Errorf("%s %s: %v, %v", tt.name, v, got, err)
			}
		}
	}
}
