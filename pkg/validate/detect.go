package validate

import (
	"slices"
	"strings"

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
	return suite.Detect(seen{t}, suite.Project{Dir: dir}, suite.Options{Settings: s.Config.project(dir), Fetch: s.Fetch})
}
