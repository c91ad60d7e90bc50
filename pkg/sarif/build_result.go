package sarif

import model "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

func (r Result) model() *model.Result {
	res := model.NewResult().WithKind(r.Kind).WithLevel(string(r.Level)).WithMessage(r.Message.model()).
		WithLocations(each(r.Locations, Location.model)).WithRelatedLocations(each(r.RelatedLocations, Location.model)).
		WithPartialFingerprints(r.PartialFingerprints). // adding one by one panics on the nil map
		WithSuppressions(each(r.Suppressions, Suppression.model)).WithFixes(each(r.Fixes, Fix.model)).WithProperties(r.Properties.model())
	res.RuleID, res.BaselineState = optional(r.RuleID), optional(r.BaselineState)
	if r.RuleIndex != nil {
		res.WithRuleIndex(*r.RuleIndex)
	}
	if r.Rank != nil {
		res.WithRank(*r.Rank)
	}
	return res
}

func (m Message) model() *model.Message {
	out := model.NewMessage()
	out.Text, out.Markdown, out.ID = optional(m.Text), optional(m.Markdown), optional(m.ID)
	return out
}

func (l Location) model() *model.Location {
	out := model.NewLocation()
	if l.ID != nil {
		out.WithID(*l.ID)
	}
	if p := l.PhysicalLocation; p != nil {
		out.WithPhysicalLocation(model.NewPhysicalLocation().WithArtifactLocation(p.ArtifactLocation.model()))
		if p.Region != nil {
			out.PhysicalLocation.WithRegion(p.Region.model())
		}
	}
	if l.Message != nil {
		out.WithMessage(l.Message.model())
	}
	return out
}

func (l ArtifactLocation) model() *model.ArtifactLocation {
	out := model.NewArtifactLocation()
	out.URI, out.URIBaseID = optional(l.URI), optional(l.URIBaseID)
	if l.Description != nil {
		out.WithDescription(l.Description.model())
	}
	return out
}

func (r Region) model() *model.Region {
	out := model.NewRegion()
	out.StartLine, out.StartColumn = optional(r.StartLine), optional(r.StartColumn)
	out.EndLine, out.EndColumn = optional(r.EndLine), optional(r.EndColumn)
	return out
}

func (s Suppression) model() *model.Suppression {
	out := model.NewSuppression().WithKind(s.Kind)
	out.Status, out.Justification = optional(s.Status), optional(s.Justification)
	return out
}

func (f Fix) model() *model.Fix {
	out := model.NewFix().WithArtifactChanges(each(f.ArtifactChanges, ArtifactChange.model)).WithProperties(f.Properties.model())
	if f.Description != nil {
		out.WithDescription(f.Description.model())
	}
	return out
}

func (c ArtifactChange) model() *model.ArtifactChange {
	return model.NewArtifactChange().WithArtifactLocation(c.ArtifactLocation.model()).WithReplacements(each(c.Replacements, Replacement.model))
}

func (r Replacement) model() *model.Replacement {
	out := model.NewReplacement().WithDeletedRegion(r.DeletedRegion.model())
	if r.InsertedContent != nil {
		out.WithInsertedContent(model.NewArtifactContent().WithText(r.InsertedContent.Text))
	}
	return out
}
