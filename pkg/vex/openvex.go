package vex

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// openVEX reads a document of OpenVEX (https://github.com/openvex/spec). Before 0.2.0, vulnerabilities and products were
// strings and subcomponents those of the statement; tools mix both, so either is read in any version.
func (p *parser) openVEX(context string) error {
	version := "0.0.1"
	if _, rest, ok := strings.Cut(context, "openvex.dev/ns/v"); ok {
		version = strings.Trim(rest, `"] `+"\r\n\t")
	}
	p.doc.Format = "OpenVEX " + clip(version, 20)
	switch version {
	case "0.0.1", "0.0.2", "0.1.0", "0.2.0":
	default:
		p.note(1, "it is OpenVEX %.20q, which is not known; it was read as 0.2.0", version)
	}
	r := p.reader()
	_, err := r.object(func(key string) error {
		line := r.at()
		switch key {
		case "@id":
			return assign(&p.doc.ID, r)
		case "author":
			return assign(&p.doc.Author, r)
		case "role":
			return assign(&p.doc.Role, r)
		case "tooling":
			return assign(&p.doc.Tooling, r)
		case "timestamp", "last_updated":
			s, err := r.words()
			if t := p.time(line, s); t.After(p.doc.Timestamp) {
				p.doc.Timestamp = t
			}
			return err
		case "version":
			var raw json.RawMessage
			err := r.value(&raw)
			p.doc.Version, _ = strconv.Atoi(strings.Trim(string(raw), `"`))
			return err
		case "statements":
			ok, err := r.array(func() error { return p.openVEXStatement(r) })
			if err == nil && !ok {
				return p.fault(line, "statements is no list")
			}
			return err
		}
		return r.skip()
	})
	return err
}

func assign(to *string, r *jsonReader) error {
	s, err := r.words()
	*to = clip(strings.TrimSpace(s), maxName)
	return err
}

// openVEXComponent is a string, or an object.
type openVEXComponent struct {
	ID          string            `json:"@id"`
	Identifiers map[string]string `json:"identifiers"`
	Hashes      map[string]string `json:"hashes"`
}

type openVEXProduct struct {
	openVEXComponent
	Subcomponents []openVEXComponent `json:"subcomponents"`
}

type openVEXVulnerability struct {
	ID      string   `json:"@id"`
	Name    string   `json:"name"`
	Aliases []string `json:"aliases"`
}

type openVEXStatement struct {
	Vulnerability openVEXVulnerability `json:"vulnerability"`
	Products      []openVEXProduct     `json:"products"`
	Subcomponents []openVEXComponent   `json:"subcomponents"`
	Status        Status               `json:"status"`
	StatusNotes   string               `json:"status_notes"`
	Justification Justification        `json:"justification"`
	Impact        string               `json:"impact_statement"`
	Action        string               `json:"action_statement"`
	Timestamp     string               `json:"timestamp"`
	LastUpdated   string               `json:"last_updated"`
}

// isString reports whether data is a string, which it then reads into s.
func isString(data []byte, s *string) bool {
	return bytes.HasPrefix(data, []byte(`"`)) && json.Unmarshal(data, s) == nil
}

// UnmarshalJSON, here and below, also takes the string of OpenVEX 0.0.1.
func (c *openVEXComponent) UnmarshalJSON(data []byte) error {
	type plain openVEXComponent
	if isString(data, &c.ID) {
		return nil
	}
	return json.Unmarshal(data, (*plain)(c))
}

func (x *openVEXProduct) UnmarshalJSON(data []byte) error {
	if isString(data, &x.ID) {
		return nil
	}
	if err := json.Unmarshal(data, &x.openVEXComponent); err != nil {
		return err
	}
	var rest struct {
		Subcomponents []openVEXComponent `json:"subcomponents"`
	}
	err := json.Unmarshal(data, &rest)
	x.Subcomponents = rest.Subcomponents
	return err
}

func (v *openVEXVulnerability) UnmarshalJSON(data []byte) error {
	type plain openVEXVulnerability
	if isString(data, &v.Name) {
		return nil
	}
	return json.Unmarshal(data, (*plain)(v))
}

func (p *parser) openVEXStatement(r *jsonReader) error {
	line := r.at()
	var in openVEXStatement
	if err := r.value(&in); err != nil {
		var fault *Fault
		if errors.As(err, &fault) {
			return err
		}
		p.note(line, "the statement is not as OpenVEX has it and is not used: %s", clip(err.Error(), 200))
		return nil
	}
	name := in.Vulnerability.Name
	if name == "" { // an address whose last part is the name
		name = in.Vulnerability.ID[strings.LastIndexByte(in.Vulnerability.ID, '/')+1:]
	}
	s := Statement{
		IDs:    p.ids(line, append([]string{name}, in.Vulnerability.Aliases...)...),
		Status: in.Status, Justification: in.Justification, Impact: text(in.Impact), Action: text(in.Action), Notes: text(in.StatusNotes),
		Timestamp: p.time(line, in.Timestamp), LastUpdated: p.time(line, in.LastUpdated), Line: line,
	}
	if s.Justification != "" && !s.Justification.Valid() {
		p.note(line, "the justification %.100q is passed over; want %s", s.Justification, justifications)
		s.Justification = ""
	}
	pairs := 0
	for _, product := range in.Products {
		if pairs += 1 + len(product.Subcomponents) + len(in.Subcomponents); pairs > maxProducts && len(s.Products) > 0 {
			p.note(line, "the statement names more than %d products and is not used", maxProducts)
			return nil
		}
		out := Product{Component: p.component(line, product.openVEXComponent)}
		for _, sub := range append(product.Subcomponents, in.Subcomponents...) {
			if c := p.component(line, sub); !c.empty() {
				out.Subcomponents = append(out.Subcomponents, c)
			}
		}
		if len(out.Subcomponents) == 0 && len(product.Subcomponents)+len(in.Subcomponents) > 0 {
			p.note(line, "a product has subcomponents without any identifier, so it is passed over")
			continue
		}
		if !out.empty() {
			s.Products = append(s.Products, out)
		}
	}
	p.add(s)
	return nil
}

// component keeps identifiers within bounds.
func (p *parser) component(line int, in openVEXComponent) Component {
	c := Component{ID: strings.TrimSpace(in.ID), PURL: strings.TrimSpace(in.Identifiers["purl"]), Hashes: in.Hashes}
	for _, kind := range []string{"cpe22", "cpe23"} {
		if cpe := in.Identifiers[kind]; cpe != "" && len(cpe) <= maxName {
			c.CPEs = append(c.CPEs, cpe)
		}
	}
	if len(c.ID) > maxName || len(c.PURL) > maxName || len(c.Hashes) > maxHashes {
		p.note(line, "a product has an identifier of more than %d bytes, or more than %d hashes; it is passed over", maxName, maxHashes)
		return Component{}
	}
	return c
}

func (c Component) empty() bool {
	return c.ID == "" && c.PURL == "" && c.Name == "" && len(c.CPEs) == 0 && len(c.Hashes) == 0
}

func clip(s string, limit int) string {
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
