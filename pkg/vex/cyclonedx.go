package vex

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// cdxDocument gathers what statements refer to, which may stand after them.
type cdxDocument struct {
	p               *parser
	root            Component // what the document is about; empty where it does not say
	known           map[string]cdxPlace
	vulnerabilities []cdxVulnerability
}

// cdxPlace is a component and what it is a part of.
type cdxPlace struct {
	own, whole Component
	top        bool      // it stands below the document itself, so whole is its root, which may come later
	around     Component // the component that holds it, which is the whole where there is no root
}

type cdxComponent struct {
	Ref        string         `json:"bom-ref" xml:"bom-ref,attr"`
	Type       string         `json:"type" xml:"type,attr"`
	Group      string         `json:"group" xml:"group"`
	Name       string         `json:"name" xml:"name"`
	Version    string         `json:"version" xml:"version"`
	PURL       string         `json:"purl" xml:"purl"`
	CPE        string         `json:"cpe" xml:"cpe"`
	Components []cdxComponent `json:"components" xml:"components>component"`
}

type cdxVulnerability struct {
	ID             string         `json:"id" xml:"id"`
	References     []cdxReference `json:"references" xml:"references>reference"`
	Recommendation string         `json:"recommendation" xml:"recommendation"`
	Workaround     string         `json:"workaround" xml:"workaround"`
	Created        string         `json:"created" xml:"created"`
	Updated        string         `json:"updated" xml:"updated"`
	Analysis       *cdxAnalysis   `json:"analysis" xml:"analysis"`
	Affects        []cdxTarget    `json:"affects" xml:"affects>target"`
	Properties     []cdxProperty  `json:"properties" xml:"properties>property"`

	line int
}

type cdxReference struct {
	ID string `json:"id" xml:"id"`
}

type cdxAnalysis struct {
	State         string   `json:"state" xml:"state"`
	Justification string   `json:"justification" xml:"justification"`
	Response      []string `json:"response" xml:"responses>response"`
	Detail        string   `json:"detail" xml:"detail"`
	FirstIssued   string   `json:"firstIssued" xml:"firstIssued"`
	LastUpdated   string   `json:"lastUpdated" xml:"lastUpdated"`
}

type cdxTarget struct {
	Ref      string       `json:"ref" xml:"ref"`
	Versions []cdxVersion `json:"versions" xml:"versions>version"`
}

type cdxVersion struct {
	Version string `json:"version" xml:"version"`
	Range   string `json:"range" xml:"range"`
	Status  string `json:"status" xml:"status"`
}

type cdxProperty struct {
	Name  string `json:"name" xml:"name,attr"`
	Value string `json:"value" xml:",chardata"`
}

type cdxParty struct {
	Name string `json:"name" xml:"name"`
}

type cdxMetadata struct {
	Timestamp    string        `json:"timestamp" xml:"timestamp"`
	Component    *cdxComponent `json:"component" xml:"component"`
	Authors      []cdxParty    `json:"authors" xml:"authors>author"`
	Manufacturer cdxParty      `json:"manufacturer" xml:"manufacturer"` // from 1.6 on
	Manufacture  cdxParty      `json:"manufacture" xml:"manufacture"`
	Supplier     cdxParty      `json:"supplier" xml:"supplier"`
}

func (p *parser) cycloneDX(version string) *cdxDocument {
	p.doc.Format = "CycloneDX " + clip(version, 20)
	switch version {
	case "1.4", "1.5", "1.6", "1.7":
	default:
		p.note(1, "it is CycloneDX %.20q, which has no statements about vulnerabilities or is not known; it was read as 1.7", version)
	}
	return &cdxDocument{p: p, known: map[string]cdxPlace{}}
}

func (p *parser) cycloneDXJSON(version string) error {
	d := p.cycloneDX(version)
	r := p.reader()
	// each reads values one by one, and notes those that are of the wrong shape.
	each := func(name string, read func(line int) error) error {
		ok, err := r.array(func() error {
			line := r.at()
			err := read(line)
			var fault *Fault
			if err != nil && !errors.As(err, &fault) {
				p.note(line, "%s is not as CycloneDX has it and is not used: %s", name, clip(err.Error(), 200))
				return nil
			}
			return err
		})
		if err == nil && !ok {
			return p.fault(0, "%s is no list", name)
		}
		return err
	}
	_, err := r.object(func(key string) error {
		line := r.at()
		switch key {
		case "serialNumber":
			return assign(&p.doc.ID, r)
		case "version":
			var raw json.RawMessage
			err := r.value(&raw)
			p.doc.Version, _ = strconv.Atoi(string(raw))
			return err
		case "metadata":
			var m cdxMetadata
			if err := r.value(&m); err != nil {
				var fault *Fault
				if errors.As(err, &fault) {
					return err
				}
				return p.fault(line, "its metadata is not as CycloneDX has it: %s", clip(err.Error(), 200))
			}
			d.metadata(line, m)
			return nil
		case "components":
			return each("a component", func(int) error {
				var c cdxComponent
				if err := r.value(&c); err != nil {
					return err
				}
				d.take(c, cdxPlace{top: true})
				return nil
			})
		case "vulnerabilities":
			return each("a vulnerability", func(line int) error {
				v := cdxVulnerability{line: line}
				if err := r.value(&v); err != nil {
					return err
				}
				return d.keep(v)
			})
		}
		return r.skip()
	})
	if err != nil {
		return err
	}
	d.states()
	return nil
}

// keep holds a vulnerability until all components are known.
func (d *cdxDocument) keep(v cdxVulnerability) error {
	if len(d.vulnerabilities) >= maxStatements {
		return d.p.fault(v.line, "more than %d vulnerabilities; split the document", maxStatements)
	}
	d.vulnerabilities = append(d.vulnerabilities, v)
	return nil
}

func (d *cdxDocument) metadata(line int, m cdxMetadata) {
	p := d.p
	p.doc.Timestamp = p.time(line, m.Timestamp)
	for _, party := range append([]cdxParty{m.Supplier, m.Manufacturer, m.Manufacture}, m.Authors...) {
		if p.doc.Author == "" {
			p.doc.Author = clip(strings.TrimSpace(party.Name), maxName)
		}
	}
	if m.Component != nil {
		d.root = m.Component.component()
		d.take(*m.Component, cdxPlace{})
	}
}

func (c cdxComponent) component() Component {
	out := Component{Name: c.Name}
	if c.Group != "" {
		out.Name = c.Group + "/" + c.Name
	}
	if len(c.PURL) <= maxName {
		out.PURL = c.PURL
	}
	if out.PURL != "" {
		out.Name = ""
	}
	if c.CPE != "" && len(c.CPE) <= maxName {
		out.CPEs = []string{c.CPE}
	}
	return out
}

// take keeps a component, and those inside of it as parts of the nearest application around them.
func (d *cdxDocument) take(c cdxComponent, at cdxPlace) {
	at.own = c.component()
	if _, twice := d.known[c.Ref]; c.Ref != "" && len(c.Ref) <= maxName && !twice && len(d.known) < maxPairs {
		d.known[c.Ref] = at
	}
	if c.Type == "application" || !at.top && at.whole.empty() {
		at.whole, at.top = at.own, false
	}
	at.around = at.own
	for _, part := range c.Components {
		d.take(part, at)
	}
}

// product resolves a reference: to a component of the document, into another document, or a package URL by itself.
func (d *cdxDocument) product(ref string) (Product, bool) {
	if at, ok := d.known[ref]; ok {
		if at.top {
			at.whole = d.root
		}
		if at.whole.empty() {
			at.whole = at.around
		}
		if at.whole.empty() {
			return Product{Component: at.own}, true
		}
		return Product{Component: at.whole, Subcomponents: []Component{at.own}}, true
	}
	if strings.HasPrefix(ref, "urn:cdx:") {
		_, fragment, _ := strings.Cut(ref, "#")
		if ref = fragment; !strings.HasPrefix(ref, "pkg:") {
			ref, _ = url.PathUnescape(fragment)
		}
	}
	if !strings.HasPrefix(ref, "pkg:") || len(ref) > maxName {
		return Product{}, false
	}
	if d.root.empty() {
		return Product{Component: Component{ID: ref}}, true
	}
	return Product{Component: d.root, Subcomponents: []Component{{ID: ref}}}, true
}
