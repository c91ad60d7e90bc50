package validate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

func TestConfigIsRead(t *testing.T) {
	var c Config
	err := yaml.Unmarshal([]byte(`
timeout: 5m
budget: {runs: 20, minutes: 10}
each_commit: false
sources: [mirror.example]
projects:
  web:
    install: [npm, ci]
    build: []
    test: npm run unit && npm run lint
    timeout: 90s
`), &c)
	if err != nil {
		t.Fatal(err)
	}
	off := false
	want := Config{
		Timeout: Duration(5 * time.Minute), Budget: Budget{20, 10}, EachCommit: &off, Sources: []string{"mirror.example"},
		Projects: map[string]Project{"web": {
			Install: Command{"npm", "ci"}, Build: Command{}, Test: Command{"sh", "-c", "npm run unit && npm run lint"},
			Timeout: Duration(90 * time.Second),
		}},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := c.project(""); got.Timeout != c.Timeout || got.Test != nil {
		t.Errorf("the root inherits %+v", got)
	}
}

func TestConfigSaysWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"timeout: soon":                 "as in 90s or 10m",
		"projects: {a: {test: {}}}":     "want a string or a list of strings",
		"projects: {a: {test: ''}}":     "want a program",
		"projects: {a: {test: [1,[]]}}": "want a string or a list of strings",
	} {
		var c Config
		if err := yaml.Unmarshal([]byte(text), &c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestPlanFollowsManifestLockfileAndConfig(t *testing.T) {
	tests := []struct {
		name, manifest, lock string
		conf                 Project
		want                 string
	}{
		{"plain", `{"scripts":{"test":"mocha","build":"tsc"}}`, `{"lockfileVersion":3}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | | npm run build | npm test"},
		{"jest lists tests", `{"scripts":{"test":"cross-env NODE_ENV=test jest --ci"}}`, `{"lockfileVersion":3}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test -- --verbose"},
		{"jest with its own reporter", `{"scripts":{"test":"jest --reporters=default"}}`, `{"lockfileVersion":3}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test"},
		{"jest is not last", `{"scripts":{"test":"jest && eslint ."}}`, `{"lockfileVersion":3}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test"},
		{"vitest lists tests", `{"scripts":{"test":"vitest run"}}`, `{"lockfileVersion":3}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test -- --reporter=verbose"},
		{"workspaces", `{"workspaces":["packages/*"]}`, `{"lockfileVersion":3}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | | npm run build --workspaces --if-present | npm run test --workspaces --if-present"},
		{"install scripts", `{"scripts":{"postinstall":"patch-package","prepare":"husky"}}`,
			`{"lockfileVersion":3,"packages":{"node_modules/a":{"hasInstallScript":true}}}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | npm rebuild, npm run postinstall, npm run prepare | | "},
		{"version 1 does not say", `{}`, `{"lockfileVersion":1}`, Project{},
			"npm ci --ignore-scripts --no-audit --no-fund | npm rebuild | | "},
		{"configured", `{"scripts":{"test":"t","build":"b","prepare":"p"}}`, `{"lockfileVersion":3}`,
			Project{Install: Command{"make", "deps"}, Build: Command{}, Test: Command{"make", "check"}},
			"make deps | |  | make check"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := readSnapshot(t.Context(), files(t, map[string]string{"package.json": test.manifest, "package-lock.json": test.lock}))
			if err != nil {
				t.Fatal(err)
			}
			p, err := planOf(s.tree(), "", Config{Projects: map[string]Project{".": test.conf}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var scripts []string
			for _, args := range p.scripts {
				scripts = append(scripts, strings.Join(args, " "))
			}
			got := strings.Join([]string{strings.Join(p.install, " "), strings.Join(scripts, ", "), strings.Join(p.build, " "), strings.Join(p.test, " ")}, " | ")
			if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(test.want), " ") {
				t.Errorf("plan %q; want %q", got, test.want)
			}
		})
	}
}

func TestFetchEnvironmentReachesTheNetworkPhaseOnly(t *testing.T) {
	p := plan{fetch: []string{"npm_config_cache=/cache"}}
	if c := p.command([]string{"npm", "ci"}, true); !strings.Contains(strings.Join(c.Env, " "), "/cache") || !c.Network {
		t.Errorf("fetch: %+v", c)
	}
	if c := p.command([]string{"npm", "test"}, false); strings.Contains(strings.Join(c.Env, " "), "/cache") || c.Network {
		t.Errorf("test: %+v", c)
	}
}
