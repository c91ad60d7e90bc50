package maven

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/java/pomxml"
	scalibrfs "github.com/google/osv-scalibr/fs"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// onlyScalibr is what osv-scalibr's extractor says of the stories and fettle does not, by story.
var onlyScalibr = map[string][]string{
	"managed":  {"g:twice@1.0"},                                       // it takes the first of two declarations, Maven the last
	"profiles": {"g:a@1.0", "g:over@1.0"},                             // it activates no profile by a property
	"ranges":   {"g:ranged@1.0"},                                      // it takes the lower bound of a range
	"reactor":  {"example.shop:api@2.1", "example.shop:core@0-local"}, // modules are roots here; it does not read .mvn/maven.config
	"types":    {"old.g:moved@1.0"},                                   // it does not follow relocations
}

func TestHasAllThatScalibrHas(t *testing.T) {
	for _, file := range stories(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			s := readStory(t, file)
			dir := s.tree.Write(t)
			mine := versions(projecttest.Read(t, Reader{Settings: home(t, s.repository)}, dir))
			var lost []string
			for path := range s.tree {
				if filepath.Base(path) == "pom.xml" {
					lost = append(lost, without(scalibr(t, dir, path), mine)...)
				}
			}
			slices.Sort(lost)
			if diff := cmp.Diff(onlyScalibr[name], slices.Compact(lost)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The real files, with nothing but themselves: what is direct and has a version is there.
func TestHasAllThatScalibrHasOfRealFiles(t *testing.T) {
	for _, file := range projecttest.Shared(t, 3, "pom.xml") {
		dir := filepath.Dir(file)
		mine := versions(projecttest.Read(t, Reader{Settings: project.Settings{}}, dir))
		if lost := without(scalibr(t, dir, "pom.xml"), mine); len(lost) > 0 {
			t.Errorf("%s: %v", filepath.Base(dir), lost)
		}
	}
}

// scalibr returns name@version of what the extractor finds with a version.
func scalibr(t *testing.T, dir, path string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	e, err := pomxml.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Extract(t.Context(), &filesystem.ScanInput{FS: scalibrfs.DirFS(dir), Path: path, Root: dir, Reader: bytes.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range found.Packages {
		if p.Version != "" {
			all = append(all, p.Name+"@"+p.Version)
		}
	}
	return all
}

func versions(r project.Reading) []string {
	var all []string
	for _, p := range r.Projects {
		for _, n := range p.Nodes {
			all = append(all, n.String())
		}
	}
	return all
}

func without(list, other []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return slices.Contains(other, s) })
}
