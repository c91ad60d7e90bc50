package propose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
		if !strings.HasSuffix(project.Lockfile, ".json") {
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

// draft is the work on one project.
type draft struct {
	npm     *NPM
	repo    fettle.Repo
	project fettle.Project
	cases   []fettle.Case
	before  []fettle.Finding
	fixes   []fettle.Fix            // so far, before they are merged
	passed  map[fettle.Package]bool // versions that bring a finding in through what they need
	unasked []string                // packages for which the registry gave no answer
	silence error                   // the first such
}

// target is one package with findings, and every installed copy that is affected.
type target struct {
	name   string
	copies []fettle.Node
	ids    []fettle.ID
}

func (d *draft) run(ctx context.Context, p *fettle.Proposal) error {
	found, err := d.npm.Discover.Discover(ctx, fettle.Repo{Dir: d.repo.Dir, Path: d.project.Dir})
	if err != nil {
		return err
	}
	d.before = d.own(found.Findings)
	targets := d.targets()
	for i, t := range targets {
		d.npm.log("propose %d/%d: %s", i+1, len(targets), t.name)
		drafted, why, err := d.fix(ctx, t)
		if err != nil {
			return err
		}
		d.fixes = append(d.fixes, drafted...)
		for _, id := range t.ids {
			if why != "" {
				p.Unfixed[id] = why
			}
		}
	}
	if d.silence != nil {
		p.Gaps = append(p.Gaps, fettle.Gap{Stage: "propose", Subject: d.project.Lockfile, Reason: fmt.Sprintf(
			"the registry gave no answer for %d of %d packages with findings, so no fix was drafted for them (%v); check the network and npm's registry setting, and run again",
			len(d.unasked), len(targets), d.silence)})
	}
	fixes, err := d.merge(ctx, d.fixes)
	if err != nil {
		return err
	}
	for _, f := range fixes {
		for _, id := range f.Resolves {
			delete(p.Unfixed, id)
		}
	}
	p.Fixes = append(p.Fixes, fixes...)
	return nil
}

// own returns the findings of this project's lockfile.
func (d *draft) own(findings []fettle.Finding) []fettle.Finding {
	var own []fettle.Finding
	for _, f := range findings {
		if f.Location.Path == d.project.Lockfile {
			own = append(own, f)
		}
	}
	return own
}

// targets lists the packages with findings, that of the most urgent case first.
func (d *draft) targets() []target {
	var list []target
	for _, c := range d.cases {
		at := slices.IndexFunc(list, func(t target) bool { return t.name == c.Finding.Package.Name })
		if at < 0 {
			at = len(list)
			list = append(list, target{name: c.Finding.Package.Name})
		}
		t := &list[at]
		t.ids = append(t.ids, c.Finding.ID)
		for _, in := range c.Finding.Instances {
			t.add(d.project, in)
		}
	}
	return list
}

func (t *target) add(project fettle.Project, in fettle.Instance) {
	if slices.ContainsFunc(t.copies, func(n fettle.Node) bool { return n.Key == in.Key }) {
		return
	}
	if node := nodeOf(project, in.Key); node != nil {
		t.copies = append(t.copies, *node)
	}
}

// fix drafts for one target: the smallest upgrade that breaks no semantic version, and one that may where more is cleared
// by it. why says what stands in the way where some finding keeps no fix.
func (d *draft) fix(ctx context.Context, t target) (fixes []fettle.Fix, why string, err error) {
	cleared := map[fettle.ID]bool{}
	for _, major := range []bool{false, true} {
		if len(cleared) == len(t.ids) {
			break
		}
		f, reason, err := d.best(ctx, t, major, cleared)
		switch {
		case errors.Is(err, errRegistry):
			if unasked(err) {
				d.unasked = append(d.unasked, t.name)
				d.silence = cmp.Or(d.silence, err)
			}
			return fixes, err.Error(), nil
		case err != nil:
			return fixes, "", err
		case reason != "":
			why = reason
		}
		if f == nil {
			continue
		}
		for _, id := range t.ids {
			if slices.Contains(f.Resolves, id) {
				cleared[id] = true
			} else {
				f.Remains = append(f.Remains, id)
			}
		}
		fixes = append(fixes, *f)
	}
	if why == "" && len(cleared) < len(t.ids) {
		why = fmt.Sprintf("no version of %s within reach clears it and brings no other finding", t.name)
	}
	return fixes, why, nil
}

// maxRetries is how often a target is planned anew because what was tried brought a finding in.
const maxRetries = 4

// best returns the first fix of t that clears a finding which is not cleared yet, or nil, also where a fix that is drafted
// already clears them all, which cleared then tells. reason is what was wrong with what
// came before it.
func (d *draft) best(ctx context.Context, t target, major bool, cleared map[fettle.ID]bool) (best *fettle.Fix, reason string, err error) {
	d.passed = map[fettle.Package]bool{}
	for range maxRetries {
		plans, stuck, err := d.plans(ctx, t, major)
		if err != nil {
			return nil, "", err
		}
		if reason == "" {
			reason = stuck
		}
		again := false
		for _, plan := range plans {
			if d.done(plan, t, major) {
				for _, id := range t.ids {
					cleared[id] = true
				}
				return nil, "", nil
			}
			f, why, err := d.try(ctx, plan)
			if err != nil {
				return nil, "", err
			}
			if why != "" {
				reason = why
				again = d.pass(f) || again
				continue
			}
			if slices.ContainsFunc(t.ids, func(id fettle.ID) bool { return slices.Contains(f.Resolves, id) && !cleared[id] }) {
				f.Major = major
				return &f, reason, nil
			}
		}
		if !again {
			break
		}
	}
	return nil, reason, nil
}

// done reports whether a fix that plan would be merged with clears all findings of t already.
func (d *draft) done(p plan, t target, major bool) bool {
	of := fettle.Fix{Kind: p.kind, Upgrades: p.upgrades, Major: major}
	return slices.ContainsFunc(d.fixes, func(f fettle.Fix) bool { return mergeable(f, of) && covers(f.Resolves, t.ids) })
}

// pass marks the upgrades of f that bring a finding in, so that the next plan takes other versions, and reports whether
// there were any.
func (d *draft) pass(f fettle.Fix) bool {
	found := false
	for _, in := range f.Introduces {
		for _, copy := range in.Instances {
			for _, way := range copy.Paths {
				for _, u := range f.Upgrades {
					to := u.Package
					to.Version = u.To
					if slices.Contains(way, to.String()) && !d.passed[to] {
						d.passed[to], found = true, true
					}
				}
			}
		}
	}
	return found
}

// try derives the tree of a plan and reads what became of the findings. reason says why the plan is no good.
func (d *draft) try(ctx context.Context, p plan) (f fettle.Fix, reason string, err error) {
	tree := d.repo.Dir
	texts, err := d.npm.derive(ctx, tree, d.project, p.upgrades)
	switch {
	case refused(err):
		return f, err.Error(), nil
	case err != nil:
		return f, "", err
	case len(texts) == 0:
		return f, fmt.Sprintf("npm keeps %s where it is", p.upgrades[0].Package), nil
	}
	after, err := d.npm.discover(ctx, tree, d.project, texts)
	if err != nil {
		return f, "", err
	}
	left := d.own(after.Findings)
	f = fettle.Fix{Kind: p.kind, Origin: "npm", Project: d.project.Dir, Upgrades: p.upgrades, Notes: p.notes}
	f.Moves = moves(d.project, projectOf(after.Inventory, d.project.Lockfile))
	f.Resolves = missing(d.before, left)
	for _, id := range missing(left, d.before) {
		at := slices.IndexFunc(left, func(x fettle.Finding) bool { return x.ID == id })
		f.Introduces = append(f.Introduces, left[at])
	}
	for _, m := range f.Moves {
		if order, err := osv.CompareVersions("npm", m.To, m.From); m.From != "" && m.To != "" && err == nil && order < 0 {
			return f, fmt.Sprintf("%s would take %s back from %s to %s", title(f), m.Name, m.From, m.To), nil
		}
	}
	f.Edits, err = editsOf(tree, texts)
	if err != nil {
		return f, "", err
	}
	if len(f.Introduces) > 0 {
		return f, fmt.Sprintf("%s would bring %s in %s", title(f), f.Introduces[0].Rule, f.Introduces[0].Package), nil
	}
	if len(f.Resolves) == 0 {
		return f, title(f) + " leaves every finding where it is", nil
	}
	name(&f)
	return f, "", nil
}

// missing returns the ids of a's findings that b has not, sorted.
func missing(a, b []fettle.Finding) []fettle.ID {
	have := map[fettle.ID]bool{}
	for _, f := range b {
		have[f.ID] = true
	}
	var ids []fettle.ID
	for _, f := range a {
		if !have[f.ID] {
			ids = append(ids, f.ID)
		}
	}
	slices.Sort(ids)
	return ids
}
