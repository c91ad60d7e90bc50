package osv

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxRecord is the largest record that Parse reads, in bytes.
const MaxRecord = 32 << 20

const (
	maxID   = 256  // bytes of an advisory id
	maxName = 4096 // bytes of a package or ecosystem name
)

// Record is the part of one OSV record that fettle uses (https://ossf.github.io/osv-schema/). All text is from outside.
type Record struct {
	ID         string            `json:"id"`
	Aliases    []string          `json:"aliases,omitempty"`
	Related    []string          `json:"related,omitempty"`
	Upstream   []string          `json:"upstream,omitempty"`
	Modified   time.Time         `json:"modified,omitzero"`
	Published  time.Time         `json:"published,omitzero"`
	Withdrawn  time.Time         `json:"withdrawn,omitzero"` // zero: in force
	Summary    string            `json:"summary,omitempty"`
	Details    string            `json:"details,omitempty"` // Markdown
	Severity   []Severity        `json:"severity,omitempty"`
	Affected   []AffectedPackage `json:"affected,omitempty"`
	References []Reference       `json:"references,omitempty"`
	Database   DatabaseSpecific  `json:"database_specific,omitzero"`
	Source     string            `json:"-"` // the name that Builder.Add was given; empty outside a Database

	rest *rest // where a Database keeps what Find leaves out
}

// Severity is one score: Type is CVSS_V2, CVSS_V3, CVSS_V4 or a distribution's own word.
type Severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

// Reference is one link.
type Reference struct {
	Type string `json:"type"` // ADVISORY, FIX, WEB, ...
	URL  string `json:"url"`
}

// AffectedPackage is what a record says of one package.
type AffectedPackage struct {
	Package           Package         `json:"package,omitzero"`
	Severity          []Severity      `json:"severity,omitempty"`
	Ranges            []Range         `json:"ranges,omitempty"`
	Versions          []string        `json:"versions,omitempty"`
	EcosystemSpecific json.RawMessage `json:"ecosystem_specific,omitempty"`
	DatabaseSpecific  json.RawMessage `json:"database_specific,omitempty"`
}

// Package names a package as the record does: the ecosystem may carry a suffix, as in Debian:12.
type Package struct {
	Ecosystem string `json:"ecosystem,omitempty"`
	Name      string `json:"name,omitempty"`
	PURL      string `json:"purl,omitempty"`
}

// Range is a list of events on a line of versions, in no particular order.
type Range struct {
	Type             RangeType       `json:"type"`
	Events           []Event         `json:"events"`
	DatabaseSpecific json.RawMessage `json:"database_specific,omitempty"`
}

// RangeType says how the versions of a range are ordered.
type RangeType string

const (
	SemVer    RangeType = "SEMVER"
	Ecosystem RangeType = "ECOSYSTEM"
	Git       RangeType = "GIT" // commits; says nothing of versions
)

// Event is one change along a range. One field is set.
type Event struct {
	Introduced   string `json:"introduced,omitempty"` // "0" is before every version
	Fixed        string `json:"fixed,omitempty"`
	LastAffected string `json:"last_affected,omitempty"`
	Limit        string `json:"limit,omitempty"` // "*" is after every version
}

// DatabaseSpecific holds the fields of GitHub's advisories that others have taken up.
type DatabaseSpecific struct {
	CWEs     []string `json:"cwe_ids,omitempty"`
	Severity string   `json:"severity,omitempty"` // LOW, MODERATE, HIGH, CRITICAL
}

// UnmarshalJSON takes the fields that have the form GitHub gives them. The schema leaves their form to each database, so
// another form is no error.
func (d *DatabaseSpecific) UnmarshalJSON(data []byte) error {
	var raw struct {
		CWEs     json.RawMessage `json:"cwe_ids"`
		Severity json.RawMessage `json:"severity"`
	}
	*d = DatabaseSpecific{}
	if json.Unmarshal(data, &raw) != nil {
		return nil
	}
	var (
		cwes     []string
		severity string
	)
	if json.Unmarshal(raw.CWEs, &cwes) == nil {
		d.CWEs = cwes
	}
	if json.Unmarshal(raw.Severity, &severity) == nil {
		d.Severity = severity
	}
	return nil
}

// parseUndated reads a record whose dates of change are malformed, as some published ones are: they are then zero. They do
// not bear on what is affected, so the advisory is not lost for them. The date of withdrawal does and must be right.
func parseUndated(data []byte) (Record, error) {
	var (
		r     Record
		dated struct {
			*Record
			Modified  json.RawMessage `json:"modified"`
			Published json.RawMessage `json:"published"`
		}
	)
	dated.Record = &r
	if err := json.Unmarshal(data, &dated); err != nil {
		return Record{}, err
	}
	r.Modified, r.Published = date(dated.Modified), date(dated.Published)
	return r, nil
}

func date(raw json.RawMessage) time.Time {
	var t time.Time
	if json.Unmarshal(raw, &t) != nil {
		return time.Time{}
	}
	return t
}

// UpperBoundUnknown reports whether the source lost the end of the range, so that an open range may really be closed.
func (r Range) UpperBoundUnknown() bool {
	if len(r.DatabaseSpecific) == 0 {
		return false
	}
	var said struct {
		Unknown bool `json:"upper_bound_unknown"`
	}
	return json.Unmarshal(r.DatabaseSpecific, &said) == nil && said.Unknown
}

// Malicious reports whether the record is about a package that is itself an attack.
func (r Record) Malicious() bool { return strings.HasPrefix(r.ID, "MAL-") }

// Parse reads one record. It refuses one without a usable id or package name, since neither could be matched.
func Parse(data []byte) (Record, error) {
	var r Record
	if len(data) > MaxRecord {
		return r, fmt.Errorf("OSV record of %d bytes: want at most %d", len(data), MaxRecord)
	}
	err := json.Unmarshal(data, &r)
	var malformed *time.ParseError
	if errors.As(err, &malformed) {
		r, err = parseUndated(data)
	}
	if err != nil {
		return Record{}, fmt.Errorf("parse OSV record: %w", err)
	}
	if !validID(r.ID) {
		return Record{}, fmt.Errorf("OSV record with id %.40q: want 1 to %d printable characters", r.ID, maxID)
	}
	for _, alias := range r.Aliases {
		if !validID(alias) {
			return Record{}, fmt.Errorf("OSV record %s: alias %.40q: want 1 to %d printable characters", r.ID, alias, maxID)
		}
	}
	for i, a := range r.Affected {
		if err := a.Package.check(); err != nil {
			return Record{}, fmt.Errorf("OSV record %s: affected package %d: %w", r.ID, i, err)
		}
	}
	return r, nil
}

// check accepts a package without ecosystem and name, as the schema does for a range of commits alone.
func (p Package) check() error {
	switch {
	case p.Ecosystem == "" && p.Name == "":
		return nil
	case p.Ecosystem == "" || p.Name == "":
		return errors.New("want both an ecosystem and a name")
	case len(p.Ecosystem) > maxName || len(p.Name) > maxName:
		return fmt.Errorf("name longer than %d bytes", maxName)
	case strings.ContainsRune(p.Ecosystem, 0) || strings.ContainsRune(p.Name, 0):
		return errors.New("NUL in the name")
	}
	return nil
}

func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
