package cargo

import (
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// entry is one [[package]] of a lockfile, with the text from its head to that of the next.
type entry struct {
	name, version, source string
	text                  string
}

func (e entry) key() string { return e.name + " " + e.version + " (" + e.source + ")" }

// lockfile is a Cargo.lock as text: what stands above the packages, they, and what stands below.
type lockfile struct {
	head    string
	entries []entry
	tail    string
}

var field = regexp.MustCompile(`^(name|version|source) = "([^"]*)"\s*$`)

// parseLockfile splits a Cargo.lock into its packages. Its lines have the form in which cargo writes them.
func parseLockfile(text string) lockfile {
	var l lockfile
	began, at := 0, 0 // of the part at hand, and of the line
	end := func() {
		if n := len(l.entries); n > 0 {
			l.entries[n-1].text = text[began:at]
		} else {
			l.head = text[:at]
		}
		began = at
	}
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\r\n")
		switch {
		case bare == "[[package]]":
			end()
			l.entries = append(l.entries, entry{})
		case strings.HasPrefix(bare, "["):
			end()
			l.tail = text[at:]
			return l
		case len(l.entries) > 0:
			if m := field.FindStringSubmatch(bare); m != nil {
				l.entries[len(l.entries)-1].set(m[1], m[2])
			}
		}
		at += len(line)
	}
	end()
	return l
}

func (e *entry) set(name, value string) {
	switch name {
	case "name":
		e.name = value
	case "version":
		e.version = value
	case "source":
		e.source = value
	}
}

func (l lockfile) byKey() map[string]entry {
	all := map[string]entry{}
	for _, e := range l.entries {
		all[e.key()] = e
	}
	return all
}

// mergeLock brings into a lockfile what changes between two others, entry by entry: its own version, and entries that are
// alike in both, stay as they are. whole is true where cargo changes packages of the unchanged tree as well, because the
// lockfile was out of step with its manifests: then what cargo wrote is taken as it is.
func mergeLock(original, before, after string) (text string, whole bool) {
	if strings.Contains(original, "\r\n") {
		text, whole = mergeLock(strings.ReplaceAll(original, "\r\n", "\n"), before, after)
		return strings.ReplaceAll(text, "\n", "\r\n"), whole
	}
	o, b, a := parseLockfile(original), parseLockfile(before), parseLockfile(after)
	own, was := o.byKey(), b.byKey()
	same := len(own) == len(was)
	for key := range own {
		if _, ok := was[key]; !ok {
			same = false
		}
	}
	if !same {
		return after, true
	}
	var out strings.Builder
	out.WriteString(o.head)
	for i, e := range a.entries {
		have, ok := own[e.key()]
		chosen := e.text
		if ok && was[e.key()].trimmed() == e.trimmed() {
			chosen = have.text
		}
		chosen = strings.TrimRight(chosen, "\n") + "\n"
		if i < len(a.entries)-1 || o.tail != "" {
			chosen += "\n"
		}
		out.WriteString(chosen)
	}
	out.WriteString(o.tail)
	return out.String(), false
}

func (e entry) trimmed() string { return strings.TrimSpace(e.text) }

// versionsOf returns the versions of a package of registries in a lockfile.
func versionsOf(text, name string) []string {
	var list []string
	for _, e := range parseLockfile(strings.ReplaceAll(text, "\r\n", "\n")).entries {
		if e.name == name && e.source != "" && !strings.HasPrefix(e.source, "git+") {
			list = append(list, e.version)
		}
	}
	return list
}

// isOld reports whether a lockfile has the first format, which keeps checksums in a table of their own.
func isOld(text string) bool {
	return strings.Contains(text, "\n\"checksum ") || strings.Contains(text, "\n[root]\n")
}

// foreign refuses packages of a lockfile that come from elsewhere than those of the original do.
func foreign(original, after string) error {
	known := map[string]bool{}
	for _, e := range parseLockfile(strings.ReplaceAll(original, "\r\n", "\n")).entries {
		known[kind(e.source)] = true
	}
	for _, e := range parseLockfile(after).entries {
		if !known[kind(e.source)] {
			return &strange{e}
		}
	}
	return nil
}

// kind is a source without the commit or branch.
func kind(source string) string {
	source, _, _ = strings.Cut(source, "#")
	return source
}

// strange is a package from a source that the lockfile does not have.
type strange struct{ entry }

func (s *strange) Error() string {
	return s.name + " " + s.version + " would come from " + s.source + ", which is not a source that the lockfile has"
}

func (s *strange) Unwrap() error { return fettle.ErrRefused }
