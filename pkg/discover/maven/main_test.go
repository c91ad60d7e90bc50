package maven

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// story is a tree, the POMs of a repository, and what Maven makes of them.
type story struct {
	file       string
	archive    *txtar.Archive
	tree       projecttest.Tree
	repository projecttest.Tree
	want       []string
}

func readStory(t testing.TB, file string) story {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := story{file: file, archive: a, tree: projecttest.Tree{}, repository: projecttest.Tree{}}
	for _, f := range a.Files {
		text := string(f.Data)
		switch {
		case f.Name == "repository":
			maps.Copy(s.repository, repositoryOf(text))
		case f.Name == "want":
			s.want = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		case strings.HasPrefix(f.Name, "repository/"):
			s.repository[strings.TrimPrefix(f.Name, "repository/")] = text
		default:
			s.tree[f.Name] = text
		}
	}
	return s
}

// repositoryOf makes POMs of lines such as "g:web:1.0 : g:http:1.0, g:mock:1.0 test optional", and the lists of versions.
func repositoryOf(lines string) projecttest.Tree {
	tree := projecttest.Tree{}
	versions := map[string][]string{}
	for line := range strings.Lines(lines) {
		head, needs, _ := strings.Cut(strings.TrimSpace(line), " : ")
		c := coordsOf(head)
		var b strings.Builder
		fmt.Fprintf(&b, "<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>%s</groupId>\n  <artifactId>%s</artifactId>\n  <version>%s</version>\n  <dependencies>\n", c.group, c.artifact, c.version)
		for need := range strings.SplitSeq(needs, ", ") {
			words := strings.Fields(need)
			if len(words) == 0 {
				continue
			}
			d := coordsOf(words[0])
			fmt.Fprintf(&b, "    <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>", d.group, d.artifact, d.version)
			for _, word := range words[1:] {
				if word == "optional" {
					b.WriteString("<optional>true</optional>")
				} else {
					fmt.Fprintf(&b, "<scope>%s</scope>", word)
				}
			}
			b.WriteString("</dependency>\n")
		}
		b.WriteString("  </dependencies>\n</project>\n")
		tree[c.path()] = b.String()
		dir := filepath.Dir(filepath.Dir(c.path()))
		versions[dir] = append(versions[dir], c.version)
	}
	for dir, list := range versions {
		tree[dir+"/maven-metadata.xml"] = "<metadata><versioning><versions><version>" + strings.Join(list, "</version><version>") + "</version></versions></versioning></metadata>\n"
	}
	return tree
}

func coordsOf(text string) coords {
	parts := strings.SplitN(strings.TrimSpace(text), ":", 3)
	return coords{parts[0], parts[1], parts[2]}
}

// home lays a repository out as the local one of a user, and returns the settings of that user.
func home(t testing.TB, repository projecttest.Tree) project.Settings {
	t.Helper()
	tree := projecttest.Tree{"keep": ""}
	for name, text := range repository {
		tree[".m2/repository/"+name] = text
	}
	return project.Settings{Home: tree.Write(t)}
}

func read(t testing.TB, tree projecttest.Tree, s project.Settings) project.Reading {
	t.Helper()
	return projecttest.Read(t, Reader{Settings: s}, tree.Write(t))
}

// summary says of each package of a project its version, scope and who needs it.
func summary(p fettle.Project) []string {
	lines := []string{"[" + p.Lockfile + "]"}
	names := map[string]string{"": "."}
	for _, n := range p.Nodes {
		names[n.Key] = strings.TrimSuffix(n.Key, "@"+n.Version)
	}
	for _, n := range p.Nodes {
		var holders []string
		for _, h := range n.Holders {
			name, ok := names[h.Holder]
			if !ok {
				name = h.Holder + "/"
			}
			holders = append(holders, name)
		}
		slices.Sort(holders)
		lines = append(lines, fmt.Sprintf("%s %s < %s", n.Key, n.Scope, strings.Join(slices.Compact(holders), ", ")))
	}
	slices.Sort(lines[1:])
	return lines
}

func summaries(r project.Reading) []string {
	var all []string
	for _, p := range r.Projects {
		all = append(all, summary(p)...)
	}
	return all
}

func stories(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	return files
}

// lines returns the lines of a file.
func lines(t testing.TB, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}
