package ospkg

import (
	"os"
	"testing"
)

func TestLive(t *testing.T) {
	dir := os.Getenv("FETTLE_ROOTFS")
	if dir == "" {
		t.Skip("set FETTLE_ROOTFS")
	}
	r, err := RootFS(t.Context(), dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Projects {
		d, u := 0, 0
		for _, n := range p.Nodes {
			if n.Direct {
				d++
			}
			if n.Depth == 0 {
				u++
			}
		}
		t.Log(p.Lockfile, len(p.Nodes), "direct", d, "unreached", u, p.Nodes[0])
	}
	t.Log(r.Gaps)
}
