package service

import (
	"bytes"
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// code is what the source files of one unit say together, tests left out.
type code struct {
	files   int
	listens bool // a word stands somewhere by which code may take requests
	main    string
	line    int  // of main
	flags   bool // arguments of the command line are parsed
	partial bool // a file was not read whole
}

// readSources looks for routes, and for fields of sensitive data in models.
func (f *finder) readSources() {
	told := map[string]bool{}
	for i, file := range f.of(sourceKind | schemaKind) {
		if i%64 == 0 && f.ctx.Err() != nil {
			return
		}
		if isTest(file) {
			continue
		}
		c := f.codeOf(file)
		text, err := f.source(file)
		if err != nil {
			c.partial = true
			if text == nil {
				continue
			}
		}
		l := sources[strings.ToLower(path.Ext(file))]
		var clean []byte
		stripped := func() []byte {
			if clean == nil {
				clean = strip(text, l)
			}
			return clean
		}
		c.note(file, text, stripped, l)
		at := f.home(file)
		known := func(framework string) bool { return told[at.dirs[0]+"\x00"+framework] }
		for _, r := range routesIn(text, stripped, l, known) {
			told[at.dirs[0]+"\x00"+r.framework] = true
			f.serves(at, "routes", file, r.line, "takes requests by %s", r.framework)
		}
		if isModel(file) {
			f.fields(file, stripped())
		}
	}
}

var errSources = errors.New("there are too many source files; this and later ones were not read whole")

// source returns the beginning of a source file, and an error where that is not all of it.
func (f *finder) source(file string) ([]byte, error) {
	if f.left <= 0 {
		return nil, errSources
	}
	data, err := f.files.Read(file)
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(data[:min(len(data), 1024)], 0) >= 0 {
		return nil, errors.New("is not text")
	}
	if len(data) > maxSource {
		data, err = data[:maxSource], errSources
	}
	f.left -= len(data)
	return data, err
}

// codeOf returns what is known of the unit that a file belongs to.
func (f *finder) codeOf(file string) *code {
	dir := project.Parent(file)
	for ; dir != "" && !f.isUnit(dir); dir = project.Parent(dir) {
	}
	c := f.codes[dir]
	if c == nil {
		c = &code{}
		f.codes[dir] = c
	}
	return c
}

var (
	goMain   = regexp.MustCompile(`(?m)^func main\(\)`)
	goImport = regexp.MustCompile(`(?m)^\s*(import\s+)?(\w+\s+)?"(flag|github\.com/spf13/(cobra|pflag)|github\.com/urfave/cli(/v\d)?|github\.com/alecthomas/kong|github\.com/jessevdk/go-flags|github\.com/alecthomas/kingpin(/v\d)?)"`)
)

// note gathers what layout says: whether there is a main package, and whether it parses arguments.
func (c *code) note(file string, text []byte, stripped func() []byte, l language) {
	c.files++
	if words, ok := listening[l]; !ok || containsAny(text, words) {
		c.listens = true // nothing is known of a language without words
	}
	if l != golang {
		return
	}
	if c.flags = c.flags || goImport.Match(text); c.main == "" && bytes.Contains(text, []byte("func main()")) {
		if at := goMain.FindIndex(stripped()); at != nil {
			c.main, c.line = file, 1+bytes.Count(text[:at[0]], []byte("\n"))
		}
	}
}

func containsAny(text []byte, words []string) bool {
	for _, word := range words {
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}
