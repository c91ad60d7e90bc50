package nuget

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/csproj"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/depsjson"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/packagesconfig"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/packageslockjson"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/projectassetsjson"
)

// What osv-scalibr reads is read here too, each package in the same version. The lists are all that differs.
func TestNothingIsMissingThatScalibrReads(t *testing.T) {
	lock, _ := packageslockjson.New(nil)
	assets, _ := projectassetsjson.New(nil)
	deps, _ := depsjson.New(nil)
	config, _ := packagesconfig.New(nil)
	project, _ := csproj.New(nil)
	for _, tt := range []struct {
		file      string
		text      string
		extractor filesystem.Extractor
		only      []string // what scalibr has and fettle has not
		more      []string // what fettle has and scalibr has not
	}{
		{"packages.lock.json", appLock, lock, []string{"lib@"}, nil}, // a project of the repository, which is no package
		{"obj/project.assets.json", appAssets, assets,
			[]string{"B@1.0.0"}, // the lowest version that A asks for, which was not restored
			nil},
		{"App.deps.json", appDeps, deps,
			[]string{"App@1.0.0", "Plain@1.0.0.0", "runtimepack.Core.Runtime.linux-x64@6.0.1"}, // the program itself, a plain assembly, and a name that no advisory uses
			[]string{"Core.Runtime.linux-x64@6.0.1"}},
		{"packages.config", `<packages><package id="A" version="1.0.0" /><package id="B" version="1.0.1" developmentDependency="true" /></packages>`, config, nil, nil},
		{"A.csproj", `<Project><ItemGroup><PackageReference Include="A" Version="1.0.0" /><PackageReference Include="B"><Version>1.2.0</Version></PackageReference></ItemGroup></Project>`, project,
			nil, []string{"B@1.2.0"}}, // a version that is an element

		{"Sample.csproj", `<Project><ItemGroup><PackageReference Include="A" Version="1.0" /></ItemGroup></Project>`, project,
			[]string{"A@1.0"}, []string{"A@1.0.0"}}, // NuGet's own spelling of the version
	} {
		t.Run(tt.file, func(t *testing.T) {
			theirs, ours := map[string]bool{}, map[string]bool{}
			found, err := tt.extractor.Extract(t.Context(), &filesystem.ScanInput{Path: tt.file, Reader: strings.NewReader(tt.text)})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range found.Packages {
				theirs[p.Name+"@"+p.Version] = true
			}
			for _, p := range read(t, files{tt.file: tt.text}).Projects {
				for _, n := range p.Nodes {
					ours[n.Name+"@"+n.Version] = true
				}
			}
			if diff := cmp.Diff(tt.only, without(theirs, ours)); diff != "" {
				t.Errorf("only scalibr: %s", diff)
			}
			if diff := cmp.Diff(tt.more, without(ours, theirs)); diff != "" {
				t.Errorf("only fettle: %s", diff)
			}
		})
	}
}

func without(a, b map[string]bool) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !b[name] {
			list = append(list, name)
		}
	}
	return list
}
