package fettle

// Case is one finding and all that the pipeline learned of it.
type Case struct {
	Finding  Finding    `json:"finding"`
	Change   Change     `json:"change,omitempty"`
	Evidence []Evidence `json:"evidence"`
	Priority Priority   `json:"priority"`
	Attempts []Attempt  `json:"attempts,omitempty"`
	Unfixed  string     `json:"unfixed,omitempty"` // why no fix was drafted, one line
	Decision Decision   `json:"decision"`
}

// Change says how a finding stands to the base of a comparison; empty without one.
type Change string

const (
	Added    Change = "added"
	Existing Change = "existing"
)
