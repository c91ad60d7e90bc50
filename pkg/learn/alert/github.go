package alert

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// user is an account of GitHub.
type user struct {
	Login string `json:"login"`
	Type  string `json:"type"` // User, Bot or Organization
}

// ecosystems are those of Dependabot, as OSV spells them.
var ecosystems = map[string]string{"npm": "npm", "pip": "PyPI", "maven": "Maven", "go": "Go", "rust": "crates.io", "nuget": "NuGet",
	"rubygems": "RubyGems", "composer": "Packagist", "pub": "Pub", "erlang": "Hex", "actions": "GitHub Actions", "swift": "SwiftURL"}

var dependabotReasons = map[string]Reason{"fix_started": FixStarted, "inaccurate": Inaccurate, "no_bandwidth": NoBandwidth,
	"not_used": NotUsed, "tolerable_risk": TolerableRisk}

// dependabotAlert reads one alert of GET /repos/OWNER/REPO/dependabot/alerts.
func dependabotAlert(text []byte) (Alert, error) {
	var d struct {
		Number     int    `json:"number"`
		State      string `json:"state"`
		Dependency struct {
			Package  struct{ Ecosystem, Name string } `json:"package"`
			Manifest string                           `json:"manifest_path"`
			Scope    string                           `json:"scope"`
		} `json:"dependency"`
		Advisory struct {
			GHSA     string `json:"ghsa_id"`
			CVE      string `json:"cve_id"`
			Severity string `json:"severity"`
			CVSS     struct {
				Vector string `json:"vector_string"`
			} `json:"cvss"`
			ByVersion map[string]struct {
				Vector string `json:"vector_string"`
			} `json:"cvss_severities"`
			CWEs []struct {
				ID string `json:"cwe_id"`
			} `json:"cwes"`
			Identifiers []struct{ Type, Value string } `json:"identifiers"`
		} `json:"security_advisory"`
		URL             string `json:"url"`
		Page            string `json:"html_url"`
		UpdatedAt       string `json:"updated_at"`
		DismissedAt     string `json:"dismissed_at"`
		DismissedBy     *user  `json:"dismissed_by"`
		DismissedReason string `json:"dismissed_reason"`
		FixedAt         string `json:"fixed_at"`
		AutoAt          string `json:"auto_dismissed_at"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return Alert{}, err
	}
	a := Alert{ID: gitHubID(d.Page, d.URL, "dependabot", d.Number), Source: "dependabot", Ecosystem: ecosystems[strings.ToLower(d.Dependency.Package.Ecosystem)],
		Package: d.Dependency.Package.Name, Path: strings.TrimPrefix(d.Dependency.Manifest, "/"), Rating: severities[strings.ToLower(d.Advisory.Severity)]}
	a.Scope = map[string]string{"runtime": "production", "development": "development"}[d.Dependency.Scope]
	for _, id := range []string{d.Advisory.GHSA, d.Advisory.CVE} {
		if id != "" {
			a.Aliases = append(a.Aliases, id)
		}
	}
	for _, id := range d.Advisory.Identifiers {
		if id.Value != "" {
			a.Aliases = append(a.Aliases, id.Value)
		}
	}
	for _, cwe := range d.Advisory.CWEs {
		a.CWEs = append(a.CWEs, cwe.ID)
	}
	for _, vector := range []string{d.Advisory.CVSS.Vector, d.Advisory.ByVersion["cvss_v3"].Vector, d.Advisory.ByVersion["cvss_v4"].Vector} {
		if vector != "" {
			a.Vectors = append(a.Vectors, vector)
		}
	}
	if d.Number <= 0 {
		return a, fmt.Errorf("its number is %d", d.Number)
	}
	when := d.UpdatedAt
	switch d.State {
	case "open":
		a.State = Open
	case "fixed":
		a.State, when = Fixed, cmp.Or(d.FixedAt, when)
	case "auto_dismissed":
		a.State, when = Automatic, cmp.Or(d.AutoAt, when)
	case "dismissed":
		a.State, when = Dismissed, cmp.Or(d.DismissedAt, when)
		a.by(d.DismissedBy)
		var ok bool
		if a.Reason, ok = dependabotReasons[d.DismissedReason]; !ok && d.DismissedReason != "" {
			return a, fmt.Errorf("unknown dismissed_reason %.40q; want fix_started, inaccurate, no_bandwidth, not_used or tolerable_risk", d.DismissedReason)
		}
	default:
		return a, fmt.Errorf("unknown state %.40q; want open, fixed, dismissed or auto_dismissed", d.State)
	}
	a.settle(when)
	return a, nil
}

var codeScanningReasons = map[string]Reason{"false positive": Inaccurate, "won't fix": WontFix, "used in tests": NotUsed}

var cweTag = regexp.MustCompile(`^external/cwe/cwe-0*([1-9][0-9]{0,5})$`)

// codeScanningAlert reads one alert of GET /repos/OWNER/REPO/code-scanning/alerts.
func codeScanningAlert(text []byte) (Alert, error) {
	var d struct {
		Number int    `json:"number"`
		State  string `json:"state"`
		Rule   struct {
			ID       string   `json:"id"`
			Tags     []string `json:"tags"`
			Severity string   `json:"security_severity_level"`
		} `json:"rule"`
		Instance struct {
			Ref      string `json:"ref"`
			Location struct {
				Path string `json:"path"`
			} `json:"location"`
			Classes []string `json:"classifications"`
		} `json:"most_recent_instance"`
		URL             string `json:"url"`
		Page            string `json:"html_url"`
		CreatedAt       string `json:"created_at"`
		UpdatedAt       string `json:"updated_at"`
		DismissedAt     string `json:"dismissed_at"`
		DismissedBy     *user  `json:"dismissed_by"`
		DismissedReason string `json:"dismissed_reason"`
		FixedAt         string `json:"fixed_at"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return Alert{}, err
	}
	a := Alert{ID: gitHubID(d.Page, d.URL, "code-scanning", d.Number), Source: "code-scanning", Rule: d.Rule.ID, Path: d.Instance.Location.Path,
		Ref: d.Instance.Ref, Scope: "production", Rating: severities[strings.ToLower(d.Rule.Severity)]}
	if slices.Contains(d.Instance.Classes, "test") {
		a.Scope = "development"
	}
	for _, tag := range d.Rule.Tags {
		if m := cweTag.FindStringSubmatch(strings.ToLower(tag)); m != nil {
			a.CWEs = append(a.CWEs, "CWE-"+m[1])
		}
	}
	if d.Number <= 0 {
		return a, fmt.Errorf("its number is %d", d.Number)
	}
	when := cmp.Or(d.UpdatedAt, d.CreatedAt)
	switch d.State {
	case "open":
		a.State = Open
	case "fixed":
		a.State, when = Fixed, cmp.Or(d.FixedAt, when)
	case "dismissed":
		a.State, when = Dismissed, cmp.Or(d.DismissedAt, when)
		a.by(d.DismissedBy)
		var ok bool
		if a.Reason, ok = codeScanningReasons[d.DismissedReason]; !ok && d.DismissedReason != "" {
			return a, fmt.Errorf("unknown dismissed_reason %.40q; want false positive, won't fix or used in tests", d.DismissedReason)
		}
	default:
		return a, fmt.Errorf("unknown state %.40q; want open, fixed or dismissed", d.State)
	}
	a.settle(when)
	return a, nil
}

func (a *Alert) by(u *user) {
	if u != nil {
		a.By, a.Bot = u.Login, IsBot(u.Login, u.Type)
	}
}

var gitHubPath = regexp.MustCompile(`/([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+)/(?:security/(?:dependabot|code-scanning)|dependabot/alerts|code-scanning/alerts)/[0-9]+$`)

// gitHubID names an alert by its repository and number, from either of its addresses.
func gitHubID(page, address, kind string, number int) string {
	repository := ""
	for _, link := range []string{page, address} {
		u, err := url.Parse(link)
		if err != nil {
			continue
		}
		if m := gitHubPath.FindStringSubmatch(u.Path); m != nil {
			repository = strings.ToLower(m[1] + "/" + m[2])
			break
		}
	}
	return fmt.Sprintf("github %s %s %d", cmp.Or(repository, "-"), kind, number)
}
