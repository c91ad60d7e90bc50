package fettle

// Outcome is an SSVC outcome of the CISA coordinator tree, in rising urgency.
// Source: https://www.cisa.gov/stakeholder-specific-vulnerability-categorization-ssvc.
type Outcome string

const (
	Track     Outcome = "Track"
	TrackStar Outcome = "Track*"
	Attend    Outcome = "Attend"
	Act       Outcome = "Act"
)

// Urgency returns 0 for Track to 3 for Act, and -1 for anything else.
func (o Outcome) Urgency() int {
	switch o {
	case Track:
		return 0
	case TrackStar:
		return 1
	case Attend:
		return 2
	case Act:
		return 3
	}
	return -1
}

// Surfaced reports whether a person should look at it now.
func (o Outcome) Surfaced() bool { return o.Urgency() >= Attend.Urgency() }

// Reason is one step of a judgement, in words, with what it added to the number.
type Reason struct {
	Factor string  `json:"factor"`           // exploitation, exposure, scope, ...
	Text   string  `json:"text"`             // a sentence for people
	Points float64 `json:"points,omitempty"` // contribution; its unit is that of the number explained
}

// Priority says how soon a finding needs action.
type Priority struct {
	Outcome Outcome  `json:"outcome"`
	Rank    float64  `json:"rank"` // 0 to 100; orders findings, chiefly within an outcome
	Reasons []Reason `json:"reasons"`
	Would   []string `json:"would,omitempty"` // what would change the outcome: "Act if it enters KEV"
}
