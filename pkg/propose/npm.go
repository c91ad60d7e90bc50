package propose

import (
	"context"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
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

// NPM drafts upgrades of npm packages with npm itself: within the ranges in the lockfile, then by moving what the project
// declares, then by moving what holds a package, then by overrides.
type NPM struct {
	Run      runner
	Discover discoverer
	Database database
	Temp     string   // an existing folder for work copies
	Env      []string // settings for npm, KEY=VALUE, free of secrets
	Log      func(format string, args ...any)

	client     *npmClient
	advisories map[string][]osv.Advisory // by package name
	normal     map[string]string         // lockfile that npm writes for an unchanged tree, by content of the tree
	drafted    map[string]derivation
}

func (n *NPM) start() {
	if n.client == nil {
		n.client = &npmClient{run: n.Run, env: n.Env, temp: n.Temp, known: map[string]served{}, down: map[string]error{}}
		n.advisories = map[string][]osv.Advisory{}
		n.normal = map[string]string{}
		n.drafted = map[string]derivation{}
	}
}

func (n *NPM) log(format string, args ...any) {
	if n.Log != nil {
		n.Log(format, args...)
	}
}

// Propose drafts at most one fix for each vulnerable package, and one more where only a breaking version clears all of its
// findings. Upgrades that share a holder become one fix.
func (n *NPM) Propose(ctx context.Context, repo fettle.Repo, inventory fettle.Inventory, cases []fettle.Case) (fettle.Proposal, error) {
	n.start()
	p := fettle.Proposal{Unfixed: map[fettle.ID]string{}}
	for _, project := range inventory.Projects {
		if project.Manager != "npm" {
			for _, c := range casesOf(project, cases) {
				p.Unfixed[c.Finding.ID] = "fettle drafts fixes for npm's lockfiles, not yet for " + project.Lockfile
			}
			continue
		}
		d := &draft{npm: n, repo: repo, project: project, cases: casesOf(project, cases)}
		if len(d.cases) == 0 {
			continue
		}
		if err := d.run(ctx, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// casesOf returns the dependency cases of project that are not excused.
func casesOf(project fettle.Project, cases []fettle.Case) []fettle.Case {
	var own []fettle.Case
	for _, c := range cases {
		if c.Finding.Kind == fettle.Dependency && c.Finding.Project == project.Dir && c.Finding.Location.Path == project.Lockfile {
			own = append(own, c)
		}
	}
	return own
}
