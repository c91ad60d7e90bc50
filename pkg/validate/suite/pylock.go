package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// poetry adds dependencies as poetry and Pipenv write them. Ranges are left to the lockfile's versions, but for exact
// ones; what a table says of platform and Python becomes a marker.
func (n *needs) poetry(table map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if pypiName(name) == "python" || requirementName.FindString(name) != name {
			continue
		}
		switch v := table[name].(type) {
		case string:
			n.require(name + exact(v))
		case map[string]any:
			n.poetryTable(name, v)
		case []any:
			n.require(name)
		}
	}
}

func (n *needs) poetryTable(name string, v map[string]any) {
	if optional, _ := v["optional"].(bool); optional || v["path"] != nil {
		return
	}
	for _, kind := range []string{"git", "url", "hg", "svn", "file"} {
		if v[kind] != nil {
			n.left = append(n.left, fmt.Sprintf("%s is not fetched, as it comes from %s; %s", name, kind, declare))
			return
		}
	}
	line := name
	if extras, ok := v["extras"].([]any); ok {
		var names []string
		for _, e := range extras {
			if text, ok := e.(string); ok && requirementName.FindString(text) == text {
				names = append(names, text)
			}
		}
		line += "[" + strings.Join(names, ",") + "]"
	}
	if version, ok := v["version"].(string); ok {
		line += exact(version)
	}
	var markers []string
	if m, ok := v["markers"].(string); ok && !strings.ContainsAny(m, "\n;") {
		markers = append(markers, "("+m+")")
	}
	if m, ok := v["platform"].(string); ok && plainWord.MatchString(m) {
		markers = append(markers, "sys_platform == '"+m+"'")
	}
	if m, ok := v["python"].(string); ok {
		for part := range strings.SplitSeq(m, ",") {
			if c := comparison.FindStringSubmatch(strings.TrimSpace(part)); c != nil {
				markers = append(markers, "python_version "+c[1]+" '"+c[2]+"'")
			}
		}
	}
	if len(markers) > 0 {
		line += " ; " + strings.Join(markers, " and ")
	}
	n.require(line)
}

var (
	plainWord   = regexp.MustCompile(`^\w+$`)
	comparison  = regexp.MustCompile(`^(>=|<=|<|>|==|!=)\s*(\d+(?:\.\d+)?)(?:\.\d+)*$`)
	pepRange    = regexp.MustCompile(`^\s*(?:(?:>=|<=|==|!=|~=|<|>)\s*[\w.*+!-]+\s*(?:,\s*|$))+$`)
	bareVersion = regexp.MustCompile(`^\d[\w.+!-]*$`)
)

// exact returns a version or a range that pip understands as well, and "" for the others.
func exact(text string) string {
	text = strings.TrimSpace(text)
	switch {
	case bareVersion.MatchString(text):
		return "==" + text
	case pepRange.MatchString(text):
		return text
	}
	return ""
}

// pipfile adds what Pipenv's manifest declares.
func (n *needs) pipfile(f folder) error {
	text, err := f.text("Pipfile", maxManifest)
	if err != nil {
		return err
	}
	var file struct {
		Packages map[string]any `toml:"packages"`
		Dev      map[string]any `toml:"dev-packages"`
	}
	if err := toml.Unmarshal([]byte(text), &file); err != nil {
		return fmt.Errorf("read %s: %w", f.path("Pipfile"), err)
	}
	n.poetry(file.Packages)
	n.poetry(file.Dev)
	return nil
}

// pythonLock returns the lockfile, and its versions as constraints. A package that it has in several versions is not
// constrained.
func pythonLock(f folder, project Project) (string, []string, error) {
	name := f.first("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
	if own := path.Base(project.Lockfile); project.Lockfile != "" && slices.Contains([]string{"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"}, own) && f.has(own) {
		name = own
	}
	if name == "" {
		return "", nil, nil
	}
	text, err := f.text(name, maxLock)
	if err != nil {
		return name, nil, err
	}
	versions := map[string][]string{}
	note := func(name, version string) {
		if requirementName.FindString(name) != name || !bareVersion.MatchString(version) {
			return
		}
		if at := pypiName(name); !slices.Contains(versions[at], version) {
			versions[at] = append(versions[at], version)
		}
	}
	if name == "Pipfile.lock" {
		var lock map[string]map[string]struct {
			Version string `json:"version"`
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			return name, nil, fmt.Errorf("read %s: %w", f.path(name), err)
		}
		delete(all, "_meta")
		plain, _ := json.Marshal(all)
		if err := json.Unmarshal(plain, &lock); err != nil {
			return name, nil, fmt.Errorf("read %s: %w", f.path(name), err)
		}
		for _, section := range lock {
			for pkg, e := range section {
				note(pkg, strings.TrimPrefix(e.Version, "=="))
			}
		}
	} else {
		var lock struct {
			Packages []struct {
				Name    string         `toml:"name"`
				Version string         `toml:"version"`
				Source  map[string]any `toml:"source"`
			} `toml:"package"`
		}
		if err := toml.Unmarshal([]byte(text), &lock); err != nil {
			return name, nil, fmt.Errorf("read %s: %w", f.path(name), err)
		}
		for _, e := range lock.Packages {
			if e.Source["editable"] == nil && e.Source["virtual"] == nil && e.Source["directory"] == nil {
				note(e.Name, e.Version)
			}
		}
	}
	var pins []string
	for _, pkg := range slices.Sorted(maps.Keys(versions)) {
		if len(versions[pkg]) == 1 {
			pins = append(pins, pkg+"=="+versions[pkg][0])
		}
	}
	return name, pins, nil
}

var (
	setupSection = regexp.MustCompile(`^\[([^\]]+)\]$`)
	setupList    = regexp.MustCompile(`(?s)\b(install_requires|tests_require)\s*=\s*\[(.*?)\]`)
	setupString  = regexp.MustCompile(`(?:'([^'\n]*)'|"([^"\n]*)")`)
)

// setup adds what setup.cfg declares, and what setup.py does where a literal list says it. What a program computes is
// left out; the tests show it.
func (n *needs) setup(f folder, conf pyproject) error {
	if conf.Project != nil && !slices.Contains(conf.Project.Dynamic, "dependencies") {
		return nil
	}
	text, err := f.text("setup.cfg", maxManifest)
	if err != nil {
		return err
	}
	section, key := "", ""
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r \t")
		if m := setupSection.FindStringSubmatch(line); m != nil {
			section, key = m[1], ""
			continue
		}
		if line == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		value := strings.TrimSpace(line)
		if line[0] != ' ' && line[0] != '\t' {
			key, value, _ = strings.Cut(line, "=")
			key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		}
		wanted := section == "options" && (key == "install_requires" || key == "tests_require") ||
			section == "options.extras_require" && slices.Contains(pythonTestNames, strings.ToLower(key))
		if wanted && value != "" && !strings.HasPrefix(value, "file:") {
			n.require(value)
		}
	}
	text, err = f.text("setup.py", maxManifest)
	if err != nil {
		return err
	}
	for _, list := range setupList.FindAllStringSubmatch(text, 2) {
		for _, item := range setupString.FindAllStringSubmatch(list[2], 500) {
			if line := item[1] + item[2]; requirementName.MatchString(line) {
				n.require(line)
			}
		}
	}
	return nil
}
