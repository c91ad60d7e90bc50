package fettle

// Confidence is the estimated probability that a fix does what it says and breaks nothing.
type Confidence struct {
	Value    float64  `json:"value"`              // what rules compare: the 95% lower bound, 0 to 1; 0 where Unknown
	Estimate float64  `json:"estimate,omitempty"` // the calibrated probability itself, 0 to 1
	Cases    int      `json:"cases"`              // labelled upgrades like this one behind the number
	Unknown  bool     `json:"unknown,omitempty"`  // too few cases for any number; no rule may take it for high
	Reasons  []Reason `json:"reasons"`            // contribution of each feature, in log odds
	Basis    string   `json:"basis"`              // what the number rests on: "prior, not calibrated"
}

// Attempt is a fix, what its trial showed and how far it can be trusted.
type Attempt struct {
	Fix        string     `json:"fix"` // Fix.ID
	Verdict    Verdict    `json:"verdict"`
	Confidence Confidence `json:"confidence"`
}
