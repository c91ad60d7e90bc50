package prioritize

import "github.com/fettle-dev/fettle/pkg/fettle"

// exposure says who can reach the running program: the internet, a network of known users, or next to nobody. Empty is unknown
// and counts as open.
type exposure string

const (
	open       exposure = "open"
	controlled exposure = "controlled"
	small      exposure = "small"
)

// exploitation is how far attackers are known or expected to have come.
type exploitation string

const (
	active exploitation = "active" // on a list of exploited vulnerabilities
	likely exploitation = "likely" // EPSS is high
	none   exploitation = "none"
)

// reach is how far the program's own code gets into the vulnerable package.
type reach string

const (
	unknownReach reach = ""
	called       reach = "called"       // a call path leads to the vulnerable code
	referenced   reach = "referenced"   // the package is imported
	noPath       reach = "no_path"      // imported, and no call path leads there
	notImported  reach = "not_imported" // a complete import graph does not hold the package
)

// facts is all that the outcome depends on.
type facts struct {
	exploitation exploitation
	mode         Mode     // empty is Balanced
	known        exposure // of the program, declared or inferred; empty where unknown
	development  bool     // every instance is needed for development only, or no part of what is deployed
	reach        reach
	soundCalls   bool // the language's call graph can be trusted to show that no path exists: Go
	local        bool // the attacker must already be on the machine
	automatable  bool
	total        bool // total technical impact
	mission      bool // sensitive data or high criticality
	both         bool // sensitive data and high criticality
	minor        bool // low criticality and no sensitive data
	public       bool // an exploit is public
	noisy        bool // all CWEs are of the kind that matters little on a developer's machine
}

// exposure is who can reach the vulnerable code, which is never more than who can reach the program.
func (f facts) exposure() exposure {
	if f.development || f.reach == notImported {
		return small
	}
	e := f.known
	if e == "" {
		e = open
	}
	if f.reach == noPath && f.soundCalls {
		e = e.down()
	}
	if f.local {
		e = e.down()
	}
	return e
}

func (e exposure) down() exposure {
	if e == open {
		return controlled
	}
	return small
}

// muted reports whether the rule on noise in development scope decides. Active exploitation it never touches.
func (f facts) muted() bool { return f.development && f.noisy && f.exploitation != active }

// outcome asks the table of the mode.
func (f facts) outcome() fettle.Outcome {
	switch f.mode {
	case Deployer:
		return f.deployer()
	case BOD:
		return f.directive()
	}
	return f.balanced()
}

// balanced is the table of docs/policy.md. "Called" asks for evidence of a call: where nobody looked, it is not there.
func (f facts) balanced() fettle.Outcome {
	exposure := f.exposure()
	both, either := f.automatable && f.total, f.automatable || f.total
	switch f.exploitation {
	case active:
		switch exposure {
		case open:
			return fettle.Act
		case controlled:
			return when(f.total || f.mission, fettle.Act, fettle.Attend)
		default:
			return fettle.Attend
		}
	case likely:
		switch exposure {
		case open:
			return when(both && f.reach == called, fettle.Act, fettle.Attend)
		case controlled:
			return when(f.total || f.mission, fettle.Attend, fettle.TrackStar)
		default:
			return fettle.Track
		}
	default:
		switch exposure {
		case open:
			return when(both, fettle.Attend, when(either, fettle.TrackStar, fettle.Track))
		case controlled:
			return when(both || f.mission && either, fettle.TrackStar, fettle.Track)
		default:
			return fettle.Track
		}
	}
}

func when(condition bool, yes, no fettle.Outcome) fettle.Outcome {
	if condition {
		return yes
	}
	return no
}
