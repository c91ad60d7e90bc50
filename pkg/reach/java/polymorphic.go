package java

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// typed says what makes objects of classes that its input names, by the class and method in full, or by the method alone where
// nobody knows on what it is called. Readers of YAML are not among them, see unsafeYAML.
var typed = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`\.(?:enableDefaultTyping|activateDefaultTyping|enableDefaultTypingAsProperty|activateDefaultTypingAsProperty|setDefaultTyping)$`), "Jackson's default typing"},
	{regexp.MustCompile(`(?:^|[.$])Id\.(?:MINIMAL_)?CLASS$`), "Jackson's type ids, which are names of classes here,"},
	{regexp.MustCompile(`\.fromXML$|^com\.thoughtworks\.xstream\..*\.(?:unmarshal|createObjectInputStream)$`), "XStream"},
	{regexp.MustCompile(`^com\.alibaba\.fastjson\..*\.parse\w*$|^JSON(?:Object|Array)?\.parse(?:Object|Array)?$|\.setAutoTypeSupport$|(?:^|\.)SupportAutoType$`), "Fastjson"},
	{regexp.MustCompile(`^com\.(?:alibaba\.com\.)?caucho\.(?:hessian|burlap)\.`), "Hessian"},
}

// polymorph says what reads a class name out of its input, where a member of this full name does; "" for nothing.
func polymorph(name string) string {
	for _, t := range typed {
		if t.pattern.MatchString(name) {
			return t.what
		}
	}
	return ""
}

func polymorphic(what string) string {
	return what + " makes objects of any class that the input names"
}

// polymorphs notes where a source file has objects made of classes that the input names.
func (o *own) polymorphs(s program.Source) {
	told := map[string]bool{}
	tell := func(what string, line int) {
		if what != "" && !told[what] {
			told[what] = true
			o.doubts = append(o.doubts, doubt{polymorphic(what), fettle.Location{Path: s.Path, Line: line}, ""})
		}
	}
	for _, i := range s.Imports {
		for _, n := range i.Names {
			if n.Name == "*" {
				tell(polymorph(i.Target+".x"), i.Line)
			}
			if n.Name == "*" && strings.HasSuffix(i.Target, "JsonTypeInfo.Id") { // static: CLASS alone is no use
				n.Name = "CLASS"
			}
			tell(polymorph(i.Target+"."+n.Name), i.Line)
		}
		tell(polymorph(i.Target), i.Line)
	}
	for _, u := range s.Uses {
		name := strings.Trim(u.Module+"."+u.Path, ".")
		if u.Module == "" && strings.HasPrefix(u.Path, ".") {
			name = u.Path
		}
		tell(polymorph(name), u.Line)
	}
	if line := o.unsafeYAML(s); line > 0 {
		tell("SnakeYAML, without a SafeConstructor,", line)
	}
}

var yaml = regexp.MustCompile(`(?:^|\.)Yaml\.(<init>|load\w*)$`)

// unsafeYAML is the line at which SnakeYAML is used with the constructor that makes any class; 0 where it is not.
func (o *own) unsafeYAML(s program.Source) int {
	const library = "org.yaml.snakeyaml"
	imported := slices.ContainsFunc(s.Imports, func(i syntax.Import) bool { return strings.HasPrefix(i.Target, library) })
	safe, tagged := map[string]bool{}, false // the definitions that name what refuses classes
	for _, u := range s.Uses {
		if strings.HasSuffix(u.Module+"."+u.Path, "SafeConstructor") || strings.HasSuffix(u.Module+"."+u.Path, "SafeConstructor.<init>") {
			safe[u.In] = true
		}
		tagged = tagged || strings.Contains(u.Path, "TagInspector") || strings.HasSuffix(u.Module, "TagInspector")
	}
	if o.refusesTags() && !tagged {
		return 0
	}
	for _, u := range s.Uses {
		name := u.Module + "." + u.Path
		m := yaml.FindStringSubmatch(name)
		if m == nil || !strings.HasPrefix(name, library) && (u.Module != "" || !imported && !strings.Contains(u.Path, library)) {
			continue
		}
		if m[1] == "<init>" && !safe[u.In] || m[1] != "<init>" && len(safe) == 0 {
			return u.Line
		}
	}
	return 0
}

// refusesTags reports whether SnakeYAML is of version 2 or later, which makes no class unless it is told to.
func (o *own) refusesTags() bool {
	holders := o.world.holders["org.yaml.snakeyaml.Yaml"]
	return len(holders) > 0 && !slices.ContainsFunc(holders, func(j *jar) bool {
		_, version, _ := strings.Cut(j.label, "@")
		major, _, _ := strings.Cut(version, ".")
		return len(major) == 0 || major == "0" || major == "1" || strings.Trim(major, "0123456789") != ""
	})
}

// polymorphic says what of a compiled class makes objects of classes that the input names; "" for nothing.
func (c *class) polymorphic() string {
	for _, m := range c.calls {
		parts := strings.SplitN(m.class, ".", 4)
		if len(parts) == 4 && strings.HasPrefix(c.name, strings.Join(parts[:3], ".")+".") {
			continue // the library itself
		}
		if what := polymorph(m.class + "." + m.name); what != "" {
			return what
		}
	}
	return ""
}

// compiledPolymorphs is polymorphs for a compiled class of the program's own.
func (o *own) compiledPolymorphs(c *class, file string) {
	what := c.polymorphic()
	if what == "" && c.classIDs {
		what = "Jackson's type ids, which are names of classes here,"
	}
	const yaml = "org.yaml.snakeyaml.Yaml"
	if what == "" && !o.refusesTags() && slices.Contains(c.calls, member{yaml, "<init>"}) && !slices.Contains(c.refs, "org.yaml.snakeyaml.constructor.SafeConstructor") {
		what = "SnakeYAML, without a SafeConstructor,"
	}
	if what != "" {
		o.doubts = append(o.doubts, doubt{polymorphic(what), fettle.Location{Path: file}, ""})
	}
}
