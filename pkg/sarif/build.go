package sarif

import (
	"cmp"

	model "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// report states l in go-sarif's model, which is what is checked and written. What is absent in l keeps the value that
// go-sarif gives it, the schema's default; strip takes those out again.
func (l Log) report() *model.Report {
	r := model.NewReport()
	r.Schema, r.Version = cmp.Or(l.Schema, Schema), l.Version
	for _, run := range l.Runs {
		r.AddRun(run.model())
	}
	return r
}

func (r Run) model() *model.Run {
	run := model.NewRun().WithTool(model.NewTool().WithDriver(r.Tool.Driver.model())).WithProperties(r.Properties.model()).
		WithVersionControlProvenance(each(r.Provenance, VersionControl.model)).WithInvocations(each(r.Invocations, Invocation.model)).
		WithResults(each(r.Results, Result.model))
	if r.AutomationDetails != nil {
		run.WithAutomationDetails(model.NewRunAutomationDetails())
		run.AutomationDetails.ID = optional(r.AutomationDetails.ID)
	}
	if len(r.OriginalURIBaseIDs) > 0 {
		run.WithOriginalUriBaseIds(map[string]model.ArtifactLocation{})
		for name, l := range r.OriginalURIBaseIDs {
			run.AddOriginalUriBaseId(name, *l.model())
		}
	}
	run.ColumnKind = optional(r.ColumnKind)
	return run
}

func (d Driver) model() *model.ToolComponent {
	c := model.NewToolComponent().WithName(d.Name).WithRules(each(d.Rules, Rule.model)).WithNotifications(each(d.Notifications, Rule.model))
	c.FullName, c.Organization = optional(d.FullName), optional(d.Organization)
	c.Version, c.SemanticVersion = optional(d.Version), optional(d.SemanticVersion)
	c.InformationURI = optional(d.InformationURI)
	return c
}

func (r Rule) model() *model.ReportingDescriptor {
	d := model.NewReportingDescriptor().WithID(r.ID).WithShortDescription(r.ShortDescription.model()).
		WithFullDescription(r.FullDescription.model()).WithHelp(r.Help.model()).WithProperties(r.Properties.model())
	d.Name, d.HelpURI = optional(r.Name), optional(r.HelpURI)
	if r.DefaultConfiguration != nil {
		d.WithDefaultConfiguration(model.NewReportingConfiguration().WithLevel(string(r.DefaultConfiguration.Level)))
	}
	return d
}

func (t *Text) model() *model.MultiformatMessageString {
	if t == nil {
		return nil
	}
	m := model.NewMultiformatMessageString().WithText(t.Text)
	m.Markdown = optional(t.Markdown)
	return m
}

func (v VersionControl) model() *model.VersionControlDetails {
	d := model.NewVersionControlDetails().WithRepositoryURI(v.RepositoryURI)
	d.RevisionID = optional(v.RevisionID)
	if v.MappedTo != nil {
		d.WithMappedTo(v.MappedTo.model())
	}
	return d
}

func (i Invocation) model() *model.Invocation {
	return model.NewInvocation().WithExecutionSuccessful(i.ExecutionSuccessful).
		WithToolExecutionNotifications(each(i.Notifications, Notification.model))
}

func (n Notification) model() *model.Notification {
	m := model.NewNotification().WithLevel(string(cmp.Or(n.Level, Warning))).WithMessage(n.Message.model()).
		WithLocations(each(n.Locations, Location.model))
	if n.Descriptor != nil {
		m.WithDescriptor(model.NewReportingDescriptorReference())
		m.Descriptor.ID = optional(n.Descriptor.ID)
	}
	return m
}

func (p Properties) model() *model.PropertyBag {
	if len(p) == 0 {
		return nil
	}
	bag := model.NewPropertyBag()
	for key, value := range p {
		bag.Add(key, value)
	}
	return bag
}

// each converts all elements; the result is never nil, which go-sarif would write as null.
func each[T, M any](all []T, convert func(T) M) []M {
	out := make([]M, 0, len(all))
	for _, v := range all {
		out = append(out, convert(v))
	}
	return out
}

// optional is nil for the zero value, which stands for absent.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
