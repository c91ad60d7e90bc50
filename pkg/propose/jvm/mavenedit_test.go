package jvm

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestEntriesKeepTheStyleOfTheFile(t *testing.T) {
	entry := maven.Standing{Key: "g:a"}
	for _, test := range []struct {
		name, before, after string
		s                   maven.Standing
	}{
		{"tabs", "<project>\n\t<name>n</name>\n\n\t<build/>\n</project>\n",
			"<project>\n\t<name>n</name>\n\n\t<dependencyManagement>\n\t\t<dependencies>\n\t\t\t<dependency>\n\t\t\t\t<groupId>g</groupId>\n\t\t\t\t<artifactId>a</artifactId>\n\t\t\t\t<version>2</version>\n\t\t\t</dependency>\n\t\t</dependencies>\n\t</dependencyManagement>\n\n\t<build/>\n</project>\n", entry},
		{"carriage returns", "<project>\r\n  <name>n</name>\r\n  <dependencies/>\r\n</project>\r\n",
			"<project>\r\n  <name>n</name>\r\n  <dependencyManagement>\r\n    <dependencies>\r\n      <dependency>\r\n        <groupId>g</groupId>\r\n        <artifactId>a</artifactId>\r\n        <version>2</version>\r\n      </dependency>\r\n    </dependencies>\r\n  </dependencyManagement>\r\n  <dependencies/>\r\n</project>\r\n", entry},
		{"one line", "<project><name>n</name><build/></project>",
			"<project><name>n</name><dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>2</version></dependency></dependencies></dependencyManagement><build/></project>", entry},
		{"an empty list", "<project>\n  <dependencyManagement>\n    <dependencies/>\n  </dependencyManagement>\n</project>\n",
			"<project>\n  <dependencyManagement>\n    <dependencies>\n      <dependency>\n        <groupId>g</groupId>\n        <artifactId>a</artifactId>\n        <version>2</version>\n      </dependency>\n    </dependencies>\n  </dependencyManagement>\n</project>\n", entry},
		{"an open and empty list", "<project>\n  <dependencyManagement>\n    <dependencies>\n    </dependencies>\n  </dependencyManagement>\n</project>\n",
			"<project>\n  <dependencyManagement>\n    <dependencies>\n      <dependency>\n        <groupId>g</groupId>\n        <artifactId>a</artifactId>\n        <version>2</version>\n      </dependency>\n    </dependencies>\n  </dependencyManagement>\n</project>\n", entry},
		{"a comment of what follows", "<project>\n  <name>n</name>\n\n  <!-- what we need -->\n  <dependencies/>\n</project>\n",
			"<project>\n  <name>n</name>\n\n  <dependencyManagement>\n    <dependencies>\n      <dependency>\n        <groupId>g</groupId>\n        <artifactId>a</artifactId>\n        <version>2</version>\n      </dependency>\n    </dependencies>\n  </dependencyManagement>\n\n  <!-- what we need -->\n  <dependencies/>\n</project>\n", entry},
		{"a type and a classifier", "<project>\n  <dependencyManagement>\n    <dependencies>\n    </dependencies>\n  </dependencyManagement>\n</project>\n",
			"<project>\n  <dependencyManagement>\n    <dependencies>\n      <dependency>\n        <groupId>g</groupId>\n        <artifactId>a</artifactId>\n        <version>2</version>\n        <type>zip</type>\n        <classifier>x</classifier>\n        <scope>runtime</scope>\n      </dependency>\n    </dependencies>\n  </dependencyManagement>\n</project>\n", maven.Standing{Key: "g:a:zip:x", Scope: "runtime"}},
		{"nothing comes after", "<project>\n  <name>n</name>\n</project>\n",
			"<project>\n  <name>n</name>\n  <dependencyManagement>\n    <dependencies>\n      <dependency>\n        <groupId>g</groupId>\n        <artifactId>a</artifactId>\n        <version>2</version>\n      </dependency>\n    </dependencies>\n  </dependencyManagement>\n</project>\n", entry},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := addManaged(test.before, test.s, "2")
			if err != nil || got != test.after {
				t.Errorf("%v\n%s\nwant\n%s", err, got, test.after)
			}
		})
	}
}

func TestOnlyTheVersionChanges(t *testing.T) {
	for _, test := range []struct{ name, before, after string }{
		{"spaces", "<version> 1 </version>", "<version> 2 </version>"},
		{"lines", "<version>\n1\n</version>", "<version>\n2\n</version>"},
		{"a comment within", "<version>1<!-- keep --></version>", ""},
		{"an entity", "<version>&#49;</version>", ""},
		{"nothing", "<version></version>", ""},
		{"none", "", "<version>2</version>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			frame := func(v string) string {
				return "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<project>\n<!-- caf\xe9 <version>1</version> -->\n<dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>" + v + "</dependency>" +
					"<dependency><groupId>g</groupId><artifactId>b</artifactId><version>1</version></dependency></dependencies>\n</project>"
			}
			got, err := setVersion(frame(test.before), fettle.Location{Path: "pom.xml", Line: 4}, "g:a", "2")
			if test.after == "" {
				if err == nil {
					t.Errorf("got %s", got)
				}
				return
			}
			if want := frame(test.after); err != nil || got != want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

func FuzzEditsOfPOMs(f *testing.F) {
	for _, seed := range []string{"", "<project/>", "<project></project>", "<project>\n\t<properties/>\n</project>", "<project><dependencies><dependency><artifactId>a</artifactId><version>1</version></dependency></dependencies></project>",
		"\xef\xbb\xbf<project>\r\n<parent>\r\n<artifactId>a</artifactId></parent></project>", "<project><dependencyManagement><dependencies", "<a><b></a></b>", strings.Repeat("<project>", 300),
		"<project><!-- <properties> --><properties><a>1</a><a>2</a></properties></project>", "<project><![CDATA[</project>]]></project>", "<project><dependency><version>&a;</version></dependency></project>", "<project>\n\n\n<!--x--><!--y-->\n<build/></project>",
		"<!DOCTYPE x [<!ENTITY a \"b\">]><project a='>'/>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		parts := func(before string, edit func() (string, error)) {
			after, err := edit()
			if err != nil {
				return
			}
			if _, err := parseXML(after); err != nil {
				t.Errorf("%q became %q, which is broken: %v", before, after, err)
			}
			if len(after) < len(before)-300 {
				t.Errorf("%q became %q", before, after)
			}
		}
		parts(text, func() (string, error) { return addManaged(text, maven.Standing{Key: "g:a"}, "2") })
		parts(text, func() (string, error) { return addProperty(text, "p", "2") })
		for line := 1; line < 4; line++ {
			parts(text, func() (string, error) { return setVersion(text, fettle.Location{Line: line}, "g:a", "2") })
			parts(text, func() (string, error) {
				return setProperty(text, maven.Property{Name: "a", At: fettle.Location{Line: line}}, "2")
			})
		}
	})
}
