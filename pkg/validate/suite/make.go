package suite

import "regexp"

var (
	makeTest  = regexp.MustCompile(`(?m)^test\s*:(?:[^=]|$)`)
	makeCheck = regexp.MustCompile(`(?m)^check\s*:(?:[^=]|$)`)
)

// detectMake is for what nothing better is known of. It fetches nothing.
func detectMake(f folder, _ Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "make"}
	text, err := f.text(f.first("GNUmakefile", "makefile", "Makefile"), maxManifest)
	if err != nil {
		return p, err
	}
	p.Build = steps([]string{"make"})
	switch {
	case makeTest.MatchString(text):
		p.Test = steps([]string{"make", "test"})
	case makeCheck.MatchString(text):
		p.Test = steps([]string{"make", "check"})
	}
	return p, o.need("make", "install it, or "+declare)
}
