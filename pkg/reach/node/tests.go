package node

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	testFolders = []string{"test", "tests", "__tests__", "__mocks__", "__fixtures__", "__snapshots__", "spec", "specs", "e2e", "cypress", ".storybook", "playwright"}
	testNames   = regexp.MustCompile(`(?i)(?:[._-](?:test|tests|spec|specs|stories|story|e2e|cy|bench)\.[cm]?[jt]sx?|^(?:test|tests)\.[cm]?[jt]sx?|^(?:jest|vitest|vitest\.workspace|karma|mocha|ava|cypress|playwright|wdio|protractor|nightwatch|testcafe|jasmine|web-test-runner|stryker|codecept|nyc|c8)(?:[.-](?:conf|config|setup|preset|global-setup|teardown|env|base|unit|e2e|ci|integration))+\.[cm]?[jt]s|^(?:setupTests|\.mocharc|\.jestrc|\.nycrc)\.[cm]?[jt]sx?)$`)
)

// Tests reports whether a file runs in tests only, by its name or folder.
func (Analyst) Tests(file string) bool {
	if testNames.MatchString(path.Base(file)) {
		return true
	}
	folders := strings.Split(file, "/")
	return slices.ContainsFunc(folders[:len(folders)-1], func(folder string) bool { return slices.Contains(testFolders, folder) })
}
