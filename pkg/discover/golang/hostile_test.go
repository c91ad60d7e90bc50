package golang

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// Each is as large as a go.mod may be that is read.
func TestHugeFilesAreReadInBoundedTime(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some 20 MB")
	}
	const size = maxGoMod - 100
	repeat := func(line string) string {
		if strings.HasSuffix(line, "\n") {
			return strings.Repeat(line, min(size/len(line), maxLines-10))
		}
		return strings.Repeat(line, size/len(line))
	}
	var many strings.Builder
	many.WriteString("module x\ngo 1.16\n")
	for i := 0; many.Len() < size-200 && i < maxLines/3-10; i++ {
		fmt.Fprintf(&many, "require ex.org/m%d v1.0.%d\nreplace ex.org/m%d => ex.org/r%d v1.0.0\nexclude ex.org/m%d v1.1.0\n", i/2, i, i, i, i)
	}
	for name, text := range map[string]string{
		"open blocks": repeat("require (\n"), "brackets": repeat("("), "errors": repeat("x\n"), "comments": repeat("// indirect\n"), "quotes": repeat("\""), "one line": repeat("a "),
		"suffixes": "module x\n" + repeat("go 1.20 // c\n"), "many": many.String(), "tools": "module x\n" + repeat("tool a/a/a/a/a/a/a/a/a/a\n"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			r := projecttest.Read(t, Reader{}, files{"go.mod": text}.Write(t))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Log(took, len(r.Projects), len(r.Gaps))
			}
		})
	}
}
