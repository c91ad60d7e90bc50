package bundler

import (
	"regexp"
	"slices"
	"strings"
)

// line is one of a lockfile, without its end.
type line struct {
	section string // GEM, GIT, PATH and so on, with the number of it
	kind    string // of its section: GEM
	indent  int
	text    string // without indentation and line end
	raw     string // as it stands, line end and all
}

// need asks for a gem; Requirement is as the lockfile writes it, "" for any.
type need struct{ name, requirement string }

// spec is one locked gem, for one platform.
type spec struct {
	name, version, platform string
	section, kind, remote   string
	needs                   []need
	raw                     string // its lines
}

// lockfile is what a Gemfile.lock says.
type lockfile struct {
	lines     []line
	specs     []spec
	directs   []need // the mark of a source is cut off
	pinned    map[string]bool
	platforms []string
	remotes   map[string][]string // by section
	order     []string            // of sections with gems
}

var entry = regexp.MustCompile(`^([^ ()]+)(?: \(([^()]+)\))?(!?)$`)

func parseLock(text string) *lockfile {
	l := &lockfile{pinned: map[string]bool{}, remotes: map[string][]string{}}
	section, kind, count := "", "", 0
	for raw := range strings.Lines(text) {
		body := strings.TrimPrefix(strings.TrimRight(raw, " \t\r\n"), "\ufeff")
		trimmed := strings.TrimLeft(body, " ")
		at := line{indent: len(body) - len(trimmed), text: trimmed, raw: raw}
		if at.indent == 0 && trimmed != "" {
			count++
			kind = trimmed
			section = kind + " " + strings.Repeat("i", min(count, 1000))
			if kind == "GEM" || kind == "GIT" || kind == "PATH" || kind == "PLUGIN SOURCE" {
				l.order = append(l.order, section)
			}
		}
		at.section, at.kind = section, kind
		l.lines = append(l.lines, at)
		l.take(at)
	}
	return l
}

func (l *lockfile) take(at line) {
	gems := slices.Contains(l.order, at.section)
	m := entry.FindStringSubmatch(at.text)
	switch {
	case gems && at.indent == 2:
		if remote, ok := strings.CutPrefix(at.text, "remote: "); ok {
			l.remotes[at.section] = append(l.remotes[at.section], remote)
		}
	case gems && at.indent == 4 && m != nil && m[2] != "":
		s := spec{name: m[1], section: at.section, kind: at.kind, raw: at.raw}
		s.version, s.platform, _ = strings.Cut(m[2], "-")
		l.specs = append(l.specs, s)
	case gems && at.indent == 6 && m != nil && len(l.specs) > 0:
		s := &l.specs[len(l.specs)-1]
		s.needs = append(s.needs, need{m[1], m[2]})
		s.raw += at.raw
	case at.kind == "DEPENDENCIES" && at.indent == 2 && m != nil:
		l.directs = append(l.directs, need{m[1], m[2]})
		l.pinned[m[1]] = m[3] == "!"
	case at.kind == "PLATFORMS" && at.indent == 2:
		l.platforms = append(l.platforms, at.text)
	}
}

// of returns the specs of a gem.
func (l *lockfile) of(name string) []spec {
	var list []spec
	for _, s := range l.specs {
		if s.name == name {
			list = append(list, s)
		}
	}
	return list
}

// version is the version that a gem is locked at; "" where it is not.
func (l *lockfile) version(name string) string {
	if list := l.of(name); len(list) > 0 {
		return list[0].version
	}
	return ""
}

// has reports whether the lockfile has a section.
func (l *lockfile) has(kind string) bool {
	return slices.ContainsFunc(l.lines, func(at line) bool { return at.kind == kind })
}

// reach returns the names that the project needs, at any depth, where some gems have other needs than the lockfile says.
func (l *lockfile) reach(moved map[string][]spec) map[string]bool {
	needs := map[string][]need{}
	seen := map[string]bool{}
	var queue []string
	visit := func(name string) {
		if !seen[name] {
			seen[name] = true
			queue = append(queue, name)
		}
	}
	for _, s := range l.specs {
		if moved[s.name] == nil {
			needs[s.name] = append(needs[s.name], s.needs...)
		}
		if s.kind != "GEM" {
			visit(s.name)
		}
	}
	for name, list := range moved {
		for _, s := range list {
			needs[name] = append(needs[name], s.needs...)
		}
	}
	for _, d := range l.directs {
		visit(d.name)
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, n := range needs[name] {
			visit(n.name)
		}
	}
	return seen
}

// canonical writes requirements as a lockfile does: the operator and a blank before each, in falling order of text.
func canonical(requirements []string) string {
	var list []string
	for _, r := range requirements {
		for part := range strings.SplitSeq(r, ",") {
			m := requirement.FindStringSubmatch(part)
			if m == nil {
				continue
			}
			op := m[2]
			if op == "" {
				op = "="
			}
			if op+m[4] != ">=0" {
				list = append(list, op+" "+m[4])
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	slices.Reverse(list)
	return strings.Join(list, ", ")
}
