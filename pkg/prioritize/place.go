package prioritize

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// place explains exposure, scope and depth. The points of exposure are those of the program; scope, locality and reach
// narrow it and carry points of their own, so that no fact counts twice.
func place(f fettle.Finding, x facts, k known) []fettle.Reason {
	reasons := []fettle.Reason{exposed(k.setting)}
	switch {
	case k.is(k.shipped, "no"):
		reasons = append(reasons, fettle.Reason{Factor: "scope", Text: "not part of what is deployed: exposure counts as small" + says(k.shipped), Points: -20})
	case developed(f) && k.bundled():
		reasons = append(reasons, fettle.Reason{Factor: "scope", Text: "declared for development, and production code uses it: counts as needed in production"})
	case x.development:
		reasons = append(reasons, fettle.Reason{Factor: "scope", Text: "needed for development only: exposure counts as small", Points: -20})
	}
	if x.local {
		reasons = append(reasons, fettle.Reason{Factor: "local", Text: "the attacker must be on the machine: exposure counts one step lower", Points: -10})
	}
	if x.muted() {
		reasons = append(reasons, fettle.Reason{
			Factor: "noise", Text: "exhausts a resource or crashes, in code that only developers run", Points: -20,
		})
	}
	if text := depth(f); text != "" {
		reasons = append(reasons, fettle.Reason{Factor: "depth", Text: text})
	}
	return reasons
}

// developed reports whether the lockfile has f for development or tests only.
func developed(f fettle.Finding) bool {
	return f.Scope == fettle.Development || f.Scope == fettle.Test
}

// bundled reports whether code that is neither a test nor a configuration of the build uses the package: a bundler ships it then,
// whatever it is declared for.
func (k known) bundled() bool {
	if k.reach == nil || k.reach.Status != fettle.Known || k.reach.Where == nil {
		return false
	}
	if r := reach(k.reach.Text); r != called && r != referenced && r != noPath {
		return false
	}
	return !buildFile.MatchString(k.reach.Where.Path)
}

// buildFile matches what runs while building and is not shipped.
var buildFile = regexp.MustCompile(`(?i)(^|/)(scripts?|tools?|tooling|build|bench(marks?)?|config|\.[^/]+)/|(^|/)(gulpfile|gruntfile|jakefile|karma|webpack|rollup|vite|noxfile|fabfile|tasks|setup|conf)[^/]*$|\.(config|conf|setup)\.[cm]?[jt]sx?$|(^|/)\.[^/]+$`)

func exposed(s setting) fettle.Reason {
	if s.exposure == nil {
		return fettle.Reason{Factor: "exposure", Text: "exposure is not known and counts as open"}
	}
	r := fettle.Reason{Factor: "exposure", Text: "exposure is " + s.exposure.Text + says(s.exposure)}
	switch exposure(s.exposure.Text) {
	case controlled:
		r.Points = -10
	case small:
		r.Points = -25
	}
	return r
}

// depth says how the project comes by the package, on the shortest path there is.
func depth(f fettle.Finding) string {
	if f.Direct {
		return "a dependency that the project itself declares"
	}
	var nearest *fettle.Instance
	for i := range f.Instances {
		if in := &f.Instances[i]; in.Depth > 0 && (nearest == nil || in.Depth < nearest.Depth) {
			nearest = in
		}
	}
	if nearest == nil {
		return ""
	}
	text := fmt.Sprintf("%d levels deep", nearest.Depth)
	if nearest.Depth == 1 {
		text = "1 level deep"
	}
	if len(nearest.Paths) > 0 && len(nearest.Paths[0]) > 0 {
		text += ", by way of " + strings.Join(nearest.Paths[0], " > ")
	}
	return text
}

// stakes explains criticality and data.
func stakes(s setting) []fettle.Reason {
	var reasons []fettle.Reason
	switch {
	case s.is(s.criticality, "high"):
		reasons = append(reasons, fettle.Reason{Factor: "criticality", Text: "criticality is high" + says(s.criticality), Points: 5})
	case s.is(s.criticality, "low"):
		reasons = append(reasons, fettle.Reason{Factor: "criticality", Text: "criticality is low" + says(s.criticality), Points: -5})
	}
	if len(s.data) > 0 {
		reasons = append(reasons, fettle.Reason{Factor: "data", Text: "sensitive data: " + list(s.data), Points: 5})
	}
	return reasons
}
