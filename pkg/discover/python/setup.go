package python

import (
	"bytes"
	"regexp"
	"strings"

	"path"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// readSetupCfg reads what setup.cfg declares; nil where it cannot be read.
func readSetupCfg(files *project.Files, file string) (*manifest, []fettle.Gap) {
	data, err := files.ReadLines(file)
	if err != nil {
		return nil, []fettle.Gap{project.Gap(file, 0, err.Error())}
	}
	return parseSetupCfg(file, data), nil
}

// parseSetupCfg reads the sections [options] and [options.extras_require]. A value goes on over indented lines.
func parseSetupCfg(file string, data []byte) *manifest {
	m := &manifest{file: file, manager: "pip"}
	section, key := "", ""
	for l := range splitLines(decode(data)) {
		text := strings.TrimSpace(l.text)
		indented := l.text != "" && (l.text[0] == ' ' || l.text[0] == '\t')
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
			continue
		case text[0] == '[' && !indented:
			section, key = strings.TrimSpace(strings.Trim(text, "[]")), ""
			continue
		case indented && key != "":
		default:
			at := strings.IndexAny(text, "=:")
			if at < 0 {
				key = ""
				continue
			}
			key = strings.ToLower(strings.TrimSpace(text[:at]))
			text = strings.TrimSpace(text[at+1:])
		}
		m.setupCfgValue(section, key, text, l.number)
	}
	return m
}

func (m *manifest) setupCfgValue(section, key, text string, line int) {
	var scope fettle.Scope
	switch {
	case section == "metadata" && key == "name":
		m.name = normalize(text)
		return
	case section == "options" && key == "install_requires":
		scope = fettle.Production
	case section == "options" && key == "setup_requires":
		scope = fettle.Development
	case section == "options" && key == "tests_require":
		scope = fettle.Test
	case section == "options.extras_require":
		scope = extraScope(key)
	default:
		return
	}
	if named, ok := strings.CutPrefix(text, "file:"); ok {
		for file := range strings.SplitSeq(named, ",") {
			m.inherits = append(m.inherits, strings.TrimSpace(file))
		}
		return
	}
	text, _, _ = strings.Cut(text, " #")
	for one := range strings.SplitSeq(text, "\n") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		for _, part := range danglingList(one) {
			m.take(part, line, scope)
		}
	}
}

// danglingList splits what setuptools lets a semicolon part on one line, where it is no marker.
func danglingList(text string) []string {
	if !strings.Contains(text, ";") || markerWord.MatchString(text) {
		return []string{text}
	}
	var list []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

var (
	markerWord = regexp.MustCompile(`;.*\b(python_version|python_full_version|os_name|sys_platform|platform_\w+|implementation_\w+|extra)\b`)
	requires   = regexp.MustCompile(`\b(install_requires|extras_require|setup_requires|tests_require)\b|\*\*`)
	literal    = regexp.MustCompile(`"([^"\\\n]{3,200})"|'([^'\\\n]{3,200})'`)
)

// setupPy tells what is not read of a setup.py: it is a program, and never run. Texts in it that pin a package are checked.
func (r *reading) setupPy(file string) {
	if m := r.pyproject(path.Join(project.Parent(file), "pyproject.toml")); m != nil && m.static {
		return // its dependencies count, and those of setup.py do not
	}
	data, err := r.files.ReadLines(file)
	if err != nil {
		r.gaps = append(r.gaps, project.Gap(file, 0, err.Error()))
		return
	}
	at := requires.FindIndex(data)
	if at == nil {
		return
	}
	l := &lock{manager: "pip", file: file}
	l.gap(1+bytes.Count(data[:at[0]], []byte("\n")), "is a program and never run, so what it declares was not read; exact versions that stand in it as text were checked; declare the dependencies in pyproject.toml, and lock them")
	var top root
	seen := map[string]bool{}
	for line := range splitLines(decode(data)) {
		if strings.HasPrefix(strings.TrimSpace(line.text), "#") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(line.text, -1) {
			req, err := parseRequirement(m[1] + m[2])
			v, ok := pin(req.spec)
			if err != nil || !ok || seen[req.name+"@"+v] || len(seen) > 10_000 {
				continue
			}
			seen[req.name+"@"+v] = true
			l.entries = append(l.entries, entry{name: req.name, version: v, line: line.number, endLine: line.number})
			top.needs = append(top.needs, need{requirement: req, version: v, scope: fettle.Production, file: file, line: line.number})
		}
	}
	l.roots = []root{top}
	if len(l.entries) == 0 {
		r.gaps = append(r.gaps, l.gaps...)
		return
	}
	r.finish(l)
}
