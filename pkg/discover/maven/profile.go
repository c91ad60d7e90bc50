package maven

import (
	"path"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// What profiles are activated for, whatever machine a scan runs on: the same tree gives the same answer.
const (
	assumedJDK = "17"
	assumedOS  = "linux"
)

// profile is a part of a POM that holds under conditions.
type profile struct {
	id         string
	activation activation
	body       section
	at         place
}

// activation is a list of conditions, of which all must hold.
type activation struct {
	byDefault               bool
	jdk                     string
	osName, osFamily, osCPU string
	property, value         string
	exists, missing         string
}

func (r *pomReader) activation(e *document.Element) activation {
	system, prop, file := e.Child("os"), e.Child("property"), e.Child("file")
	return activation{byDefault: e.Content("activeByDefault") == "true", jdk: e.Content("jdk"),
		osName: system.Content("name"), osFamily: system.Content("family"), osCPU: system.Content("arch"),
		property: prop.Content("name"), value: prop.Content("value"), exists: file.Content("exists"), missing: file.Content("missing")}
}

// byMachine reports whether a condition depends on the machine that builds.
func (a activation) byMachine() bool { return a.jdk != "" || a.osName+a.osFamily+a.osCPU != "" }

// conditional reports whether there is a condition at all.
func (a activation) conditional() bool {
	return a.byMachine() || a.property != "" || a.exists+a.missing != ""
}

// profiles returns the active profiles of p, in order: those whose conditions hold or that .mvn/maven.config asks for, else
// those that are active by default.
func (w *workspace) profiles(p *pom, config mavenConfig) []profile {
	var active, byDefault []profile
	for _, pr := range p.profiles {
		switch {
		case p.file != "" && config.off[pr.id]:
		case p.file != "" && config.on[pr.id], pr.activation.conditional() && w.holds(pr.activation, p, config):
			active = append(active, pr)
		case pr.activation.byDefault:
			byDefault = append(byDefault, pr)
		}
	}
	if len(active) == 0 {
		return byDefault
	}
	return active
}

func (w *workspace) holds(a activation, p *pom, config mavenConfig) bool {
	if a.jdk != "" && !jdkMatches(a.jdk) {
		return false
	}
	if !osMatches(a.osName, assumedOS) || !osMatches(a.osFamily, "unix", assumedOS) || !osMatches(a.osCPU, "amd64") {
		return false
	}
	if a.property != "" {
		name, not := strings.CutPrefix(a.property, "!")
		value, set := config.properties[name]
		switch want, notValue := strings.CutPrefix(a.value, "!"); {
		case a.value == "" && (set && value != "") == not:
			return false
		case a.value != "" && (value == want) == notValue:
			return false
		}
	}
	return (a.exists == "" || w.fileIs(a.exists, p, true)) && (a.missing == "" || w.fileIs(a.missing, p, false))
}

// fileIs reports whether a file exists, or is missing, for a condition of p. A POM of a repository has no folder: a file
// beside it never exists.
func (w *workspace) fileIs(name string, p *pom, exists bool) bool {
	base := strings.NewReplacer("${basedir}", "", "${project.basedir}", "").Replace(name)
	switch {
	case p.file == "":
		return !exists && base == name
	case strings.Contains(base, "${"):
		return false
	case base == name && strings.HasPrefix(name, "/"): // of the machine
		return !exists
	}
	file := path.Join(project.Parent(p.file), strings.TrimPrefix(base, "/"))
	return (w.files.Is(file) || len(w.files.List(file)) > 0) == exists
}

func osMatches(want string, is ...string) bool {
	want, not := strings.CutPrefix(strings.ToLower(want), "!")
	return want == "" || slices.Contains(is, want) != not
}

// jdkMatches compares with assumedJDK: a range, or the beginning of a version.
func jdkMatches(want string) bool {
	if strings.HasPrefix(want, "[") || strings.HasPrefix(want, "(") {
		c, err := semver.Maven.ParseConstraint(want)
		return err == nil && c.Match(assumedJDK)
	}
	want, not := strings.CutPrefix(want, "!")
	return strings.HasPrefix(assumedJDK+".0", want) != not
}
