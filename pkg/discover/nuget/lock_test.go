package nuget

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

type files = projecttest.Tree

func read(t testing.TB, tree files) project.Reading {
	t.Helper()
	return projecttest.Read(t, Reader{}, tree.Write(t))
}

func nodes(r project.Reading) []string {
	var lines []string
	for _, p := range r.Projects {
		lines = append(lines, "# "+p.Lockfile+" "+p.Manifest)
		lines = append(lines, projecttest.Nodes(p)...)
	}
	return lines
}

const appProject = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFrameworks>net6.0;net472</TargetFrameworks>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Json.Parts" Version="2.0.0" />
    <PackageReference Include="Style.Check" Version="[1.5.0]">
      <PrivateAssets>all</PrivateAssets>
    </PackageReference>
    <ProjectReference Include="..\lib\Lib.csproj" />
  </ItemGroup>
</Project>
`

const libProject = `<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="Log.Base" Version="3.1" />
  </ItemGroup>
</Project>
`

const appLock = `{
  "version": 2,
  "dependencies": {
    ".NETFramework,Version=v4.7.2": {
      "Json.Parts": {
        "type": "Direct",
        "requested": "[2.0.0, )",
        "resolved": "2.0.0",
        "contentHash": "x",
        "dependencies": {
          "Text.Buffers": "4.5.0"
        }
      },
      "Style.Check": {
        "type": "Direct",
        "requested": "[1.5.0, 1.5.0]",
        "resolved": "1.5.0",
        "dependencies": {
          "Style.Core": "1.0.0"
        }
      },
      "Style.Core": {
        "type": "Transitive",
        "resolved": "1.0.0"
      },
      "Text.Buffers": {
        "type": "CentralTransitive",
        "requested": "[4.5.1, )",
        "resolved": "4.5.1"
      },
      "lib": {
        "type": "Project",
        "dependencies": {
          "Log.Base": "[3.1.0, )"
        }
      },
      "Log.Base": {
        "type": "Transitive",
        "resolved": "3.1.0"
      }
    },
    "net6.0": {
      "Json.Parts": {
        "type": "Direct",
        "requested": "[2.0.0, )",
        "resolved": "2.0.0",
        "dependencies": {
          "Text.Buffers": "4.5.0"
        }
      },
      "Style.Check": {
        "type": "Direct",
        "requested": "[1.5.0, 1.5.0]",
        "resolved": "1.5.0"
      },
      "Text.Buffers": {
        "type": "Transitive",
        "resolved": "4.5.0"
      }
    },
    "net6.0/linux-x64": {
      "Text.Buffers": {
        "type": "Transitive",
        "resolved": "4.5.0",
        "dependencies": {
          "Json.Parts": "2.0.0",
          "Native.Linux": "1.0.0"
        }
      },
      "Native.Linux": {
        "type": "Transitive",
        "resolved": "1.0.0"
      }
    }
  }
}
`

func TestALockfileGivesVersionsScopesEdgesAndLines(t *testing.T) {
	r := read(t, files{"app/App.csproj": appProject, "app/packages.lock.json": appLock, "lib/Lib.csproj": libProject, "lib/packages.lock.json": `{"version": 1, "dependencies": {"net6.0": {}}}`})
	projecttest.WantGaps(t, r.Gaps, "lib/Lib.csproj:3: Log.Base is declared and not locked in lib/packages.lock.json")
	want := []string{
		"# app/packages.lock.json app/App.csproj",
		"Json.Parts@2.0.0 json.parts@2.0.0 production depth=1 app/packages.lock.json:5-13 direct app/App.csproj:6 <[] [2.0.0, ) (production) <[text.buffers@4.5.0] 2.0.0 (production)",
		"Style.Check@1.5.0 style.check@1.5.0 development depth=1 app/packages.lock.json:14-21 direct app/App.csproj:7 <[] [1.5.0, 1.5.0] (development)",
		"Style.Core@1.0.0 style.core@1.0.0 development depth=2 app/packages.lock.json:22-25 <[style.check@1.5.0] 1.0.0 (production)",
		"Text.Buffers@4.5.1 text.buffers@4.5.1 production depth=2 app/packages.lock.json:26-30 <[json.parts@2.0.0] 4.5.0 (production)",
		"Log.Base@3.1.0 log.base@3.1.0 production depth=1 app/packages.lock.json:37-40 direct lib/Lib.csproj:3 <[project:lib] [3.1.0, ) (production)",
		"Text.Buffers@4.5.0 text.buffers@4.5.0 production depth=2 app/packages.lock.json:56-59 <[json.parts@2.0.0] 4.5.0 (production)",
		"Native.Linux@1.0.0 native.linux@1.0.0 production depth=3 app/packages.lock.json:70-73 <[text.buffers@4.5.0] 1.0.0 (production)",
		"# lib/packages.lock.json lib/Lib.csproj",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestPackagesOfATestProjectAreForTests(t *testing.T) {
	for name, project := range map[string]string{
		"by property": `<Project><PropertyGroup><IsTestProject>true</IsTestProject></PropertyGroup><ItemGroup><PackageReference Include="A" Version="1.0.0"/></ItemGroup></Project>`,
		"by package":  `<Project><ItemGroup><PackageReference Include="A" Version="1.0.0"/><PackageReference Include="Microsoft.NET.Test.Sdk" Version="17.0.0"/></ItemGroup></Project>`,
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, files{"T.csproj": project, "packages.lock.json": `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1.0.0", "requested": "[1.0.0, )"}, "Microsoft.NET.Test.Sdk": {"type": "Direct", "resolved": "17.0.0"}}}}`})
			projecttest.WantGaps(t, r.Gaps)
			if got := r.Projects[0].Nodes[0].Scope; got != "test" {
				t.Errorf("scope = %s, want test", got)
			}
		})
	}
}

func TestWhatIsWrongWithALockfileIsAGap(t *testing.T) {
	for _, tt := range []struct{ name, lock, want string }{
		{"cut off", `{"version": 1,`, "packages.lock.json:1: not valid JSON"},
		{"a list", `[]`, "packages.lock.json:1: is a list; want an object"},
		{"no dependencies", `{"version": 1}`, `packages.lock.json:1: has no object "dependencies"`},
		{"an unknown version", "{\n\"version\": 9, \"dependencies\": {}}", `packages.lock.json:2: lockfile version "9" is not known here`},
		{"a framework that is no object", `{"version": 1, "dependencies": {"net6.0": []}}`, `packages.lock.json:1: "net6.0" is a list`},
		{"an entry that is no object", `{"version": 1, "dependencies": {"net6.0": {"A": "1.0.0"}}}`, `packages.lock.json:1: "A" is a string`},
		{"an unknown type", `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Odd", "resolved": "1.0.0"}}}}`, `packages.lock.json:1: A is of the unknown type "Odd"`},
		{"a dangling need", `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1.0.0", "dependencies": {"B": "2.0.0"}}}}}`, `packages.lock.json:1: B 2.0.0 is needed by A and not in the lockfile`},
		{"the same name in another case", `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1.0.0"}, "a": {"type": "Direct", "resolved": "2.0.0"}}}}`, `packages.lock.json:1: "a" stands twice in net6.0`},
		{"a key twice", `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1.0.0", "resolved": "2.0.0"}}}}`, `packages.lock.json:1: "resolved" stands twice`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			projecttest.WantGaps(t, read(t, files{"packages.lock.json": tt.lock}).Gaps, tt.want)
		})
	}
}

func TestALockfileOutOfStepWithItsProjectIsAGap(t *testing.T) {
	r := read(t, files{"A.csproj": `<Project><ItemGroup>
<PackageReference Include="A" Version="1.1.0" />
<PackageReference Include="B" Version="1.0" />
<PackageReference Include="C" Version="1.0.0" />
</ItemGroup></Project>`, "packages.lock.json": `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0"}, "B": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0"}}}}`})
	projecttest.WantGaps(t, r.Gaps, "A.csproj:2: A is declared as 1.1.0 and locked as [1.0.0, )", "A.csproj:4: C is declared and not locked")
}

func TestALockfileOfAnotherNameIsFoundByItsProperty(t *testing.T) {
	r := read(t, files{"A.csproj": `<Project><PropertyGroup><NuGetLockFilePath>locks\a.json</NuGetLockFilePath></PropertyGroup></Project>`,
		"locks/a.json": `{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0"}}}}`})
	projecttest.WantGaps(t, r.Gaps)
	if len(r.Projects) != 1 || r.Projects[0].Lockfile != "locks/a.json" || len(r.Projects[0].Nodes) != 1 {
		t.Errorf("projects = %+v", r.Projects)
	}
}
