package ospkg

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func rootfs(t testing.TB, tree projecttest.Tree) project.Reading {
	t.Helper()
	r, err := RootFS(t.Context(), tree.Write(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantNodes(t testing.TB, r project.Reading, want ...string) {
	t.Helper()
	var got []string
	for _, p := range r.Projects {
		for i, line := range projecttest.Nodes(p) {
			line = p.Nodes[i].Ecosystem + " " + line
			if s := p.Nodes[i].Source; s != nil {
				line += " of " + s.String()
			}
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
