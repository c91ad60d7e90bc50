package java

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// configuration are the endings of files that may name classes which a program loads.
var configuration = []string{".xml", ".properties", ".yml", ".yaml", ".json", ".conf", ".cfg", ".ini", ".toml", ".hocon", ".factories", ".imports", ".handlers", ".jsp", ".jspx", ".jspf", ".tag", ".tagx", ".tld",
	".html", ".xhtml", ".ftl", ".ftlh", ".vm", ".jrxml", ".drl", ".bpmn", ".bpmn20", ".dmn", ".zul", ".gradle", ".kts", ".sbt", ".kt", ".groovy", ".scala", ".clj", ".aj", ".js", ".sql"}

// foreign are sources of other languages of the Java virtual machine.
var foreign = []string{".kt", ".groovy", ".scala", ".clj", ".aj"}

// builds are files that say how a program is built.
func builds(file string) bool {
	base := path.Base(file)
	return base == "pom.xml" || strings.HasSuffix(base, ".gradle") || strings.HasSuffix(base, ".gradle.kts") || strings.HasSuffix(base, ".sbt") || base == "gradle.properties" || strings.HasSuffix(base, ".pom")
}

// Mentions reports whether a file may name classes that a program loads.
func (Analyst) Mentions(file string) bool {
	if strings.Contains(file, "META-INF/") && !strings.Contains(file, "META-INF/maven/") {
		return true
	}
	ext := strings.ToLower(path.Ext(file))
	base := path.Base(file)
	if (ext == ".js" || ext == ".html" || ext == ".sql" || ext == ".json") && !strings.Contains(file, "/resources/") && !strings.Contains(file, "/webapp/") {
		return false
	}
	return slices.Contains(configuration, ext) && base != "package.json" && base != "package-lock.json"
}

const maxOther = 4 << 20 // bytes of one file that may name classes

var (
	makers     = regexp.MustCompile(`<annotationProcessorPaths>|<artifactId>[^<]*(?:protobuf|codegen|generator|jaxb|xjc|antlr|avro|openapi|swagger|wsdl|cxf-|jooq|mapstruct|querydsl|apt-|immutables|dagger|javacc|thrift|grpc|xmlbeans|axistools|jaxws|aspectj)[^<]*</artifactId>`)
	gradleMake = regexp.MustCompile(`(?m)^\s*(?:annotationProcessor|kapt|ksp)\b|(?:protobuf|openapi|jooq|avro|antlr|wsdl|jaxb|querydsl|swagger)[\w.-]*['"]`)
	importLine = regexp.MustCompile(`^\s*import\s+(?:static\s+)?([A-Za-z_][\w.]*[\w*])`)
)

// other reads a file that is no Java source.
func (o *own) other(p program.Program, file string) {
	at := fettle.Location{Path: file}
	data, err := p.Files.Read(file)
	if err == nil && len(data) > maxOther {
		data, err = data[:maxOther], errLarge
	}
	if err != nil {
		o.doubts = append(o.doubts, doubt{"may name classes: " + err.Error(), at, ""})
	}
	if slices.Contains(foreign, path.Ext(file)) {
		o.foreignSource(file, data)
		return
	}
	if builds(file) {
		o.build(file, data)
	}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		at := fettle.Location{Path: file, Line: line}
		quiet := bytes.Contains(bytes.ToLower(text), []byte("logg")) || bytes.Contains(text, []byte("level")) || builds(file)
		words(string(text), func(word string) {
			if !strings.Contains(file, "META-INF/native-image/") {
				o.word(word, at, false, builds(file), !quiet)
			}
		})
	}
	words(path.Base(file), func(word string) { // META-INF/services/a.b.C
		o.word(word, at, false, true, false)
	})
}

// foreignSource reads the imports of a source in another language. What else it uses is not known.
func (o *own) foreignSource(file string, data []byte) {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if m := importLine.FindSubmatch(text); m != nil {
			at := fettle.Location{Path: file, Line: line}
			target := string(m[1])
			if class, _, ok := o.world.resolve(strings.TrimSuffix(target, ".*")); ok {
				o.mention(class, at, false, false)
			} else if !ofJDK(target) {
				o.imports = append(o.imports, mention{class: strings.TrimSuffix(target, ".*"), hop: fettle.Hop{Symbol: target, Location: at}, soft: true})
			}
		}
	}
	o.doubts = append(o.doubts, doubt{"is in a language that is not read but for its imports", fettle.Location{Path: file}, ""})
}

// build looks for what makes sources while the program is built.
func (o *own) build(file string, data []byte) {
	for _, pattern := range []*regexp.Regexp{makers, gradleMake} {
		if pattern == makers != strings.HasSuffix(file, ".xml") || o.compiled {
			continue
		}
		for _, at := range pattern.FindAllIndex(data, 20) {
			text := string(data[at[0]:at[1]])
			if tamed(text) {
				continue
			}
			line := 1 + bytes.Count(data[:at[0]], []byte("\n"))
			end := min(len(data), at[1]+400)
			if strings.Contains(text, "annotationProcessor") && tamed(string(data[at[0]:end])) && !makersBeside(string(data[at[0]:end])) {
				continue
			}
			o.doubts = append(o.doubts, doubt{"code is made when it is built; compile it first, so that its classes can be read", fettle.Location{Path: file, Line: line}, ""})
			return
		}
	}
}

// tamed reports whether a text names a processor that is known to use nothing that the source does not name.
func tamed(text string) bool {
	return slices.ContainsFunc(tame, func(t string) bool {
		_, artifact, _ := strings.Cut(t, ":")
		return strings.Contains(text, artifact)
	})
}

var wild = regexp.MustCompile(`mapstruct-processor|dagger-compiler|immutables|querydsl-apt|micronaut-inject|auto-value|hilt|doma-processor`)

func makersBeside(text string) bool { return wild.MatchString(text) }
