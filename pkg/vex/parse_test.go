package vex

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func parse(t *testing.T, name, text string) Document {
	t.Helper()
	d, err := Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func notes(d Document) string {
	var all []string
	for _, n := range d.Notes {
		all = append(all, fmt.Sprintf("%d: %s", n.Line, n.Text))
	}
	return strings.Join(all, "\n")
}

const current = `{
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://shop.example/vex/1",
  "author": "Shop Security",
  "role": "vendor",
  "timestamp": "2026-02-01T10:00:00Z",
  "version": 3,
  "statements": [
    {
      "vulnerability": {"@id": "https://nvd.example/CVE-2021-23337", "name": "CVE-2021-23337", "aliases": ["GHSA-35jh-r3h4-6jhm", "cve-2021-23337"]},
      "products": [{"@id": "pkg:oci/shop", "subcomponents": [{"@id": "pkg:npm/lodash@4.17.15"}, {"identifiers": {"purl": "pkg:npm/lodash@4.17.11", "cpe23": "cpe:2.3:a:lodash:lodash:4.17.11:*:*:*:*:*:*:*"}}]}],
      "status": "not_affected",
      "justification": "vulnerable_code_not_in_execute_path",
      "impact_statement": "template() is not called",
      "timestamp": "2026-01-05T08:30:00+02:00"
    },
    {
      "vulnerability": {"name": "CVE-2022-24999"},
      "products": [{"@id": "pkg:npm/qs@6.7.0", "hashes": {"sha-256": "00"}}],
      "status": "affected",
      "action_statement": "upgrade to 6.7.3"
    }
  ]
}`

func TestOpenVEXIsReadWithItsLines(t *testing.T) {
	got := parse(t, "vex.json", current)
	want := Document{
		File: "vex.json", Format: "OpenVEX 0.2.0", ID: "https://shop.example/vex/1", Author: "Shop Security", Role: "vendor", Version: 3, Timestamp: at("2026-02-01T10:00:00Z"),
		Statements: []Statement{
			{
				IDs: []string{"CVE-2021-23337", "GHSA-35jh-r3h4-6jhm"}, Status: NotAffected, Justification: CodeNotInExecutePath, Impact: "template() is not called",
				Products: []Product{{Component: Component{ID: "pkg:oci/shop"}, Subcomponents: []Component{
					{ID: "pkg:npm/lodash@4.17.15"}, {PURL: "pkg:npm/lodash@4.17.11", CPEs: []string{"cpe:2.3:a:lodash:lodash:4.17.11:*:*:*:*:*:*:*"}}}}},
				Timestamp: at("2026-01-05T06:30:00Z"), Author: "Shop Security", Role: "vendor", File: "vex.json", Line: 9,
			},
			{
				IDs: []string{"CVE-2022-24999"}, Status: Affected, Action: "upgrade to 6.7.3",
				Products:  []Product{{Component: Component{ID: "pkg:npm/qs@6.7.0", Hashes: map[string]string{"sha-256": "00"}}}},
				Timestamp: at("2026-02-01T10:00:00Z"), Author: "Shop Security", Role: "vendor", File: "vex.json", Line: 17,
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOldOpenVEXIsReadToo(t *testing.T) {
	got := parse(t, "old.json", "\ufeff"+`{"@context": "https://openvex.dev/ns", "@id": "x", "author": "a", "version": "2", "timestamp": "2023-01-09T21:23:03.579712389-06:00",
"statements": [{"vulnerability": "CVE-2023-0001", "products": ["pkg:oci/app", "pkg:oci/other"], "subcomponents": ["pkg:apk/wolfi/curl@8.0-r0"], "status": "fixed"}]}`)
	sub := []Component{{ID: "pkg:apk/wolfi/curl@8.0-r0"}}
	want := []Product{{Component{ID: "pkg:oci/app"}, sub}, {Component{ID: "pkg:oci/other"}, sub}}
	if got.Format != "OpenVEX 0.0.1" || got.Version != 2 || len(got.Notes) > 0 || len(got.Statements) != 1 {
		t.Fatalf("got %+v", got)
	}
	if diff := cmp.Diff(want, got.Statements[0].Products); diff != "" {
		t.Error(diff)
	}
	if got := got.Statements[0].Timestamp; !got.Equal(at("2023-01-10T03:23:03.579712389Z")) {
		t.Errorf("timestamp %s", got)
	}
}

func TestStatementsThatCannotBeUsedAreTold(t *testing.T) {
	const product = `"products": [{"@id": "pkg:npm/a"}]`
	tests := []struct{ name, statement, want string }{
		{"not_affected without a reason", `"vulnerability": {"name": "CVE-1"}, ` + product + `, "status": "not_affected"`, `3: the statement on "CVE-1" says not_affected without a justification`},
		{"a blank impact statement", `"vulnerability": {"name": "CVE-1"}, ` + product + `, "status": "not_affected", "impact_statement": " "`, `without a justification and is not used; give one of component_not_present`},
		{"an unknown justification", `"vulnerability": {"name": "CVE-1"}, ` + product + `, "status": "not_affected", "justification": "trust_me"`, `the justification "trust_me" is passed over; want component_not_present`},
		{"an unknown status", `"vulnerability": {"name": "CVE-1"}, ` + product + `, "status": "safe"`, `has the status "safe" and is not used; want not_affected`},
		{"no status", `"vulnerability": {"name": "CVE-1"}, ` + product, `has the status "" and is not used`},
		{"no vulnerability", product + `, "status": "fixed"`, `names no vulnerability`},
		{"no product", `"vulnerability": {"name": "CVE-1"}, "status": "fixed"`, `names no product and is not used`},
		{"a product without identifier", `"vulnerability": {"name": "CVE-1"}, "products": [{}], "status": "fixed"`, `names no product and is not used`},
		{"subcomponents without identifier, which would widen the statement", `"vulnerability": {"name": "CVE-1"}, "products": [{"@id": "pkg:npm/a", "subcomponents": [{}]}], "status": "fixed"`,
			`a product has subcomponents without any identifier`},
		{"a status of the wrong kind", `"vulnerability": {"name": "CVE-1"}, ` + product + `, "status": 7`, `3: the statement is not as OpenVEX has it and is not used`},
		{"products of the wrong kind", `"vulnerability": {"name": "CVE-1"}, "products": {"a": 1}, "status": "fixed"`, `is not as OpenVEX has it`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := parse(t, "vex.json", `{"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "timestamp": "2026-01-01T00:00:00Z", "statements": [`+
				"\n\n{"+test.statement+"},\n"+`{"vulnerability": {"name": "CVE-2"}, "products": ["pkg:npm/b"], "status": "fixed"}]}`)
			if got := notes(d); !strings.Contains(got, test.want) {
				t.Errorf("notes %q, want %q", got, test.want)
			}
			if len(d.Statements) != 1 || d.Statements[0].IDs[0] != "CVE-2" || d.Statements[0].Line != 4 {
				t.Errorf("got %+v, want only the statement after it", d.Statements)
			}
		})
	}
}

func TestDatesThatAreNoneAreToldAndTheStatementKept(t *testing.T) {
	d := parse(t, "vex.json", `{"@context": "https://openvex.dev/ns/v9", "timestamp": "yesterday", "statements": [{"vulnerability": "CVE-1", "products": ["pkg:npm/b"], "status": "fixed", "last_updated": "2026-13-01"}]}`)
	for _, want := range []string{`"yesterday" is no date`, `"2026-13-01" is no date; want one like 2026-01-31T12:00:00Z`, `OpenVEX "9", which is not known`} {
		if !strings.Contains(notes(d), want) {
			t.Errorf("notes %q, want %q", notes(d), want)
		}
	}
	if len(d.Statements) != 1 {
		t.Errorf("got %+v", d.Statements)
	}
}

func TestWhatIsNoVEXDocumentIsAFaultWithItsLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", " \n", "f.json: the file is empty; want an OpenVEX, CycloneDX or CSAF document"},
		{"a list", `["not", "a", "document"]`, "f.json:1: it is a JSON array; want an OpenVEX"},
		{"another object", `{"a": 1}`, "f.json: it has neither @context nor bomFormat nor document"},
		{"another context", `{"@context": "https://schema.example"}`, `its @context is "https://schema.example"; want https://openvex.dev/ns/v0.2.0`},
		{"broken text", "{\"@context\": \"https://openvex.dev/ns\",\n\n oops}", "f.json:3: no JSON: invalid character 'o'"},
		{"cut text", "{\"@context\": \"https://openvex.dev/ns\",\n \"statements\": [", "f.json:2: no JSON: unexpected end"},
		{"two documents", `{"@context": "https://openvex.dev/ns"} {}`, "no JSON: invalid character '{' after top-level value"},
		{"statements of the wrong kind", "{\"@context\": \"https://openvex.dev/ns\",\n\"statements\": 1}", "f.json:2: statements is no list"},
		{"deep nesting", strings.Repeat("[", 1_000_000), "exceeded max depth"},
		{"other XML", "<html/>", `f.json:1: its root is "html"; want the bom of CycloneDX`},
		{"cut XML", `<bom xmlns="http://cyclonedx.org/schema/bom/1.5">` + "\n<vulnerabilities>", "f.json:2: no XML: XML syntax error"},
		{"CSAF without version", `{"document": {}}`, "its document section has no csaf_version"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("f.json", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if _, ok := err.(*Fault); err != nil && !ok {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}

func TestDocumentsOfATreeAreKnownByTheirPaths(t *testing.T) {
	tests := []struct {
		path string
		want bool
	}{
		{"vex.json", true}, {"VEX.json", true}, {"services/a/vex.json", true}, {"shop.openvex.json", true}, {"a/shop.vex.json", true}, {"shop.vex.xml", true}, {"openvex.json", true},
		{".vex/2026.json", true}, {".vex/deep/x.json", true}, {"a/.vex/x.json", true}, {".openvex/x.json", true},
		{".openvex/templates/main.openvex.json", false}, {".openvex/templates/main.json", false},
		{".vex/README.md", false}, {"vex.yaml", false}, {"convex.json", false}, {"vex/x.json", false}, {"bom.json", false}, {"package.json", false}, {"", false},
	}
	for _, test := range tests {
		if got := IsDocument(test.path); got != test.want {
			t.Errorf("%q: got %t", test.path, got)
		}
	}
}

func TestBoundsAreToldAndKept(t *testing.T) {
	many := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	head := `{"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "timestamp": "2026-01-01T00:00:00Z", "statements": [`
	tests := []struct{ name, text, want string }{
		{"statements", head + many(maxStatements+500, `{"vulnerability": "C", "products": ["p"], "status": "fixed"}`) + "]}", "is beyond the 20000 that are read"},
		{"products", head + `{"vulnerability": "C", "products": [` + many(maxProducts+1, `"p"`) + `], "status": "fixed"}]}`, "names more than 10000 products"},
		{"products times subcomponents", head + `{"vulnerability": "C", "products": [` + many(maxProducts, `"p"`) + `], "subcomponents": [` + many(maxProducts, `"p"`) + `], "status": "fixed"}]}`, "names more than 10000 products"},
		{"names", head + `{"vulnerability": {"name": "C", "aliases": ["` + strings.Repeat("x", maxName+1) + `"]}, "products": ["p"], "status": "fixed"}]}`, "more than 20 names"},
	}
	for _, test := range tests {
		d := parse(t, "f", test.text)
		if !strings.Contains(notes(d), test.want) {
			t.Errorf("%s: notes %.300q, want %q", test.name, notes(d), test.want)
		}
		if len(d.Statements) > maxStatements || len(d.Notes) > maxNotes+1 {
			t.Errorf("%s: %d statements, %d notes", test.name, len(d.Statements), len(d.Notes))
		}
	}
	if _, err := Parse("f", make([]byte, maxBytes+1)); err == nil || !strings.Contains(err.Error(), "are more than a VEX document may have") {
		t.Errorf("got %v for too large a document", err)
	}
}
