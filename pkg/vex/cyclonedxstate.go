package vex

import (
	"fmt"
	"strings"
)

// states makes statements of the vulnerabilities that say how they are judged.
func (d *cdxDocument) states() {
	unjudged := 0
	for _, v := range d.vulnerabilities {
		if v.Analysis == nil || v.Analysis.State == "" {
			unjudged++
			continue
		}
		d.state(v)
	}
	if unjudged > 0 {
		d.p.note(d.vulnerabilities[0].line, "%d vulnerabilities have no analysis, so nothing is stated about them", unjudged)
	}
}

func (d *cdxDocument) state(v cdxVulnerability) {
	p, a := d.p, v.Analysis
	names := []string{v.ID}
	for _, reference := range v.References {
		names = append(names, reference.ID)
	}
	s := Statement{IDs: p.ids(v.line, names...), Status: stateStatus(a.State), Timestamp: p.time(v.line, a.FirstIssued),
		LastUpdated: p.time(v.line, a.LastUpdated), Line: v.line}
	if s.Timestamp.IsZero() {
		s.Timestamp = p.time(v.line, v.Created)
	}
	switch s.Status {
	case "":
		s.Status = Status(a.State) // which is refused by name
	case NotAffected:
		s.Justification, s.Impact = a.why()
		for _, property := range v.Properties {
			if j := Justification(property.Value); property.Name == justificationProperty && j.Valid() {
				s.Justification = j
			}
		}
	case Affected:
		s.Action, s.Notes = text(v.Recommendation), text(a.Detail)
		if s.Action == "" {
			s.Action = text(strings.Join(append(a.Response, v.Workaround), " "))
		}
	default:
		s.Notes = text(a.Detail)
	}
	for _, target := range v.Affects {
		product, ok := d.product(target.Ref)
		if !ok {
			p.note(v.line, "the statement on %.100q affects %.100q, which is neither a component of the document nor a package URL; it is passed over", v.ID, target.Ref)
			continue
		}
		if len(target.Versions) == 0 {
			s.Products = append(s.Products, product)
		}
		for _, version := range target.Versions {
			if product, ok := d.version(v, s.Status, product, version); ok {
				s.Products = append(s.Products, product)
			}
		}
		if len(s.Products) > maxProducts {
			break
		}
	}
	p.add(s)
}

// version narrows a product to one version of an affects entry. Its own status must not contradict that of the analysis.
func (d *cdxDocument) version(v cdxVulnerability, status Status, product Product, version cdxVersion) (Product, bool) {
	switch {
	case version.Range != "" || version.Version == "":
		d.p.note(v.line, "the statement on %.100q has a range of versions, %.100q, which is not read; name the versions", v.ID, version.Range)
		return product, false
	case version.Status == "affected" && status.Silences(), version.Status == "unaffected" && !status.Silences(), version.Status == "unknown" && status != UnderInvestigation:
		d.p.note(v.line, "the statement on %.100q calls version %.100q %s, and the analysis %s; it is not used for that version", v.ID, version.Version, version.Status, v.Analysis.State)
		return product, false
	}
	narrow := func(c Component) (Component, bool) {
		for _, text := range []*string{&c.PURL, &c.ID} {
			if purl, err := ParsePURL(*text); err == nil {
				*text = purl.At(version.Version).String()
				return c, true
			}
		}
		return c, false
	}
	ok := false
	if len(product.Subcomponents) > 0 {
		var c Component
		c, ok = narrow(product.Subcomponents[0])
		product.Subcomponents = []Component{c}
	} else {
		product.Component, ok = narrow(product.Component)
	}
	if !ok {
		d.p.note(v.line, "the statement on %.100q is about version %.100q of something that has no package URL; it is not used", v.ID, version.Version)
	}
	return product, ok
}

// stateStatus is the status of OpenVEX that a state of CycloneDX means; "" for none.
func stateStatus(state string) Status {
	switch state {
	case "not_affected", "false_positive":
		return NotAffected
	case "resolved", "resolved_with_pedigree":
		return Fixed
	case "exploitable":
		return Affected
	case "in_triage":
		return UnderInvestigation
	}
	return ""
}

// why gives the justification in the words of OpenVEX; where these have none for it, in words for people.
func (a cdxAnalysis) why() (Justification, string) {
	impact := text(a.Detail)
	justification := map[string]Justification{
		"code_not_present":                CodeNotPresent,
		"code_not_reachable":              CodeNotInExecutePath,
		"protected_by_compiler":           InlineMitigationsPresent,
		"protected_at_runtime":            InlineMitigationsPresent,
		"protected_by_mitigating_control": InlineMitigationsPresent,
	}[a.Justification]
	words := a.Justification
	if a.State == "false_positive" && justification == "" {
		words = strings.TrimPrefix(words+" false_positive", " ")
	}
	if justification != "" || words == "" {
		return justification, impact
	}
	if impact == "" {
		return "", text(words)
	}
	return "", fmt.Sprintf("%s: %s", clip(words, 100), impact)
}
