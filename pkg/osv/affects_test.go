package osv

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/osv-scalibr/semantic"
)

// events reads "introduced 1, fixed 2".
func events(t testing.TB, text string) []Event {
	t.Helper()
	var all []Event
	for _, part := range strings.Split(text, ", ") {
		word, version, _ := strings.Cut(part, " ")
		switch word {
		case "introduced":
			all = append(all, Event{Introduced: version})
		case "fixed":
			all = append(all, Event{Fixed: version})
		case "last_affected":
			all = append(all, Event{LastAffected: version})
		case "limit":
			all = append(all, Event{Limit: version})
		default:
			t.Fatalf("event %q", part)
		}
	}
	return all
}

func TestRangesFollowTheSchema(t *testing.T) {
	tests := []struct {
		name      string
		ecosystem string
		events    string
		yes, no   string // versions
	}{
		{"fixed is not affected", "npm", "introduced 0, fixed 1.2.3", "0.0.0-alpha 0.0.1 1.2.2 1.2.3-rc.1", "1.2.3 1.2.4 2.0.0"},
		{"last affected is affected", "npm", "introduced 1.0.0, last_affected 1.2.3", "1.0.0 1.2.3 1.2.3+build", "0.9.9 1.0.0-rc.1 1.2.4-0 1.2.4"},
		{"open end", "npm", "introduced 2.0.0", "2.0.0 99.0.0", "1.9.9 2.0.0-rc.1"},
		{"events in falling order", "npm", "fixed 3.1.0, introduced 3.0.0, fixed 2.1.0, introduced 2.0.0", "2.0.5 3.0.5", "1.0.0 2.1.0 2.9.9 3.1.0 4.0.0"},
		{"number order, not text order", "npm", "introduced 0, fixed 1.10.0", "1.9.0", "1.10.0 1.11.0"},
		{"fixed and introduced at once keep an open range open", "npm", "introduced 0, fixed 2.0.0, introduced 2.0.0, fixed 3.0.0", "1.0.0 2.0.0 2.5.0", "3.0.0"},
		{"a range that opens and closes at once is empty", "npm", "introduced 2.0.0, fixed 2.0.0", "", "1.9.9 2.0.0 2.0.1"},
		{"the same, listed the other way round", "npm", "fixed 2.0.0, introduced 2.0.0", "", "1.9.9 2.0.0 2.0.1"},
		{"one version alone", "npm", "last_affected 2.0.0, introduced 2.0.0", "2.0.0", "1.9.9 2.0.1"},
		{"limit ends a range", "npm", "introduced 0, limit 2.0.0", "1.0.0 1.9.9", "2.0.0 3.0.0"},
		{"the highest of several limits counts", "npm", "introduced 0, limit 2.0.0, limit 3.0.0", "2.5.0", "3.0.0"},
		{"limit star is none", "npm", "introduced 0, limit *", "1.0.0 99.0.0", ""},
		{"nothing is before zero", "npm", "introduced 0, fixed 0", "", "0.0.0 1.0.0"},
		{"Go versions with and without v", "Go", "introduced 1.2.0, fixed 1.3.0", "v1.2.0 1.2.9", "v1.3.0 v1.2.0-0.20200101000000-abcdefabcdef"},
		{"PyPI by PEP 440", "PyPI", "introduced 1.0rc1, fixed 1.0.post1", "1.0rc1 1.0 1.0.0", "1.0b2 1.0.post1 1!0.1"},
		{"Maven by its own order", "Maven", "introduced 2.0-beta9, fixed 2.15.0", "2.0 2.14.1 2.15.0-rc1", "2.0-beta8 2.15.0 2.15.0.Final"},
		{"NuGet with four parts", "NuGet", "introduced 0, fixed 4.0.0.1", "4.0.0", "4.0.0.1"},
		{"RubyGems pre-releases", "RubyGems", "introduced 0, fixed 5.0.0.beta2", "5.0.0.beta1", "5.0.0.beta2 5.0.0"},
		{"Debian with a suffix", "Debian:12", "introduced 0, fixed 1:2.3-4", "1:2.3-3 9.9", "1:2.3-4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := AffectedPackage{Ranges: []Range{{Type: Ecosystem, Events: events(t, tt.events)}}}
			for _, v := range strings.Fields(tt.yes) {
				if got, err := a.Affects(tt.ecosystem, v); err != nil || !got {
					t.Errorf("%s: %v, %v; want affected", v, got, err)
				}
			}
			for _, v := range strings.Fields(tt.no) {
				if got, err := a.Affects(tt.ecosystem, v); err != nil || got {
					t.Errorf("%s: %v, %v; want not affected", v, got, err)
				}
			}
		})
	}
}

func TestGitRangeDoesNotEndTheEvaluation(t *testing.T) {
	git := Range{Type: Git, Events: []Event{{Introduced: "0"}, {Fixed: strings.Repeat("a", 40)}}}
	a := AffectedPackage{Ranges: []Range{git, {Type: Ecosystem, Events: events(t, "introduced 0, fixed 2.0")}, git}}
	if got, err := a.Affects("PyPI", "1.0"); err != nil || !got {
		t.Errorf("got %v, %v; want affected by the second range", got, err)
	}
	only := AffectedPackage{Ranges: []Range{git}}
	if got, err := only.Affects("PyPI", "1.0"); got || !errors.Is(err, ErrUndecided) {
		t.Errorf("commits alone: got %v, %v; want ErrUndecided", got, err)
	}
}

func TestEveryRangeAndTheListCount(t *testing.T) {
	a := AffectedPackage{
		Ranges: []Range{
			{Type: SemVer, Events: events(t, "introduced 1.0.0, fixed 1.1.0")},
			{Type: SemVer, Events: events(t, "introduced 3.0.0, fixed 3.1.0")},
		},
		Versions: []string{"2.0.0-odd"},
	}
	for v, want := range map[string]bool{"1.0.5": true, "2.0.0-odd": true, "2.0.0": false, "3.0.5": true, "3.1.0": false} {
		if got, err := a.Affects("npm", v); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", v, got, err, want)
		}
	}
}

func TestListedVersionsMatchByRankWhereNoRangeCan(t *testing.T) {
	a := AffectedPackage{Versions: []string{"1.0.0", "not a version"}}
	for v, want := range map[string]bool{"1.0": true, "1.0.0": true, "1.0.1": false, "not a version": true} {
		if got, err := a.Affects("PyPI", v); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", v, got, err, want)
		}
	}
}

func TestWhatCannotBeComparedIsAnError(t *testing.T) {
	open := []Range{{Type: Ecosystem, Events: []Event{{Introduced: "0"}, {Fixed: "2.0.0"}}}}
	tests := []struct {
		name, ecosystem, version string
		a                        AffectedPackage
	}{
		{"no version", "npm", "", AffectedPackage{Ranges: open}},
		{"tag", "npm", "latest", AffectedPackage{Ranges: open}},
		{"range", "npm", "^1.2.3", AffectedPackage{Ranges: open}},
		{"address", "npm", "git+ssh://git@example.com/a/b.git#1.0.0", AffectedPackage{Ranges: open}},
		{"development build", "Go", "(devel)", AffectedPackage{Ranges: open}},
		{"property", "Maven", "${revision}", AffectedPackage{Ranges: open}},
		{"branch", "Packagist", "dev-master", AffectedPackage{Ranges: open}},
		{"branch alias", "Packagist", "2.x-dev", AffectedPackage{Ranges: open}},
		{"endless", "npm", strings.Repeat("1", 1000), AffectedPackage{Ranges: open}},
		{"ecosystem without a known order", "OSS-Fuzz", "1.0.0", AffectedPackage{Ranges: open}},
		{"event that is no version", "npm", "1.0.0", AffectedPackage{Ranges: []Range{{Type: SemVer, Events: []Event{{Introduced: "x"}}}}}},
		{"empty event", "npm", "1.0.0", AffectedPackage{Ranges: []Range{{Type: SemVer, Events: []Event{{}}}}}},
		{"range that never begins", "npm", "1.0.0", AffectedPackage{Ranges: []Range{{Type: SemVer, Events: []Event{{Fixed: "2.0.0"}}}}}},
		{"nothing said", "npm", "1.0.0", AffectedPackage{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.a.Affects(tt.ecosystem, tt.version); err == nil || got {
				t.Errorf("got %v, %v; want an error", got, err)
			}
		})
	}
}

func TestAYesOutweighsARangeThatCannotBeRead(t *testing.T) {
	a := AffectedPackage{Ranges: []Range{
		{Type: SemVer, Events: []Event{{Introduced: "x"}}},
		{Type: SemVer, Events: []Event{{Introduced: "0"}}},
	}}
	if got, err := a.Affects("npm", "1.0.0"); err != nil || !got {
		t.Errorf("got %v, %v; want affected", got, err)
	}
}

// TestRangesAgreeWithBruteForce compares with the algorithm of the OSV schema, carried out literally on shuffled events.
func TestRangesAgreeWithBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, ecosystem := range []string{"npm", "PyPI", "Maven", "RubyGems", "NuGet", "Packagist", "Go", "crates.io"} {
		t.Run(ecosystem, func(t *testing.T) {
			for range 3000 {
				versions := distinct(t, random, ecosystem, 2+random.IntN(6))
				var list []Event
				for i, v := range versions {
					switch {
					case i == 0:
						list = append(list, Event{Introduced: [2]string{"0", v}[random.IntN(2)]})
					case i%2 == 0:
						list = append(list, Event{Introduced: v})
					case random.IntN(2) == 0:
						list = append(list, Event{Fixed: v})
					default:
						list = append(list, Event{LastAffected: v})
					}
				}
				version := randomVersion(random)
				if random.IntN(2) == 0 {
					version = versions[random.IntN(len(versions))]
				}
				want := literal(t, ecosystem, list, version)
				random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
				got, err := Range{Type: Ecosystem, Events: list}.affects(ecosystem, version)
				if err != nil || got != want {
					t.Fatalf("%s in %+v: got %v, %v; want %v", version, list, got, err, want)
				}
			}
		})
	}
}

// literal is the schema's algorithm for events in rising order.
func literal(t *testing.T, ecosystem string, sorted []Event, version string) bool {
	t.Helper()
	v := semantic.MustParse(version, ecosystem)
	order := func(other string) int {
		if other == "0" {
			return 1
		}
		n, err := v.CompareStr(other)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	vulnerable := false
	for _, e := range sorted {
		switch {
		case e.Introduced != "" && order(e.Introduced) >= 0:
			vulnerable = true
		case e.Fixed != "" && order(e.Fixed) >= 0:
			vulnerable = false
		case e.LastAffected != "" && order(e.LastAffected) > 0:
			vulnerable = false
		}
	}
	return vulnerable
}

// distinct returns n versions of different rank, in rising order.
func distinct(t *testing.T, random *rand.Rand, ecosystem string, n int) []string {
	t.Helper()
	var all []string
	for len(all) < n {
		v := randomVersion(random)
		if !slices.ContainsFunc(all, func(o string) bool {
			n, err := CompareVersions(ecosystem, v, o)
			return err != nil || n == 0
		}) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		n, err := CompareVersions(ecosystem, a, b)
		if err != nil {
			t.Fatal(err)
		}
		return n
	})
	return all
}

func randomVersion(random *rand.Rand) string {
	v := fmt.Sprintf("%d.%d.%d", random.IntN(3), random.IntN(12), random.IntN(3))
	if random.IntN(4) == 0 {
		v += [...]string{"-alpha.1", "-beta.2", "-rc.1", "-rc.10"}[random.IntN(4)]
	}
	return v
}
