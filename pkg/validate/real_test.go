package validate

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// realComposer replaces "old" by "new" in the file that the fix's title names.
type realComposer struct{}

func (realComposer) Compose(_ context.Context, dir string, fix fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	name := filepath.Join(dir, fix.Title)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	after := strings.Replace(string(text), "old", "new", 1)
	return []fettle.Edit{{Path: fix.Title, Line: 1, Old: string(text), New: after}}, nil, os.WriteFile(name, []byte(after), 0o644)
}

type noFindings struct{}

func (noFindings) Discover(context.Context, fettle.Repo) (fettle.Discovery, error) {
	return fettle.Discovery{}, nil
}

// TestRealSandboxJudgesARealSuite runs npm and node on a project without dependencies, which needs no registry.
func TestRealSandboxJudgesARealSuite(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s: %v", program, err)
		}
	}
	box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	repo := fettle.Repo{Dir: files(t, map[string]string{
		"package.json": `{"name":"app","version":"1.0.0","scripts":{"test":"node --test","build":"node build.js","prepare":"node -e 0"}}`,
		"package-lock.json": `{"name":"app","version":"1.0.0","lockfileVersion":3,"requires":true,` +
			`"packages":{"":{"name":"app","version":"1.0.0"}}}`,
		"build.js": "require('fs').writeFileSync('built', 'yes')",
		"good.js":  "exports.version = 'old'\n",
		"bad.js":   "exports.version = 'old'\n",
		"test/app.test.js": `const test = require('node:test'), assert = require('node:assert'), fs = require('fs')
test('was built', () => assert.ok(fs.existsSync('built')))
test.describe('versions', () => {
  test.it('takes any good', () => assert.ok(require('../good.js').version))
  test.it('needs the old bad', () => assert.equal(require('../bad.js').version, 'old'))
  test.it('never passed', () => assert.fail('as ever'))
})
test('writes to its tree', () => fs.writeFileSync('package.json', '{}'))
test('has no network', async () => assert.rejects(fetch('http://192.0.2.1/', { signal: AbortSignal.timeout(3000) })))
`,
	})}
	temp := t.TempDir()
	off := false
	s := &Set{
		Runner: box, Compose: realComposer{}, Rescan: noFindings{}, Temp: temp, Clock: time.Now, Log: t.Logf,
		Config: Config{EachCommit: &off},
	}
	trial, err := s.Validate(t.Context(), repo, []fettle.Fix{{ID: "good", Title: "good.js"}, {ID: "bad", Title: "bad.js"}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"good"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s%+v", d, trial)
	}
	good := check(t, trial.Verdicts["good"], "test")
	if good.Status != fettle.Passed || good.Ran != 6 || good.Detail != "5 passed, 1 failed, none of which the fix broke" {
		t.Errorf("good: %+v", good)
	}
	for _, name := range []string{"resolves", "scripts", "build"} {
		if c := check(t, trial.Set, name); c.Status != fettle.Passed {
			t.Errorf("%s: %+v", name, c)
		}
	}
	bad := check(t, trial.Verdicts["bad"], "test")
	if !slices.Equal(bad.Broken, []string{"versions › needs the old bad"}) || !strings.Contains(bad.Output, "needs the old bad") {
		t.Errorf("bad: %+v", bad)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("work copies stay behind: %v, %v", left, err)
	}
	if len(trial.Sandbox) == 0 {
		t.Error("the trial does not say what the sandbox holds")
	}
}
