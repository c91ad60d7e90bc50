package correlate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Context attaches to each finding what is declared and what is inferred of the service that it is in. What is declared beats
// what is inferred; of what is inferred, a deployed configuration beats a hint, and the worse beats the better. Facts that only
// the change under review states make things worse or count for nothing.
type Context struct {
	Declared Declared
	File     string // where Declared stands, relative to the repository; empty is fettle.yaml
}

// Correlate answers Known for what is believed, and nothing for what nobody says.
func (c Context) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	settled := map[string][]fettle.Evidence{} // by places
	return each(ctx, scene, func(f fettle.Finding) []fettle.Evidence {
		places := placesOf(f)
		key := strings.Join(places, "\x00")
		if _, ok := settled[key]; !ok {
			settled[key] = evidenceOf(c.Settle(scene.Facts, places...))
		}
		return settled[key]
	})
}

func placesOf(f fettle.Finding) []string {
	places := []string{f.Project, f.Location.Path}
	if f.Manifest != nil {
		places = append(places, f.Manifest.Path)
	}
	return places
}

func evidenceOf(facts []fettle.Fact) []fettle.Evidence {
	var all []fettle.Evidence
	for _, f := range facts {
		all = append(all, fettle.Evidence{Signal: f.Signal, Status: fettle.Known, Text: f.Text, Source: f.Source, Why: f.Why, Where: f.Where, Declared: f.Declared})
	}
	return all
}

// Settle returns what is believed of a project, whose directory comes first and whose files may follow: one fact for each signal,
// several for data and regimes.
func (c Context) Settle(inferred []fettle.Fact, places ...string) []fettle.Fact {
	believed := c.Declared.facts(cmp.Or(c.File, "fettle.yaml"), places...)
	if !c.Declared.infers() {
		return believed
	}
	said := map[fettle.Signal]bool{}
	for _, f := range believed {
		said[f.Signal] = true
	}
	about := map[fettle.Signal][]fettle.Fact{}
	for _, f := range inferred {
		if !said[f.Signal] && concerns(f, places[0]) {
			about[f.Signal] = append(about[f.Signal], f)
		}
	}
	about[fettle.Exposure] = served(about[fettle.Exposure], about[fettle.Role])
	if len(about[fettle.Exposure]) == 0 && !said[fettle.Exposure] {
		about[fettle.Exposure] = byRole(about[fettle.Role])
	}
	for _, signal := range slices.Sorted(maps.Keys(about)) {
		if signal == fettle.Data || signal == fettle.Regime {
			believed = append(believed, classes(about[signal])...)
			continue
		}
		if f, ok := worst(about[signal]); ok {
			believed = append(believed, f)
		}
	}
	return believed
}

// concerns reports whether f is about the project in dir. What is about a service around the project is; what is about a service
// inside of it is where it makes things worse, because the project's packages may run there.
func concerns(f fettle.Fact, dir string) bool {
	if f.Service == "" || f.Service == dir || strings.HasPrefix(dir, f.Service+"/") {
		return true
	}
	return raises(f) && (dir == "" || strings.HasPrefix(f.Service, dir+"/"))
}

// raises reports whether f can only make things worse.
func raises(f fettle.Fact) bool {
	return badness(f) > badness(fettle.Fact{Signal: f.Signal}) || f.Signal == fettle.Exposure && f.Text == string(Open)
}

// badness orders what may be said of one signal; what nobody says is 0. Nothing is worse than to know nothing of exposure.
func badness(f fettle.Fact) int {
	order := map[fettle.Signal][]string{
		fettle.Exposure:    {string(Small), string(Controlled), string(Open)},
		fettle.Criticality: {string(Low), string(Medium), string(High)},
		fettle.Environment: {string(Development), string(Staging), string(Production)},
		fettle.Role:        {"library", "cli", "job", "server"},
		fettle.Shipped:     {"no", "yes"},
	}[f.Signal]
	unsaid := map[fettle.Signal]int{fettle.Exposure: 2, fettle.Criticality: 1, fettle.Role: 3, fettle.Shipped: 1}[f.Signal]
	switch {
	case f.Signal == fettle.Data || f.Signal == fettle.Regime:
		return len(f.Text)
	case order == nil || f.Text == "":
		return 0
	}
	return slices.Index(order, f.Text) - unsaid
}

// worst picks one of facts of one signal. It is false where only the change under review says something, and that would make
// things better.
func worst(facts []fettle.Fact) (fettle.Fact, bool) {
	var best *fettle.Fact
	pick := func(proposed bool) {
		for i := range facts {
			f := &facts[i]
			if f.Proposed != proposed {
				continue
			}
			switch {
			case best == nil && (!proposed || badness(*f) >= 0):
				best = f
			case best == nil:
			case proposed && badness(*f) > badness(*best):
				best = f
			case !proposed && f.Strength == fettle.Stated && best.Strength != fettle.Stated:
				best = f
			case !proposed && f.Strength == best.Strength && badness(*f) > badness(*best):
				best = f
			case !proposed && f.Signal == fettle.Owner && len(f.Service) > len(best.Service): // the nearest answers
				best = f
			}
		}
	}
	pick(false)
	pick(true)
	if best == nil {
		return fettle.Fact{}, false
	}
	return *best, true
}

// served leaves out hints that a server is less than open, where something else than the hint's own source says that it is one: a
// port that an image exposes says nothing of who may ask.
func served(exposures, roles []fettle.Fact) []fettle.Fact {
	says := func(role fettle.Fact) bool {
		return role.Text == "server" && !slices.ContainsFunc(exposures, func(f fettle.Fact) bool { return f.Source == role.Source })
	}
	if !slices.ContainsFunc(roles, says) {
		return exposures
	}
	return slices.DeleteFunc(exposures, func(f fettle.Fact) bool { return f.Strength == fettle.Hinted && f.Text != string(Open) })
}

// byRole takes a program that serves nobody for one that known users alone can reach.
func byRole(roles []fettle.Fact) []fettle.Fact {
	role, ok := worst(roles)
	if !ok || role.Proposed || role.Text != "cli" && role.Text != "library" {
		return nil
	}
	return []fettle.Fact{{Service: role.Service, Signal: fettle.Exposure, Text: string(Controlled), Strength: fettle.Hinted, Source: role.Source, Where: role.Where,
		Why: fmt.Sprintf("a %s, in which nothing listens: %s", role.Text, role.Why)}}
}

// classes joins facts by what they say. A hint counts where another place says the same.
func classes(facts []fettle.Fact) []fettle.Fact {
	by := map[string][]fettle.Fact{}
	for _, f := range facts {
		by[f.Text] = append(by[f.Text], f)
	}
	var believed []fettle.Fact
	for _, text := range slices.Sorted(maps.Keys(by)) {
		stated := slices.IndexFunc(by[text], func(f fettle.Fact) bool { return f.Strength == fettle.Stated })
		if stated >= 0 {
			believed = append(believed, by[text][stated])
			continue
		}
		first := by[text][0]
		other := slices.IndexFunc(by[text], func(f fettle.Fact) bool { return f.Source != first.Source || place(f) != place(first) })
		if other < 0 {
			continue
		}
		first.Why += ", and " + by[text][other].Why
		if where := by[text][other].Where; where != nil {
			first.Why += " (" + where.String() + ")"
		}
		believed = append(believed, first)
	}
	return believed
}

func place(f fettle.Fact) string {
	if f.Where == nil {
		return ""
	}
	return f.Where.String()
}
