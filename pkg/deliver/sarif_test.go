package deliver

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sarif"
)

// run delivers r and reads it back.
func run(t testing.TB, r fettle.Report) sarif.Run {
	t.Helper()
	var b bytes.Buffer
	if err := (SARIF{Out: &b, Repository: "https://example.org/shop"}).Deliver(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	l, err := sarif.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return l.Runs[0]
}

func reports() map[string]fettle.Report {
	r := map[string]fettle.Report{"sample": sample(), "clean": clean(), "empty": {}, "large": large(60)}
	for i, evil := range evils {
		r[fmt.Sprintf("hostile %d", i)] = hostile(evil)
	}
	return r
}

func TestTheSARIFSchemaAcceptsEveryReport(t *testing.T) {
	schema := filepath.Join("..", "..", "..", "shared", "data", "schemas", "sarif-schema-2.1.0.json")
	var strict *jsonschema.Schema
	if _, err := os.Stat(schema); err == nil {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if strict, err = c.Compile(schema); err != nil {
			t.Fatal(err)
		}
	}
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			b, err := SARIF{Repository: "https://example.org/shop"}.within(r)
			if err != nil {
				t.Fatal(err)
			}
			l, err := sarif.Read(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := sarif.Write(&again, l); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(b), again.String()); diff != "" {
				t.Errorf("reading and writing changes the log: %s", diff)
			}
			if strict == nil {
				t.Skip("the schema file is not here; go-sarif's copy was checked")
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if err := strict.Validate(doc); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMultitoolFindsNothingToSay runs Microsoft's SARIF multitool, which knows the rules of GitHub Advanced Security. Its
// exit status says nothing; its own SARIF log does. These notes of general rules are left, and why:
//
//	SARIF2002  message with arguments: GitHub shows text only
//	SARIF2006  addresses reachable: a matter of the network where the test runs
//	SARIF2010  snippets, SARIF2011 context regions: the delivery has the report, not the files
//	SARIF2005, 2009, 2012  forms of versions, ids and names, where hostile text chose them, and no rules in a clean run
func TestMultitoolFindsNothingToSay(t *testing.T) {
	tool := os.Getenv("FETTLE_MULTITOOL")
	if tool == "" {
		var err error
		if tool, err = exec.LookPath("Sarif.Multitool"); err != nil {
			t.Skip("set FETTLE_MULTITOOL to the binary of npm's @microsoft/sarif-multitool-linux to run this test")
		}
	}
	left := map[string]bool{"SARIF2002": true, "SARIF2006": true, "SARIF2010": true, "SARIF2011": true}
	outside := map[string]bool{"SARIF2005": true, "SARIF2009": true, "SARIF2012": true}
	for name, r := range map[string]fettle.Report{"sample": sample(), "clean": clean(), "hostile": hostile(evils[8])} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in.sarif"), filepath.Join(dir, "out.sarif")
			b, err := SARIF{Repository: "https://example.org/shop"}.within(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(in, b, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), tool, "validate", in, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "-o", out)
			cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
			said, _ := cmd.CombinedOutput()
			f, err := os.Open(out)
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			defer f.Close()
			l, err := sarif.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			if !l.Runs[0].Invocations[0].ExecutionSuccessful {
				t.Fatalf("the multitool did not finish\n%s", said)
			}
			for _, res := range l.Runs[0].Results {
				if !left[res.RuleID] && (name == "sample" || !outside[res.RuleID]) {
					t.Errorf("%s %s at line %d of the log: %s", res.RuleID, res.Level, res.Locations[0].PhysicalLocation.Region.StartLine, said)
				}
			}
		})
	}
}

func TestOnlyAURIIsGivenAsTheRepository(t *testing.T) {
	for repository, want := range map[string]int{"https://example.org/a b": 1, "": 0, "git@example.org:a/b": 0, "a/b": 0, "\x00": 0, "https://%zz": 0} {
		b, err := SARIF{Repository: repository}.within(sample())
		if err != nil {
			t.Fatalf("%q: %v", repository, err)
		}
		l, err := sarif.Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(l.Runs[0].Provenance); got != want {
			t.Errorf("%q: %d provenances; want %d", repository, got, want)
		}
	}
}

func FuzzSARIFIsWrittenWhateverTheTextIs(f *testing.F) {
	for _, evil := range evils {
		f.Add(evil)
	}
	f.Fuzz(func(t *testing.T, evil string) {
		if _, err := (SARIF{Repository: evil}).within(hostile(evil)); err != nil {
			t.Error(err)
		}
	})
}

func TestEachFindingIsOneResultUnderItsRule(t *testing.T) {
	r := sample()
	got := run(t, r)
	if len(got.Results) != len(r.Cases) {
		t.Fatalf("%d results of %d cases", len(got.Results), len(r.Cases))
	}
	for _, res := range got.Results {
		if rule := got.Tool.Driver.Rules[*res.RuleIndex]; rule.ID != res.RuleID {
			t.Errorf("rule %s at the index of %s", rule.ID, res.RuleID)
		}
		if res.PartialFingerprints["primaryLocationLineHash"] != res.PartialFingerprints["fettleFinding/v1"]+":1" {
			t.Errorf("fingerprints %v", res.PartialFingerprints)
		}
	}
}

func TestFingerprintsSurviveMovedLinesAndVersions(t *testing.T) {
	r := sample()
	before := run(t, r).Results[0].PartialFingerprints
	f := &r.Cases[0].Finding
	f.Location.Line, f.Package.Version, f.Instances[0].Version = 9, "4.17.16", "4.17.16"
	if diff := cmp.Diff(before, run(t, r).Results[0].PartialFingerprints); diff != "" {
		t.Error(diff)
	}
}

func TestSeverityKeepsToTheBandOfItsOutcome(t *testing.T) {
	bands := []struct {
		outcome   fettle.Outcome
		low, high float64
		level     sarif.Level
	}{{fettle.Track, 0.1, 3.9, sarif.Note}, {fettle.TrackStar, 4, 6.9, sarif.Warning}, {fettle.Attend, 7, 8.9, sarif.Error}, {fettle.Act, 9.1, 10, sarif.Error}}
	last := 0.0
	for _, b := range bands {
		for rank := -10.0; rank <= 110; rank += 0.5 {
			got := severity(fettle.Priority{Outcome: b.outcome, Rank: rank})
			if got < b.low || got > b.high || got < last {
				t.Errorf("%s of rank %v: %v after %v; want within %v and %v", b.outcome, rank, got, last, b.low, b.high)
			}
			last = got
		}
		if level(b.outcome) != b.level {
			t.Errorf("level of %s: %s", b.outcome, level(b.outcome))
		}
	}
}

func TestARuleIsAsSevereAsItsMostUrgentFinding(t *testing.T) {
	r := sample()
	low := r.Cases[0]
	low.Finding.ID, low.Finding.Project = "ffffffffffffffff", "tools"
	low.Priority = fettle.Priority{Outcome: fettle.Track, Rank: 1}
	r.Cases = append(r.Cases, low)
	rules := run(t, r).Tool.Driver.Rules
	if got := rules[0].Properties["security-severity"]; got != "9.9" || rules[0].DefaultConfiguration.Level != sarif.Error {
		t.Errorf("severity %v, level %s", got, rules[0].DefaultConfiguration.Level)
	}
}

func TestAnIgnoredFindingIsSuppressedWithItsJustification(t *testing.T) {
	for _, res := range run(t, sample()).Results {
		suppressed := len(res.Suppressions) > 0
		if suppressed != (res.RuleID == "CVE-2022-3517") {
			t.Errorf("%s suppressed: %v", res.RuleID, suppressed)
		}
		if suppressed && !strings.Contains(res.Suppressions[0].Justification, "vulnerable_code_not_in_execute_path") {
			t.Errorf("justification %q", res.Suppressions[0].Justification)
		}
	}
}

func TestARunWithGapsDidNotSucceed(t *testing.T) {
	inv := run(t, sample()).Invocations[0]
	if inv.ExecutionSuccessful || len(inv.Notifications) != 2 || inv.Notifications[0].Level != sarif.Error {
		t.Errorf("invocation %+v", inv)
	}
	if inv := run(t, clean()).Invocations[0]; !inv.ExecutionSuccessful || len(inv.Notifications) != 0 {
		t.Errorf("invocation of a clean run %+v", inv)
	}
}

func TestAFailedFixIsNotOffered(t *testing.T) {
	r := sample()
	r.Fixes[2].Edits = r.Fixes[0].Edits
	for _, res := range run(t, r).Results {
		if res.RuleID == "CVE-2022-23539" && len(res.Fixes) > 0 {
			t.Error("a fix that failed its trial is offered")
		}
	}
}

func TestReplacementsMakeTheEdits(t *testing.T) {
	const text = "one\ntwo\nthree é𝄞"
	tests := map[string]fettle.Edit{
		"a line":                   {Line: 2, Old: "two\n", New: "zwei\ndrei\n"},
		"lines to the end":         {Line: 2, Old: "two\nthree é𝄞", New: "x"},
		"last line without an end": {Line: 3, Old: "three é𝄞", New: ""},
		"insertion":                {Line: 2, Old: "", New: "one and a half\n"},
	}
	for name, e := range tests {
		t.Run(name, func(t *testing.T) {
			want, err := fettle.ApplyEdits(text, []fettle.Edit{e})
			if err != nil {
				t.Fatal(err)
			}
			rep := replacement(e)
			from, to := offset(text, rep.DeletedRegion.StartLine, rep.DeletedRegion.StartColumn), offset(text, rep.DeletedRegion.EndLine, rep.DeletedRegion.EndColumn)
			if got := text[:from] + rep.InsertedContent.Text + text[to:]; got != want {
				t.Errorf("got %q; want %q", got, want)
			}
		})
	}
}

// offset returns the byte at a line and a column of UTF-16 units.
func offset(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	for units := 1; units < column; {
		r, n := utf8.DecodeRuneInString(text[at:])
		units++
		if r > 0xffff {
			units++
		}
		at += n
	}
	return at
}

func TestEveryRegionHasAllFourNumbers(t *testing.T) {
	tests := []fettle.Location{{}, {Line: 3}, {Line: 3, Column: 7}, {Line: 3, Column: 7, EndLine: 2, EndColumn: 9}, {Line: 3, Column: 7, EndLine: 3, EndColumn: 7},
		{Line: 3, Column: 7, EndLine: 5}, {Line: -1, Column: -1, EndLine: -1, EndColumn: -1}}
	for _, l := range tests {
		r := place(l, fettle.Finding{}).Region
		if r.StartLine < 1 || r.StartColumn < 1 || r.EndLine < r.StartLine || r.EndColumn < 1 || r.EndLine == r.StartLine && r.EndColumn <= r.StartColumn {
			t.Errorf("%+v gives %+v", l, *r)
		}
	}
}

func TestPathsStayInTheRepository(t *testing.T) {
	tests := map[string]string{
		"a/b.json": "a/b.json", "/etc/passwd": "etc/passwd", "../../x": "x", "a b/ü#?.json": "a%20b/%C3%BC%23%3F.json",
		"javascript:alert(1)": "javascript%3Aalert%281%29", "": "unknown", `c:\x`: "c%3A%5Cx", "a\x00\xff": "a%00%EF%BF%BD",
	}
	for path, want := range tests {
		if got := artifact(path); got.URI != want || got.URIBaseID != sarif.Root {
			t.Errorf("artifact(%q) = %+v; want %q", path, got, want)
		}
	}
}

func TestGitHubsLimitsHold(t *testing.T) {
	r := large(6000)
	long := strings.Repeat("long ", 1000)
	for i := range 200 {
		r.Cases[0].Finding.CWEs = append(r.Cases[0].Finding.CWEs, "CWE-"+strconv.Itoa(i))
		copied := r.Cases[0].Finding.Instances[0]
		copied.Location.Line = 5000 + i
		r.Cases[0].Finding.Instances = append(r.Cases[0].Finding.Instances, copied)
	}
	r.Cases[0].Finding.Title, r.Cases[0].Finding.Details, r.Cases[1].Finding.Rule = long, long, long
	ignored := r.Cases[0]
	ignored.Finding.Rule, ignored.Decision.Action = "CVE-IGNORED", fettle.Ignore
	r.Cases = append([]fettle.Case{ignored}, r.Cases...)
	got := run(t, r)
	if len(got.Results) != maxResults {
		t.Errorf("%d results", len(got.Results))
	}
	for _, rule := range got.Tool.Driver.Rules {
		if rule.ID == "CVE-IGNORED" || rule.ID == "CVE-2020-05999" {
			t.Errorf("%s was kept", rule.ID)
		}
		for what, n := range map[string]int{"id": len([]rune(rule.ID)) - maxName, "name": len(rule.Name) - maxName, "tags": len(rule.Properties["tags"].([]any)) - maxTags,
			"shortDescription": len([]rune(rule.ShortDescription.Text)) - maxDescription, "fullDescription": len([]rune(rule.FullDescription.Text)) - maxDescription} {
			if n > 0 {
				t.Errorf("%s of %.20s is %d over the limit", what, rule.ID, n)
			}
		}
	}
	for _, res := range got.Results {
		if len(res.Locations) != 1 || len(res.RelatedLocations) > maxRelated {
			t.Errorf("%d locations, %d related", len(res.Locations), len(res.RelatedLocations))
		}
	}
	inv := got.Invocations[0]
	if len(inv.Notifications) != 1 || !strings.Contains(inv.Notifications[0].Message.Text, "1,001 results") || !inv.ExecutionSuccessful {
		t.Errorf("what was cut is not told: %+v", inv)
	}
}

func TestTheFileKeepsToTheZippedSize(t *testing.T) {
	r := large(400)
	r.Fixes = []fettle.Fix{{ID: "big", Edits: []fettle.Edit{{Path: "package-lock.json", Line: 1, Old: "{\n", New: noise(300_000)}}}}
	for _, c := range r.Cases {
		r.Fixes[0].Resolves = append(r.Fixes[0].Resolves, c.Finding.ID)
	}
	for _, limit := range []int{1 << 20, 100_000, 20_000, 6_000} {
		b, err := SARIF{}.fit(r, maxResults, limit)
		if err != nil {
			t.Fatal(err)
		}
		if size, err := zippedSize(b); err != nil || size > limit {
			t.Errorf("%d bytes, limit %d: %v", size, limit, err)
		}
		if limit < 1<<20 && !bytes.Contains(b, []byte(`"id": "limit"`+"\n          ")) {
			t.Errorf("limit %d: nothing says that something was cut", limit)
		}
	}
}

// noise is text that does not compress well.
func noise(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; x = x*1664525 + 1013904223 {
		fmt.Fprintf(&b, "%08x\n", x)
	}
	return b.String()
}

func TestALargeFixIsGivenOnceInFull(t *testing.T) {
	r := large(10)
	r.Lockfiles = []string{"package-lock.json"}
	r.Fixes = []fettle.Fix{{ID: "big", Edits: []fettle.Edit{{Path: "package.json", Line: 1, Old: "a\n", New: "b\n"},
		{Path: "package-lock.json", Line: 1, Old: "{\n", New: noise(100_000)}}}}
	for _, c := range r.Cases {
		r.Fixes[0].Resolves = append(r.Fixes[0].Resolves, c.Finding.ID)
	}
	got := run(t, r)
	for i, res := range got.Results {
		want := 1
		if i == 0 {
			want = 2
		}
		if n := len(res.Fixes[0].ArtifactChanges); n != want {
			t.Errorf("result %d changes %d files; want %d", i, n, want)
		}
	}
	if n := got.Invocations[0].Notifications; len(n) != 1 || n[0].Level != sarif.Warning {
		t.Errorf("notifications %+v", n)
	}
}

func TestNumbersThatJSONCannotHoldAreDropped(t *testing.T) {
	r := sample()
	zero := 0.0
	r.Cases[0].Priority.Rank = zero / zero
	r.Cases[1].Priority.Rank = 1 / zero
	if got := run(t, r); len(got.Results) != len(r.Cases) {
		t.Errorf("%d results", len(got.Results))
	}
}
