package surface

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"deps.dev/util/semver"
)

// links keeps addresses that a browser may follow.
func (l *look) links(addresses []string) {
	for _, a := range addresses {
		a = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(a), "git+"), ".git")
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(a) > 500 || len(l.result.Links) > 200 {
			continue
		}
		if u.Host == "github.com" && strings.Count(strings.Trim(u.Path, "/"), "/") == 1 {
			u.Path = strings.TrimSuffix(u.Path, "/") + "/releases"
			u.RawQuery, u.Fragment = "", ""
		}
		l.result.Links = append(l.result.Links, u.String())
	}
}

// noteLabels are labels of a project's addresses that lead to what a release changes.
var noteLabels = regexp.MustCompile(`(?i)change|release|history|news|what'?s`)

// sourceLabels lead to the repository.
var sourceLabels = regexp.MustCompile(`(?i)source|code|repo|github`)

// wheelLinks are what the metadata of a wheel says of changes: the labelled addresses, else the repository.
func wheelLinks(metadata string) []string {
	var notes, sources []string
	for _, v := range header(metadata, "Project-URL") {
		label, address, ok := strings.Cut(v, ",")
		switch {
		case !ok:
		case noteLabels.MatchString(label):
			notes = append(notes, address)
		case sourceLabels.MatchString(label):
			sources = append(sources, address)
		}
	}
	for _, v := range header(metadata, "Home-page") {
		if strings.Contains(v, "github.com/") {
			sources = append(sources, v)
		}
	}
	if len(notes) == 0 && len(sources) > 0 {
		return sources[:1]
	}
	return notes
}

// header returns the values of one field of a wheel's METADATA.
func header(metadata, name string) []string {
	head, _, _ := strings.Cut(strings.ReplaceAll(metadata, "\r\n", "\n"), "\n\n")
	m, err := mail.ReadMessage(strings.NewReader(head + "\n\n"))
	if err != nil {
		return nil
	}
	return m.Header[canonical(name)]
}

func canonical(name string) string { // as net/textproto writes it
	parts := strings.Split(strings.ToLower(name), "-")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}

var lowest = regexp.MustCompile(`(?:>=|~=|\^|>|~)?\s*v?(\d+(?:\.\d+){0,2})`)

// floor is the lowest version that a plain requirement admits; "" where it says none.
func floor(requirement string) string {
	best := ""
	for _, alternative := range strings.Split(requirement, "||") {
		low := ""
		for _, part := range strings.FieldsFunc(alternative, func(r rune) bool { return r == ',' }) {
			part = strings.TrimSpace(part)
			if strings.HasPrefix(part, "<") || strings.HasPrefix(part, "!") {
				continue
			}
			if m := lowest.FindStringSubmatch(part); m != nil && strings.HasPrefix(strings.TrimLeft(part, " "), m[0]) {
				low = m[1]
				break
			}
		}
		if low == "" {
			return ""
		}
		if best == "" || semver.DefaultSystem.Compare(low, best) < 0 {
			best = low
		}
	}
	return best
}

// raised reports whether after asks for more than before does.
func raised(before, after string) bool {
	low := floor(after)
	was := floor(before)
	return low != "" && (was == "" || semver.DefaultSystem.Compare(low, was) > 0)
}

// pythonToolchain tells where Requires-Python rises, unless the project asks for as much itself.
func (l *look) pythonToolchain(before, after *pyPackage) {
	was, is := strings.Join(header(before.metadata, "Requires-Python"), ""), strings.Join(header(after.metadata, "Requires-Python"), "")
	if !raised(was, is) {
		return
	}
	if own := l.own.pythonFloor(); own != "" && semver.DefaultSystem.Compare(own, floor(is)) >= 0 {
		return
	}
	l.result.Toolchain[l.upgrade.Package.Name] = "python " + plain(is)
}

var requiresPython = regexp.MustCompile(`(?m)^\s*(?:requires-python|python_requires|python)\s*=\s*["']?([^"'\n]+)`)

// pythonFloor is the lowest Python that the project's own manifest admits.
func (s *sources) pythonFloor() string {
	for _, name := range []string{"pyproject.toml", "setup.cfg", "setup.py"} {
		if m := requiresPython.FindSubmatch(s.texts[joinDir(s.project.Dir, name)]); m != nil {
			return floor(string(m[1]))
		}
	}
	return ""
}

func joinDir(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
