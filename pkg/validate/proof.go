package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// proofTries is how often a proof that still fails is run on a tree before a fix is blamed for it.
const proofTries = 3

// proofRun is how a proof of vulnerability ended on one tree, once or, where it failed, several times.
type proofRun struct {
	key  string // its command
	runs []phase
}

func keyOf(p Proof) string { return strings.Join(p.Run, "\x00") }

// told reports whether ph ran to its own end: a program that is not there or that a limit ended shows nothing. The shell
// gives 126 and 127 for programs that it cannot run.
func told(ph phase) bool {
	return ph.ok || !ph.absent && strings.HasPrefix(ph.why, "exit status ") && ph.why != "exit status 126" && ph.why != "exit status 127"
}

// proofsOf returns the proofs of vulnerability to run on a tree with fixes, by the directory of the project. Only what
// fettle.yaml declares counts: no file of the repository is guessed to be one by its name. A proof concerns the fixes of
// its own project, and one bound to ids those that resolve one of these.
func (v *search) proofsOf(fixes []fettle.Fix) map[string][]Proof {
	all := map[string][]Proof{}
	for _, p := range v.plans {
		var about []fettle.Finding
		concerned := false
		for _, f := range fixes {
			if f.Project != p.Dir {
				continue
			}
			concerned = true
			for _, id := range f.Resolves {
				if found, ok := v.findings[id]; ok {
					about = append(about, found)
				} else {
					about = append(about, fettle.Finding{ID: id})
				}
			}
		}
		for _, proof := range v.set.Config.proofs(p.Dir) {
			if concerned && len(proof.Run) > 0 && proof.proves(about) {
				all[p.Dir] = append(all[p.Dir], proof)
			}
		}
	}
	return all
}

// shows reports whether run holds the outcome of all proofs, of projects that it reached.
func (run *treeRun) shows(proofs map[string][]Proof) bool {
	for _, pr := range run.projects {
		if !pr.reached {
			continue
		}
		for _, proof := range proofs[pr.plan.Dir] {
			if pr.proof(proof) == nil {
				return false
			}
		}
	}
	return true
}

func (pr projectRun) proof(p Proof) *proofRun {
	i := slices.IndexFunc(pr.proofs, func(r proofRun) bool { return r.key == keyOf(p) })
	if i < 0 {
		return nil
	}
	return &pr.proofs[i]
}

// prove runs proofs in the built work copy at dir, without network. Before each run, restore takes back what ran before
// did to the files of the repository. With a baseline, a proof that fails is run again.
func (v *search) prove(ctx context.Context, pr *projectRun, compare *projectBaseline, dir string, proofs []Proof, restore func() error) error {
	pr.reached = true
	for _, proof := range proofs {
		if pr.proof(proof) != nil {
			continue // the same command, for something else
		}
		made := proofRun{key: keyOf(proof)}
		for {
			if err := restore(); err != nil {
				v.log("what the tests left behind stays: %v", err)
			}
			ph, err := v.supplied(ctx, dir, inDir(pr.plan), []suite.Step{{Args: proof.Run}}, false)
			if err != nil {
				return err
			}
			ph.output = suite.Legible(ph.output)
			made.runs = append(made.runs, ph)
			v.log("proof of vulnerability in %s: %s", suite.Place(pr.plan.Dir), ending(ph))
			if compare == nil || ph.ok || !told(ph) || len(made.runs) == proofTries || compare.proves(proof) != "" {
				break
			}
		}
		pr.proofs = append(pr.proofs, made)
	}
	return nil
}

func ending(ph phase) string {
	if ph.ok {
		return "exit status 0"
	}
	return ph.why
}

// inDir returns p with its commands run in the project's own directory, for which proofs are written.
func inDir(p suite.Plan) suite.Plan {
	places := strings.NewReplacer("{at}", strings.TrimSuffix("{root}/"+p.At, "/"))
	for _, env := range []*[]string{&p.Env, &p.Fetch, &p.Offline} {
		*env = slices.Clone(*env)
		for i, kv := range *env {
			(*env)[i] = places.Replace(kv)
		}
	}
	p.At = p.Dir
	return p
}

// proves says why a proof shows nothing, since it did not fail in each run before any fix; "" is that it did.
func (b *projectBaseline) proves(p Proof) string {
	passed, failed := 0, 0
	for _, pr := range b.runs {
		if !pr.build.none() && !pr.build.ok {
			return "the build fails without a fix too, so it cannot tell"
		}
		made := pr.proof(p)
		if made == nil {
			return "it was not run before any fix"
		}
		for _, ph := range made.runs {
			switch {
			case !told(ph):
				return "it did not run to its end before any fix, so it cannot tell: " + ph.why
			case ph.ok:
				passed++
			default:
				failed++
			}
		}
	}
	switch {
	case failed == 0 && passed == 0:
		return "it was not run before any fix"
	case passed > 0 && failed > 0:
		return "it proves nothing: it both passes and fails before any fix"
	case passed > 0:
		return "it proves nothing: it passes before any fix"
	}
	return ""
}

// proofCheck holds one proof against the fixes that should make it pass; with no baseline, it tells how it stands
// before any.
func proofCheck(p Proof, pr projectRun, base *projectBaseline) fettle.Check {
	c := fettle.Check{Name: "proof", Status: fettle.Skipped, Command: strings.Join(p.Run, " ")}
	made := pr.proof(p)
	if made == nil {
		c.Detail = "not reached"
		return c
	}
	passed := 0
	last := made.runs[len(made.runs)-1]
	for _, ph := range made.runs {
		c.Duration += ph.duration
		if ph.ok {
			passed++
		}
	}
	why := base.proves(p)
	switch n := len(made.runs); {
	case why != "":
		c.Detail = why
	case !told(last):
		c.Detail = "it did not run to its end, so it cannot tell: " + last.why
	case passed == n:
		c.Status, c.Detail = fettle.Passed, "it fails before and passes now"
	case passed > 0:
		c.Detail = fmt.Sprintf("it cannot tell: on the same tree it passes %d times of %d", passed, n)
	default:
		c.Status, c.Output = fettle.Failed, excerpt(last.output, nil)
		c.Detail = fmt.Sprintf("it fails before and still does, %d times of %d: %s", n, n, last.why)
	}
	return c
}

// proofChecks is the check of all proofs that concern fixes; there is none where none is declared.
func (v *search) proofChecks(run *treeRun, fixes []fettle.Fix) []fettle.Check {
	var all []fettle.Check
	proofs := v.proofsOf(fixes)
	for _, p := range v.plans {
		for _, proof := range proofs[p.Dir] {
			c := fettle.Check{Name: "proof", Status: fettle.Skipped, Detail: "not reached", Command: strings.Join(proof.Run, " ")}
			pr := projectRun{plan: p}
			if i := slices.IndexFunc(run.projects, func(pr projectRun) bool { return pr.plan.Dir == p.Dir }); i >= 0 {
				pr = run.projects[i]
				c = proofCheck(proof, pr, v.base.of(p.Dir))
			}
			if c = v.in(pr, c); len(all) > 0 {
				c = join(all[0], c)
			}
			all = []fettle.Check{c}
		}
	}
	return all
}

// proofsBefore is how the proofs stand before any fix. A proof that shows nothing becomes a gap.
func (v *search) proofsBefore(fixes []fettle.Fix) []fettle.Check {
	var all []fettle.Check
	proofs := v.proofsOf(fixes)
	for _, p := range v.plans {
		for _, proof := range proofs[p.Dir] {
			c := fettle.Check{Name: "proof", Status: fettle.Passed, Detail: "it fails before any fix, as it should", Command: strings.Join(proof.Run, " ")}
			if why := v.base.of(p.Dir).proves(proof); why != "" {
				c.Status, c.Detail = fettle.Skipped, why
				v.gap(suite.Place(p.Dir), fmt.Sprintf("the proof of vulnerability %q shows nothing of the fixes: %s", oneLine(c.Command), why), nil)
			}
			if c = v.in(projectRun{plan: p}, c); len(all) > 0 {
				c = join(all[0], c)
			}
			all = []fettle.Check{c}
		}
	}
	return all
}
