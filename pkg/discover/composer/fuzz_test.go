package composer

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// FuzzRead puts hostile text in the lockfile and the manifest. Both end as a project or a gap, and in time.
func FuzzRead(f *testing.F) {
	lock, err := os.ReadFile("testdata/shop/composer.lock")
	if err != nil {
		f.Fatal(err)
	}
	own, err := os.ReadFile("testdata/shop/composer.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(lock, own)
	f.Add(lock[:300], own)
	f.Add([]byte("\xef\xbb\xbf"+strings.ReplaceAll(string(lock), "\n", "\r\n")), own[:100])
	f.Add([]byte(strings.Repeat(`{"packages":[`, 200)), []byte(strings.Repeat(`{"require":`, 200)))
	f.Add([]byte(`{"packages": [{"name": "a/b", "name": "c/d", "version": "1", "require": {"c/d": "1"}}], "packages-dev": {}}`), []byte(`{"require": ["a/b"], "name": "a/b"}`))
	f.Add([]byte(`{"packages": [{"name": "../../x", "version": "1", "dist": {"type": "path", "url": "../../../etc"}}], "packages-dev": null}`), []byte(`{"extra": {"0": 1e400}}`))
	f.Fuzz(func(t *testing.T, lock, manifest []byte) {
		for _, tree := range []files{{"composer.lock": string(lock), "composer.json": string(manifest)}, {"composer.json": string(manifest), "vendor/composer/installed.json": string(lock)}} {
			dir := tree.Write(t)
			begin := time.Now()
			r := projecttest.Read(t, Reader{}, dir)
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
			if len(r.Projects) == 0 && len(r.Gaps) == 0 {
				t.Error("neither a project nor a gap")
			}
			projecttest.CheckGaps(t, r.Gaps, dir)
			for _, p := range r.Projects {
				for _, n := range p.Nodes {
					if n.Location.Line < 1 || (n.Version == "") != (n.NoVersion != "") {
						t.Errorf("node %+v", n)
					}
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var lock strings.Builder
			lock.WriteString("{\n\"content-hash\": \"x\",\n\"packages\": [")
			for i := range n {
				if i > 0 {
					lock.WriteString(",")
				}
				fmt.Fprintf(&lock, "\n{\n\"name\": \"v/p%d\",\n\"version\": \"1.0.0\",\n\"require\": {\"php\": \">=8\", \"v/p%d\": \"^1.0\", \"v/p%d\": \"^1.0\"}\n}", i, (2*i+1)%n, (3*i+2)%n)
			}
			lock.WriteString("\n],\n\"packages-dev\": []\n}\n")
			dir := files{"composer.json": `{"require": {"v/p0": "^1.0"}}`, "composer.lock": lock.String()}.Write(b)
			for b.Loop() {
				if r := projecttest.Read(b, Reader{}, dir); len(r.Projects) != 1 || len(r.Projects[0].Nodes) != n {
					b.Fatal(r.Gaps)
				}
			}
		})
	}
}
