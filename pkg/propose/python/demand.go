package python

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
)

var indexOption = regexp.MustCompile(`(?m)^\s*(?:(-i|--index-url|--pypi-url|--extra-index-url)[ \t=]+(\S+)|(--pre|--no-index)\s*$)`)

// demand is what pip would read of the files that top reaches.
func (t *reqTree) demand(top string) demand {
	var d demand
	var walk func(file string, constraint bool, depth int)
	seen := map[string]bool{}
	walk = func(file string, constraint bool, depth int) {
		key := fmt.Sprint(file, constraint)
		if seen[key] || depth > 100 {
			return
		}
		seen[key] = true
		for _, m := range indexOption.FindAllStringSubmatch(t.now[file], 20) {
			switch {
			case m[3] == "--pre":
				d.options = append(d.options, "--pre")
			case strings.HasPrefix(m[2], "https://") && !strings.ContainsAny(m[2], "@$\\'\""):
				d.options = append(d.options, strings.Replace(m[1], "--pypi-url", "--index-url", 1)+" "+m[2])
			}
		}
		for _, r := range t.parsed[file].List {
			line, ok := plain(r)
			switch {
			case !ok:
				d.left = append(d.left, r.Address)
			case constraint && !slices.Contains(d.constraints, line):
				d.constraints = append(d.constraints, line)
			case !constraint && !slices.Contains(d.requirements, line):
				d.requirements = append(d.requirements, line)
			}
		}
		for _, in := range t.parsed[file].Includes {
			walk(in.File, constraint || in.Constraint, depth+1)
		}
	}
	walk(top, false, 0)
	return d
}

// plain is r as pip reads it, without hashes and options; false for what does not come from an index.
func plain(r python.Requirement) (string, bool) {
	if r.Address != "" || r.Name == "" {
		return "", false
	}
	line := r.Name
	if len(r.Extras) > 0 {
		line += "[" + strings.Join(r.Extras, ",") + "]"
	}
	line += r.Spec
	if r.Marker != "" {
		line += " ; " + r.Marker
	}
	return strings.Join(strings.Fields(line), " "), true
}
