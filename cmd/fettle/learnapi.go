package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

// forgeClient asks one forge. It sends its token to the address that the user or the CI server named, and to no other.
type forgeClient struct {
	base   *url.URL
	token  string
	client *retryablehttp.Client
}

const (
	maxPages   = 1000
	maxAnswer  = 32 << 20 // bytes
	maxLookups = 500      // of commits that fixed an alert
)

var (
	gitHubName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9_.-]{1,100}$`)
	gitLabName = regexp.MustCompile(`^[0-9]{1,19}$|^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$`)
)

// ask reads the alerts of the forge that --from names.
func (o *learnOptions) ask(ctx context.Context, env *environment, in *learnInputs) error {
	kind, name, _ := strings.Cut(o.from, ":")
	switch {
	case kind == "github" && gitHubName.MatchString(name) && !strings.HasSuffix(name, "/..") && !strings.HasSuffix(name, "/."):
		address := cmp.Or(o.api, env.getenv("GITHUB_API_URL"), "https://api.github.com")
		c, err := newForgeClient(address, cmp.Or(env.getenv("GITHUB_TOKEN"), env.getenv("GH_TOKEN")), o.wait)
		if err != nil {
			return err
		}
		in.readings++
		return c.gitHub(ctx, name, in)
	case kind == "gitlab" && gitLabName.MatchString(name):
		address := cmp.Or(o.api, env.getenv("CI_API_V4_URL"), "https://gitlab.com/api/v4")
		c, err := newForgeClient(address, env.getenv("GITLAB_TOKEN"), o.wait)
		if err != nil {
			return err
		}
		in.readings++
		return c.gitLab(ctx, name, in)
	}
	return usagef("--from %q: want github:OWNER/REPO or gitlab:PROJECT, a number or a path", o.from)
}

func newForgeClient(address, token string, wait time.Duration) (*forgeClient, error) {
	base, err := url.Parse(strings.TrimSuffix(address, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname())) {
		return nil, usagef("--api: want an https address without user or query")
	}
	if token == "" {
		return nil, usagef("no token for %s: set GITHUB_TOKEN, GH_TOKEN or GITLAB_TOKEN to one that may read security alerts", base.Host)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() // proxies from the environment
	transport.ResponseHeaderTimeout = time.Minute
	return &forgeClient{base: base, token: token, client: &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: transport, Timeout: 2 * time.Minute, CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= 5 || r.URL.Host != base.Host || r.URL.Scheme != base.Scheme {
				return errors.New("the forge redirects elsewhere, which is not followed: it would learn the token")
			}
			return nil
		}},
		RetryMax:     4,
		RetryWaitMin: cmp.Or(wait, time.Second),
		RetryWaitMax: time.Minute,
		CheckRetry:   retryablehttp.DefaultRetryPolicy,
		Backoff:      retryablehttp.DefaultBackoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// forgeRefusal is an answer other than 2xx.
type forgeRefusal struct {
	path   string
	status int
	text   string
}

func (e *forgeRefusal) Error() string {
	return fmt.Sprintf("%s: the forge answers %d %s%s", e.path, e.status, http.StatusText(e.status), e.text)
}

// call sends one request to an absolute address below the base and returns the body and the address of the next page.
func (c *forgeClient) call(ctx context.Context, method, address string, body []byte) ([]byte, string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return nil, "", fmt.Errorf("the forge names a next page elsewhere, %.100q, which is not asked: it would learn the token", oneLine(address))
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, "", fmt.Errorf("ask %s: %w", u.Path, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, "", fmt.Errorf("ask %s: %w", u.Path, withoutToken(err, c.token))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("ask %s: %w", u.Path, withoutToken(err, c.token))
	case len(text) > maxAnswer:
		return nil, "", fmt.Errorf("ask %s: the answer has more than %d bytes", u.Path, maxAnswer)
	case response.StatusCode/100 != 2:
		var said struct{ Message string }
		refusal := &forgeRefusal{path: u.Path, status: response.StatusCode}
		if json.Unmarshal(text, &said) == nil && said.Message != "" {
			refusal.text = fmt.Sprintf(": %.200s", oneLine(strings.ReplaceAll(said.Message, c.token, "***")))
		}
		return nil, "", refusal
	}
	return text, nextPage(u, response.Header.Values("Link")), nil
}

// withoutToken keeps the token out of messages, whatever a library puts there.
func withoutToken(err error, token string) error {
	if text := err.Error(); strings.Contains(text, token) {
		return errors.New(strings.ReplaceAll(text, token, "***"))
	}
	return err
}

var nextLink = regexp.MustCompile(`<([^<>]+)>\s*;[^,<]*\brel="?next"?`)

// nextPage returns the address that a Link header (RFC 8288) calls next, "" where there is none.
func nextPage(at *url.URL, headers []string) string {
	for _, header := range headers {
		if m := nextLink.FindStringSubmatch(header); m != nil {
			if next, err := at.Parse(m[1]); err == nil {
				return next.String()
			}
			return m[1]
		}
	}
	return ""
}

// pages reads all pages of a list into in.
func (c *forgeClient) pages(ctx context.Context, address, name string, in *learnInputs) ([]alert.Alert, error) {
	var all []alert.Alert
	seen := map[string]bool{}
	for range maxPages {
		if seen[address] {
			return nil, fmt.Errorf("%s: the forge names a page twice", name)
		}
		seen[address] = true
		text, next, err := c.call(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			return nil, fmt.Errorf("%s: the answer is empty", name)
		}
		export, err := alert.Read(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, export.Alerts...)
		in.faults = append(in.faults, export.Faults...)
		if address = next; address == "" {
			return all, nil
		}
	}
	return nil, fmt.Errorf("%s: more than %d pages", name, maxPages)
}

// gitHub reads the alerts of Dependabot and code scanning, on the default branch only. A repository may have one of the two
// switched off, which is said.
func (c *forgeClient) gitHub(ctx context.Context, name string, in *learnInputs) error {
	root := c.base.String() + "/repos/" + name
	text, _, err := c.call(ctx, http.MethodGet, root, nil)
	if err != nil {
		return err
	}
	var repository struct {
		Branch string `json:"default_branch"`
	}
	if err := json.Unmarshal(text, &repository); err != nil || repository.Branch == "" {
		return fmt.Errorf("ask /repos/%s: the answer names no default branch", name)
	}
	in.branch = repository.Branch
	var refusals []error
	for _, list := range []struct{ path, name string }{
		{"/dependabot/alerts?per_page=100", "alerts of Dependabot"},
		{"/code-scanning/alerts?per_page=100&ref=" + url.QueryEscape("refs/heads/"+repository.Branch), "alerts of code scanning"},
	} {
		alerts, err := c.pages(ctx, root+list.path, list.name, in)
		var refusal *forgeRefusal
		if errors.As(err, &refusal) && (refusal.status == http.StatusForbidden || refusal.status == http.StatusNotFound) {
			refusals = append(refusals, err)
			in.said = append(in.said, fmt.Sprintf("no %s: %v; they are switched off, or the token may not read them", list.name, err))
			continue
		}
		if err != nil {
			return err
		}
		in.alerts = append(in.alerts, alerts...)
	}
	if len(refusals) == 2 {
		return errors.Join(refusals...)
	}
	return c.fixers(ctx, root, repository.Branch, in)
}

// fixers finds out who fixed each fixed alert: the author of the last commit on the default branch, before the alert was
// seen to be fixed, that changed the file.
func (c *forgeClient) fixers(ctx context.Context, root, branch string, in *learnInputs) error {
	type change struct{ path, until string }
	type author struct {
		login string
		bot   bool
	}
	asked := map[change]author{}
	left := 0
	for i := range in.alerts {
		a := &in.alerts[i]
		if a.State != alert.Fixed || a.By != "" || a.Path == "" {
			continue
		}
		key := change{a.Path, a.When.UTC().Format(time.RFC3339)}
		who, ok := asked[key]
		if !ok {
			if len(asked) == maxLookups {
				left++
				continue
			}
			query := url.Values{"path": {a.Path}, "sha": {branch}, "until": {key.until}, "per_page": {"1"}}
			text, _, err := c.call(ctx, http.MethodGet, root+"/commits?"+query.Encode(), nil)
			if err != nil {
				return err
			}
			var commits []struct {
				Author *struct{ Login, Type string } `json:"author"` // null where the address belongs to no account
				Commit struct {
					Author struct{ Name string } `json:"author"`
				} `json:"commit"`
			}
			if err := json.Unmarshal(text, &commits); err != nil {
				return fmt.Errorf("ask for the commit that fixed %s: %w", a.ID, err)
			}
			if len(commits) > 0 {
				who.login = commits[0].Commit.Author.Name
				kind := ""
				if by := commits[0].Author; by != nil {
					who.login, kind = by.Login, by.Type
				}
				who.bot = alert.IsBot(who.login, kind)
			}
			asked[key] = who
		}
		a.By, a.Bot = who.login, who.bot
	}
	if left > 0 {
		in.said = append(in.said, fmt.Sprintf("the commits of %d fixed alerts were not asked for: %d are asked at once", left, maxLookups))
	}
	return nil
}

// vulnerabilitiesQuery asks for what a person has dealt with, and what is open again.
const vulnerabilitiesQuery = `query($path: ID!, $after: String) { project(fullPath: $path) { vulnerabilities(first: 100, after: $after) {
 pageInfo { hasNextPage endCursor }
 nodes { id state reportType title severity updatedAt detectedAt dismissalReason dismissedAt dismissedBy { username bot } resolvedAt resolvedBy { username bot }
  identifiers { externalType externalId name } cvss { vector }
  location { ... on VulnerabilityLocationDependencyScanning { file dependency { package { name } version } } ... on VulnerabilityLocationSast { file } } } } } }`

// gitLab reads the vulnerability report of a project, which is that of its default branch. The list of the REST API does not
// say why a vulnerability was dismissed, so GraphQL is asked.
func (c *forgeClient) gitLab(ctx context.Context, name string, in *learnInputs) error {
	text, _, err := c.call(ctx, http.MethodGet, c.base.String()+"/projects/"+url.PathEscape(name), nil)
	if err != nil {
		return err
	}
	var project struct {
		Path   string `json:"path_with_namespace"`
		Branch string `json:"default_branch"`
	}
	if err := json.Unmarshal(text, &project); err != nil || project.Path == "" {
		return fmt.Errorf("ask /projects/%s: the answer names no project", name)
	}
	in.branch = project.Branch
	graph := strings.TrimSuffix(c.base.String(), "/v4") + "/graphql"
	after, seen := "", map[string]bool{}
	for range maxPages {
		variables := map[string]any{"path": project.Path}
		if after != "" {
			variables["after"] = after
		}
		body, err := json.Marshal(map[string]any{"query": vulnerabilitiesQuery, "variables": variables})
		if err != nil {
			return err
		}
		text, _, err := c.call(ctx, http.MethodPost, graph, body)
		if err != nil {
			return err
		}
		export, err := alert.Read("vulnerabilities of GitLab", text)
		if err != nil {
			return err
		}
		in.alerts = append(in.alerts, export.Alerts...)
		in.faults = append(in.faults, export.Faults...)
		var page struct {
			Data struct {
				Project struct {
					Vulnerabilities struct {
						Page struct {
							More bool   `json:"hasNextPage"`
							End  string `json:"endCursor"`
						} `json:"pageInfo"`
					} `json:"vulnerabilities"`
				} `json:"project"`
			} `json:"data"`
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return fmt.Errorf("vulnerabilities of GitLab: %w", err)
		}
		at := page.Data.Project.Vulnerabilities.Page
		if !at.More {
			return nil
		}
		if seen[at.End] || at.End == "" {
			return errors.New("vulnerabilities of GitLab: the forge names a page twice")
		}
		seen[at.End], after = true, at.End
	}
	return fmt.Errorf("vulnerabilities of GitLab: more than %d pages", maxPages)
}
