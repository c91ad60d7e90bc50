package java

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// judge answers for one target.
func (c *investigation) judge(t program.Target) program.Verdict {
	n := t.Node
	if n.Scope == fettle.Test {
		return program.Verdict{Reach: program.NotImported, Known: true, Why: "the package is on the classpath of tests alone"}
	}
	if why, ok := c.missing[n.Key]; ok {
		if v, ok := c.guess(n); ok {
			return v
		}
		return program.Verdict{Why: fmt.Sprintf("%s; run %s first", why, c.fetch())}
	}
	var jars []*jar
	for _, j := range c.world.jars {
		if j.key == n.Key {
			jars = append(jars, j)
		}
	}
	if s := first(c.narrow, jars); s != nil {
		return c.within(t, jars, s)
	}
	if s := first(c.wide, jars); s != nil {
		return program.Verdict{Why: c.why(s), Chain: c.world.chain(s)}
	}
	if why, at := c.doubt(n, jars); why != "" {
		v := program.Verdict{Why: why}
		if at != nil {
			v.Chain = []fettle.Hop{{Location: *at}}
		}
		return v
	}
	v := program.Verdict{Reach: program.NotImported, Known: true, Why: "no class that production code leads to names a class of the package"}
	if s := first(c.tests, jars); s != nil {
		v.Why, v.Chain = "only tests use the package", c.world.chain(s)
	}
	return v
}

// first is the shortest way to one of jars.
func first(w *walk, jars []*jar) *step {
	var best *step
	length := 0
	for _, j := range jars {
		s := w.jars[j]
		n := 0
		for at := s; at != nil; at = at.via {
			n++
		}
		if s != nil && (best == nil || n < length) {
			best, length = s, n
		}
	}
	return best
}

// why says what makes the way to s uncertain: the last step of it that is more than a mention in code.
func (c *investigation) why(s *step) string {
	for ; s != nil; s = s.via {
		switch {
		case s.how == "":
		case s.hop != nil && s.hop.Location.Path != "":
			return fmt.Sprintf("%s may load %s: %s", s.hop.Location, s.class, s.how)
		case s.via != nil && s.holds != nil && !certain(s.how) && !strings.HasPrefix(s.how, "META-INF/services/"):
			return fmt.Sprintf("%s of %s names %s", s.how, s.holds.label, s.class)
		case s.via != nil && s.holds == nil:
			return fmt.Sprintf("%s may load %s, which it has in %s", s.via.class, s.class, s.how)
		case s.via == nil && s.holds != nil:
			return fmt.Sprintf("%s of %s offers %s to whoever asks", s.how, s.holds.label, s.class)
		}
	}
	return "it may be loaded by a name in a text"
}

// doubt says what may load a package that no class leads to; "" for nothing.
func (c *investigation) doubt(n fettle.Node, jars []*jar) (string, *fettle.Location) {
	for _, d := range c.own.doubts {
		if d.prefix == "" {
			return fmt.Sprintf("%s: %s", d.at, d.why), &d.at
		}
	}
	if !c.own.compiled {
		for _, i := range c.own.imports {
			if !i.test && !c.expected(i.class) {
				return fmt.Sprintf("%s: %s is in no source and no jar here", i.hop.Location, i.class), &i.hop.Location
			}
		}
	}
	if why := c.sourceless(); why != "" {
		return why, nil
	}
	if c.lost[n.Key] {
		for _, h := range n.Holders {
			if why, ok := c.missing[h.Holder]; ok {
				return fmt.Sprintf("%s may use it: %s; run %s first", c.nodes[h.Holder].Package, why, c.fetch()), nil
			}
		}
		return fmt.Sprintf("a package that needs it has no jar on this machine; run %s first", c.fetch()), nil
	}
	for _, j := range c.world.jars {
		if why, ok := c.world.broken[j]; ok {
			return fmt.Sprintf("%s cannot be read whole: %s", j.label, why), nil
		}
	}
	if slices.Contains(gadgets, n.Name) {
		if s := c.deserializes(); s != "" {
			return fmt.Sprintf("objects that %s deserializes may be of its classes, which are known to be misused so", s), nil
		}
	}
	return c.files(jars), nil
}

// deserializes names a class on the way that makes a reader of Java objects, or has input name the classes of others; "" for none.
func (c *investigation) deserializes() string {
	best := ""
	for name := range c.narrow.seen {
		if k := c.world.class(name); k != nil && (slices.Contains(k.calls, member{"java.io.ObjectInputStream", "<init>"}) || k.polymorphic() != "") && (best == "" || name < best) {
			best = name
		}
	}
	return best
}

// expected reports whether a class that nobody has is likely in one of the jars that are missing.
func (c *investigation) expected(class string) bool {
	for key := range c.missing {
		if c.belongs(class, c.nodes[key]) {
			return true
		}
	}
	return false
}

// guess answers for a package whose jar is not here: by the names that its classes are known to have.
func (c *investigation) guess(n fettle.Node) (program.Verdict, bool) {
	for _, i := range c.own.imports {
		if !i.test && c.belongs(i.class, n) {
			return program.Verdict{Reach: program.Referenced, Known: true, Why: "the package is imported, by the name of " + i.class, Chain: []fettle.Hop{i.hop}}, true
		}
	}
	return program.Verdict{}, false
}

// prefixes are the packages of artifacts whose group says something else, or has many.
var prefixes = map[string][]string{
	"commons-collections:commons-collections": {"org.apache.commons.collections"}, "org.apache.commons:commons-collections4": {"org.apache.commons.collections4"},
	"commons-io:commons-io": {"org.apache.commons.io"}, "commons-fileupload:commons-fileupload": {"org.apache.commons.fileupload"}, "commons-beanutils:commons-beanutils": {"org.apache.commons.beanutils"},
	"commons-lang:commons-lang": {"org.apache.commons.lang"}, "org.apache.commons:commons-lang3": {"org.apache.commons.lang3"}, "org.apache.commons:commons-text": {"org.apache.commons.text"},
	"org.apache.commons:commons-compress": {"org.apache.commons.compress"}, "org.apache.commons:commons-configuration2": {"org.apache.commons.configuration2"}, "commons-codec:commons-codec": {"org.apache.commons.codec"},
	"com.google.guava:guava": {"com.google.common"}, "com.google.code.gson:gson": {"com.google.gson"}, "com.google.protobuf:protobuf-java": {"com.google.protobuf"}, "log4j:log4j": {"org.apache.log4j"},
	"org.apache.logging.log4j:log4j-core": {"org.apache.logging.log4j.core"}, "com.h2database:h2": {"org.h2"}, "mysql:mysql-connector-java": {"com.mysql"}, "com.mysql:mysql-connector-j": {"com.mysql"},
	"org.yaml:snakeyaml": {"org.yaml.snakeyaml"}, "com.alibaba:fastjson": {"com.alibaba.fastjson"}, "com.thoughtworks.xstream:xstream": {"com.thoughtworks.xstream"}, "org.json:json": {"org.json"},
	"org.apache.struts:struts2-core": {"org.apache.struts2", "com.opensymphony.xwork2"}, "com.fasterxml.jackson.core:jackson-databind": {"com.fasterxml.jackson.databind"},
	"com.fasterxml.jackson.core:jackson-core": {"com.fasterxml.jackson.core"}, "org.apache.httpcomponents:httpclient": {"org.apache.http.client", "org.apache.http.impl.client"},
	"org.springframework:spring-web": {"org.springframework.web", "org.springframework.http"}, "org.springframework:spring-webmvc": {"org.springframework.web.servlet"},
	"org.springframework:spring-core": {"org.springframework.core", "org.springframework.util"}, "org.springframework:spring-context": {"org.springframework.context", "org.springframework.stereotype"},
	"org.springframework:spring-beans": {"org.springframework.beans"}, "org.springframework:spring-expression": {"org.springframework.expression"}, "org.springframework.boot:spring-boot": {"org.springframework.boot"},
	"org.apache.tomcat.embed:tomcat-embed-core": {"org.apache.catalina", "org.apache.coyote"}, "org.postgresql:postgresql": {"org.postgresql"}, "org.bouncycastle:bcprov-jdk15on": {"org.bouncycastle"},
	"org.jsoup:jsoup": {"org.jsoup"}, "org.dom4j:dom4j": {"org.dom4j"}, "dom4j:dom4j": {"org.dom4j"}, "org.jdom:jdom2": {"org.jdom2"}, "com.squareup.okhttp3:okhttp": {"okhttp3"}, "io.netty:netty-all": {"io.netty"},
}

// belongs reports whether a class is likely one of the package n.
func (c *investigation) belongs(class string, n fettle.Node) bool {
	under := func(prefix string) bool { return class == prefix || strings.HasPrefix(class, prefix+".") }
	if list, ok := prefixes[n.Name]; ok {
		return slices.ContainsFunc(list, under)
	}
	group, artifact, _ := strings.Cut(n.Name, ":")
	if !strings.Contains(group, ".") {
		return false
	}
	alone := true
	for _, other := range c.nodes {
		alone = alone && (other.Name == n.Name || !strings.HasPrefix(other.Name, group+":"))
	}
	if alone {
		return under(group)
	}
	return under(group+"."+strings.ReplaceAll(artifact, "-", ".")) || under(group+"."+artifact[strings.LastIndex(artifact, "-")+1:])
}
