package discover

import (
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// FuzzDiscover puts hostile text in all files at once. A lockfile ends as a project or a gap, and in time.
func FuzzDiscover(f *testing.F) {
	f.Add([]byte(shopLock3), []byte(shopManifest), []byte(shopManifest))
	f.Add([]byte(shopLock1), []byte(shopManifest), []byte("{"))
	f.Add([]byte(projecttest.WorkspaceLock), []byte(`{"workspaces": ["packages/*"]}`), []byte(`{"dependencies": {"qs": "6.10.0"}}`))
	f.Add([]byte(chain(100)), []byte("{}"), []byte("null"))
	f.Add([]byte(`{"lockfileVersion": 1, "dependencies": {"a": {"version": "npm:b"}}}`), []byte("[]"), []byte(""))
	db := advisories{}
	for i, name := range []string{"qs", "p5", "b", "@real/name"} {
		db.records = append(db.records, advisory(f, "CVE-2024-"+string(rune('1'+i)), name, "0", "7.0.0"))
	}
	f.Fuzz(func(t *testing.T, lock, manifest, member []byte) {
		dir := files{"package.json": string(manifest), "package-lock.json": string(lock), "packages/api/package.json": string(member)}.Write(t)
		begin := time.Now()
		d, err := Dependencies{Database: db}.Discover(t.Context(), fettle.Repo{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
		if len(d.Inventory.Projects) == 0 && len(d.Gaps) == 0 {
			t.Error("neither a project nor a gap")
		}
		projecttest.CheckGaps(t, d.Gaps, dir)
		for _, found := range d.Findings {
			for _, in := range found.Instances {
				if found.ID == "" || in.Version == "" || in.Location.Line < 1 || in.PathCount < len(in.Paths) {
					t.Errorf("finding %+v", found)
				}
			}
		}
	})
}
