package java

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var warPlugin = regexp.MustCompile(`<packaging>\s*war\s*</packaging>|\bid\b.*\bwar\b|plugin:\s*['"]war['"]`)

// web reports whether the program is one for a container of servlets, which looks into its jars by itself.
func (c *investigation) web() bool {
	for _, dir := range []string{"src/main/webapp", "WebContent", "web/WEB-INF", "WEB-INF"} {
		if len(c.program.Files.List(path.Join(c.program.Project.Dir, dir))) > 0 {
			return true
		}
	}
	data, err := c.program.Files.Read(c.program.Project.Manifest)
	return err == nil && warPlugin.Match(data)
}

var servlets = regexp.MustCompile(`Servlet|Filter|Listener|Endpoint`)

// contained follows what a container of servlets loads out of the jars of a web application: annotated classes, and what
// fragments and tag libraries name.
func (c *investigation) contained() {
	for _, j := range c.world.jars {
		var names []string
		for name := range j.classes {
			if servlets.MatchString(name[strings.LastIndex(name, ".")+1:]) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			k := c.world.class(name)
			if k != nil && slices.ContainsFunc(k.refs, func(r string) bool {
				return strings.Contains(r, ".servlet.annotation.Web") || strings.HasSuffix(r, ".websocket.server.ServerEndpoint")
			}) {
				c.wide.meet(&step{class: name, how: "its annotation", holds: j})
			}
		}
		for _, f := range j.others {
			if f.Name == "META-INF/web-fragment.xml" || strings.HasPrefix(f.Name, "META-INF/") && strings.HasSuffix(f.Name, ".tld") {
				c.wide.names(&step{class: f.Name}, resource{f, j}, true)
			}
		}
	}
}

// sourceless says that the program's own code is nowhere to be seen; "" where some is.
func (c *investigation) sourceless() string {
	if len(c.own.classes) > 0 {
		for _, s := range c.program.Sources {
			if !s.Test && len(s.Defines) > 0 {
				return ""
			}
		}
		if c.own.elsewhere {
			return ""
		}
	}
	return "no Java source of the program itself is here, so that what starts it is not known"
}

// agent reports whether a jar is one that a Java machine is told to load when it starts.
func (c *investigation) agent(jars []*jar) bool {
	for _, j := range jars {
		for _, f := range j.others {
			if f.Name != "META-INF/MANIFEST.MF" {
				continue
			}
			data, err := c.world.budget.unpack(f, maxResource)
			if err != nil || strings.Contains(string(data), "Premain-Class:") || strings.Contains(string(data), "Agent-Class:") {
				return true
			}
		}
	}
	return false
}

// files says what a jar holds that is used without its classes; "" for nothing.
func (c *investigation) files(jars []*jar) string {
	classes := 0
	for _, j := range jars {
		classes += len(j.classes)
		for _, f := range j.others {
			if strings.HasPrefix(f.Name, "META-INF/resources/") {
				return "it holds files that web servers serve, whoever names its classes"
			}
		}
	}
	switch {
	case classes == 0:
		return "it holds no classes; whether its files are used cannot be told"
	case c.agent(jars):
		return "it is an agent, which the Java machine loads where it is told so when it starts"
	}
	return ""
}
