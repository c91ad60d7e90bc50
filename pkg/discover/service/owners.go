package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// ownersFiles are where forges look, the first that is there counts.
var ownersFiles = []string{".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

const (
	maxRules   = 3_000
	maxMatches = 500_000 // of a file with a rule
)

// readOwners says who owns each unit: the owners of its manifest by the last rule that matches.
func (f *finder) readOwners() {
	i := slices.IndexFunc(ownersFiles, func(file string) bool { return slices.Contains(f.names, file) })
	if i < 0 {
		return
	}
	file := ownersFiles[i]
	data, ok := f.read(file, maxConfig, false)
	if !ok {
		return
	}
	rules := ownerRules(string(data))
	for _, u := range f.units[:min(len(f.units), maxMatches/max(len(rules), 1))] {
		rule, ok := match(rules, u.files[0])
		if !ok {
			continue
		}
		var owners []string
		for _, o := range rule.Owners {
			owners = append(owners, o.String())
		}
		if len(owners) == 0 {
			continue
		}
		f.say(place{[]string{u.dir}, true}, claim{signal: fettle.Owner, text: strings.Join(owners, " "), source: "codeowners", file: file, line: rule.LineNumber,
			why: rule.RawPattern() + " is owned by " + strings.Join(owners, " ")})
	}
}

// ownerRules reads line by line, as forges do: one that is wrong, or begins a section of GitLab, takes nothing from the rest.
func ownerRules(text string) []codeowners.Rule {
	var rules []codeowners.Rule
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "[") || strings.HasPrefix(line, "^[") || len(line) > 2000 {
			continue
		}
		parsed, err := parseRule(line)
		if err != nil || len(parsed) != 1 {
			continue
		}
		if parsed[0].LineNumber = n; len(rules) == maxRules {
			break
		}
		rules = append(rules, parsed[0])
	}
	return rules
}

var errRule = errors.New("not a rule")

// parseRule turns a panic of the library into an error.
func parseRule(line string) (rules codeowners.Ruleset, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errRule, r)
		}
	}()
	return codeowners.ParseFile(strings.NewReader(line), codeowners.WithOwnerMatchers(append(slices.Clone(codeowners.DefaultOwnerMatchers),
		codeowners.OwnerMatchFunc(otherOwner))))
}

// otherOwner matches what the library does not: groups of GitLab, which may lie in one another, and addresses of any domain.
func otherOwner(text string) (codeowners.Owner, error) {
	local, domain, ok := strings.Cut(text, "@")
	name := local + domain
	if !ok || name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+%") != "" {
		return codeowners.Owner{}, codeowners.ErrNoMatch
	}
	if local == "" {
		return codeowners.Owner{Value: domain, Type: codeowners.TeamOwner}, nil
	}
	return codeowners.Owner{Value: text, Type: codeowners.EmailOwner}, nil
}

func match(rules []codeowners.Rule, file string) (codeowners.Rule, bool) {
	for _, r := range slices.Backward(rules) {
		if matches(r, file) {
			return r, true
		}
	}
	return codeowners.Rule{}, false
}

func matches(r codeowners.Rule, file string) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	ok, err := r.Match(file)
	return ok && err == nil
}
