package fettle

import (
	"strings"
	"time"
)

// Signal names what a piece of evidence is about.
type Signal string

const (
	CVSS         Signal = "cvss"          // Value: base score 0 to 10; Text: the vector
	Rating       Signal = "rating"        // Text: low, medium, high or critical, where the advisory gives a word and no vector
	CWE          Signal = "cwe"           // Text: CWE-79
	EPSS         Signal = "epss"          // Value: probability 0 to 1
	EPSSRank     Signal = "epss_rank"     // Value: percentile 0 to 1 on that day
	KEV          Signal = "kev"           // Text: the due date, YYYY-MM-DD; Status: known or absent; Source "kev", or "exploited NAME" for another catalogue
	Ransomware   Signal = "ransomware"    // known use in ransomware campaigns, from KEV
	Exploit      Signal = "exploit"       // Text: weaponized or public; Value: how many, 0 where the source does not count
	Reach        Signal = "reach"         // Text: called, referenced, no_path or not_imported; Known where the graph is complete
	FixedVersion Signal = "fixed_version" // Text: a version that the advisory calls fixed
	VEX          Signal = "vex"           // Text: the justification; Status: a VEX status
	DataDate     Signal = "data_date"     // Text: the data set; AsOf: its date
)

// Status says what the source knows.
type Status string

const (
	Known   Status = "known"   // the source says so
	Absent  Status = "absent"  // the source was asked and does not list it
	Unknown Status = "unknown" // the source has no answer
)

// Evidence is what one source says about one finding.
type Evidence struct {
	Signal Signal    `json:"signal"`
	Status Status    `json:"status"`
	Value  float64   `json:"value,omitempty"`
	Text   string    `json:"text,omitempty"`
	Source string    `json:"source"`         // "osv:GHSA-…", "kev", "epss v4"
	Link   string    `json:"link,omitempty"` // where the source says so; an http or https address from outside
	AsOf   time.Time `json:"as_of"`          // the date of the data, not of the run; zero where the source has none
}

// exploited begins the Source of KEV evidence that is from another catalogue than CISA's.
const exploited = "exploited "

// ExploitedIn returns the Source of KEV evidence from the catalogue of this name.
func ExploitedIn(catalogue string) string { return exploited + catalogue }

// Catalogue returns the name of the catalogue that KEV evidence is from; "" is CISA's.
func (e Evidence) Catalogue() string {
	if name, ok := strings.CutPrefix(e.Source, exploited); ok {
		return name
	}
	return ""
}
