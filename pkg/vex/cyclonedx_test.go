package vex

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// summary is one line for each statement.
func summary(d Document) []string {
	var all []string
	for _, s := range d.Statements {
		line := fmt.Sprintf("%d %s %s", s.Line, strings.Join(s.IDs, "="), s.Status)
		for _, word := range []string{string(s.Justification), s.Impact, s.Action, s.Notes} {
			if word != "" {
				line += " | " + word
			}
		}
		for _, p := range s.Products {
			line += " @ " + p.label()
			for _, sub := range p.Subcomponents {
				line += " > " + sub.label()
			}
		}
		all = append(all, line)
	}
	return all
}

const cdxBOM = `{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79", "version": 2,
  "vulnerabilities": [
    {"id": "CVE-2021-0001", "references": [{"id": "GHSA-a", "source": {"name": "GitHub"}}],
     "analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": "not called", "firstIssued": "2026-01-01T00:00:00Z", "lastUpdated": "2026-01-02T00:00:00Z"},
     "affects": [{"ref": "lib"}]},
    {"id": "CVE-2021-0002", "analysis": {"state": "not_affected", "justification": "requires_configuration", "detail": "the option is off"}, "affects": [{"ref": "inner"}]},
    {"id": "CVE-2021-0003", "analysis": {"state": "false_positive"}, "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:maven/org.x/y@1?type=jar"}]},
    {"id": "CVE-2021-0004", "analysis": {"state": "resolved_with_pedigree"}, "affects": [{"ref": "app"}]},
    {"id": "CVE-2021-0005", "analysis": {"state": "exploitable", "response": ["update"]}, "affects": [{"ref": "lib"}], "recommendation": "go to 2.0"},
    {"id": "CVE-2021-0006", "analysis": {"state": "in_triage"}, "affects": [{"ref": "lib", "versions": [{"version": "1.0"}, {"version": "1.1", "status": "unknown"}]}]},
    {"id": "CVE-2021-0007", "affects": [{"ref": "lib"}]},
    {"id": "CVE-2021-0008", "analysis": {"state": "not_affected"}, "affects": [{"ref": "lib"}]},
    {"id": "CVE-2021-0009", "analysis": {"state": "resolved"}, "affects": [{"ref": "nowhere"}]},
    {"id": "CVE-2021-0010", "analysis": {"state": "resolved"}, "affects": [{"ref": "lib", "versions": [{"version": "1", "status": "affected"}, {"range": "vers:npm/<2"}, {"version": "2", "status": "unaffected"}]}]},
    {"id": "CVE-2021-0011", "analysis": {"state": "fine"}, "affects": [{"ref": "lib"}]},
    {"id": 12, "analysis": {"state": "resolved"}}
  ],
  "components": [
    {"bom-ref": "lib", "type": "library", "name": "lib", "purl": "pkg:npm/lib@1.0"},
    {"bom-ref": "second", "type": "application", "name": "second", "purl": "pkg:npm/second", "components": [{"bom-ref": "inner", "type": "library", "name": "z", "purl": "pkg:npm/z@1"}]}
  ],
  "metadata": {"timestamp": "2026-02-01T00:00:00Z", "supplier": {"name": "Shop"}, "component": {"bom-ref": "app", "type": "application", "name": "shop", "purl": "pkg:npm/shop@1"}}
}`

func TestCycloneDXIsReadWithItsLines(t *testing.T) {
	d := parse(t, "vex.json", cdxBOM)
	want := []string{
		"4 CVE-2021-0001=GHSA-a not_affected | vulnerable_code_not_in_execute_path | not called @ pkg:npm/shop@1 > pkg:npm/lib@1.0",
		"7 CVE-2021-0002 not_affected | requires_configuration: the option is off @ pkg:npm/second > pkg:npm/z@1",
		"8 CVE-2021-0003 not_affected | false_positive @ pkg:npm/shop@1 > pkg:maven/org.x/y@1?type=jar",
		"9 CVE-2021-0004 fixed @ pkg:npm/shop@1",
		"10 CVE-2021-0005 affected | go to 2.0 @ pkg:npm/shop@1 > pkg:npm/lib@1.0",
		"11 CVE-2021-0006 under_investigation @ pkg:npm/shop@1 > pkg:npm/lib@1.0 @ pkg:npm/shop@1 > pkg:npm/lib@1.1",
		"15 CVE-2021-0010 fixed @ pkg:npm/shop@1 > pkg:npm/lib@2",
	}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		`4: 1 vulnerabilities have no analysis`, `13: the statement on "CVE-2021-0008" says not_affected without a justification`,
		`14: the statement on "CVE-2021-0009" affects "nowhere", which is neither a component`, `15: the statement on "CVE-2021-0010" calls version "1" affected, and the analysis resolved`,
		`15: the statement on "CVE-2021-0010" has a range of versions, "vers:npm/<2", which is not read`, `16: the statement on "CVE-2021-0011" has the status "fine"`,
		`17: a vulnerability is not as CycloneDX has it and is not used`,
	} {
		if !strings.Contains(notes(d), want) {
			t.Errorf("notes\n%s\nwant %q", notes(d), want)
		}
	}
	if d.Format != "CycloneDX 1.6" || d.Author != "Shop" || d.Version != 2 || !d.Statements[0].AsOf().Equal(at("2026-01-02T00:00:00Z")) || !d.Statements[3].AsOf().Equal(at("2026-02-01T00:00:00Z")) {
		t.Errorf("got %+v", d)
	}
}

func TestCycloneDXWithoutAWholeIsAboutItsComponents(t *testing.T) {
	d := parse(t, "vex.json", `{"bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": [
{"id": "CVE-1", "analysis": {"state": "resolved"}, "affects": [{"ref": "urn:cdx:x/1#pkg:npm/a@1"}, {"ref": "b"}, {"ref": "c"}]}], "components": [{"bom-ref": "b", "name": "b", "type": "library", "purl": "pkg:npm/b@1",
"components": [{"bom-ref": "c", "name": "c", "type": "library", "purl": "pkg:npm/c@1"}]}]}`)
	if diff := cmp.Diff([]string{"2 CVE-1 fixed @ pkg:npm/a@1 @ pkg:npm/b@1 @ pkg:npm/b@1 > pkg:npm/c@1"}, summary(d)); diff != "" {
		t.Error(diff)
	}
}

func TestCycloneDXInXMLSaysTheSame(t *testing.T) {
	d := parse(t, "vex.xml", `<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5" serialNumber="urn:uuid:1" version="4">
  <metadata><timestamp>2026-02-01T00:00:00Z</timestamp><authors><author><name>Ann</name></author></authors>
    <component type="application" bom-ref="app"><name>shop</name></component></metadata>
  <components><component type="library" bom-ref="lib"><name>lib</name><purl>pkg:npm/lib@1.0</purl></component></components>
  <dependencies><dependency ref="lib"/></dependencies>
  <vulnerabilities>
    <vulnerability bom-ref="v"><id>CVE-2021-0001</id><references><reference><id>GHSA-a</id></reference></references>
      <analysis><state>not_affected</state><justification>protected_at_runtime</justification><responses><response>update</response></responses><detail>a sandbox</detail></analysis>
      <affects><target><ref>lib</ref><versions><version><version>1.1</version></version></versions></target></affects></vulnerability>
  </vulnerabilities>
</bom>`)
	want := []string{"8 CVE-2021-0001=GHSA-a not_affected | inline_mitigations_already_exist | a sandbox @ shop > pkg:npm/lib@1.1"}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Error(diff)
	}
	if d.Author != "Ann" || d.Version != 4 || d.ID != "urn:uuid:1" || len(d.Notes) > 0 {
		t.Errorf("got %+v", d)
	}
}

func TestCSAFIsReadWithItsLines(t *testing.T) {
	d := parse(t, "csaf.json", `{"document": {"category": "csaf_vex", "csaf_version": "2.0", "publisher": {"name": "Acme"}, "tracking": {"id": "ACME-1", "current_release_date": "2026-03-01T00:00:00Z", "version": "2"}},
"product_tree": {"branches": [{"name": "Acme", "branches": [
  {"product": {"product_id": "P1", "product_identification_helper": {"purl": "pkg:maven/org.acme/server@1"}}},
  {"product": {"product_id": "C1", "product_identification_helper": {"purl": "pkg:maven/org.x/y@2"}}}]}],
  "relationships": [{"category": "default_component_of", "product_reference": "C1", "relates_to_product_reference": "P1", "full_product_name": {"product_id": "P1:C1"}}],
  "product_groups": [{"group_id": "G", "product_ids": ["P1:C1"]}], "full_product_names": [{"product_id": "P3", "product_identification_helper": {"purl": "pkg:npm/a@1"}}]},
"vulnerabilities": [
  {"cve": "CVE-2026-0001", "ids": [{"text": "ACME-77"}], "product_status": {"known_not_affected": ["P1:C1", "P3", "gone"], "known_affected": ["P1"]},
   "flags": [{"label": "vulnerable_code_not_present", "group_ids": ["G"]}], "threats": [{"category": "impact", "details": "never built", "product_ids": ["P1:C1"]}],
   "remediations": [{"category": "vendor_fix", "details": "take 2.0", "product_ids": ["P1"]}]}
]}`)
	want := []string{
		"8 CVE-2026-0001=ACME-77 affected | take 2.0 @ pkg:maven/org.acme/server@1",
		"8 CVE-2026-0001=ACME-77 not_affected | vulnerable_code_not_present | never built @ pkg:maven/org.acme/server@1 > pkg:maven/org.x/y@2",
	}
	if diff := cmp.Diff(want, summary(d)); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{`8: the statement on "CVE-2026-0001" says not_affected without`, `8: the statuses of "CVE-2026-0001" name 1 products`} {
		if !strings.Contains(notes(d), want) {
			t.Errorf("notes %q, want %q", notes(d), want)
		}
	}
	if d.Author != "Acme" || d.Format != "CSAF 2.0" || d.Version != 2 {
		t.Errorf("got %+v", d)
	}
}
