package prioritize

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func load(text string) (Context, error) {
	var file struct {
		Context Context `yaml:"context"`
	}
	err := yaml.Load([]byte(text), &file, yaml.WithKnownFields())
	return file.Context, err
}

func TestContextIsReadFromYAML(t *testing.T) {
	got, err := load(`context:
  exposure: controlled
  data: [pci, customer-lists]
  criticality: high
  environment: production
  paths:
    - path: services/**
      exposure: open
      data: []
`)
	if err != nil {
		t.Fatal(err)
	}
	want := Context{
		Exposure: Controlled, Data: []Data{"pci", "customer-lists"}, Criticality: High, Environment: Production,
		Paths: []Path{{Path: "services/**", Exposure: Open, Data: []Data{}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

func TestErrorsOfTheContextNameLineAndAllowedWords(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"exposure", "context:\n  exposure: wide\n", `line 2: unknown exposure "wide"; want open, controlled or small`},
		{"criticality", "context:\n  data: [pci]\n  criticality: huge\n", `line 3: unknown criticality "huge"; want low, medium or high`},
		{"environment", "context:\n  environment: live\n", `line 2: unknown environment "live"; want development, staging or production`},
		{"data", "context:\n  data:\n    - pci\n    - Bad Word\n", `line 4: data "Bad Word" is no word; want pci, pii, phi, secrets or`},
		{"a key of the section", "context:\n  exposed: open\n", `line 2: field exposed not found`},
		{"a key of a path", "context:\n  paths:\n    - path: a\n      environment: production\n", `line 4: field environment not found`},
		{"a word in a path", "context:\n  paths:\n    - path: a\n      exposure: wide\n", `line 4: unknown exposure "wide"`},
		{"a path without glob", "context:\n  paths:\n    - exposure: open\n", `line 3: an entry of paths has no path; want a glob`},
		{"a glob that does not parse", "context:\n  paths:\n    - path: 'a/[b'\n", `line 3: path "a/[b" is no glob`},
		{"a list in place of a word", "context:\n  exposure: [open]\n", `line 2: `},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	tests := []struct {
		name string
		c    Context
		want string
	}{
		{"exposure", Context{Exposure: "wide"}, `context: unknown exposure "wide"; want open, controlled or small`},
		{"data", Context{Data: []Data{""}}, `context: data "" is no word`},
		{"a path", Context{Paths: []Path{{Path: "a"}, {Path: "b", Criticality: "x"}}}, `context: paths[1]: unknown criticality "x"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.c.Validate()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestPathsOverrideTheContext(t *testing.T) {
	c := Context{Exposure: Open, Criticality: Low, Data: []Data{"pii"}, Paths: []Path{
		{Path: "services/**", Exposure: Controlled, Criticality: High},
		{Path: "services/admin", Exposure: Small, Data: []Data{}},
	}}
	tests := []struct {
		name, project, lockfile string
		want                    Context
	}{
		{"elsewhere", "tools", "tools/package-lock.json", Context{Exposure: Open, Criticality: Low, Data: []Data{"pii"}}},
		{"the root", "", "package-lock.json", Context{Exposure: Open, Criticality: Low, Data: []Data{"pii"}}},
		{"a glob", "services/shop", "services/shop/package-lock.json", Context{Exposure: Controlled, Criticality: High, Data: []Data{"pii"}}},
		{"the last that says something wins", "services/admin", "services/admin/package-lock.json", Context{Exposure: Small, Criticality: High, Data: []Data{}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := c.at(fettle.Finding{Project: test.project, Location: fettle.Location{Path: test.lockfile}})
			got.Paths = nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGlobs(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true},
		{"a", "a/b", false},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/**", "a/b/c", true},
		{"a/**", "a", true},
		{"a/**", "ab/c", false},
		{"**", "x/y", true},
		{"**/package-lock.json", "package-lock.json", true},
		{"**/package-lock.json", "a/b/package-lock.json", true},
		{"a/**/z", "a/b/z/c/z", true},
		{"a/**/z", "a/b/c", false},
		{"**/a/**/b/**", "x/a/y/b", true},
		{"a-*", "a-b", true},
	}
	for _, test := range tests {
		if got := matches(test.pattern, test.name); got != test.want {
			t.Errorf("matches(%q, %q) = %t, want %t", test.pattern, test.name, got, test.want)
		}
	}
}

func FuzzContext(f *testing.F) {
	f.Add("context:\n  exposure: open\n  paths:\n    - path: a/**\n      data: [pci]\n", "a/b/c")
	f.Add("context: {criticality: low, environment: staging}\n", "")
	f.Add("context:\n  paths: &p\n    - path: '**/[a-'\n", "**")
	f.Fuzz(func(t *testing.T, text, place string) {
		c, err := load(text)
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%q loads, and then: %v", text, err)
		}
		c.at(fettle.Finding{Project: place})
	})
}
