package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// readPythonLock reads poetry.lock, uv.lock and pdm.lock.
func readPythonLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseTOML([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	for _, p := range doc.Get("package").List() {
		e := locked{name: p.Get("name").Str(), version: p.Get("version").Str()}
		source := p.Get("source")
		switch {
		case source.Get("registry").Str() != "":
			e.source = source.Get("registry").Str()
		case source.Get("virtual") != nil, source.Get("editable") != nil, source.Get("directory") != nil:
			continue // the project itself and its members
		case source != nil:
			e.source = "python " + flat(source)
		}
		for _, direct := range []string{"git", "url", "path"} { // pdm has them beside the version
			if v := p.Get(direct).Str(); v != "" {
				e.source = direct + " " + v + " " + p.Get("revision").Str()
			}
		}
		var sums []string
		for _, list := range []*document.Value{p.Get("files"), p.Get("wheels")} {
			for _, file := range list.List() {
				sums = append(sums, file.Get("hash").Str())
			}
		}
		if sdist := p.Get("sdist", "hash").Str(); sdist != "" {
			sums = append(sums, sdist)
		}
		e.sum = joined(sums)
		key := e.name + "@" + e.version
		if e.source != "" {
			key += " " + origin(e.source) // the same version may be locked once for each of several sources
		}
		if known, twice := all[key]; twice { // once for each extra or marker
			e.sum = joined([]string{known.sum, e.sum})
		}
		all[key] = e
	}
	old := doc.Get("metadata", "files") // poetry before version 1.3
	for _, f := range old.Map() {
		var sums []string
		for _, file := range f.Value.List() {
			sums = append(sums, file.Get("hash").Str())
		}
		for key, e := range all {
			if foldPython(e.name) == foldPython(f.Key) && e.sum == "" {
				e.sum = joined(sums)
				all[key] = e
			}
		}
	}
	return all, nil
}

// joined puts checksums in one text, whatever their order.
func joined(sums []string) string {
	slices.Sort(sums)
	return strings.Join(slices.Compact(sums), " ")
}

// flat writes a value in one line.
func flat(v *document.Value) string {
	if v == nil {
		return ""
	}
	switch v.Kind {
	case document.Map:
		var parts []string
		for _, f := range v.Fields {
			parts = append(parts, fmt.Sprintf("%q=%s", f.Key, flat(f.Value)))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case document.List:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, flat(item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return fmt.Sprintf("%s:%q", v.Kind, v.Text)
}

// readPipfileLock reads the groups of Pipfile.lock, and the addresses of its indexes as packages that never move.
func readPipfileLock(text string) (map[string]locked, error) {
	doc, _, err := document.ParseJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	all := map[string]locked{}
	indexes := map[string]string{}
	for _, s := range doc.Get("_meta", "sources").List() {
		indexes[s.Get("name").Str()] = s.Get("url").Str()
	}
	for _, group := range doc.Map() {
		if group.Key == "_meta" {
			continue
		}
		for _, f := range group.Value.Map() {
			e := locked{name: f.Key, version: strings.TrimPrefix(f.Value.Get("version").Str(), "==")}
			e.source = indexes[f.Value.Get("index").Str()]
			for _, direct := range []string{"git", "hg", "svn", "bzr", "file", "path"} {
				if v := f.Value.Get(direct).Str(); v != "" {
					e.source = direct + " " + v + " " + f.Value.Get("ref").Str()
				}
			}
			var sums []string
			for _, sum := range f.Value.Get("hashes").List() {
				sums = append(sums, sum.Str())
			}
			e.sum = joined(sums)
			all[group.Key+" "+f.Key+"@"+e.version] = e
		}
	}
	return all, nil
}

var (
	requirement = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)$`)
	hashOption  = regexp.MustCompile(`--hash[= ]\s*(\S+)`)
	exactly     = regexp.MustCompile(`^===?\s*([^\s;,*]+)\s*(?:;|$)`)
)

// readRequirements reads the requirements of pip's own format. Options of the file are for the scope of a fix to judge.
func readRequirements(text string) (map[string]locked, error) {
	all := map[string]locked{}
	for _, line := range requirementLines(text) {
		m := requirement.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		e := locked{name: m[1]}
		rest := m[2]
		var sums []string
		for _, h := range hashOption.FindAllStringSubmatch(rest, -1) {
			sums = append(sums, h[1])
		}
		rest, _, _ = strings.Cut(rest, " --")
		if strings.HasPrefix(rest, "@") {
			e.source = "python " + strings.TrimSpace(rest[1:])
		} else if v := exactly.FindStringSubmatch(strings.TrimSpace(rest)); v != nil {
			e.version = v[1]
		} else {
			e.version = strings.TrimSpace(rest) // a range; nothing is locked
		}
		e.sum = joined(sums)
		all[foldPython(e.name)+"@"+e.version] = e
	}
	return all, nil
}

// requirementLines returns the lines of a requirements file, continued ones joined and comments cut.
func requirementLines(text string) []string {
	var lines []string
	joining := ""
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimRight(line, "\r")
		if i := commentAt(line); i >= 0 {
			line = line[:i]
		}
		if rest, ok := strings.CutSuffix(line, `\`); ok && len(joining) < maxFile {
			joining += rest + " "
			continue
		}
		if line = strings.Join(strings.Fields(joining+line), " "); line != "" {
			lines = append(lines, line)
		}
		joining = ""
	}
	if joining = strings.Join(strings.Fields(joining), " "); joining != "" {
		lines = append(lines, joining)
	}
	return lines
}

// commentAt returns where a comment begins: at a # at the front or after a blank.
func commentAt(line string) int {
	for i := range line {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return i
		}
	}
	return -1
}
