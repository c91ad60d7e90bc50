package vex

import (
	"fmt"
	"time"
)

// Status says how a product stands to a vulnerability, in the words of OpenVEX.
type Status string

const (
	NotAffected        Status = "not_affected"
	Affected           Status = "affected"
	Fixed              Status = "fixed"
	UnderInvestigation Status = "under_investigation"
)

// Justification says why a product is not affected, in the words of OpenVEX.
type Justification string

const (
	ComponentNotPresent      Justification = "component_not_present"
	CodeNotPresent           Justification = "vulnerable_code_not_present"
	CodeNotInExecutePath     Justification = "vulnerable_code_not_in_execute_path"
	CodeNotControllable      Justification = "vulnerable_code_cannot_be_controlled_by_adversary"
	InlineMitigationsPresent Justification = "inline_mitigations_already_exist"
)

// Document is one file of statements. Its text is from outside.
type Document struct {
	File       string // as it was given to Parse
	Format     string // with its version: "OpenVEX 0.2.0"
	ID         string
	Author     string
	Role       string
	Version    int // of the document; 0 where it has none
	Timestamp  time.Time
	Tooling    string
	Statements []Statement // those that can be used, in the order of the file
	Notes      []Note      // what cannot, and what had to be understood freely
}

// Note is something about a document that is not as it should be.
type Note struct {
	Line int
	Text string // what is wrong, and what would be right
}

// Statement says how products stand to one vulnerability.
type Statement struct {
	IDs           []string // the name of the vulnerability, then its aliases
	Products      []Product
	Status        Status
	Justification Justification // with NotAffected only; empty where Impact says it in words
	Impact        string        // why a product is not affected
	Action        string        // what to do about an affected one
	Notes         string        // how the status was found
	Timestamp     time.Time     // that of the document where the statement has none
	LastUpdated   time.Time
	Author        string
	Role          string
	File          string
	Line          int
}

// Product is what a statement is about. With subcomponents, it is about these as far as they are parts of the product.
type Product struct {
	Component
	Subcomponents []Component
}

// Component names a piece of software. CPEs and hashes are kept as they are and match nothing.
type Component struct {
	ID     string // an IRI, often a package URL
	PURL   string // where ID is none
	Name   string // of CycloneDX, where there is no package URL
	CPEs   []string
	Hashes map[string]string
}

// AsOf returns when s was last known to be true.
func (s Statement) AsOf() time.Time {
	if s.LastUpdated.After(s.Timestamp) {
		return s.LastUpdated
	}
	return s.Timestamp
}

// Silences reports whether a vulnerability needs no action by s.
func (s Status) Silences() bool { return s == NotAffected || s == Fixed }

// weight orders statuses by how much they ask for.
func (s Status) weight() int {
	switch s {
	case Affected:
		return 3
	case UnderInvestigation:
		return 2
	case Fixed:
		return 1
	}
	return 0
}

// Heavier reports whether s asks for more than t.
func (s Status) Heavier(t Status) bool { return s.weight() > t.weight() }

// Valid reports whether s is one of the four.
func (s Status) Valid() bool {
	return s == NotAffected || s == Affected || s == Fixed || s == UnderInvestigation
}

// Valid reports whether j is one of the five.
func (j Justification) Valid() bool {
	switch j {
	case ComponentNotPresent, CodeNotPresent, CodeNotInExecutePath, CodeNotControllable, InlineMitigationsPresent:
		return true
	}
	return false
}

const justifications = "component_not_present, vulnerable_code_not_present, vulnerable_code_not_in_execute_path, " +
	"vulnerable_code_cannot_be_controlled_by_adversary or inline_mitigations_already_exist"

// Fault is why a document cannot be read.
type Fault struct {
	File string
	Line int // 0 where it is not known
	Text string
}

func (f *Fault) Error() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}
