package fettle

import "time"

// Report is the outcome of a run: cases in falling urgency, and the gaps.
type Report struct {
	Version   string          `json:"version"`          // of fettle
	Commit    string          `json:"commit,omitempty"` // of the repository
	Base      string          `json:"base,omitempty"`   // the commit compared with
	Sources   []Source        `json:"sources"`          // the data behind the report
	Packages  int             `json:"packages"`         // how many were looked at
	Lockfiles []string        `json:"lockfiles"`
	Cases     []Case          `json:"cases"`
	Only      string          `json:"only,omitempty"`     // the mark that all cases bear; "" where none was asked for
	LeftOut   int             `json:"left_out,omitempty"` // findings that do not bear it
	Gone      []Finding       `json:"gone,omitempty"`     // findings of the base that the change removes
	Changes   []PackageChange `json:"changes,omitempty"`  // packages that the change adds, moves or removes
	Fixes     []Fix           `json:"fixes,omitempty"`
	Trial     *Trial          `json:"trial,omitempty"`
	Facts     []Fact          `json:"facts,omitempty"` // what is declared and inferred of the services
	Remarks   []Remark        `json:"remarks,omitempty"`
	Gaps      []Gap           `json:"gaps"`
	Inventory *Inventory      `json:"inventory,omitempty"`
}

// Source is one data set and its age.
type Source struct {
	Name  string    `json:"name"` // "osv npm", "kev", "epss v4"
	Count int       `json:"count"`
	AsOf  time.Time `json:"as_of"`
}

// Remark is something to put right that takes nothing from what the run found out, such as an exception that covers nothing.
type Remark struct {
	Text     string    `json:"text"` // one sentence
	Location *Location `json:"location,omitempty"`
}

// Fix returns the fix named id.
func (r Report) Fix(id string) (Fix, bool) {
	for _, f := range r.Fixes {
		if f.ID == id {
			return f, true
		}
	}
	return Fix{}, false
}

// Fails reports whether a decision fails the run.
func (r Report) Fails() bool {
	for _, c := range r.Cases {
		if c.Decision.Fails {
			return true
		}
	}
	return false
}
