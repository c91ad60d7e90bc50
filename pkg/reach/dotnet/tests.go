package dotnet

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// IsTest reports whether a file is of tests by its folders: test, Tests, Shop.Tests, Shop.IntegrationTests and the like.
func IsTest(file string) bool {
	for dir := project.Parent(file); dir != ""; dir = project.Parent(dir) {
		name := strings.ToLower(path.Base(dir))
		for _, word := range []string{"test", "tests", "unittest", "unittests", "integrationtests", "functionaltests", "acceptancetests", "e2etests", "specs"} {
			if name == word || strings.HasSuffix(name, "."+word) || strings.HasSuffix(name, "-"+word) || strings.HasSuffix(name, "_"+word) {
				return true
			}
		}
	}
	return false
}

// tests reports whether a source runs in tests only. A project file that is one of tests, or lies in their folders, decides for
// what is below it; a folder called Tests inside of another project is compiled into that.
func (s *solution) tests(file string) bool {
	for dir := project.Parent(file); ; dir = project.Parent(dir) {
		if list := s.below[dir]; len(list) > 0 {
			return !slices.ContainsFunc(list, func(file string) bool { return !s.build(file).isTest && !IsTest(file) })
		}
		if dir == "" {
			return IsTest(file)
		}
	}
}
