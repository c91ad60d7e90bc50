package validate

import (
	"context"
	"fmt"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// scan is the re-scan of a tree before anything ran in it.
type scan struct {
	findings map[fettle.ID]fettle.Finding
	gaps     map[string]fettle.Gap // by subject and reason
	packages packages
}

// untold counts what could not be found out about subject. What a gap says of it may change with the versions there.
func (s scan) untold(subject string) int {
	n := 0
	for _, g := range s.gaps {
		if g.Subject == subject {
			n++
		}
	}
	return n
}

// packages are those of an inventory, by lockfile and manager.
type packages map[string]map[fettle.Package]bool

// scanTree re-scans the copy at dir.
func (v *search) scanTree(ctx context.Context, dir string) (scan, error) {
	found, err := v.set.Rescan.Discover(ctx, fettle.Repo{Dir: dir, Path: v.repo.Path})
	if err != nil {
		return scan{}, fmt.Errorf("re-scan: %w", err)
	}
	s := scan{findings: map[fettle.ID]fettle.Finding{}, gaps: map[string]fettle.Gap{}, packages: packages{}}
	for _, f := range found.Findings {
		s.findings[f.ID] = f
	}
	for _, g := range found.Gaps {
		s.gaps[g.Subject+"\x00"+g.Reason] = g
	}
	for _, p := range found.Inventory.Projects {
		at := p.Lockfile + " (" + p.Manager + ")"
		if s.packages[at] == nil {
			s.packages[at] = map[fettle.Package]bool{}
		}
		for _, n := range p.Nodes {
			s.packages[at][n.Package] = true
		}
	}
	return s, nil
}
