package nuget

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/nuget"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// missing is a machine without an SDK.
type missing struct{}

func (missing) Run(context.Context, string, sandbox.Command) (sandbox.Result, error) {
	return sandbox.Result{}, fmt.Errorf("run: %w", &sandbox.NotFoundError{Program: "dotnet"})
}

// sdk stands in for dotnet: it answers with text, and writes a lockfile.
type sdk struct {
	code int
	text string
	lock string
	ran  *[]string
}

func (s sdk) Run(_ context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	*s.ran = append(*s.ran, strings.ReplaceAll(strings.Join(c.Args, " "), root, "ROOT"))
	if s.lock != "" {
		if err := os.WriteFile(filepath.Join(root, c.Dir, "packages.lock.json"), []byte(s.lock), 0o644); err != nil {
			return sandbox.Result{}, err
		}
	}
	return sandbox.Result{Code: s.code, Output: s.text}, nil
}

type world struct {
	*NuGet
	t   testing.TB
	dir string
}

func newWorld(t testing.TB, archive string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), NuGet: &NuGet{Run: missing{}, Temp: t.TempDir(), Config: "<configuration />\n"}}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if err := write(w.dir, f.Name, string(f.Data)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// project reads the project of a file as discovery does.
func (w *world) project(file string) fettle.Project {
	w.t.Helper()
	files, err := project.OpenFiles(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer files.Close()
	var claimed []string
	err = filepath.WalkDir(w.dir, func(name string, e os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(w.dir, name); err == nil && (nuget.Reader{}).Claims(filepath.ToSlash(rel)) {
			claimed = append(claimed, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	read, err := nuget.Reader{}.Read(w.t.Context(), files, claimed)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range read.Projects {
		if p.Lockfile == file {
			return p
		}
	}
	w.t.Fatalf("no project of %s in %v", file, claimed)
	return fettle.Project{}
}

// upgrades parses A.B@1.0.0>1.2.0.
func upgrades(list ...string) []fettle.Upgrade {
	var all []fettle.Upgrade
	for _, text := range list {
		text, to, _ := strings.Cut(text, ">")
		name, version, _ := strings.Cut(text, "@")
		all = append(all, fettle.Upgrade{Package: fettle.Package{Ecosystem: "NuGet", Name: name, Version: version}, To: to, Kind: fettle.Direct})
	}
	return all
}

// diff shows the lines that only one of two texts has.
func (w *world) diff(texts map[string]string) string {
	w.t.Helper()
	var out strings.Builder
	for _, name := range sortedKeys(texts) {
		was, is := strings.Split(w.read(name), "\n"), strings.Split(texts[name], "\n")
		for i, j := 0, 0; i < len(was) || j < len(is); {
			switch {
			case i < len(was) && j < len(is) && was[i] == is[j]:
				i, j = i+1, j+1
			case i < len(was) && !contains(is[j:], was[i]):
				fmt.Fprintf(&out, "%s -%s\n", name, was[i])
				i++
			default:
				fmt.Fprintf(&out, "%s +%s\n", name, is[j])
				j++
			}
		}
	}
	return out.String()
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

func sortedKeys(m map[string]string) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	for i := range names {
		for j := i; j > 0 && names[j] < names[j-1]; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	return names
}

const plainProject = `
-- app/app.csproj --
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFrameworks>net8.0;net462</TargetFrameworks>
    <JsonVersion>12.0.3</JsonVersion>
  </PropertyGroup>
  <!-- what it stands on: Json "12.0.1" -->
  <ItemGroup>
    <PackageReference Include="Big.Json"   Version='12.0.1' PrivateAssets="all"/>
    <PackageReference Include="Log">
      <Version>1.0</Version>
    </PackageReference>
    <PackageReference Include="Exact" Version="[1.0.0]" />
    <PackageReference Include="Within" Version="[1.0.0, 2.0.0)" />
    <PackageReference Include="Other.Json" Version="$(JsonVersion)" />
  </ItemGroup>
  <ItemGroup Condition="'$(TargetFramework)' == 'net462'">
    <PackageReference Include="Split" Version="1.0.0" />
  </ItemGroup>
  <ItemGroup Condition="'$(TargetFramework)' == 'net8.0'">
    <PackageReference Include="Split" Version="2.0.0" />
  </ItemGroup>
</Project>
`

func TestAVersionMovesWhereItStands(t *testing.T) {
	for _, c := range []struct{ name, upgrade, want string }{
		{"an attribute", "big.json@12.0.1>13.0.1", `app/app.csproj -    <PackageReference Include="Big.Json"   Version='12.0.1' PrivateAssets="all"/>
app/app.csproj +    <PackageReference Include="Big.Json"   Version='13.0.1' PrivateAssets="all"/>
`},
		{"an element", "Log@1.0.0>1.2.0", "app/app.csproj -      <Version>1.0</Version>\napp/app.csproj +      <Version>1.2.0</Version>\n"},
		{"an exact one", "Exact@1.0.0>1.0.5", "app/app.csproj -    <PackageReference Include=\"Exact\" Version=\"[1.0.0]\" />\napp/app.csproj +    <PackageReference Include=\"Exact\" Version=\"[1.0.5]\" />\n"},
		{"a range", "Within@1.0.0>1.9.0", "app/app.csproj -    <PackageReference Include=\"Within\" Version=\"[1.0.0, 2.0.0)\" />\napp/app.csproj +    <PackageReference Include=\"Within\" Version=\"[1.9.0, 2.0.0)\" />\n"},
		{"a property of its own", "Other.Json@12.0.3>13.0.1", "app/app.csproj -    <JsonVersion>12.0.3</JsonVersion>\napp/app.csproj +    <JsonVersion>13.0.1</JsonVersion>\n"},
		{"of one framework", "Split@1.0.0>1.5.0", "app/app.csproj -    <PackageReference Include=\"Split\" Version=\"1.0.0\" />\napp/app.csproj +    <PackageReference Include=\"Split\" Version=\"1.5.0\" />\n"},
		{"of the other framework", "Split@2.0.0>2.5.0", "app/app.csproj -    <PackageReference Include=\"Split\" Version=\"2.0.0\" />\napp/app.csproj +    <PackageReference Include=\"Split\" Version=\"2.5.0\" />\n"},
		{"declared lower than installed", "Log@1.1.0>1.2.0", "app/app.csproj -      <Version>1.0</Version>\napp/app.csproj +      <Version>1.2.0</Version>\n"},
		{"a pin of what others need", "Deep@1.0.0>1.1.0", "app/app.csproj +    <PackageReference Include=\"Deep\" Version=\"1.1.0\" />\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, newline := range []string{"\n", "\r\n"} {
				w := newWorld(t, plainProject)
				text := strings.ReplaceAll(w.read("app/app.csproj"), "\n", newline)
				if newline == "\r\n" {
					text = "\ufeff" + text
				}
				if err := write(w.dir, "app/app.csproj", text); err != nil {
					t.Fatal(err)
				}
				p := w.project("app/app.csproj")
				d, err := w.Derive(t.Context(), w.dir, p, upgrades(c.upgrade))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, strings.ReplaceAll(w.diff(d.Texts), "\r", "")); diff != "" || len(d.Stale) > 0 {
					t.Errorf("%s stale %q", diff, d.Stale)
				}
				if strings.Count(d.Texts["app/app.csproj"], "\n") != strings.Count(d.Texts["app/app.csproj"], newline) {
					t.Error("line ends are mixed")
				}
				for name, text := range d.Texts {
					if err := write(w.dir, name, text); err != nil {
						t.Fatal(err)
					}
				}
				if again, err := w.Derive(t.Context(), w.dir, w.project("app/app.csproj"), upgrades(c.upgrade)); err != nil || len(again.Texts) > 0 {
					t.Errorf("a second time: %v %s", err, w.diff(again.Texts))
				}
			}
		})
	}
}

const central = `
-- Directory.Packages.props --
<Project>
  <PropertyGroup>
    <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
    <CentralPackageTransitivePinningEnabled>true</CentralPackageTransitivePinningEnabled>
  </PropertyGroup>
  <ItemGroup>
    <PackageVersion Include="Alpha" Version="1.0.0" />
    <PackageVersion Include="Gamma" Version="1.0.0" />
  </ItemGroup>
</Project>
-- src/app/app.csproj --
<Project Sdk="Microsoft.NET.Sdk">
	<PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
	<ItemGroup>
		<PackageReference Include="Alpha" />
		<PackageReference Include="Gamma" />
	</ItemGroup>
</Project>
-- src/app/packages.lock.json --
{
  "version": 2,
  "dependencies": {
    "net8.0": {
      "Alpha": { "type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0", "dependencies": { "Beta": "1.0.0" } },
      "Gamma": { "type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0" },
      "Beta": { "type": "Transitive", "resolved": "1.0.0" }
    }
  }
}
`

func TestCentralVersionsAndPinsMoveInTheirOwnFile(t *testing.T) {
	unpinned := strings.Replace(central, "    <CentralPackageTransitivePinningEnabled>true</CentralPackageTransitivePinningEnabled>\n", "", 1)
	for _, c := range []struct{ name, files, upgrade, want string }{
		{"a direct one", central, "Alpha@1.0.0>1.1.0", "Directory.Packages.props -    <PackageVersion Include=\"Alpha\" Version=\"1.0.0\" />\nDirectory.Packages.props +    <PackageVersion Include=\"Alpha\" Version=\"1.1.0\" />\n"},
		{"a transitive one, pinned in order", central, "Beta@1.0.0>1.1.0", "Directory.Packages.props +    <PackageVersion Include=\"Beta\" Version=\"1.1.0\" />\n"},
		{"a transitive one, first of all", central, "Aaa@1.0.0>1.1.0", "Directory.Packages.props +    <PackageVersion Include=\"Aaa\" Version=\"1.1.0\" />\n"},
		{"without transitive pins, a reference too", unpinned, "Zeta@1.0.0>1.1.0", "Directory.Packages.props +    <PackageVersion Include=\"Zeta\" Version=\"1.1.0\" />\nsrc/app/app.csproj +\t\t<PackageReference Include=\"Zeta\" />\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.files)
			d, err := w.Derive(t.Context(), w.dir, w.project("src/app/packages.lock.json"), upgrades(c.upgrade))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, w.diff(d.Texts)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"src/app/packages.lock.json"}, d.Stale); diff != "" || !strings.Contains(d.Why, "no .NET SDK") || !strings.Contains(d.Why, "dotnet restore --use-lock-file") {
				t.Errorf("%s %q", diff, d.Why)
			}
		})
	}
}

func TestWithAnSDKTheLockfileIsRestored(t *testing.T) {
	var ran []string
	w := newWorld(t, central+"-- nuget.config --\n<configuration><packageSources><add key=\"evil\" value=\"http://evil.example\"/></packageSources></configuration>\n")
	lock := strings.ReplaceAll(w.read("src/app/packages.lock.json"), "1.0.0", "1.1.0")
	w.NuGet.Run = sdk{lock: lock, ran: &ran}
	d, err := w.Derive(t.Context(), w.dir, w.project("src/app/packages.lock.json"), upgrades("Alpha@1.0.0>1.1.0"))
	if err != nil || len(d.Stale) > 0 || d.Texts["src/app/packages.lock.json"] != lock {
		t.Errorf("%v %+v", err, d)
	}
	want := []string{"dotnet restore app.csproj --use-lock-file --force-evaluate --configfile ROOT/tree/nuget.config"}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Error(diff)
	}
	w = newWorld(t, central)
	w.NuGet.Run = sdk{code: 1, text: "app.csproj : error NU1301: Unable to load the service index\n", ran: &ran}
	if d, err = w.Derive(t.Context(), w.dir, w.project("src/app/packages.lock.json"), upgrades("Alpha@1.0.0>1.1.0")); err != nil || len(d.Stale) != 1 || !strings.Contains(d.Why, "NU1301") {
		t.Errorf("%v %+v", err, d)
	}
}

const old = `
-- packages.config --
<?xml version="1.0" encoding="utf-8"?>
<packages>
  <package id="Big.Json" version="12.0.1" targetFramework="net462" />
  <package id="Log" version="1.0.0" targetFramework="net462" />
</packages>
-- web.csproj --
<Project ToolsVersion="15.0">
  <ItemGroup>
    <Reference Include="Big.Json, Version=12.0.0.0">
      <HintPath>..\packages\Big.Json.12.0.1\lib\net45\Big.Json.dll</HintPath>
    </Reference>
  </ItemGroup>
</Project>
`

func TestAListedPackageMovesWithThePathsIntoItsFolder(t *testing.T) {
	w := newWorld(t, old)
	d, err := w.Derive(t.Context(), w.dir, w.project("packages.config"), upgrades("Big.Json@12.0.1>13.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	want := `packages.config -  <package id="Big.Json" version="12.0.1" targetFramework="net462" />
packages.config +  <package id="Big.Json" version="13.0.1" targetFramework="net462" />
web.csproj -      <HintPath>..\packages\Big.Json.12.0.1\lib\net45\Big.Json.dll</HintPath>
web.csproj +      <HintPath>..\packages\Big.Json.13.0.1\lib\net45\Big.Json.dll</HintPath>
`
	if diff := cmp.Diff(want, w.diff(d.Texts)); diff != "" || len(d.Notes) != 1 {
		t.Errorf("%s %q", diff, d.Notes)
	}
}

func TestAToolMovesInItsManifest(t *testing.T) {
	w := newWorld(t, "-- .config/dotnet-tools.json --\n{\n  \"version\": 1,\n  \"tools\": {\n    \"gen\": {\n      \"version\": \"1.0.0\",\n      \"commands\": [\"gen\"]\n    }\n  }\n}\n")
	d, err := w.Derive(t.Context(), w.dir, w.project(".config/dotnet-tools.json"), upgrades("gen@1.0.0>1.2.0"))
	want := ".config/dotnet-tools.json -      \"version\": \"1.0.0\",\n.config/dotnet-tools.json +      \"version\": \"1.2.0\",\n"
	if diff := cmp.Diff(want, w.diff(d.Texts)); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestWhatCannotBeMovedSafelyIsRefusedWithTheLine(t *testing.T) {
	for _, c := range []struct{ name, item, upgrade, want string }{
		{"a property that something else uses", `<PropertyGroup><V>1.0.0</V></PropertyGroup><ItemGroup><PackageReference Include="A" Version="$(V)" /><PackageReference Include="B" Version="$(V)" /></ItemGroup>`, "A@1.0.0>1.1.0", "the version of A is $(V), which app.csproj uses for something else too"},
		{"a property that is not set here", `<ItemGroup><PackageReference Include="A" Version="$(V)" /></ItemGroup>`, "A@1.0.0>1.1.0", "$(V), which is not set in one place"},
		{"a property with a condition", `<PropertyGroup Condition="'$(C)'=='x'"><V>1.0.0</V></PropertyGroup><ItemGroup><PackageReference Include="A" Version="$(V)" /></ItemGroup>`, "A@1.0.0>1.1.0", "without condition"},
		{"a version that is put together", `<ItemGroup><PackageReference Include="A" Version="1.$(V).0" /></ItemGroup>`, "A@1.0.0>1.1.0", "put together"},
		{"a version that floats", `<ItemGroup><PackageReference Include="A" Version="1.*" /></ItemGroup>`, "A@1.0.0>1.1.0", "floats"},
		{"not XML", `<ItemGroup>`, "A@1.0.0>1.1.0", "app.csproj:"},
		{"no version", ``, "A@1.0.0>latest", "not a version"},
		{"no name", ``, "A\" />@1.0.0>1.1.0", "not a name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "-- app.csproj --\n<Project>\n"+c.item+"\n</Project>\n")
			_, err := w.Derive(t.Context(), w.dir, fettle.Project{Manager: "nuget", Lockfile: "app.csproj", Manifest: "app.csproj"}, upgrades(c.upgrade))
			if !errors.Is(err, fettle.ErrRefused) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestReleasesAreThoseThatTheUsersSourcesServe(t *testing.T) {
	var ran []string
	w := newWorld(t, "")
	pkg := fettle.Package{Ecosystem: "NuGet", Name: "Big.Json", Version: "12.0.1"}
	if _, err := w.Releases(t.Context(), fettle.Project{}, pkg); !errors.Is(err, manager.ErrNoTool) {
		t.Errorf("got %v", err)
	}
	w = newWorld(t, "")
	w.NuGet.Run = sdk{ran: &ran, text: `Welcome
{"version": 2, "problems": [], "searchResult": [{"sourceName": "a", "packages": [{"id": "Big.Json", "version": "9.0.1"}, {"id": "big.json", "version": "13.0.1"}, {"id": "Big.Json", "version": "12.0.1"}]},
 {"sourceName": "b", "packages": [{"id": "Big.Json", "version": "13.0.1"}, {"id": "Big.Json", "version": "13.0.2-beta1"}, {"id": "Other", "version": "99.0.0"}]}]}`}
	list, err := w.Releases(t.Context(), fettle.Project{}, pkg)
	var got []string
	for _, r := range list {
		got = append(got, r.Version)
	}
	if diff := cmp.Diff([]string{"12.0.1", "13.0.1"}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := w.Releases(t.Context(), fettle.Project{}, pkg); err != nil || len(ran) != 1 {
		t.Errorf("asked %d times: %v", len(ran), err)
	}
	w.known, w.NuGet.Run = nil, sdk{ran: &ran, text: "{\"problems\": [{\"text\": \"it is down\"}]}"}
	if _, err := w.Releases(t.Context(), fettle.Project{}, pkg); !errors.Is(err, manager.ErrRegistry) || !strings.Contains(err.Error(), "it is down") {
		t.Errorf("got %v", err)
	}
}

func TestRangesKeepTheirStyle(t *testing.T) {
	for _, c := range []struct{ spec, version, want string }{
		{"1.0", "2.3.4", "2.3.4"}, {"[1.0]", "2.3.4", "[2.3.4]"}, {"[1.0, 3.0)", "2.3.4", "[2.3.4, 3.0)"}, {"[1.0, 2.0)", "2.3.4", "2.3.4"}, {"[1.0,)", "2.3.4", "[2.3.4,)"}, {"[1.0,1.0]", "2.3.4", "[2.3.4, 2.3.4]"}, {"", "1.0.0", "1.0.0"}, {"[", "1.0.0", "1.0.0"},
	} {
		got := (&NuGet{}).Repin(c.spec, c.version)
		if got != c.want || !(&NuGet{}).Admits(got, c.version) {
			t.Errorf("%q for %s: %q, want %q", c.spec, c.version, got, c.want)
		}
	}
	if (&NuGet{}).Admits("[1.0.0, )", "1.1.0") || !(&NuGet{}).Admits("[1.0.0, )", "1.0") {
		t.Error("a lower bound brings its lowest version")
	}
}

func TestNoPasswordOfTheUserReachesTheSandbox(t *testing.T) {
	home := t.TempDir()
	config := `<?xml version="1.0"?><configuration><packageSources><add key="own" value="https://user:secret@registry.example/v3/index.json" protocolVersion="3" /><add key="here" value="/srv/packages" /></packageSources>
<packageSourceCredentials><own><add key="ClearTextPassword" value="secret" /></own></packageSourceCredentials><apikeys><add key="x" value="secret"/></apikeys></configuration>`
	if err := write(home, ".nuget/NuGet/NuGet.Config", config); err != nil {
		t.Fatal(err)
	}
	_, got := Settings(t.TempDir(), func(name string) string { return map[string]string{"HOME": home}[name] })
	if strings.Contains(got, "secret") || !strings.Contains(got, `value="https://registry.example/v3/index.json"`) || !strings.Contains(got, `value="/srv/packages"`) || !strings.Contains(got, "<clear>") {
		t.Error(got)
	}
}

func FuzzProjectFile(f *testing.F) {
	for _, a := range []string{plainProject, central, old} {
		for _, file := range txtar.Parse([]byte(a)).Files {
			f.Add(string(file.Data))
		}
	}
	for _, seed := range []string{"", "<Project/>", "\ufeff<Project></Project>", "<Project><ItemGroup><PackageReference Include=\"A\" Version=\"1.0.0\"", "<a b='>' c=\"'\" />", strings.Repeat("<a>", 300),
		"<!DOCTYPE x [<!ENTITY a \"b\">]><Project>&a;</Project>", "<Project><ItemGroup><PackageReference Include=\"A\"><Version>1.<!-- -->0</Version></PackageReference></ItemGroup></Project>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := fettle.Project{Manager: "nuget", Lockfile: "app.csproj", Manifest: "app.csproj"}
		for _, u := range upgrades("A@1.0.0>2.0.0", "Split@2.0.0>2.5.0", "Other.Json@12.0.3>13.0.1") {
			d := &draft{manager: &NuGet{}, project: p, files: map[string]string{"app.csproj": text}}
			if d.move(u) != nil {
				continue
			}
			if _, err := parse("app.csproj", d.files["app.csproj"]); err != nil {
				t.Fatalf("%q became %q: %v", text, d.files["app.csproj"], err)
			}
		}
		_, _ = parseSearch(text, "A")
		_, _ = scrubbed([]byte(text))
		_ = lowest(text)
		_ = (&NuGet{}).Repin(text, "1.0.0")
	})
}
