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
