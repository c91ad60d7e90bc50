package validate

import (
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// manifestTexts is a manifest of each kind, with places to change.
var manifestTexts = map[string]string{
	"package.json":        `{"name":"app","scripts":{"test":"jest"},"dependencies":{"a":"^1.0.0","b":"git+https://host.example/b"},"pnpm":{"overrides":{},"onlyBuiltDependencies":[]}}`,
	"pnpm-workspace.yaml": "packages:\n  - a\ncatalog:\n  a: ^1.0.0\noverrides:\n  b: 1.0.0\nonlyBuiltDependencies:\n  - c\n",
	"pom.xml": `<project><parent><artifactId>p</artifactId><version>1.0</version></parent><properties><a.version>1.0</a.version><plug.version>3.0</plug.version><skipTests>false</skipTests></properties>
<dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>${a.version}</version></dependency></dependencies>
<dependencyManagement><dependencies></dependencies></dependencyManagement>
<repositories><repository><url>https://repo.example</url></repository></repositories>
<build><plugins><plugin><artifactId>x</artifactId><version>${plug.version}</version></plugin></plugins></build></project>`,
	"build.gradle":              "plugins {\n  id 'java'\n  id 'x' version '1.0'\n}\next.aVersion = '1.0'\nsourceCompatibility = '1.8'\nrepositories { maven { url 'https://repo.example' } }\ndependencies {\n  implementation 'g:a:1.0'\n  implementation \"g:b:$aVersion\"\n}\n",
	"gradle/libs.versions.toml": "[versions]\na = \"1.0\"\nplug = \"1.0\"\njava = \"17\"\n[libraries]\na = { module = \"g:a\", version.ref = \"a\" }\nb = \"g:b:1.0\"\n[plugins]\np = { id = \"x\", version.ref = \"plug\" }\n",
	"gradle.properties":         "aVersion=1.0\norg.gradle.jvmargs=-Xmx1g\nskip=1\n",
	"requirements.txt":          "--index-url https://index.example/simple\n-r base.txt\na==1.0 \\\n    --hash=sha256:aa\nb>=1,<2  # why\nc @ https://host.example/c.whl\n",
	"pyproject.toml": "[build-system]\nrequires = [\"setuptools\"]\n[project]\nname = \"app\"\ndependencies = [\"a>=1.0\", \"c @ https://host.example/c.whl\"]\n[tool.poetry.dependencies]\npython = \"^3.9\"\na = \"^1.0\"\nb = {version = \"^1.0\", extras = [\"x\"]}\n" +
		"[tool.pytest.ini_options]\naddopts = \"-q\"\n[[tool.uv.index]]\nurl = \"https://index.example\"\n",
	"Pipfile":                  "[[source]]\nurl = \"https://index.example\"\n[packages]\na = \"==1.0\"\n[requires]\npython_version = \"3.9\"\n[scripts]\ntest = \"pytest\"\n",
	"go.mod":                   "module app\n\ngo 1.22\n\nrequire host.example/a v1.0.0\n\nreplace host.example/b => ./b\n",
	"Cargo.toml":               "[package]\nname = \"app\"\nbuild = \"build.rs\"\n[dependencies]\na = \"1.0\"\nb = { version = \"1.0\", features = [\"x\"] }\n[patch.crates-io]\n",
	"app.csproj":               `<Project><PropertyGroup><TargetFramework>net8.0</TargetFramework><AVersion>1.0</AVersion></PropertyGroup><ItemGroup><PackageReference Include="A" Version="1.0.0" /><Compile Include="x.cs" /></ItemGroup></Project>`,
	"Directory.Packages.props": `<Project><ItemGroup><PackageVersion Include="A" Version="1.0.0" /></ItemGroup></Project>`,
	"Gemfile":                  "source 'https://gems.example'\nruby '3.1'\ngem 'a', '~> 1.0'\ngem 'b', git: 'https://host.example/b'\n",
	"composer.json":            `{"require":{"php":">=8","v/a":"^1.0"},"repositories":[],"scripts":{"test":"phpunit"}}`,
}

var manifestEcosystem = map[string]string{
	"package.json": "npm", "pnpm-workspace.yaml": "npm", "pom.xml": "Maven", "build.gradle": "Maven", "gradle/libs.versions.toml": "Maven", "gradle.properties": "Maven",
	"requirements.txt": "PyPI", "pyproject.toml": "PyPI", "Pipfile": "PyPI", "go.mod": "Go", "Cargo.toml": "crates.io", "app.csproj": "NuGet",
	"Directory.Packages.props": "NuGet", "Gemfile": "RubyGems", "composer.json": "Packagist",
}

func TestAnUpgradeChangesWhatDependenciesSayAndNothingElse(t *testing.T) {
	tests := []struct{ file, old, new, want string }{
		{"package.json", `"a":"^1.0.0"`, `"a":"^1.0.1"`, ""},
		{"package.json", `"overrides":{}`, `"overrides":{"c>d":"2.0.0"}`, ""},
		{"package.json", `"a":"^1.0.0"`, `"a":"npm:evil@1.0.0"`, "dependencies.a"},
		{"package.json", `"a":"^1.0.0"`, `"a":"https://evil.example/a.tgz"`, "dependencies.a"},
		{"package.json", `"a":"^1.0.0"`, `"a":"evil/a"`, "dependencies.a"},
		{"package.json", `git+https://host`, `git+https://evil`, "dependencies.b"},
		{"package.json", `"jest"`, `"true"`, "scripts"},
		{"package.json", `"onlyBuiltDependencies":[]`, `"onlyBuiltDependencies":["a"]`, "pnpm.onlyBuiltDependencies"},
		{"pnpm-workspace.yaml", "a: ^1.0.0", "a: ^1.0.1", ""},
		{"pnpm-workspace.yaml", "b: 1.0.0", "b: 1.0.0\n  c@<2: '>=2.0.0'", ""},
		{"pnpm-workspace.yaml", "  - c\n", "  - c\n  - d\n", "onlyBuiltDependencies"},
		{"pom.xml", "<a.version>1.0", "<a.version>1.0.1", ""},
		{"pom.xml", "<artifactId>p</artifactId><version>1.0", "<artifactId>p</artifactId><version>1.1", ""},
		{"pom.xml", "<version>${a.version}", "<version>2.0", ""},
		{"pom.xml", "<dependencyManagement><dependencies>", "<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>t</artifactId><version>2</version></dependency>", ""},
		{"pom.xml", "<properties>", "<properties><jackson.version>2.1</jackson.version>", ""},
		{"pom.xml", "<plug.version>3.0", "<plug.version>3.1", "more than dependencies refers to"},
		{"pom.xml", "<skipTests>false", "<skipTests>true", "not known to be a version"},
		{"pom.xml", "<properties>", "<properties><maven.test.skip>true</maven.test.skip>", "not known to be a version"},
		{"pom.xml", "https://repo.example", "https://evil.example", "something else"},
		{"pom.xml", "<artifactId>x</artifactId>", "<artifactId>x</artifactId><configuration><skip>true</skip></configuration>", "something else"},
		{"pom.xml", "<version>${a.version}</version>", "<version>1</version><scope>system</scope><systemPath>/x.jar</systemPath>", "comes from a file"},
		{"pom.xml", "<version>${a.version}</version>", "<version>1</version><exclusions/>", "more than its version"},
		{"build.gradle", "'g:a:1.0'", "'g:a:1.0.1'", ""},
		{"build.gradle", "ext.aVersion = '1.0'", "ext.aVersion = '1.1'", ""},
		{"build.gradle", "  implementation 'g:a:1.0'\n", "  implementation 'g:a:1.0'\n  constraints {\n    implementation('g:t:2.0') {\n      because 'fixed'\n    }\n  }\n", ""},
		{"build.gradle", "id 'x' version '1.0'", "id 'x' version '1.1'", "id 'x'"},
		{"build.gradle", "sourceCompatibility = '1.8'", "sourceCompatibility = '11'", "sourceCompat"},
		{"build.gradle", "https://repo.example", "https://evil.example", "evil"},
		{"build.gradle", "dependencies {", "test { ignoreFailures = true }\ndependencies {", "ignoreFailures"},
		{"build.gradle", "implementation 'g:a:1.0'", "implementation files('x.jar')", "x.jar"},
		{"gradle/libs.versions.toml", `a = "1.0"`, `a = "1.1"`, ""},
		{"gradle/libs.versions.toml", `"g:b:1.0"`, `"g:b:1.1"`, ""},
		{"gradle/libs.versions.toml", `"g:b:1.0"`, `"evil:b:1.1"`, "libraries.b"},
		{"gradle/libs.versions.toml", `plug = "1.0"`, `plug = "1.1"`, "versions.plug"},
		{"gradle/libs.versions.toml", `java = "17"`, `java = "21"`, "versions.java"},
		{"gradle.properties", "aVersion=1.0", "aVersion=1.1", ""},
		{"gradle.properties", "-Xmx1g", "-Xmx2g", "jvmargs"},
		{"gradle.properties", "skip=1", "skip=2", "skip"},
		{"requirements.txt", "a==1.0 \\\n    --hash=sha256:aa", "a==1.1 \\\n    --hash=sha256:bb", ""},
		{"requirements.txt", "b>=1,<2", "b>=1.5,<2", ""},
		{"requirements.txt", "b>=1", "d==2 ; python_version > '3'\nb>=1", ""},
		{"requirements.txt", "index.example", "evil.example", "evil.example"},
		{"requirements.txt", "--index-url https://index.example/simple\n", "", "goes"},
		{"requirements.txt", "a==1.0 ", "a @ https://evil.example/a.whl ", "evil.example"},
		{"requirements.txt", "-r base.txt", "-r evil.txt", "evil.txt"},
		{"requirements.txt", "host.example/c.whl", "evil.example/c.whl", "evil.example"},
		{"pyproject.toml", `"a>=1.0"`, `"a>=1.1"`, ""},
		{"pyproject.toml", `a = "^1.0"`, `a = "^1.1"`, ""},
		{"pyproject.toml", `{version = "^1.0", extras`, `{version = "^1.1", extras`, ""},
		{"pyproject.toml", `a = "^1.0"`, `a = {git = "https://evil.example/a"}`, "tool.poetry.dependencies.a"},
		{"pyproject.toml", `"a>=1.0"`, `"a @ https://evil.example/a.whl"`, "project.dependencies"},
		{"pyproject.toml", `"^3.9"`, `"^3.12"`, "dependencies.python"},
		{"pyproject.toml", `"setuptools"`, `"evil"`, "build-system"},
		{"pyproject.toml", `"-q"`, `"-k nothing"`, "tool.pytest"},
		{"pyproject.toml", `https://index.example`, `https://evil.example`, "tool.uv.index"},
		{"Pipfile", `"==1.0"`, `"==1.1"`, ""},
		{"Pipfile", `https://index.example`, `https://evil.example`, "source"},
		{"Pipfile", `"pytest"`, `"true"`, "scripts"},
		{"go.mod", "v1.0.0", "v1.0.1", ""},
		{"go.mod", "go 1.22", "go 1.23", ""},
		{"go.mod", "=> ./b", "=> evil.example/b v1.0.0", "something else than requirements"},
		{"go.mod", "\nreplace", "\nretract v1.0.0\nreplace", "something else than requirements"},
		{"Cargo.toml", `a = "1.0"`, `a = "1.1"`, ""},
		{"Cargo.toml", `{ version = "1.0", features`, `{ version = "1.1", features`, ""},
		{"Cargo.toml", `a = "1.0"`, `a = { git = "https://evil.example/a" }`, "dependencies.a"},
		{"Cargo.toml", `a = "1.0"`, `a = { version = "1.0", package = "evil" }`, "dependencies.a"},
		{"Cargo.toml", "[patch.crates-io]", "[patch.crates-io]\na = { path = \"x\" }", "patch"},
		{"Cargo.toml", "build.rs", "evil.rs", "package"},
		{"app.csproj", `Version="1.0.0"`, `Version="1.0.1"`, ""},
		{"app.csproj", `<AVersion>1.0`, `<AVersion>1.1`, ""},
		{"app.csproj", `<PackageReference`, `<PackageReference Include="T" Version="2.0.0" /><PackageReference`, ""},
		{"app.csproj", `net8.0`, `net9.0`, "something else"},
		{"app.csproj", `x.cs`, `y.cs`, "something else"},
		{"app.csproj", `<PackageReference Include="A" Version="1.0.0" />`, `<PackageReference Include="A" Version="1.0.1" GeneratePathProperty="true" />`, "more than its version"},
		{"Directory.Packages.props", `<ItemGroup>`, `<PropertyGroup><CentralPackageTransitivePinningEnabled>true</CentralPackageTransitivePinningEnabled></PropertyGroup><ItemGroup><PackageVersion Include="T" Version="2.0.0" />`, ""},
		{"Directory.Packages.props", `<ItemGroup>`, `<PropertyGroup><RestoreSources>https://evil.example</RestoreSources></PropertyGroup><ItemGroup>`, "something else"},
		{"Gemfile", "'~> 1.0'", "'~> 1.1'", ""},
		{"Gemfile", "gem 'b'", "gem 't', '>= 2.0'\ngem 'b'", ""},
		{"Gemfile", "gems.example", "evil.example", "evil.example"},
		{"Gemfile", "gem 'b'", "system('x')\ngem 'b'", "system"},
		{"Gemfile", "ruby '3.1'", "ruby '3.2'", "3.2"},
		{"composer.json", `"^1.0"`, `"^1.1"`, ""},
		{"composer.json", `">=8"`, `">=9"`, "require.php"},
		{"composer.json", `"repositories":[]`, `"repositories":[{"type":"vcs","url":"https://evil.example"}]`, "repositories"},
		{"composer.json", `"phpunit"`, `"true"`, "scripts"},
	}
	seen := map[string]bool{}
	for _, test := range tests {
		t.Run(test.file+" "+test.new, func(t *testing.T) {
			seen[test.file] = true
			before := manifestTexts[test.file]
			if !strings.Contains(before, test.old) {
				t.Fatalf("no %q", test.old)
			}
			s, err := readSnapshot(t.Context(), files(t, map[string]string{test.file: before}))
			if err != nil {
				t.Fatal(err)
			}
			after := tree{base: s, files: map[string]string{test.file: strings.Replace(before, test.old, test.new, 1)}}
			fix := fettle.Fix{Upgrades: []fettle.Upgrade{{Package: fettle.Package{Ecosystem: manifestEcosystem[test.file]}}}}
			got := inScope(s.tree(), after, fix, []fettle.Edit{{Path: test.file}})
			if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("%q; want %q", got, test.want)
			}
			if test.want == "" {
				fix.Upgrades[0].Package.Ecosystem = "another"
				if got := inScope(s.tree(), after, fix, []fettle.Edit{{Path: test.file}}); !strings.Contains(got, "upgrades none of them") {
					t.Errorf("of another ecosystem: %q", got)
				}
			}
		})
	}
	for file := range manifestTexts {
		if !seen[file] {
			t.Errorf("nothing is tried on %s", file)
		}
	}
}

func TestAnUpgradeStaysWithItsProject(t *testing.T) {
	tests := []struct {
		file, dir, ecosystem string
		want                 bool
	}{
		{"web/package.json", "web", "npm", true},
		{"package.json", "web", "npm", false},
		{"webshop/package.json", "web", "npm", false},
		{"pom.xml", "services/a", "Maven", true},
		{"services/pom.xml", "services/a", "Maven", true},
		{"services/b/pom.xml", "services/a", "Maven", false},
		{"gradle/libs.versions.toml", "services/a", "Maven", true},
		{"Directory.Packages.props", "src/App", "NuGet", true},
		{"go.mod", "tools", "Go", false},
	}
	for _, test := range tests {
		if got := belongs(test.file, test.dir, test.ecosystem); got != test.want {
			t.Errorf("%s of %s: %v; want %v", test.file, test.dir, got, test.want)
		}
	}
}

func TestTestsAndManifestsOfAllEcosystemsAreWatched(t *testing.T) {
	yes := []string{"a_test.go", "pkg/test_a.py", "conftest.py", "src/test/java/A.java", "src/main/java/AllTests.java", "App.Tests/Some.cs", "src/FooTests.cs", "spec/a_spec.rb",
		"lib/a_spec.rb", "tests/ATest.php", "tests/it.rs", "a.test.ts", "__tests__/a.js", "go.sum", "Cargo.lock", "a/pom.xml", "requirements-dev.txt", "uv.lock", "Gemfile.lock",
		"composer.lock", "packages.lock.json", "gradle.lockfile", "x/build.gradle.kts", ".npmrc", "pytest.ini", "phpunit.xml"}
	no := []string{"a.go", "latest.py", "src/main/java/A.java", "contest.rb", "lib/a.rb", "attest/a.js", "README.md", "src/lib.rs", "requirements.md", "protest.go"}
	for _, name := range slices.Concat(yes, no) {
		if want := slices.Contains(yes, name); watched(name) != want {
			t.Errorf("%s watched: %v; want %v", name, !want, want)
		}
	}
}

func FuzzBeyond(f *testing.F) {
	for _, text := range manifestTexts {
		f.Add(text, strings.Replace(text, "1.0", "1.1", 1))
		f.Add("\ufeff"+text, text[:len(text)/2])
		f.Add(strings.ReplaceAll(text, "\n", "\r\n"), strings.Repeat(text, 2))
	}
	f.Add(strings.Repeat("[", 2000), strings.Repeat("{\"dependencies\":", 2000))
	f.Add("a = 1\na = 2\n", "gem 'a', '1'\\\n")
	f.Fuzz(func(t *testing.T, old, new string) {
		for _, m := range manifests {
			if why := m.beyond(old, old); why != "" && m.beyond(old, old) != why {
				t.Errorf("answers %q and then another", why)
			}
			m.beyond(old, new)
		}
	})
}
