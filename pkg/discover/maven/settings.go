package maven

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// mavenSettings is what the user's settings.xml and that of the installed Maven say, the user's first.
type mavenSettings struct {
	local        string // the local repository; "" is the default
	offline      bool
	repositories []remote
	mirrors      []mirror
	servers      map[string]server
	problems     []string
}

type mirror struct {
	id, url string
	of      []string
	blocked bool
}

type server struct{ user, password string }

// readSettings reads settings.xml files. They are the user's own, never of the tree.
func readSettings(s project.Settings, files ...string) mavenSettings {
	all := mavenSettings{servers: map[string]server{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			if !os.IsNotExist(err) {
				all.problems = append(all.problems, "Maven's settings.xml cannot be read")
			}
			continue
		}
		root, err := document.ParseXML(data)
		if err != nil {
			all.problems = append(all.problems, "Maven's settings.xml cannot be read: "+err.Error())
			continue
		}
		all.take(root, s)
	}
	return all
}

func (m *mavenSettings) take(root *document.Element, s project.Settings) {
	m.local = orElse(m.local, expandUser(root.Content("localRepository"), s))
	m.offline = m.offline || root.Content("offline") == "true"
	for _, e := range root.Child("mirrors").All("mirror") {
		m.mirrors = append(m.mirrors, mirror{id: e.Content("id"), url: expandUser(e.Content("url"), s), of: strings.Split(e.Content("mirrorOf"), ","), blocked: e.Content("blocked") == "true"})
	}
	for _, e := range root.Child("proxies").All("proxy") {
		if e.Content("active") != "false" {
			m.problems = append(m.problems, "the proxy of settings.xml is not used; set HTTPS_PROXY where one is needed")
			break
		}
	}
	for _, e := range root.Child("servers").All("server") {
		id, pass := e.Content("id"), expandUser(e.Content("password"), s)
		if _, ok := m.servers[id]; !ok && id != "" && e.Content("username") != "" {
			if strings.HasPrefix(pass, "{") { // encrypted with a key that is Maven's
				m.problems = append(m.problems, "the password of a server in settings.xml is encrypted and was not used")
				continue
			}
			m.servers[id] = server{expandUser(e.Content("username"), s), pass}
		}
	}
	var active []string
	for _, e := range root.Child("activeProfiles").All("activeProfile") {
		active = append(active, e.Text)
	}
	for _, p := range root.Child("profiles").All("profile") {
		if !slices.Contains(active, p.Content("id")) && p.Child("activation").Content("activeByDefault") != "true" {
			continue
		}
		for _, e := range p.Child("repositories").All("repository") {
			m.repositories = append(m.repositories, remote{id: e.Content("id"), url: expandUser(e.Content("url"), s)})
		}
	}
}

// expandUser fills in what a user's settings may refer to: the home folder and the user's environment.
func expandUser(text string, s project.Settings) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		name, rest, closed := strings.Cut(after, "}")
		if !found || !closed {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(before)
		if env, ok := strings.CutPrefix(name, "env."); ok {
			b.WriteString(s.Env(env))
		} else if name == "user.home" {
			b.WriteString(s.Home)
		}
		text = rest
	}
}

// through returns what is asked in place of r: a mirror, if there is one for it. It is false where the mirror blocks.
func (m *mavenSettings) through(r remote) (remote, bool) {
	for _, mi := range m.mirrors {
		if mi.matches(r) {
			return remote{id: mi.id, url: mi.url}, !mi.blocked
		}
	}
	return r, true
}

// matches reads mirrorOf, as the guide to mirrors of Maven explains it.
func (mi mirror) matches(r remote) bool {
	is := false
	for _, pattern := range mi.of {
		switch pattern = strings.TrimSpace(pattern); {
		case pattern == "!"+r.id:
			return false
		case pattern == r.id, pattern == "*",
			pattern == "external:*" && external(r.url), pattern == "external:http:*" && external(r.url) && strings.HasPrefix(r.url, "http:"):
			is = true
		}
	}
	return is
}

func external(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme != "file" && !loopback(u)
}

func loopback(u *url.URL) bool {
	host := u.Hostname()
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// localRepository is the folder of the user's local repository; "" for none.
func localRepository(s project.Settings, m mavenSettings) string {
	for _, name := range []string{"MAVEN_ARGS", "MAVEN_OPTS"} {
		for _, word := range strings.Fields(s.Env(name)) {
			if dir, ok := strings.CutPrefix(word, "-Dmaven.repo.local="); ok && filepath.IsAbs(dir) {
				return dir
			}
		}
	}
	if filepath.IsAbs(m.local) {
		return m.local
	}
	if s.Home == "" {
		return ""
	}
	return filepath.Join(s.Home, ".m2", "repository")
}
