package python

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pdmlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pipfilelock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/poetrylock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pylock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pyprojecttoml"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/requirements"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/setup"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/uvlock"

	cpb "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	scalibrfs "github.com/google/osv-scalibr/fs"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// extractors are those of osv-scalibr, by what they read.
var extractors = []func(*cpb.PluginConfig) (filesystem.Extractor, error){
	poetrylock.New, uvlock.New, pdmlock.New, pipfilelock.New, pylock.New, pyprojecttoml.New, requirements.New, setup.New,
}

// extracted is what osv-scalibr's extractors read of dir, as name@version.
func extracted(t *testing.T, dir string, files []string) []string {
	t.Helper()
	var all []string
	for _, create := range extractors {
		e, err := create(&cpb.PluginConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !e.FileRequired(apiOf{dir, file}) {
				continue
			}
			in, err := os.Open(path.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Extract(t.Context(), &filesystem.ScanInput{FS: scalibrfs.DirFS(dir), Path: file, Root: dir, Reader: in})
			in.Close()
			if err != nil {
				t.Logf("osv-scalibr, %s: %v", file, err)
			}
			for _, p := range got.Packages {
				one := normalize(p.Name)
				if p.Version != "" {
					one += "@" + p.Version
				}
				all = append(all, one)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

type apiOf struct{ dir, file string }

func (a apiOf) Path() string { return a.file }

func (a apiOf) Stat() (os.FileInfo, error) { return os.Stat(path.Join(a.dir, a.file)) }

// differ is what osv-scalibr has and fettle has not, and the other way round. A name without a version counts as there where
// fettle has the name at all, or tells of it.
func differ(t *testing.T, dir string, files []string) (theirs, ours []string) {
	t.Helper()
	r := projecttest.Read(t, Reader{}, dir)
	mine, names := map[string]bool{}, map[string]bool{}
	for _, p := range r.Projects {
		for _, n := range p.Nodes {
			mine[n.Package.String()], names[n.Name] = true, true
		}
	}
	have := extracted(t, dir, files)
	for _, one := range have {
		if !mine[one] && !(names[one] && !strings.Contains(one, "@")) {
			theirs = append(theirs, one)
		}
	}
	for one := range mine {
		if !slices.Contains(have, one) {
			ours = append(ours, one)
		}
	}
	slices.Sort(ours)
	return theirs, ours
}

// What osv-scalibr reads of the same files and fettle does not, or the other way round, and why.
func TestDifferencesFromScalibrAreExplained(t *testing.T) {
	const bounds = "the bounds of ranges in pyproject.toml are not what is installed, and the project and its folders are no packages of an index"
	for _, tt := range []struct {
		name         string
		tree         tree
		theirs, ours []string
		why          string
	}{
		{"uv", archiveTree(t, "uv"), []string{"click@8", "flask@2.2", "requests@2.28", "shop-lib", "shop-lib@0.1.0"}, nil, bounds},
		{"poetry", archiveTree(t, "poetry"), []string{"click@8", "shop-lib@0.1.0"}, nil, bounds},
		{"pdm", archiveTree(t, "pdm"), []string{"requests@2.28"}, nil, bounds},
		{"pipenv", archiveTree(t, "pipenv"), nil, nil, ""},
		{"pip", archiveTree(t, "pip"), nil, []string{"iniconfig@2.3.1", "packaging@26.3", "pluggy@1.7.0", "pygments@2.21.0", "pytest@9.2.0"}, "scalibr does not read dev.txt"},
		{"ranges", tree{"requirements.txt": "a>=1.0\nb~=1.1\nc<=2\nd<2\ne>=1,<2\nf\ng==1.*\nh==1.0\ni===2.0\n"},
			[]string{"a@1.0", "b@1.1", "c@2"}, []string{"a", "b", "c"}, "the lower or upper bound of a range is not what is installed; fettle tells that the version is unknown"},
		{"lines", tree{"requirements.txt": "a==1;python_version<'3'\nb[c]==1\nd==1 --hash=sha256:00\ne==1 \\\n --hash=sha256:00\n-r more.txt\n-c constraints.txt\nf @ https://files.example/f-1-py3-none-any.whl\n\u2028g==1\n${H}==1\nj==1 # c\n-e git+https://git.example/k#egg=k\nl (==1)\n", "more.txt": "z==1\n", "constraints.txt": "y==1\n"},
			nil, []string{"f@1", "k", "l@1", "y@1"}, "scalibr reads no parentheses, constraints and addresses"},
		{"pyproject", tree{"pyproject.toml": "[project]\nname = 'x'\ndependencies = ['a==1', 'b>=1', 'c']\n[project.optional-dependencies]\nd = ['e==1', 'x[d]']\n[dependency-groups]\nf = ['g==1']\n[tool.poetry.dependencies]\nh = '1.0'\n"},
			[]string{"b@1", "x"}, []string{"b", "g@1", "h@1.0"}, "bounds are not versions; scalibr reads no groups, and takes the project for a package of itself"},
		{"setup.py", tree{"setup.py": "setup(\n  install_requires=['a==1.0', 'b>=1', \"c.d==2\", 'e[f]==3; python_version < \"3\"'],\n)\n# 'z==1'\n"},
			[]string{"b@1"}, []string{"c-d@2", "e@3"}, "bounds are not versions; scalibr reads no names with a dot and no extras"},
		{"pylock", tree{"pylock.toml": "lock-version = '1.0'\n[[packages]]\nname = 'a'\nversion = '1'\n[[packages]]\nname = 'b'\n[packages.directory]\npath = '.'\n"}, nil, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.tree.Write(t)
			var files []string
			for name := range tt.tree {
				files = append(files, name)
			}
			theirs, ours := differ(t, dir, files)
			if diff := cmp.Diff(tt.theirs, theirs); diff != "" {
				t.Errorf("only scalibr: %s", diff)
			}
			if diff := cmp.Diff(tt.ours, ours); diff != "" {
				t.Errorf("only fettle: %s", diff)
			}
			if (len(theirs)+len(ours) > 0) != (tt.why != "") {
				t.Errorf("why: %q", tt.why)
			}
		})
	}
}

func TestRealRequirementsAreReadAsScalibrDoes(t *testing.T) {
	for _, file := range projecttest.Shared(t, 3, "requirements.txt") {
		dir, name := path.Split(file)
		theirs, ours := differ(t, dir, []string{name})
		if len(theirs) > 0 {
			t.Errorf("%s: only scalibr: %v", file, theirs)
		}
		_ = ours // of folders below, which the extractor is not asked for
	}
}
