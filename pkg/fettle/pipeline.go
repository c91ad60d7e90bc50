package fettle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Discovery is what one discoverer found, and what it could not read.
type Discovery struct {
	Findings  []Finding
	Inventory Inventory
	Facts     []Fact
	Gaps      []Gap
}

// Discoverer reads the repository and runs nothing in it. A file that it cannot read is a Gap, not an error.
type Discoverer interface {
	Discover(ctx context.Context, repo Repo) (Discovery, error)
}

// Scene is what correlators look at.
type Scene struct {
	Repo      Repo
	Inventory Inventory
	Facts     []Fact
	Findings  []Finding
}

// Correlation is what one correlator knows. What it could not find out is a Gap.
type Correlation struct {
	Evidence map[ID][]Evidence
	Gaps     []Gap
}

// Correlator attaches evidence to findings.
type Correlator interface {
	Correlate(ctx context.Context, scene Scene) (Correlation, error)
}

// Prioritizer judges how soon a finding needs action. It is pure.
type Prioritizer interface {
	Prioritize(f Finding, evidence []Evidence) Priority
}

// Proposal is what a proposer drafted.
type Proposal struct {
	Fixes   []Fix         // most urgent first
	Unfixed map[ID]string // why there is no fix for a finding, one line each
	Gaps    []Gap
}

// Proposer drafts fixes for cases, which come most urgent first.
type Proposer interface {
	Propose(ctx context.Context, repo Repo, inventory Inventory, cases []Case) (Proposal, error)
}

// Validator tries fixes. A failing fix is a verdict; an error means that the trial itself could not run.
type Validator interface {
	Validate(ctx context.Context, repo Repo, fixes []Fix) (Trial, error)
}

// Scorer says how far a fix can be trusted. It is pure.
type Scorer interface {
	Score(fix Fix, v Verdict, t Trial) Confidence
}

// Decider applies policy to a case. It is pure.
type Decider interface {
	Decide(c Case, fixes []Fix) Decision
}

// Reviewer says what is to be put right in the repository's own files, in the light of a whole report. It is pure.
type Reviewer interface {
	Review(r Report) []Remark
}

// Deliverer hands a report on.
type Deliverer interface {
	Deliver(ctx context.Context, r Report) error
}

// Pipeline carries a repository through the stages. Propose and Validate may be empty: the run is then a scan.
type Pipeline struct {
	Discover   []Discoverer
	Correlate  []Correlator
	Prioritize Prioritizer
	Propose    []Proposer
	Validate   Validator
	Score      Scorer
	Decide     Decider
	Review     []Reviewer
	Deliver    []Deliverer
	Sources    []Source // the data behind the run, copied into the report
	Version    string
	Log        func(format string, args ...any) // told of each long step; nil is silence
	Base       *Repo                            // what the repository is compared with; nil is nothing
	Only       string                           // a mark that findings must bear to stay in the report; "" is none
	Ships      bool                             // a delivery carries the shipped set, so what that resolves fails no run
}

// Run takes repo through all stages. Deliverers see the report even where it has gaps. The error is that of a stage
// that could not work at all, or of a delivery.
func (p *Pipeline) Run(ctx context.Context, repo Repo) (Report, error) {
	r, err := p.Scan(ctx, repo)
	if err != nil {
		return r, err
	}
	if len(p.Propose) > 0 {
		if err := p.fix(ctx, repo, &r); err != nil {
			return r, err
		}
	}
	p.decide(&r)
	if p.Ships {
		r.relieve()
	}
	for _, review := range p.Review {
		r.Remarks = append(r.Remarks, review.Review(r)...)
	}
	for _, d := range p.Deliver {
		if err := d.Deliver(ctx, r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Scan runs the first three stages and returns the cases, most urgent first.
func (p *Pipeline) Scan(ctx context.Context, repo Repo) (Report, error) {
	r := Report{Version: p.Version, Commit: repo.Commit, Sources: p.Sources, Inventory: &Inventory{}}
	var findings []Finding
	for _, d := range p.Discover {
		found, err := d.Discover(ctx, repo)
		if err != nil {
			return r, fmt.Errorf("discover: %w", err)
		}
		findings = append(findings, found.Findings...)
		r.Gaps = append(r.Gaps, found.Gaps...)
		r.Inventory.Projects = append(r.Inventory.Projects, found.Inventory.Projects...)
		r.Facts = append(r.Facts, found.Facts...)
	}
	for _, project := range r.Inventory.Projects {
		r.Lockfiles = append(r.Lockfiles, project.Lockfile)
		r.Packages += len(project.Nodes)
	}
	before, err := p.base(ctx, &r, findings)
	if err != nil {
		return r, err
	}
	known, err := p.correlate(ctx, Scene{Repo: repo, Inventory: *r.Inventory, Facts: r.Facts, Findings: findings})
	if err != nil {
		return r, err
	}
	evidence := known.Evidence
	r.Gaps = append(r.Gaps, known.Gaps...)
	for _, f := range findings {
		c := Case{Finding: f, Evidence: evidence[f.ID]}
		if before != nil {
			c.Change = Added
			if before[f.ID] {
				c.Change = Existing
			}
		}
		c.Priority = p.Prioritize.Prioritize(f, c.Evidence)
		if p.Only != "" && !slices.Contains(c.Priority.Marks, p.Only) {
			r.LeftOut++
			continue
		}
		r.Cases = append(r.Cases, c)
	}
	r.Only = p.Only
	slices.SortStableFunc(r.Cases, MoreUrgent)
	return r, nil
}

// base discovers what the repository is compared with, and returns its findings; nil where there is no comparison. What
// cannot be read of it makes findings look new, never old.
func (p *Pipeline) base(ctx context.Context, r *Report, now []Finding) (map[ID]bool, error) {
	if p.Base == nil {
		return nil, nil
	}
	r.Base = p.Base.Commit
	before := map[ID]bool{}
	var inventory Inventory
	var facts []Fact
	for _, d := range p.Discover {
		found, err := d.Discover(ctx, *p.Base)
		if err != nil {
			return nil, fmt.Errorf("discover in the base: %w", err)
		}
		inventory.Projects = append(inventory.Projects, found.Inventory.Projects...)
		facts = append(facts, found.Facts...)
		for _, f := range found.Findings {
			before[f.ID] = true
			if !slices.ContainsFunc(now, func(x Finding) bool { return x.ID == f.ID }) {
				r.Gone = append(r.Gone, f)
			}
		}
	}
	r.Changes = Compare(inventory, *r.Inventory)
	for _, f := range r.Facts {
		if !slices.ContainsFunc(facts, f.same) {
			f.Proposed = true
			facts = append(facts, f)
		}
	}
	r.Facts = facts
	return before, nil
}

// MoreUrgent orders cases by outcome, then by whether they are overdue, then rank, then name, so that equal input gives equal
// order.
func MoreUrgent(a, b Case) int {
	if d := b.Priority.Outcome.Urgency() - a.Priority.Outcome.Urgency(); d != 0 {
		return d
	}
	if late := a.Priority.Overdue(); late != b.Priority.Overdue() {
		if late {
			return -1
		}
		return 1
	}
	switch {
	case a.Priority.Rank > b.Priority.Rank:
		return -1
	case a.Priority.Rank < b.Priority.Rank:
		return 1
	}
	if d := strings.Compare(a.Finding.Project+"\x00"+a.Finding.Package.Name+"\x00"+a.Finding.Rule,
		b.Finding.Project+"\x00"+b.Finding.Package.Name+"\x00"+b.Finding.Rule); d != 0 {
		return d
	}
	return strings.Compare(string(a.Finding.ID), string(b.Finding.ID))
}

// correlate asks all correlators at once and keeps their answers in the order of p.Correlate.
func (p *Pipeline) correlate(ctx context.Context, scene Scene) (Correlation, error) {
	answers := make([]Correlation, len(p.Correlate))
	errs := make([]error, len(p.Correlate))
	var wg sync.WaitGroup
	for i, c := range p.Correlate {
		wg.Go(func() { answers[i], errs[i] = c.Correlate(ctx, scene) })
	}
	wg.Wait()
	all := Correlation{Evidence: map[ID][]Evidence{}}
	for i, answer := range answers {
		if errs[i] != nil {
			return all, fmt.Errorf("correlate: %w", errs[i])
		}
		for _, f := range scene.Findings {
			all.Evidence[f.ID] = append(all.Evidence[f.ID], answer.Evidence[f.ID]...)
		}
		all.Gaps = append(all.Gaps, answer.Gaps...)
	}
	return all, nil
}

// fix proposes, validates and scores. Where policy applies fewer fixes than passed, it validates once more, so that the
// last trial is of exactly the set that ships.
func (p *Pipeline) fix(ctx context.Context, repo Repo, r *Report) error {
	for _, proposer := range p.Propose {
		drafted, err := proposer.Propose(ctx, repo, *r.Inventory, r.Cases)
		if err != nil {
			return fmt.Errorf("propose: %w", err)
		}
		r.Fixes = append(r.Fixes, drafted.Fixes...)
		r.Gaps = append(r.Gaps, drafted.Gaps...)
		for i, c := range r.Cases {
			if why := drafted.Unfixed[c.Finding.ID]; why != "" {
				r.Cases[i].Unfixed = why
			}
		}
	}
	if p.Validate == nil || len(r.Fixes) == 0 {
		return nil
	}
	trial, err := p.Validate.Validate(ctx, repo, r.Fixes)
	if err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	p.attempt(r, trial)
	p.decide(r)
	switch chosen := applied(*r); {
	case len(chosen) == 0:
		trial.Shipped, trial.Set = nil, Verdict{Status: Skipped, Reason: "policy applies no fix"}
	case len(chosen) < len(trial.Shipped):
		second, err := p.Validate.Validate(ctx, repo, chosen)
		if err != nil {
			return fmt.Errorf("validate the fixes that policy applies: %w", err)
		}
		second.Runs += trial.Runs
		for id, v := range trial.Verdicts {
			if _, ok := second.Verdicts[id]; !ok {
				second.Verdicts[id] = v
			}
		}
		trial = second
		p.attempt(r, trial)
	}
	r.Trial = &trial
	r.Gaps = append(r.Gaps, trial.Gaps...)
	return nil
}

// attempt hangs each fix's verdict and confidence on the cases that it should resolve.
func (p *Pipeline) attempt(r *Report, trial Trial) {
	for i := range r.Cases {
		c := &r.Cases[i]
		c.Attempts = nil
		for _, f := range r.Fixes {
			v, tried := trial.Verdicts[f.ID]
			if !tried || !slices.Contains(f.Resolves, c.Finding.ID) {
				continue
			}
			c.Attempts = append(c.Attempts, Attempt{Fix: f.ID, Verdict: v, Confidence: p.Score.Score(f, v, trial)})
		}
	}
}

func (p *Pipeline) decide(r *Report) {
	for i := range r.Cases {
		r.Cases[i].Decision = p.Decide.Decide(r.Cases[i], r.Fixes)
	}
}

// relieve lets findings that the shipped set resolves fail the run no more.
func (r *Report) relieve() {
	if r.Trial == nil {
		return
	}
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Decision.Fails && slices.Contains(r.Trial.Set.Resolved, c.Finding.ID) {
			c.Decision.Fails = false
			c.Decision.Why = append(c.Decision.Why, "it would fail the run, but a fix that ships resolves it")
		}
	}
}

// applied returns the fixes that a decision applies, in the order of r.Fixes.
func applied(r Report) []Fix {
	var chosen []Fix
	for _, f := range r.Fixes {
		if slices.ContainsFunc(r.Cases, func(c Case) bool { return c.Decision.Action == Apply && c.Decision.Fix == f.ID }) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}
