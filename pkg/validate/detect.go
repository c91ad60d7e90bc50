package validate

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// seen is a tree as suite reads it.
type seen struct{ tree }

func (s seen) Read(name string) (string, error) { return s.read(name) }

func (s seen) Below(dir string) []string {
	var names []string
	for name := range s.names() {
		if dir == "" || strings.HasPrefix(name, dir+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// planOf reads how the project in dir is installed, built and tested on t.
func (s *Set) planOf(t tree, dir string) (suite.Plan, error) {
	settings := s.Config.project(dir)
	settings.Proof = nil // prove runs it, in dir; where the rest of the plan runs must not depend on it
	return suite.Detect(seen{t}, suite.Project{Dir: dir, Ecosystems: s.kinds[dir]},
		suite.Options{Settings: settings, Fetch: s.Fetch, Cache: s.Cache, Tool: s.Tool})
}

// ecosystemsOf returns, by project, the ecosystems that fixes move packages of.
func ecosystemsOf(fixes []fettle.Fix) map[string][]string {
	kinds := map[string][]string{}
	for _, f := range fixes {
		for _, u := range f.Upgrades {
			if e := u.Package.Ecosystem; e != "" && !slices.Contains(kinds[f.Project], e) {
				kinds[f.Project] = append(kinds[f.Project], e)
			}
		}
	}
	for _, names := range kinds {
		slices.Sort(names)
	}
	return kinds
}
