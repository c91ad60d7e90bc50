package main

import (
	"context"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// replay is what every rule says of every finding in every week.
type replay struct {
	*data
	apps   []*app
	rules  []rule // in the order in which they were asked
	weeks  []week
	views  map[*finding][]view // by EPSS day, twice: not in KEV, in KEV
	said   map[string]map[*finding][]bool
	action map[*finding]action
}

// week is a day on which all applications are looked at, with the newest EPSS scores of then.
type week struct {
	date time.Time
	epss int
}

// action is what one change of a version may settle: findings of one package in one project.
type action struct{ app, project, name string }

func newReplay(ctx context.Context, d *data, apps []*app, rules []rule, weeks []week) (*replay, error) {
	r := &replay{data: d, apps: apps, weeks: weeks, views: map[*finding][]view{},
		said: map[string]map[*finding][]bool{}, action: map[*finding]action{}}
	for _, a := range apps {
		if err := r.look(ctx, a); err != nil {
			return nil, err
		}
	}
	for _, rule := range rules {
		r.ask(rule)
	}
	r.ask(rule{riskRule, r.above(risk, nil)})
	r.ask(rule{riskRule1, r.above(risk1, nil)})
	return r, nil
}

// above surfaces what has at least as high a score as it takes for the effort of balanced, among the findings of part.
func (r *replay) above(score func(view) float64, part func(*finding) bool) func(view) bool {
	t := r.tune(score, part)
	return func(v view) bool { return score(v) >= t }
}

// weeksOf returns every seventh day from the first to the last day of EPSS.
func weeksOf(days []day) []week {
	var weeks []week
	for date := days[0].date; !date.After(days[len(days)-1].date); date = date.AddDate(0, 0, 7) {
		at := 0
		for i, d := range days {
			if !d.date.After(date) {
				at = i
			}
		}
		weeks = append(weeks, week{date, at})
	}
	return weeks
}

// look asks the feeds of every EPSS day, before and after KEV took a finding in.
func (r *replay) look(ctx context.Context, a *app) error {
	scene := fettle.Scene{}
	for _, f := range a.findings {
		scene.Findings = append(scene.Findings, f.Finding)
		r.action[f] = action{a.name, f.Project, f.Package.Name}
	}
	absent, err := correlate.KEV{Feed: kevAt{r.kev, time.Time{}}}.Correlate(ctx, scene)
	if err != nil {
		return err
	}
	listed, err := correlate.KEV{Feed: kevAt{r.kev, r.kev.AsOf()}}.Correlate(ctx, scene)
	if err != nil {
		return err
	}
	for i := range r.days {
		scores, err := correlate.EPSS{Feed: r.days[i].epss}.Correlate(ctx, scene)
		if err != nil {
			return err
		}
		for _, f := range a.findings {
			v := view{finding: f, day: &r.days[i], kev: absent.Evidence[f.ID], epss: scores.Evidence[f.ID]}
			for _, e := range v.epss {
				if e.Signal == fettle.EPSS && e.Status == fettle.Known {
					v.prob = e.Value
				}
			}
			in := v
			in.kev, in.known = listed.Evidence[f.ID], !f.exploited.IsZero()
			r.views[f] = append(r.views[f], v, in)
		}
	}
	return nil
}

// ask remembers what rule says of each view.
func (r *replay) ask(rule rule) {
	if r.said[rule.name] == nil {
		r.rules = append(r.rules, rule)
	}
	said := map[*finding][]bool{}
	for _, a := range r.apps {
		for _, f := range a.findings {
			for i, v := range r.views[f] {
				surfaced := false
				if i%2 == 0 || v.known {
					surfaced = rule.surfaced(v)
				}
				said[f] = append(said[f], surfaced)
			}
		}
	}
	r.said[rule.name] = said
}

// at is the place of f's view in week w.
func (w week) at(f *finding) int {
	if f.listed(w.date) {
		return 2*w.epss + 1
	}
	return 2 * w.epss
}

// each visits all findings that were known in each week.
func (r *replay) each(weeks []week, visit func(a *app, w week, f *finding)) {
	for _, w := range weeks {
		for _, a := range r.apps {
			for _, f := range a.findings {
				if f.known(w.date) {
					visit(a, w, f)
				}
			}
		}
	}
}

// tune returns the threshold of score that surfaces as many findings as balanced without context does, or the next fewer.
func (r *replay) tune(score func(view) float64, part func(*finding) bool) float64 {
	var scores []float64
	want := 0
	r.each(r.weeks, func(_ *app, w week, f *finding) {
		if part != nil && !part(f) {
			return
		}
		scores = append(scores, score(r.views[f][w.at(f)]))
		if r.said[balanced][f][w.at(f)] {
			want++
		}
	})
	slices.Sort(scores)
	slices.Reverse(scores)
	if want >= len(scores) {
		return 0
	}
	threshold := scores[want]
	for i := want; i > 0; i-- { // what ties with the first that is too many is too many as well
		if scores[i-1] > threshold {
			return scores[i-1]
		}
	}
	return threshold
}
