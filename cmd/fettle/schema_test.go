package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func configSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schemaText)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("fettle.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("fettle.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plainYAML turns YAML into what JSON has; days stay text.
func plainYAML(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return plainYAML(n.Content[0])
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainYAML(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, plainYAML(c))
		}
		return list
	}
	if n.Tag == "!!int" || n.Tag == "!!float" || n.Tag == "!!bool" || n.Tag == "!!null" {
		var v any
		if json.Unmarshal([]byte(n.Value), &v) == nil {
			return v
		}
		return nil
	}
	return n.Value
}

func fits(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Load([]byte(text), &doc); err != nil {
		return err
	}
	return schema.Validate(plainYAML(&doc))
}

// TestTheExamplesOfThePagesFitTheSchema reads every block of YAML that is a configuration or a section of one.
func TestTheExamplesOfThePagesFitTheSchema(t *testing.T) {
	schema := configSchema(t)
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	sections, seen := slices.Collect(func(yield func(string) bool) {
		for key := range schemaShape().Properties {
			if !yield(key) {
				return
			}
		}
	}), 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(text), "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			key, _, _ := strings.Cut(block, ":")
			if !slices.Contains(sections, key) {
				continue
			}
			seen++
			if err := fits(t, schema, block); err != nil {
				t.Errorf("%s, block %d: %v", page, i+1, err)
			}
			if _, err := parseConfig("fettle.yaml", []byte(block)); err != nil {
				t.Errorf("%s, block %d: %v", page, i+1, err)
			}
		}
	}
	if seen < 6 {
		t.Errorf("only %d examples were found", seen)
	}
}

func TestTheSchemaRefusesWhatIsRefused(t *testing.T) {
	schema := configSchema(t)
	for _, text := range []string{
		"polcy: {}\n", "context: {exposure: wide}\n", "context: {paths: [{exposure: open}]}\n", "policy: {environments: {production: {actoin: apply}}}\n",
		"exceptions: [{finding: x, status: not_affected, expires: 2027-01-01}]\n", "version: 2\n", "validate: {timeout: 90}\n", "context: 3\n",
		"compliance: [{regime: x, due: {now: 3}}]\n", "priority: {mode: cvss}\n", "database: {max_age: {osv: old}}\n", "policy: {fail_on: now}\n",
	} {
		if _, err := parseConfig("fettle.yaml", []byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
		if fits(t, schema, text) == nil {
			t.Errorf("%q fits the schema", text)
		}
	}
}

// TestTheSchemaHasTheKeysOfTheProgram walks both.
func TestTheSchemaHasTheKeysOfTheProgram(t *testing.T) {
	compareKeys(t, "", reflect.TypeFor[config](), schemaShape())
}

func compareKeys(t *testing.T, path string, typ reflect.Type, s *shape) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ.Kind() {
	case reflect.Slice:
		if s.Items != nil {
			compareKeys(t, path+"[]", typ.Elem(), s.Items)
		}
	case reflect.Map:
		if typ.Elem().Kind() == reflect.Struct {
			compareKeys(t, path+".*", typ.Elem(), s.below("any"))
		}
	case reflect.Struct:
		keys := map[string]reflect.Type{}
		collect(typ, keys)
		if len(keys) == 0 {
			return // it reads its text itself
		}
		for key, of := range keys {
			if s.Properties[key] == nil {
				t.Errorf("the schema lacks %s.%s", path, key)
				continue
			}
			compareKeys(t, path+"."+key, of, s.Properties[key])
		}
		for key := range s.Properties {
			if keys[key] == nil {
				t.Errorf("the program does not know %s.%s", path, key)
			}
		}
	}
}

// collect lists the keys of a structure; one that is embedded under no key of its own shares them.
func collect(typ reflect.Type, keys map[string]reflect.Type) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			collect(f.Type, keys)
		case tag != "" && tag != "-":
			keys[tag] = f.Type
		}
	}
}

func TestFaultsSayWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"version: 1\npolcy: {}\n":                                 `fettle.yaml:2:1: unknown key "polcy"; want compliance, context, database, discover, exceptions, policy, priority, propose, services, validate, version, vex`,
		"context:\n  paths:\n    - path: a\n      foo: wide\n":    `fettle.yaml:4:7: unknown key "foo"; want criticality, data, environment, exposure, lifecycle, owner, path, regimes`,
		"policy:\n  environments:\n    production: {actoin: x}\n": `fettle.yaml:3:18: unknown key "actoin"; want action, majors, min_confidence`,
		"context:\n  exposure: wide\n":                            `fettle.yaml:2:13: unknown exposure "wide"; want open, controlled or small`,
		"context: 3\n":                                            `fettle.yaml:1:10: this is a whole number; want a mapping of keys to values`,
		"exceptions: {a: b}\n":                                    `fettle.yaml:1:13: this is a mapping of keys to values; want a list`,
		"validate:\n  budget: {runs: many}\n":                     `fettle.yaml:2:18: this is text; want a whole number`,
		"validate:\n  projects:\n    a: {tset: x}\n":              `fettle.yaml:3:9: unknown key "tset"; want build, install, proof, results, test, timeout`,
	} {
		if _, err := parseConfig("fettle.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}
