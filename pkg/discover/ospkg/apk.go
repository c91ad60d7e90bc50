package ospkg

import (
	"context"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// apkInstalled are the places of apk's database, the older one first.
var apkInstalled = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed"}

// apkWorld lists what was asked for.
const apkWorld = "etc/apk/world"

type apkPackage struct {
	name, version, origin string
	needs, provides       []string
	line, endLine         int
}

// apk reads the packages that apk installed.
func (s *system) apk(context.Context) (bool, error) {
	for _, file := range apkInstalled {
		data, ok := s.file(file, maxText)
		if !ok {
			continue
		}
		world, hasWorld := s.file(apkWorld, 1<<20)
		s.apkDatabase(file, parseAPK(data), strings.Fields(string(world)), hasWorld)
		return true, nil
	}
	return false, nil
}

// parseAPK reads paragraphs of K:value lines. The lines of files among them are passed over.
func parseAPK(data []byte) []apkPackage {
	var all []apkPackage
	var p apkPackage
	number := 0
	end := func() {
		if p.line > 0 {
			all = append(all, p)
		}
		p = apkPackage{}
	}
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		if p.line == 0 {
			p.line = number
		}
		p.endLine = number
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		switch key {
		case "P":
			p.name = value
		case "V":
			p.version = value
		case "o":
			p.origin = value
		case "D":
			p.needs = fields(p.needs, value)
		case "p":
			p.provides = fields(p.provides, value)
		}
	}
	end()
	return all
}

// fields adds the words of text, up to a bound.
func fields(all []string, text string) []string {
	for word := range strings.FieldsSeq(text) {
		if len(all) == maxNeeds {
			break
		}
		all = append(all, word)
	}
	return all
}

func (s *system) apkDatabase(file string, packages []apkPackage, world []string, hasWorld bool) {
	g := project.NewGraph(fettle.Project{Manager: "apk", Dir: project.Parent(file), Lockfile: file})
	providers := map[string][]string{}
	faults := 0
	for _, p := range packages {
		if p.name == "" && p.version == "" {
			continue
		}
		if len(p.needs) == maxNeeds || len(p.provides) == maxNeeds {
			s.gap(file, p.line, "%.100s needs or provides more than %d names; the ways through the rest are unknown", p.name, maxNeeds)
		}
		n := fettle.Node{Key: p.name, Package: fettle.Package{Ecosystem: s.release.label(), Name: p.name, Version: p.version},
			Location: fettle.Location{Path: file, Line: p.line, EndLine: p.endLine}}
		if p.version == "" {
			n.NoVersion = "the entry has no V: line"
		}
		if p.origin != "" && s.release.ecosystem != "Chainguard" && s.release.ecosystem != "Wolfi" { // which have advisories by package
			n.Source = &fettle.Package{Ecosystem: n.Ecosystem, Name: p.origin, Version: p.version}
		}
		if !g.Add(n) {
			if faults++; g.Has(n.Key) && faults <= project.MaxFaults {
				s.gap(file, p.line, "%.100s stands twice; the first entry counts", p.name)
			}
			continue
		}
		for _, name := range append([]string{p.name}, p.provides...) {
			if name, _ = apkName(name); len(providers[name]) < maxProviders {
				providers[name] = append(providers[name], p.name)
			}
		}
	}
	needed := map[string]bool{}
	for _, p := range packages {
		for _, need := range p.needs {
			name, version := apkName(need)
			for _, key := range providers[name] {
				g.Need(p.name, key, version, fettle.Production)
				needed[key] = needed[key] || key != p.name
			}
		}
	}
	for _, want := range world {
		name, version := apkName(want)
		for _, key := range providers[name] {
			g.Need("", key, version, fettle.Production)
		}
	}
	if !hasWorld {
		for _, p := range packages {
			if !needed[p.name] {
				g.Need("", p.name, "", fettle.Production)
			}
		}
		lonely(g)
	}
	s.keep(g)
}

// apkName splits a name from what it says of versions and of the repository, as in so:libc.so=1, a>2~3, b@edge. One that begins
// with ! is a conflict, and has no name.
func apkName(text string) (name, version string) {
	if strings.HasPrefix(text, "!") {
		return "", ""
	}
	i := strings.IndexAny(text, "<>=~@")
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i:]
}
