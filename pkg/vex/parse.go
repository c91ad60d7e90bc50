package vex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// What a document may hold at most; the largest that vendors publish are a tenth of it.
const (
	maxBytes      = 64 << 20
	maxStatements = 20_000  // and entries of a product tree
	maxProducts   = 10_000  // of one statement
	maxPairs      = 400_000 // of names of vulnerabilities and products
	maxIDs        = 20
	maxHashes     = 100
	maxName       = 4096 // bytes of an identifier
	maxText       = 4096 // bytes of a text for people, which is clipped
	maxNotes      = 100
)

// IsDocument reports whether a file of a repository is taken for a VEX document by its path, which is slash-separated and
// relative to the root: .vex/** and .openvex/** without its templates, *.openvex.json, *.vex.json, openvex.json and vex.json,
// and the same in XML.
func IsDocument(name string) bool {
	folder, base := path.Split(path.Clean(name))
	extension := strings.ToLower(path.Ext(base))
	if extension != ".json" && extension != ".xml" {
		return false
	}
	folders := strings.Split(folder, "/")
	if at := slices.Index(folders, ".openvex"); at >= 0 && slices.Contains(folders[at:], "templates") {
		return false
	}
	stem := strings.ToLower(strings.TrimSuffix(base, path.Ext(base)))
	if stem == "vex" || stem == "openvex" || strings.HasSuffix(stem, ".vex") || strings.HasSuffix(stem, ".openvex") {
		return true
	}
	return slices.Contains(folders, ".vex") || slices.Contains(folders, ".openvex")
}

// Parse reads an OpenVEX document (0.0.1 to 0.2.0), a CycloneDX one of any version that has vulnerabilities (1.4 on, in JSON
// or XML), or one of the VEX profile of CSAF 2.0. The error is a *Fault. A statement that cannot be used, such as one that
// is not valid by its specification, is left out and noted.
func Parse(name string, data []byte) (Document, error) {
	if len(data) > maxBytes {
		return Document{}, &Fault{name, 0, fmt.Sprintf("%d bytes are more than a VEX document may have, which is %d", len(data), maxBytes)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p := &parser{data: data, line: 1, doc: Document{File: name}}
	start := bytes.TrimLeft(data, " \t\r\n")
	var err error
	switch {
	case len(start) == 0:
		err = p.fault(0, "the file is empty; %s", wanted)
	case start[0] == '<':
		err = p.cycloneDXXML()
	default:
		err = p.json()
	}
	if err != nil {
		return Document{}, err
	}
	p.finish()
	return p.doc, nil
}

const wanted = "want an OpenVEX, CycloneDX or CSAF document"

// json tells formats apart by the members that each must have.
func (p *parser) json() error {
	var top struct {
		Context     json.RawMessage `json:"@context"`
		BOMFormat   json.RawMessage `json:"bomFormat"`
		SpecVersion json.RawMessage `json:"specVersion"`
		Document    json.RawMessage `json:"document"`
	}
	if err := json.Unmarshal(p.data, &top); err != nil {
		return p.broken(err)
	}
	context := string(top.Context)
	switch {
	case strings.Contains(context, "openvex.dev/ns"):
		return p.openVEX(context)
	case strings.EqualFold(string(top.BOMFormat), `"CycloneDX"`):
		return p.cycloneDXJSON(strings.Trim(string(top.SpecVersion), `"`))
	case top.Document != nil:
		return p.csaf(top.Document)
	case top.Context != nil:
		return p.fault(0, "its @context is %.100s; want https://openvex.dev/ns/v0.2.0", context)
	}
	return p.fault(0, "it has neither @context nor bomFormat nor document; %s", wanted)
}

// parser makes one document of data.
type parser struct {
	data   []byte
	offset int // up to which line is counted
	line   int
	doc    Document
	pairs  int // of names and products or subcomponents so far
	untold int
}

func (p *parser) fault(line int, format string, args ...any) error {
	return &Fault{p.doc.File, line, fmt.Sprintf(format, args...)}
}

func (p *parser) note(line int, format string, args ...any) {
	if len(p.doc.Notes) >= maxNotes {
		p.untold++
		return
	}
	p.doc.Notes = append(p.doc.Notes, Note{line, fmt.Sprintf(format, args...)})
}

// lineAt counts lines up to offset. Offsets come in rising order, so no line is counted twice.
func (p *parser) lineAt(offset int) int {
	offset = min(offset, len(p.data))
	if offset < p.offset {
		p.offset, p.line = 0, 1
	}
	p.line += bytes.Count(p.data[p.offset:offset], []byte("\n"))
	p.offset = offset
	return p.line
}

// add takes a statement over if it can be used.
func (p *parser) add(s Statement) {
	about := "the statement"
	if len(s.IDs) > 0 {
		about += fmt.Sprintf(" on %.100q", s.IDs[0])
	}
	pairs := len(s.Products)
	for _, product := range s.Products {
		pairs += len(product.Subcomponents)
	}
	p.pairs += pairs * len(s.IDs)
	switch {
	case len(s.IDs) == 0:
		p.note(s.Line, "the statement names no vulnerability and is not used; give its name, such as a CVE")
	case !s.Status.Valid():
		p.note(s.Line, "%s has the status %.100q and is not used; want not_affected, affected, fixed or under_investigation", about, s.Status)
	case len(s.Products) == 0:
		p.note(s.Line, "%s names no product and is not used; give the package URL of one", about)
	case pairs > maxProducts || p.pairs > maxPairs:
		p.note(s.Line, "%s names more products than are read, %d in a statement or %d in the document, and is not used", about, maxProducts, maxPairs)
	case len(p.doc.Statements) >= maxStatements:
		p.note(s.Line, "%s is beyond the %d that are read of one document, and is not used", about, maxStatements)
	case s.Status == NotAffected && s.Justification == "" && strings.TrimSpace(s.Impact) == "":
		p.note(s.Line, "%s says not_affected without a justification and is not used; give one of %s, or an impact statement", about, justifications)
	default:
		if s.Status != NotAffected {
			s.Justification = ""
		}
		p.doc.Statements = append(p.doc.Statements, s)
	}
}

// finish gives statements what they have of their document.
func (p *parser) finish() {
	for i := range p.doc.Statements {
		s := &p.doc.Statements[i]
		s.File, s.Author, s.Role = p.doc.File, p.doc.Author, p.doc.Role
		if s.Timestamp.IsZero() {
			s.Timestamp = p.doc.Timestamp
		}
	}
	if p.untold > 0 {
		p.doc.Notes = append(p.doc.Notes, Note{0, fmt.Sprintf("%d more things are not as they should be", p.untold)})
	}
}

// ids keeps names once each, within bounds.
func (p *parser) ids(line int, names ...string) []string {
	var all []string
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "" || slices.ContainsFunc(all, func(have string) bool { return strings.EqualFold(have, name) }):
		case len(name) > maxName || len(all) >= maxIDs:
			p.note(line, "the statement has more than %d names for its vulnerability, or one of more than %d bytes; the rest are passed over", maxIDs, maxName)
			return all
		default:
			all = append(all, name)
		}
	}
	return all
}

// time reads a date; one that is none is noted and left out.
func (p *parser) time(line int, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	p.note(line, "%.60q is no date; want one like 2026-01-31T12:00:00Z", text)
	return time.Time{}
}

// text clips what is for people.
func text(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}
