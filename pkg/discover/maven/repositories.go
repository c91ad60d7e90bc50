package maven

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of what repositories may answer.
const (
	maxPOM      = 8 << 20          // bytes of one file
	maxRequests = 5_000            // of one scan; the next one finds in the cache what this one fetched
	maxFailures = 3                // in a row, after which a repository is asked no more
	patience    = 20 * time.Second // with one answer
)

// remote is a repository that can be asked.
type remote struct {
	id, url  string
	login    *server
	failures int    // in a row
	down     string // why it is asked no more
	dateless int    // answers that did not say how old a file is
}

// repositories are the places outside of the tree that have POMs.
type repositories struct {
	client   *http.Client // nil: nothing is fetched
	local    string       // the user's local repository; "" for none
	cache    string       // of fettle; "" for none
	remotes  []*remote
	requests int
	problems []string            // of the settings
	lists    map[string][]string // versions, by folder
	parsed   map[coords]*pom     // what was read already; nil remembers nothing
	log      func(format string, args ...any)
}

// newRepositories finds out which repositories there are, in the order in which they are asked.
func newRepositories(s project.Settings) *repositories {
	home := installed(s)
	var files []string
	if s.Home != "" {
		files = append(files, filepath.Join(s.Home, ".m2", "settings.xml"))
	}
	if home != "" {
		files = append(files, filepath.Join(home, "conf", "settings.xml"))
	}
	m := readSettings(s, files...)
	r := &repositories{local: localRepository(s, m), problems: m.problems, log: s.Log}
	if s.Client != nil && !m.offline {
		own := *s.Client
		own.CheckRedirect = sameSafety
		r.client = &own
	}
	if s.Cache != "" {
		r.cache = filepath.Join(s.Cache, "maven")
	}
	if r.log == nil {
		r.log = func(string, ...any) {}
	}
	for _, address := range s.Maven {
		r.add(remote{url: address}, m)
	}
	for _, repo := range append(m.repositories, superRepositories(home)...) {
		if through, ok := m.through(repo); ok {
			r.add(through, m)
		}
	}
	return r
}

// sameSafety follows few redirects, and none from https to http, which would show a password.
func sameSafety(req *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return errors.New("more than 5 redirects")
	}
	if req.URL.Scheme != "https" && via[0].URL.Scheme == "https" {
		return errors.New("a redirect from https to " + req.URL.Scheme)
	}
	return nil
}

// add takes a repository that can be asked, once. What the server of its id asks for is sent to it alone, and never in the
// clear.
func (r *repositories) add(repo remote, m mavenSettings) {
	u, err := url.Parse(strings.TrimSuffix(repo.url, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	repo.url = u.String()
	for _, have := range r.remotes {
		if have.url == repo.url {
			return
		}
	}
	if login, ok := m.servers[repo.id]; ok && repo.id != "" && (u.Scheme == "https" || loopback(u)) {
		repo.login = &login
	}
	r.remotes = append(r.remotes, &repo)
}

// get offers a file of a repository to accept, from one place after the other until it has no objection. It returns why it
// found none; "" where it did. The error is that of ctx.
func (r *repositories) get(ctx context.Context, name string, changes bool, accept func([]byte) string) (string, error) {
	why := r.absent(changes)
	at := []string{r.inLocal(name)}
	for _, repo := range r.remotes {
		at = append(at, r.cached(repo, name))
	}
	for _, file := range at {
		if data := readBounded(file); data != nil {
			if why = accept(data); why == "" {
				return "", nil
			}
		}
	}
	if r.client == nil || changes {
		return why, nil
	}
	for _, repo := range r.remotes {
		data, problem, err := r.ask(ctx, repo, name)
		if err != nil {
			return "", err
		}
		if data != nil {
			if problem = accept(data); problem == "" {
				r.keep(repo, name, data)
				return "", nil
			}
		}
		why = orElse(problem, why)
	}
	return why, nil
}

// inLocal is where the user's local repository holds a file; "" for nowhere.
func (r *repositories) inLocal(name string) string {
	if r.local == "" {
		return ""
	}
	return filepath.Join(r.local, filepath.FromSlash(name))
}

// absent says why a file was not found.
func (r *repositories) absent(changes bool) string {
	switch {
	case changes:
		return "snapshots change, so they are taken from the tree and the local repository only"
	case r.client == nil:
		return "it is neither in the tree nor in the local repository of Maven, and nothing is fetched"
	case len(r.remotes) == 0:
		return "it is neither in the tree nor in the local repository of Maven, and no repository is known to ask"
	}
	return fmt.Sprintf("none of the %d repositories that may be asked has it", len(r.remotes))
}

// cached is where a file of a repository is kept; "" for nowhere.
func (r *repositories) cached(repo *remote, name string) string {
	if r.cache == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(repo.url))
	return filepath.Join(r.cache, hex.EncodeToString(sum[:8]), filepath.FromSlash(name))
}

// keep writes a file to the cache, all of it or none. Without it the next scan asks again.
func (r *repositories) keep(repo *remote, name string, data []byte) {
	file := r.cached(repo, name)
	if file == "" || os.MkdirAll(filepath.Dir(file), 0o755) != nil {
		return
	}
	out, err := os.CreateTemp(filepath.Dir(file), ".tmp-*")
	if err != nil {
		return
	}
	_, err = out.Write(data)
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), file)
	}
	if err != nil {
		os.Remove(out.Name())
	}
}

// readBounded returns a file of at most maxPOM bytes; nil where there is none.
func readBounded(file string) []byte {
	if file == "" {
		return nil
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxPOM || info.Size() == 0 {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return data
}
