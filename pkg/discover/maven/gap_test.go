package maven

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestWhatCannotBeResolvedIsToldWithItsLine(t *testing.T) {
	const nothing = "it is neither in the tree nor in the local repository of Maven, and nothing is fetched; run mvn dependency:go-offline, or scan with --offline off"
	for _, tt := range []struct {
		name string
		tree projecttest.Tree
		have []string // packages
		gaps []string
	}{
		{"nothing at hand", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "gone", "1.0"), dep("g", "x", "1.0"), "</dependencies>")},
			[]string{"[pom.xml]", "g:gone@1.0 production < .", "g:x@1.0 production < .", "g:y@1.0 production < g:x"},
			[]string{"pom.xml:4: the POM of g:gone:1.0 could not be had, so what it needs and manages is unknown: " + nothing}},
		{"twice", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "gone", "1.0"), "</dependencies>"), "b/pom.xml": pomOf("<dependencies>", dep("g", "gone", "1.0"), "</dependencies>")},
			[]string{"[b/pom.xml]", "g:gone@1.0 production < .", "[pom.xml]", "g:gone@1.0 production < ."},
			[]string{"b/pom.xml:4: the POM of g:gone:1.0 could not be had, so what it needs and manages is unknown: it is neither in the tree nor in the local repository of Maven, and nothing is fetched (1 more pom.xml need it too)"}},
		{"a parent", projecttest.Tree{"pom.xml": "<project><parent>\n<groupId>g</groupId><artifactId>up</artifactId><version>3</version></parent><artifactId>a</artifactId><dependencies>\n" + dep("g", "y", "1.0") + "\n" + dep("g", "x", "") + "\n" + dep("g", "z", "${z}") + "\n</dependencies></project>"},
			[]string{"[pom.xml]", "g:x@ production < .", "g:y@1.0 production < .", "g:z@${z} production < ."},
			[]string{"pom.xml:1: the POM of g:up:3 could not be had"}},
		{"an import", projecttest.Tree{"pom.xml": pomOf("<dependencyManagement><dependencies>", dep("g", "bom", "1", "<type>pom</type><scope>import</scope>"), "</dependencies></dependencyManagement>")},
			[]string{"[pom.xml]"}, []string{"pom.xml:4: the POM of g:bom:1 could not be had"}},
		{"an import of an unknown version", projecttest.Tree{"pom.xml": pomOf("<dependencyManagement><dependencies>", dep("g", "bom", "${v}", "<type>pom</type><scope>import</scope>"), "</dependencies></dependencyManagement>")},
			[]string{"[pom.xml]"}, []string{"pom.xml:4: what g:bom:${v} manages is unknown, because the property v is not defined"}},
		{"a snapshot", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "x", "2-SNAPSHOT"), "</dependencies>")},
			[]string{"[pom.xml]", "g:x@2-SNAPSHOT production < ."}, []string{"pom.xml:4: the POM of g:x:2-SNAPSHOT could not be had, so what it needs and manages is unknown: snapshots change"}},
		{"coordinates that are a path", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "../../x", "1.0"), dep("..", "x", ".."), "</dependencies>")},
			[]string{"[pom.xml]", "..:x@.. production < .", "g:../../x@1.0 production < ."},
			[]string{"pom.xml:4: the POM of g:../../x:1.0 could not be had, so what it needs and manages is unknown: these are no coordinates", "pom.xml:5: the POM of ..:x:.. could not be had, so what it needs and manages is unknown: these are no coordinates"}},
		{"a cycle of parents", projecttest.Tree{"pom.xml": "<project><parent><groupId>s</groupId><artifactId>b</artifactId><version>1</version>\n<relativePath>b</relativePath></parent><groupId>s</groupId><artifactId>a</artifactId><version>1</version></project>",
			"b/pom.xml": "<project><parent><groupId>s</groupId><artifactId>a</artifactId><version>1</version></parent><groupId>s</groupId><artifactId>b</artifactId><version>1</version></project>"},
			[]string{"[b/pom.xml]", "[pom.xml]"}, []string{"b/pom.xml:1: the parent s:b:1 is among its own children", "pom.xml:1: the parent s:a:1 is among its own children"}},
		{"a cycle of imports", projecttest.Tree{"pom.xml": pomOf("<packaging>pom</packaging><dependencyManagement><dependencies>", dep("s", "a", "1", "<type>pom</type><scope>import</scope>"), "</dependencies></dependencyManagement>")},
			[]string{"[pom.xml]"}, []string{"pom.xml:4: the import of s:a:1 leads back to itself"}},
		{"properties that grow", projecttest.Tree{"pom.xml": pomOf("<properties>", bomb(60), "</properties>", "<dependencies>", dep("g", "x", "${p59}"), "</dependencies>")},
			[]string{"[pom.xml]", "g:x@${p59} production < ."}, nil},
		{"properties that double", projecttest.Tree{"pom.xml": pomOf("<properties>", bomb(30), "</properties>", "<dependencies>", dep("g", "x", "${p29}"), "</dependencies>")},
			[]string{"[pom.xml]", "g:x@${p29} production < ."}, nil},
		{"a declared version besides a managed one", projecttest.Tree{"pom.xml": pomOf("<dependencyManagement><dependencies>", dep("g", "y", "2.0"), dep("g", "x", "7"), "</dependencies></dependencyManagement>", "<dependencies>", dep("g", "x", "1.0"), "</dependencies>")},
			[]string{"[pom.xml]", "g:x@1.0 production < .", "g:y@2.0 production < g:x"}, nil},
		{"a relativePath to another POM", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "y", "1.0"), "</dependencies>"), "b/pom.xml": strings.Replace(child, "<version>1<", "<version>2<", 1) + "</project>"},
			[]string{"[b/pom.xml]", "[pom.xml]", "g:y@1.0 production < ."}, []string{"b/pom.xml:1: the POM of s:a:2 could not be had"}},
		{"no POM", projecttest.Tree{"pom.xml": "<project>\n<dependencies>", "b/pom.xml": "<a/>", "c/pom.xml": ""}, nil,
			[]string{"b/pom.xml:1: the root element is <a>; want <project>", "c/pom.xml:1: not valid XML", "pom.xml:2: not valid XML"}},
		{"a section that stands twice", projecttest.Tree{"pom.xml": pomOf("<dependencies/>", "<dependencies>", dep("g", "x", "1.0"), "</dependencies>")},
			[]string{"[pom.xml]"}, []string{"pom.xml:4: <dependencies> stands twice"}},
		{"a profile of another machine", projecttest.Tree{"pom.xml": pomOf("<profiles>", "<profile><id>old</id><activation><jdk>1.8</jdk></activation><dependencies>", dep("g", "y", "1.0"), "</dependencies></profile></profiles>")},
			[]string{"[pom.xml]"}, []string{`pom.xml:4: the profile old, which changes dependencies or properties, depends on the machine that builds; for Java 17 on linux it is not active`}},
		{"a range without a list", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "unlisted", "[1,2)"), dep("g", "y", "(,broken"), "</dependencies>")},
			[]string{"[pom.xml]", "g:unlisted@ production < .", "g:y@ production < ."}, nil},
		{"ranges that exclude each other", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("g", "picky", "1"), dep("g", "y", "[1.0]"), "</dependencies>")},
			[]string{"[pom.xml]", "g:picky@1 production < .", "g:y@ production < ., g:picky"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.tree, home(t, repositoryOf("g:x:1.0 : g:y:1.0\ng:y:1.0\ng:y:2.0\ng:picky:1 : g:y:[2.0]")))
			if diff := cmp.Diff(tt.have, summaries(r)); diff != "" {
				t.Error(diff)
			}
			projecttest.WantGaps(t, r.Gaps, tt.gaps...)
		})
	}
}

// bomb is n properties, each of which is the one before it twice.
func bomb(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<p0>%s</p0>\n", strings.Repeat("x", 45))
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "<p%d>${p%d}${p%d}</p%d>\n", i, i-1, i-1, i)
	}
	return b.String()
}

func TestWhyThereIsNoVersionIsSaid(t *testing.T) {
	for _, tt := range []struct{ name, version, want string }{
		{"none", "", "no version is declared and none is managed"},
		{"an unknown property", "${a.b}", "the property a.b is not defined"},
		{"a property of itself", "${loop}", "the property loop refers to itself"},
		{"the newest", "LATEST", "LATEST is whatever is newest when it is built; want an exact version"},
		{"a range without a list", "[1,2)", "the range [1,2) needs a list of versions"},
		{"a broken range", "[1", `"[1" is no range that can be read`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, projecttest.Tree{"pom.xml": pomOf("<properties><loop>${loop}</loop></properties>", "<dependencies>", dep("h", "x", tt.version), "</dependencies>")}, project.Settings{})
			n := r.Projects[0].Nodes[0]
			if n.Version != "" || !strings.HasPrefix(n.NoVersion, tt.want) || n.Location.Line != 5 {
				t.Errorf("version %q, because %q, line %d", n.Version, n.NoVersion, n.Location.Line)
			}
			projecttest.WantGaps(t, r.Gaps)
		})
	}
}
