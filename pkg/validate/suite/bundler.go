package suite

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var gemSpec = regexp.MustCompile(`^    ([\w.-]+) \((\d[\w.]*)(?:-([\w.-]+))?\)$`)

// fetchGems downloads each name:version given to it for this platform, and builds or runs nothing of it.
const fetchGems = `mkdir -p .fettle/gems && cd .fettle/gems && for g in "$@"; do ` +
	`[ -n "$(ls -d "${g%%:*}-${g##*:}"*.gem 2>/dev/null)" ] || gem fetch "${g%%:*}" --version "${g##*:}" || exit 1; done`

// detectBundler fetches the gems of the lockfile one by one: bundler itself would run the Gemfile, and build extensions,
// with network.
func detectBundler(f folder, _ Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "bundler"}
	if !f.has("Gemfile.lock") {
		return p, fmt.Errorf("no Gemfile.lock in %s; commit one, or %s", Place(f.dir), declare)
	}
	p.Lockfile = f.path("Gemfile.lock")
	text, err := f.text("Gemfile.lock", maxLock)
	if err != nil {
		return p, err
	}
	section, has, all := "", map[string]bool{}, []string{}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		if line != "" && line[0] != ' ' {
			section = line
		}
		m := gemSpec.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if has[m[1]] = true; section == "GEM" {
			all = append(all, m[1]+":"+m[2])
		} else if section == "GIT" {
			p.Notes = append(p.Notes, fmt.Sprintf("gem %s is not fetched, as it comes from git; %s", m[1], declare))
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) > 0 {
		p.Install = steps(append([]string{"sh", "-c", fetchGems, "sh"}, all...))
	}
	p.Env = []string{
		"BUNDLE_PATH={at}/" + scratchPath("bundle"), "BUNDLE_CACHE_PATH=" + scratchPath("gems"), "BUNDLE_FROZEN=true",
		"BUNDLE_DISABLE_SHARED_GEMS=true", "BUNDLE_APP_CONFIG={at}/" + scratchPath("bundle-config"),
	}
	p.Scripts = steps([]string{"bundle", "install", "--local"})
	rake, err := f.text("Rakefile", maxManifest)
	if err != nil {
		return p, err
	}
	report := scratchPath("rspec.json")
	switch {
	case (has["rspec"] || has["rspec-core"]) && len(f.glob("spec/**/*_spec.rb")) > 0:
		p.Test = steps([]string{"bundle", "exec", "rspec", "--format", "progress", "--format", "json", "--out", report})
		p.Reports = []string{report}
	case strings.Contains(rake, "TestTask") || f.has("bin/rails") && len(f.glob("test/**/*_test.rb")) > 0 && rake != "":
		p.Test = steps([]string{"bundle", "exec", "rake", "test", "TESTOPTS=--verbose"})
	case len(f.glob("test/**/*_test.rb"))+len(f.glob("test/**/test_*.rb")) > 0:
		const all = `Dir["test/**/{*_test,test_*}.rb"].sort.each { |f| require File.expand_path(f) }`
		p.Test = steps([]string{"bundle", "exec", "ruby", "-Ilib", "-Itest", "-e", all, "--", "--verbose"})
	}
	return p, o.need("bundle", "install Ruby with bundler, or "+declare)
}
