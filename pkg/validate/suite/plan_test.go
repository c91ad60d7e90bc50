package suite

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
)

// files is a tree in memory.
type files map[string]string

func (f files) Read(name string) (string, error) {
	text, ok := f[name]
	if !ok {
		return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return text, nil
}

func (f files) Below(dir string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if dir == "" || strings.HasPrefix(name, dir+"/") {
			names = append(names, name)
		}
	}
	return names
}

// outline shows install, scripts, build and test of p in a line.
func outline(p Plan) string {
	var parts []string
	for _, steps := range [][]Step{p.Install, p.Scripts, p.Build, p.Test} {
		var all []string
		for _, s := range steps {
			all = append(all, strings.Join(s.Args, " "))
		}
		parts = append(parts, strings.Join(all, ", "))
	}
	return strings.Join(parts, " | ")
}

func TestPlanFollowsManifestLockfileAndConfig(t *testing.T) {
	tests := []struct {
		name, manifest, lock string
		conf                 Settings
		want                 string
	}{
		{"plain", `{"scripts":{"test":"mocha","build":"tsc"}}`, `{"lockfileVersion":3}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | | npm run build | npm test"},
		{"jest lists tests", `{"scripts":{"test":"cross-env NODE_ENV=test jest --ci"}}`, `{"lockfileVersion":3}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test -- --verbose"},
		{"jest with its own reporter", `{"scripts":{"test":"jest --reporters=default"}}`, `{"lockfileVersion":3}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test"},
		{"jest is not last", `{"scripts":{"test":"jest && eslint ."}}`, `{"lockfileVersion":3}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test"},
		{"vitest lists tests", `{"scripts":{"test":"vitest run"}}`, `{"lockfileVersion":3}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | | | npm test -- --reporter=verbose"},
		{"workspaces", `{"workspaces":["packages/*"]}`, `{"lockfileVersion":3}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | | npm run build --workspaces --if-present | npm run test --workspaces --if-present"},
		{"install scripts", `{"scripts":{"postinstall":"patch-package","prepare":"husky"}}`,
			`{"lockfileVersion":3,"packages":{"node_modules/a":{"hasInstallScript":true}}}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | npm rebuild, npm run postinstall, npm run prepare | | "},
		{"version 1 does not say", `{}`, `{"lockfileVersion":1}`, Settings{},
			"npm ci --ignore-scripts --no-audit --no-fund | npm rebuild | | "},
		{"configured", `{"scripts":{"test":"t","build":"b","prepare":"p"}}`, `{"lockfileVersion":3}`,
			Settings{Install: Command{"make", "deps"}, Build: Command{}, Test: Command{"make", "check"}},
			"make deps | |  | make check"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := Detect(files{"package.json": test.manifest, "package-lock.json": test.lock}, Project{}, Options{Settings: test.conf})
			if err != nil {
				t.Fatal(err)
			}
			got := outline(p)
			if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(test.want), " ") {
				t.Errorf("plan %q; want %q", got, test.want)
			}
		})
	}
}

func TestFetchEnvironmentReachesTheNetworkPhaseOnly(t *testing.T) {
	p := Plan{Fetch: []string{"npm_config_cache=/cache"}}
	if c := p.Command("/copy", Step{Args: []string{"npm", "ci"}}, true); !strings.Contains(strings.Join(c.Env, " "), "/cache") || !c.Network {
		t.Errorf("fetch: %+v", c)
	}
	if c := p.Command("/copy", Step{Args: []string{"npm", "test"}}, false); strings.Contains(strings.Join(c.Env, " "), "/cache") || c.Network {
		t.Errorf("test: %+v", c)
	}
}
