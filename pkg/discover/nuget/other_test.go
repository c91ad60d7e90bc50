package nuget

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

const appAssets = `{
  "version": 3,
  "targets": {
    "net6.0": {
      "A/1.0.0": {
        "type": "package",
        "dependencies": {
          "B": "1.0.0"
        }
      },
      "B/1.1.0": {
        "type": "package"
      },
      "Lib/1.0.0": {
        "type": "project",
        "dependencies": {
          "B": "1.1.0"
        }
      }
    }
  },
  "libraries": {
    "A/1.0.0": {"type": "package"},
    "B/1.1.0": {"type": "package"},
    "Lib/1.0.0": {"type": "project"},
    "Left/9.0.0": {"type": "package"}
  },
  "project": {
    "frameworks": {
      "net6.0": {
        "dependencies": {
          "A": {"target": "Package", "version": "[1.0.0, )"},
          "Lost": {"target": "Package", "version": "[1.0.0, )"},
          "B": {"target": "Package", "version": "[1.1.0, )", "suppressParent": "All"}
        }
      }
    }
  }
}
`

func TestWhatWasRestoredAnswersForAProjectWithoutALockfile(t *testing.T) {
	r := read(t, files{"app/App.csproj": `<Project><ItemGroup><PackageReference Include="A" Version="1.0.0" /><PackageReference Include="New" Version="1.0.0" /></ItemGroup></Project>`, "app/obj/project.assets.json": appAssets})
	projecttest.WantGaps(t, r.Gaps, "app/obj/project.assets.json:33: Lost is declared and was not restored for net6.0", "app/App.csproj:1: New is declared and not locked in app/obj/project.assets.json")
	want := []string{
		"# app/obj/project.assets.json app/App.csproj",
		"A@1.0.0 a@1.0.0 production depth=1 app/obj/project.assets.json:5-10 direct app/App.csproj:1 <[] [1.0.0, ) (production)",
		"B@1.1.0 b@1.1.0 production depth=1 app/obj/project.assets.json:11-13 direct <[a@1.0.0] 1.0.0 (production) <[project:lib] 1.1.0 (production) <[] [1.1.0, ) (development)",
		"Left@9.0.0 left@9.0.0 production depth=0 app/obj/project.assets.json:26-26",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestALockfileCountsBeforeWhatWasRestored(t *testing.T) {
	r := read(t, files{"App.csproj": appProject, "packages.lock.json": appLock, "obj/project.assets.json": appAssets, "bin/Debug/net6.0/App.deps.json": appDeps})
	if len(r.Projects) != 1 || r.Projects[0].Lockfile != "packages.lock.json" {
		t.Errorf("projects = %v", nodes(r))
	}
}

const appDeps = `{
  "runtimeTarget": {"name": ".NETCoreApp,Version=v6.0"},
  "targets": {
    ".NETCoreApp,Version=v6.0": {
      "App/1.0.0": {
        "dependencies": {"A": "1.0.0", "runtimepack.Core.Runtime.linux-x64": "6.0.1", "Plain": "1.0.0.0"}
      },
      "runtimepack.Core.Runtime.linux-x64/6.0.1": {},
      "A/1.0.0": {"dependencies": {"B": "1.1.0"}},
      "B/1.1.0": {},
      "Plain/1.0.0.0": {}
    }
  },
  "libraries": {
    "App/1.0.0": {"type": "project"},
    "runtimepack.Core.Runtime.linux-x64/6.0.1": {"type": "runtimepack"},
    "A/1.0.0": {"type": "package"},
    "B/1.1.0": {"type": "package"},
    "Plain/1.0.0.0": {"type": "reference"}
  }
}
`

func TestWhatABuildShipsIsRead(t *testing.T) {
	r := read(t, files{"publish/App.deps.json": appDeps})
	projecttest.WantGaps(t, r.Gaps)
	want := []string{
		"# publish/App.deps.json ",
		"Core.Runtime.linux-x64@6.0.1 core.runtime.linux-x64@6.0.1 production depth=1 publish/App.deps.json:8-8 direct <[project:app] 6.0.1 (production)",
		"A@1.0.0 a@1.0.0 production depth=1 publish/App.deps.json:9-9 direct <[project:app] 1.0.0 (production)",
		"B@1.1.0 b@1.1.0 production depth=2 publish/App.deps.json:10-10 <[a@1.0.0] 1.1.0 (production)",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestPackagesConfigListsAllPackages(t *testing.T) {
	r := read(t, files{"App.csproj": "<Project><Import Project=\"packages\\B.1.0.0\\build\\B.props\" Condition=\"Exists('packages\\B.1.0.0\\build\\B.props')\" /></Project>",
		"packages.config":           "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<packages>\r\n  <package id=\"A\" version=\"1.0\" targetFramework=\"net472\" />\r\n  <package id=\"B\" version=\"1.0.0\" developmentDependency=\"true\" />\r\n  <package id=\"C\" version=\"\" />\r\n  <package version=\"1\" />\r\n</packages>\r\n",
		"packages/A.1.0.0/A.nuspec": `<package><metadata><dependencies><dependency id="B" version="1.0.0" /><dependency id="Gone" version="1.0.0" /></dependencies></metadata></package>`})
	projecttest.WantGaps(t, r.Gaps, "packages.config:6: a package without id", "packages.config:3: A needs Gone, which is not listed", "packages.config: who needs what is unknown for 2 of its packages")
	want := []string{
		"# packages.config packages.config",
		"A@1.0.0 a@1.0.0 production depth=1 packages.config:3-3 direct packages.config:3 <[] 1.0.0 (production)",
		"B@1.0.0 b@1.0.0 production depth=1 packages.config:4-4 direct packages.config:4 <[] 1.0.0 (development) <[a@1.0.0] 1.0.0 (production)",
		"C c@ production depth=1 packages.config:5-5 direct packages.config:5 <[]  (production)",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestToolsAreForDevelopment(t *testing.T) {
	r := read(t, files{".config/dotnet-tools.json": "{\"tools\": {\n\"dotnet-x\": {\"version\": \"6.0.1\"},\n\"y\": {}}}"})
	want := []string{
		"# .config/dotnet-tools.json .config/dotnet-tools.json",
		"dotnet-x@6.0.1 dotnet-x@6.0.1 development depth=1 .config/dotnet-tools.json:2-2 direct .config/dotnet-tools.json:2 <[] 6.0.1 (development)",
		"y y@ development depth=1 .config/dotnet-tools.json:3-3 direct .config/dotnet-tools.json:3 <[]  (development)",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}
