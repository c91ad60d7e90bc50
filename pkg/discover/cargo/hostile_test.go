package cargo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestHostileTreesAreReadInBoundedTime(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some 50 MB")
	}
	var same, globs strings.Builder
	same.WriteString("version = 4\n")
	for i := range 50_000 {
		fmt.Fprintf(&same, "[[package]]\nname = \"a\"\nversion = \"1.0.%d\"\ndependencies = [\"a\", \"a 9\", \"a 1.0.%d\"]\n", i, i)
	}
	globs.WriteString("[workspace]\nmembers = [\n")
	for i := range 100_000 {
		fmt.Fprintf(&globs, "\"**/x%d/**/*?/**\",\n", i)
	}
	globs.WriteString("]\n")
	nested := files{"Cargo.toml": globs.String()}
	for i := range 1000 {
		nested[strings.Repeat("d/", i%30)+fmt.Sprintf("m%d/Cargo.toml", i)] = "[package]\nname = \"x\"\n[workspace]\nmembers = [\"**\"]\n[dependencies]\na = { path = \"..\" }\n"
	}
	for name, tree := range map[string]files{
		"one name": {"Cargo.toml": "", "Cargo.lock": same.String()}, "workspaces": nested,
		"tables":  {"Cargo.lock": strings.Repeat("[[package]]\n", 1<<20), "Cargo.toml": strings.Repeat("[[bin]]\n", 1<<20)},
		"needs":   {"Cargo.lock": "[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [" + strings.Repeat("\"a\",", 500_000) + "]\n"},
		"feature": {"Cargo.toml": "[features]\ndefault = [" + strings.Repeat("\"default\",\"b\",", 200_000) + "]\n[dependencies]\n" + strings.Repeat("a.b = 1\n", 100_000)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree.Write(t)
			start := time.Now()
			r := projecttest.Read(t, Reader{}, dir)
			took := time.Since(start)
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if len(r.Gaps) == 0 || len(r.Gaps) > 5000 {
				t.Errorf("%d gaps", len(r.Gaps))
			}
			t.Log(took, len(r.Projects), len(r.Gaps))
		})
	}
}
