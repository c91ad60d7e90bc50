package prioritize

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Mode names the table that gives the outcome.
type Mode string

const (
	Balanced Mode = "balanced"      // fettle's own, of docs/policy.md; the default
	Deployer Mode = "ssvc-deployer" // the deployer tree of SSVC, https://certcc.github.io/SSVC/howto/deployer_tree/
	BOD      Mode = "bod-26-04"     // the timelines of CISA's Binding Operational Directive 26-04
)

// Validate names the modes there are.
func (m Mode) Validate() error {
	switch m {
	case "", Balanced, Deployer, BOD:
		return nil
	}
	return fmt.Errorf("unknown mode %q; want %s, %s or %s", string(m), Balanced, Deployer, BOD)
}

// UnmarshalYAML names the modes there are in its error; the decoder adds the place.
func (m *Mode) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(m)); err != nil {
		return err
	}
	return m.Validate()
}

//go:embed deployer.csv
var deployerTable string

//go:embed bod.csv
var bodTable string

// lookUp returns the last column of the row that begins with these words. The tables hold every combination.
func lookUp(table string, words ...string) string {
	begin := strings.Join(words, ",") + ","
	for line := range strings.Lines(table) {
		if rest, ok := strings.CutPrefix(line, begin); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// deployer takes defer for Track, scheduled for Track*, out-of-cycle for Attend and immediate for Act. A high EPSS counts as a
// public proof of concept does. Human impact is medium; low where criticality is low and no sensitive data is at stake, high with
// high criticality or sensitive data, very high with both.
func (f facts) deployer() fettle.Outcome {
	exploitation, impact := "none", "medium"
	switch {
	case f.exploitation == active:
		exploitation = "active"
	case f.exploitation == likely || f.public:
		exploitation = "public poc"
	}
	switch {
	case f.both:
		impact = "very high"
	case f.mission:
		impact = "high"
	case f.minor:
		impact = "low"
	}
	switch lookUp(deployerTable, exploitation, string(f.exposure()), yes(f.automatable), impact) {
	case "immediate":
		return fettle.Act
	case "out-of-cycle":
		return fettle.Attend
	case "scheduled":
		return fettle.TrackStar
	}
	return fettle.Track
}

// timeline is what CISA's Binding Operational Directive 26-04 sets, by whether the weakness is in KEV, publicly exposed,
// automatable and of total impact.
func (f facts) timeline() string {
	impact := "partial"
	if f.total {
		impact = "total"
	}
	return lookUp(bodTable, yes(f.exploitation == active), yes(f.exposure() == open), yes(f.automatable), impact)
}

// directive takes 3 days for Act, 14 for Attend and 60 for Track*.
func (f facts) directive() fettle.Outcome {
	switch days(f.timeline()) {
	case 3:
		return fettle.Act
	case 14:
		return fettle.Attend
	case 60:
		return fettle.TrackStar
	}
	return fettle.Track
}

// days reads "14 days"; 0 where the directive sets none.
func days(timeline string) int {
	var n int
	if _, err := fmt.Sscanf(timeline, "%d days", &n); err != nil {
		return 0
	}
	return n
}
