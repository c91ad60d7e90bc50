package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// app is one frozen application.
type app struct {
	name     string
	cluster  string // snapshots of one application are resampled together
	packages int
	gaps     int
	inferred []fettle.Fact
	findings []*finding
}

// finding is one finding with what does not change from week to week.
type finding struct {
	fettle.Finding
	app        *app
	cves       []string
	published  time.Time // zero: unknown, and counted from the first week on
	dating     dating
	exploited  time.Time // the day on which KEV took in the first of its CVEs; zero where it has none
	score      float64   // the base score, or what stands for it
	highest    float64   // the highest base score of all vectors, or what stands for it
	basis      basis
	common     []fettle.Evidence // CVSS and CWE
	inferred   []fettle.Evidence
	declared   []fettle.Evidence
	controlled []fettle.Evidence
}

// basis is what is known of a finding's severity.
type basis string

const (
	byVector basis = "vector"
	byRating basis = "rating alone"
	byNone   basis = "neither"
)

// ratingScores stand for the scores of advisories that give a word: the middle of the word's range.
var ratingScores = map[string]float64{"low": 2, "medium": 5.5, "high": 8, "critical": 9.5}

// declaredExposure is what a team would plausibly declare: that what serves the web is open, and that a command line or a
// library is controlled. Of tailscale and terragoat it is hard to say, so they declare nothing.
var declaredExposure = map[string]correlate.Exposure{
	"cli": correlate.Controlled, "fzf": correlate.Controlled, "goreleaser": correlate.Controlled, "go-retryablehttp": correlate.Controlled,
	"dvna": correlate.Open, "gogs": correlate.Open, "govwa": correlate.Open, "juice-shop": correlate.Open, "kubernetes-goat": correlate.Open,
	"nodejs-goof": correlate.Open, "petclinic": correlate.Open, "pygoat": correlate.Open, "realworld-node": correlate.Open, "webgoat": correlate.Open,
}

var versionEnd = regexp.MustCompile(`-(v?[0-9].*|head)$`)

func (d *data) applications(ctx context.Context, dir string) ([]*app, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var apps []*app
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		a := &app{name: e.Name(), cluster: versionEnd.ReplaceAllString(e.Name(), "")}
		if err := d.read(ctx, a, filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
		apps = append(apps, a)
	}
	return apps, nil
}

// read scans one application as fettle does offline: nothing is fetched, so parent POMs that are not there leave gaps.
func (d *data) read(ctx context.Context, a *app, dir string) error {
	repo := fettle.Repo{Dir: dir}
	settings := project.Settings{Getenv: func(string) string { return "" }}
	found, err := discover.Dependencies{Database: d.advisories, Settings: settings}.Discover(ctx, repo)
	if err != nil {
		return err
	}
	services, err := service.Reader{}.Discover(ctx, repo)
	if err != nil {
		return err
	}
	a.gaps, a.inferred = len(found.Gaps), services.Facts
	for _, p := range found.Inventory.Projects {
		a.packages += len(p.Nodes)
	}
	scene := fettle.Scene{Repo: repo, Inventory: found.Inventory, Facts: services.Facts, Findings: found.Findings}
	ask := func(c fettle.Correlator) map[fettle.ID][]fettle.Evidence {
		var answer fettle.Correlation
		if err == nil {
			answer, err = c.Correlate(ctx, scene)
		}
		return answer.Evidence
	}
	context := func(e correlate.Exposure) correlate.Context {
		return correlate.Context{Declared: correlate.Declared{Setting: correlate.Setting{Exposure: e}}}
	}
	cvss, cwe := ask(correlate.CVSS{Feed: d.cvss}), ask(correlate.CWE{})
	inferred, declared, controlled := ask(context("")), ask(context(declaredExposure[a.cluster])), ask(context(correlate.Controlled))
	if err != nil {
		return err
	}
	for _, f := range found.Findings {
		g := &finding{Finding: f, app: a, cves: cvesOf(f), common: slices.Concat(cvss[f.ID], cwe[f.ID]),
			inferred: inferred[f.ID], declared: declared[f.ID], controlled: controlled[f.ID]}
		d.complete(g)
		a.findings = append(a.findings, g)
	}
	return nil
}

// complete sets what the feeds say that does not change.
func (d *data) complete(g *finding) {
	g.score, g.basis = severity(g.common)
	g.highest = highest(g.common, g.score)
	g.published, g.dating = d.numbers.published(g.Published, append([]string{g.Rule}, g.Aliases...))
	for _, cve := range g.cves {
		if e, ok := d.kev.Entry(cve); ok && (g.exploited.IsZero() || e.DateAdded.Before(g.exploited)) {
			g.exploited = e.DateAdded
		}
	}
}

func cvesOf(f fettle.Finding) []string {
	var ids []string
	for _, id := range append([]string{f.Rule}, f.Aliases...) {
		if strings.HasPrefix(id, "CVE-") && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// severity is the score of the vector that comes first, else that of the highest rating, else the highest there is: what is
// not known counts as the worse case for every rule.
func severity(evidence []fettle.Evidence) (float64, basis) {
	rated := 0.0
	for _, e := range evidence {
		switch {
		case e.Signal == fettle.CVSS && e.Status == fettle.Known:
			return e.Value, byVector
		case e.Signal == fettle.Rating:
			rated = max(rated, ratingScores[e.Text])
		}
	}
	if rated > 0 {
		return rated, byRating
	}
	return 10, byNone
}

// highest is the highest score of all vectors; score where there are none.
func highest(evidence []fettle.Evidence, score float64) float64 {
	for _, e := range evidence {
		if e.Signal == fettle.CVSS && e.Status == fettle.Known {
			score = max(score, e.Value)
		}
	}
	return score
}

// known reports whether the advisory was there on day.
func (f *finding) known(day time.Time) bool { return !f.published.After(day) }

// listed reports whether KEV had one of its CVEs on day.
func (f *finding) listed(day time.Time) bool { return !f.exploited.IsZero() && !f.exploited.After(day) }
