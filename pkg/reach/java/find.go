package java

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// repository is where Maven and Gradle keep the jars that they fetched.
type repository struct {
	maven, gradle string // folders; "" for none
}

func repositoryOf(s project.Settings) repository {
	var r repository
	if s.Home != "" {
		r.maven = filepath.Join(s.Home, ".m2", "repository")
		if dir := localRepository(filepath.Join(s.Home, ".m2", "settings.xml"), s.Home); dir != "" {
			r.maven = dir
		}
		r.gradle = filepath.Join(s.Home, ".gradle")
	}
	for _, name := range []string{"MAVEN_ARGS", "MAVEN_OPTS"} {
		for _, word := range strings.Fields(s.Env(name)) {
			if dir, ok := strings.CutPrefix(word, "-Dmaven.repo.local="); ok && filepath.IsAbs(dir) {
				r.maven = dir
			}
		}
	}
	if dir := s.Env("GRADLE_USER_HOME"); filepath.IsAbs(dir) {
		r.gradle = dir
	}
	if r.gradle != "" {
		r.gradle = filepath.Join(r.gradle, "caches", "modules-2", "files-2.1")
	}
	return r
}

// localRepository is the folder that the user's settings.xml names; "" for none.
func localRepository(file, home string) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return ""
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var settings struct {
		Local string `xml:"localRepository"`
	}
	if xml.Unmarshal(data, &settings) != nil {
		return ""
	}
	dir := strings.ReplaceAll(strings.TrimSpace(settings.Local), "${user.home}", home)
	if !filepath.IsAbs(dir) || strings.Contains(dir, "${") {
		return ""
	}
	return dir
}

var plainSegment = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*$`)

// jars returns the files of n's version: one, or those of its classifiers too. The second result is false where there is none
// and should be one.
func (r repository) jars(n fettle.Node) ([]string, bool) {
	group, artifact, ok := strings.Cut(n.Name, ":")
	if !ok || !plainSegment.MatchString(group) || !plainSegment.MatchString(artifact) || !plainSegment.MatchString(n.Version) || strings.Contains(n.Name+n.Version, "..") {
		return nil, false
	}
	var found []string
	pom := false
	look := func(dir string) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			name := e.Name()
			rest, ok := strings.CutPrefix(name, artifact+"-"+n.Version)
			if !ok {
				continue
			}
			pom = pom || rest == ".pom" && plainPOM(filepath.Join(dir, name))
			if classifier, ok := strings.CutSuffix(rest, ".jar"); ok && (classifier == "" || classifier[0] == '-') &&
				!slices.Contains([]string{"-sources", "-javadoc", "-tests", "-test-sources", "-groovydoc", "-scaladoc"}, classifier) {
				found = append(found, filepath.Join(dir, name))
			}
		}
	}
	if r.maven != "" {
		look(filepath.Join(r.maven, filepath.FromSlash(strings.ReplaceAll(group, ".", "/")), artifact, n.Version))
	}
	if len(found) == 0 && r.gradle != "" {
		dir := filepath.Join(r.gradle, group, artifact, n.Version)
		hashes, _ := os.ReadDir(dir)
		for _, h := range hashes {
			look(filepath.Join(dir, h.Name()))
		}
	}
	if len(found) > 0 {
		return found, !missesClassifier(n, found)
	}
	return nil, pom
}

// missesClassifier reports whether the key of n names a classifier of which no jar is among found.
func missesClassifier(n fettle.Node, found []string) bool {
	id, _, _ := strings.Cut(n.Key, "@")
	parts := strings.Split(id, ":")
	if len(parts) < 4 {
		return false
	}
	classifier := "-" + parts[3] + ".jar"
	return !slices.ContainsFunc(found, func(f string) bool { return strings.HasSuffix(f, classifier) })
}

// plainPOM reports whether a POM says that its artifact has no jar.
func plainPOM(file string) bool {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4<<20 {
		return false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	var pom struct {
		Packaging string `xml:"packaging"`
	}
	return xml.Unmarshal(data, &pom) == nil && strings.TrimSpace(pom.Packaging) == "pom"
}
