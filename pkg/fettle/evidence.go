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
	Reach        Signal = "reach"         // Text: called, referenced, no_path or not_imported, Known where the graph is complete; Unknown: Text says why nobody can tell
	FixedVersion Signal = "fixed_version" // Text: a version that the advisory calls fixed
	VEX          Signal = "vex"           // Text: a VEX status, and after a space the justification where there is one
	DataDate     Signal = "data_date"     // Text: the data set; AsOf: its date
	Symbol       Signal = "symbol"        // Text: a function, method or type that holds the weakness, as its language writes it
	Published    Signal = "published"     // AsOf: the day the advisory was published
)

// The context signals say where the vulnerable package runs and what hangs on it. Text holds the value.
const (
	Exposure    Signal = "exposure"    // open, controlled or small
	Data        Signal = "data"        // a class of sensitive data: pci, pii, phi, secrets, or a word of the team's own; none says that there is none
	Criticality Signal = "criticality" // low, medium or high
	Lifecycle   Signal = "lifecycle"   // experimental, production, deprecated or retired
	Environment Signal = "environment" // development, staging or production
	Owner       Signal = "owner"       // who answers for it, as CODEOWNERS or a catalog writes it
	Regime      Signal = "regime"      // a compliance regime: pci-dss, bod-26-04, hipaa, or a name of the team's own
	Role        Signal = "role"        // server, cli, library or job: whether anything listens
	Shipped     Signal = "shipped"     // yes or no: part of what is deployed, such as the final stage of an image
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

	Why      string    `json:"why,omitempty"`      // one line for people, where Text is a word of a vocabulary; may hold text from outside
	Where    *Location `json:"where,omitempty"`    // the place in the repository that says so
	Declared bool      `json:"declared,omitempty"` // of context: a person said so, it is not inferred
	Chain    []Hop     `json:"chain,omitempty"`    // of Reach: from the program's own code to the vulnerable one
}

// Hop is one step of a call or import chain. A hop in an installed package has a Location relative to that package.
type Hop struct {
	Package  string   `json:"package,omitempty"` // name@version of the package that holds it; "" is the repository's own code
	Symbol   string   `json:"symbol,omitempty"`  // the function, class or module, as its language writes it
	Location Location `json:"location"`
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
