package discover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

func TestOneFindingHoldsAllAffectedCopies(t *testing.T) {
	dir := files{"package.json": shopManifest, "package-lock.json": shopLock3}.Write(t)
	d := discover(t, dir, advisory(t, "GHSA-aaaa-aaaa-aaaa", "qs", "0", "7.0.0",
		`"aliases": ["CVE-2024-1"], "summary": " two\n lines ", "details": "d", "database_specific": {"cwe_ids": ["CWE-2", "CWE-1"], "severity": "HIGH"},
		"references": [{"type": "WEB", "url": "javascript:x"}, {"type": "WEB", "url": "https://example.org/a"}],`))
	want := []fettle.Finding{{
		ID: fettle.NewID("dependency", "CVE-2024-1", "npm", "qs", "package-lock.json"), Kind: fettle.Dependency, Rule: "CVE-2024-1",
		Aliases: []string{"GHSA-aaaa-aaaa-aaaa"}, Title: "two lines", Details: "d", Package: fettle.Package{Ecosystem: "npm", Name: "qs", Version: "6.10.0"},
		Scope: fettle.Production, Location: fettle.Location{Path: "package-lock.json", Line: 30, EndLine: 33},
		Instances: []fettle.Instance{
			{Version: "6.10.0", Key: "node_modules/express/node_modules/qs", Scope: fettle.Production, Depth: 2,
				Location: fettle.Location{Path: "package-lock.json", Line: 30, EndLine: 33}, Paths: [][]string{{"express@4.18.0", "qs@6.10.0"}}, PathCount: 1},
			{Version: "6.11.0", Key: "node_modules/qs", Scope: fettle.Development, Depth: 2,
				Location: fettle.Location{Path: "package-lock.json", Line: 45, EndLine: 48}, Paths: [][]string{{"mocha@10.0.0", "qs@6.11.0"}}, PathCount: 1},
		},
		Ranges: []fettle.Affected{{Introduced: "0", Fixed: "7.0.0"}}, Links: []string{"https://example.org/a"}, CWEs: []string{"CWE-1", "CWE-2"},
		Severity: []fettle.Severity{{Type: "RATING", Vector: "HIGH", Source: "osv:GHSA-aaaa-aaaa-aaaa"}},
	}}
	if diff := cmp.Diff(want, d.Findings); diff != "" {
		t.Error(diff)
	}
}

func TestADirectFindingPointsToTheManifest(t *testing.T) {
	d := discover(t, files{"package.json": shopManifest, "package-lock.json": shopLock3}.Write(t), advisory(t, "CVE-2024-2", "@real/name", "0", "3.0.0"))
	f := d.Findings[0]
	if !f.Direct || f.Manifest == nil || f.Manifest.String() != "package.json:5" || f.Package.String() != "@real/name@2.1.0" {
		t.Errorf("finding = %+v", f)
	}
}

func TestRecordsOfOneVulnerabilityAreOneFinding(t *testing.T) {
	dir := files{"package.json": shopManifest, "package-lock.json": shopLock3}.Write(t)
	records := []osv.Record{
		advisory(t, "CVE-2024-1", "qs", "0", "6.10.5"),
		advisory(t, "GHSA-aaaa-aaaa-aaaa", "qs", "0", "7.0.0", `"aliases": ["CVE-2024-1"],`),
		advisory(t, "GHSA-bbbb-bbbb-bbbb", "qs", "0", "7.0.0"), // only the alias table joins it
		advisory(t, "GHSA-cccc-cccc-cccc", "qs", "0", "7.0.0", `"withdrawn": "2024-01-02T03:04:05Z",`),
		advisory(t, "GHSA-dddd-dddd-dddd", "qs", "6.12.0", "7.0.0"),
	}
	d, err := Dependencies{Database: advisories{records: records, aliases: map[string][]string{"GHSA-bbbb-bbbb-bbbb": {"CVE-2024-1"}}}}.Discover(t.Context(), fettle.Repo{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(d.Findings), d.Findings)
	}
	f := d.Findings[0]
	if diff := cmp.Diff([]string{"GHSA-aaaa-aaaa-aaaa", "GHSA-bbbb-bbbb-bbbb"}, f.Aliases); f.Rule != "CVE-2024-1" || diff != "" {
		t.Errorf("rule %s, aliases %s", f.Rule, diff)
	}
	if diff := cmp.Diff([]fettle.Affected{{Introduced: "0", Fixed: "6.10.5"}, {Introduced: "0", Fixed: "7.0.0"}}, f.Ranges); diff != "" {
		t.Error(diff)
	}
	if len(f.Instances) != 2 {
		t.Errorf("%d instances, want both copies", len(f.Instances))
	}
}

func TestEveryRangeAndListedVersionCounts(t *testing.T) {
	entry := func(ranges, versions string) osv.Record {
		return record(t, `{"id": "CVE-2024-1", "modified": "2024-01-02T03:04:05Z", "affected": [{"package": {"ecosystem": "npm", "name": "qs"}, "ranges": [`+ranges+`], "versions": [`+versions+`]}]}`)
	}
	const git = `{"type": "GIT", "repo": "https://example.org/qs", "events": [{"introduced": "0"}]}`
	semver := func(events string) string { return `{"type": "SEMVER", "events": [` + events + `]}` }
	for _, tt := range []struct {
		name   string
		record osv.Record
		want   string // the versions found
		ranges []fettle.Affected
	}{
		{"after a range of commits", entry(git+","+semver(`{"introduced": "6.11.0"}`), ""), "6.11.0", []fettle.Affected{{Introduced: "6.11.0"}}},
		{"the second range", entry(semver(`{"introduced": "0"}, {"fixed": "1.0.0"}`)+","+semver(`{"introduced": "6.0.0"}, {"last_affected": "6.10.0"}`), ""), "6.10.0",
			[]fettle.Affected{{Introduced: "0", Fixed: "1.0.0"}, {Introduced: "6.0.0", LastAffected: "6.10.0"}}},
		{"listed", entry(git, `"6.10.0"`), "6.10.0", nil},
		{"listed beside a range", entry(semver(`{"introduced": "6.11.0"}, {"fixed": "6.12.0"}`), `"6.10.0"`), "6.10.0 6.11.0", []fettle.Affected{{Introduced: "6.11.0", Fixed: "6.12.0"}}},
		{"several intervals in one range", entry(semver(`{"introduced": "1.0.0"}, {"fixed": "2.0.0"}, {"introduced": "6.10.0"}, {"fixed": "6.10.1"}`), ""), "6.10.0",
			[]fettle.Affected{{Introduced: "1.0.0", Fixed: "2.0.0"}, {Introduced: "6.10.0", Fixed: "6.10.1"}}},
		{"a limit is no end", entry(semver(`{"introduced": "0"}, {"limit": "7.0.0"}`), ""), "6.10.0 6.11.0", []fettle.Affected{{Introduced: "0"}}},
		{"fixed at the version", entry(semver(`{"introduced": "0"}, {"fixed": "6.10.0"}`), ""), "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := discover(t, files{"package.json": shopManifest, "package-lock.json": shopLock3}.Write(t), tt.record)
			wantGaps(t, d.Gaps)
			var versions []string
			var ranges []fettle.Affected
			for _, f := range d.Findings {
				ranges = f.Ranges
				for _, in := range f.Instances {
					versions = append(versions, in.Version)
				}
			}
			if got := strings.Join(versions, " "); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.ranges, ranges); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAVersionThatCannotBeComparedIsOneGap(t *testing.T) {
	text := strings.ReplaceAll(shopLock3, `"version": "6.1`, `"version": "not.a.version.6.1`)
	text = strings.ReplaceAll(text, "not.a.version.6.11.0", "not.a.version.6.10.0")
	d := discover(t, files{"package.json": shopManifest, "package-lock.json": text}.Write(t), advisory(t, "CVE-2024-1", "qs", "0", "7.0.0"))
	wantGaps(t, d.Gaps, "package-lock.json:30: qs@not.a.version.6.10.0 cannot be compared with CVE-2024-1")
	if len(d.Findings) != 0 {
		t.Errorf("findings = %+v", d.Findings)
	}
}

func TestIDsStayWhenLinesAndVersionsMove(t *testing.T) {
	records := []osv.Record{advisory(t, "CVE-2024-1", "qs", "0", "7.0.0"), advisory(t, "CVE-2024-3", "express", "0", "7.0.0")}
	ids := func(lock string) []fettle.ID {
		var list []fettle.ID
		for _, f := range discover(t, files{"package.json": shopManifest, "package-lock.json": lock}.Write(t), records...).Findings {
			list = append(list, f.ID)
		}
		return list
	}
	before := ids(shopLock3)
	moved := strings.ReplaceAll(strings.Replace(shopLock3, "{\n", "{\n\n\n", 2), `"6.11.0"`, `"6.12.1"`)
	if diff := cmp.Diff(before, ids(moved)); diff != "" || len(before) != 2 {
		t.Errorf("%d ids: %s", len(before), diff)
	}
}

func TestTwentyRunsGiveTheSameBytes(t *testing.T) {
	f := workspace()
	f["shop/package.json"], f["shop/package-lock.json"], f["old/package-lock.json"], f["go.mod"], f["x/pom.xml"] = shopManifest, projecttest.ShopLock2(), shopLock1, "", ""
	dir := f.Write(t)
	records := []osv.Record{advisory(t, "CVE-2024-1", "qs", "0", "7.0.0"), advisory(t, "CVE-2024-2", "qs", "0", "6.11.0"), advisory(t, "CVE-2024-3", "express", "0", "7.0.0")}
	var first []byte
	for i := range 20 {
		text, err := json.Marshal(discover(t, dir, records...))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = text
		} else if !bytes.Equal(first, text) {
			t.Fatalf("run %d differs", i+1)
		}
	}
}

// chain returns a lockfile in which each of n packages needs the next two.
func chain(n int) string {
	var b strings.Builder
	b.WriteString(`{"lockfileVersion": 3, "packages": {"": {"dependencies": {"p0": "1"}}`)
	for i := range n {
		fmt.Fprintf(&b, ",\n\"node_modules/p%d\": {\"version\": \"1.0.0\", \"dependencies\": {", i)
		for j := i + 1; j <= i+2 && j < n; j++ {
			if j > i+1 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "\"p%d\": \"1\"", j)
		}
		b.WriteString("}}")
	}
	b.WriteString("}}")
	return b.String()
}

func pathsOf(t *testing.T, lock, key string) ([][]string, int) {
	t.Helper()
	dir := files{"package-lock.json": lock}.Write(t)
	d := discover(t, dir)
	return newPathWalk(d.Inventory.Projects[0]).paths(key)
}

func TestPaths(t *testing.T) {
	entry := func(key, needs string) string {
		return `, "node_modules/` + key + `": {"version": "1.0.0", "dependencies": {` + needs + `}}`
	}
	lock := func(root string, entries ...string) string {
		return `{"lockfileVersion": 3, "packages": {"": {"dependencies": {` + root + `}}` + strings.Join(entries, "") + `}}`
	}
	for _, tt := range []struct {
		name, lock, key string
		want            [][]string
		count           int
	}{
		{"a diamond", lock(`"a": "1", "b": "1"`, entry("a", `"c": "1"`), entry("b", `"c": "1"`), entry("c", "")), "node_modules/c",
			[][]string{{"a@1.0.0", "c@1.0.0"}, {"b@1.0.0", "c@1.0.0"}}, 2},
		{"the shortest first", lock(`"a": "1", "c": "1"`, entry("a", `"b": "1"`), entry("b", `"c": "1"`), entry("c", "")), "node_modules/c",
			[][]string{{"c@1.0.0"}, {"a@1.0.0", "b@1.0.0", "c@1.0.0"}}, 2},
		{"a cycle", lock(`"a": "1"`, entry("a", `"b": "1"`), entry("b", `"a": "1", "c": "1"`), entry("c", `"c": "1", "a": "1"`)), "node_modules/c",
			[][]string{{"a@1.0.0", "b@1.0.0", "c@1.0.0"}}, 1},
		{"an island", lock(`"a": "1"`, entry("a", ""), entry("b", `"c": "1"`), entry("c", `"b": "1"`)), "node_modules/c", [][]string{}, 0},
		{"copies of one version", lock(`"a": "1"`, entry("a", `"b": "1", "c": "1"`), entry("b", `"c": "1"`), entry("a/node_modules/b", `"c": "1"`), entry("c", "")), "node_modules/c",
			[][]string{{"a@1.0.0", "c@1.0.0"}, {"a@1.0.0", "b@1.0.0", "c@1.0.0"}}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, count := pathsOf(t, tt.lock, tt.key)
			if diff := cmp.Diff(tt.want, append([][]string{}, got...)); diff != "" || count != tt.count {
				t.Errorf("count %d, want %d: %s", count, tt.count, diff)
			}
		})
	}
}

func TestPathsAreCut(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		length    int // of the shortest
	}{{"a hundred of many", "node_modules/p12", 7}, {"one of more than can be looked at", "node_modules/p499", 251}} {
		t.Run(tt.name, func(t *testing.T) {
			got, count := pathsOf(t, chain(500), tt.key)
			if len(got) == 0 || len(got) > maxPaths || count <= len(got) || len(got[0]) != tt.length {
				t.Fatalf("%d paths of %d", len(got), count)
			}
			for i := 1; i < len(got); i++ {
				if len(got[i]) < len(got[i-1]) {
					t.Errorf("path %d is shorter than the one before", i)
				}
			}
		})
	}
}

func TestPathsOfAHostileGraphAreBounded(t *testing.T) {
	const n = 3000
	lock := chain(n)
	for i := range n { // each is a copy of one vulnerable package
		lock = strings.Replace(lock, fmt.Sprintf("p%d\": {\"version\"", i), fmt.Sprintf("p%d\": {\"name\": \"lodash\", \"version\"", i), 1)
	}
	d := discover(t, files{"package.json": `{"dependencies": {"p0": "1"}}`, "package-lock.json": lock}.Write(t), advisory(t, "CVE-2024-1", "lodash", "0", "2.0.0"))
	names := 0
	for _, in := range d.Findings[0].Instances {
		if in.PathCount == 0 {
			t.Errorf("%s has no path, and none was left out", in.Key)
		}
		for _, p := range in.Paths {
			names += len(p)
		}
	}
	if len(d.Findings[0].Instances) != n || names > maxNames {
		t.Errorf("%d instances, %d names in their paths", len(d.Findings[0].Instances), names)
	}
}

func TestAnEcosystemWithoutAdvisoriesIsAGap(t *testing.T) {
	dir := files{"package.json": shopManifest, "package-lock.json": shopLock3}.Write(t)
	d, err := Dependencies{Database: advisories{without: "npm"}}.Discover(t.Context(), fettle.Repo{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	wantGaps(t, d.Gaps, "package-lock.json: the database holds no advisories of npm, so its 6 packages were not checked; run fettle db update --ecosystem npm")
}

func TestARangeTellsWhatIsKnownOfItsLowestVersion(t *testing.T) {
	about := func(id, fixed string) osv.Record {
		return record(t, `{"id": "`+id+`", "modified": "2024-01-02T03:04:05Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "lib"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "`+fixed+`"}]}]}]}`)
	}
	for _, tt := range []struct{ line, want string }{
		{"lib>=1.0", "; 2 advisories affect the lowest version that it may be, 1.0"},
		{"lib~=1.5,!=1.6", "; an advisory affects the lowest version that it may be, 1.5"},
		{"lib>=2.0", ""},
		{"lib>1.0", ""},
		{"lib", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			d := discover(t, files{"requirements.txt": tt.line + "\n"}.Write(t), about("CVE-2024-1", "2.0"), about("CVE-2024-2", "1.5"))
			if len(d.Findings) != 0 {
				t.Errorf("a range is a finding: %v", d.Findings)
			}
			var said string
			for _, g := range d.Gaps {
				if strings.HasPrefix(g.Reason, "lib has no version here") {
					_, said, _ = strings.Cut(g.Reason, "so no advisory was compared with it")
				}
			}
			if said != tt.want {
				t.Errorf("the gap says %q, want %q; gaps %v", said, tt.want, gapLines(d.Gaps))
			}
		})
	}
}

func TestAReleaseOfFewAdvisoriesIsAGap(t *testing.T) {
	inventory := fettle.Inventory{Projects: []fettle.Project{{Lockfile: "status", Nodes: []fettle.Node{{Package: fettle.Package{Ecosystem: "Debian:12", Name: "a", Version: "1"}}}},
		{Lockfile: "x.lock", Nodes: []fettle.Node{{Package: fettle.Package{Ecosystem: "npm", Name: "a", Version: "1"}}}}}}
	wantGaps(t, Dependencies{Database: advisories{}}.unadvised(inventory),
		"status: the database holds only 50 advisories of Debian:12, where a distribution has thousands, so its 1 packages were not checked against all")
}
