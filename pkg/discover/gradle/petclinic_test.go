package gradle

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// A real script declares 15 libraries and 2 plugins; a plugin sets the versions of 13.
func TestEveryDeclarationOfARealScriptIsRead(t *testing.T) {
	for _, file := range projecttest.Shared(t, 3, "build.gradle") {
		if !strings.Contains(file, "petclinic-2021-12-25") {
			continue
		}
		r := projecttest.Read(t, Reader{}, project.Parent(file))
		open := 0
		for _, n := range r.Projects[0].Nodes {
			if n.Version == "" {
				open++
			}
			if !n.Direct || n.Location.Line < 2 {
				t.Errorf("node %+v", n)
			}
		}
		if got := len(r.Projects[0].Nodes); got != 17 || open != 13 {
			t.Errorf("%d modules, %d without a version; want 17 and 13", got, open)
		}
		projecttest.WantGaps(t, r.Gaps, "build.gradle:2: has no gradle.lockfile")
	}
}
