package vex

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func written() Document {
	in := product("pkg:github/acme/shop@abc#services/a", "pkg:npm/lodash@4.17.15", "pkg:npm/lodash@4.17.11")
	return Document{Author: "Shop Security", Role: "vendor", Timestamp: at("2026-02-01T10:00:00Z"), Tooling: "fettle 1.2.0", Statements: []Statement{
		{IDs: []string{"CVE-2021-23337", "GHSA-35jh-r3h4-6jhm"}, Products: []Product{in}, Status: NotAffected, Justification: CodeNotControllable, Impact: "<only> our own text", Timestamp: at("2026-02-01T10:00:00Z")},
		{IDs: []string{"CVE-2021-23338"}, Products: []Product{in}, Status: NotAffected, Justification: ComponentNotPresent, Timestamp: at("2026-01-01T10:00:00Z")},
		{IDs: []string{"CVE-2021-23339"}, Products: []Product{product("pkg:npm/qs@6.7.0")}, Status: NotAffected, Impact: "in words"},
		{IDs: []string{"PYSEC-2021-1"}, Products: []Product{product("pkg:pypi/a@1")}, Status: Affected, Action: "Upgrade a to 2.", Notes: "Act"},
		{IDs: []string{"CVE-2021-23341"}, Products: []Product{product("pkg:npm/qs@6.7.0")}, Status: Fixed, Notes: "patched"},
		{IDs: []string{"CVE-2021-23342"}, Products: []Product{product("pkg:github/acme/shop@abc", "pkg:npm/qs@6.7.0")}, Status: UnderInvestigation},
	}}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer, Document) error{
		"OpenVEX":   func(b *bytes.Buffer, d Document) error { return WriteOpenVEX(b, d) },
		"CycloneDX": func(b *bytes.Buffer, d Document) error { return WriteCycloneDX(b, d) },
	} {
		t.Run(name, func(t *testing.T) {
			var first, second bytes.Buffer
			if err := write(&first, written()); err != nil {
				t.Fatal(err)
			}
			if err := write(&second, written()); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("equal documents differ: %v", err)
			}
			got := parse(t, "x.json", first.String())
			want := summary(written())
			for i, line := range want {
				_, line, _ = strings.Cut(line, " ")
				want[i] = line
			}
			var have []string
			for _, line := range summary(got) {
				_, line, _ = strings.Cut(line, " ")
				have = append(have, line)
			}
			if name == "CycloneDX" { // each subcomponent is a target of its own there
				for i := range want {
					want[i] = strings.Replace(want[i], " > pkg:npm/lodash@4.17.15 > ", " > pkg:npm/lodash@4.17.15 @ pkg:github/acme/shop@abc#services/a > ", 1)
				}
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Error(diff)
			}
			if len(got.Notes) > 0 || got.Author != "Shop Security" || !strings.HasPrefix(got.ID, "urn:uuid:") || !got.Statements[1].AsOf().Equal(at("2026-01-01T10:00:00Z")) {
				t.Errorf("got %+v\n%s", got, first.String())
			}
		})
	}
}

func TestOpenVEXWithoutAuthorOrTimeIsRefused(t *testing.T) {
	for _, d := range []Document{{Author: "a"}, {Timestamp: at("2026-02-01T10:00:00Z")}} {
		if err := WriteOpenVEX(&bytes.Buffer{}, d); err == nil {
			t.Errorf("%+v is written", d)
		}
	}
}

func TestWhatIsWrittenIsValidByTheSchemas(t *testing.T) {
	for name, test := range map[string]struct {
		schema string
		write  func(*bytes.Buffer, Document) error
	}{
		"OpenVEX":   {"openvex-0.2.0.schema.json", func(b *bytes.Buffer, d Document) error { return WriteOpenVEX(b, d) }},
		"CycloneDX": {"bom-1.6.schema.json", func(b *bytes.Buffer, d Document) error { return WriteCycloneDX(b, d) }},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := test.write(&b, written()); err != nil {
				t.Fatal(err)
			}
			if err := schema(t, test.schema).Validate(decoded(t, b.Bytes())); err != nil {
				t.Errorf("%v\n%s", err, b.String())
			}
			broken := strings.NewReplacer(`"affected"`, `"x"`, `"in_triage"`, `"x"`).Replace(b.String())
			if err := schema(t, test.schema).Validate(decoded(t, []byte(broken))); err == nil {
				t.Error("the schema takes anything")
			}
		})
	}
}

func decoded(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// schema compiles an official schema of the shared data, or skips the test.
func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	folder := "../../../shared/data/schemas"
	c := jsonschema.NewCompiler()
	files, _ := filepath.Glob(filepath.Join(folder, "*.schema.json"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		// Schemas of CycloneDX refer to each other by the address of the schema folder.
		for _, address := range []string{"http://cyclonedx.org/schema/" + filepath.Base(file), "file:///" + filepath.Base(file)} {
			if err := c.AddResource(address, doc); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
		t.Skip("the schemas are not here")
	}
	s, err := c.Compile("file:///" + name)
	if err != nil {
		t.Skipf("the schema does not compile: %v", err)
	}
	return s
}
