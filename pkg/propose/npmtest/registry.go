package npmtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"deps.dev/util/semver"
)

// Mood is how the registry answers.
type Mood int

const (
	Well         Mood = iota
	Down              // 503
	Unauthorized      // 401
	Cut               // the connection ends in the middle of the answer
	Silent            // no answer at all until the test ends
)

// Registry serves packages to the real npm client.
type Registry struct {
	URL string // without a slash at the end

	server   *httptest.Server
	end      chan struct{}
	mu       sync.Mutex
	packages map[string][]Package
	mood     Mood
	asked    []string
}

// New starts a registry, which ends with the test.
func New(t testing.TB, packages ...Package) *Registry {
	r := Start(packages...)
	t.Cleanup(r.Close)
	return r
}

// Start starts a registry that the caller closes.
func Start(packages ...Package) *Registry {
	r := &Registry{packages: map[string][]Package{}, end: make(chan struct{})}
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	r.URL = r.server.URL
	r.Add(packages...)
	return r
}

// Close ends the registry.
func (r *Registry) Close() {
	close(r.end)
	r.server.CloseClientConnections()
	r.server.Close()
}

// Add serves more packages.
func (r *Registry) Add(packages ...Package) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range packages {
		r.packages[p.Name] = append(r.packages[p.Name], p)
	}
}

// Play changes how the registry answers from now on.
func (r *Registry) Play(mood Mood) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mood = mood
}

// Asked lists the requests so far, as METHOD /path.
func (r *Registry) Asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// Env returns npm's settings for this registry, as environment variables, with a cache and a configuration of their own
// below dir. It never retries, so that a test of a registry that is down is a short one.
func (r *Registry) Env(dir string) []string {
	return []string{
		"npm_config_registry=" + r.URL + "/", "npm_config_cache=" + filepath.Join(dir, "npm-cache"),
		"npm_config_userconfig=" + filepath.Join(dir, "npmrc"), "npm_config_globalconfig=" + filepath.Join(dir, "global-npmrc"),
		"npm_config_fetch_retries=0", "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false",
		"npm_config_git=git", "npm_config_ignore_scripts=true", "npm_config_yes=true", "npm_config_noproxy=127.0.0.1",
	}
}

// find returns the package at version.
func (r *Registry) find(name, version string) (Package, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.packages[name] {
		if p.Version == version {
			return p, true
		}
	}
	return Package{}, false
}

func (r *Registry) serve(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	r.asked = append(r.asked, request.Method+" "+request.URL.Path)
	mood := r.mood
	r.mu.Unlock()
	switch mood {
	case Down:
		fail(w, http.StatusServiceUnavailable, "Service Unavailable")
		return
	case Unauthorized:
		fail(w, http.StatusUnauthorized, "Unauthorized")
		return
	case Cut:
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(`{"name": "`)) // the rest never comes
		panic(http.ErrAbortHandler)
	case Silent:
		select {
		case <-r.end:
		case <-request.Context().Done():
		}
		return
	}
	if name, file, ok := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/-/"); ok {
		r.tarball(w, name, "/"+name+"/-/"+file)
		return
	}
	r.packument(w, strings.TrimPrefix(request.URL.Path, "/"), strings.Contains(request.Header.Get("Accept"), "application/vnd.npm.install-v1+json"))
}

func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text}) // the client may be gone
}

func (r *Registry) tarball(w http.ResponseWriter, name, file string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.packages[name] {
		if p.file() == file {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(p.tarball()) // the client may be gone
			return
		}
	}
	fail(w, http.StatusNotFound, "Not found")
}

// packument writes all versions of a package; abbreviated as the install client asks for, without times and scripts.
func (r *Registry) packument(w http.ResponseWriter, name string, abbreviated bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.packages[name]
	if len(list) == 0 {
		fail(w, http.StatusNotFound, "Not found")
		return
	}
	versions, times := map[string]any{}, map[string]string{}
	published := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	latest := ""
	for i, p := range list {
		m := p.manifest()
		m["dist"] = map[string]string{"tarball": r.URL + p.file(), "integrity": p.integrity(), "shasum": p.shasum()}
		if p.Deprecated != "" {
			m["deprecated"] = p.Deprecated
		}
		if abbreviated {
			for _, script := range []string{"preinstall", "install", "postinstall"} {
				if p.Scripts[script] != "" {
					m["hasInstallScript"] = true
				}
			}
			delete(m, "scripts")
		}
		versions[p.Version] = m
		times[p.Version] = published.AddDate(0, 0, i).Format(time.RFC3339)
		if v, err := semver.NPM.Parse(p.Version); err == nil && !v.IsPrerelease() && (latest == "" || semver.NPM.Compare(p.Version, latest) > 0) {
			latest = p.Version
		}
	}
	if latest == "" {
		latest = list[len(list)-1].Version
	}
	doc := map[string]any{"name": name, "dist-tags": map[string]string{"latest": latest}, "versions": versions}
	w.Header().Set("Content-Type", "application/json")
	if abbreviated {
		doc["modified"] = published.Format(time.RFC3339)
		w.Header().Set("Content-Type", "application/vnd.npm.install-v1+json")
	} else {
		times["created"], times["modified"] = published.Format(time.RFC3339), published.Format(time.RFC3339)
		doc["time"] = times
	}
	_ = json.NewEncoder(w).Encode(doc) // the client may be gone
}
