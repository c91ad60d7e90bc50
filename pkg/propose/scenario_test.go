package propose_test

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/google/go-cmp/cmp"
)

func TestProposalsAreTheLeastIntrusive(t *testing.T) {
	for _, c := range []struct {
		name, served, advised string
		lock                  npmtest.Lock
		want                  string
	}{
		{
			name:    "in range, the smallest and not the newest",
			served:  "lib 1.0.0\nlib 1.0.5\nlib 1.9.0",
			advised: "A-1 lib 0 1.0.5",
			lock: npmtest.Lock{Manifest: `{"name":"app","version":"1.0.0","dependencies":{"lib":"^1.0.0"}}`,
				Entries: map[string]string{"node_modules/lib": "lib@1.0.0"}},
			want: `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`,
		},
		{
			name:    "exact pin of the project",
			served:  "lib 1.0.0\nlib 1.0.5\nlib 1.9.0",
			advised: "A-1 lib 0 1.0.5",
			lock: npmtest.Lock{Manifest: `{"name":"app","version":"1.0.0","dependencies":{"lib":"1.0.0"}}`,
				Entries: map[string]string{"node_modules/lib": "lib@1.0.0"}},
			want: `
direct: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.served, c.advised, c.lock)
			if d := cmp.Diff(strings.TrimPrefix(c.want, "\n"), w.story(w.propose())); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
