package deliver

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func npm(name, version string) fettle.Package {
	return fettle.Package{Ecosystem: "npm", Name: name, Version: version}
}

// finding is a finding of one instance; path leads to the package and ends with it.
func finding(rule, title string, pkg fettle.Package, line int, scope fettle.Scope, fixed string, path ...string) fettle.Finding {
	lock := fettle.Location{Path: "package-lock.json", Line: line, Column: 5, EndLine: line, EndColumn: 5 + len(`"node_modules/`+pkg.Name+`": {`)}
	f := fettle.Finding{
		ID: fettle.NewID(rule, pkg.Name, "package-lock.json"), Kind: fettle.Dependency, Rule: rule, Title: title, Package: pkg,
		Direct: len(path) == 1, Scope: scope, Location: lock,
		Instances: []fettle.Instance{{Version: pkg.Version, Key: "node_modules/" + pkg.Name, Direct: len(path) == 1, Scope: scope,
			Depth: len(path), Location: lock, Paths: [][]string{path}, PathCount: 1}},
	}
	if fixed != "" {
		f.Ranges = []fettle.Affected{{Introduced: "0", Fixed: fixed}}
	}
	return f
}

func scores(cvss float64, vector string, epss, rank float64, kev fettle.Status) []fettle.Evidence {
	kevDue := map[fettle.Status]string{fettle.Known: "2026-08-21"}[kev]
	return []fettle.Evidence{
		{Signal: fettle.CVSS, Status: fettle.Known, Value: cvss, Text: vector, Source: "osv", AsOf: day("2026-07-30")},
		{Signal: fettle.EPSS, Status: fettle.Known, Value: epss, Source: "epss v4", AsOf: day("2026-08-01")},
		{Signal: fettle.EPSSRank, Status: fettle.Known, Value: rank, Source: "epss v4", AsOf: day("2026-08-01")},
		{Signal: fettle.KEV, Status: kev, Text: kevDue, Source: "kev", AsOf: day("2026-08-01")},
	}
}

func because(pairs ...string) []fettle.Reason {
	var all []fettle.Reason
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, fettle.Reason{Factor: pairs[i], Text: pairs[i+1]})
	}
	return all
}

// sample is a report in which everything that can be said of a run is said: a fix that passed, one that failed on tests,
// an override, a finding without a fix, an ignored one, gaps and a base.
func sample() fettle.Report {
	lodash := finding("CVE-2021-23337", "Command injection in lodash via template", npm("lodash", "4.17.15"), 1201, fettle.Production, "4.17.21", "lodash@4.17.15")
	lodash.Aliases = []string{"GHSA-35jh-r3h4-6jhm"}
	lodash.CWEs = []string{"CWE-77", "CWE-94"}
	lodash.Details = "`lodash` versions prior to 4.17.21 are vulnerable to Command Injection via the template function."
	lodash.Manifest = &fettle.Location{Path: "package.json", Line: 14, Column: 5, EndLine: 14, EndColumn: 26}
	second := lodash.Instances[0]
	second.Version, second.Key, second.Direct, second.Depth = "4.17.11", "node_modules/async/node_modules/lodash", false, 2
	second.Location.Line, second.Location.EndLine = 310, 310
	second.Paths = [][]string{{"async@2.6.1", "lodash@4.17.11"}}
	lodash.Instances = append(lodash.Instances, second)

	qs := finding("CVE-2022-24999", "Prototype poisoning in qs hangs the process", npm("qs", "6.7.0"), 2210, fettle.Production, "6.7.3", "express@4.17.1", "body-parser@1.19.0", "qs@6.7.0")
	qs.Ranges = append(qs.Ranges, fettle.Affected{Introduced: "6.8.0", Fixed: "6.8.3"})
	qs.CWEs = []string{"CWE-1321"}
	jwt := finding("CVE-2022-23539", "Weak key types in jsonwebtoken", npm("jsonwebtoken", "8.5.1"), 1150, fettle.Production, "9.0.0", "jsonwebtoken@8.5.1")
	jwt.Manifest = &fettle.Location{Path: "package.json", Line: 13}
	ip := finding("CVE-2024-29415", "SSRF in ip: private addresses are taken for public ones", npm("ip", "2.0.0"), 980, fettle.Production, "", "socks-proxy-agent@8.0.2", "socks@2.7.1", "ip@2.0.0")
	minimatch := finding("CVE-2022-3517", "ReDoS in minimatch braceExpand", npm("minimatch", "3.0.4"), 1400, fettle.Development, "3.0.5", "mocha@8.1.0", "minimatch@3.0.4")
	babel := finding("CVE-2023-45133", "Arbitrary code execution when compiling crafted code", npm("@babel/traverse", "7.22.5"), 88, fettle.Development, "7.23.2", "jest@29.5.0", "@babel/core@7.22.5", "@babel/traverse@7.22.5")
	semver := finding("CVE-2022-25883", "ReDoS in semver", npm("semver", "7.3.4"), 2501, fettle.Development, "7.5.2", "jest@29.5.0", "semver@7.3.4")
	gone := finding("CVE-2021-44906", "Prototype pollution in minimist", npm("minimist", "1.2.5"), 1405, fettle.Production, "1.2.6", "minimist@1.2.5")

	passed := fettle.Verdict{Status: fettle.Passed, Checks: []fettle.Check{
		{Name: "applies", Status: fettle.Passed}, {Name: "resolves", Status: fettle.Passed}, {Name: "rescan", Status: fettle.Passed},
		{Name: "install", Status: fettle.Passed, Command: "npm ci"}, {Name: "build", Status: fettle.Skipped, Detail: "package.json has no build script"},
		{Name: "test", Status: fettle.Passed, Command: "npm test", Ran: 412, Flaky: []string{"upload › times out"}},
	}, Resolved: []fettle.ID{lodash.ID}}
	failed := fettle.Verdict{Status: fettle.Failed, Reason: "2 tests fail that passed before", Checks: []fettle.Check{
		{Name: "applies", Status: fettle.Passed}, {Name: "resolves", Status: fettle.Passed}, {Name: "rescan", Status: fettle.Passed},
		{Name: "install", Status: fettle.Passed}, {Name: "test", Status: fettle.Failed, Command: "npm test", Ran: 412,
			Broken: []string{"auth › signs with a short key", "auth › verifies tokens of the old service"},
			Output: "  1) auth\n       signs with a short key:\n     Error: secretOrPrivateKey has a minimum key size of 2048 bits for RS256\n" +
				"      at module.exports [as sign] (node_modules/jsonwebtoken/sign.js:118:25)\n      at Context.<anonymous> (test/auth.js:41:19)\n\n" +
				"  2) auth\n       verifies tokens of the old service:\n     JsonWebTokenError: invalid algorithm\n"},
	}}
	override := passed
	override.Resolved = []fettle.ID{qs.ID}
	trust := func(v float64) fettle.Confidence {
		return fettle.Confidence{Value: v, Basis: "prior, not calibrated", Reasons: []fettle.Reason{
			{Factor: "class", Text: "a patch release within the declared range", Points: 1.6},
			{Factor: "tests", Text: "412 tests ran before and after", Points: 0.9},
			{Factor: "flaky", Text: "1 test answers differently on the same tree", Points: -0.2}}, Cases: 120}
	}
	fixes := []fettle.Fix{
		{ID: "npm-lodash-4.17.21", Title: "lodash 4.17.15 → 4.17.21", Kind: fettle.LockOnly, Origin: "npm",
			Upgrades: []fettle.Upgrade{{Package: lodash.Package, To: "4.17.21", Kind: fettle.Direct, Range: "^4.17.21"}},
			Moves:    []fettle.Move{{Name: "lodash", Key: "node_modules/lodash", From: "4.17.15", To: "4.17.21"}, {Name: "lodash", Key: "node_modules/async/node_modules/lodash", From: "4.17.11"}},
			Resolves: []fettle.ID{lodash.ID},
			Edits: []fettle.Edit{
				{Path: "package.json", Line: 14, Old: "    \"lodash\": \"^4.17.15\",\n", New: "    \"lodash\": \"^4.17.21\",\n"},
				{Path: "package-lock.json", Line: 1202, Old: "      \"version\": \"4.17.15\",\n", New: "      \"version\": \"4.17.21\",\n"}}},
		{ID: "npm-qs-6.7.3", Title: "Pin qs to 6.7.3 by an override", Kind: fettle.Override, Origin: "npm",
			Moves: []fettle.Move{{Name: "qs", Key: "node_modules/qs", From: "6.7.0", To: "6.7.3"}}, Resolves: []fettle.ID{qs.ID},
			Edits:    []fettle.Edit{{Path: "package.json", Line: 30, Old: "  \"private\": true\n", New: "  \"private\": true,\n  \"overrides\": {\n    \"qs\": \"6.7.3\"\n  }\n"}},
			Cost:     fettle.Cost{Moves: 1, Distance: "patch", Files: 2, Lines: 6},
			Breaks:   []fettle.Break{{Package: fettle.Package{Ecosystem: "npm", Name: "qs", Version: "6.7.3"}, Symbol: "qs.formats", Location: fettle.Location{Path: "src/query.js", Line: 12}, Detail: "the new version has it no more"}},
			Warnings: []string{"the registry vouches for who built qs@6.7.0, but not for 6.7.3"}, Links: []string{"https://github.com/ljharb/qs/releases"},
			Alternatives: []fettle.Alternative{{Title: "upgrade express from 4.16.0 to 4.18.2, with qs", Kind: fettle.Holder,
				Cost: fettle.Cost{Moves: 14, Distance: "minor", Files: 2, Lines: 96}, Why: "it moves more packages"}},
			Notes: []string{"The override also holds for packages that ask for qs later; remove it once express asks for 6.7.3."}},
		{ID: "npm-jsonwebtoken-9.0.0", Title: "jsonwebtoken 8.5.1 → 9.0.0", Kind: fettle.Direct, Origin: "npm", Major: true,
			Moves:    []fettle.Move{{Name: "jsonwebtoken", Key: "node_modules/jsonwebtoken", From: "8.5.1", To: "9.0.0"}, {Name: "jws", Key: "node_modules/jws", From: "3.2.2", To: "3.2.2-a"}, {Name: "lodash.once", From: "4.1.1"}},
			Resolves: []fettle.ID{jwt.ID}},
		{ID: "npm-minimatch-3.0.5", Title: "minimatch 3.0.4 → 3.0.5", Kind: fettle.LockOnly, Origin: "npm",
			Moves: []fettle.Move{{Name: "minimatch", From: "3.0.4", To: "3.0.5"}}, Resolves: []fettle.ID{minimatch.ID}},
	}
	cases := []fettle.Case{
		{Finding: lodash, Change: fettle.Added,
			Evidence: append(scores(7.2, "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", 0.214, 0.957, fettle.Known),
				fettle.Evidence{Signal: fettle.CWE, Status: fettle.Known, Text: "CWE-77", Source: "osv:GHSA-35jh-r3h4-6jhm"},
				fettle.Evidence{Signal: fettle.Ransomware, Status: fettle.Unknown, Source: "kev", AsOf: day("2026-08-01")}),
			Priority: fettle.Priority{Outcome: fettle.Act, Rank: 91.4, Reasons: []fettle.Reason{
				{Factor: "outcome", Text: "Act: exploitation active, exposure open, total impact"}, {Factor: "base", Text: "every finding starts here", Points: 20},
				{Factor: "epss", Text: "EPSS 21.4% (95.7th percentile) on 2026-08-01; exploitation is known already"},
				{Factor: "impact", Text: "total impact: high on confidentiality and integrity", Points: 23},
				{Factor: "exploitation", Text: "exploited in the wild: listed in KEV on 2026-08-01, due 2026-08-21", Points: 60}},
				Would: []string{"Attend if exposure were declared controlled", "Attend if exposure were declared small", "Attend if the package is shown not to be imported"}},
			Attempts: []fettle.Attempt{{Fix: fixes[0].ID, Verdict: passed, Confidence: trust(0.93)}},
			Decision: fettle.Decision{Action: fettle.Apply, Fix: fixes[0].ID, Fails: true, Rule: "fettle.yaml:12 policy.act", Why: []string{"Act fails the run: fettle.yaml:4 policy.fail_on is act"}}},
		{Finding: qs, Change: fettle.Existing,
			Evidence: scores(7.5, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 0.134, 0.94, fettle.Absent),
			Priority: fettle.Priority{Outcome: fettle.Attend, Rank: 64, Reasons: []fettle.Reason{
				{Factor: "exposure", Text: "exposure is open, says the context"}, {Factor: "epss", Text: "EPSS 13.4% (94th percentile) on 2026-08-01; the median of that day is 0.70%", Points: 40},
				{Factor: "severity", Text: "CVSS 7.5 (CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H), osv on 2026-07-30", Points: 0.5}}, Would: []string{"Act if it enters KEV"}},
			Attempts: []fettle.Attempt{{Fix: fixes[1].ID, Verdict: override, Confidence: trust(0.81)}},
			Decision: fettle.Decision{Action: fettle.Suggest, Fix: fixes[1].ID, Rule: "fettle.yaml:15 policy.attend", Why: []string{"confidence 0.81 is below the 0.90 that apply asks for"}}},
		{Finding: jwt, Change: fettle.Existing,
			Evidence: scores(8.1, "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N", 0.002, 0.41, fettle.Absent),
			Priority: fettle.Priority{Outcome: fettle.Attend, Rank: 58.2, Reasons: because("impact", "Automatable and total impact, open to the network", "scope", "Used in production")},
			Attempts: []fettle.Attempt{{Fix: fixes[2].ID, Verdict: failed, Confidence: trust(0)}},
			Decision: fettle.Decision{Action: fettle.Inform, Rule: "fettle.yaml:15 policy.attend"}},
		{Finding: ip, Change: fettle.Existing,
			Evidence: []fettle.Evidence{{Signal: fettle.CVSS, Status: fettle.Unknown, Source: "osv"}, {Signal: fettle.KEV, Status: fettle.Absent, Source: "kev", AsOf: day("2026-08-01")}},
			Priority: fettle.Priority{Outcome: fettle.Attend, Rank: 50, Reasons: because("cvss", "No CVSS score: taken as automatable with total impact")},
			Unfixed:  "no version that the advisory calls fixed is served", Decision: fettle.Decision{Action: fettle.Inform, Rule: "default"}},
		{Finding: babel, Change: fettle.Existing,
			Evidence: scores(9.3, "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 0.0009, 0.25, fettle.Absent),
			Priority: fettle.Priority{Outcome: fettle.TrackStar, Rank: 31, Reasons: because("scope", "Development only")}, Decision: fettle.Decision{Action: fettle.Inform, Rule: "default"}},
		{Finding: semver, Change: fettle.Existing, Priority: fettle.Priority{Outcome: fettle.Track, Rank: 8, Reasons: because("scope", "Development only")},
			Decision: fettle.Decision{Action: fettle.Inform, Rule: "default"}},
		{Finding: minimatch, Change: fettle.Existing, Priority: fettle.Priority{Outcome: fettle.Track, Rank: 5, Reasons: because("scope", "Development only")},
			Evidence: []fettle.Evidence{{Signal: fettle.VEX, Status: fettle.Known, Text: "not_affected vulnerable_code_not_in_execute_path", Source: "fettle.yaml:31", AsOf: day("2026-07-01")}},
			Decision: fettle.Decision{Action: fettle.Ignore, Rule: "fettle.yaml:31 exceptions", Why: []string{"not_affected: vulnerable_code_not_in_execute_path;", "patterns are our own. Expires 2026-12-31."}}},
	}
	return fettle.Report{
		Version: "0.1.0", Commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", Base: "9fceb02d0ae598e95dc970b74767f19372d61af8",
		Sources:  []fettle.Source{{Name: "osv npm", Count: 200123, AsOf: day("2026-08-01")}, {Name: "kev", Count: 1404, AsOf: day("2026-08-01")}, {Name: "epss v4", Count: 301244, AsOf: day("2026-08-01")}},
		Packages: 412, Lockfiles: []string{"package-lock.json"}, Cases: cases, Gone: []fettle.Finding{gone}, Fixes: fixes,
		Trial: &fettle.Trial{Baseline: fettle.Verdict{Status: fettle.Passed}, Set: fettle.Verdict{Status: fettle.Passed},
			Verdicts: map[string]fettle.Verdict{fixes[0].ID: passed, fixes[1].ID: override, fixes[2].ID: failed,
				fixes[3].ID: {Status: fettle.Skipped, Reason: "the budget of 8 runs was spent on more urgent cases"}},
			Shipped: []fettle.Step{{Fix: fixes[0].ID, Tested: true}},
			Sandbox: []string{"namespaces and seccomp: no network, no tokens", "memory and processes limited", "NOT held: cgroups are not available"}, Runs: 8},
		Gaps: []fettle.Gap{
			{Stage: "discover", Subject: "apps/legacy/package-lock.json", Reason: "not JSON at line 312: want a lockfile written by npm 7 or later", Location: &fettle.Location{Path: "apps/legacy/package-lock.json", Line: 312}},
			{Stage: "propose", Subject: "lodash", Reason: "the registry did not answer: 503"}},
	}
}

// clean is the report of a run that found nothing and missed nothing.
func clean() fettle.Report {
	r := sample()
	return fettle.Report{Version: r.Version, Commit: r.Commit, Sources: r.Sources, Packages: 412, Lockfiles: r.Lockfiles}
}

// large is a report of n findings, every fourth of each outcome.
func large(n int) fettle.Report {
	r := clean()
	base := sample().Cases[0]
	for i := range n {
		c := base
		c.Finding.Rule = fmt.Sprintf("CVE-2020-%05d", i)
		c.Finding.ID = fettle.NewID(c.Finding.Rule)
		c.Finding.Package.Name = fmt.Sprintf("lodash-%d", i)
		c.Priority.Outcome = []fettle.Outcome{fettle.Act, fettle.Attend, fettle.TrackStar, fettle.Track}[i*4/n]
		c.Attempts, c.Decision, c.Change = nil, fettle.Decision{Action: fettle.Inform}, ""
		r.Cases = append(r.Cases, c)
	}
	return r
}

// hostile is the sample with text in every field that tries to become markup, a mention, a column or a command.
func hostile(evil string) fettle.Report {
	r := sample()
	c := &r.Cases[2]
	c.Finding.Title, c.Finding.Details, c.Finding.Rule, c.Finding.Package.Name = evil, evil, evil, evil
	c.Finding.Package.Version, c.Finding.Location.Path, c.Finding.Scope = evil, evil, fettle.Scope(evil)
	c.Finding.CWEs, c.Finding.Aliases, c.Finding.Links = []string{evil}, []string{evil}, []string{evil}
	c.Finding.Instances[0].Version, c.Finding.Instances[0].Paths = evil, [][]string{{evil, evil}}
	c.Finding.Instances[0].Location.Path = evil
	c.Finding.Manifest = &fettle.Location{Path: evil, Line: -4, Column: -1}
	c.Finding.Ranges = []fettle.Affected{{Fixed: evil}}
	c.Priority.Reasons = []fettle.Reason{{Factor: evil, Text: evil}}
	c.Priority.Would = []string{evil}
	c.Decision = fettle.Decision{Action: fettle.Ignore, Rule: evil, Why: []string{evil}}
	other := *c
	other.Finding.ID = "0123456789abcdef"
	other.Decision = fettle.Decision{Action: fettle.Action(evil), Rule: evil}
	other.Evidence = []fettle.Evidence{{Signal: fettle.Signal(evil), Status: fettle.Status(evil), Text: evil, Source: evil}, {Signal: fettle.VEX, Text: evil}}
	r.Cases = append(r.Cases, other)
	f := &r.Fixes[2]
	f.Title, f.Origin, f.Notes = evil, evil, []string{evil}
	f.Warnings, f.Links, f.Stale = []string{evil}, []string{evil}, []string{evil}
	f.Breaks = []fettle.Break{{Symbol: evil, Location: fettle.Location{Path: evil}, Detail: evil}}
	f.Alternatives = []fettle.Alternative{{Title: evil, Why: evil, Cost: fettle.Cost{Distance: evil}}}
	r.Cases[2].Unfixed, r.Cases[3].Unfixed = evil, evil
	f.Moves = []fettle.Move{{Name: evil, From: evil, To: evil}}
	f.Introduces = []fettle.Finding{c.Finding}
	f.Edits = []fettle.Edit{{Path: evil, Line: 1, Old: evil, New: evil}}
	r.Trial.Verdicts[f.ID] = fettle.Verdict{Status: fettle.Failed, Reason: evil, Checks: []fettle.Check{
		{Name: evil, Status: fettle.Failed, Detail: evil, Command: evil, Output: strings.Repeat(evil+"\n", 3), Broken: []string{evil}}}}
	r.Trial.Sandbox = []string{evil}
	r.Gaps[0] = fettle.Gap{Stage: evil, Subject: evil, Reason: evil, Location: &fettle.Location{Path: evil}}
	r.Gone[0].Rule, r.Gone[0].Package.Name = evil, evil
	r.Sources[0].Name, r.Commit, r.Base, r.Version = evil, evil, evil, evil
	r.Lockfiles = []string{evil}
	return r
}
