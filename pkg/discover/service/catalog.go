package service

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// tellCatalog reads a Backstage entity. A component is the folder that its file lies in, or one of its name where the file
// holds several.
func (f *finder) tellCatalog(file string, v *document.Value) {
	const source = "backstage"
	kind := v.Get("kind").Str()
	if kind != "Component" {
		return
	}
	name := v.Get("metadata", "name")
	at := f.home(file)
	if of := f.named(name.Str()); of.sure && (len(at.dirs) == 0 || within(of.dirs[0], at.dirs[0])) {
		at = of
	}
	spec := v.Get("spec")
	tell := func(signal fettle.Signal, key, text string) {
		if field := spec.Field(key); field != nil && text != "" {
			f.say(at, claim{signal: signal, text: text, source: source, file: file, line: field.Line,
				why: "component " + name.Str() + " has " + key + " " + field.Value.Str()})
		}
	}
	tell(fettle.Lifecycle, "lifecycle", lifecycle(strings.ToLower(spec.Get("lifecycle").Str())))
	if owner := spec.Get("owner").Str(); plain(owner) {
		tell(fettle.Owner, "owner", owner)
	}
	switch spec.Get("type").Str() {
	case "service", "website":
		f.serves(at, source, file, spec.Get("type").Line, "component %s is of type %s", name.Str(), spec.Get("type").Str())
	case "library":
		f.say(at, claim{signal: fettle.Role, text: "library", strength: fettle.Hinted, source: source, file: file, line: spec.Get("type").Line,
			why: "component " + name.Str() + " is of type library"})
	}
	labels := slices.Concat(labelsOf(v.Get("metadata", "labels")), labelsOf(v.Get("metadata", "annotations")))
	for _, tag := range v.Get("metadata", "tags").List() {
		text := strings.ToLower(tag.Str())
		if flagKeys[text] != "" {
			labels = append(labels, label{text, "true", tag.Line})
		} else if strings.HasPrefix(text, "tier") || strings.HasSuffix(text, "-critical") {
			labels = append(labels, label{"criticality", text, tag.Line})
		}
	}
	f.tellLabels(at, labels, source, file)
}

// tellInsights reads OpenSSF Security Insights: whether the project lives.
func (f *finder) tellInsights(file string, v *document.Value) {
	at := f.home(file)
	for _, keys := range [][]string{{"header", "project-lifecycle", "status"}, {"project-lifecycle", "status"}, {"repository", "status"}} {
		status := v.Get(keys...)
		text := ""
		switch strings.ToLower(status.Str()) {
		case "concept", "wip":
			text = "experimental"
		case "abandoned", "inactive", "suspended", "unsupported", "moved":
			text = "deprecated"
		default:
			continue
		}
		f.say(at, claim{signal: fettle.Lifecycle, text: text, source: "security-insights", file: file, line: status.Line, why: "the status is " + status.Str()})
	}
}

// tellSettings reads the custom properties and topics that a repository's settings file sets on the forge.
func (f *finder) tellSettings(file string, v *document.Value) {
	var labels []label
	for _, p := range v.Get("custom_properties").List() {
		name, value := p.Get("property_name").Str(), p.Get("value").Str()
		if name == "" {
			name = p.Get("name").Str()
		}
		if name != "" && value != "" {
			labels = append(labels, label{name, value, p.Line})
		}
	}
	topics := v.Get("repository", "topics")
	for topic := range strings.SplitSeq(topics.Str(), ",") {
		if topic = strings.TrimSpace(topic); flagKeys[topic] != "" {
			labels = append(labels, label{topic, "true", topics.Line})
		}
	}
	f.tellLabels(place{[]string{""}, true}, labels, "forge", file)
}
