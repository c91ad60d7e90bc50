package composer

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// manifest is what a composer.json declares.
type manifest struct {
	doc    *document.Value
	file   string
	needs  []need
	lines  map[string]int  // by name in lower case
	stands map[string]bool // names that the project itself has, replaces or provides
}

func parseManifest(files *project.Files, file string, t *project.Teller) (*manifest, error) {
	doc, err := parse(files, file, t)
	if err != nil {
		return nil, err
	}
	m := &manifest{doc: doc, file: file, lines: map[string]int{}, stands: map[string]bool{strings.ToLower(doc.Get("name").Str()): true}}
	for _, section := range []string{"require", "require-dev"} {
		f := doc.Field(section)
		if f == nil {
			continue
		}
		if !f.Value.Is(document.Map) && len(f.Value.List()) > 0 {
			t.Tell(file, f.Line, "%q is %s; want an object, so it was not read", section, f.Value.Kind)
		}
		for _, n := range needsOf(f.Value, section == "require-dev") {
			if isPlatform(n.name) {
				continue
			}
			m.needs = append(m.needs, n)
			if lower := strings.ToLower(n.name); m.lines[lower] == 0 {
				m.lines[lower] = n.line
			}
		}
	}
	for _, section := range []string{"replace", "provide"} {
		for _, f := range doc.Get(section).Map() {
			m.stands[strings.ToLower(f.Key)] = true
		}
	}
	return m, nil
}

// line is that of the first declaration.
func (m *manifest) line() int {
	if len(m.needs) == 0 {
		return 0
	}
	return m.needs[0].line
}

// drift tells where the lockfile was made of another manifest.
func (m *manifest) drift(l *lock, t *project.Teller) {
	if l.hash == "" {
		t.Tell(t.File, l.hashLine, "has no content-hash, so whether it is in step with composer.json is unknown; run composer update --lock")
		return
	}
	hash, ok := contentHash(m.doc)
	switch {
	case !ok:
		t.Tell(t.File, l.hashLine, "whether it is in step with composer.json is unknown, since that holds numbers that PHP writes in its own way; run composer validate")
	case !strings.EqualFold(hash, l.hash):
		t.Tell(t.File, l.hashLine, "out of step with composer.json, which has changed since; run composer update --lock, or composer update for what was added")
	}
}

// pinned makes a project of what is declared by an exact version, and tells of the rest.
func (m *manifest) pinned(file, dir string, t *project.Teller) fettle.Project {
	g := project.NewGraph(fettle.Project{Manager: "composer", Dir: dir, Lockfile: file, Manifest: file})
	open := 0
	for _, n := range m.needs {
		version := exact(n.constraint)
		if version == "" {
			open++
			continue
		}
		scope := fettle.Production
		if n.dev {
			scope = fettle.Development
		}
		at := fettle.Location{Path: file, Line: n.line, EndLine: n.line}
		key := strings.ToLower(n.name) + "@" + version
		g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "Packagist", Name: n.name, Version: version}, Key: key, Location: at, Manifest: &at})
		g.Need("", key, n.constraint, scope)
	}
	what := fmt.Sprintf("the versions of %d of its %d packages and all that they need are unknown", open, len(m.needs))
	t.Tell(file, m.line(), "declares dependencies but has no composer.lock, so %s; run composer update --no-install", what)
	p, gaps := g.Project()
	t.Add(gaps)
	return p
}

// exact returns the version that a constraint alone allows, "" for all else.
func exact(constraint string) string {
	c := strings.TrimSpace(constraint)
	if at := strings.IndexAny(c, "@#"); at > 0 {
		c = c[:at] // a stability or a commit
	}
	c = strings.TrimPrefix(strings.TrimPrefix(c, "="), "=")
	c = strings.TrimSpace(c)
	digits := strings.TrimLeft(c, "vV")
	if c == "" || isBranch(c) || len(c) > 100 || digits == "" || digits[0] < '0' || digits[0] > '9' || strings.ContainsAny(c, " ,|<>~^*!") || strings.Count(digits, ".") < 1 {
		return ""
	}
	return c
}
