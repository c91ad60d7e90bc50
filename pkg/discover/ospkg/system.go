package ospkg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// system is one operating system that is read.
type system struct {
	tree    tree
	temp    string // a folder for copies of databases; "" is that of the machine
	release release
	r       project.Reading
}

// release is what os-release says.
type release struct {
	id, name, version, codename, cpe string
	ecosystem                        string // as OSV spells it; "" where it knows none
}

// label is what packages of a distribution that OSV does not know are said to be of.
func (r release) label() string {
	switch {
	case r.ecosystem != "":
		return r.ecosystem
	case r.name != "":
		return strings.ReplaceAll(r.name, ":", " ")
	}
	return "unknown system"
}

// read reads all databases of packages that there are.
func (s *system) read(ctx context.Context) error {
	s.readRelease()
	found := 0
	for _, database := range []func(ctx context.Context) (bool, error){s.dpkg, s.apk, s.rpm} {
		ok, err := database(ctx)
		if err != nil {
			return err
		}
		if ok {
			found++
		}
	}
	if found == 0 {
		s.gap("var/lib", 0, "there is no database of dpkg, apk or rpm in it, so no package of the operating system was checked")
	}
	return nil
}

func (s *system) gap(file string, line int, format string, args ...any) {
	s.r.Gaps = append(s.r.Gaps, project.Gap(file, line, fmt.Sprintf(format, args...)))
}

// file reads a file; false where it is not there, and a gap where it cannot be read.
func (s *system) file(name string, most int64) ([]byte, bool) {
	data, err := read(s.tree, name, most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	if err != nil {
		s.gap(name, 0, "%v", err)
		return nil, false
	}
	return data, true
}

// keep takes a project whose packages are all there, and says what is not known of all of them.
func (s *system) keep(g *project.Graph) {
	p, gaps := g.Project()
	s.r.Gaps = append(s.r.Gaps, gaps...)
	s.r.Projects = append(s.r.Projects, p)
	switch {
	case len(p.Nodes) == 0:
		s.gap(p.Lockfile, 0, "holds no packages")
	case s.release.ecosystem == "" && s.release.id == "":
		s.gap(p.Lockfile, 0, "there is no os-release that says what system it is, so %d packages were compared with no advisories", len(p.Nodes))
	case s.release.ecosystem == "":
		s.gap(p.Lockfile, 0, "there are no advisories in OSV for the packages of %.60s, so %d packages were not checked", s.release.label(), len(p.Nodes))
	case !strings.Contains(s.release.ecosystem, ":") && needsRelease(s.release.ecosystem):
		s.gap(p.Lockfile, 0, "os-release does not say which release of %s it is, so %d packages were compared with the advisories of all releases", s.release.ecosystem, len(p.Nodes))
	case strings.HasPrefix(s.release.ecosystem, "Red Hat:"):
		s.gap(p.Lockfile, 0, "advisories of Red Hat are kept by repository, and the database does not say from which one a package comes; %d packages were compared with those of %s only", len(p.Nodes), s.release.ecosystem)
	case strings.HasPrefix(s.release.ecosystem, "SUSE:"):
		s.gap(p.Lockfile, 0, "advisories of SUSE are kept by product and module; %d packages were compared with those of %s only", len(p.Nodes), s.release.ecosystem)
	}
}

func needsRelease(ecosystem string) bool {
	return ecosystem != "Wolfi" && ecosystem != "Chainguard" && ecosystem != "MinimOS"
}

// readRelease reads os-release, of which the one in etc counts.
func (s *system) readRelease() {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		data, ok := s.file(name, 1<<20)
		if !ok {
			continue
		}
		s.release = parseRelease(string(data))
		return
	}
}

// parseRelease reads lines of KEY=value, where the value may stand in quotes.
func parseRelease(text string) release {
	var r release
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		switch key {
		case "ID":
			r.id = strings.ToLower(value)
		case "NAME":
			r.name = value
		case "VERSION_ID":
			r.version = value
		case "VERSION_CODENAME":
			r.codename = value
		case "CPE_NAME":
			r.cpe = value
		}
	}
	version := r.version
	if version == "" {
		version = r.codename
	}
	r.ecosystem = fettle.Distribution(r.id, version)
	if _, product, ok := strings.Cut(r.cpe, ":redhat:"); ok && r.id == "rhel" && product != "" {
		r.ecosystem = "Red Hat:" + product
	}
	return r
}
