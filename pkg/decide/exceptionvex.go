package decide

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// statement is evidence of a trusted VEX document, taken apart.
type statement struct {
	status        VEXStatus
	justification Justification
	own           bool // of the repository, not of a vendor
	evidence      fettle.Evidence
}

// statements returns what documents state of c. One that is about some copies only does not count.
func statements(c fettle.Case) []statement {
	var all []statement
	for _, e := range c.Evidence {
		if e.Signal != fettle.VEX || e.Status != fettle.Known {
			continue
		}
		status, justification, _ := strings.Cut(e.Text, " ")
		all = append(all, statement{VEXStatus(status), Justification(justification), e.Where != nil, e})
	}
	return all
}

func (s statement) silences() bool { return s.status.silences() }

func (s VEXStatus) silences() bool { return s == NotAffected || s == Fixed }

// place names the statement: its file and line, or its author.
func (s statement) place() string {
	if s.own {
		return s.evidence.Where.String() + " (" + s.evidence.Source + ")"
	}
	return "VEX of " + s.evidence.Source
}

func (s statement) String() string {
	text := string(s.status)
	if s.justification != "" {
		text += ", " + string(s.justification)
	}
	if !s.evidence.AsOf.IsZero() {
		text += ", stated on " + s.evidence.AsOf.UTC().Format(time.DateOnly)
	}
	if s.evidence.Why != "" {
		text += ": " + s.evidence.Why
	}
	return text
}

// state decides c by VEX documents, where they agree that it needs no action. The repository's own beat those of vendors.
// Other statements are told in d and change nothing: a document has no expiry, so it must not hold a gate open with less.
func state(c fettle.Case, d *fettle.Decision) bool {
	for _, e := range c.Evidence {
		if e.Signal == fettle.VEX && e.Status == fettle.Unknown {
			d.Why = append(d.Why, fmt.Sprintf("the VEX statement of %s is not followed: %s", e.Source, e.Why))
		}
	}
	said := statements(c)
	if slices.ContainsFunc(said, func(s statement) bool { return s.own }) {
		said = slices.DeleteFunc(said, func(s statement) bool { return !s.own })
	}
	silent := slices.IndexFunc(said, statement.silences)
	if silent < 0 || slices.ContainsFunc(said, func(s statement) bool { return !s.silences() }) {
		for _, s := range said {
			d.Why = append(d.Why, fmt.Sprintf("%s says %s", s.place(), s))
		}
		if silent >= 0 {
			d.Why = append(d.Why, "the statements contradict each other, so none is followed")
		}
		return false
	}
	s := said[silent]
	if at, ok := called(c); ok && !s.own && exploited(c) {
		d.Why = append(d.Why, fmt.Sprintf("%s says %s; it is not followed, because the vulnerability is exploited and %s", s.place(), s, at))
		return false
	}
	d.Action, d.Rule = fettle.Ignore, s.place()
	d.Why = append(d.Why, s.String())
	d.Statement = &fettle.Statement{Status: string(s.status), Justification: string(s.justification), Reason: s.evidence.Why}
	return true
}

// contradictions names the documents that see c otherwise than an exception of this status.
func contradictions(c fettle.Case, status VEXStatus) []string {
	var all []string
	for _, s := range statements(c) {
		if s.silences() != status.silences() {
			all = append(all, fmt.Sprintf("%s contradicts the exception: %s", s.place(), s))
		}
	}
	return all
}

func exploited(c fettle.Case) bool {
	return slices.ContainsFunc(c.Evidence, func(e fettle.Evidence) bool { return e.Signal == fettle.KEV && e.Status == fettle.Known })
}

// called reports whether reachability shows that the program calls the vulnerable code, and says where.
func called(c fettle.Case) (string, bool) {
	for _, e := range c.Evidence {
		if e.Signal == fettle.Reach && e.Status == fettle.Known && e.Text == "called" {
			if e.Where != nil {
				return "the vulnerable code is called at " + e.Where.String(), true
			}
			return "the vulnerable code is called", true
		}
	}
	return "", false
}
