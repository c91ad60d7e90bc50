package java

import (
	"context"
	"errors"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

var errLarge = errors.New("it is too large to read whole")

// Analyst answers for Maven packages, which Gradle's are too.
type Analyst struct{}

// Ecosystem is that of Maven's packages.
func (Analyst) Ecosystem() string { return "Maven" }

// Languages is Java. Kotlin, Groovy and Scala are read for their imports alone.
func (Analyst) Languages() []syntax.Language { return []syntax.Language{syntax.Java} }

// Tests reports whether a file is compiled for tests only, by the folders of Maven and Gradle, and below a folder for
// tests of another layout by its name. A name alone says nothing: src/java/CommitIT.java is in production.
func (Analyst) Tests(file string) bool {
	file = "/" + file
	if strings.Contains(file, "/src/main/") {
		return false
	}
	for _, dir := range []string{"/src/test/", "/src/it/", "/src/integrationTest/", "/src/integration-test/", "/src/functionalTest/", "/src/testFixtures/", "/src/jmh/", "/src/androidTest/"} {
		if strings.Contains(file, dir) {
			return true
		}
	}
	if !strings.Contains(file, "/test/") && !strings.Contains(file, "/tests/") {
		return false
	}
	base := file[strings.LastIndex(file, "/")+1:]
	for _, end := range []string{"Test.java", "Tests.java", "IT.java", "TestCase.java"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return false
}

// Analyze answers for each target by the classes that production code leads to, in the jars on this machine.
func (Analyst) Analyze(ctx context.Context, p program.Program, targets []program.Target) ([]program.Verdict, []fettle.Gap, error) {
	c := newCase(ctx, p)
	defer c.world.close()
	if err := c.load(); err != nil {
		return nil, nil, err
	}
	if err := c.follow(targets); err != nil {
		return nil, nil, err
	}
	verdicts := make([]program.Verdict, len(targets))
	for i, t := range targets {
		verdicts[i] = c.judge(t)
	}
	return verdicts, c.gaps, nil
}
