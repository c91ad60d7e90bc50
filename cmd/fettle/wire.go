package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/decide"
	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/prioritize"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/reach"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/score"
	"github.com/fettle-dev/fettle/pkg/validate"
)

// scanStages wires what every run has of the stages that read: correlate, prioritize and decide. What it discovers in is yet to be
// added.
func scanStages(env *environment, db *intelligence, c config) *fettle.Pipeline {
	return &fettle.Pipeline{
		Discover:   []fettle.Discoverer{known(db.gaps(env.now(), c.Database))},
		Correlate:  append(db.correlators(), correlate.Context{Declared: c.Context, File: c.name}),
		Prioritize: priority(env, db, c, nil),
		Score:      score.Model{},
		Decide:     policy(env, c),
		Sources:    db.sources(),
		Version:    buildVersion(),
	}
}

// treeStages adds the stages that read a repository, and what the repository itself says about how its findings are judged.
func (s *session) treeStages(t trusted, part bool) {
	p, packages := s.pipeline, dependencies(s.env, s.db, s.config)
	p.Discover = append(p.Discover, packages, services(s.config), known(t.gaps))
	p.Correlate = append(p.Correlate, t.vex)
	switch s.config.reach {
	case reachCalls:
		p.Correlate = append(p.Correlate, calls{s.env, packages.Settings, s.say.step})
		fallthrough
	case reachSource:
		p.Correlate = append(p.Correlate, reach.Imports{Settings: packages.Settings, Overlay: t.overlay, Ignores: s.config.Discover.Ignores, Log: s.say.step})
	}
	p.Prioritize = priority(s.env, s.db, s.config, t.learned)
	judge := s.policy()
	judge.Partial = part
	p.Decide = judge
	p.Review = []fettle.Reviewer{judge, reviewVEX{t.vex, part}}
}

// priority judges by the day's scores and by what was learned; nil is nothing.
func priority(env *environment, db *intelligence, c config, taught *learn.Model) prioritize.SSVC {
	ssvc := prioritize.SSVC{Mode: c.Priority.Mode, Rules: c.Compliance, Today: env.now(), Learned: taught}
	if db.epss != nil {
		ssvc.Median = db.epss.Median()
		ssvc.P975, _ = db.epss.Threshold(0.975)
	}
	return ssvc
}

// services infers facts; what discover leaves out it leaves out too.
func services(c config) service.Reader {
	c.Services.Ignore = append(slices.Clone(c.Services.Ignore), c.Discover.Ignore...)
	return service.Reader{Config: c.Services}
}

// The values of --reach.
const (
	reachCalls  = "calls"  // also load Go modules in a sandbox and follow their calls
	reachSource = "source" // read source files, run nothing
	reachNone   = "none"
)

// dependencies reads what the package managers of all ecosystems say.
func dependencies(env *environment, db *intelligence, c config) discover.Dependencies {
	settings := project.Settings{Home: env.getenv("HOME"), Getenv: env.getenv, Maven: c.Discover.Maven.Repositories,
		Cache: filepath.Join(filepath.Dir(env.databasePath()), "metadata")}
	if !c.offline {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = 30 * time.Second
		settings.Client = &http.Client{Transport: transport, Timeout: 2 * time.Minute}
	}
	return discover.Dependencies{Database: db.advisories, Settings: settings, Config: c.Discover}
}

// policy is what fettle.yaml and the day say.
func policy(env *environment, c config) decide.Policy {
	return decide.Policy{
		Rules:       c.Policy,
		Exceptions:  c.Exceptions,
		Environment: decide.Environment(c.Context.Environment),
		File:        c.name,
		Today:       env.now(),
	}
}

// fixes adds the stages that draft and try fixes.
func (s *session) fixes(ctx context.Context) error {
	env, c, temp, log := s.env, s.config, s.temp, s.say.step
	cache := filepath.Join(filepath.Dir(env.databasePath()), "cache")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return fmt.Errorf("make the cache of package managers: %w", err)
	}
	box, err := sandbox.New(sandbox.Options{Cache: cache, Temp: temp, Env: env.lookup, Log: log, Reach: []string{}})
	if err != nil {
		return err
	}
	s.ends = append(s.ends, func() { _ = box.Close() }) // what is left of it is removed at the next start
	empty := filepath.Join(temp, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		return err
	}
	use, err := newTools(ctx, env, cache, empty)
	if err != nil {
		return fmt.Errorf("make the cache of package managers: %w", err)
	}
	rescan := dependencies(env, s.db, c)
	rescan.Settings.Modules = []string{modules(cache)}
	survey := use.survey(box, temp, log)
	s.ends = append(s.ends, func() { _ = survey.Close() }) // in temp
	planner := &propose.Planner{Managers: use.managers(box, rescan, temp, log), Survey: survey, Discover: rescan, Database: s.db.advisories,
		Config: c.Propose,
		Temp:   temp, Clock: env.now, Log: log}
	s.pipeline.Propose = []fettle.Proposer{planner}
	// What a lockfile names is fetched by its checksum, so the cache serves it as well as the registry.
	fetch := append(use.sources(), "npm_config_prefer_offline=true")
	s.pipeline.Validate = &validate.Set{Runner: box, Compose: planner, Rescan: rescan, Config: c.Validate, Temp: temp, Cache: cache, Tool: env.has, Fetch: fetch,
		Forbid:  c.Validate.Sandbox.Forbids(box.Missing(), sandbox.Secrets(env.environ, os.DirFS("/"))),
		Results: filepath.Join(filepath.Dir(env.databasePath()), "results"), Version: released(buildVersion()),
		Log: log, Clock: env.now}
	return nil
}

// released is the version of a build that has one: builds of a work tree differ and keep no results for each other.
func released(version string) string {
	if version == "devel" {
		return ""
	}
	return version
}
