package maven

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// pomOf makes a POM of one line each of what a test is about.
func pomOf(lines ...string) string {
	return "<project>\n<modelVersion>4.0.0</modelVersion><groupId>s</groupId><artifactId>a</artifactId><version>1</version>\n" + strings.Join(lines, "\n") + "\n</project>\n"
}

func dep(group, artifact, version string, more ...string) string {
	if version != "" {
		version = "<version>" + version + "</version>"
	}
	return "<dependency><groupId>" + group + "</groupId><artifactId>" + artifact + "</artifactId>" + version + strings.Join(more, "") + "</dependency>"
}

const child = "<project><parent><groupId>s</groupId><artifactId>a</artifactId><version>1</version></parent><artifactId>child</artifactId>\n"

func TestPlacesAreThoseOfTheTree(t *testing.T) {
	repository := repositoryOf("g:x:1.0 : g:y:1.0\ng:x:2.0\ng:y:1.0\ng:y:3.0")
	repository["g/ext/1/ext-1.pom"] = "<project><groupId>g</groupId><artifactId>ext</artifactId><version>1</version><packaging>pom</packaging><properties><x.version>1.0</x.version></properties>" +
		"<dependencyManagement><dependencies>" + dep("g", "x", "${x.version}") + dep("g", "y", "3.0") + "</dependencies></dependencyManagement></project>"
	for _, tt := range []struct {
		name string
		tree projecttest.Tree
		want []string // location, manifest, pin of each
	}{
		{"a version in the dependency", projecttest.Tree{"pom.xml": pomOf("<dependencies>", "<dependency>", "<groupId>g</groupId><artifactId>x</artifactId>", "<version>1.0</version>", "</dependency>", "</dependencies>")},
			[]string{"g:x@1.0 pom.xml:4-7 pom.xml:4-7 -", "g:y@1.0 pom.xml:4-7 - -"}},
		{"a property", projecttest.Tree{"pom.xml": pomOf("<properties>", "<v>1.0</v>", "<w>${v}</w>", "</properties>", "<dependencies>", dep("g", "x", "${w}"), "</dependencies>")},
			[]string{"g:x@1.0 pom.xml:8-8 pom.xml:8-8 pom.xml:4-4", "g:y@1.0 pom.xml:8-8 - -"}},
		{"part of a property", projecttest.Tree{"pom.xml": pomOf("<properties>", "<v>1</v>", "</properties>", "<dependencies>", dep("g", "x", "${v}.0"), "</dependencies>")},
			[]string{"g:x@1.0 pom.xml:7-7 pom.xml:7-7 -", "g:y@1.0 pom.xml:7-7 - -"}},
		{"managed, with a property", projecttest.Tree{"pom.xml": pomOf("<properties>", "<v>1.0</v>", "</properties>", "<dependencyManagement><dependencies>", dep("g", "x", "${v}"), dep("g", "y", "3.0"), "</dependencies></dependencyManagement>", "<dependencies>", dep("g", "x", ""), "</dependencies>")},
			[]string{"g:x@1.0 pom.xml:11-11 pom.xml:11-11 pom.xml:4-4", "g:y@3.0 pom.xml:11-11 - pom.xml:8-8"}},
		{"a parent of the tree", projecttest.Tree{"pom.xml": pomOf("<properties>", "<v>1.0</v>", "</properties>", "<dependencies>", dep("g", "x", "${v}"), "</dependencies>"),
			"c/pom.xml": child + "<properties>\n<v>2.0</v>\n</properties></project>"},
			[]string{"g:x@2.0 pom.xml:7-7 pom.xml:7-7 c/pom.xml:3-3", "g:x@1.0 pom.xml:7-7 pom.xml:7-7 pom.xml:4-4", "g:y@1.0 pom.xml:7-7 - -"}},
		{"a parent of a repository", projecttest.Tree{"pom.xml": "<project>\n<parent>\n<groupId>g</groupId><artifactId>ext</artifactId>\n<version>1</version>\n</parent>\n<artifactId>a</artifactId>\n<dependencies>\n" + dep("g", "x", "") + "\n</dependencies></project>"},
			[]string{"g:x@1.0 pom.xml:8-8 pom.xml:8-8 pom.xml:4-4", "g:y@3.0 pom.xml:8-8 - pom.xml:4-4"}},
		{"a module", projecttest.Tree{"pom.xml": pomOf("<properties>", "<v>1.0</v>", "</properties>", "<dependencies>", dep("g", "x", "${v}"), "</dependencies>"),
			"b/pom.xml": strings.Replace(pomOf("<dependencies>", "", dep("s", "a", "1"), "</dependencies>"), "<artifactId>a<", "<artifactId>b<", 1)},
			[]string{"g:x@1.0 b/pom.xml:5-5 pom.xml:7-7 pom.xml:4-4", "g:y@1.0 b/pom.xml:5-5 - -", "g:x@1.0 pom.xml:7-7 pom.xml:7-7 pom.xml:4-4", "g:y@1.0 pom.xml:7-7 - -"}},
		{"an import of a repository", projecttest.Tree{"pom.xml": pomOf("<properties><bom>1</bom></properties>", "<dependencyManagement><dependencies>", dep("g", "ext", "${bom}", "<type>pom</type><scope>import</scope>"), "</dependencies></dependencyManagement>", "<dependencies>", dep("g", "x", ""), "</dependencies>")},
			[]string{"g:x@1.0 pom.xml:8-8 pom.xml:8-8 pom.xml:3-3", "g:y@3.0 pom.xml:8-8 - pom.xml:3-3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.tree, home(t, repository))
			var got []string
			for _, p := range r.Projects {
				for _, n := range p.Nodes {
					line := fmt.Sprintf("%s %s-%d", n.Key, n.Location, n.Location.EndLine)
					if n.Manifest != nil {
						line += fmt.Sprintf(" %s-%d", n.Manifest, n.Manifest.EndLine)
					} else {
						line += " -"
					}
					if n.Pin != nil {
						line += fmt.Sprintf(" %s-%d", n.Pin, n.Pin.EndLine)
					} else {
						line += " -"
					}
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			projecttest.WantGaps(t, r.Gaps)
		})
	}
}

func TestOptionalDependenciesAreOptional(t *testing.T) {
	r := read(t, projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "x", "1.0", "<optional>true</optional>"), "</dependencies>")}, home(t, repositoryOf("g:x:1.0 : g:y:1.0\ng:y:1.0")))
	want := []string{"[pom.xml]", "g:x@1.0 optional < .", "g:y@1.0 optional < g:x"}
	if diff := cmp.Diff(want, summaries(r)); diff != "" {
		t.Error(diff)
	}
}
