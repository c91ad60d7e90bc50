package alert

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// gitLabReasons are the dismissal reasons of GitLab. Mitigated is no word on relevance: elsewhere it would matter.
var gitLabReasons = map[string]Reason{"acceptable_risk": TolerableRisk, "false_positive": Inaccurate, "mitigating_control": Mitigated,
	"used_in_tests": NotUsed, "not_applicable": NotUsed}

// gitLabUser is an account as GraphQL gives it.
type gitLabUser struct {
	Username string `json:"username"`
	Bot      bool   `json:"bot"`
}

// vulnerability is what GitLab's formats have in common.
type vulnerability struct {
	id, state, reason      string
	updated                string
	dismissed, resolved    string // when
	dismissedBy            *gitLabUser
	resolvedBy             *gitLabUser
	severity, title        string
	identifiers            []identifier
	vectors                []string
	file, dependency, over string // over: the dependency's version
}

type identifier struct{ kind, value string }

// alert translates v. An alert that is resolved names who did so where a person did; what is only no longer detected does not.
func (v vulnerability) alert() (Alert, error) {
	a := Alert{ID: "gitlab " + v.id, Source: "gitlab", Package: v.dependency, Version: v.over, Path: v.file, Vectors: v.vectors,
		Rating: severities[strings.ToLower(v.severity)]}
	if v.id == "" {
		return a, errors.New("it has no id")
	}
	for _, i := range v.identifiers {
		value := strings.TrimSpace(i.value)
		switch kind := strings.ToLower(i.kind); {
		case value == "":
		case kind == "cwe" || strings.HasPrefix(strings.ToUpper(value), "CWE-"):
			a.CWEs = append(a.CWEs, "CWE-"+strings.TrimPrefix(strings.ToUpper(value), "CWE-"))
		case kind == "cve" || kind == "ghsa" || strings.HasPrefix(value, "CVE-") || strings.HasPrefix(value, "GHSA-"):
			a.Aliases = append(a.Aliases, value)
		}
	}
	if len(a.Aliases) == 0 {
		a.Rule = v.title
	}
	when := v.updated
	switch state := strings.ToLower(v.state); state {
	case "detected", "confirmed", "opened":
		a.State = Open
	case "resolved", "closed":
		a.State, when = Fixed, cmp.Or(v.resolved, when)
		a.byGitLab(v.resolvedBy)
	case "dismissed":
		a.State, when = Dismissed, cmp.Or(v.dismissed, when)
		a.byGitLab(v.dismissedBy)
		var ok bool
		if a.Reason, ok = gitLabReasons[strings.ToLower(strings.ReplaceAll(v.reason, " ", "_"))]; !ok && v.reason != "" {
			return a, fmt.Errorf("unknown dismissal reason %.40q; want acceptable_risk, false_positive, mitigating_control, used_in_tests or not_applicable", v.reason)
		}
	default:
		return a, fmt.Errorf("unknown state %.40q; want detected, confirmed, dismissed or resolved", v.state)
	}
	a.settle(when)
	return a, nil
}

func (a *Alert) byGitLab(u *gitLabUser) {
	if u != nil && u.Username != "" {
		a.By, a.Bot = u.Username, u.Bot || IsBot(u.Username, "")
	}
}

// gitLabLocation is where a vulnerability was found, in REST and in GraphQL.
type gitLabLocation struct {
	File       string `json:"file"`
	Dependency struct {
		Package struct{ Name string } `json:"package"`
		Version string                `json:"version"`
	} `json:"dependency"`
}

// gitLabNode reads one node of the field vulnerabilities of GitLab's GraphQL API.
func gitLabNode(text []byte) (Alert, error) {
	var d struct {
		ID          string          `json:"id"`
		State       string          `json:"state"`
		Title       string          `json:"title"`
		Severity    string          `json:"severity"`
		Reason      string          `json:"dismissalReason"`
		DetectedAt  string          `json:"detectedAt"`
		UpdatedAt   string          `json:"updatedAt"`
		DismissedAt string          `json:"dismissedAt"`
		DismissedBy *gitLabUser     `json:"dismissedBy"`
		ResolvedAt  string          `json:"resolvedAt"`
		ResolvedBy  *gitLabUser     `json:"resolvedBy"`
		Location    *gitLabLocation `json:"location"`
		CVSS        []struct {
			Vector string `json:"vector"`
		} `json:"cvss"`
		Identifiers []struct {
			Type  string `json:"externalType"`
			Value string `json:"externalId"`
			Name  string `json:"name"`
		} `json:"identifiers"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return Alert{}, err
	}
	v := vulnerability{id: d.ID[strings.LastIndexByte(d.ID, '/')+1:], state: d.State, reason: d.Reason, updated: cmp.Or(d.UpdatedAt, d.DetectedAt),
		dismissed: d.DismissedAt, resolved: d.ResolvedAt, dismissedBy: d.DismissedBy, resolvedBy: d.ResolvedBy, severity: d.Severity, title: d.Title}
	for _, i := range d.Identifiers {
		v.identifiers = append(v.identifiers, identifier{i.Type, cmp.Or(i.Value, i.Name)})
	}
	for _, c := range d.CVSS {
		if c.Vector != "" {
			v.vectors = append(v.vectors, c.Vector)
		}
	}
	if d.Location != nil {
		v.file, v.dependency, v.over = d.Location.File, d.Location.Dependency.Package.Name, d.Location.Dependency.Version
	}
	return v.alert()
}

// gitLabRecord reads one vulnerability of GET /projects/ID/vulnerabilities. It tells who and when by number, and no reason of
// a dismissal in older releases.
func gitLabRecord(text []byte) (Alert, error) {
	var d struct {
		ID          json.Number `json:"id"`
		State       string      `json:"state"`
		Title       string      `json:"title"`
		Severity    string      `json:"severity"`
		Reason      string      `json:"dismissal_reason"`
		UpdatedAt   string      `json:"updated_at"`
		DismissedAt string      `json:"dismissed_at"`
		DismissedBy json.Number `json:"dismissed_by_id"`
		ResolvedAt  string      `json:"resolved_at"`
		ResolvedBy  json.Number `json:"resolved_by_id"`
		Finding     struct {
			Raw string `json:"raw_metadata"`
		} `json:"finding"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return Alert{}, err
	}
	v := vulnerability{id: d.ID.String(), state: d.State, reason: d.Reason, updated: d.UpdatedAt, dismissed: d.DismissedAt, resolved: d.ResolvedAt,
		severity: d.Severity, title: d.Title, dismissedBy: numbered(d.DismissedBy), resolvedBy: numbered(d.ResolvedBy)}
	var raw struct {
		Location    gitLabLocation `json:"location"`
		Identifiers []struct {
			Type, Value, Name string
		} `json:"identifiers"`
		Vectors []struct {
			Vector string `json:"vector"`
		} `json:"cvss_vectors"`
	}
	if d.Finding.Raw != "" {
		if err := json.Unmarshal([]byte(d.Finding.Raw), &raw); err != nil {
			return Alert{}, fmt.Errorf("its raw_metadata: %w", err)
		}
	}
	v.file, v.dependency, v.over = raw.Location.File, raw.Location.Dependency.Package.Name, raw.Location.Dependency.Version
	for _, i := range raw.Identifiers {
		v.identifiers = append(v.identifiers, identifier{i.Type, cmp.Or(i.Value, i.Name)})
	}
	for _, c := range raw.Vectors {
		v.vectors = append(v.vectors, c.Vector)
	}
	return v.alert()
}

// numbered is the user of whom only the number is known.
func numbered(id json.Number) *gitLabUser {
	if id == "" {
		return nil
	}
	return &gitLabUser{Username: "user " + id.String()}
}

// answer reads the answer of a GraphQL query: whatever vulnerabilities it holds below data.
func (r *reader) answer(text []byte, where string) error {
	type list struct {
		Nodes []json.RawMessage `json:"nodes"`
	}
	var d struct {
		Errors []struct{ Message string } `json:"errors"`
		Data   struct {
			Vulnerabilities *list `json:"vulnerabilities"`
			Project, Group  *struct {
				Vulnerabilities *list `json:"vulnerabilities"`
			}
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%s: no answer of GitLab's GraphQL API: %w", where, err)
	}
	if len(d.Errors) > 0 {
		return fmt.Errorf("%s: the answer of a forge that refused: %.200s", where, d.Errors[0].Message)
	}
	lists := []*list{d.Data.Vulnerabilities}
	if d.Data.Project != nil {
		lists = append(lists, d.Data.Project.Vulnerabilities)
	}
	if d.Data.Group != nil {
		lists = append(lists, d.Data.Group.Vulnerabilities)
	}
	found := false
	for _, l := range lists {
		if l == nil {
			continue
		}
		found = true
		for _, node := range l.Nodes {
			a, err := gitLabNode(node)
			r.add(a, err, where)
		}
	}
	if !found {
		return fmt.Errorf("%s: the answer holds no vulnerabilities of a project or group", where)
	}
	return nil
}

var cvssVector = regexp.MustCompile(`CVSS:[0-9]\.[0-9](?:/[A-Za-z]{1,3}:[A-Za-z]{1,3})+`)
