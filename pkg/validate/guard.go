package validate

import (
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// applied is a fix as Compose made it on a certain tree.
type applied struct {
	fix   fettle.Fix
	edits []fettle.Edit
	moves []fettle.Move
	after tree
}

// watched reports whether scripts of packages and the build must not change a file: manifests, lockfiles, settings of
// package managers, and tests.
func watched(name string) bool {
	base := path.Base(name)
	if _, ok := lockFormatOf(name); ok {
		return true
	}
	if _, ok := manifestOf(name); ok {
		return true
	}
	switch base {
	case ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "pip.conf", "uv.toml", "nuget.config", "NuGet.Config", "NuGet.config", "settings.xml",
		"go.work", "pytest.ini", "tox.ini", "setup.cfg", "phpunit.xml", "phpunit.xml.dist", ".rspec":
		return true
	}
	return isTest(name)
}

// isTest reports whether a file is one of tests, by the conventions of all ecosystems.
func isTest(name string) bool {
	base := path.Base(name)
	stem := strings.TrimSuffix(base, path.Ext(base))
	switch path.Ext(base) {
	case ".go":
		if strings.HasSuffix(stem, "_test") {
			return true
		}
	case ".py":
		if strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "_test") || stem == "conftest" || stem == "tests" {
			return true
		}
	case ".java", ".kt", ".groovy", ".scala", ".cs", ".fs", ".vb", ".php":
		if strings.HasSuffix(stem, "Test") || strings.HasSuffix(stem, "Tests") || strings.HasSuffix(stem, "Spec") || strings.HasSuffix(stem, "IT") && len(stem) > 2 {
			return true
		}
	case ".rb":
		if strings.HasSuffix(stem, "_spec") || strings.HasSuffix(stem, "_test") || strings.HasPrefix(stem, "test_") {
			return true
		}
	}
	if strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || strings.HasPrefix(base, "test.") || strings.Contains(base, ".cy.") {
		return true
	}
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		switch part {
		case "test", "tests", "spec", "specs", "__tests__", "androidTest", "testFixtures":
			return true
		}
		if strings.HasSuffix(part, ".Tests") || strings.HasSuffix(part, ".Test") || strings.HasSuffix(part, "Tests") && len(part) > 5 {
			return true // a C# project
		}
	}
	return false
}
