package gradle

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// scopeOf is what a configuration is for. One that is not known counts as production.
func scopeOf(configuration string) fettle.Scope {
	c := strings.ToLower(configuration)
	switch {
	case strings.HasPrefix(c, "test") || strings.Contains(configuration, "Test") || strings.Contains(c, "jmh"):
		return fettle.Test
	case strings.Contains(c, "annotationprocessor") || strings.HasPrefix(c, "kapt") || strings.HasPrefix(c, "ksp") ||
		strings.HasPrefix(c, "kotlincompiler") || strings.HasPrefix(c, "kotlinbuildtools") || strings.HasPrefix(c, "kotlinklib") || strings.HasPrefix(c, "kotlinnative"):
		return fettle.Development
	case strings.HasSuffix(c, "compileonly") || strings.HasSuffix(c, "compileonlyapi") || strings.HasPrefix(c, "provided") || c == "compileclasspath" || strings.HasSuffix(c, "compileclasspath"):
		return fettle.Peer
	case development[c]:
		return fettle.Development
	}
	return fettle.Production
}

// development are configurations of tools that work on the project.
var development = map[string]bool{"classpath": true, "developmentonly": true, "checkstyle": true, "pmd": true, "pmdaux": true, "codenarc": true, "spotbugs": true, "spotbugsplugins": true,
	"spotbugsslf4j": true, "findbugs": true, "detekt": true, "detektplugins": true, "ktlint": true, "ktlintruleset": true, "ktlintreporter": true, "jacocoagent": true, "jacocoant": true,
	"errorprone": true, "errorpronejavac": true, "antlr": true, "zinc": true, "scalacompilerplugins": true, "asciidoctor": true, "asciidoctorextensions": true, "dokka": true,
	"dokkaplugin": true, "lintchecks": true, "swagger": true, "incrementalscalaanalysisformain": true, "archrules": true}

// scopeOfAll is the widest scope of configurations. Where no runtime class path is locked at all, a compile one stands for it.
func scopeOfAll(configurations []string, runtime bool) fettle.Scope {
	widest := fettle.Scope("")
	for _, c := range configurations {
		s := scopeOf(c)
		if s == fettle.Peer && !runtime && strings.HasSuffix(strings.ToLower(c), "compileclasspath") {
			s = fettle.Production
		}
		if s.Wider(widest) {
			widest = s
		}
	}
	if widest == "" {
		return fettle.Production
	}
	return widest
}
