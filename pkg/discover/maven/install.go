package maven

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// installed returns the home folder of the Maven that the user has; "" for none: MAVEN_HOME, the one of PATH, or one that a
// wrapper fetched.
func installed(s project.Settings) string {
	var homes []string
	for _, name := range []string{"MAVEN_HOME", "M2_HOME"} {
		if dir := s.Env(name); filepath.IsAbs(dir) {
			homes = append(homes, dir)
		}
	}
	for _, dir := range filepath.SplitList(s.Env("PATH")) {
		if !filepath.IsAbs(dir) { // may be the tree
			continue
		}
		if program, err := filepath.EvalSymlinks(filepath.Join(dir, "mvn")); err == nil {
			homes = append(homes, filepath.Dir(filepath.Dir(program)))
		}
	}
	if s.Home != "" {
		wrapped, _ := filepath.Glob(filepath.Join(s.Home, ".m2", "wrapper", "dists", "*", "*"))
		deeper, _ := filepath.Glob(filepath.Join(s.Home, ".m2", "wrapper", "dists", "*", "*", "*"))
		wrapped = append(wrapped, deeper...)
		slices.Reverse(wrapped)
		homes = append(homes, wrapped...)
	}
	for _, home := range homes {
		if len(modelBuilder(home)) > 0 {
			return home
		}
	}
	return ""
}

// modelBuilder returns the libraries of a Maven that may hold the super POM.
func modelBuilder(home string) []string {
	jars, _ := filepath.Glob(filepath.Join(home, "lib", "maven-model-builder*.jar"))
	newer, _ := filepath.Glob(filepath.Join(home, "lib", "maven-impl*.jar"))
	return append(jars, newer...)
}

// maxSuperPOM is far more than a super POM has, in bytes.
const maxSuperPOM = 1 << 20

// superRepositories returns the repositories that the Maven at home asks where nothing else is said.
func superRepositories(home string) []remote {
	for _, jar := range modelBuilder(home) {
		data := zipped(jar, "org/apache/maven/model/pom-4.0.0.xml", "org/apache/maven/impl/model/pom-4.0.0.xml", "org/apache/maven/model/pom-4.1.0.xml")
		root, err := document.ParseXML(data)
		if err != nil {
			continue
		}
		var all []remote
		for _, e := range root.Child("repositories").All("repository") {
			all = append(all, remote{id: e.Content("id"), url: e.Content("url")})
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// zipped returns the first of names that an archive holds; nil for none.
func zipped(archive string, names ...string) []byte {
	info, err := os.Stat(archive)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	r, err := zip.OpenReader(archive)
	if err != nil {
		return nil
	}
	defer r.Close()
	for _, name := range names {
		in, err := r.Open(name)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(in, maxSuperPOM))
		in.Close()
		if err == nil {
			return data
		}
	}
	return nil
}
