package validate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// beyondRequirements allows requirements to change, and no option: indexes, links, files that are read along.
func beyondRequirements(old, new string) string {
	options := func(text string) (options, requirements []string) {
		for _, line := range requirementLines(text) {
			if plain, _, _ := strings.Cut(line, " --hash"); strings.HasPrefix(line, "-") || !plainRequirement(plain) {
				options = append(options, line)
			} else {
				requirements = append(requirements, line)
			}
		}
		slices.Sort(options)
		return options, requirements
	}
	was, _ := options(old)
	now, requirements := options(new)
	for _, line := range now {
		if !slices.Contains(was, line) {
			return fmt.Sprintf("%.120q", line)
		}
	}
	if len(was) != len(now) {
		return "an option or address goes"
	}
	for _, line := range requirements {
		if rest, _, _ := strings.Cut(line, " --hash"); strings.Contains(rest, " --") {
			return fmt.Sprintf("%.120q", line)
		}
	}
	return ""
}

// beyondGoMod allows requirements and the versions of the language and the toolchain that they ask for.
func beyondGoMod(old, new string) string {
	rest := func(text string) (string, error) {
		f, err := modfile.Parse("go.mod", []byte(text), nil)
		if err != nil {
			return "", err
		}
		var all []string
		for _, s := range f.Syntax.Stmt {
			switch s := s.(type) {
			case *modfile.Line:
				all = append(all, strings.Join(s.Token, " "))
			case *modfile.LineBlock:
				for _, l := range s.Line {
					all = append(all, strings.Join(append(slices.Clone(s.Token), l.Token...), " "))
				}
			}
		}
		all = slices.DeleteFunc(all, func(line string) bool {
			word, _, _ := strings.Cut(line, " ")
			return word == "require" || word == "go" || word == "toolchain"
		})
		slices.Sort(all)
		return strings.Join(all, "\n"), nil
	}
	a, errA := rest(old)
	b, errB := rest(new)
	switch err := errors.Join(errA, errB); {
	case err != nil:
		return err.Error()
	case a != b:
		return "something else than requirements"
	}
	return ""
}

// lineForm says which lines of a build written as code may change, and in what.
type lineForm struct {
	fixed  *regexp.Regexp // lines that must stay as they are, whatever they hold
	holds  *regexp.Regexp // lines in which versions may change
	hidden *regexp.Regexp // the versions in such a line
	added  *regexp.Regexp // lines that may be new
}

// beyond holds the lines of two texts against each other, once versions are hidden.
func (f lineForm) beyond(old, new string) string {
	hide := func(text string) []string {
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			line = strings.TrimSpace(line)
			if !f.fixed.MatchString(line) && f.holds.MatchString(line) {
				line = f.hidden.ReplaceAllString(line, "${before}…${after}")
			}
			lines[i] = line
		}
		return lines
	}
	was, plain := hide(old), strings.Split(new, "\n")
	at := 0
	for i, line := range hide(new) {
		if at < len(was) && was[at] == line {
			at++
			continue
		}
		if line = strings.TrimSpace(plain[i]); line != "" && !f.added.MatchString(line) {
			return fmt.Sprintf("%.120q", line)
		}
	}
	if at < len(was) {
		return fmt.Sprintf("%.120q goes", was[at])
	}
	return ""
}

// gradleForm: versions stand in coordinates, in arguments called version, and in variables whose name says so. Plugins,
// repositories and what sets the language are fixed.
var gradleForm = lineForm{
	fixed:  regexp.MustCompile(`(?i)^(?:id\b|id\(|classpath|kotlin\(|alias|apply|url\b|maven\b|distributionUrl|version\b|toolVersion|languageVersion)|jvmTarget|(?:source|target)Compatibility|JavaVersion|JavaLanguageVersion`),
	holds:  regexp.MustCompile(`['"][^'":\s]+:[^'":\s]+:[^'"]+['"]|(?i)\b\w*versions?\w*(?:\.\w+|\['\w[\w-]*'\])?\s*[:=]|\b(?:ext|extra|set|strictly|require|prefer)\b`),
	hidden: regexp.MustCompile(`(?P<before>['"](?:[^'":\s]+:[^'":\s]+:)?)[\[(]?v?\d[\w.+\-,!\[\])]*(?P<after>(?:[:@][\w-]+)*['"])`),
	added: regexp.MustCompile(`^(?:constraints\s*\{|\}|//.*|because\s*\(?['"][^'"$]*['"]\)?|(?:version\s*\{\s*)?(?:strictly|require|prefer|reject)\s*\(?['"][\w.+\-,\[\]()!]+['"]\)?\s*\}?|version\s*\{|` +
		`(?:implementation|api|compileOnly|runtimeOnly|testImplementation|testRuntimeOnly|annotationProcessor|force)\s*\(?\s*['"][\w.\-]+:[\w.\-]+:[\w.+\-!]+['"]\s*\)?\s*\{?|` +
		`resolutionStrategy\s*\{|configurations\.(?:all|configureEach)\s*\{|dependencies\s*\{)$`),
}

func beyondGradle(old, new string) string { return gradleForm.beyond(old, new) }

// gemForm: versions stand after a gem's name.
var gemForm = lineForm{
	fixed:  regexp.MustCompile(`^(?:ruby|source|git|path|eval|plugin)\b`),
	holds:  regexp.MustCompile(`^gem[\s(]`),
	hidden: regexp.MustCompile(`(?P<before>,\s*\[?\s*['"])[~><=! ]*\d[\w.]*(?P<after>['"])`),
	added:  regexp.MustCompile(`^(?:gem[\s(]\s*['"][\w.\-]+['"](?:\s*,\s*['"][~><=! ]*\d[\w.]*['"])+\s*\)?|#.*)$`),
}

func beyondGemfile(old, new string) string { return gemForm.beyond(old, new) }

// beyondProperties allows versions in gradle.properties to change, in lines whose key says that they are of a package.
func beyondProperties(old, new string) string {
	was, now := strings.Split(old, "\n"), strings.Split(new, "\n")
	if len(was) != len(now) {
		return "lines come or go"
	}
	for i, line := range now {
		if line == was[i] {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		oldKey, oldValue, ok := strings.Cut(was[i], "=")
		key = strings.TrimSpace(key)
		if !ok || key != strings.TrimSpace(oldKey) || !ofVersion(key) || key == "version" || strings.HasPrefix(key, "org.gradle") ||
			!versionLike(value) || !versionLike(oldValue) {
			return fmt.Sprintf("%.120q", line)
		}
	}
	return ""
}
