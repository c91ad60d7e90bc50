package propose

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/surface"
)

// discoverer reads a tree again after a fix.
type discoverer interface {
	Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error)
}

// database answers which advisories speak of a package.
type database interface {
	Find(ecosystem, name string) ([]osv.Record, error)
	Aliases(id string) []string
}

// surveyor says what of a project's own code upgrades may break.
type surveyor interface {
	Check(ctx context.Context, repo fettle.Repo, project fettle.Project, upgrades []fettle.Upgrade) (surface.Result, error)
}

// Planner drafts upgrades: within the ranges that stand, then by moving what the project declares, then by moving what
// holds a package, then by the ecosystem's pin. It asks each project's own package manager.
type Planner struct {
	Managers []manager.Manager // the first that claims a project has it
	Discover discoverer
	Database database
	Survey   surveyor // what of the project's own code an upgrade may break; nil is not asked
	Config   Config
	Temp     string                           // an existing folder for work copies
	Clock    func() time.Time                 // for the age of a version
	Log      func(format string, args ...any) // told of each step; nil is silence

	advisories map[fettle.Package][]osv.Advisory // by ecosystem and name
}

func (p *Planner) start() {
	if p.advisories == nil {
		p.advisories = map[fettle.Package][]osv.Advisory{}
	}
}

func (p *Planner) log(format string, args ...any) {
	if p.Log != nil {
		p.Log(format, args...)
	}
}

// Propose drafts at most one fix for each vulnerable package, and one more where only a breaking version clears all of its
// findings. Upgrades that share a holder become one fix.
func (p *Planner) Propose(ctx context.Context, repo fettle.Repo, inventory fettle.Inventory, cases []fettle.Case) (fettle.Proposal, error) {
	p.start()
	proposal := fettle.Proposal{Unfixed: map[fettle.ID]string{}}
	for _, project := range inventory.Projects {
		own := casesOf(project, cases)
		if len(own) == 0 {
			continue
		}
		m := p.managerOf(project)
		if m == nil {
			for _, c := range own {
				proposal.Unfixed[c.Finding.ID] = p.unmanaged(project)
			}
			continue
		}
		d := &draft{planner: p, manager: m, traits: m.Traits(project), repo: repo, project: project, cases: own}
		if err := d.run(ctx, &proposal); err != nil {
			return proposal, err
		}
	}
	return proposal, nil
}

func (p *Planner) managerOf(project fettle.Project) manager.Manager {
	at := slices.IndexFunc(p.Managers, func(m manager.Manager) bool { return m.Claims(project) })
	if at < 0 {
		return nil
	}
	return p.Managers[at]
}

// unmanaged says why nobody drafts for project.
func (p *Planner) unmanaged(project fettle.Project) string {
	var names []string
	for _, m := range p.Managers {
		names = append(names, m.Name())
	}
	return fmt.Sprintf("no fix is drafted for %s (%s); fettle drafts for %s", project.Lockfile, project.Manager, strings.Join(names, ", "))
}

// casesOf returns the dependency cases of project that are not excused.
func casesOf(project fettle.Project, cases []fettle.Case) []fettle.Case {
	var own []fettle.Case
	for _, c := range cases {
		if c.Finding.Kind == fettle.Dependency && belongs(project, c.Finding) {
			own = append(own, c)
		}
	}
	return own
}
