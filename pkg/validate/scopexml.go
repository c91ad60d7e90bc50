package validate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// version is what a version or a range of one looks like, so that true is none.
var version = regexp.MustCompile(`^[\[(<>=~^ ]*v?\d[\w.+*,\[\]() -]*$`)

// versionLike reports whether text may stand where a version does.
func versionLike(text string) bool {
	return version.MatchString(strings.TrimSpace(text)) && !strings.Contains(text, "  ")
}

// ofVersion reports whether the name of a property says that it holds the version of a package, not of the platform.
func ofVersion(name string) bool {
	name = strings.ToLower(name)
	for _, platform := range []string{"java", "jdk", "maven.compiler", "kotlin.compiler", "jvm", "plugin", "target", "source", "gradle", "project"} {
		if strings.HasPrefix(name, platform) || strings.Contains(name, "plugin") {
			return false
		}
	}
	return strings.Contains(name, "version") || strings.HasSuffix(name, ".ver")
}

// outline writes an element in one line without the parts that skip names, by their path of element names.
func outline(e *document.Element, at string, skip func(at string, e *document.Element) bool) string {
	if e == nil {
		return ""
	}
	at = strings.TrimPrefix(at+"/"+e.Name, "/")
	if skip(at, e) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<%s", e.Name)
	for _, name := range slices.Sorted(maps.Keys(e.Attrs)) {
		fmt.Fprintf(&b, " %s=%q", name, e.Attrs[name])
	}
	fmt.Fprintf(&b, ">%q", e.Text)
	for _, c := range e.Children {
		b.WriteString(outline(c, at, skip))
	}
	fmt.Fprintf(&b, "</%s>", e.Name)
	return b.String()
}

func bothXML(old, new string) (a, b *document.Element, why string) {
	a, err := document.ParseXML([]byte(old))
	if err != nil {
		return nil, nil, "it did not parse before: " + err.Error()
	}
	if b, err = document.ParseXML([]byte(new)); err != nil {
		return nil, nil, "it does not parse: " + err.Error()
	}
	return a, b, ""
}

// beyondPOM allows dependencies, managed ones, the parent's version, and properties that hold versions of dependencies.
func beyondPOM(old, new string) string {
	a, b, why := bothXML(old, new)
	if why != "" {
		return why
	}
	declares := func(at string, _ *document.Element) bool {
		at = strings.Replace(at, "project/profiles/profile", "project", 1)
		switch at {
		case "project/dependencies", "project/dependencyManagement", "project/parent/version", "project/properties":
			return true
		}
		return false
	}
	if outline(a, "", declares) != outline(b, "", declares) {
		return "something else than dependencies, their versions and properties"
	}
	before, after := scopesOfPOM(a), scopesOfPOM(b)
	if len(before) != len(after) {
		return "profiles"
	}
	tied := outline(b, "", func(at string, _ *document.Element) bool { return declares(at, nil) })
	for i := range before {
		if why := beyondDependencies(before[i], after[i]); why != "" {
			return why
		}
		if why := beyondMavenProperties(before[i].Child("properties"), after[i].Child("properties"), tied); why != "" {
			return why
		}
	}
	if was, now := a.Child("parent").Content("version"), b.Child("parent").Content("version"); was != now && !versionLike(now) {
		return "the parent's version becomes " + now
	}
	return ""
}

// scopesOfPOM returns the project and its profiles.
func scopesOfPOM(root *document.Element) []*document.Element {
	return append([]*document.Element{root}, root.Child("profiles").All("profile")...)
}

func beyondDependencies(a, b *document.Element) string {
	for _, path := range [][]string{{"dependencies"}, {"dependencyManagement", "dependencies"}} {
		was := map[string]*document.Element{}
		for _, d := range a.Child(path...).All("dependency") {
			was[mavenKey(d)] = d
		}
		for _, d := range b.Child(path...).All("dependency") {
			old := was[mavenKey(d)]
			if d.Child("systemPath") != nil || d.Content("scope") == "system" {
				if old == nil || flatXML(old) != flatXML(d) {
					return mavenKey(d) + " comes from a file"
				}
			}
			if old == nil {
				continue
			}
			noVersion := func(at string, e *document.Element) bool { return at == "dependency/version" }
			if outline(old, "", noVersion) != outline(d, "", noVersion) {
				return mavenKey(d) + " changes in more than its version"
			}
		}
		for _, e := range []*document.Element{b.Child(path[0])} {
			if e != nil && len(path) == 2 && len(e.Children) > 1 {
				return "dependencyManagement holds more than dependencies"
			}
		}
	}
	return ""
}

func mavenKey(d *document.Element) string {
	return strings.Join([]string{d.Content("groupId"), d.Content("artifactId"), d.Content("type"), d.Content("classifier")}, ":")
}

func flatXML(e *document.Element) string {
	return outline(e, "", func(string, *document.Element) bool { return false })
}

// beyondMavenProperties allows properties to change that hold versions and that nothing but dependencies refers to.
func beyondMavenProperties(a, b *document.Element, tied string) string {
	was, now := map[string]string{}, map[string]string{}
	for _, p := range children(a) {
		was[p.Name] = p.Text
	}
	for _, p := range children(b) {
		now[p.Name] = p.Text
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, there := now[name]; !there {
			return "the property " + name + " goes"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		old, there := was[name]
		switch {
		case there && old == now[name]:
		case strings.Contains(tied, "${"+name+"}"):
			return "the property " + name + ", which more than dependencies refers to"
		case !versionLike(now[name]) || there && !versionLike(old) || !ofVersion(name) && !there || platformProperty(name):
			return "the property " + name + ", which is not known to be a version of a package"
		}
	}
	return ""
}

// platformProperty reports whether Maven or its plugins read the property themselves.
func platformProperty(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"java.", "jdk.", "maven.", "project.", "surefire.", "failsafe.", "jacoco.", "checkstyle.", "spotbugs.", "enforcer.", "pmd.", "skip"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// beyondMSBuild allows references to packages, their versions, and properties that hold versions.
func beyondMSBuild(old, new string) string {
	a, b, why := bothXML(old, new)
	if why != "" {
		return why
	}
	declares := func(at string, e *document.Element) bool {
		switch e.Name {
		case "PackageReference", "PackageVersion", "GlobalPackageReference", "package", "CentralPackageTransitivePinningEnabled", "RestoreLockedMode":
			return true
		case "ItemGroup", "PropertyGroup":
			return len(e.Attrs) == 0 && onlyOf(e, "PackageReference", "PackageVersion", "CentralPackageTransitivePinningEnabled")
		}
		return strings.HasPrefix(at, "Project/PropertyGroup/") && ofVersion(e.Name) && !isOwnVersion(e.Name) && versionLike(e.Text)
	}
	if outline(a, "", declares) != outline(b, "", declares) {
		return "something else than references to packages and their versions"
	}
	was := packageReferences(a)
	for key, e := range packageReferences(b) {
		for _, v := range []string{e.Attr("Version"), e.Attr("VersionOverride"), e.Attr("version"), e.Content("Version")} {
			if v != "" && !versionLike(v) && !strings.HasPrefix(v, "$(") {
				return key + " asks for " + v
			}
		}
		plain := func(at string, e *document.Element) bool { return e.Name == "Version" || e.Name == "VersionOverride" }
		if old := was[key]; old != nil && unversioned(outline(old, "", plain)) != unversioned(outline(e, "", plain)) {
			return key + " changes in more than its version"
		}
	}
	return ""
}

var versionAttribute = regexp.MustCompile(` (?:Version|VersionOverride|version)="[^"]*"`)

func unversioned(text string) string { return versionAttribute.ReplaceAllString(text, "") }

func onlyOf(e *document.Element, names ...string) bool {
	return !slices.ContainsFunc(e.Children, func(c *document.Element) bool { return !slices.Contains(names, c.Name) })
}

// isOwnVersion reports whether a property of MSBuild is the project's own version or the platform's.
func isOwnVersion(name string) bool {
	switch strings.ToLower(name) {
	case "version", "versionprefix", "versionsuffix", "packageversion", "assemblyversion", "fileversion", "informationalversion", "langversion",
		"targetframeworkversion", "runtimeframeworkversion", "minclientversion", "toolsversion":
		return true
	}
	return false
}

// packageReferences are those of a project by kind and name.
func packageReferences(root *document.Element) map[string]*document.Element {
	all := map[string]*document.Element{}
	var visit func(e *document.Element)
	visit = func(e *document.Element) {
		for _, c := range e.Children {
			switch c.Name {
			case "PackageReference", "PackageVersion", "GlobalPackageReference", "package":
				name := c.Attr("Include") + c.Attr("Update") + c.Attr("id")
				all[c.Name+" "+name+" "+c.Attr("Condition")] = c
			default:
				visit(c)
			}
		}
	}
	visit(root)
	return all
}

func children(e *document.Element) []*document.Element {
	if e == nil {
		return nil
	}
	return e.Children
}
