package bundler

import (
	"bytes"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// lock is what a Gemfile.lock says.
type lock struct {
	specs   []spec
	directs []need
}

// spec is one gem that is locked, for one platform.
type spec struct {
	name, version, platform string
	source                  string // GEM, GIT, PATH or PLUGIN SOURCE
	remote, revision        string
	line, endLine           int
	needs                   []need
}

// need asks for a gem by a requirement.
type need struct {
	name, requirement string
	line              int
}

// maxLine bounds a line of a lockfile, in bytes.
const maxLine = 64 << 10

// sections are those of a lockfile; true where they hold gems.
var sections = map[string]bool{"GEM": true, "GIT": true, "PATH": true, "PLUGIN SOURCE": true,
	"PLATFORMS": false, "DEPENDENCIES": false, "CHECKSUMS": false, "RUBY VERSION": false, "BUNDLED WITH": false}

// parseLock reads a lockfile: sections at the margin, gems at four spaces and what each needs at six.
func parseLock(data []byte, file string, t *project.Teller) (*lock, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	l := &lock{}
	p := &lockParser{lock: l, file: file, t: t}
	number := -1
	for raw := range bytes.SplitSeq(data, []byte("\n")) {
		number++
		if len(raw) > maxLine {
			return nil, project.NewFault(number+1, "a line is longer than 64 KiB; not a lockfile of Bundler")
		}
		line := strings.TrimRight(string(raw), " \t\r")
		if line == "" {
			continue
		}
		for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
			if strings.HasPrefix(line, mark) {
				return nil, project.NewFault(number+1, "holds a merge conflict; resolve it and run bundle lock")
			}
		}
		p.line(number+1, line)
	}
	if !p.any {
		return nil, project.NewFault(1, "holds no section of a lockfile; run bundle lock")
	}
	if !p.ended {
		t.Tell(file, 0, "has no section DEPENDENCIES, so it is cut off or what the project itself needs is unknown; run bundle lock")
	}
	return l, nil
}

type lockParser struct {
	lock             *lock
	file             string
	t                *project.Teller
	section          string
	remote, revision string
	inSpecs          bool
	any, ended       bool
}

func (p *lockParser) line(number int, line string) {
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	switch holds, known := sections[p.section]; {
	case indent == 0:
		p.begin(number, line)
	case !known: // told when it began
	case holds:
		p.gem(number, indent, text)
	case p.section == "DEPENDENCIES":
		n, ok := parseNeed(strings.TrimSuffix(text, "!"), number)
		if !ok || indent != 2 {
			p.t.Tell(p.file, number, "%.100q is no dependency as name (requirement), so it was passed over", text)
			return
		}
		p.lock.directs = append(p.lock.directs, n)
	}
}

func (p *lockParser) begin(number int, line string) {
	p.section, p.remote, p.revision, p.inSpecs = line, "", "", false
	if _, known := sections[line]; !known {
		p.t.Tell(p.file, number, "the section %.60q is not known, so it was not read", line)
		return
	}
	p.any = true
	p.ended = p.ended || line == "DEPENDENCIES"
}

// gem takes a line of a section that holds gems.
func (p *lockParser) gem(number, indent int, text string) {
	switch {
	case indent == 2:
		key, value, _ := strings.Cut(text, ":")
		value = strings.TrimSpace(value)
		p.inSpecs = key == "specs"
		switch key {
		case "remote":
			p.remote = value
		case "revision":
			p.revision = value
		}
	case indent == 4 && p.inSpecs:
		n, ok := parseNeed(text, number)
		if !ok || n.requirement == "" {
			p.t.Tell(p.file, number, "%.100q is no gem as name (version), so it was not checked", text)
			return
		}
		s := spec{name: n.name, source: p.section, remote: p.remote, revision: p.revision, line: number, endLine: number}
		s.version, s.platform, _ = strings.Cut(n.requirement, "-")
		p.lock.specs = append(p.lock.specs, s)
	case indent == 6 && p.inSpecs && len(p.lock.specs) > 0:
		n, ok := parseNeed(text, number)
		if !ok {
			p.t.Tell(p.file, number, "%.100q is no need as name (requirement), so it was passed over", text)
			return
		}
		s := &p.lock.specs[len(p.lock.specs)-1]
		s.needs = append(s.needs, n)
		s.endLine = number
	default:
		p.t.Tell(p.file, number, "%.100q stands where neither a gem nor a need can, so it was passed over", text)
	}
}

// parseNeed reads name or name (requirement).
func parseNeed(text string, line int) (need, bool) {
	name, rest, found := strings.Cut(text, " (")
	if !found {
		return need{name: text, line: line}, text != "" && !strings.ContainsAny(text, " ()")
	}
	requirement, ok := strings.CutSuffix(rest, ")")
	return need{name, requirement, line}, ok && name != "" && requirement != "" && !strings.ContainsAny(name, " ()")
}
