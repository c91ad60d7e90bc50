package maven

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of interpolation, which without them could grow a few lines into gigabytes.
const (
	maxValue   = 4096 // bytes of one value
	maxNesting = 50   // properties within properties
)

// values are the properties of one effective POM.
type values struct {
	fixed  map[string]string // what the POM itself and the command line say
	levels []level           // where the rest stands, the first one counts
	weak   map[string]string // what counts where no level has it
	memo   map[string]value
}

// value is a property with all that it refers to filled in.
type value struct {
	text string
	at   place  // of the property that holds the text literally
	why  string // it cannot be known: why
}

// fill replaces the properties that text refers to. at is where text stands; the place returned is where its outcome stands
// literally: that of a property, where text is nothing but a reference to it. why says what could not be filled in.
func (v *values) fill(text string, at place) (string, place, string) {
	if !strings.Contains(text, "${") {
		return text, at, ""
	}
	got := v.expand(text, at, 0)
	return got.text, got.at, got.why
}

func (v *values) expand(text string, at place, depth int) value {
	out := value{at: at}
	var b strings.Builder
	rest := text
	for {
		before, after, found := strings.Cut(rest, "${")
		name, after, closed := strings.Cut(after, "}")
		if !found || !closed {
			b.WriteString(rest)
			break
		}
		b.WriteString(before)
		got := v.get(name, depth+1)
		if got.why != "" && out.why == "" {
			out.why = got.why
		}
		if before == "" && after == "" && rest == text && got.at.file != "" { // nothing but this
			out.at = got.at
		}
		b.WriteString(got.text)
		rest = after
		if b.Len() > maxValue {
			return value{text: text, at: at, why: fmt.Sprintf("%.40q grows beyond %d bytes", text, maxValue)}
		}
	}
	if out.text = b.String(); out.why != "" {
		out.text = text
	}
	return out
}

// get returns the value of a property, with itself in place of what is not known.
func (v *values) get(name string, depth int) value {
	if got, ok := v.memo[name]; ok {
		return got
	}
	unknown := func(why string) value { return value{text: "${" + name + "}", why: why} }
	if depth > maxNesting {
		return unknown(fmt.Sprintf("the property %.100s refers to more than %d others", name, maxNesting))
	}
	v.memo[name] = unknown(fmt.Sprintf("the property %.100s refers to itself", name))
	var got value
	if text, ok := v.fixed[name]; ok {
		got = v.expand(text, place{}, depth)
	} else if p, ok := v.property(name); ok {
		got = v.expand(p.value, p.at, depth)
	} else if text, ok := v.weak[name]; ok {
		got = v.expand(text, place{}, depth)
	} else {
		got = unknown(fmt.Sprintf("the property %.100s is not defined", name))
	}
	v.memo[name] = got
	return got
}

func (v *values) property(name string) (property, bool) {
	for _, l := range v.levels {
		if p, ok := l.properties[name]; ok {
			p.at = l.pin(p.at)
			return p, true
		}
	}
	return property{}, false
}

// mavenConfig is what .mvn/maven.config gives to every run of Maven in a tree.
type mavenConfig struct {
	properties map[string]string
	on, off    map[string]bool // profiles
}

// config reads the .mvn/maven.config that counts for file.
func (w *workspace) config(file string) mavenConfig {
	if w.files == nil { // there is no tree
		return mavenConfig{}
	}
	name := w.files.Above(project.Parent(file), ".mvn/maven.config")
	if c, ok := w.configs[name]; ok {
		return c
	}
	c := mavenConfig{properties: map[string]string{}, on: map[string]bool{}, off: map[string]bool{}}
	w.configs[name] = c
	if name == "" {
		return c
	}
	data, err := w.files.Read(name)
	if err != nil {
		w.gap(project.Gap(name, 0, err.Error()))
		return c
	}
	words := strings.Fields(string(data))
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case (word == "-D" || word == "-P" || word == "--define" || word == "--activate-profiles") && i+1 < len(words):
			i++
			c.option(word, words[i])
		case strings.HasPrefix(word, "-D"), strings.HasPrefix(word, "-P"):
			c.option(word[:2], word[2:])
		}
	}
	return c
}

func (c mavenConfig) option(name, text string) {
	if name == "-D" || name == "--define" {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			value = "true"
		}
		c.properties[key] = strings.Trim(value, `"`)
		return
	}
	for id := range strings.SplitSeq(text, ",") {
		if bare, off := strings.CutPrefix(id, "!"); off || strings.HasPrefix(id, "-") {
			c.off[strings.TrimPrefix(bare, "-")] = true
		} else {
			c.on[strings.TrimPrefix(id, "+")] = true
		}
	}
}
