package nuget

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func packagesOf(r project.Reading) string {
	var list []string
	for _, p := range r.Projects {
		for _, n := range p.Nodes {
			line := n.Package.String() + " " + string(n.Scope)
			if n.Manifest != nil {
				line += " " + n.Manifest.String()
			}
			if n.Version == "" {
				line += " (" + n.NoVersion + ")"
			}
			list = append(list, line)
		}
	}
	return strings.Join(list, "\n")
}

func TestAProjectFileIsReadAsMSBuildWould(t *testing.T) {
	const central = `<Project>
  <PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally><AVersion>2.5</AVersion></PropertyGroup>
  <ItemGroup>
    <PackageVersion Include="A" Version="$(AVersion)" />
    <PackageVersion Include="B" Version="3.0.0" />
    <GlobalPackageReference Include="G" Version="1.1.1" />
  </ItemGroup>
</Project>`
	project := func(body string) string { return "<Project Sdk=\"Microsoft.NET.Sdk\">\n" + body + "\n</Project>" }
	refs := func(body string) string { return project("<ItemGroup>\n" + body + "\n</ItemGroup>") }
	for _, tt := range []struct {
		name string
		tree files
		want string
	}{
		{"attribute and element", files{"A.csproj": refs("<PackageReference Include=\"A\" Version=\"1.0\" />\n<PackageReference Include=\"B\">\n<Version>2.0.0</Version>\n</PackageReference>")},
			"A@1.0.0 production A.csproj:3\nB@2.0.0 production A.csproj:5"},
		{"F# and Visual Basic", files{"a/A.fsproj": refs(`<PackageReference Include="A" Version="1.0.0" />`), "b/B.vbproj": refs(`<PackageReference Include="B" Version="1.0.0" />`)},
			"A@1.0.0 production a/A.fsproj:3\nB@1.0.0 production b/B.vbproj:3"},
		{"several names and a namespace", files{"A.csproj": `<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003"><ItemGroup><PackageReference Include="A; B" Version="1.0.0" /></ItemGroup></Project>`},
			"A@1.0.0 production A.csproj:1\nB@1.0.0 production A.csproj:1"},
		{"update and remove", files{"Directory.Build.props": refs("<PackageReference Include=\"A\" Version=\"1.0.0\" />\n<PackageReference Include=\"B\" Version=\"1.0.0\" />"),
			"A.csproj": refs("<PackageReference Update=\"a\" Version=\"1.2.0\" />\n<PackageReference Remove=\"B\" />")},
			"A@1.2.0 production A.csproj:3"},
		{"properties of the nearest Directory.Build.props", files{"Directory.Build.props": project("<PropertyGroup><V>1.0.0</V></PropertyGroup>"),
			"src/Directory.Build.props": project("<PropertyGroup><V>2.0.0</V></PropertyGroup>"), "src/a/A.csproj": refs(`<PackageReference Include="A" Version="$(V)" />`)},
			"A@2.0.0 production src/a/A.csproj:3"},
		{"one Directory.Build.props imports the one above", files{"Directory.Build.props": project("<PropertyGroup><V>1.0.0</V></PropertyGroup>"),
			"src/Directory.Build.props": project(`<Import Project="$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../'))" />`), "src/A.csproj": refs(`<PackageReference Include="A" Version="$(V)" />`)},
			"A@1.0.0 production src/A.csproj:3"},
		{"an import of the tree", files{"eng/v.props": project("<PropertyGroup><V>1.0.0</V></PropertyGroup>"), "src/A.csproj": project("<Import Project=\"$(MSBuildThisFileDirectory)..\\eng\\v.props\" />\n<ItemGroup><PackageReference Include=\"A\" Version=\"$(V)\" /></ItemGroup>")},
			"A@1.0.0 production src/A.csproj:3"},
		{"central versions", files{"Directory.Packages.props": central, "a/A.csproj": refs("<PackageReference Include=\"a\" />\n<PackageReference Include=\"B\" VersionOverride=\"3.1.0\" />\n<PackageReference Include=\"C\" />")},
			"G@1.1.1 development Directory.Packages.props:6\na@2.5.0 production Directory.Packages.props:4\nB@3.1.0 production a/A.csproj:4\nC production a/A.csproj:5 (no PackageVersion names it; add one to Directory.Packages.props)"},
		{"a condition on the framework", files{"A.csproj": project("<PropertyGroup><TargetFrameworks>net6.0;net8.0</TargetFrameworks></PropertyGroup>\n<ItemGroup Condition=\"'$(TargetFramework)' == 'net6.0'\"><PackageReference Include=\"A\" Version=\"6.0.0\" /></ItemGroup>\n<ItemGroup Condition=\"'$(TargetFramework)' == 'net8.0'\"><PackageReference Include=\"A\" Version=\"8.0.0\" /></ItemGroup>\n<ItemGroup Condition=\"'$(TargetFramework)' == 'net9.0'\"><PackageReference Include=\"A\" Version=\"9.0.0\" /></ItemGroup>")},
			"A@6.0.0 production A.csproj:3\nA@8.0.0 production A.csproj:4"},
		{"choose", files{"A.csproj": project("<PropertyGroup><X>1</X></PropertyGroup><Choose><When Condition=\"$(X) == 1\"><ItemGroup><PackageReference Include=\"A\" Version=\"1.0.0\" /></ItemGroup></When><Otherwise><ItemGroup><PackageReference Include=\"B\" Version=\"1.0.0\" /></ItemGroup></Otherwise></Choose>")},
			"A@1.0.0 production A.csproj:2"},
		{"scopes", files{"A.csproj": refs(`<PackageReference Include="A" Version="1.0.0" PrivateAssets="All" />
<PackageReference Include="B" Version="1.0.0" ExcludeAssets="runtime" />
<PackageReference Include="C" Version="1.0.0" IncludeAssets="build; analyzers" />
<PackageReference Include="D" Version="1.0.0" PrivateAssets="compile" />
<PackageDownload Include="E" Version="[1.0.0]" />
<DotNetCliToolReference Include="F" Version="1.0.0" />`)},
			"A@1.0.0 development A.csproj:3\nB@1.0.0 peer A.csproj:4\nC@1.0.0 development A.csproj:5\nD@1.0.0 production A.csproj:6\nE@1.0.0 development A.csproj:7\nF@1.0.0 development A.csproj:8"},
		{"ranges", files{"A.csproj": refs(`<PackageReference Include="A" Version="[1.0, 2.0)" />
<PackageReference Include="B" Version="[1.2.3]" />
<PackageReference Include="C" Version="1.*" />
<PackageReference Include="D" Version="(1.0, )" />
<PackageReference Include="E" Version="(,2.0]" />
<PackageReference Include="F" Version="$(Nowhere)1" />
<PackageReference Include="G" Version="$([System.String]::new('1'))" />
<PackageReference Include="H" Version="1.0.0.0-beta.1+build" />`)},
			"A@1.0.0 production A.csproj:3\nB@1.2.3 production A.csproj:4\nC production A.csproj:5 (the floating version 1.* is decided when it is restored; lock it with dotnet restore --use-lock-file)\n" +
				"D production A.csproj:6 (the range (1.0, ) leaves out its lowest version; lock it with dotnet restore --use-lock-file)\nE production A.csproj:7 (the range (,2.0] names no lowest version; lock it with dotnet restore --use-lock-file)\n" +
				"F production A.csproj:8 (its version $(Nowhere)1 cannot be known without building)\nG production A.csproj:9 (its version $([System.String]::new('1')) cannot be known without building)\nH@1.0.0-beta.1 production A.csproj:10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, packagesOf(read(t, tt.tree))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAProjectWithoutALockfileSaysWhatIsNotCertain(t *testing.T) {
	r := read(t, files{"A.csproj": "<Project>\n<ItemGroup Condition=\"'$(Configuration)' == 'Debug'\"><PackageReference Include=\"A\" Version=\"1.0.0\" /></ItemGroup>\n" +
		"<Import Project=\"../../up.props\" /><Import Project=\"gone.props\" /><Import Project=\"$(Odd::x())\" /><Import Project=\"$(MSBuildToolsPath)\\x.targets\" />\n" +
		"<ItemGroup><ProjectReference Include=\"..\\..\\B.csproj\" /></ItemGroup></Project>"})
	projecttest.WantGaps(t, r.Gaps,
		"A.csproj:2: A hangs on a condition that cannot be decided here; it was checked as if it counted",
		`A.csproj:3: imports "../../up.props" from outside of the repository`,
		`A.csproj:3: imports "gone.props", which is not there`,
		`A.csproj:3: imports "$(Odd::x())", which cannot be found without building`,
		`A.csproj:4: refers to the project "..\\..\\B.csproj", which is not in the repository`,
		"A.csproj:2: has no packages.lock.json, so what it restores is not certain; 1 packages are declared by their lowest version",
		"A.csproj:2: what 1 of its packages need is unknown")
}

func TestTheGlobalPackagesFolderGivesEdgesWithoutALockfile(t *testing.T) {
	home := files{
		".nuget/packages/a/1.0.0/a.nuspec": `<package><metadata><id>A</id><dependencies><group targetFramework="net6.0"><dependency id="B" version="1.0.0" /><dependency id="C" version="[1.0.0, )" /></group><group targetFramework=".NETStandard2.0"><dependency id="Z" version="1.0.0" /></group></dependencies></metadata></package>`,
		".nuget/packages/b/1.0.0/b.nuspec": `<package><metadata><id>B</id><dependencies><dependency id="D" version="1.0.0" /></dependencies></metadata></package>`,
		".nuget/packages/c/1.0.0/c.nuspec": `<package><metadata><id>C</id><dependencies><dependency id="D" version="1.2.0" /><dependency id="E" version="9.0.0" /></dependencies></metadata></package>`,
		".nuget/packages/d/1.2.0/d.nuspec": `<package><metadata><id>D</id></metadata></package>`,
		".nuget/packages/d/1.0.0/d.nuspec": `<package><metadata><id>D</id><dependencies><dependency id="Gone" version="1.0.0" /></dependencies></metadata></package>`,
		".nuget/packages/e/2.0.0/e.nuspec": `<package><metadata><id>E</id></metadata></package>`,
	}.Write(t)
	dir := files{"A.csproj": "<Project><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>\n<ItemGroup>\n<PackageReference Include=\"A\" Version=\"1.0.0\" />\n<PackageReference Include=\"E\" Version=\"2.0.0\" />\n</ItemGroup></Project>"}.Write(t)
	r := projecttest.Read(t, Reader{Settings: project.Settings{Home: home}}, dir)
	projecttest.WantGaps(t, r.Gaps, "A.csproj:3: has no packages.lock.json")
	want := []string{
		"# A.csproj A.csproj",
		"A@1.0.0 a@1.0.0 production depth=1 A.csproj:3-3 direct A.csproj:3 <[] 1.0.0 (production)",
		"E@2.0.0 e@2.0.0 production depth=1 A.csproj:4-4 direct A.csproj:4 <[] 2.0.0 (production) <[c@1.0.0] 9.0.0 (production)",
		"B@1.0.0 b@1.0.0 production depth=2 A.csproj:3-3 <[a@1.0.0] 1.0.0 (production)",
		"C@1.0.0 c@1.0.0 production depth=2 A.csproj:3-3 <[a@1.0.0] [1.0.0, ) (production)",
		"D@1.2.0 d@1.2.0 production depth=3 A.csproj:3-3 <[b@1.0.0] 1.0.0 (production) <[c@1.0.0] 1.2.0 (production)",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestCondition(t *testing.T) {
	props := properties{"a": {text: "x", known: true}, "maybe": {text: "x", known: true, unsure: true}}
	for text, want := range map[string]truth{
		"": yes, "'$(A)' == 'X'": yes, "'$(A)' != 'x'": no, "$(A) == x": yes, "'$(B)' == ''": yes, "!('$(A)' == 'x')": no, "'$(Configuration)' == 'Debug'": unknown,
		"'$(A)' == 'y' and '$(OS)' == 'Windows_NT'": no, "'$(A)' == 'x' Or '$(OS)' == 'Windows_NT'": yes, "'$(A)' == 'x' and '$(OS)' == 'Windows_NT'": unknown,
		"Exists('there')": yes, "!exists('gone')": yes, "true": yes, "'false'": no, "'$(A)' == 'x' == 'x'": unknown, "(": unknown, "'": unknown, "$(A.StartsWith('x'))": unknown,
		"'$(N)' >= '3'": unknown, "Odd('x')": unknown, "'%(Filename)' == ''": unknown, "'$(maybe)' == 'x'": unknown,
		strings.Repeat("(", 1000) + "true": unknown,
	} {
		got := condition(text, func(s string) (string, bool) {
			out, ok := props.expand(s, "")
			return out, ok && !props.unsure(s)
		}, func(s string) truth {
			if s == "there" {
				return yes
			}
			return no
		})
		if got != want {
			t.Errorf("condition(%.60q) = %d, want %d", text, got, want)
		}
	}
}

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{"1": "1.0.0", "1.0": "1.0.0", "01.2.03": "1.2.3", "1.2.3.0": "1.2.3", "1.2.3.4": "1.2.3.4", "1.0.0-RC.1+x": "1.0.0-RC.1",
		"": "", "x": "", "1.2.3.4.5": "", "1..2": "", "1.0.0-": "", "1.0.0-a b": ""} {
		if got := normalize(in); got != want {
			t.Errorf("normalize(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNearestGroup(t *testing.T) {
	groups := []string{"", "net45", ".NETFramework4.6.1", ".NETStandard1.3", ".NETStandard2.0", ".NETCoreApp3.1", "net6.0", "net6.0-windows7.0"}
	for project, want := range map[string]string{"net8.0": "net6.0", "net5.0": ".NETCoreApp3.1", "netcoreapp2.1": ".NETStandard2.0", "net472": ".NETFramework4.6.1", "net451": "net45",
		"netstandard2.1": ".NETStandard2.0", "netstandard1.0": "", ".NETCoreApp,Version=v6.0": "net6.0", ".NETFramework,Version=v4.7.2": ".NETFramework4.6.1"} {
		f, ok := ParseFramework(project)
		var known []Framework
		for _, g := range groups {
			k, _ := ParseFramework(g)
			known = append(known, k)
		}
		at := nearest(f, known)
		if !ok || at < 0 || groups[at] != want {
			t.Errorf("nearest(%s) = %d, want %q", project, at, want)
		}
	}
}
