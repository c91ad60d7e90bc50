package service

import (
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// claim is a fact before it is known whom it is about.
type claim struct {
	signal   fettle.Signal
	text     string
	strength fettle.Strength
	source   string
	file     string
	line     int
	why      string
}

// say makes facts of c about the services of at. What would lower urgency is left out where it is not sure whom c is about.
func (f *finder) say(at place, c claim) {
	if len(f.facts) >= maxFacts {
		f.doubt("")
		return
	}
	fact := fettle.Fact{Signal: c.signal, Text: c.text, Strength: c.strength, Source: c.source, Why: oneLine(c.why),
		Where: &fettle.Location{Path: c.file, Line: c.line}}
	if fact.Strength == "" {
		fact.Strength = fettle.Stated
	}
	if lowers(fact) && !at.sure {
		return
	}
	side := aside(c.file)
	for _, dir := range at.dirs {
		if side != "" && !at.sure && !within(dir, side) { // what examples deploy is likely not the code that they are beside
			f.hushed = append(f.hushed, dir)
			continue
		}
		fact.Service = dir
		f.facts = append(f.facts, fact)
	}
}

// sides are folders of what shows or tries code, and is not how it is deployed.
var sides = set("examples example samples sample docs doc test tests e2e")

// aside returns the topmost such folder that file lies in, or "".
func aside(file string) string {
	for i := range len(file) {
		if file[i] == '/' && sides[strings.ToLower(path.Base(file[:i]))] {
			return file[:i]
		}
	}
	return ""
}

// maxFacts bounds what a hostile tree can make of one file of many lines.
const maxFacts = 20_000

// lowers reports whether a fact can make findings look less urgent, so that it must be about the right service.
func lowers(fact fettle.Fact) bool {
	switch fact.Signal {
	case fettle.Exposure:
		return fact.Text != open
	case fettle.Criticality:
		return fact.Text == "low"
	case fettle.Lifecycle:
		return fact.Text != "production"
	case fettle.Environment:
		return fact.Text != "production"
	case fettle.Shipped:
		return fact.Text == "no"
	case fettle.Role:
		return fact.Text != "server"
	case fettle.Data:
		return fact.Text == "none"
	}
	return false
}

// The values of exposure that are inferred.
const (
	open       = "open"
	controlled = "controlled"
)

func (f *finder) expose(at place, text, source, file string, line int, why string, args ...any) {
	f.say(at, claim{signal: fettle.Exposure, text: text, source: source, file: file, line: line, why: fmt.Sprintf(why, args...)})
}

func (f *finder) serves(at place, source, file string, line int, why string, args ...any) {
	f.say(at, claim{signal: fettle.Role, text: "server", strength: fettle.Hinted, source: source, file: file, line: line, why: fmt.Sprintf(why, args...)})
}

// maxWhy is how much of a line is kept.
const maxWhy = 200

// oneLine keeps text from outside on one line of bounded length, without control characters.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 }), " ")
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= maxWhy {
		return text
	}
	cut := maxWhy
	for cut > 0 && text[cut]&0xc0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}
