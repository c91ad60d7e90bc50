package reach

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// A tree that is not read to its end is said to be so, and is not one without sources.
func TestATreeOfTooManyFilesTellsNothing(t *testing.T) {
	if !syntax.Available {
		t.Skip("built without parsers")
	}
	if testing.Short() {
		t.Skip("writes many files")
	}
	var files strings.Builder
	for i := range maxOthers + 1 {
		fmt.Fprintf(&files, "-- a/f%d.json --\n", i)
	}
	files.WriteString("-- z.js --\nrequire('lib')\n")
	e := judge(t, "npm", ":lib", files.String(), nil)
	if len(e) != 1 || !strings.Contains(e[0].Text, "more than 20000 files") {
		t.Errorf("got %+v", e)
	}
	for i := range maxOthers {
		if i == 0 {
			files.Reset()
		}
		fmt.Fprintf(&files, "-- a/f%d.png --\n", i)
	}
	files.WriteString("-- z.js --\n1\n")
	if e := judge(t, "npm", ":lib", files.String(), nil); len(e) != 1 || e[0].Text != "not_imported" {
		t.Errorf("pictures: got %+v", e)
	}
}
