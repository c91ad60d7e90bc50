package correlate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func load(text string) (Declared, error) {
	var file struct {
		Context Declared `yaml:"context"`
	}
	err := yaml.Load([]byte(text), &file, yaml.WithKnownFields())
	return file.Context, err
}

// said lists facts in short: signal, text and line.
func said(facts []fettle.Fact) []string {
	var all []string
	for _, f := range facts {
		s := string(f.Signal) + " " + f.Text
		if f.Where != nil {
			s += " " + f.Where.String()
		}
		if f.Declared {
			s += " declared"
		}
		all = append(all, s)
	}
	return all
}

const whole = `context:
  exposure: controlled
  data: [pci, customer-lists]
  criticality: high
  environment: production
  lifecycle: deprecated
  owner: "@team-shop"
  regimes: [pci-dss]
  infer: false
  paths:
    - path: services/**
      exposure: open
      data: []
    - path: services/admin
      exposure: small
      owner: "@admins"
`

func TestWhatIsDeclaredKeepsItsLine(t *testing.T) {
	got, err := load(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	for places, want := range map[string][]string{
		"tools": {"exposure controlled f.yaml:2 declared", "data pci f.yaml:3 declared", "data customer-lists f.yaml:3 declared", "criticality high f.yaml:4 declared",
			"lifecycle deprecated f.yaml:6 declared", "environment production f.yaml:5 declared", "owner @team-shop f.yaml:7 declared", "regime pci-dss f.yaml:8 declared"},
		"services/shop": {"criticality high f.yaml:4 declared", "lifecycle deprecated f.yaml:6 declared", "environment production f.yaml:5 declared", "owner @team-shop f.yaml:7 declared",
			"regime pci-dss f.yaml:8 declared", "exposure open f.yaml:12 declared", "data none f.yaml:13 declared"},
		"services/admin": {"criticality high f.yaml:4 declared", "lifecycle deprecated f.yaml:6 declared", "environment production f.yaml:5 declared", "regime pci-dss f.yaml:8 declared",
			"data none f.yaml:13 declared", "exposure small f.yaml:15 declared", "owner @admins f.yaml:16 declared"},
	} {
		c := Context{Declared: got, File: "f.yaml"}
		if diff := cmp.Diff(want, said(c.Settle([]fettle.Fact{{Signal: fettle.Role, Text: "server"}}, places, places+"/package-lock.json"))); diff != "" {
			t.Errorf("%s: %s", places, diff)
		}
	}
}

func TestErrorsOfTheContextNameLineAndAllowedWords(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"exposure", "context:\n  exposure: wide\n", `line 2: unknown exposure "wide"; want open, controlled or small`},
		{"criticality", "context:\n  data: [pci]\n  criticality: huge\n", `line 3: unknown criticality "huge"; want low, medium or high`},
		{"environment", "context:\n  environment: live\n", `line 2: unknown environment "live"; want development, staging or production`},
		{"data", "context:\n  data:\n    - pci\n    - Bad Word\n", `line 4: data "Bad Word" is no word; want pci, pii, phi, secrets or`},
		{"a key of the section", "context:\n  exposed: open\n", `line 2: field exposed not found`},
		{"a key of a path", "context:\n  paths:\n    - path: a\n      infer: true\n", `line 4: field infer not found`},
		{"lifecycle", "context:\n  lifecycle: old\n", `line 2: unknown lifecycle "old"; want experimental, production, deprecated or retired`},
		{"regime", "context:\n  regimes: ['PCI DSS']\n", `line 2: regime "PCI DSS" is no word; want pci-dss, bod-26-04, hipaa or`},
		{"owner", "context:\n  owner: " + strings.Repeat("a", 300) + "\n", `line 2: owner has 300 bytes; want at most 200`},
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
		c    Declared
		want string
	}{
		{"exposure", Declared{Setting: Setting{Exposure: "wide"}}, `context: unknown exposure "wide"; want open, controlled or small`},
		{"data", Declared{Setting: Setting{Data: []Data{""}}}, `context: data "" is no word`},
		{"a path", Declared{Paths: []Path{{Path: "a"}, {Path: "b", Setting: Setting{Criticality: "x"}}}}, `context: paths[1]: unknown criticality "x"`},
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
		Context{Declared: c}.Settle(nil, place)
	})
}
