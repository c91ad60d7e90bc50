package vex

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// justificationProperty keeps a justification of OpenVEX that has no word of its own in CycloneDX.
const justificationProperty = "openvex:justification"

// WriteCycloneDX writes d as the vulnerabilities of a CycloneDX 1.6 document in JSON. The products are its components, with
// their subcomponents inside of them, so that the document can be read without another one. Where d has no ID, one is made of
// its content.
func WriteCycloneDX(out io.Writer, d Document) error {
	w := cdxWriter{at: map[string]int{}, known: map[string]bool{}}
	vulnerabilities := []cdx.Vulnerability{}
	for _, s := range d.Statements {
		if len(s.IDs) == 0 {
			return errors.New("write CycloneDX: a statement names no vulnerability")
		}
		vulnerabilities = append(vulnerabilities, w.vulnerability(s))
	}
	bom := cdx.NewBOM()
	bom.SpecVersion, bom.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Version = max(d.Version, 1)
	bom.Metadata = &cdx.Metadata{Timestamp: stamp(d.Timestamp)}
	if d.Author != "" {
		bom.Metadata.Authors = &[]cdx.OrganizationalContact{{Name: d.Author}}
	}
	tool, caveat, _ := strings.Cut(d.Tooling, ";")
	if caveat = strings.TrimSpace(caveat); caveat != "" {
		bom.Metadata.Properties = &[]cdx.Property{{Name: "openvex:tooling", Value: caveat}}
	}
	if name, version, _ := strings.Cut(tool, " "); name != "" {
		bom.Metadata.Tools = &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: name, Version: version}}}
	}
	if len(w.components) > 0 {
		bom.Components = &w.components
	}
	bom.Vulnerabilities = &vulnerabilities
	encode := func() ([]byte, error) {
		var b bytes.Buffer
		if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom); err != nil {
			return nil, fmt.Errorf("write CycloneDX: %w", err)
		}
		return b.Bytes(), nil
	}
	if bom.SerialNumber = d.ID; !strings.HasPrefix(d.ID, "urn:uuid:") {
		bom.SerialNumber = ""
		b, err := encode()
		if err != nil {
			return err
		}
		bom.SerialNumber = serial(b)
	}
	b, err := encode()
	if err != nil {
		return err
	}
	if _, err := out.Write(b); err != nil {
		return fmt.Errorf("write CycloneDX: %w", err)
	}
	return nil
}

// cdxWriter gathers the components that statements are about, each once.
type cdxWriter struct {
	components []cdx.Component
	at         map[string]int // the place of a product in components, by its reference
	known      map[string]bool
}

func (w *cdxWriter) vulnerability(s Statement) cdx.Vulnerability {
	v := cdx.Vulnerability{BOMRef: "", ID: s.IDs[0], Source: source(s.IDs[0]), Analysis: &cdx.VulnerabilityAnalysis{}}
	if len(s.IDs) > 1 {
		var references []cdx.VulnerabilityReference
		for _, id := range s.IDs[1:] {
			references = append(references, cdx.VulnerabilityReference{ID: id, Source: source(id)})
		}
		v.References = &references
	}
	a := v.Analysis
	a.FirstIssued, a.LastUpdated = stamp(s.Timestamp), stamp(s.LastUpdated)
	switch s.Status {
	case NotAffected:
		a.State, a.Detail = cdx.IASNotAffected, s.Impact
		switch s.Justification {
		case ComponentNotPresent, CodeNotPresent:
			a.Justification = cdx.IAJCodeNotPresent
		case CodeNotInExecutePath:
			a.Justification = cdx.IAJCodeNotReachable
		case InlineMitigationsPresent:
			a.Justification = cdx.IAJProtectedByMitigatingControl
		}
		if s.Justification != "" {
			v.Properties = &[]cdx.Property{{Name: justificationProperty, Value: string(s.Justification)}}
		}
	case Fixed:
		a.State, a.Detail = cdx.IASResolved, s.Notes
	case Affected:
		a.State, a.Detail, v.Recommendation = cdx.IASExploitable, s.Notes, s.Action
	default:
		a.State, a.Detail = cdx.IASInTriage, s.Notes
	}
	var affects []cdx.Affects
	for _, p := range s.Products {
		for _, ref := range w.product(p) {
			affects = append(affects, cdx.Affects{Ref: ref})
		}
	}
	if len(affects) > 0 {
		v.Affects = &affects
	}
	return v
}

// product makes sure that p is a component, and returns the references of what it is about.
func (w *cdxWriter) product(p Product) []string {
	ref := p.label()
	at, ok := w.at[ref]
	if !ok {
		at = len(w.components)
		w.at[ref] = at
		kind := cdx.ComponentTypeLibrary
		if len(p.Subcomponents) > 0 {
			kind = cdx.ComponentTypeApplication
		}
		w.components = append(w.components, p.Component.cycloneDX(ref, kind))
	}
	if len(p.Subcomponents) == 0 {
		return []string{ref}
	}
	w.components[at].Type = cdx.ComponentTypeApplication
	var refs []string
	for _, sub := range p.Subcomponents {
		part := ref + "|" + sub.label()
		refs = append(refs, part)
		if w.known[part] {
			continue
		}
		w.known[part] = true
		if w.components[at].Components == nil {
			w.components[at].Components = &[]cdx.Component{}
		}
		*w.components[at].Components = append(*w.components[at].Components, sub.cycloneDX(part, cdx.ComponentTypeLibrary))
	}
	return refs
}

func (c Component) label() string { return cmp.Or(c.PURL, c.ID, c.Name, "unnamed") }

func (c Component) cycloneDX(ref string, kind cdx.ComponentType) cdx.Component {
	out := cdx.Component{BOMRef: ref, Type: kind, Name: c.label()}
	for _, text := range []string{c.PURL, c.ID} {
		if p, err := ParsePURL(text); err == nil {
			out.PackageURL, out.Group, out.Name, out.Version = text, p.namespace, p.name, p.version
			if p.subpath != "" {
				out.Name += "/" + p.subpath
			}
			break
		}
	}
	if len(c.CPEs) > 0 {
		out.CPE = c.CPEs[0]
	}
	return out
}

// source is who gave a vulnerability its name.
func source(id string) *cdx.Source {
	escaped := url.PathEscape(id)
	switch {
	case strings.HasPrefix(id, "CVE-"):
		return &cdx.Source{Name: "NVD", URL: "https://nvd.nist.gov/vuln/detail/" + escaped}
	case strings.HasPrefix(id, "GHSA-"):
		return &cdx.Source{Name: "GitHub", URL: "https://github.com/advisories/" + escaped}
	}
	return &cdx.Source{Name: "OSV", URL: "https://osv.dev/vulnerability/" + escaped}
}
