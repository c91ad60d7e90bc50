package fettle

// Gap is something the run could not find out. A report with gaps is never an all-clear.
type Gap struct {
	Stage    string    `json:"stage"`   // discover, correlate, ...
	Subject  string    `json:"subject"` // what was not checked: a path, a feed, a package
	Reason   string    `json:"reason"`  // what went wrong and what would be right; may hold text from outside
	Location *Location `json:"location,omitempty"`
}
