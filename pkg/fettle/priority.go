package fettle

import "time"

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
	Would   []string `json:"would,omitempty"`  // what would change the outcome: "Act if it enters KEV"
	Mode    string   `json:"mode,omitempty"`   // the table that gave the outcome: balanced, ssvc-deployer or bod-26-04
	Due     *Due     `json:"due,omitempty"`    // nil where no time is set
	Marks   []string `json:"marks,omitempty"`  // the classes of data and the regimes that it touches, sorted
	Vector  string   `json:"vector,omitempty"` // the CVSS vector with threat and environmental metrics, version 4.0; "" where no vector is known
	Audit   bool     `json:"audit,omitempty"`  // shown so that a person may contradict what was learned
}

// Due is the day by which a regime asks for a fix, the earliest of those that apply.
type Due struct {
	Date    time.Time `json:"date,omitzero"` // zero where the start is not known
	Days    int       `json:"days"`          // from the start
	From    time.Time `json:"from,omitzero"` // the start: when the weakness became known
	Regime  string    `json:"regime"`        // bod-26-04, pci-dss, kev, or a name of the team's own
	Text    string    `json:"text"`          // what the regime asks for, one line
	Overdue bool      `json:"overdue,omitempty"`
}

// Overdue reports whether a regime that applies asked for a fix by a day that has passed.
func (p Priority) Overdue() bool { return p.Due != nil && p.Due.Overdue }
