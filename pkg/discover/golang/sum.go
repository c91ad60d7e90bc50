package golang

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// sums are the modules of which a go.sum holds the hash of the code, with the line, in the order of the file. Of modules that
// are only part of the module graph it holds the hash of the go.mod alone.
type sums struct {
	order []module.Version
	lines map[module.Version]place
}

type place struct {
	file string
	line int
}

// add reads a go.sum. Faults are lines that were passed over.
func (s *sums) add(file string, data []byte) []project.Fault {
	var faults []project.Fault
	bad := 0
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for n := 1; len(data) > 0; n++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		f := strings.Fields(string(line))
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 {
			if bad++; bad == 1 {
				faults = append(faults, project.Fault{Line: n, Msg: "not a line of a go.sum; want module, version and hash"})
			}
			continue
		}
		m := module.Version{Path: f[0], Version: f[1]}
		if strings.HasSuffix(m.Version, "/go.mod") {
			continue
		}
		if _, ok := s.lines[m]; ok || len(s.order) == project.MaxNodes {
			continue
		}
		s.lines[m] = place{file, n}
		s.order = append(s.order, m)
	}
	if bad > 1 {
		faults = append(faults, project.Fault{Msg: fmt.Sprintf("and %d more lines that are not of a go.sum", bad-1)})
	}
	return faults
}
