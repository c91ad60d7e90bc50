package validate

import (
	"errors"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// entry is a treeRun as it is kept on disk. Of outputs it holds what a report shows.
type entry struct {
	Key      string         `json:"key"`
	Made     time.Time      `json:"made"`
	Projects []entryProject `json:"projects"`
}

type entryProject struct {
	Dir     string       `json:"dir"`
	Install entryPhase   `json:"install"`
	Scripts []entryPhase `json:"scripts,omitempty"`
	Build   entryPhase   `json:"build"`
	Changed []string     `json:"changed,omitempty"`
	Tests   []entryTest  `json:"tests,omitempty"`
	Reached bool         `json:"reached"`
	Proofs  []entryProof `json:"proofs,omitempty"`
}

type entryPhase struct {
	Command  string        `json:"command,omitempty"`
	OK       bool          `json:"ok,omitempty"`
	Why      string        `json:"why,omitempty"`
	Output   string        `json:"output,omitempty"`
	Cut      bool          `json:"cut,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
}

type entryTest struct {
	entryPhase
	Results suite.Results `json:"results"`
}

type entryProof struct {
	Key  string       `json:"key"`
	Runs []entryPhase `json:"runs"`
}

// lasting reports whether run would end so again: no limit, missing program or network ended a part of it, and no test
// or proof flickered in it.
func lasting(run *treeRun, base *baseline) bool {
	for _, pr := range run.projects {
		if !pr.installed() {
			return false
		}
		phases := append([]phase{pr.build}, pr.scripts...)
		for _, tr := range pr.tests {
			phases = append(phases, tr.phase)
		}
		for _, made := range pr.proofs {
			for _, ph := range made.runs {
				if phases = append(phases, ph); ph.ok != made.runs[0].ok {
					return false
				}
			}
		}
		for _, ph := range phases {
			if !ph.none() && (!told(ph) || !ph.ok && len(pr.plan.Missing(ph.output)) > 0) {
				return false
			}
		}
		if b := base.of(pr.plan.Dir); b != nil && len(b.once(pr.tests)) > 0 {
			return false
		}
	}
	return len(run.projects) > 0
}

// entryOf makes an entry of run, held against base where there is one.
func entryOf(key string, made time.Time, run *treeRun, base *baseline) *entry {
	e := &entry{Key: key, Made: made.UTC()}
	for _, pr := range run.projects {
		p := entryProject{Dir: pr.plan.Dir, Install: keptPhase(pr.install, nil), Build: keptPhase(pr.build, nil), Changed: pr.changed, Reached: pr.reached}
		for _, ph := range pr.scripts {
			p.Scripts = append(p.Scripts, keptPhase(ph, nil))
		}
		var broken []string
		if b := base.of(pr.plan.Dir); b != nil {
			broken = b.broken(pr.tests)
		}
		for _, tr := range pr.tests {
			names := broken
			if base == nil {
				names = tr.results.Failing()
			}
			p.Tests = append(p.Tests, entryTest{keptPhase(tr.phase, names), tr.results})
		}
		for _, made := range pr.proofs {
			proof := entryProof{Key: made.key}
			for _, ph := range made.runs {
				proof.Runs = append(proof.Runs, keptPhase(ph, nil))
			}
			p.Proofs = append(p.Proofs, proof)
		}
		e.Projects = append(e.Projects, p)
	}
	return e
}

func keptPhase(ph phase, names []string) entryPhase {
	kept := entryPhase{Command: ph.command, OK: ph.ok, Why: ph.why, Cut: ph.cut, Duration: ph.duration}
	if !ph.ok {
		kept.Output = excerpt(ph.output, names)
	}
	return kept
}

// check refuses what no run makes.
func (e *entry) check() error {
	wrong := len(e.Projects) == 0
	for _, p := range e.Projects {
		wrong = wrong || p.Install.Command != "" && !p.Install.OK
		phases := append([]entryPhase{p.Install, p.Build}, p.Scripts...)
		for _, t := range p.Tests {
			phases = append(phases, t.entryPhase)
			wrong = wrong || t.Results.Passed < 0
			for _, o := range t.Results.Cases {
				wrong = wrong || o < suite.Pass || o > suite.Fail
			}
		}
		for _, proof := range p.Proofs {
			phases = append(phases, proof.Runs...)
			wrong = wrong || len(proof.Runs) == 0 || len(proof.Runs) > proofTries
		}
		for _, ph := range phases {
			wrong = wrong || ph.Duration < 0 || ph.OK && ph.Command == "" || ph.Command != "" && !ph.OK && !strings.HasPrefix(ph.Why, "exit status ")
		}
		wrong = wrong || len(p.Tests) > reruns+1
	}
	if wrong {
		return errors.New("it is no result that a run makes")
	}
	return nil
}

// run turns e back into what was run, with the plans of the tree. It is nil where e is not of these.
func (e *entry) run(plans []suite.Plan) *treeRun {
	run := &treeRun{cached: true}
	if len(e.Projects) > len(plans) {
		return nil
	}
	for i, p := range e.Projects {
		if p.Dir != plans[i].Dir {
			return nil
		}
		pr := projectRun{plan: plans[i], install: p.Install.phase(), build: p.Build.phase(), changed: p.Changed, reached: p.Reached}
		for _, ph := range p.Scripts {
			pr.scripts = append(pr.scripts, ph.phase())
		}
		for _, t := range p.Tests {
			pr.tests = append(pr.tests, testRun{t.phase(), t.Results})
		}
		for _, proof := range p.Proofs {
			made := proofRun{key: proof.Key}
			for _, ph := range proof.Runs {
				made.runs = append(made.runs, ph.phase())
			}
			pr.proofs = append(pr.proofs, made)
		}
		run.projects = append(run.projects, pr)
	}
	return run
}

func (ph entryPhase) phase() phase {
	return phase{command: ph.Command, ok: ph.OK, why: ph.Why, output: ph.Output, cut: ph.Cut, duration: ph.Duration}
}
