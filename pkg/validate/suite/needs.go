package suite

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// needs are the requirements of a Python project.
type needs struct {
	lines       []string // as pip reads them
	constraints []string
	build       []string
	left        []string // what is not fetched, and why
}

var (
	requirementName = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[\w\s,.-]*\])?`)
	nameSeparators  = regexp.MustCompile(`[-_.]+`)
)

// pypiName is a project's name as PyPI compares it.
func pypiName(name string) string { return strings.ToLower(nameSeparators.ReplaceAllString(name, "-")) }

// names reports whether a requirement is of the project name.
func (n needs) names(name string) bool {
	return slices.ContainsFunc(n.lines, func(line string) bool {
		m := requirementName.FindStringSubmatch(line)
		return m != nil && pypiName(m[1]) == name
	})
}

// require adds a requirement, unless pip would have to run something to fetch it.
func (n *needs) require(line string) {
	line = strings.TrimSpace(line)
	if _, source, ok := strings.Cut(line, "@ "); ok || strings.Contains(line, "://") {
		if source == "" {
			source = line
		}
		if !strings.HasSuffix(strings.SplitN(strings.SplitN(source, "#", 2)[0], ";", 2)[0], ".whl") || strings.Contains(source, "file:") {
			n.left = append(n.left, fmt.Sprintf("%.80q is not fetched, as it is no wheel; %s", line, declare))
			return
		}
	}
	if line != "" && !slices.Contains(n.lines, line) {
		n.lines = append(n.lines, line)
	}
}

// pythonNeeds reads what a project declares for itself and for its tests.
func pythonNeeds(f folder, conf pyproject) (needs, error) {
	var n needs
	if conf.Project != nil {
		for _, line := range conf.Project.Dependencies {
			n.require(line)
		}
		for _, extra := range slices.Sorted(maps.Keys(conf.Project.Optional)) {
			if slices.Contains(pythonTestNames, strings.ToLower(extra)) {
				n.extra(conf, extra, 0)
			}
		}
	}
	n.groups(conf)
	if poetry := conf.Tool.Poetry; poetry != nil {
		n.poetry(poetry.Main)
		n.poetry(poetry.Dev)
		for _, name := range slices.Sorted(maps.Keys(poetry.Groups)) {
			if slices.Contains(pythonTestNames, strings.ToLower(name)) {
				n.poetry(poetry.Groups[name].Dependencies)
			}
		}
	}
	if err := n.pipfile(f); err != nil {
		return n, err
	}
	if err := n.setup(f, conf); err != nil {
		return n, err
	}
	seen := map[string]bool{}
	for _, name := range requirementFiles(f) {
		if err := n.file(f, name, seen, 0); err != nil {
			return n, err
		}
	}
	return n, nil
}

// extra adds what an extra of the project holds; it may name other extras of the project itself.
func (n *needs) extra(conf pyproject, name string, depth int) {
	if depth > 10 {
		return
	}
	for _, line := range conf.Project.Optional[name] {
		m := requirementName.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || pypiName(m[1]) != pypiName(conf.Project.Name) {
			n.require(line)
			continue
		}
		for other := range strings.SplitSeq(strings.Trim(m[2], "[]"), ",") {
			n.extra(conf, strings.TrimSpace(other), depth+1)
		}
	}
}

// groups adds the dependency groups that tests need; a group may include others.
func (n *needs) groups(conf pyproject) {
	var add func(name string, depth int)
	add = func(name string, depth int) {
		if depth > 10 {
			return
		}
		for _, item := range conf.Groups[name] {
			switch v := item.(type) {
			case string:
				n.require(v)
			case map[string]any:
				if other, ok := v["include-group"].(string); ok {
					add(other, depth+1)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(conf.Groups)) {
		if slices.Contains(pythonTestNames, strings.ToLower(name)) {
			add(name, 0)
		}
	}
	if conf.Tool.UV != nil {
		for _, line := range conf.Tool.UV.Dev {
			n.require(line)
		}
	}
	if conf.Tool.PDM != nil {
		for _, name := range slices.Sorted(maps.Keys(conf.Tool.PDM.Dev)) {
			for _, line := range conf.Tool.PDM.Dev[name] {
				n.require(line)
			}
		}
	}
}

// requirementFiles returns the requirement files of a project: the plain one, and those for tests.
func requirementFiles(f folder) []string {
	var all []string
	for _, name := range slices.Concat(f.glob("*.txt"), f.glob("requirements/*.txt"), f.glob("tests/*.txt"), f.glob("test/*.txt")) {
		base := strings.TrimSuffix(strings.ToLower(path.Base(name)), ".txt")
		rest, left, right := base, strings.HasPrefix(base, "requirements"), strings.HasSuffix(base, "requirements")
		if path.Dir(name) != "requirements" && !left && !right {
			continue
		}
		rest = strings.Trim(strings.TrimSuffix(strings.TrimPrefix(rest, "requirements"), "requirements"), "-_.")
		if rest == "" || rest == "base" || rest == "main" || slices.Contains(pythonTestNames, rest) {
			all = append(all, name)
		}
	}
	return all
}

// file adds a requirement file with those that it includes. Paths of the tree itself are left out: the project is
// installed without network.
func (n *needs) file(f folder, name string, seen map[string]bool, depth int) error {
	if seen[name] || depth > 10 {
		return nil
	}
	seen[name] = true
	text, err := f.text(name, maxManifest)
	if err != nil {
		return err
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\\\n", " ")
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if i := strings.Index(line, " #"); i >= 0 {
			line = strings.TrimSpace(line[:i])
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] != '-' {
			if requirementName.MatchString(line) && !strings.HasPrefix(line, ".") && !localPath(f, line) {
				n.require(withoutHashes(line))
			}
			continue
		}
		option, value, _ := strings.Cut(strings.Replace(line, "=", " ", 1), " ")
		value = strings.TrimSpace(value)
		if len(option) > 2 && option[1] != '-' {
			option, value = option[:2], option[2:]+value
		}
		other := path.Join(path.Dir(name), value)
		switch option {
		case "-r", "--requirement":
			if err := n.file(f, other, seen, depth+1); err != nil {
				return err
			}
		case "-c", "--constraint":
			var c needs
			if err := c.file(f, other, map[string]bool{}, depth+1); err != nil {
				return err
			}
			n.constraints = append(n.constraints, c.lines...)
		case "-e", "--editable":
			if strings.Contains(value, "://") {
				n.left = append(n.left, fmt.Sprintf("%.80q is not fetched, as it is no wheel; %s", line, declare))
			}
		}
	}
	return nil
}

// localPath reports whether a requirement is a path of the tree.
func localPath(f folder, line string) bool {
	return strings.Contains(line, "/") && !strings.Contains(line, "://") && !strings.Contains(line, "@") && len(f.glob(path.Clean(line)+"/*")) > 0
}

var hashes = regexp.MustCompile(`\s+--hash[= ]\S+`)

// withoutHashes drops hashes: pip would want one of everything, of what fettle adds as well.
func withoutHashes(line string) string { return hashes.ReplaceAllString(line, "") }
