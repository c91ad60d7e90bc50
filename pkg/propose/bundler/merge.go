package bundler

import (
	"slices"
	"strings"
)

// merge writes gems of another lockfile into this one: the lines of moved gems are replaced, those that nothing needs any
// more go, new ones come in order. An empty list removes a gem. declared are new requirements of what the project itself
// declares. All other lines stay as they are.
func (l *lockfile) merge(moved map[string][]spec, declared map[string]string, sums map[string]string) string {
	end := "\n"
	if len(l.lines) > 0 && strings.HasSuffix(l.lines[0].raw, "\r\n") {
		end = "\r\n"
	}
	kept := l.reach(moved)
	before := l.reach(nil)
	gone := func(name string) bool { return before[name] && !kept[name] }
	var out strings.Builder
	placed := map[string]bool{}
	current := ""
	// insert writes the gems of a section that come before name in order, or all of them where name is "".
	insert := func(section, name string) {
		var names []string
		for n, list := range moved {
			if !placed[n] && len(list) > 0 && !gone(n) && l.home(n, list) == section && (name == "" || n < name || n == name) {
				names = append(names, n)
			}
		}
		slices.Sort(names)
		for _, n := range names {
			placed[n] = true
			for _, s := range moved[n] {
				out.WriteString(s.lines(end))
			}
		}
	}
	inGems := false
	for i, at := range l.lines {
		holds := at.kind == "GEM"
		switch {
		case holds && at.indent == 2 && at.text == "specs:":
			inGems = true
		case holds && at.indent == 4 && inGems:
			m := entry.FindStringSubmatch(at.text)
			if m == nil {
				break
			}
			current = m[1]
			insert(at.section, current)
		case inGems && at.indent < 4:
			insert(l.lines[i-1].section, "")
			inGems, current = false, ""
		}
		if _, is := moved[current]; holds && at.indent >= 4 && (is || gone(current)) {
			continue
		}
		out.WriteString(l.rewritten(at, moved, declared, sums, gone, end))
	}
	if inGems {
		insert(l.lines[len(l.lines)-1].section, "")
	}
	return out.String()
}

// home is the section that a gem belongs in: the one that it was in, or else that of the same source.
func (l *lockfile) home(name string, list []spec) string {
	if had := l.of(name); len(had) > 0 && had[0].kind == "GEM" {
		return had[0].section
	}
	first := ""
	for _, section := range l.order {
		if !strings.HasPrefix(section, "GEM") {
			continue
		}
		if slices.Contains(l.remotes[section], list[0].remote) {
			return section
		}
		if first == "" {
			first = section
		}
	}
	return first
}

// lines are those of a gem.
func (s spec) lines(end string) string {
	var out strings.Builder
	version := s.version
	if s.platform != "" {
		version += "-" + s.platform
	}
	out.WriteString("    " + s.name + " (" + version + ")" + end)
	for _, n := range s.needs {
		out.WriteString("      " + n.String() + end)
	}
	return out.String()
}

func (n need) String() string {
	if n.requirement == "" {
		return n.name
	}
	return n.name + " (" + n.requirement + ")"
}

// rewritten is a line outside of the gems of sources: what the project declares and checksums of gems that move.
func (l *lockfile) rewritten(at line, moved map[string][]spec, declared, sums map[string]string, gone func(string) bool, end string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(at.text, "!"), " ")
	switch {
	case at.kind == "DEPENDENCIES" && at.indent == 2, at.kind == "PATH" && at.indent == 6:
		text, ok := declared[name]
		if !ok {
			return at.raw
		}
		mark := ""
		if strings.HasSuffix(at.text, "!") {
			mark = "!"
		}
		return strings.Repeat(" ", at.indent) + need{name, text}.String() + mark + end
	case at.kind == "CHECKSUMS" && at.indent == 2:
		list, is := moved[name]
		if !is && !gone(name) {
			return at.raw
		}
		if gone(name) || len(list) == 0 || !l.firstSum(at, name) {
			return ""
		}
		var out strings.Builder
		for _, s := range list {
			out.WriteString("  " + s.key() + sums[s.key()] + end)
		}
		return out.String()
	}
	return at.raw
}

// key is what a gem is called in the section of checksums.
func (s spec) key() string {
	if s.platform != "" {
		return s.name + " (" + s.version + "-" + s.platform + ")"
	}
	return s.name + " (" + s.version + ")"
}

// firstSum reports whether at is the first checksum of a gem.
func (l *lockfile) firstSum(at line, name string) bool {
	for _, other := range l.lines {
		if got, _, _ := strings.Cut(other.text, " "); other.kind == "CHECKSUMS" && other.indent == 2 && got == name {
			return other == at
		}
	}
	return false
}
