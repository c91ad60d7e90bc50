package golang

import (
	"bytes"
	"strings"

	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// vendored is a vendor/modules.txt: the modules whose code lies in the vendor folder.
type vendored struct {
	file    string
	modules []vendoredModule
	byPath  map[string]int
}

type vendoredModule struct {
	mod  module.Version
	line int
	code bool // packages of it are there
}

// parseVendored reads a vendor/modules.txt. A line that is none of it is passed over, as the go command does.
func parseVendored(data []byte) *vendored {
	v := &vendored{byPath: map[string]int{}}
	at := -1
	for n := 1; len(data) > 0; n++ {
		raw, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		line := strings.TrimSpace(string(raw))
		if text, ok := strings.CutPrefix(line, "# "); ok {
			at = -1
			f := strings.Fields(text)
			if len(f) < 2 || f[1] == "=>" || !strings.HasPrefix(f[1], "v") || len(v.modules) == project.MaxNodes {
				continue // what follows is a replacement of no module, or none at all
			}
			m := module.Version{Path: f[0], Version: f[1]}
			if have, ok := v.byPath[m.Path]; ok {
				at = have
				continue
			}
			at = len(v.modules)
			v.byPath[m.Path] = at
			v.modules = append(v.modules, vendoredModule{mod: m, line: n})
			continue
		}
		if at >= 0 && line != "" && !strings.HasPrefix(line, "#") {
			v.modules[at].code = true
		}
	}
	return v
}
