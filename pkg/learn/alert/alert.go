package alert

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// State is what became of an alert.
type State string

const (
	Open      State = "open"
	Fixed     State = "fixed"
	Dismissed State = "dismissed" // by a person, or a bot where Bot
	Automatic State = "automatic" // dismissed by a rule of the forge
)

// Reason is why somebody dismissed an alert; empty where nobody said.
type Reason string

const (
	Inaccurate    Reason = "inaccurate"
	NotUsed       Reason = "not_used" // also: in tests only
	FixStarted    Reason = "fix_started"
	NoBandwidth   Reason = "no_bandwidth"
	TolerableRisk Reason = "tolerable_risk"
	WontFix       Reason = "wont_fix"
	Mitigated     Reason = "mitigated"
)

// Alert is one alert of a forge. All texts are from outside.
type Alert struct {
	ID     string // unique, and the same in every export and answer of the forge
	Source string // dependabot, code-scanning or gitlab
	State  State
	Reason Reason
	Day    string // of the last change of State, YYYY-MM-DD in UTC
	When   time.Time
	By     string // who dismissed or fixed it; empty where the export does not say
	Bot    bool   // By is no person
	Ref    string // the full ref it was seen on; empty: the default branch

	Rule      string   // the CVE where there is one, else the GHSA id, else the scanner's rule
	Aliases   []string // all ids of the advisory, sorted
	Ecosystem string   // as OSV spells it; empty where the export does not say
	Package   string
	Version   string
	Path      string   // manifest, lockfile or source file
	Scope     string   // production or development; empty where the export does not say
	CWEs      []string // CWE-79
	Vectors   []string // of CVSS, the newest version last
	Rating    string   // low, medium, high or critical
}

// Person reports whether a person is known to have made a what it is.
func (a Alert) Person() bool { return a.By != "" && !a.Bot }

// settle fills in what follows from the rest.
func (a *Alert) settle(when string) {
	if t, err := parseTime(when); err == nil {
		a.When, a.Day = t, t.Format(time.DateOnly)
	}
	slices.Sort(a.Aliases)
	a.Aliases = slices.Compact(a.Aliases)
	slices.Sort(a.CWEs)
	a.CWEs = slices.Compact(a.CWEs)
	slices.SortStableFunc(a.Vectors, func(x, y string) int { return strings.Compare(x[:min(8, len(x))], y[:min(8, len(y))]) })
	a.Vectors = slices.Compact(a.Vectors)
	if a.Rule != "" {
		return
	}
	for _, prefix := range []string{"CVE-", "GHSA-", ""} {
		for _, id := range a.Aliases {
			if strings.HasPrefix(id, prefix) {
				a.Rule = id
				return
			}
		}
	}
}

func parseTime(text string) (time.Time, error) {
	var err error
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700", time.DateOnly} {
		var t time.Time
		if t, err = time.Parse(layout, strings.TrimSpace(text)); err == nil && t.Year() > 1999 && t.Year() < 3000 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, err
}

// bots are the accounts of well-known programs that are of no special type; GitLab names those of tokens by a pattern.
var (
	bots        = []string{"dependabot", "dependabot-preview", "renovate", "renovate-bot", "mend-bot", "snyk-bot", "gitlab-bot", "gitlab-dependency-bot", "github-actions", "web-flow"}
	gitLabToken = regexp.MustCompile(`^(project|group)_\d+_bot`)
)

// IsBot reports whether an account is a program's, by its type as the forge gives it and by its name.
func IsBot(login, kind string) bool {
	login = strings.ToLower(login)
	return strings.EqualFold(kind, "Bot") || strings.HasSuffix(login, "[bot]") || slices.Contains(bots, login) || gitLabToken.MatchString(login)
}

// severities are the words of all forges for a rating.
var severities = map[string]string{"low": "low", "medium": "medium", "moderate": "medium", "high": "high", "critical": "critical"}
