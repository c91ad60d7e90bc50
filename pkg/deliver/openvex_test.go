package deliver

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/vex"
)

const shop = "pkg:github/acme/shop@abc"

func vexFormats(o OpenVEX) map[string]func(io.Writer) fettle.Deliverer {
	o.Time = day("2026-08-01")
	return map[string]func(io.Writer) fettle.Deliverer{
		"OpenVEX":   func(w io.Writer) fettle.Deliverer { o.Out = w; return o },
		"CycloneDX": func(w io.Writer) fettle.Deliverer { o.Out = w; return CycloneDXVEX(o) },
	}
}

// judged is a report whose findings are judged in every way that there is.
func judged() fettle.Report {
	statement := func(status, justification, reason string) *fettle.Statement {
		return &fettle.Statement{Status: status, Justification: justification, Reason: reason}
	}
	at := func(rule string, project, fixed string, outcome fettle.Outcome, s *fettle.Statement, evidence ...fettle.Evidence) fettle.Case {
		f := finding(rule, "t", npm("lodash", "4.17.15"), 9, fettle.Production, fixed, "lodash@4.17.15")
		f.Project, f.Location.Path = project, strings.TrimPrefix(project+"/package-lock.json", "/")
		c := fettle.Case{Finding: f, Evidence: evidence, Priority: fettle.Priority{Outcome: outcome}, Decision: fettle.Decision{Action: fettle.Inform, Rule: "built-in default"}}
		if s != nil {
			c.Decision.Statement, c.Decision.Rule = s, "fettle.yaml:20 exceptions[0]"
		}
		return c
	}
	away := fettle.Evidence{Signal: fettle.Reach, Status: fettle.Known, Text: "not_imported", Why: "none of 12 files imports lodash"}
	unsure := fettle.Evidence{Signal: fettle.Reach, Status: fettle.Unknown, Text: "not_imported"}
	notCalled := statement("not_affected", "vulnerable_code_not_in_execute_path", "template() is not called")
	r := fettle.Report{Version: "1.2.0", Commit: "abc", Cases: []fettle.Case{
		at("CVE-2026-0001", "", "4.17.21", fettle.Act, nil),
		at("CVE-2026-0002", "", "", fettle.Attend, nil),
		at("CVE-2026-0003", "", "4.17.21", fettle.Track, nil),
		at("CVE-2026-0004", "services/a", "4.17.21", fettle.Act, notCalled),
		at("CVE-2026-0004", "services/b", "4.17.21", fettle.Act, nil),
		at("CVE-2026-0005", "services/a", "4.17.21", fettle.Act, notCalled),
		at("CVE-2026-0005", "services/b", "4.17.21", fettle.Act, notCalled),
		at("CVE-2026-0006", "", "4.17.21", fettle.Act, statement("fixed", "", "patched by hand")),
		at("CVE-2026-0007", "", "4.17.21", fettle.Act, statement("affected", "", "accepted until the move")),
		at("CVE-2026-0008", "", "4.17.21", fettle.Act, statement("under_investigation", "", "ticket 7")),
		at("CVE-2026-0009", "", "4.17.21", fettle.Track, nil, away),
		at("CVE-2026-0010", "", "4.17.21", fettle.Track, nil, unsure),
	}}
	moved, removed, lost := r.Cases[0].Finding, r.Cases[0].Finding, r.Cases[0].Finding
	moved.Rule, moved.Package, moved.Instances = "CVE-2025-0001", npm("qs", "6.7.0"), nil
	removed.Rule, removed.Package, removed.Instances = "CVE-2025-0002", npm("ip", "2.0.0"), nil
	lost.Rule, lost.Package = "CVE-2025-0003", npm("minimist", "1.2.5")
	r.Gone = []fettle.Finding{moved, removed, lost}
	r.Changes = []fettle.PackageChange{{Lockfile: "package-lock.json", Ecosystem: "npm", Name: "qs", From: []string{"6.7.0"}, To: []string{"6.7.3"}},
		{Lockfile: "package-lock.json", Ecosystem: "npm", Name: "ip", From: []string{"2.0.0"}}}
	return r
}

// statementLines writes a document, reads it, and puts each statement on a line.
func statementLines(t *testing.T, to func(io.Writer) fettle.Deliverer, r fettle.Report) []string {
	t.Helper()
	var all []string
	for _, s := range readVEX(t, to, r).Statements {
		line := strings.Join(s.IDs, "=") + " " + string(s.Status)
		for _, word := range []string{string(s.Justification), s.Impact, s.Action, s.Notes} {
			if word != "" {
				line += " | " + word
			}
		}
		for _, p := range s.Products {
			line += " @ " + p.ID + p.PURL
			for _, sub := range p.Subcomponents {
				line += " > " + sub.ID + sub.PURL
			}
		}
		all = append(all, line)
	}
	return all
}

func readVEX(t *testing.T, to func(io.Writer) fettle.Deliverer, r fettle.Report) vex.Document {
	t.Helper()
	var b bytes.Buffer
	if err := to(&b).Deliver(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	d, err := vex.Parse("out.json", b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if len(d.Notes) > 0 {
		t.Errorf("what is written is not as it should be: %v", d.Notes)
	}
	return d
}

func TestEveryFindingIsStated(t *testing.T) {
	const of, in, lodash = " @ pkg:github/acme/shop@abc#", " @ pkg:github/acme/shop@abc#package-lock.json", " > pkg:npm/lodash@4.17.15"
	want := []string{
		"CVE-2025-0001 fixed" + in + " > pkg:npm/qs@6.7.3",
		"CVE-2025-0002 not_affected | component_not_present" + in + " > pkg:npm/ip@2.0.0",
		"CVE-2026-0001 affected | Upgrade lodash to a fixed version: 4.17.21. | Act" + in + lodash,
		"CVE-2026-0002 affected | No fixed version of lodash is known; remove it or keep what is vulnerable out of reach. | Attend" + in + lodash,
		"CVE-2026-0003 under_investigation | Track" + in + lodash,
		"CVE-2026-0004 not_affected | vulnerable_code_not_in_execute_path | template() is not called | fettle.yaml:20 exceptions[0]" + of + "services/a/package-lock.json" + lodash,
		"CVE-2026-0004 affected | Upgrade lodash to a fixed version: 4.17.21. | Act" + of + "services/b/package-lock.json" + lodash,
		"CVE-2026-0005 not_affected | vulnerable_code_not_in_execute_path | template() is not called | fettle.yaml:20 exceptions[0]" + of + "services/a/package-lock.json" + lodash + of + "services/b/package-lock.json" + lodash,
		"CVE-2026-0006 fixed | patched by hand (fettle.yaml:20 exceptions[0])" + in + lodash,
		"CVE-2026-0007 affected | Upgrade lodash to a fixed version: 4.17.21. | accepted until the move (fettle.yaml:20 exceptions[0])" + in + lodash,
		"CVE-2026-0008 under_investigation | ticket 7 (fettle.yaml:20 exceptions[0])" + in + lodash,
		"CVE-2026-0009 under_investigation | Track" + in + lodash,
		"CVE-2026-0010 under_investigation | Track" + in + lodash,
	}
	for name, to := range vexFormats(OpenVEX{Author: "Team", Product: shop}) {
		got := statementLines(t, to, judged())
		want := slices.Clone(want)
		if name == "CycloneDX" { // which has no place for notes on what is not affected
			for i := range want {
				want[i] = strings.Replace(want[i], "called | fettle.yaml:20 exceptions[0]", "called", 1)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestReachabilitySpeaksOnlyWherePolicySaysSo(t *testing.T) {
	for name, to := range vexFormats(OpenVEX{Product: shop, NotImported: true}) {
		lines := statementLines(t, to, judged())
		want := "CVE-2026-0009 not_affected | vulnerable_code_not_in_execute_path | none of 12 files imports lodash @"
		if got := lines[len(lines)-2]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if got := lines[len(lines)-1]; !strings.HasPrefix(got, "CVE-2026-0010 under_investigation") {
			t.Errorf("%s: what is not known counts as known: %q", name, got)
		}
	}
}

func TestWithoutAProductTheWorstOfAllProjectsHolds(t *testing.T) {
	for name, to := range vexFormats(OpenVEX{}) {
		lines := strings.Join(statementLines(t, to, judged()), "\n")
		for _, want := range []string{"CVE-2026-0004 affected | Upgrade lodash to a fixed version: 4.17.21. | Act @ pkg:npm/lodash@4.17.15\n", "CVE-2026-0005 not_affected", "CVE-2025-0001 fixed @ pkg:npm/qs@6.7.3\n"} {
			if !strings.Contains(lines, want) {
				t.Errorf("%s: got\n%s\nwant %q", name, lines, want)
			}
		}
		for _, not := range []string{"CVE-2026-0004 not_affected", "CVE-2025-0002", "CVE-2025-0003"} {
			if strings.Contains(lines, not) {
				t.Errorf("%s: says %q", name, not)
			}
		}
	}
}

func TestNothingIsFixedWhereTheRunCouldNotReadEverything(t *testing.T) {
	r := judged()
	r.Gaps = []fettle.Gap{{Stage: "discover", Subject: "package-lock.json"}}
	for name, to := range vexFormats(OpenVEX{Product: shop}) {
		if lines := strings.Join(statementLines(t, to, r), "\n"); strings.Contains(lines, "CVE-2025") {
			t.Errorf("%s: %s", name, lines)
		}
		var b bytes.Buffer
		if err := to(&b).Deliver(t.Context(), r); err != nil || !strings.Contains(b.String(), "the run left 1 gap, so there may be findings without a statement") {
			t.Errorf("%s does not tell the gap: %v", name, err)
		}
	}
}

func TestWhatIsWrittenAsVEXHoldsForTheSameFindingsWhenRead(t *testing.T) {
	for name, to := range vexFormats(OpenVEX{Product: shop, NotImported: true}) {
		r := judged()
		set := vex.NewSet([]vex.Document{readVEX(t, to, r)})
		silent := 0
		for _, c := range r.Cases {
			f := c.Finding
			pkg, err := vex.ParsePURL(f.Package.PURL())
			if err != nil {
				t.Fatal(err)
			}
			whole := vex.NewWhole(shop)
			part := whole.PURL.Below(f.Location.Path)
			whole.PURL = &part
			got := vex.Latest(set.About([]string{f.Rule}, vex.Subject{Package: []vex.PURL{pkg}, Wholes: []vex.Whole{whole}}))
			if len(got) != 1 {
				t.Fatalf("%s: %s in %q has %d statements", name, f.Rule, f.Project, len(got))
			}
			want := vex.UnderInvestigation
			switch given := c.Decision.Statement; {
			case given != nil:
				want = vex.Status(given.Status)
			case f.Rule == "CVE-2026-0009":
				want = vex.NotAffected
			case c.Priority.Outcome.Surfaced():
				want = vex.Affected
			}
			if got[0].Status != want {
				t.Errorf("%s: %s in %q is read as %s, want %s", name, f.Rule, f.Project, got[0].Status, want)
			}
			if got[0].Status.Silences() {
				silent++
			}
		}
		if silent != 5 {
			t.Errorf("%s: %d findings are silent", name, silent)
		}
	}
}

func TestVEXOfTheSameReportIsTheSameBytesAndValid(t *testing.T) {
	all := map[string]fettle.Report{"judged": judged(), "sample": sample()}
	for i, evil := range evils {
		r := hostile(evil)
		r.Cases = append(r.Cases, judged().Cases...)
		given := fettle.Statement{Status: evil, Justification: evil, Reason: evil}
		r.Cases[0].Decision.Statement = &given
		refused := given
		refused.Status = string(vex.NotAffected)
		r.Cases[1].Decision = fettle.Decision{Rule: evil, Statement: &refused}
		r.Cases[2].Finding.Aliases, r.Cases[2].Finding.Project, r.Cases[2].Priority.Outcome = []string{evil}, evil, fettle.Act
		all["hostile "+string(rune('a'+i))] = r
	}
	for name, to := range vexFormats(OpenVEX{Author: "Team", Product: shop}) {
		for report, r := range all {
			var first, second bytes.Buffer
			if err := to(&first).Deliver(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if err := to(&second).Deliver(t.Context(), r); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("%s: %s differs from itself: %v", name, report, err)
			}
			file := map[string]string{"OpenVEX": "openvex-0.2.0.schema.json", "CycloneDX": "bom-1.6.schema.json"}[name]
			t.Run(name+" "+report, func(t *testing.T) { validate(t, file, first.Bytes()) })
		}
	}
}

// validate checks a document by an official schema, where there is one.
func validate(t *testing.T, file string, document []byte) {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "data", "schemas")
	if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
		t.Skip("the schema is not here")
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(schemaFolder(folder))
	schema, err := c.Compile("http://cyclonedx.org/schema/" + file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%v\n%s", err, document)
	}
}

func TestVEXNeedsATime(t *testing.T) {
	if err := (OpenVEX{Out: io.Discard}).Deliver(t.Context(), judged()); err == nil {
		t.Error("OpenVEX without a time is written")
	}
	if err := (CycloneDXVEX{Out: io.Discard}).Deliver(t.Context(), judged()); err != nil {
		t.Error(err)
	}
}

func TestAFindingThatVEXSilencesIsASuppressedResult(t *testing.T) {
	r := judged()
	c := &r.Cases[3]
	c.Decision = fettle.Decision{Action: fettle.Ignore, Rule: ".vex/a.json:9 (Team)", Statement: c.Decision.Statement,
		Why: []string{"not_affected, vulnerable_code_not_in_execute_path, stated on 2026-03-01: template() is not called"}}
	c.Evidence = []fettle.Evidence{{Signal: fettle.VEX, Status: fettle.Known, Text: "not_affected vulnerable_code_not_in_execute_path", Source: "Team"}}
	var b bytes.Buffer
	if err := (SARIF{Out: &b}).Deliver(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				PartialFingerprints map[string]string
				Suppressions        []struct{ Kind, Status, Justification string }
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	suppressed := 0
	for _, result := range log.Runs[0].Results {
		for _, s := range result.Suppressions {
			suppressed++
			want := "not_affected, vulnerable_code_not_in_execute_path, stated on 2026-03-01: template() is not called (.vex/a.json:9 (Team))"
			if s.Kind != "external" || s.Status != "accepted" || s.Justification != want || result.PartialFingerprints["fettleFinding/v1"] != string(c.Finding.ID) {
				t.Errorf("got %+v", s)
			}
		}
	}
	if suppressed != 1 {
		t.Errorf("%d suppressions", suppressed)
	}
}
