package fettle

import "time"

// CheckStatus says how one check ended.
type CheckStatus string

const (
	Passed  CheckStatus = "passed"
	Failed  CheckStatus = "failed"
	Skipped CheckStatus = "skipped" // not run; Detail says why
)

// Check is one thing that was tried: applies, resolves, rescan, install, build, test.
type Check struct {
	Name     string        `json:"name"`
	Status   CheckStatus   `json:"status"`
	Detail   string        `json:"detail,omitempty"` // one line
	Command  string        `json:"command,omitempty"`
	Output   string        `json:"output,omitempty"` // the part that matters; hostile text
	Duration time.Duration `json:"-"`
	Broken   []string      `json:"broken,omitempty"`   // tests that passed before and fail now, or vanished
	Flaky    []string      `json:"flaky,omitempty"`    // tests that answer differently on the same tree
	Vanished []string      `json:"vanished,omitempty"` // those of Broken that did not run any more
	Fixed    []string      `json:"fixed,omitempty"`    // tests that failed each time before and pass now
	Ran      int           `json:"ran,omitempty"`      // test cases seen
}

// Verdict is what a trial showed of one fix, or of a set.
type Verdict struct {
	Status     CheckStatus `json:"status"`
	Checks     []Check     `json:"checks"`
	Resolved   []ID        `json:"resolved,omitempty"`
	Introduced []ID        `json:"introduced,omitempty"`
	With       []string    `json:"with,omitempty"`   // the other fixes in the tree when it was judged
	Reason     string      `json:"reason,omitempty"` // why it failed or was skipped, one line
}

// Trial is one validation of a set of fixes.
type Trial struct {
	Baseline Verdict            `json:"baseline"`         // the tree before any fix
	Verdicts map[string]Verdict `json:"verdicts"`         // by Fix.ID
	Set      Verdict            `json:"set"`              // the tree with all of Shipped
	Shipped  []Step             `json:"shipped"`          // in order; each step's edits are against the tree after the steps before it
	Sandbox  []string           `json:"sandbox"`          // what held and what did not, one line each
	Runs     int                `json:"runs"`             // trees that were installed and tested, the baseline included
	Cached   int                `json:"cached,omitempty"` // trees whose result an earlier run already had
	Gaps     []Gap              `json:"gaps,omitempty"`
}

// Step is one commit of the set that ships.
type Step struct {
	Fix    string `json:"fix"` // Fix.ID
	Edits  []Edit `json:"edits"`
	Moves  []Move `json:"moves"`
	Tested bool   `json:"tested"` // the tree right after this step was built and tested, not only the last one
}
