package node

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

type files = projecttest.Tree

// discover reads a tree, without looking anything up.
func discover(t testing.TB, dir string) fettle.Discovery {
	t.Helper()
	r := projecttest.Read(t, Reader{}, dir)
	return fettle.Discovery{Inventory: fettle.Inventory{Projects: r.Projects}, Gaps: r.Gaps}
}

func wantGaps(t testing.TB, gaps []fettle.Gap, want ...string) {
	t.Helper()
	projecttest.WantGaps(t, gaps, want...)
}

func nodeLines(p fettle.Project) []string { return projecttest.Nodes(p) }

func gapLines(gaps []fettle.Gap) []string { return projecttest.Gaps(gaps) }
