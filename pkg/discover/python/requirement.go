package python

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// requirement is one dependency specifier, as https://packaging.python.org/en/latest/specifications/dependency-specifiers has it.
type requirement struct {
	name   string // normalized; "" for a path or an address that names none
	extras []string
	spec   string // the versions that are allowed, as written; "" is any
	marker string
	url    string // of a direct reference: an address, a version control system or a path
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`)
	clauseForm = regexp.MustCompile(`^(?:(?:==|!=|<=|>=|~=|<|>)\s*[A-Za-z0-9][A-Za-z0-9.!+*_-]*|===\s*[^\s,;)]+)$`)
	directForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@`)
	schemeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`)
)

// maxRequirement bounds the text of one requirement, its hashes left out.
const maxRequirement = 8 << 10

// parseRequirement reads a specifier. The error is for a message.
func parseRequirement(text string) (requirement, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxRequirement {
		return requirement{}, fmt.Errorf("has %d characters; no requirement is that long", len(text))
	}
	name := nameForm.FindString(text)
	if name == "" {
		return requirement{}, fmt.Errorf("%.100q is no requirement; want one such as name==1.0", text)
	}
	r := requirement{name: normalize(name)}
	rest := strings.TrimSpace(text[len(name):])
	if strings.HasPrefix(rest, "[") {
		extras, after, ok := strings.Cut(rest[1:], "]")
		if !ok {
			return requirement{}, fmt.Errorf("%.100q has a bracket that does not close", text)
		}
		for extra := range strings.SplitSeq(extras, ",") {
			if extra = strings.TrimSpace(extra); extra != "" {
				r.extras = append(r.extras, normalize(extra))
			}
		}
		rest = strings.TrimSpace(after)
	}
	if address, ok := strings.CutPrefix(rest, "@"); ok {
		r.url, r.marker = cutMarker(strings.TrimSpace(address))
		if r.url == "" {
			return requirement{}, fmt.Errorf("%.100q has no address after @", text)
		}
		return r, nil
	}
	rest, marker, _ := strings.Cut(rest, ";")
	r.marker = strings.TrimSpace(marker)
	rest = strings.TrimSpace(rest)
	if inner, ok := strings.CutPrefix(rest, "("); ok && strings.HasSuffix(inner, ")") {
		rest = strings.TrimSuffix(inner, ")")
	}
	r.spec = strings.TrimSpace(rest)
	for _, clause := range clauses(r.spec) {
		if !clauseForm.MatchString(clause) {
			return requirement{}, fmt.Errorf("%.100q is no requirement: %.50q is no range; want one such as ==1.0 or >=1.0,<2", text, clause)
		}
	}
	return r, nil
}

// cutMarker splits an address from the marker after it, which a space must part.
func cutMarker(text string) (address, marker string) {
	if i := strings.Index(text, " ;"); i >= 0 {
		return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+2:])
	}
	if i := strings.Index(text, "; "); i >= 0 {
		return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+2:])
	}
	return text, ""
}

// clauses are the parts of a range that a comma parts.
func clauses(spec string) []string {
	var list []string
	for clause := range strings.SplitSeq(spec, ",") {
		if clause = strings.TrimSpace(clause); clause != "" {
			list = append(list, clause)
		}
	}
	return list
}

func normalize(name string) string { return osv.NormalizeName("PyPI", name) }

// isReference reports whether a line of a requirements file is a path or an address rather than a name.
func isReference(text string) bool {
	if strings.Contains(text, "@") && directForm.MatchString(text) {
		return false
	}
	return strings.Contains(text, ":") && schemeForm.MatchString(text) || strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~/") ||
		strings.Contains(strings.SplitN(text, ";", 2)[0], "/") || isArchive(cleanAddress(text))
}

// reference makes a requirement of a path or an address; the name is that of #egg= or of the file, if any.
func reference(text string) requirement {
	r := requirement{}
	r.url, r.marker = cutMarker(text)
	if _, fragment, ok := strings.Cut(r.url, "#"); ok {
		for part := range strings.SplitSeq(fragment, "&") {
			if egg, ok := strings.CutPrefix(part, "egg="); ok {
				egg, _ = url.QueryUnescape(egg)
				if named, err := parseRequirement(egg); err == nil {
					r.name, r.extras = named.name, named.extras
				}
			}
		}
	}
	if r.name == "" {
		r.name, _ = archive(r.url)
	}
	return r
}

var archiveEnds = []string{".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".egg"}

func isArchive(file string) bool {
	for _, end := range archiveEnds {
		if strings.HasSuffix(file, end) {
			return true
		}
	}
	return false
}

// cleanAddress leaves out the query and the fragment.
func cleanAddress(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, " ;")
	return address
}

var sdistForm = regexp.MustCompile(`^(.+)-(\d[A-Za-z0-9.!+_]*)$`)

// archive returns the name and version that the name of a wheel or a source archive says, which pip believes of wheels.
func archive(address string) (name, version string) {
	if isVCS(address) {
		return "", ""
	}
	file := path.Base(cleanAddress(address))
	if unescaped, err := url.PathUnescape(file); err == nil {
		file = unescaped
	}
	for _, end := range archiveEnds {
		base, ok := strings.CutSuffix(file, end)
		if !ok {
			continue
		}
		if end == ".whl" || end == ".egg" {
			if parts := strings.Split(base, "-"); len(parts) >= 3 && nameForm.FindString(parts[0]) == parts[0] {
				return normalize(parts[0]), parts[1]
			}
			return "", ""
		}
		if m := sdistForm.FindStringSubmatch(base); m != nil && nameForm.FindString(m[1]) == m[1] {
			return normalize(m[1]), m[2]
		}
	}
	return "", ""
}

func isVCS(address string) bool {
	scheme, _, _ := strings.Cut(address, ":")
	kind, _, ok := strings.Cut(scheme, "+")
	return ok && (kind == "git" || kind == "hg" || kind == "svn" || kind == "bzr")
}

// isLocal reports whether address is a path, and which; one with file: counts.
func isLocal(address string) (string, bool) {
	if rest, ok := strings.CutPrefix(address, "file:"); ok {
		return cleanAddress(strings.TrimPrefix(rest, "//")), true
	}
	if schemeForm.MatchString(address) {
		return "", false
	}
	return cleanAddress(address), true
}

// shown is an address for a message, without what may be a secret.
func shown(address string) string {
	address = cleanAddress(address)
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return fmt.Sprintf("%.150q", address)
	}
	host, at, _ := strings.Cut(rest, "/")
	if i := strings.LastIndex(host, "@"); i >= 0 {
		host = host[i+1:]
	}
	return fmt.Sprintf("%.150q", scheme+"://"+host+"/"+at)
}
