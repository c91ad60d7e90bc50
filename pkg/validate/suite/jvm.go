package suite

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// detectJVM is for Maven and, where there is no pom.xml, Gradle.
func detectJVM(f folder, project Project, o Options) (Plan, error) {
	if f.has("pom.xml") {
		return detectMaven(f, project, o)
	}
	return detectGradle(f, project, o)
}

var mavenOption = regexp.MustCompile(`^-[DP][\w.,!?=:/@+${}-]+$`)

// detectMaven builds a module from the directory whose reactor holds it. It takes the Maven that is installed: mvnw is the
// repository's code, as is what .mvn hands to the JVM, which the network phase therefore does not look at.
func detectMaven(f folder, _ Project, o Options) (Plan, error) {
	top, module := reactor(f)
	p := Plan{At: top.dir, Manager: "maven"}
	local := "-Dmaven.repo.local=" + o.cache("maven")
	if o.Cache == "" {
		local = "-Dmaven.repo.local=" + scratchPath("maven")
	}
	call := []string{"mvn", "-B", "-ntp", local}
	var options []string
	if text, err := top.text(".mvn/maven.config", maxManifest); err != nil {
		return p, err
	} else {
		for _, option := range strings.Fields(text) {
			if mavenOption.MatchString(option) && !strings.HasPrefix(option, "-Dmaven.ext") {
				options = append(options, option)
			}
		}
	}
	online := Step{
		Args: slices.Concat(call, options, []string{"-fn", "dependency:go-offline"}),
		Env:  []string{"MAVEN_BASEDIR={at}/" + scratch}, May: true,
	}
	p.Files = map[string]string{scratchPath("README"): "What fettle needs while it tries a fix.\n"}
	p.Env = []string{"MAVEN_OPTS=-Djansi.force=false"}
	p.Install = []Step{online}
	offline := append(call, "-o")
	if module != "" {
		offline = append(offline, "-pl", module, "-am")
	}
	p.Build = steps(append(slices.Clone(offline), "test-compile"))
	// Otherwise the modules that need one with a failing test would not be tested.
	p.Test = steps(append(slices.Clone(offline), "--fail-at-end", "-Dmaven.test.failure.ignore=true", "test"))
	p.Reports = []string{"**/target/surefire-reports/TEST-*.xml", "**/target/failsafe-reports/TEST-*.xml"}
	return p, o.need("mvn", "install Maven, as the repository's mvnw is not run, or "+declare)
}

// reactor returns the outermost directory whose POM leads to f through its modules, and the way to f from there.
func reactor(f folder) (folder, string) {
	top, module := f, ""
	for at := f; at.dir != "" && at.dir != "."; {
		up := path.Dir(at.dir)
		if up == "." {
			up = ""
		}
		parent := openFolder(f.tree, up)
		name := path.Base(at.dir)
		at = parent
		if module != "" || top.dir != up {
			name = strings.TrimPrefix(strings.TrimPrefix(top.dir, up), "/")
		}
		text, err := parent.text("pom.xml", maxManifest)
		if err != nil || text == "" {
			continue
		}
		if slices.Contains(pomModules(text), name) {
			top, module = parent, path.Join(name, module)
		}
	}
	return top, module
}

// pomModules returns the modules that a POM names, those of its profiles included.
func pomModules(text string) []string {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var all []string
	depth, in := 0, false
	for len(all) < 10_000 && depth < maxDepth {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			in = t.Name.Local == "module"
		case xml.EndElement:
			depth--
			in = false
		case xml.CharData:
			if name := path.Clean(strings.TrimSpace(string(t))); in && name != "." {
				all = append(all, name)
			}
		}
	}
	return all
}

var offlineMiss = []*regexp.Regexp{
	regexp.MustCompile(`has not been downloaded from it before|in offline mode|no dependency information available|Missing POM for |was not found in \S+ during a previous attempt`),
	regexp.MustCompile(`\b([\w.-]+):([\w.-]+):(pom|jar|maven-plugin|test-jar|zip)(?::([\w.-]+))?:(\d[\w.-]*|[A-Z][\w.-]*)\b`),
}

// Missing returns what fetches the artifacts that a command without network says it lacks, as Maven's plugins choose some
// only once they run. It returns nothing where output names none.
func (p Plan) Missing(output string) []Step {
	if p.Manager != "maven" || len(p.Install) == 0 || !offlineMiss[0].MatchString(output) {
		return nil
	}
	var all []artifact
	seen := map[artifact]bool{}
	for line := range strings.SplitSeq(output, "\n") {
		line = Plain(line)
		lost := strings.Contains(line, "no dependency information available") || strings.Contains(line, "Missing POM for ") // a warning only, but classes are missing later
		if !lost && !strings.HasPrefix(line, "[ERROR]") && !strings.Contains(line, "offline mode") {
			continue
		}
		for _, m := range offlineMiss[1].FindAllStringSubmatch(line, 50) {
			kind, version := m[3], m[5]
			if kind == "maven-plugin" || kind == "test-jar" {
				kind = "jar"
			}
			a := artifact{m[1], m[2], kind, m[4], version}
			if seen[a] || len(all) >= 50 {
				continue
			}
			seen[a] = true
			all = append(all, a)
		}
	}
	return p.fetching(all)
}

// artifact is what Maven calls by these words, each made of letters, digits, dots, dashes and underscores.
type artifact struct {
	group, name, kind, classifier, version string
}

// fetching returns steps that fetch artifacts and what those need, many at once: a POM that nobody else reads asks for them.
// Two versions of one artifact go into two POMs, since Maven would take one of them.
func (p Plan) fetching(all []artifact) []Step {
	var steps []Step
	for len(all) > 0 {
		var left []artifact
		var pom strings.Builder
		taken := map[artifact]bool{}
		for _, a := range all {
			key := a
			key.version = ""
			if taken[key] {
				left = append(left, a)
				continue
			}
			taken[key] = true
			fmt.Fprintf(&pom, "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><type>%s</type>", a.group, a.name, a.version, a.kind)
			if a.classifier != "" {
				fmt.Fprintf(&pom, "<classifier>%s</classifier>", a.classifier)
			}
			pom.WriteString("</dependency>\n")
		}
		text := "<project><modelVersion>4.0.0</modelVersion><groupId>fettle</groupId><artifactId>fetch</artifactId><version>1</version><packaging>pom</packaging><dependencies>\n" +
			pom.String() + "</dependencies></project>\n"
		call := append([]string{"sh", "-c", `printf %s "$1" >"$2" && shift 2 && exec "$@"`, "sh", text, scratchPath("fetch.xml")}, p.Install[0].Args[:4]...)
		steps = append(steps, Step{Args: append(call, "-f", scratchPath("fetch.xml"), "dependency:resolve"), Env: p.Install[0].Env, May: true})
		all = left
	}
	return steps
}

// gradleFetch resolves every configuration of every project, and nothing else.
const gradleFetch = `allprojects {
    task fettleFetch {
        doLast {
            (configurations + buildscript.configurations).each { c ->
                if (!c.metaClass.respondsTo(c, "isCanBeResolved") || c.canBeResolved) {
                    try { c.files } catch (Exception e) { logger.warn("fettle: " + c.name + ": " + e.message) }
                }
            }
        }
    }
}
`

func claimsGradle(f folder) bool {
	return f.first("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts") != ""
}

// detectGradle builds from the directory that holds the settings.
func detectGradle(f folder, _ Project, o Options) (Plan, error) {
	top := f
	for at := f; at.dir != "" && at.first("settings.gradle", "settings.gradle.kts") == ""; {
		up := path.Dir(at.dir)
		if up == "." {
			up = ""
		}
		if at = openFolder(f.tree, up); at.first("settings.gradle", "settings.gradle.kts") != "" {
			top = at
		}
	}
	p := Plan{At: top.dir, Manager: "gradle"}
	call := []string{"gradle"}
	if !o.Tool("gradle") || top.has("gradle/wrapper/gradle-wrapper.properties") {
		call = []string{"sh", "./gradlew"}
		if !top.has("gradlew") || !top.has("gradle/wrapper/gradle-wrapper.jar") {
			call = []string{"gradle"}
		}
	}
	call = append(call, "--no-daemon", "--console=plain")
	script := scratchPath("fetch.gradle")
	p.Files = map[string]string{script: gradleFetch}
	p.Notes = []string{"Gradle runs the build scripts of the repository to find out what to fetch, in the sandbox and with network"}
	p.Env = []string{"GRADLE_USER_HOME={at}/" + scratchPath("gradle")}
	p.Install = steps(append(slices.Clone(call), "--init-script", script, "fettleFetch"))
	p.Build = steps(append(slices.Clone(call), "--offline", "testClasses"))
	p.Test = steps(append(slices.Clone(call), "--offline", "--continue", "test"))
	p.Reports = []string{"**/build/test-results/**/TEST-*.xml"}
	if call[0] == "gradle" {
		return p, o.need("gradle", "install it, commit its wrapper, or "+declare)
	}
	return p, o.need("java", "install a JDK, or "+declare)
}
