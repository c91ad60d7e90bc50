package gradle

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

const shopLock = `# This is a Gradle generated file for dependency locking.
# Manual edits can break the build and are not advised.
# This file is expected to be part of source control.
example:anno:1.0=compileClasspath
example:check:3.0=testCompileClasspath,testRuntimeClasspath
example:core:1.1=compileClasspath,runtimeClasspath
example:core:1.5=testCompileClasspath,testRuntimeClasspath
example:gone:1.0=annotationProcessor
example:lint:0.9=checkstyle
example:log:1.0=checkstyle,compileClasspath,runtimeClasspath,testCompileClasspath,testRuntimeClasspath
example:web:2.0=compileClasspath,runtimeClasspath,testCompileClasspath,testRuntimeClasspath
empty=signatures
`

const shopBuild = `plugins {
    id 'java'
    id 'example.tool' version '1.2'
}
dependencies {
    implementation 'example:web:2.0'
    compileOnly 'example:anno:1.0'
    testImplementation('example:check:3.0')
    checkstyle 'example:lint:0.9'
}
`

func nodes(r project.Reading) []string {
	var lines []string
	for _, p := range r.Projects {
		lines = append(lines, "# "+p.Lockfile+" "+p.Manifest)
		lines = append(lines, projecttest.Nodes(p)...)
	}
	return lines
}

func TestALockfileGivesVersionsScopesAndLines(t *testing.T) {
	r := read(t, files{"app/build.gradle": shopBuild, "app/gradle.lockfile": shopLock, "app/buildscript-gradle.lockfile": "example.tool:example.tool.gradle.plugin:1.2=classpath\nexample:helper:1.0=classpath\nempty=\n"})
	projecttest.WantGaps(t, r.Gaps, "app/gradle.lockfile:4: which packages need each other is unknown for 8 of its 8 packages", "app/buildscript-gradle.lockfile:1: which packages need each other is unknown for 2 of its 2 packages")
	want := []string{
		"# app/gradle.lockfile app/build.gradle",
		"example:anno@1.0 example:anno@1.0 peer depth=1 app/gradle.lockfile:4-4 direct app/build.gradle:7 <[] 1.0 (peer)",
		"example:check@3.0 example:check@3.0 test depth=1 app/gradle.lockfile:5-5 direct app/build.gradle:8 <[] 3.0 (test)",
		"example:core@1.1 example:core@1.1 production depth=0 app/gradle.lockfile:6-6",
		"example:core@1.5 example:core@1.5 test depth=0 app/gradle.lockfile:7-7",
		"example:gone@1.0 example:gone@1.0 development depth=0 app/gradle.lockfile:8-8",
		"example:lint@0.9 example:lint@0.9 development depth=1 app/gradle.lockfile:9-9 direct app/build.gradle:9 <[] 0.9 (development)",
		"example:log@1.0 example:log@1.0 production depth=0 app/gradle.lockfile:10-10",
		"example:web@2.0 example:web@2.0 production depth=1 app/gradle.lockfile:11-11 direct app/build.gradle:6 <[] 2.0 (production)",
		"# app/buildscript-gradle.lockfile app/build.gradle",
		"example.tool:example.tool.gradle.plugin@1.2 example.tool:example.tool.gradle.plugin@1.2 development depth=1 app/buildscript-gradle.lockfile:1-1 direct app/build.gradle:3 <[] 1.2 (development)",
		"example:helper@1.0 example:helper@1.0 development depth=0 app/buildscript-gradle.lockfile:2-2",
	}
	if diff := cmp.Diff(want, nodes(r)); diff != "" {
		t.Error(diff)
	}
}

func TestPOMsOnTheMachineGiveTheEdgesOfALockfile(t *testing.T) {
	home := files{".gradle/caches/modules-2/files-2.1/example/web/2.0/0a1b/web-2.0.pom": `<project><dependencies><dependency><groupId>example</groupId><artifactId>log</artifactId></dependency></dependencies></project>`,
		".m2/repository/example/log/1.0/log-1.0.pom": `<project><dependencies><dependency><groupId>${project.groupId}</groupId><artifactId>web</artifactId><version>1</version></dependency></dependencies></project>`}.Write(t)
	dir := files{"build.gradle": "dependencies { implementation 'example:web:1.9' }", "gradle.lockfile": "example:log:1.0=runtimeClasspath\nexample:web:2.0=runtimeClasspath\nempty=\n"}.Write(t)
	r := projecttest.Read(t, Reader{Settings: project.Settings{Home: home}}, dir)
	projecttest.WantGaps(t, r.Gaps)
	want := []string{
		"example:log@1.0 example:log@1.0 production depth=2 gradle.lockfile:1-1 <[example:web@2.0]  (production)",
		"example:web@2.0 example:web@2.0 production depth=1 gradle.lockfile:2-2 direct build.gradle:1 <[] 1.9 (production) <[example:log@1.0] 1 (production)",
	}
	if diff := cmp.Diff(want, projecttest.Nodes(r.Projects[0])); diff != "" {
		t.Error(diff)
	}
}

func TestLockfilesOfOneConfigurationEachMakeOneProject(t *testing.T) {
	r := read(t, files{"build.gradle": "", "gradle/dependency-locks/compileClasspath.lockfile": "a:b:1.0\nc:d:1.0\n", "gradle/dependency-locks/runtimeClasspath.lockfile": "# x\na:b:1.0\n", "gradle/dependency-locks/testRuntimeClasspath.lockfile": "a:b:1.0\ne:f:2.0\n"})
	if diff := cmp.Diff("a:b@1.0 production gradle/dependency-locks/compileClasspath.lockfile:1\nc:d@1.0 peer gradle/dependency-locks/compileClasspath.lockfile:2\ne:f@2.0 test gradle/dependency-locks/testRuntimeClasspath.lockfile:2", modules(r)); diff != "" {
		t.Error(diff)
	}
	if len(r.Projects) != 1 {
		t.Errorf("%d projects, want 1", len(r.Projects))
	}
}

func TestWhatIsWrongWithALockfileIsAGap(t *testing.T) {
	const unknown = "gradle.lockfile:1: which packages need each other is unknown"
	for _, tt := range []struct {
		name, lock string
		want       []string
	}{
		{"CRLF and BOM", "\xef\xbb\xbfa:b:1.0=runtimeClasspath\r\nempty=\r\n", []string{unknown}},
		{"cut off", "a:b:1.0=runtimeClasspath\n", []string{unknown, "gradle.lockfile: has no last line"}},
		{"an odd line", "a:b:1.0=runtimeClasspath\nodd\na:b=x\nempty=\n", []string{unknown, `gradle.lockfile:2: "odd" is no`, `gradle.lockfile:3: "a:b=x" is no`}},
		{"a merge conflict", "<<<<<<< ours\na:b:1.0=runtimeClasspath\nempty=\n", []string{"gradle.lockfile:1: holds a merge conflict", "build.gradle:1: a:b is declared"}},
		{"a line twice", "a:b:1.0=runtimeClasspath\na:b:1.0=x\nempty=\n", []string{unknown, "gradle.lockfile:2: a:b 1.0 stands twice"}},
		{"declared and not locked", "c:d:1.0=runtimeClasspath\nempty=\n", []string{unknown, "build.gradle:1: a:b is declared for implementation and not locked"}},
		{"locked as an older version", "a:b:0.9=runtimeClasspath\nempty=\n", []string{unknown, "build.gradle:1: a:b is declared as 1.0 and locked as an older version"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, files{"build.gradle": "dependencies { implementation 'a:b:1.0' }", "gradle.lockfile": tt.lock})
			want := tt.want
			if tt.name == "a merge conflict" {
				want = want[:1]
			}
			projecttest.WantGaps(t, r.Gaps, want...)
		})
	}
}

func TestScopeOfConfigurations(t *testing.T) {
	for configurations, want := range map[string]string{"compileClasspath,runtimeClasspath": "production", "compileClasspath": "peer", "testRuntimeClasspath": "test", "annotationProcessor,testRuntimeClasspath": "development",
		"debugAndroidTestRuntimeClasspath": "test", "releaseRuntimeClasspath": "production", "kaptMain": "development", "mystery": "production", "integrationTestImplementation": "test", "compileOnlyApi": "peer", "": "production"} {
		if got := string(scopeOfAll(strings.Split(configurations, ","), true)); got != want {
			t.Errorf("%q: %s, want %s", configurations, got, want)
		}
	}
	if got := scopeOfAll([]string{"compileClasspath"}, false); got != "production" {
		t.Errorf("where no runtime class path is locked, the compile one is for %s, want production", got)
	}
}
