package gradle

import (
	"fmt"
	"strings"
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

// modules returns name@version scope place, and why there is no version.
func modules(r project.Reading) string {
	var list []string
	for _, p := range r.Projects {
		for _, n := range p.Nodes {
			line := fmt.Sprintf("%s %s %s", n.Package, n.Scope, n.Location)
			if n.Manifest != nil && *n.Manifest != n.Location {
				line += " " + n.Manifest.String()
			}
			if n.Version == "" {
				why, _, _ := strings.Cut(n.NoVersion, ";")
				line += " (" + why + ")"
			}
			list = append(list, line)
		}
	}
	return strings.Join(list, "\n")
}

const catalogText = `[versions]
web = "2.0"
rich = { strictly = "[1.0, 2.0[", prefer = "1.5" }

[libraries]
web-core = { module = "example:web", version.ref = "web" }
log_api = "example:log:1.0"
rich = { group = "example", name = "rich", version.ref = "rich" }
lost = { module = "example:lost", version.ref = "nowhere" }
spare = { module = "example:spare", version = { require = "3.0" } }
open = { module = "example:open" }

[bundles]
all = ["web-core", "log_api"]

[plugins]
tool = { id = "example.tool", version.ref = "web" }
other = "example.other:4.0"
`

func TestScriptsAreReadAsText(t *testing.T) {
	deps := func(body string) string { return "dependencies {\n" + body + "\n}" }
	for _, tt := range []struct {
		name string
		tree files
		want string
	}{
		{"Groovy", files{"build.gradle": deps("implementation 'a:b:1.0', \"c:d:2.0\" // why\n/* api 'x:y:1' */ api('e:f:3.0:tests@jar') { exclude group: 'q' }\nruntimeOnly group: 'g', name: 'h', version: '4.0'\nimplementation([group: 'i', name: 'j', version: '5.0'])\ntestImplementation(['k:l:6.0', 'm:n:7.0'])")},
			"a:b@1.0 production build.gradle:2\nc:d@2.0 production build.gradle:2\ne:f@3.0 production build.gradle:3\ng:h@4.0 production build.gradle:4\ni:j@5.0 production build.gradle:5\nk:l@6.0 test build.gradle:6\nm:n@7.0 test build.gradle:6"},
		{"Kotlin", files{"build.gradle.kts": deps("implementation(\"a:b:1.0\")\n\"compileOnly\"(\"c:d:2.0\")\nadd(\"kapt\", \"e:f:3.0\")\nruntimeOnly(group = \"g\", name = \"h\", version = \"4.0\")\nimplementation(kotlin(\"stdlib\", \"1.9.0\"))\nimplementation(kotlin(\"reflect\"))\nimplementation(\"i:j\") {\nversion {\nstrictly(\"5.0\")\n}\n}")},
			"org.jetbrains.kotlin:kotlin-reflect production build.gradle.kts:7 (it is declared without a version, so a platform or a plugin decides)\na:b@1.0 production build.gradle.kts:2\ng:h@4.0 production build.gradle.kts:5\norg.jetbrains.kotlin:kotlin-stdlib@1.9.0 production build.gradle.kts:6\ni:j@5.0 production build.gradle.kts:8 build.gradle.kts:10\nc:d@2.0 peer build.gradle.kts:3\ne:f@3.0 development build.gradle.kts:4"},
		{"source sets of Kotlin", files{"build.gradle.kts": "kotlin {\nsourceSets {\nval commonMain by getting {\ndependencies {\nimplementation(\"a:b:1.0\")\n}\n}\n}\n}"}, "a:b@1.0 production build.gradle.kts:5"},
		{"plugins", files{"build.gradle": "buildscript {\ndependencies {\nclasspath 'a:b:1.0'\n}\n}\nplugins {\nid 'java'\nid 'p.q' version '2.0' apply false\n}", "sub/build.gradle.kts": "plugins {\nkotlin(\"jvm\") version \"1.9.0\"\nid(\"r.s\") version \"3.0\"\n}"},
			"a:b@1.0 development build.gradle:3\np.q:p.q.gradle.plugin@2.0 development build.gradle:8\norg.jetbrains.kotlin.jvm:org.jetbrains.kotlin.jvm.gradle.plugin@1.9.0 development sub/build.gradle.kts:2\nr.s:r.s.gradle.plugin@3.0 development sub/build.gradle.kts:3"},
		{"variables", files{"build.gradle": "ext.one = '1.0'\next {\ntwo = \"2.0\"\nset('three', '3.0')\nmaps = [four: '4.0', 'deep': ['five': \"5.${one}\"]]\n}\ndef six = '6.0'\next['seven'] = '7.0'", "gradle.properties": "# x\neight=8.0\n",
			"sub/build.gradle": deps("implementation \"a:a:$one\"\nimplementation \"b:b:${two}\"\nimplementation \"c:c:${rootProject.ext.three}\"\nimplementation \"d:d:$maps.four\"\nimplementation \"e:e:${maps['deep'].five}\"\nimplementation 'f:f:' + six\nimplementation \"g:g:${project.property('seven')}\"\nimplementation \"h:h:$eight\"\nimplementation 'i:i:$one'\nimplementation \"j:j:${nowhere}\"")},
			"i:i production sub/build.gradle:10 (its version $one is worked out when the script runs)\nj:j production sub/build.gradle:11 (its version \"${nowhere}\" is worked out when the script runs)\na:a@1.0 production sub/build.gradle:2 build.gradle:1\nb:b@2.0 production sub/build.gradle:3 build.gradle:3\nc:c@3.0 production sub/build.gradle:4 build.gradle:4\nd:d@4.0 production sub/build.gradle:5 build.gradle:5\ne:e@5.1.0 production sub/build.gradle:6 build.gradle:1\nf:f@6.0 production sub/build.gradle:7 build.gradle:7\ng:g@7.0 production sub/build.gradle:8 build.gradle:8\nh:h@8.0 production sub/build.gradle:9 gradle.properties:2"},
		{"variables of Kotlin", files{"build.gradle.kts": "val one = \"1.0\"\nval two by extra(\"2.0\")\nextra[\"three\"] = \"3.0\"\nval four: String by project\n" + deps("implementation(\"a:a:$one\")\nimplementation(\"b:b:${extra[\"two\"]}\")\nimplementation(\"c:c:${project.extra[\"three\"]}\")\nimplementation(\"d:d:$four\")"), "gradle.properties": "four=4.0"},
			"a:a@1.0 production build.gradle.kts:6 build.gradle.kts:1\nb:b@2.0 production build.gradle.kts:7 build.gradle.kts:2\nc:c@3.0 production build.gradle.kts:8 build.gradle.kts:3\nd:d@4.0 production build.gradle.kts:9 gradle.properties:1"},
		{"a variable set twice", files{"build.gradle": "ext.v = '1.0'\nif (x) { ext.v = '2.0' }\n" + deps("implementation \"a:a:$v\"")}, "a:a production build.gradle:4 (its version \"$v\" is worked out when the script runs)"},
		{"an applied script", files{"build.gradle": "apply from: \"$rootDir/gradle/deps.gradle\"\n" + deps("implementation lib.web"), "gradle/deps.gradle": "ext.lib = [\nweb: 'a:b:1.0',\n]\n" + deps("testImplementation 'c:d:2.0'")},
			"a:b@1.0 production build.gradle:3 gradle/deps.gradle:2\nc:d@2.0 test gradle/deps.gradle:5"},
		{"ranges", files{"build.gradle": deps("implementation 'a:a:1.+'\nimplementation 'b:b:[1.0,2.0)'\nimplementation 'c:c:latest.release'\nimplementation 'd:d:1.0!!'\nimplementation 'e:e:[1.0]'\nimplementation 'f:f:[1.0,2.0[!!1.5'\nimplementation 'g:g'")},
			"a:a production build.gradle:2 (the range 1.+ is decided when it is resolved)\nb:b production build.gradle:3 (the range [1.0,2.0) is decided when it is resolved)\nc:c production build.gradle:4 (the range latest.release is decided when it is resolved)\ng:g production build.gradle:8 (it is declared without a version, so a platform or a plugin decides)\nd:d@1.0 production build.gradle:5\ne:e@1.0 production build.gradle:6\nf:f@1.5 production build.gradle:7"},
		{"what is no module", files{"build.gradle": deps("implementation project(':lib')\nimplementation gradleApi()\nimplementation projects.lib\napi testFixtures(project(':x'))\nimplementation platform('a:bom:1.0')\nimplementation enforcedPlatform(\"b:bom:2.0\")\nconstraints {\nimplementation 'c:d:3.0'\n}")},
			"a:bom@1.0 production build.gradle:6\nb:bom@2.0 production build.gradle:7"},
		{"a catalog", files{"gradle/libs.versions.toml": catalogText, "sub/build.gradle.kts": "plugins {\nalias(libs.plugins.tool)\n}\n" + deps("implementation(libs.bundles.all)\nimplementation(libs.rich)\ntestImplementation(libs.lost)\nimplementation(\"x:y:${libs.versions.web.get()}\")")},
			"example:lost test sub/build.gradle.kts:7 gradle/libs.versions.toml:9 (its catalog refers to the version nowhere, which is not there)\nexample:web@2.0 production sub/build.gradle.kts:5 gradle/libs.versions.toml:2\nexample:log@1.0 production sub/build.gradle.kts:5 gradle/libs.versions.toml:7\nexample:rich@1.5 production sub/build.gradle.kts:6 gradle/libs.versions.toml:3\nx:y@2.0 production sub/build.gradle.kts:8 gradle/libs.versions.toml:2\nexample.tool:example.tool.gradle.plugin@2.0 development sub/build.gradle.kts:2 gradle/libs.versions.toml:2\n" +
				"example:spare@3.0 production gradle/libs.versions.toml:10\nexample:open production gradle/libs.versions.toml:11 (it is declared without a version, so a platform or a plugin decides)\nexample.other:example.other.gradle.plugin@4.0 development gradle/libs.versions.toml:18"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, modules(read(t, tt.tree))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAScriptDoesNotSayPlainlyIsAGap(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"a loop", "['a', 'b'].each { implementation it }", "build.gradle:2: declares dependencies within other code"},
		{"a loop over a name", "list.each { implementation it }", "build.gradle:2: declares dependencies within other code"},
		{"a call", "implementation deps.web()", "build.gradle:2: what implementation deps.web() means is worked out when the script runs"},
		{"files", "implementation fileTree(dir: 'libs')", "build.gradle:2: takes files of the tree into implementation"},
		{"a library that is not there", "implementation libs.nope", "build.gradle:2: libs.nope is in no catalog"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, files{"build.gradle": "dependencies {\n" + tt.body + "\n}", "gradle/libs.versions.toml": "[versions]\n"})
			projecttest.WantGaps(t, r.Gaps, tt.want)
		})
	}
	projecttest.WantGaps(t, read(t, files{"build.gradle": "apply from: 'https://x.example/y.gradle'"}).Gaps, "build.gradle: applies the script https://x.example/y.gradle")
	projecttest.WantGaps(t, read(t, files{"build.gradle": "x = 'oops\n"}).Gaps, "build.gradle:1: cannot be read as text")
	projecttest.WantGaps(t, read(t, files{"build.gradle": "a {\n"}).Gaps, "build.gradle: its blocks do not close")
	projecttest.WantGaps(t, read(t, files{"build.gradle": "if (x) {\ndependencies {\napi 'a:b:1.0'\n}\n}"}).Gaps, "build.gradle:3: a:b is declared by code that decides", "build.gradle:3: has no gradle.lockfile")
}

func TestAPlatformOnThisMachineGivesVersions(t *testing.T) {
	bom := func(managed string) string {
		return `<project><properties><v>1.2</v></properties><dependencyManagement><dependencies>` + managed + `</dependencies></dependencyManagement></project>`
	}
	home := files{
		".m2/repository/org/springframework/boot/spring-boot-dependencies/2.6.2/spring-boot-dependencies-2.6.2.pom": bom(`<dependency><groupId>a</groupId><artifactId>b</artifactId><version>${v}</version></dependency><dependency><groupId>x</groupId><artifactId>bom</artifactId><version>3</version><type>pom</type><scope>import</scope></dependency>`),
		".m2/repository/x/bom/3/bom-3.pom": bom(`<dependency><groupId>c</groupId><artifactId>d</artifactId><version>4.0</version></dependency>`),
		".m2/repository/a/b/1.2/b-1.2.pom": `<project><dependencies><dependency><groupId>c</groupId><artifactId>d</artifactId><version>9.0</version></dependency></dependencies></project>`,
		".m2/repository/c/d/4.0/d-4.0.pom": `<project/>`,
	}.Write(t)
	for name, script := range map[string]string{
		"plugin of Spring":         "plugins {\nid 'org.springframework.boot' version '2.6.2'\nid 'io.spring.dependency-management' version '1.0'\n}\ndependencies {\nimplementation 'a:b'\n}",
		"plugins in another order": "plugins {\nid 'io.spring.dependency-management' version '1.0'\nid 'org.springframework.boot' version '2.6.2'\n}\ndependencies {\n\nimplementation 'a:b'\n}",
	} {
		t.Run(name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{Settings: project.Settings{Home: home}}, files{"build.gradle": script}.Write(t))
			got := modules(r)
			if !strings.HasPrefix(got, "a:b@1.2 production") || !strings.Contains(got, "\nc:d@4.0 production") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestPOMsLeaveOutWhatTheyExclude(t *testing.T) {
	dep := func(name, more string) string {
		return "<dependency><groupId>g</groupId><artifactId>" + name + "</artifactId>" + more + "</dependency>"
	}
	pom := func(deps ...string) string {
		return "<project><dependencies>" + strings.Join(deps, "") + "</dependencies></project>"
	}
	const v = "<version>1</version>"
	excludes := func(name string) string {
		return v + "<exclusions><exclusion><groupId>g</groupId><artifactId>" + name + "</artifactId></exclusion></exclusions>"
	}
	home := files{
		".m2/repository/g/one/1/one-1.pom":       pom(dep("middle", excludes("left-out")), dep("kept", v)),
		".m2/repository/g/two/1/two-1.pom":       pom(dep("middle", excludes("*"))),
		".m2/repository/g/middle/1/middle-1.pom": pom(dep("left-out", v), dep("last", v)),
		".m2/repository/g/kept/1/kept-1.pom":     "<project><dependencyManagement><dependencies>" + dep("quiet", v+"<scope>test</scope>") + "</dependencies></dependencyManagement><dependencies>" + dep("quiet", "") + "</dependencies></project>",
		".m2/repository/g/last/1/last-1.pom":     "<project/>",
	}.Write(t)
	for name, tt := range map[string]struct{ script, want string }{
		"one way":     {"dependencies {\nimplementation 'g:one:1'\n}", "g:one@1 production build.gradle:2\ng:middle@1 production build.gradle:2\ng:kept@1 production build.gradle:2\ng:last@1 production build.gradle:2"},
		"both ways":   {"dependencies {\nimplementation 'g:two:1'\nimplementation 'g:one:1'\n}", "g:two@1 production build.gradle:2\ng:one@1 production build.gradle:3\ng:middle@1 production build.gradle:2\ng:kept@1 production build.gradle:3\ng:last@1 production build.gradle:2"},
		"another way": {"dependencies {\nimplementation 'g:two:1'\n}", "g:two@1 production build.gradle:2\ng:middle@1 production build.gradle:2"},
	} {
		t.Run(name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{Settings: project.Settings{Home: home}}, files{"build.gradle": tt.script}.Write(t))
			if diff := cmp.Diff(tt.want, modules(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
