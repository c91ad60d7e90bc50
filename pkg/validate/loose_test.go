package validate

import (
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestALockfileThatNPMRefusesIsInstalledInTheStrictestWayThatWorks(t *testing.T) {
	const refused = "npm error code EUSAGE\nnpm error Missing: x@1.0.0 from lock file\n"
	tests := []struct {
		name  string
		works string // how the command line ends that does
		fault string
		want  fettle.CheckStatus
	}{
		{"without peers", "--legacy-peer-deps", refused, fettle.Passed},
		{"with npm install", "--no-save", refused, fettle.Passed},
		{"in no way", "never", refused, fettle.Skipped},
		{"for another reason", "--legacy-peer-deps", "npm error code E404\n", fettle.Skipped},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes := someFixes(1)
			w := newWorld(t, project(), fixes, failWith())
			var lines []string
			w.runner.other = func(_ []string, c sandbox.Command, _ string) (sandbox.Result, error) {
				line := strings.Join(c.Args, " ")
				lines = append(lines, line)
				if strings.HasSuffix(line, test.works) {
					return sandbox.Result{}, nil
				}
				return sandbox.Result{Code: 1, Output: test.fault}, nil
			}
			trial := w.validate(t, fixes)
			if got := trial.Verdicts[fixes[0].ID].Status; got != test.want {
				t.Errorf("the fix is %s, want %s", got, test.want)
			}
			if len(trial.Gaps) != 1 {
				t.Errorf("gaps %v, want one", trial.Gaps)
			}
			if test.want == fettle.Passed {
				last := lines[len(lines)-1]
				if !strings.HasSuffix(last, test.works) || !strings.Contains(trial.Gaps[0].Reason, last) {
					t.Errorf("the last run is %q, the gap says %q", last, trial.Gaps[0].Reason)
				}
				if n := len(slices.DeleteFunc(lines, func(l string) bool { return !strings.HasSuffix(l, "--no-fund") })); n != 2 {
					t.Errorf("npm ci was tried %d times, want twice and never again", n)
				}
			}
		})
	}
}
