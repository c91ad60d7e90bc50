package maven

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Registry answers what the repositories serve that the user's own settings name, never those of the tree under review. It
// remembers POMs, and is for one goroutine.
type Registry struct {
	w      *workspace
	listed map[string]listing
	dates  map[coords]time.Time
}

// NewRegistry finds out which repositories there are.
func NewRegistry(s project.Settings) *Registry {
	r := newRepositories(s)
	r.parsed = map[coords]*pom{}
	return &Registry{w: newWorkspace(nil, r), listed: map[string]listing{}, dates: map[coords]time.Time{}}
}

// Asks reports whether there is a repository to ask.
func (r *Registry) Asks() bool {
	return r.w.repositories.client != nil && len(r.w.repositories.remotes) > 0
}

// listing is the answer about one artifact's versions.
type listing struct {
	versions []string
	err      error
}

// Versions lists the versions of group:artifact that repositories serve, as they list them. The error says what they
// answered instead, or is that of ctx.
func (r *Registry) Versions(ctx context.Context, name string) ([]string, error) {
	if got, ok := r.listed[name]; ok {
		return got.versions, got.err
	}
	var got listing
	c := named(name, "0")
	if !c.valid() {
		return nil, fmt.Errorf("%.200q are no coordinates of a repository", name)
	}
	why := ""
	for _, repo := range r.w.repositories.remotes {
		data, problem, err := r.w.repositories.ask(ctx, repo, path.Join(path.Dir(path.Dir(c.path())), "maven-metadata.xml"))
		if err != nil {
			return nil, err
		}
		got.versions = append(got.versions, listed(data)...)
		why = orElse(why, problem)
	}
	slices.Sort(got.versions)
	if got.versions = slices.Compact(got.versions); len(got.versions) == 0 {
		got.err = errors.New(orElse(why, fmt.Sprintf("none of the %d repositories that may be asked lists its versions", len(r.w.repositories.remotes))))
	}
	r.listed[name] = got
	return got.versions, got.err
}

// Need is what a POM asks for at run time.
type Need struct {
	Name    string // group:artifact
	Version string
}

// Release is what the POM of one version says.
type Release struct {
	Needs     []Need
	Whole     bool   // its parents and imports could be had too
	Relocated string // group:artifact:version of where the artifact went; "" where it stayed
	Java      string // the release of Java that its build names; "" where it says nothing
	Source    string // the address of its sources or of its page; text from outside
}

// Release reads the POM of a version of group:artifact. The error says why there is none, or is that of ctx.
func (r *Registry) Release(ctx context.Context, name, version string) (Release, error) {
	m, p, err := r.open(ctx, named(name, version))
	if err != nil {
		return Release{}, err
	}
	out := Release{Whole: len(m.lacks) == 0 && len(m.faults) == 0, Source: p.source}
	for _, d := range m.dependencies {
		if d.optional == "true" || d.scope == "test" || d.scope == "provided" || d.scope == "system" || d.scope == "import" {
			continue
		}
		if n := (Need{d.group + ":" + d.artifact, d.version}); !slices.Contains(out.Needs, n) {
			out.Needs = append(out.Needs, n)
		}
		out.Whole = out.Whole && d.why == "" && d.version != ""
	}
	if to := m.relocation; to != nil && *to != m.coords {
		out.Relocated = to.String()
	}
	for _, key := range []string{"maven.compiler.release", "maven.compiler.target", "java.version"} {
		if text, _, why := m.values.fill("${"+key+"}", place{}); why == "" && out.Java == "" {
			out.Java = strings.TrimPrefix(text, "1.")
		}
	}
	return out, nil
}

// Serves reports whether a version of group:artifact can be had. The error is that of ctx.
func (r *Registry) Serves(ctx context.Context, name, version string) (bool, error) {
	p, err := r.w.find(ctx, named(name, version))
	return p != nil, err
}

// Manages returns the version that the POM of by, which is group:artifact and a version, manages for key; "" for none.
func (r *Registry) Manages(ctx context.Context, by, version, key string) (string, error) {
	m, _, err := r.open(ctx, named(by, version))
	if err != nil {
		return "", err
	}
	d := m.manages(key)
	if d == nil || d.why != "" {
		return "", nil
	}
	return d.version, nil
}

// open returns the effective POM of c.
func (r *Registry) open(ctx context.Context, c coords) (*model, *pom, error) {
	p, err := r.w.find(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, fmt.Errorf("the POM of %.300s: %s", c, orElse(r.w.lost.why[c], "it could not be had"))
	}
	m, err := r.w.model(ctx, p)
	if err == nil && m == nil {
		err = fmt.Errorf("the POM of %.300s leads back to itself", c)
	}
	return m, p, err
}

func named(name, version string) coords {
	group, artifact, _ := strings.Cut(name, ":")
	return coords{group, artifact, version}
}

// Published returns when a version of group:artifact was put where it is served; zero where no repository says so. It asks
// for the head of the POM alone.
func (r *Registry) Published(ctx context.Context, name, version string) (time.Time, error) {
	c := named(name, version)
	if when, ok := r.dates[c]; ok || !c.valid() {
		return when, nil
	}
	var when time.Time
	for _, repo := range r.w.repositories.remotes {
		if !when.IsZero() || r.w.repositories.client == nil || repo.down != "" || repo.dateless > maxDateless {
			continue
		}
		answer, err := r.w.repositories.date(ctx, repo, c.path())
		if err != nil {
			return when, err
		}
		if when = answer; when.IsZero() {
			repo.dateless++
		}
	}
	r.dates[c] = when
	return when, nil
}

// maxDateless is after how many answers without a date a repository is asked for dates no more.
const maxDateless = 5

// date asks when a file was last changed; zero where the repository does not say. The error is that of ctx.
func (r *repositories) date(ctx context.Context, repo *remote, name string) (time.Time, error) {
	if r.requests++; r.requests > maxRequests {
		return time.Time{}, nil
	}
	ask, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ask, http.MethodHead, repo.url+"/"+name, nil)
	if err != nil {
		return time.Time{}, nil
	}
	if repo.login != nil {
		req.SetBasicAuth(repo.login.user, repo.login.password)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		repo.dateless++
		return time.Time{}, ctx.Err()
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return time.Time{}, nil
	}
	when, err := http.ParseTime(resp.Header.Get("Last-Modified"))
	if err != nil {
		return time.Time{}, nil
	}
	return when.UTC(), nil
}

// sourceOf is the address of a POM's sources, else of its page.
func sourceOf(root *document.Element) string {
	for _, text := range []string{root.Child("scm").Content("url"), root.Content("url")} {
		if (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")) && len(text) < 500 && !strings.ContainsAny(text, "${} \t\n<>\"") {
			return text
		}
	}
	return ""
}
