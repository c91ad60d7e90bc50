package validate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// runner runs a command on the work copy at root and holds it there.
type runner interface {
	Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error)
	Strengths() []string
	Level() int
}

// composer applies fix to the tree at dir, in which earlier fixes are already applied, through the package manager where
// a lockfile must be derived again. It returns the edits that it made against the tree as it found it, and the moves. An
// error wrapping fettle.ErrRefused is a verdict.
type composer interface {
	Compose(ctx context.Context, dir string, fix fettle.Fix) ([]fettle.Edit, []fettle.Move, error)
}

// discoverer scans a tree again.
type discoverer interface {
	Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error)
}

// Set tries fixes together and finds the largest part of them that passes. It remembers what it tried: a tree that was
// tested is not tested again, also in a later Validate. It is not safe for use by several goroutines at once.
type Set struct {
	Runner  runner
	Compose composer
	Rescan  discoverer
	Config  Config
	Temp    string                           // an existing directory for work copies, which are removed; "" is the system's
	Fetch   []string                         // KEY=VALUE for the package manager, in the network phase only
	Cache   string                           // the sandbox's cache folder, for what package managers download; "" for none
	Tool    func(program string) bool        // reports whether a program is on the PATH; nil takes every one to be
	Forbid  string                           // why nothing of the repository may run; "" is that it may
	Log     func(format string, args ...any) // told of each step; nil is silence
	Clock   func() time.Time                 // for the budget and the age of results

	// Results is a folder, outside of the repository and of what the sandbox can write, that keeps what runs showed, so that
	// a tree is not tested again by a later run of fettle; "" keeps nothing, and so does an empty Version. Entries are bounded
	// in number, size and age.
	Results string
	Version string // fettle's own

	composed map[string]composition
	tested   map[string]*treeRun
	scanned  map[string]scan
	standing map[string]*baseline
	kinds    map[string][]string // by project: the ecosystems of its fixes
	versions map[string]string   // by program: what it says of itself; "" where it did not answer
	loose    map[string][]string // by project: how to install where npm ci refuses the lockfile
}

// composition is what Compose answered for a fix on a tree.
type composition struct {
	edits []fettle.Edit
	moves []fettle.Move
	err   error // wraps fettle.ErrRefused
}

// Validate tries fixes, the most urgent first, on copies of repo. The set that ships was installed, built, tested and
// scanned as a whole. The error says that the trial itself could not run.
func (s *Set) Validate(ctx context.Context, repo fettle.Repo, fixes []fettle.Fix) (trial fettle.Trial, err error) {
	if s.composed == nil {
		s.composed, s.tested = map[string]composition{}, map[string]*treeRun{}
		s.scanned, s.standing = map[string]scan{}, map[string]*baseline{}
		s.loose, s.versions = map[string][]string{}, map[string]string{}
	}
	v := &search{set: s, repo: repo, start: s.Clock(), blamed: map[string]bool{}, odds: newOdds()}
	v.trial = fettle.Trial{Verdicts: map[string]fettle.Verdict{}, Sandbox: s.Runner.Strengths()}
	defer func() { err = errors.Join(err, v.clearBench()) }()
	if v.snap, err = readSnapshot(ctx, repo.Dir); err != nil {
		return v.trial, err
	}
	for _, name := range v.snap.left {
		v.gap(name, "it is left out of the work copy, as it is a link that leads outside or no regular file", nil)
	}
	fixes = v.plan(v.fresh(once(fixes)))
	if len(fixes) == 0 {
		v.trial.Baseline = skipped("nothing to validate")
		v.trial.Set = skipped("nothing to validate")
		return v.trial, nil
	}
	if s.Runner.Level() >= sandbox.None || s.Forbid != "" {
		return v.trial, v.unheld(ctx, fixes)
	}
	if fixes, err = v.baseline(ctx, fixes); err != nil {
		return v.trial, err
	}
	if err := v.find(ctx, fixes); err != nil {
		return v.trial, err
	}
	err = v.ship(ctx)
	v.trial.Runs = v.runs
	return v.trial, err
}

// once drops fixes of an id that came before.
func once(fixes []fettle.Fix) []fettle.Fix {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(fixes), func(f fettle.Fix) bool {
		again := seen[f.ID]
		seen[f.ID] = true
		return again
	})
}

// fresh skips fixes whose lockfile does not follow their manifest: what would be installed is not what ships.
func (v *search) fresh(fixes []fettle.Fix) []fettle.Fix {
	return slices.DeleteFunc(fixes, func(f fettle.Fix) bool {
		if len(f.Stale) > 0 {
			why := few(f.Stale) + " was not refreshed, so what the fix installs is not known; run the package manager and commit the lockfile"
			v.trial.Verdicts[f.ID] = skipped(why)
			v.gap("fix "+f.ID, "it was not tried: "+why, nil)
		}
		return len(f.Stale) > 0
	})
}

// plan finds out how the projects of the fixes are built, and skips fixes of those that it cannot build.
func (v *search) plan(fixes []fettle.Fix) []fettle.Fix {
	var dirs []string
	for _, f := range fixes {
		if !slices.Contains(dirs, f.Project) {
			dirs = append(dirs, f.Project)
		}
	}
	slices.Sort(dirs)
	v.set.kinds = ecosystemsOf(fixes)
	for _, dir := range dirs {
		p, err := v.set.planOf(v.snap.tree(), dir)
		if err != nil {
			v.gap(suite.Place(dir), "the fixes of this project were not tried: "+err.Error(), nil)
			fixes = v.drop(fixes, dir, err.Error())
			continue
		}
		for _, note := range p.Notes {
			v.gap(suite.Place(dir), note, nil)
		}
		v.plans = append(v.plans, p)
	}
	return fixes
}

// drop skips the fixes of the project in dir.
func (v *search) drop(fixes []fettle.Fix, dir, why string) []fettle.Fix {
	return slices.DeleteFunc(fixes, func(f fettle.Fix) bool {
		if f.Project == dir {
			v.trial.Verdicts[f.ID] = skipped(why)
		}
		return f.Project == dir
	})
}

// unheld applies and re-scans each fix alone where no sandbox would hold what it runs.
func (v *search) unheld(ctx context.Context, fixes []fettle.Fix) error {
	why := cmp.Or(v.set.Forbid, "nothing on this system would hold the commands of the repository, so none was run; run where user namespaces or Landlock work")
	v.trial.Baseline, v.trial.Set = skipped(why), skipped(why)
	v.gap("tests", why, nil)
	base, err := v.scan(ctx, v.snap.tree())
	if err != nil {
		return err
	}
	v.base = &baseline{scan: base}
	for _, f := range fixes {
		a, err := v.compose(ctx, v.snap.tree(), f)
		if refusal, ok := v.refused(f, err); ok {
			if v.trial.Verdicts[f.ID] = refusal; refusal.Status == fettle.Skipped {
				v.gap("fix "+f.ID, refusal.Reason, nil)
			}
			continue
		}
		if err != nil {
			return err
		}
		verdict, err := v.promise(ctx, []applied{a})
		if err != nil {
			return err
		}
		if verdict.Status != fettle.Failed {
			verdict.Status, verdict.Reason = fettle.Skipped, why
		}
		v.trial.Verdicts[f.ID] = verdict
	}
	return nil
}

// baseline runs the tree before any fix until two runs agree, at most three times, and skips the fixes of projects that
// do not install.
func (v *search) baseline(ctx context.Context, fixes []fettle.Fix) ([]fettle.Fix, error) {
	t := v.snap.tree()
	key := v.key(t)
	sc, err := v.scan(ctx, t)
	if err != nil {
		return nil, err
	}
	v.findings = sc.findings
	proofs := v.proofsOf(fixes)
	if v.base = v.set.standing[key]; v.base == nil || !v.base.shows(proofs) {
		var runs []*treeRun
		kept, plans := v.resultKey(ctx, t, nil, proofs)
		if run := v.earlier(kept, plans, proofs); run != nil {
			runs = append(runs, run) // one run now shows whether it still holds
		}
		for len(runs) < 2 || len(runs) == 2 && !same(runs[0], runs[1]) {
			v.log("baseline, run %d", len(runs)+1)
			run, err := v.execute(ctx, t, nil, proofs)
			if err != nil {
				return nil, err
			}
			v.runs++
			if runs = append(runs, run); !slices.ContainsFunc(run.projects, func(pr projectRun) bool { return pr.installed() }) {
				break // nothing to compare
			}
			if len(runs) == 2 && runs[0].cached && !same(runs[0], runs[1]) {
				v.log("an earlier run of the same tree answered otherwise, so it does not count")
				v.set.forget(kept)
				runs = runs[1:]
			}
		}
		v.base = newBaseline(sc, runs)
		last := runs[len(runs)-1]
		v.set.standing[key], v.set.tested[key] = v.base, last
		if kept != "" && len(runs) == 2 && same(runs[0], runs[1]) && lasting(last, nil) {
			v.set.keep(entryOf(kept, v.set.Clock(), last, nil))
		}
	}
	for _, p := range v.plans {
		if args := v.set.loose[p.Dir]; args != nil {
			v.gap(p.Lockfile, "npm ci refuses the lockfile before any fix, since it is out of step with package.json; fixes were tried with \""+
				strings.Join(args, " ")+"\" instead. Run npm install and commit the lockfile", nil)
		}
	}
	v.trial.Baseline = v.before(fixes)
	v.trial.Runs = v.runs
	v.plans = slices.DeleteFunc(v.plans, func(p suite.Plan) bool {
		bad := slices.IndexFunc(v.base.of(p.Dir).runs, func(pr projectRun) bool { return !pr.installed() })
		if bad < 0 {
			return false
		}
		install := v.base.of(p.Dir).runs[bad].install
		why := fmt.Sprintf("%s fails before any fix: %s", install.command, install.why)
		v.gap(suite.Place(p.Dir), "the fixes of this project were not tried: "+why+": "+telling(install.output), nil)
		fixes = v.drop(fixes, p.Dir, why)
		return true
	})
	return fixes, nil
}

func (pr projectRun) installed() bool { return pr.install.none() || pr.install.ok }

func (v *search) gap(subject, reason string, at *fettle.Location) {
	v.trial.Gaps = append(v.trial.Gaps, fettle.Gap{Stage: "validate", Subject: subject, Reason: reason, Location: at})
}

func (v *search) log(format string, args ...any) {
	if v.set.Log != nil {
		v.set.Log(format, args...)
	}
}
