package fettle

// Confidence is the estimated probability that a fix does what it says and breaks nothing.
type Confidence struct {
	Value   float64  `json:"value"`   // 0 to 1
	Reasons []Reason `json:"reasons"` // contribution of each feature, in log odds
	Basis   string   `json:"basis"`   // what the number rests on: "prior, not calibrated"
}

// Attempt is a fix, what its trial showed and how far it can be trusted.
type Attempt struct {
	Fix        string     `json:"fix"` // Fix.ID
	Verdict    Verdict    `json:"verdict"`
	Confidence Confidence `json:"confidence"`
}
