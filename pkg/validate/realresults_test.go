package validate

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// TestRealSandboxRunsAProofAndItsResultIsTakenAgain runs node on files without dependencies.
func TestRealSandboxRunsAProofAndItsResultIsTakenAgain(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("no node: %v", err)
	}
	box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	repo := fettle.Repo{Dir: files(t, map[string]string{
		"package.json":      `{"name":"app","version":"1.0.0"}`,
		"package-lock.json": `{"name":"app","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"app","version":"1.0.0"}}}`,
		"app.js":            "exports.version = 'old'\n",
		"proof.js":          "require('assert').notEqual(require('./app.js').version, 'old')\n",
	})}
	results, off := t.TempDir(), false
	var trials []fettle.Trial
	for range 2 {
		s := &Set{
			Runner: box, Compose: realComposer{}, Rescan: noFindings{}, Temp: t.TempDir(), Clock: time.Now, Log: t.Logf, Results: results, Version: "v1",
			Config: Config{EachCommit: &off, Projects: map[string]suite.Settings{".": {
				Install: suite.Command{}, Build: suite.Command{}, Test: suite.Command{"node", "-e", "require('./app.js')"}, Proof: suite.Command{"node", "proof.js"},
			}}},
		}
		trial, err := s.Validate(t.Context(), repo, []fettle.Fix{{ID: "good", Title: "app.js"}})
		if err != nil {
			t.Fatal(err)
		}
		if c := check(t, trial.Set, "proof"); c.Status != fettle.Passed {
			t.Errorf("%+v", c)
		}
		trials = append(trials, trial)
	}
	if trials[0].Runs != 3 || trials[1].Runs != 1 || trials[1].Cached != 1 {
		t.Errorf("%d runs, then %d and %d taken", trials[0].Runs, trials[1].Runs, trials[1].Cached)
	}
	if c := check(t, trials[1].Set, "proof"); !strings.HasSuffix(c.Detail, "; from an earlier run of the same tree") {
		t.Errorf("%+v", c)
	}
}
