package validate

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// setsTests reports whether a file says how tests are run: settings of runners, of builds and of CI.
func setsTests(name string) bool {
	base, lower := path.Base(name), strings.ToLower(path.Base(name))
	if _, ok := manifestOf(name); ok && !requirementsFile.MatchString(base) {
		return true
	}
	if strings.HasPrefix(name, ".github/") || strings.HasPrefix(name, ".circleci/") || strings.HasPrefix(name, ".buildkite/") || strings.HasPrefix(name, ".gitlab/") {
		return true
	}
	for _, part := range []string{".config.", "rc.", "codecov", "azure-pipelines", "bitbucket-pipelines", ".gitlab-ci", "runsettings", "phpunit.xml", "cloudbuild"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return slices.Contains([]string{"makefile", "gnumakefile", "justfile", "taskfile.yml", "taskfile.yaml", "jenkinsfile", ".travis.yml", "tox.ini", "noxfile.py", "setup.cfg", "setup.py",
		"pytest.ini", ".coveragerc", ".nycrc", ".c8rc", ".mocharc", ".rspec", "rakefile", "dockerfile", ".drone.yml", "build.xml", "build.sbt", "meson.build", "cmakelists.txt"}, lower) ||
		slices.Contains([]string{".sh", ".mk", ".bats", ".ps1"}, path.Ext(lower))
}

// loose are settings that take failures for success or leave tests out.
var loose = regexp.MustCompile(`(?i)passWithNoTests|\|\|\s*(?:true\b|:(?:\s|$|")|exit 0|echo\b)|;\s*true\s*(?:$|")|continue-on-error["']?\s*:\s*["']?true|allow_failure["']?\s*:\s*["']?true` +
	`|-Dskip(?:Tests|ITs)|-Dmaven\.test\.(?:skip|failure\.ignore)|<maven\.test\.(?:skip|failure\.ignore)>\s*true|<skip(?:Tests|ITs)?>\s*true|<testFailureIgnore>\s*true|<failIfNoTests>\s*false|<exclude>|<groups>|<excludedGroups>` +
	`|ignoreFailures\b[\s=(]*true|(?:^|\s)-x\s+(?:test|check)\b|enabled\s*=\s*false|--continue-on-collection-errors|--deselect|--ignore(?:-glob)?[= ]|collect_ignore|norecursedirs|(?:^|[\s"'])-k\s+["']?not\b|-m\s+["']?not\b` +
	`|testPathIgnorePatterns|--test(?:PathIgnore|NamePattern)\w*|\bexclude(?:s|Files|Tests\w*)?["']?\s*[:=(\[]|\bexclude\s+['"]|\bset \+e\b|^\s*-\w+\s.*\btest\b|(?:^|\s)if["']?\s*:\s*["']?(?:\$\{\{\s*)?false|(?:^|\s)test\s*=\s*false|doctest\s*=\s*false` +
	`|--exit-zero|--no-fail\b|--lf\b|--last-failed|-run[= ]["']?\^?\$|skip_?tests?["']?\s*[:=]\s*["']?(?:true|1|yes)|--filter["'= ]+\S*(?:!=|!~)|failOnWarning\s*=\s*"?false|stopOnFailure\s*=\s*"?false|--no-coverage|processIsolation`)

// running are commands that run tests.
var running = regexp.MustCompile(`\b(?:npm|yarn|pnpm|bun)(?: run)? (?:test|t)\b|\b(?:jest|vitest|mocha|ava|tap|karma|cypress|playwright|jasmine)\b(?:[^":]|"[^:]|"?$)|\bpytest\b|\btox\b|\bnox\b|\bunittest\b|\bgo test\b|\bgotestsum\b|\bcargo (?:nextest|test)\b` +
	`|\bmvnw?\b[^\n]*\b(?:test|verify|install|package)\b|\bgradlew?\b[^\n]*\b(?:test|check|build)\b|\bdotnet test\b|\brspec\b|\brake (?:test|spec)\b|\bphpunit\b|\bpest\b|\bcomposer (?:run )?test\b|\bmake (?:test|check)\b|\bctest\b|node --test\b`)

// limits are thresholds of coverage and the like.
var limits = regexp.MustCompile(`(?i)["']?\b(branches|functions|lines|statements|fail[_-]under|cov-fail-under|minimum|threshold|target|minimum_coverage|min_?coverage|check-coverage|LineCoverage|BranchCoverage)\b["']?\s*(?:[:=>(]|\s)\s*["']?(\d+(?:\.\d+)?)`)

var remarks = regexp.MustCompile(`(?s)<!--.*?-->`)

// weakenedSettings says how a change of settings makes tests tell less.
func weakenedSettings(c change) string {
	if !setsTests(c.path) || c.before == nil {
		return ""
	}
	before, after := bare(c.path, *c.before), ""
	if c.after != nil {
		after = bare(c.path, *c.after)
	}
	count := func(form *regexp.Regexp, text string) map[string]int {
		found := map[string]int{}
		for line := range strings.SplitSeq(text, "\n") {
			for _, m := range form.FindAllString(line, -1) {
				found[strings.Join(strings.Fields(m), " ")]++
			}
		}
		return found
	}
	was, now := count(loose, before), count(loose, after)
	for _, m := range sortedKeys(now) {
		if now[m] > was[m] {
			return fmt.Sprintf("%s takes failures of tests for success or leaves tests out: %s", c.path, oneLine(m))
		}
	}
	if a, b := len(running.FindAllString(before, -1)), len(running.FindAllString(after, -1)); b < a {
		return fmt.Sprintf("%s runs tests in fewer places", c.path)
	}
	old, new := limitsOf(before), limitsOf(after)
	for _, key := range sortedKeys(old) {
		for i, n := range old[key] {
			if i >= len(new[key]) {
				return fmt.Sprintf("%s has no threshold %s any more", c.path, key)
			}
			if new[key][i] < n {
				return fmt.Sprintf("%s lowers the threshold %s from %g to %g", c.path, key, n, new[key][i])
			}
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func limitsOf(text string) map[string][]float64 {
	all := map[string][]float64{}
	for _, m := range limits.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.ParseFloat(m[2], 64); err == nil {
			key := strings.ToLower(m[1])
			all[key] = append(all[key], n)
		}
	}
	return all
}

// bare is text without comments.
func bare(name, text string) string {
	switch path.Ext(name) {
	case ".json":
		return text
	case ".xml", ".csproj", ".props", ".targets", ".runsettings", ".fsproj", ".vbproj":
		return remarks.ReplaceAllString(text, "")
	}
	mark := "#"
	switch path.Ext(name) {
	case ".js", ".ts", ".cjs", ".mjs", ".cts", ".mts", ".gradle", ".kts", ".groovy", ".sbt":
		mark = "//"
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, mark) {
			continue
		}
		if i := strings.Index(line, " "+mark); i >= 0 {
			line = line[:i]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
