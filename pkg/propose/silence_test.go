package propose

import (
	"context"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// unplugged is a machine without network: npm says so each time it is run.
type unplugged struct {
	fault string
	runs  int
}

func (u *unplugged) Run(context.Context, string, sandbox.Command) (sandbox.Result, error) {
	u.runs++
	return sandbox.Result{Code: 1, Output: "npm error code " + u.fault + "\nnpm error the request failed\n"}, nil
}

func (u *unplugged) Discover(context.Context, fettle.Repo) (fettle.Discovery, error) {
	return fettle.Discovery{}, nil
}
func (u *unplugged) Find(string, string) ([]osv.Record, error) { return nil, nil }
func (u *unplugged) Aliases(string) []string                   { return nil }

func TestARegistryThatCannotBeReachedIsAGapAndAskedOnce(t *testing.T) {
	var project fettle.Project
	var cases []fettle.Case
	for _, name := range []string{"a", "b", "c"} {
		p := fettle.Package{Ecosystem: "npm", Name: name, Version: "1.0.0"}
		project.Nodes = append(project.Nodes, fettle.Node{Package: p, Key: "node_modules/" + name, Holders: []fettle.Edge{{Range: "^1.0.0"}}})
		cases = append(cases, fettle.Case{Finding: fettle.Finding{ID: fettle.ID(name), Kind: fettle.Dependency, Package: p,
			Location: fettle.Location{Path: "package-lock.json"}, Instances: []fettle.Instance{{Version: "1.0.0", Key: "node_modules/" + name}}}})
	}
	project.Manager, project.Lockfile = "npm", "package-lock.json"
	tests := []struct {
		fault string
		runs  int
		gaps  int
	}{
		{"ECONNREFUSED", 1, 1}, // no use in asking again
		{"E503", 3, 1},         // the next package may have an answer
		{"E404", 3, 0},         // an answer: there is no such package
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			u := &unplugged{fault: test.fault}
			n := &Planner{Managers: []manager.Manager{&npm.NPM{Run: u, Discover: u, Temp: t.TempDir()}}, Discover: u, Database: u, Temp: t.TempDir()}
			got, err := n.Propose(t.Context(), fettle.Repo{Dir: t.TempDir()}, fettle.Inventory{Projects: []fettle.Project{project}}, cases)
			if err != nil {
				t.Fatal(err)
			}
			if u.runs != test.runs || len(got.Gaps) != test.gaps || len(got.Unfixed) != 3 {
				t.Errorf("%d runs, want %d; gaps %v, want %d; unfixed %v", u.runs, test.runs, got.Gaps, test.gaps, got.Unfixed)
			}
			if test.gaps == 1 && !strings.Contains(got.Gaps[0].Reason, "3 of 3 packages") {
				t.Errorf("the gap says %q", got.Gaps[0].Reason)
			}
		})
	}
}
