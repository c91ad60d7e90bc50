package maven

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

var update = flag.Bool("update", false, "write what Maven says into the stories")

// TestMavenSaysTheSame runs Maven, which needs network for its own plugin, on every story.
func TestMavenSaysTheSame(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("FETTLE_LIVE is not set")
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		t.Skip("Maven is not installed")
	}
	local := os.Getenv("FETTLE_LIVE_M2") // keeps Maven's plugins from one run to the next
	if local == "" {
		local = t.TempDir()
	}
	for _, file := range stories(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := readStory(t, file)
			for _, group := range []string{"g", "old"} { // of another story
				if err := os.RemoveAll(filepath.Join(local, group)); err != nil {
					t.Fatal(err)
				}
			}
			got := ask(t, s.tree, s.repository, local)
			if *update {
				writeWant(t, s, got)
				return
			}
			if diff := cmp.Diff(got, s.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The real files, without the repositories that they name: Maven would ask those. What is missing is missing for both.
func TestMavenSaysTheSameOfRealFiles(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("FETTLE_LIVE is not set")
	}
	local := os.Getenv("FETTLE_LIVE_M2")
	if local == "" {
		local = t.TempDir()
	}
	repositories := regexp.MustCompile(`(?s)<(repositories|pluginRepositories)>.*?</(repositories|pluginRepositories)>`)
	known := strings.NewReplacer(
		" optional <", " production <", " peer <", " production <", // the tree does not tell what is optional, and some of it is provided too
		"junit:junit@4.12 test < ., com.github.stefanbirkner:system-rules", "junit:junit@4.12 test < .", // the tree calls what is relocated junit:junit-dep there
	)
	for _, file := range projecttest.Shared(t, 3, "pom.xml") {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tree := projecttest.Tree{"pom.xml": repositories.ReplaceAllString(string(data), "")}
			r := read(t, tree, project.Settings{Home: t.TempDir(), Getenv: os.Getenv, Client: &http.Client{}})
			if slices.ContainsFunc(r.Gaps, func(g fettle.Gap) bool { return strings.Contains(g.Reason, "could not be had") }) {
				t.Skip(projecttest.Gaps(r.Gaps))
			}
			var want, got []string
			for _, line := range ask(t, tree, projecttest.Tree{"keep": ""}, local) {
				want = append(want, known.Replace(line))
			}
			for _, line := range summaries(r) {
				got = append(got, known.Replace(line))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func writeWant(t *testing.T, s story, want []string) {
	t.Helper()
	s.archive.Files = slices.DeleteFunc(s.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	s.archive.Files = append(s.archive.Files, txtar.File{Name: "want", Data: []byte(strings.Join(want, "\n") + "\n")})
	if err := os.WriteFile(s.file, txtar.Format(s.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask runs Maven on a tree and returns what it says as summary does.
func ask(t *testing.T, tree, repository projecttest.Tree, local string) []string {
	t.Helper()
	dir := tree.Write(t)
	settings := filepath.Join(t.TempDir(), "settings.xml")
	err := os.WriteFile(settings, fmt.Appendf(nil, `<settings><profiles><profile><id>story</id><repositories><repository><id>story</id><url>file://%s</url></repository></repositories></profile></profiles>
<activeProfiles><activeProfile>story</activeProfile></activeProfiles></settings>`, repository.Write(t)), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "mvn", "-B", "-ntp", "-s", settings, "-Dmaven.repo.local="+local,
		"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:tree", "-Dverbose", "-DoutputFile=tree.txt")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	modules := map[string]string{} // folders by group:artifact
	for name := range tree {
		if filepath.Base(name) == "pom.xml" {
			first := lines(t, filepath.Join(dir, filepath.Dir(name), "tree.txt"))[0]
			parts := strings.Split(first, ":")
			modules[parts[0]+":"+parts[1]] = filepath.Dir(name)
		}
	}
	var names []string
	for name := range tree {
		if filepath.Base(name) == "pom.xml" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all []string
	for _, name := range names {
		all = append(all, "["+name+"]")
		all = append(all, mavenTree(lines(t, filepath.Join(dir, filepath.Dir(name), "tree.txt")), modules)...)
	}
	return all
}

var (
	treeLine = regexp.MustCompile(`^((?:\|  |   |\+- |\\- )*)\(?([^ )]+)(.*)$`)
	scopes   = map[string]string{"compile": "production", "runtime": "production", "provided": "peer", "system": "peer", "test": "test"}
)

// mavenTree reads the verbose text of dependency:tree, where what is in parentheses stands elsewhere.
func mavenTree(text []string, modules map[string]string) []string {
	chosen := map[string]string{} // key to version and scope
	holders := map[string][]string{}
	way := []string{"."}
	for _, line := range text[1:] {
		m := treeLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		depth := len(m[1]) / 3
		parts := strings.Split(m[2], ":")
		if len(parts) < 5 {
			continue
		}
		d := dependency{group: parts[0], artifact: parts[1], kind: parts[2]}
		if len(parts) == 6 {
			d.classifier = parts[3]
		}
		key := d.key()
		version, scope := parts[len(parts)-2], scopes[parts[len(parts)-1]]
		name := key
		if dir, ok := modules[key]; ok {
			name = dir + "/"
		}
		way = append(way[:depth], name)
		holders[name] = append(holders[name], way[depth-1])
		if !strings.HasPrefix(line[len(m[1]):], "(") && name == key {
			chosen[key] = version + " " + scope
		}
	}
	var all []string
	for key, is := range chosen {
		slices.Sort(holders[key])
		all = append(all, fmt.Sprintf("%s@%s < %s", key, is, strings.Join(slices.Compact(holders[key]), ", ")))
	}
	slices.Sort(all)
	return all
}
