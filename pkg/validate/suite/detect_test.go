package suite

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEveryEcosystemHasAPlan(t *testing.T) {
	poms := files{
		"pom.xml":          `<project><modules><module>core</module><module>deep/web</module></modules></project>`,
		"core/pom.xml":     "<project/>",
		"deep/web/pom.xml": "<project/>", "alone/pom.xml": "<project/>",
	}
	for _, test := range []struct {
		name    string
		files   files
		project Project
		tools   string // those that are there; "" is all
		want    string // parts of install | scripts | build | test
		at      string
		lock    string
	}{
		{name: "npm", files: files{"package.json": `{"scripts":{"test":"mocha"}}`, "package-lock.json": `{"lockfileVersion":3}`},
			want: "npm ci --ignore-scripts --no-audit --no-fund | | | npm test", lock: "package-lock.json"},
		{name: "pnpm", files: files{"package.json": `{"scripts":{"test":"jest","build":"b"}}`, "pnpm-lock.yaml": ""},
			tools: "pnpm", want: "pnpm install --frozen-lockfile --ignore-scripts --ignore-pnpmfile | | pnpm run build | pnpm run test --verbose", lock: "pnpm-lock.yaml"},
		{name: "pnpm workspaces through corepack", files: files{"package.json": `{"packageManager":"pnpm@9.1.0"}`, "pnpm-lock.yaml": "requiresBuild: true", "pnpm-workspace.yaml": "packages: [a]"},
			want: "corepack pnpm install --frozen-lockfile --ignore-scripts --ignore-pnpmfile | corepack pnpm rebuild | corepack pnpm -r --workspace-concurrency=1 --no-bail --if-present run build | corepack pnpm -r --workspace-concurrency=1 --no-bail --if-present run test", lock: "pnpm-lock.yaml"},
		{name: "yarn 1", files: files{"package.json": `{"scripts":{"test":"vitest run"}}`, "yarn.lock": "# yarn lockfile v1"},
			tools: "yarn", want: "yarn install --frozen-lockfile --ignore-scripts --non-interactive --no-progress | npm rebuild | | yarn run test --reporter=verbose", lock: "yarn.lock"},
		{name: "yarn berry of the repository's own release", files: files{"package.json": `{"scripts":{"test":"t"}}`, "yarn.lock": "\n__metadata:\n  version: 6\n",
			".yarnrc.yml": "yarnPath: .yarn/releases/yarn-3.6.1.cjs\n"},
			want: "corepack yarn@3.6.1 install --immutable --mode=skip-build | corepack yarn@3.6.1 rebuild | | corepack yarn@3.6.1 run test", lock: "yarn.lock"},
		{name: "two lockfiles, one pinned", files: files{"package.json": `{"packageManager":"yarn@1.22.0","scripts":{"test":"t"}}`, "yarn.lock": "", "package-lock.json": `{}`},
			tools: "yarn npm", want: "yarn install --frozen-lockfile --ignore-scripts --non-interactive --no-progress | npm rebuild | | yarn run test", lock: "yarn.lock"},
		{name: "Go", files: files{"go.mod": "module a", "go.sum": ""}, want: "go mod download | | go build ./... | go test -json -count=1 -vet=off ./...", lock: "go.sum"},
		{name: "Go beside npm", files: files{"go.mod": "module a", "package.json": `{"scripts":{"test":"t"}}`, "package-lock.json": `{"lockfileVersion":3}`}, project: Project{Ecosystems: []string{"Go", "npm"}},
			want: "npm ci --ignore-scripts --no-audit --no-fund, go mod download | | go build ./... | npm test, go test -json -count=1 -vet=off ./...", lock: "package-lock.json"},
		{name: "cargo", files: files{"Cargo.toml": "", "Cargo.lock": ""}, want: "cargo fetch --locked | | cargo build --offline --workspace | cargo test --offline --workspace --no-fail-fast", lock: "Cargo.lock"},
		{name: "cargo without lockfile", files: files{"Cargo.toml": ""}, want: "cargo fetch | | cargo build --offline --workspace | cargo test --offline --workspace --no-fail-fast"},
		{name: "a Maven module", files: poms, project: Project{Dir: "deep/web"},
			want: "mvn -B -ntp -Dmaven.repo.local=.fettle/maven -fn dependency:go-offline | | mvn -B -ntp -Dmaven.repo.local=.fettle/maven -o -pl deep/web -am test-compile | mvn -B -ntp -Dmaven.repo.local=.fettle/maven -o -pl deep/web -am --fail-at-end -Dmaven.test.failure.ignore=true test"},
		{name: "a Maven project of its own", files: poms, project: Project{Dir: "alone"}, at: "alone",
			want: "mvn -B -ntp -Dmaven.repo.local=.fettle/maven -fn dependency:go-offline | | mvn -B -ntp -Dmaven.repo.local=.fettle/maven -o test-compile | mvn -B -ntp -Dmaven.repo.local=.fettle/maven -o --fail-at-end -Dmaven.test.failure.ignore=true test"},
		{name: "Gradle", files: files{"settings.gradle.kts": "", "app/build.gradle": ""}, project: Project{Dir: "app"},
			want: "gradle --no-daemon --console=plain --init-script .fettle/fetch.gradle fettleFetch | | gradle --no-daemon --console=plain --offline testClasses | gradle --no-daemon --console=plain --offline --continue test"},
		{name: "NuGet", files: files{"all.sln": "", "src/app/app.csproj": "", "src/app/packages.lock.json": "{}"}, project: Project{Dir: "src/app"},
			want: "dotnet restore --locked-mode | | dotnet build --no-restore | dotnet test --no-build --logger trx --results-directory .fettle/trx", lock: "src/app/packages.lock.json"},
		{name: "make", files: files{"Makefile": "all:\ncheck: all\n"}, want: "| | make | make check"},
		{name: "bundler", files: files{"Gemfile.lock": "GEM\n  specs:\n    rspec (3.12.0)\n      x (= 1)\n    ffi (1.15.5-x86_64-linux)\n", "spec/a_spec.rb": ""},
			want: "sh -c " + fetchGems + " sh ffi:1.15.5 rspec:3.12.0 | bundle install --local | | bundle exec rspec --format progress --format json --out .fettle/rspec.json", lock: "Gemfile.lock"},
		{name: "composer", files: files{"composer.json": `{}`, "composer.lock": `{"packages-dev":[{"name":"phpunit/phpunit"}]}`, "phpunit.xml.dist": ""},
			want: "composer install --no-scripts --no-plugins --no-progress --prefer-dist | | | php vendor/bin/phpunit --log-junit .fettle/junit.xml", lock: "composer.lock"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Options{}
			if test.tools != "" {
				o.Tool = func(name string) bool { return slices.Contains(strings.Fields(test.tools), name) }
				o.Tool = orNPM(o.Tool)
			}
			p, err := Detect(test.files, test.project, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(p); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(test.want), " ") {
				t.Errorf("plan\n%s\nwant\n%s", got, test.want)
			}
			if p.At != test.at || p.Dir != test.project.Dir || p.Lockfile != test.lock {
				t.Errorf("in %q for %q, lockfile %q; want %q, %q, %q", p.At, p.Dir, p.Lockfile, test.at, test.project.Dir, test.lock)
			}
		})
	}
}

func orNPM(tool func(string) bool) func(string) bool {
	return func(name string) bool { return name == "npm" || tool(name) }
}

func TestPythonProjectsSayWhatTheyNeedAndHowTheyAreTested(t *testing.T) {
	for _, test := range []struct {
		name         string
		files        files
		requirements string
		constraints  string
		build        string
		test         string
		notes        int
	}{
		{"requirements", files{"requirements.txt": "# c\nflask==2.0.1 \\\n  --hash=sha256:aa\n-r more/base.txt\n-e .\n./lib/x\n", "lib/x/setup.py": "",
			"more/base.txt": "six>=1 # why\n-c pins.txt\n", "more/pins.txt": "six==1.16\n", "test_a.py": "import unittest\n"},
			"flask==2.0.1 six>=1", "six==1.16", "", "-m unittest discover -v", 0},
		{"poetry", files{"pyproject.toml": "[tool.poetry.dependencies]\npython = \"^3.8\"\nrequests = {version = \"^2.31\", extras = [\"socks\"]}\npywin32 = {version = \"*\", platform = \"win32\"}\nlib = {path = \"../lib\"}\nown = {git = \"ssh://x\"}\n[tool.poetry.group.dev.dependencies]\npytest = \"7.4.0\"\n[tool.poetry.group.docs.dependencies]\nsphinx = \"*\"\n[build-system]\nrequires = [\"poetry-core\"]\n",
			"poetry.lock": "[[package]]\nname = \"requests\"\nversion = \"2.31.0\"\n[[package]]\nname = \"Two\"\nversion = \"1\"\n[[package]]\nname = \"two\"\nversion = \"2\"\n"},
			"pywin32 ; sys_platform == 'win32' requests[socks] pytest==7.4.0", "requests==2.31.0", "poetry-core wheel", "-m pytest --junitxml=.fettle/junit.xml", 1},
		{"uv", files{"pyproject.toml": "[project]\nname='a'\ndependencies = ['httpx>=0.2']\n[dependency-groups]\ntest = ['pytest', {include-group = 'lint'}]\nlint = ['ruff']\n[tool.uv]\npackage = false\n",
			"uv.lock": "[[package]]\nname = 'httpx'\nversion = '0.27.0'\n[package.source]\nregistry = 'https://registry.example/simple'\n[[package]]\nname = 'a'\nversion = '0'\n[package.source]\nvirtual = '.'\n"},
			"httpx>=0.2 pytest ruff", "httpx==0.27.0", "", "-m pytest --junitxml=.fettle/junit.xml", 0},
		{"Pipenv", files{"Pipfile": "[packages]\ndjango = '*'\n[dev-packages]\npytest = '*'\n", "Pipfile.lock": `{"_meta":{"hash":{"sha256":"x"}},"default":{"django":{"version":"==4.2"}},"develop":{}}`},
			"django pytest", "django==4.2", "", "-m pytest --junitxml=.fettle/junit.xml", 0},
		{"setup.cfg and tox", files{"setup.py": "from setuptools import setup\nsetup()\n", "setup.cfg": "[options]\ninstall_requires =\n    attrs>=20\n    # no\n[options.extras_require]\ntest =\n    hypothesis\ndocs = sphinx\n", "tox.ini": "[testenv]\ncommands = pytest {posargs}\n"},
			"attrs>=20 hypothesis pytest", "", "setuptools wheel", "-m pytest --junitxml=.fettle/junit.xml", 0},
		{"a literal setup.py", files{"setup.py": "setup(install_requires=['a>1', \"b\"], packages=[])\n", "tests/test_a.py": "import pytest\n"},
			"a>1 b pytest", "", "setuptools wheel", "-m pytest --junitxml=.fettle/junit.xml", 0},
		{"extras of its own", files{"pyproject.toml": "[project]\nname='My.App'\n[project.optional-dependencies]\ntests = ['my-app[more,tests]', 'hypothesis']\nmore = ['pretend']\n", "tests/requirements.txt": "pytest\n", "tests/notes.txt": "no\n"},
			"pretend hypothesis pytest", "", "", "-m pytest --junitxml=.fettle/junit.xml", 0},
		{"django", files{"requirements.txt": "django\n", "manage.py": "", "app/tests.py": "from django.test import TestCase\n"},
			"django", "", "", "manage.py test -v 2 --noinput", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Detect(test.files, Project{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			flat := func(name string) string {
				return strings.Join(strings.FieldsFunc(p.Files[scratchPath(name)], func(r rune) bool { return r == '\n' }), " ")
			}
			for name, want := range map[string]string{"requirements.txt": test.requirements, "constraints.txt": test.constraints, "build.txt": test.build} {
				if got := flat(name); got != want {
					t.Errorf("%s: %q; want %q", name, got, want)
				}
			}
			if got := strings.Join(p.Test[0].Args[1:], " "); got != test.test || len(p.Notes) != test.notes {
				t.Errorf("test %q; want %q; notes %q", got, test.test, p.Notes)
			}
			for _, s := range p.Install {
				if !slices.Contains(s.Args, "--only-binary") {
					t.Errorf("%q could build an sdist with network", s.Args)
				}
			}
		})
	}
}

func TestTheNetworkPhaseLoadsNoCodeOfTheRepository(t *testing.T) {
	berry := files{"package.json": `{}`, "yarn.lock": "__metadata:\n", ".yarnrc.yml": "nodeLinker: node-modules\nyarnPath: evil.cjs\nplugins:\n  - path: evil.cjs\n"}
	for _, test := range []struct {
		name  string
		files files
		want  []string // of its environment
	}{
		{"yarn's plugins", berry, []string{"YARN_RC_FILENAME=.yarnrc.fettle.yml", "YARN_IGNORE_PATH=1"}},
		{"yarn 1", files{"package.json": `{}`, "yarn.lock": ""}, []string{"YARN_IGNORE_PATH=1"}},
		{"cargo's wrappers", files{"Cargo.toml": "", ".cargo/config.toml": ""}, []string{"RUSTC=rustc", "RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER="}},
		{"Maven's agents", files{"pom.xml": "<project/>", ".mvn/jvm.config": "-javaagent:evil.jar"}, []string{"MAVEN_BASEDIR=/copy/.fettle"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Detect(test.files, Project{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Install {
				c := p.Command("/copy", s, true)
				for _, want := range test.want {
					if !slices.Contains(c.Env, want) {
						t.Errorf("%q lacks %s: %q", s.Args, want, c.Env)
					}
				}
			}
		})
	}
	p, err := Detect(berry, Project{}, Options{})
	if text := p.Files[".yarnrc.fettle.yml"]; err != nil || text != `{"nodeLinker":"node-modules"}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestMissingToolsAndUnknownProjectsSayWhatIsRight(t *testing.T) {
	none := Options{Tool: func(string) bool { return false }}
	for name, f := range map[string]files{
		"mvn": {"pom.xml": "<project/>"}, "go": {"go.mod": ""}, "cargo": {"Cargo.toml": ""}, "dotnet": {"a.csproj": ""}, "bundle": {"Gemfile.lock": ""},
		"composer": {"composer.json": "{}"}, "python3": {"setup.py": ""}, "gradle": {"build.gradle": ""}, "npm": {"package.json": "{}", "package-lock.json": "{}"},
		"pnpm": {"package.json": "{}", "pnpm-lock.yaml": ""}, "yarn": {"package.json": "{}", "yarn.lock": ""}, "make": {"Makefile": ""},
	} {
		_, err := Detect(f, Project{}, none)
		var tool *ToolError
		if !errors.As(err, &tool) || tool.Program != name || !strings.Contains(err.Error(), "fettle.yaml") {
			t.Errorf("%s: %v", name, err)
		}
		declared := Options{Tool: none.Tool, Settings: Settings{Install: Command{}, Test: Command{"own"}, Proof: Command{"poc"}, Results: []string{"out/*.xml"}, Timeout: Duration(time.Minute)}}
		p, err := Detect(f, Project{}, declared)
		if err != nil || len(p.Install) != 0 || p.Test[0].Args[0] != "own" || p.Proof[0].Args[0] != "poc" || p.Reports[0] != "out/*.xml" || p.Timeout != time.Minute {
			t.Errorf("%s declared: %+v, %v", name, p, err)
		}
	}
	for name, f := range map[string]files{
		"nothing": {"README": ""}, "broken JSON": {"package.json": "{", "package-lock.json": "{}"}, "broken TOML": {"pyproject.toml": "["},
		"broken YAML": {"package.json": "{}", "yarn.lock": "__metadata:\n", ".yarnrc.yml": "a: [b"}, "no lockfile": {"Gemfile": ""},
	} {
		if p, err := Detect(f, Project{}, Options{}); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestArtifactsThatMavenLacksAreAskedFor(t *testing.T) {
	p, err := Detect(files{"pom.xml": "<project/>"}, Project{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	steps := p.Missing("[ERROR] Failed: Cannot access central in offline mode and the artifact org.example:provider:jar:3.2.5 has not been downloaded from it before. -> [Help 1]\n" +
		"[WARNING] The POM for org.example:other:jar:1.0 is missing, no dependency information available\n[WARNING] Missing POM for org.example:late:jar:2.0\n[INFO] org.example:no:jar:1\n" +
		"[ERROR] org.example:provider:jar:3.3.0 in offline mode\n")
	var got []string
	for _, s := range steps {
		got = append(got, strings.Join(regexp.MustCompile(`<(?:artifactId|version|type)>([^<]*)`).FindAllString(s.Args[4], -1)[2:], " "))
	}
	want := []string{"<artifactId>provider <version>3.2.5 <type>jar <artifactId>other <version>1.0 <type>jar <artifactId>late <version>2.0 <type>jar", "<artifactId>provider <version>3.3.0 <type>jar"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if more := p.Missing("[ERROR] COMPILATION ERROR org.example:no:jar:1\n"); len(more) > 0 {
		t.Errorf("%v", more)
	}
}

func FuzzDetect(f *testing.F) {
	names := []string{"package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", ".yarnrc.yml", "pyproject.toml", "requirements.txt", "Pipfile.lock",
		"poetry.lock", "setup.cfg", "setup.py", "pom.xml", "Gemfile.lock", "composer.json", "Makefile", ".mvn/maven.config"}
	for i := range names {
		f.Add(uint8(i), "")
		f.Add(uint8(i), "\ufeff{\"scripts\":{\"test\":3},\"scripts\":null}\r\n")
	}
	f.Add(uint8(4), "a: &a [*a]\nplugins: *a\n")
	f.Add(uint8(4), "a: &a [x,x]\nb: &b [*a,*a]\nplugins: [*b,*b]\n")
	f.Add(uint8(5), "[tool.poetry.dependencies]\na = {extras=['b'], python='<3'}\n[dependency-groups]\ntest=[{include-group='test'}]\n")
	f.Add(uint8(6), "-r requirements.txt\n-r ../../etc/passwd\n-c\n--requirement=a\n@ x\n")
	f.Add(uint8(11), strings.Repeat("<modules>", 500))
	f.Fuzz(func(t *testing.T, at uint8, text string) {
		name := names[int(at)%len(names)]
		tree := files{name: text}
		switch name {
		case "pnpm-lock.yaml", "yarn.lock", "package-lock.json":
			tree["package.json"] = "{}"
		case ".yarnrc.yml":
			tree["package.json"], tree["yarn.lock"] = "{}", "__metadata:\n"
		case "package.json":
			tree["package-lock.json"] = "{}"
		case ".mvn/maven.config":
			tree["pom.xml"] = ""
		}
		start := time.Now()
		p, err := Detect(tree, Project{}, Options{})
		if spent := time.Since(start); spent > 5*time.Second {
			t.Errorf("%d bytes took %v", len(text), spent)
		}
		if err == nil && p.Dir != "" {
			t.Errorf("in %q", p.Dir)
		}
		for at := range p.Files {
			if !strings.HasPrefix(at, scratch+"/") && at != ".yarnrc.fettle.yml" {
				t.Errorf("would write %s", at)
			}
		}
	})
}
