package gradle

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// values answers what names mean in scripts of a folder: its own, those of the folders above and gradle.properties.
type values struct {
	files      *project.Files
	byDir      map[string]variables
	properties map[string]map[string]variable
	catalogs   *catalogs
	left       int // how much may still be worked out for one text
	spent      int // how much was, over all
	known      map[string]answer
}

// answer is what a name was found to mean in a folder.
type answer struct {
	text string
	at   *fettle.Location
	ok   bool
}

// forget drops what was found out, since a variable has changed.
func (v *values) forget() { v.known = nil }

// maxWork bounds how many names one text may lead to, and maxText its length.
const ( // maxAll is that of all texts together
	maxWork = 200
	maxAll  = 300_000
	maxText = 4 << 10
)

// text works out tokens joined by +. It returns where the last name that it took was set, and false where it cannot.
func (v *values) text(t []token, dir string) (string, *fettle.Location, bool) {
	v.left = maxWork
	return v.join(t, dir)
}

func (v *values) join(t []token, dir string) (out string, at *fettle.Location, ok bool) {
	for len(t) > 3 && t[len(t)-1].text == ")" && t[len(t)-2].text == "(" && t[len(t)-4].text == "." { // .toString()
		t = t[:len(t)-4]
	}
	if len(t) == 0 {
		return "", nil, false
	}
	for len(t) > 0 {
		var part string
		var from *fettle.Location
		n := 1
		switch {
		case t[0].kind == 's':
			part, from, ok = v.interpolate(t[0], dir)
		case t[0].kind == 'w':
			for n < len(t) && (t[n].kind != 'o' || t[n].text != "+") {
				n++
			}
			part, from, ok = v.name(written(t[:n]), dir)
		default:
			return "", nil, false
		}
		if out += part; !ok || len(out) > maxText {
			return "", nil, false
		}
		if from != nil {
			at = from
		}
		if t = t[n:]; len(t) > 0 {
			if t[0].text != "+" || len(t) == 1 {
				return "", nil, false
			}
			t = t[1:]
		}
	}
	return out, at, true
}

// written is an expression as it stands in a script.
func written(t []token) string {
	var b strings.Builder
	for _, tok := range t {
		if tok.kind == 's' {
			b.WriteString(`"` + tok.text + `"`)
		} else {
			b.WriteString(tok.text)
		}
	}
	return b.String()
}

var plainName = regexp.MustCompile(`^\$[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*`)

// interpolate replaces $name and ${name} in a text.
func (v *values) interpolate(s token, dir string) (string, *fettle.Location, bool) {
	if s.raw || !strings.Contains(s.text, "$") {
		return s.text, nil, true
	}
	var b strings.Builder
	var at *fettle.Location
	for rest := s.text; rest != ""; {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			break
		}
		name := ""
		if inner, isBraced := strings.CutPrefix(after, "{"); isBraced {
			end := strings.Index(inner, "}")
			if end < 0 {
				return "", nil, false
			}
			name, rest = strings.TrimSpace(inner[:end]), inner[end+1:]
		} else {
			m := plainName.FindString("$" + after)
			if m == "" {
				return "", nil, false
			}
			name, rest = m[1:], after[len(m)-1:]
		}
		value, from, ok := v.name(name, dir)
		if !ok || b.Len()+len(value) > maxText {
			return "", nil, false
		}
		at = from
		b.WriteString(value)
	}
	return b.String(), at, true
}

var (
	asked     = regexp.MustCompile(`^(?:rootProject\.|project\.)*(?:property|findProperty|providers\.gradleProperty|extra\.get|ext\.get)\(["']([^"']+)["']\)$`)
	indexed   = regexp.MustCompile(`\[["']([^"']+)["']\]`)
	lastCalls = regexp.MustCompile(`(?:\.(?:toString|get)\(\)|!!|as\s*String\??)$`)
)

// name looks up what an expression of names and dots means.
func (v *values) name(expression, dir string) (string, *fettle.Location, bool) {
	if len(expression) > 200 {
		return "", nil, false
	}
	key := dir + "\x00" + expression
	if a, ok := v.known[key]; ok {
		return a.text, a.at, a.ok
	}
	v.left--
	if v.spent++; v.left < 0 || v.spent > maxAll {
		return "", nil, false
	}
	text, at, ok := v.resolve(expression, dir)
	if v.known == nil {
		v.known = map[string]answer{}
	}
	if len(v.known) < 100_000 {
		v.known[key] = answer{text, at, ok}
	}
	return text, at, ok
}

// resolve works out what name looks up.
func (v *values) resolve(expression, dir string) (string, *fettle.Location, bool) {
	e := strings.TrimSpace(expression)
	for cut := true; cut; {
		before := e
		e = strings.TrimSpace(lastCalls.ReplaceAllString(e, ""))
		cut = e != before
	}
	if m := asked.FindStringSubmatch(e); m != nil {
		e = m[1]
	}
	e = indexed.ReplaceAllString(e, ".$1")
	if catalog, rest, ok := strings.Cut(e, ".versions."); ok {
		if c := v.catalogs.find(dir, catalog); c != nil {
			for name, have := range c.versions {
				if accessor(name) == rest {
					return have.text, &have.at, have.text != ""
				}
			}
		}
	}
	for {
		if value, at, ok := v.lookup(e, dir); ok {
			return value, at, true
		}
		first, rest, more := strings.Cut(e, ".")
		if !more || !slices.Contains([]string{"rootProject", "project", "ext", "extra", "rootProject.ext"}, first) {
			return "", nil, false
		}
		e = rest
	}
}

func (v *values) lookup(name, dir string) (string, *fettle.Location, bool) {
	for d := dir; ; d = project.Parent(d) {
		if set, ok := v.byDir[d][name]; ok {
			if set.many {
				return "", nil, false
			}
			text, at, ok := v.join(set.value, d)
			if at == nil {
				at = &set.at
			}
			return text, at, ok
		}
		if set, ok := v.props(d)[name]; ok {
			return set.value[0].text, &set.at, true
		}
		if d == "" {
			return "", nil, false
		}
	}
}

// props reads the gradle.properties of a folder.
func (v *values) props(dir string) map[string]variable {
	if have, ok := v.properties[dir]; ok {
		return have
	}
	found := map[string]variable{}
	file := path.Join(dir, "gradle.properties")
	if data, err := v.files.Read(file); err == nil && len(data) < 1<<20 {
		for i, line := range strings.Split(string(data), "\n") {
			line = strings.TrimSpace(line)
			at := strings.IndexAny(line, "=:")
			if line == "" || line[0] == '#' || line[0] == '!' || at < 0 {
				continue
			}
			found[strings.TrimSpace(line[:at])] = variable{value: []token{{kind: 's', text: strings.TrimSpace(line[at+1:]), raw: true}},
				at: fettle.Location{Path: file, Line: i + 1, EndLine: i + 1}}
		}
	}
	v.properties[dir] = found
	return found
}
