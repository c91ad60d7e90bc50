package discover

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// withoutRestated leaves out findings of the bill of materials at index that another project tells. A bill describes its
// folder, so a package that a lockfile there or below has in the same version, or an earlier bill in the same folder, is
// told there. The inventory keeps all of them, and a finding that is told only in part stays whole.
func withoutRestated(findings []fettle.Finding, projects []fettle.Project, index int) []fettle.Finding {
	p := projects[index]
	if !isBill(p) || len(findings) == 0 {
		return findings
	}
	told := map[fettle.Package]bool{}
	for i, other := range projects {
		if isBill(other) && (i >= index || other.Dir != p.Dir) || !isBill(other) && !within(other.Dir, p.Dir) {
			continue
		}
		for _, n := range other.Nodes {
			told[sought(n)] = n.Version != "" || told[sought(n)]
		}
	}
	keys := map[string]bool{}
	for _, n := range p.Nodes {
		keys[n.Key] = told[sought(n)]
	}
	return untold(findings, keys)
}

// untold leaves out findings of which every instance is told elsewhere, by its key.
func untold(findings []fettle.Finding, told map[string]bool) []fettle.Finding {
	return slices.DeleteFunc(findings, func(f fettle.Finding) bool {
		return !slices.ContainsFunc(f.Instances, func(in fettle.Instance) bool { return !told[in.Key] })
	})
}

func isBill(p fettle.Project) bool { return p.Manager == "cyclonedx" || p.Manager == "spdx" }

func within(dir, above string) bool {
	return above == "" || dir == above || strings.HasPrefix(dir, above+"/")
}
