package fettle

// Action is what to do about a case, in rising boldness.
type Action string

const (
	Ignore  Action = "ignore"
	Inform  Action = "inform"
	Suggest Action = "suggest"
	Apply   Action = "apply"
)

// Decision says what happens to a case and which rule said so.
type Decision struct {
	Action Action   `json:"action"`
	Fix    string   `json:"fix,omitempty"` // the Fix.ID to suggest or apply
	Fails  bool     `json:"fails"`         // the run ends with status 1
	Rule   string   `json:"rule"`          // where it stands: "fettle.yaml:12 policy.environments.production"
	Why    []string `json:"why,omitempty"`

	Statement *Statement `json:"statement,omitempty"` // the exception or VEX statement that decided; nil where policy did
}

// Statement says in the words of OpenVEX how the repository stands to a finding.
type Statement struct {
	Status        string `json:"status"`                  // not_affected, affected, fixed or under_investigation
	Justification string `json:"justification,omitempty"` // of not_affected
	Reason        string `json:"reason,omitempty"`        // for people; may hold text from outside
}
