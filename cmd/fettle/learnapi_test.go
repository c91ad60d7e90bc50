package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/learn"
)

// fakeForge plays GitHub and GitLab. It keeps alerts, serves them in pages of two, fails now and then where it is told
// to, and fails the test on a request that it does not know.
type fakeForge struct {
	*httptest.Server
	t        *testing.T
	token    string
	busy     int // answers 503 so many times first
	alerts   []map[string]any
	scanning []map[string]any // nil: switched off
	authors  map[string]string
	nodes    []map[string]any
	evil     string // where the next page is said to be
	asked    []string
}

func newFakeForge(t *testing.T) *fakeForge {
	f := &fakeForge{t: t, token: "s3cret-t0ken", authors: map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeForge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer "+f.token {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"message": "Bad credentials %s"}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		return
	}
	if f.busy > 0 {
		f.busy--
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	switch path := r.Method + " " + r.URL.Path; path {
	case "GET /repos/owner/app":
		f.write(w, map[string]any{"default_branch": "trunk"})
	case "GET /repos/owner/app/dependabot/alerts":
		f.page(w, r, f.alerts)
	case "GET /repos/owner/app/code-scanning/alerts":
		if f.scanning == nil {
			w.WriteHeader(http.StatusNotFound)
			f.write(w, map[string]any{"message": "no analysis found"})
			return
		}
		if r.URL.Query().Get("ref") != "refs/heads/trunk" {
			f.t.Errorf("asked for alerts of %q", r.URL.Query().Get("ref"))
		}
		f.page(w, r, f.scanning)
	case "GET /repos/owner/app/commits":
		q := r.URL.Query()
		if q.Get("sha") != "trunk" || q.Get("until") == "" || q.Get("per_page") != "1" {
			f.t.Errorf("asked for commits with %v", q)
		}
		login := f.authors[q.Get("path")]
		if login == "" {
			f.write(w, []any{})
			return
		}
		f.write(w, []any{map[string]any{"author": map[string]any{"login": login, "type": map[bool]string{true: "Bot", false: "User"}[strings.HasSuffix(login, "[bot]")]}}})
	case "GET /api/v4/projects/7":
		f.write(w, map[string]any{"path_with_namespace": "group/app", "default_branch": "trunk"})
	case "POST /api/graphql":
		f.graph(w, r)
	default:
		f.t.Errorf("an unknown request: %s", path)
		w.WriteHeader(http.StatusTeapot)
	}
}

func (f *fakeForge) write(w io.Writer, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Error(err)
	}
}

func (f *fakeForge) page(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	var from int
	fmt.Sscan(r.URL.Query().Get("after"), &from)
	to := min(from+2, len(all))
	if to < len(all) {
		next := *r.URL
		q := next.Query()
		q.Set("after", fmt.Sprint(to))
		next.RawQuery = q.Encode()
		address := f.URL + next.String()
		if f.evil != "" {
			address = f.evil
		}
		w.Header().Set("Link", fmt.Sprintf(`<%s/first>; rel="first", <%s>; rel="next"`, f.URL, address))
	}
	page := all[from:to]
	if page == nil {
		page = []map[string]any{}
	}
	f.write(w, page)
}

func (f *fakeForge) graph(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Query     string
		Variables struct{ Path, After string }
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Variables.Path != "group/app" || !strings.Contains(q.Query, "dismissalReason") {
		f.t.Errorf("%v, %+v", err, q)
	}
	var from int
	fmt.Sscan(q.Variables.After, &from)
	to := min(from+2, len(f.nodes))
	f.write(w, map[string]any{"data": map[string]any{"project": map[string]any{"vulnerabilities": map[string]any{
		"pageInfo": map[string]any{"hasNextPage": to < len(f.nodes), "endCursor": fmt.Sprint(to)}, "nodes": f.nodes[from:to]}}}})
}

// dependabot returns an alert of a package of its own, with what became of it.
func dependabot(n int, fate map[string]any) map[string]any {
	a := map[string]any{"number": n, "updated_at": "2025-03-01T00:00:00Z", "html_url": fmt.Sprintf("https://forge.example/owner/app/security/dependabot/%d", n),
		"dependency":        map[string]any{"package": map[string]any{"ecosystem": "npm", "name": fmt.Sprint("lib", n)}, "manifest_path": fmt.Sprintf("app%d/package-lock.json", n), "scope": "runtime"},
		"security_advisory": map[string]any{"ghsa_id": fmt.Sprintf("GHSA-%04d-0000-0000", n), "cwes": []any{map[string]any{"cwe_id": "CWE-79"}}}}
	for k, v := range fate {
		a[k] = v
	}
	return a
}

func dismissed(reason, by string) map[string]any {
	return map[string]any{"state": "dismissed", "dismissed_reason": reason, "dismissed_at": "2025-03-02T00:00:00Z", "dismissed_by": map[string]any{"login": by, "type": "User"}}
}

// learnFrom runs learn in a folder of its own and returns what it learned and said.
func learnFrom(t *testing.T, variables map[string]string, o learnOptions, args ...string) (labels []learn.Label, said string, err error) {
	t.Helper()
	var stderr bytes.Buffer
	dir := t.TempDir()
	env := &environment{dir: dir, getenv: func(name string) string { return variables[name] }, environ: append(os.Environ(), "GIT_CEILING_DIRECTORIES="+dir),
		stdout: &stderr, stderr: &stderr, now: func() time.Time { return time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC) }, width: 100}
	f := o.flags()
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	o.wait = time.Millisecond
	err = o.run(context.Background(), env)
	text, readErr := os.ReadFile(filepath.Join(dir, ".fettle", "learned.json"))
	if readErr == nil {
		m, err := learn.Decode("learned.json", text)
		if err != nil {
			t.Fatal(err)
		}
		labels = m.Labels()
	}
	return labels, stderr.String(), err
}

// summary is what labels say, by ID.
func summary(labels []learn.Label) string {
	var all []string
	for _, l := range labels {
		all = append(all, l.ID+": "+string(l.Reason))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func TestLearnAsksGitHub(t *testing.T) {
	f := newFakeForge(t)
	f.busy = 2
	fixed := map[string]any{"state": "fixed", "fixed_at": "2025-03-03T00:00:00Z"}
	f.alerts = []map[string]any{dependabot(1, dismissed("not_used", "ann")), dependabot(2, dismissed("no_bandwidth", "ann")), dependabot(3, fixed),
		dependabot(4, fixed), dependabot(5, fixed), dependabot(6, map[string]any{"state": "open"}), dependabot(7, dismissed("inaccurate", "helper[bot]"))}
	f.authors = map[string]string{"app3/package-lock.json": "bob", "app4/package-lock.json": "dependabot[bot]"}
	f.scanning = []map[string]any{}
	for i, ref := range []string{"refs/heads/trunk", "refs/pull/9/merge", "refs/heads/topic"} {
		f.scanning = append(f.scanning, map[string]any{"number": 20 + i, "state": "dismissed", "dismissed_reason": "false positive", "dismissed_at": "2025-03-04T00:00:00Z",
			"dismissed_by": map[string]any{"login": "ann", "type": "User"}, "rule": map[string]any{"id": "js/text", "tags": []any{"external/cwe/cwe-079"}},
			"most_recent_instance": map[string]any{"ref": ref, "location": map[string]any{"path": "a.js"}},
			"html_url":             fmt.Sprintf("https://forge.example/owner/app/security/code-scanning/%d", 20+i)})
	}
	for _, name := range []string{"GITHUB_TOKEN", "GH_TOKEN"} {
		labels, said, err := learnFrom(t, map[string]string{name: f.token, "GITHUB_API_URL": f.URL}, learnOptions{}, "--from", "github:owner/app")
		if err != nil {
			t.Fatal(err, said)
		}
		want := "github owner/app code-scanning 20: inaccurate\ngithub owner/app dependabot 1: not_used\ngithub owner/app dependabot 3: fixed"
		if got := summary(labels); got != want {
			t.Errorf("got\n%s\nwant\n%s\n%s", got, want, said)
		}
		for _, text := range []string{"2 seen on another branch", "2 judged by a bot", "1 fixed, and nobody says by whom", "1 dismissed for want of time", "1 open"} {
			if !strings.Contains(said, text) {
				t.Errorf("does not say %q:\n%s", text, said)
			}
		}
		if strings.Contains(said, f.token) {
			t.Error("it says the token")
		}
		if labels[0].Author == "" || strings.Contains(fmt.Sprint(labels), "bob") {
			t.Errorf("authors: %v", labels)
		}
	}
}

func TestWhatIsSwitchedOffIsSaid(t *testing.T) {
	f := newFakeForge(t)
	f.alerts = []map[string]any{dependabot(1, dismissed("not_used", "ann"))}
	labels, said, err := learnFrom(t, map[string]string{"GITHUB_TOKEN": f.token}, learnOptions{}, "--from", "github:owner/app", "--api", f.URL+"/")
	if err != nil || len(labels) != 1 || !strings.Contains(said, "no alerts of code scanning: /repos/owner/app/code-scanning/alerts: the forge answers 404 Not Found: no analysis found; they are switched off") {
		t.Errorf("%v, %v\n%s", err, labels, said)
	}
}

func TestLearnAsksGitLab(t *testing.T) {
	f := newFakeForge(t)
	node := func(id int, fate map[string]any) map[string]any {
		n := map[string]any{"id": fmt.Sprintf("gid://gitlab/Vulnerability/%d", id), "reportType": "DEPENDENCY_SCANNING", "title": "T", "severity": "HIGH",
			"updatedAt": "2025-03-01T00:00:00Z", "identifiers": []any{map[string]any{"externalType": "cve", "externalId": "CVE-1"}}, "location": map[string]any{}}
		for k, v := range fate {
			n[k] = v
		}
		return n
	}
	f.nodes = []map[string]any{
		node(1, map[string]any{"state": "DISMISSED", "dismissalReason": "FALSE_POSITIVE", "dismissedAt": "2025-03-02T00:00:00Z", "dismissedBy": map[string]any{"username": "ann"}}),
		node(2, map[string]any{"state": "DISMISSED", "dismissalReason": "ACCEPTABLE_RISK", "dismissedBy": map[string]any{"username": "ann"}}),
		node(3, map[string]any{"state": "RESOLVED", "resolvedAt": "2025-03-02T00:00:00Z", "resolvedBy": map[string]any{"username": "bob", "bot": false}}),
		node(4, map[string]any{"state": "RESOLVED", "resolvedBy": map[string]any{"username": "x", "bot": true}}),
		node(5, map[string]any{"state": "DETECTED"}),
	}
	labels, said, err := learnFrom(t, map[string]string{"GITLAB_TOKEN": f.token, "CI_API_V4_URL": f.URL + "/api/v4"}, learnOptions{}, "--from", "gitlab:7")
	if err != nil {
		t.Fatal(err, said)
	}
	if got := summary(labels); got != "gitlab 1: inaccurate\ngitlab 3: fixed" {
		t.Errorf("%s\n%s", got, said)
	}
}

func TestTheTokenGoesNowhereElse(t *testing.T) {
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen = append(stolen, r.Header.Get("Authorization"))
	}))
	defer thief.Close()
	t.Run("by a link", func(t *testing.T) {
		f := newFakeForge(t)
		f.evil = thief.URL + "/next"
		for n := range 5 {
			f.alerts = append(f.alerts, dependabot(n+1, dismissed("not_used", "ann")))
		}
		_, said, err := learnFrom(t, map[string]string{"GITHUB_TOKEN": f.token, "GITHUB_API_URL": f.URL}, learnOptions{}, "--from", "github:owner/app")
		if err == nil || !strings.Contains(err.Error(), "next page elsewhere") {
			t.Errorf("%v\n%s", err, said)
		}
	})
	t.Run("by a redirect", func(t *testing.T) {
		sly := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusFound))
		defer sly.Close()
		_, _, err := learnFrom(t, map[string]string{"GITHUB_TOKEN": "x", "GITHUB_API_URL": sly.URL}, learnOptions{}, "--from", "github:owner/app")
		if err == nil || !strings.Contains(err.Error(), "redirects elsewhere") {
			t.Error(err)
		}
	})
	t.Run("without TLS", func(t *testing.T) {
		_, _, err := learnFrom(t, map[string]string{"GITHUB_TOKEN": "x"}, learnOptions{}, "--from", "github:owner/app", "--api", "http://forge.example")
		if err == nil || !strings.Contains(err.Error(), "want an https address") {
			t.Error(err)
		}
	})
	if len(stolen) > 0 {
		t.Errorf("the token went to another server: %q", stolen)
	}
}

func TestARefusalIsToldWithoutTheToken(t *testing.T) {
	f := newFakeForge(t)
	labels, _, err := learnFrom(t, map[string]string{"GITHUB_TOKEN": "wrong-t0ken", "GITHUB_API_URL": f.URL}, learnOptions{}, "--from", "github:owner/app")
	if err == nil || !strings.Contains(err.Error(), "/repos/owner/app: the forge answers 401 Unauthorized: Bad credentials ***") || labels != nil {
		t.Errorf("%v, %v", err, labels)
	}
}

func TestAPageThatComesAgainEndsTheAsking(t *testing.T) {
	f := newFakeForge(t)
	f.evil = f.URL + "/repos/owner/app/dependabot/alerts?per_page=100"
	for n := range 5 {
		f.alerts = append(f.alerts, dependabot(n+1, dismissed("not_used", "ann")))
	}
	_, _, err := learnFrom(t, map[string]string{"GITHUB_TOKEN": f.token, "GITHUB_API_URL": f.URL}, learnOptions{}, "--from", "github:owner/app")
	if err == nil || !strings.Contains(err.Error(), "names a page twice") {
		t.Error(err)
	}
}

func TestNextPages(t *testing.T) {
	at, err := url.Parse("https://forge.example/a/b?page=1")
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"": "",
		`<https://forge.example/x?page=2>; rel="next"`:                                               "https://forge.example/x?page=2",
		`<https://forge.example/x?page=9>; rel="last", <https://forge.example/x?page=2>; rel="next"`: "https://forge.example/x?page=2",
		`<https://forge.example/x?page=9>; rel="last"`:                                               "",
		`</x?page=2>; rel=next`: "https://forge.example/x?page=2",
	} {
		if got := nextPage(at, []string{header}); got != want {
			t.Errorf("%s: %q; want %q", header, got, want)
		}
	}
}

func TestNamesOfForges(t *testing.T) {
	for from, want := range map[string]bool{"github:owner/app": true, "github:owner": false, "github:owner/..": false, "github:owner/app/x": false, "github:-x/app": false,
		"gitlab:7": true, "gitlab:group/sub/app": true, "gitlab:app": false, "gitlab:../x": false, "gitlab:group/../x": false, "forge:a/b": false, "": false} {
		_, _, err := learnFrom(t, nil, learnOptions{}, "--from", from)
		if got := err != nil && strings.Contains(err.Error(), "no token"); got != want {
			t.Errorf("%q: %v", from, err)
		}
	}
}

func FuzzNextPage(f *testing.F) {
	f.Add(`<https://forge.example/x?page=9>; rel="last", <https://forge.example/x?page=2>; rel="next"`)
	f.Add(`<//elsewhere.example>; rel=next`)
	f.Add(`<` + strings.Repeat("<", 1000) + `>; rel="next`)
	f.Add("<\x00>; rel=next")
	f.Fuzz(func(t *testing.T, header string) {
		at := &url.URL{Scheme: "https", Host: "forge.example", Path: "/a"}
		c := forgeClient{base: at}
		next := nextPage(at, []string{header})
		if next == "" {
			return
		}
		if u, err := url.Parse(next); err != nil || u.Host != at.Host || u.Scheme != at.Scheme {
			if _, _, err := c.call(context.Background(), http.MethodGet, next, nil); err == nil || !strings.Contains(err.Error(), "not asked") {
				t.Fatalf("%q would be asked", next)
			}
		}
	})
}
