package nuget

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// together is what all projects that share a lockfile declare.
func together(list []*declared) *declared {
	switch len(list) {
	case 0:
		return &declared{}
	case 1:
		return list[0]
	}
	all := &declared{file: list[0].file, pins: map[string]reference{}, isTest: true}
	for _, d := range list {
		all.refs = append(all.refs, d.refs...)
		all.of = append(all.of, d.of...)
		all.projects = append(all.projects, d.projects...)
		all.isTest = all.isTest && d.isTest
		for name, pin := range d.pins {
			all.pins[name] = pin
		}
	}
	return all
}

// scope is that of a package that the project declares, or "" for the project's other needs.
func (d *declared) scope(name string) fettle.Scope {
	if ref := d.find(name); ref != nil && name != "" {
		return d.scopeOf(*ref)
	}
	if d.isTest {
		return fettle.Test
	}
	return fettle.Production
}

// drift tells where a lockfile and what the project declares disagree. What hangs on a condition is left out.
func drift(d *declared, targets []*target, t *project.Teller) {
	for _, ref := range d.refs {
		if ref.unsure || ref.kind != "packagereference" && ref.kind != "globalpackagereference" {
			continue
		}
		found, same, locked := false, false, ""
		for _, tg := range targets {
			i, ok := tg.index[strings.ToLower(ref.name)]
			if !ok {
				continue
			}
			found = true
			e := tg.entries[i]
			if a, b := canonical(ref.version), canonical(e.requested); e.requested == "" || a == "" || b == "" || a == b {
				same = true
			}
			locked = e.requested
		}
		switch {
		case !found:
			t.Tell(ref.at.Path, ref.at.Line, "%.100s is declared and not locked in %s, so it was not checked; run dotnet restore --force-evaluate", ref.name, t.File)
		case !same:
			t.Tell(ref.pinned.Path, ref.pinned.Line, "%.100s is declared as %.60s and locked as %.60s in %s; run dotnet restore --force-evaluate", ref.name, ref.version, locked, t.File)
		}
	}
}

// canonical writes a range in one way; "" where it is none.
func canonical(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.Contains(text, "*") {
		return ""
	}
	if text[0] != '[' && text[0] != '(' {
		if text = normalize(text); text == "" {
			return ""
		}
		return "[" + strings.ToLower(text) + ",)"
	}
	end := text[len(text)-1:]
	if len(text) < 2 || end != "]" && end != ")" {
		return ""
	}
	low, high, isRange := strings.Cut(text[1:len(text)-1], ",")
	if !isRange {
		high = low
	}
	return strings.ToLower(text[:1] + normalize(low) + "," + normalize(high) + end)
}
