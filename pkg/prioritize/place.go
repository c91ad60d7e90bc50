package prioritize

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// place explains exposure, scope and depth. The points of exposure are those of the program; scope, locality and reach
// narrow it and carry points of their own, so that no fact counts twice.
func place(f fettle.Finding, x facts, context Context) []fettle.Reason {
	reasons := []fettle.Reason{exposed(context.Exposure)}
	if x.development {
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

func exposed(e Exposure) fettle.Reason {
	r := fettle.Reason{Factor: "exposure", Text: fmt.Sprintf("exposure is %s, says the context", e)}
	switch e {
	case Controlled:
		r.Points = -10
	case Small:
		r.Points = -25
	case "":
		r.Text = "exposure is not declared and counts as open"
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
func stakes(context Context) []fettle.Reason {
	var reasons []fettle.Reason
	switch context.Criticality {
	case High:
		reasons = append(reasons, fettle.Reason{Factor: "criticality", Text: "criticality is high, says the context", Points: 5})
	case Low:
		reasons = append(reasons, fettle.Reason{Factor: "criticality", Text: "criticality is low, says the context", Points: -5})
	}
	if len(context.Data) > 0 {
		reasons = append(reasons, fettle.Reason{Factor: "data", Text: "sensitive data, says the context: " + words(context.Data), Points: 5})
	}
	return reasons
}
