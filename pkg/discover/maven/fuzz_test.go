package maven

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, text := range []string{"", "<project/>", "<project", "\xef\xbb\xbf<project/>", "<project>\r\n<dependencies>\r\n</dependencies></project>", "<project>J&oslash;rgen &amp; \xe9</project>",
		pomOf("<dependencies>", dep("g", "x", "1.0"), dep("g", "x", "2.0"), dep("", "", ""), dep("g", "../..", "${a}"), dep("s", "a", "1"), "</dependencies>"),
		pomOf("<properties><a>${b}</a><b>${a}</b><c/></properties>", "<parent><groupId>s</groupId><artifactId>a</artifactId><version>1</version><relativePath>pom.xml</relativePath></parent>"),
		pomOf("<dependencyManagement><dependencies>", dep("s", "a", "1", "<type>pom</type><scope>import</scope>"), dep("${g}", "x", "[1,2", "<exclusions><exclusion><groupId>*</groupId></exclusion></exclusions>"), "</dependencies></dependencyManagement>"),
		pomOf("<profiles><profile><id>a</id><activation><activeByDefault>true</activeByDefault><jdk>[1,</jdk><file><exists>/etc/passwd</exists></file><property><name>!x</name><value>!</value></property></activation></profile></profiles>"),
		pomOf("<dependencies>", dep("g", "x", "[1.0,2.0)"), dep("g", "y", "[,1)(,"), dep("g", "y", "1.0", "<type>war</type><classifier>a</classifier><scope>system</scope><optional>${o}</optional>"), "</dependencies>"),
		"<!DOCTYPE a [<!ENTITY e \"x\">]><project>&e;</project>", "<project><dependencies>" + strings.Repeat("<a>", 250),
	} {
		f.Add([]byte(text))
	}
	for _, file := range []string{"managed", "reactor", "profiles", "types"} {
		for _, part := range readStory(f, "testdata/"+file+".txtar").archive.Files {
			if strings.HasSuffix(part.Name, ".xml") || strings.HasSuffix(part.Name, ".pom") {
				f.Add(part.Data)
			}
		}
	}
}

// FuzzParsePOM ends in a POM whose places exist, or in a fault with a line.
func FuzzParsePOM(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parsePOM(data, "pom.xml")
		var fault *project.Fault
		if err != nil {
			if !errors.As(err, &fault) || fault.Line < 1 || fault.Msg == "" {
				t.Errorf("error %v is no fault with a line", err)
			}
			return
		}
		most := strings.Count(string(data), "\n") + 1
		for _, d := range append(p.body.dependencies, p.body.managed...) {
			if d.at.line < 1 || d.at.end < d.at.line || d.at.end > most || d.pin.file != "" && !d.pin.within(d.at) {
				t.Errorf("%s stands at %v, its version at %v, of %d lines", d.key(), d.at, d.pin, most)
			}
		}
	})
}

// FuzzRead makes a text a POM of the tree, of a parent and of a repository, and a settings.xml.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		repository := repositoryOf("g:x:1.0 : g:y:1.0\ng:y:1.0")
		repository["s/a/1/a-1.pom"] = string(data)
		settings := home(t, repository)
		if err := os.WriteFile(filepath.Join(settings.Home, ".m2", "settings.xml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		r := read(t, projecttest.Tree{"pom.xml": string(data), "c/pom.xml": child + "<dependencies>" + dep("s", "a", "1") + dep("g", "x", "1.0") + "</dependencies></project>", ".mvn/maven.config": string(data)}, settings)
		for _, p := range r.Projects {
			keys := map[string]bool{}
			for _, n := range p.Nodes {
				if keys[n.Key] || n.Location.Path == "" || n.Version == "" && n.NoVersion == "" || n.Scope == "" {
					t.Errorf("%s: %+v", p.Lockfile, n)
				}
				keys[n.Key] = true
			}
		}
	})
}
