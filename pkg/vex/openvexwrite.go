package vex

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

type openVEXOut struct {
	Context    string                `json:"@context"`
	ID         string                `json:"@id"`
	Author     string                `json:"author"`
	Role       string                `json:"role,omitempty"`
	Timestamp  string                `json:"timestamp"`
	Version    int                   `json:"version"`
	Tooling    string                `json:"tooling,omitempty"`
	Statements []openVEXStatementOut `json:"statements"`
}

type openVEXStatementOut struct {
	Vulnerability openVEXVulnerabilityOut `json:"vulnerability"`
	Timestamp     string                  `json:"timestamp,omitempty"`
	LastUpdated   string                  `json:"last_updated,omitempty"`
	Products      []openVEXProductOut     `json:"products,omitempty"`
	Status        Status                  `json:"status"`
	StatusNotes   string                  `json:"status_notes,omitempty"`
	Justification Justification           `json:"justification,omitempty"`
	Impact        string                  `json:"impact_statement,omitempty"`
	Action        string                  `json:"action_statement,omitempty"`
}

type openVEXVulnerabilityOut struct {
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
}

type openVEXProductOut struct {
	openVEXComponentOut
	Subcomponents []openVEXComponentOut `json:"subcomponents,omitempty"`
}

type openVEXComponentOut struct {
	ID          string            `json:"@id,omitempty"`
	Identifiers map[string]string `json:"identifiers,omitempty"`
	Hashes      map[string]string `json:"hashes,omitempty"`
}

// WriteOpenVEX writes d as OpenVEX 0.2.0. Where d has no ID, one is made of its content, so equal documents are equal bytes.
// It refuses a document without author or time, which the specification asks for.
func WriteOpenVEX(out io.Writer, d Document) error {
	if d.Author == "" || d.Timestamp.IsZero() {
		return errors.New("write OpenVEX: the document has no author or no time; OpenVEX asks for both")
	}
	doc := openVEXOut{Context: "https://openvex.dev/ns/v0.2.0", ID: d.ID, Author: d.Author, Role: d.Role, Timestamp: stamp(d.Timestamp),
		Version: max(d.Version, 1), Tooling: d.Tooling, Statements: []openVEXStatementOut{}}
	for _, s := range d.Statements {
		if len(s.IDs) == 0 {
			return errors.New("write OpenVEX: a statement names no vulnerability")
		}
		o := openVEXStatementOut{Vulnerability: openVEXVulnerabilityOut{s.IDs[0], s.IDs[1:]}, Status: s.Status, StatusNotes: s.Notes,
			Justification: s.Justification, Impact: s.Impact, Action: s.Action}
		if !s.Timestamp.Equal(d.Timestamp) {
			o.Timestamp = stamp(s.Timestamp)
		}
		o.LastUpdated = stamp(s.LastUpdated)
		for _, p := range s.Products {
			product := openVEXProductOut{openVEXComponentOut: p.Component.openVEX()}
			for _, sub := range p.Subcomponents {
				product.Subcomponents = append(product.Subcomponents, sub.openVEX())
			}
			o.Products = append(o.Products, product)
		}
		doc.Statements = append(doc.Statements, o)
	}
	if doc.ID == "" {
		b, err := encode(doc)
		if err != nil {
			return err
		}
		doc.ID = serial(b)
	}
	b, err := encode(doc)
	if err != nil {
		return err
	}
	if _, err := out.Write(b); err != nil {
		return fmt.Errorf("write OpenVEX: %w", err)
	}
	return nil
}

func encode(doc any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("write VEX: %w", err)
	}
	return b.Bytes(), nil
}

func (c Component) openVEX() openVEXComponentOut {
	out := openVEXComponentOut{ID: c.ID, Hashes: c.Hashes}
	set := func(kind, value string) {
		if value == "" {
			return
		}
		if out.Identifiers == nil {
			out.Identifiers = map[string]string{}
		}
		out.Identifiers[kind] = value
	}
	set("purl", c.PURL)
	for _, cpe := range c.CPEs {
		if len(cpe) > 4 && cpe[:5] == "cpe:/" {
			set("cpe22", cpe)
		} else {
			set("cpe23", cpe)
		}
	}
	return out
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// serial is a UUID of version 8, whose bits are those of a digest.
func serial(content []byte) string {
	sum := sha256.Sum256(content)
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
