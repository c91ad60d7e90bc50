package node

import (
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// drift tells of the first dependency in which the manifest of m and what the lockfile says of it, at line, disagree.
func (l *pnpmLock) drift(m *member, locked []npmNeed, line int) {
	if m.manifest == nil {
		return
	}
	have := map[string]npmNeed{}
	for _, n := range locked {
		have[n.name] = n
	}
	ignored := map[string]bool{}
	for _, v := range l.root.Get("ignoredOptionalDependencies").List() {
		ignored[v.Str()] = true
	}
	declared := map[string]bool{}
	for _, n := range m.manifest.needs {
		declared[n.name] = true
		was, ok := have[n.name]
		at := m.manifest.lineOf(n)
		switch {
		case ok && was.section != n.section && m.manifest.lines[was.section+"\x00"+n.name] > 0: // in two sections
		case ok && was.spec != n.spec && l.overridden(n.name, was.spec):
		case ok && was.spec != n.spec && n.section != "peerDependencies":
			l.outOfStep(m, at, fmt.Sprintf("%.100s is %.100s in package.json and %.100s in the lockfile", n.name, n.spec, was.spec))
			return
		case ok && was.section != n.section && n.section != "peerDependencies":
			l.outOfStep(m, at, fmt.Sprintf("%.100s is in %s of package.json and in %s of the lockfile", n.name, n.section, was.section))
			return
		case !ok && n.section != "peerDependencies" && !l.overridden(n.name, "-") && !(n.optional && ignored[n.name]):
			l.outOfStep(m, at, fmt.Sprintf("%.100s is in %s of package.json and not in those of the lockfile", n.name, n.section))
			return
		}
	}
	for _, n := range locked {
		if !declared[n.name] {
			l.gap(line, "out of step with %.200s: %.100s is in %s of the lockfile and not in those of package.json; run %s", l.manifestFile(m), n.name, n.section, l.run)
			return
		}
	}
}

// overridden reports whether an override turns a range of name into spec.
func (l *pnpmLock) overridden(name, spec string) bool {
	if l.overrides == nil {
		l.overrides = map[[2]string]bool{}
		for _, f := range l.root.Get("overrides").Map() {
			of, _ := splitDescriptor(overrideTarget(f.Key))
			l.overrides[[2]string{of, f.Value.Str()}] = true
		}
	}
	return l.overrides[[2]string{name, spec}]
}

// overrideTarget is the last package of a selector such as a@1>b@>2, in which > parts two where it does not begin a range.
func overrideTarget(selector string) string {
	for i := len(selector) - 1; i > 0; i-- {
		if selector[i] == '>' && !strings.ContainsRune(" |@", rune(selector[i-1])) {
			return selector[i+1:]
		}
	}
	return selector
}

// outOfStep is a gap at a line of m's manifest, or at the lockfile where that is unknown.
func (a *assembly) outOfStep(m *member, line int, what string) {
	g := project.Gap(a.project.Lockfile, 0, "out of step with "+path.Join(m.dir, "package.json")+": "+what+"; run "+a.run)
	if line > 0 {
		g.Location = &fettle.Location{Path: a.manifestFile(m), Line: line}
	}
	if a.told["manifests out of step"]++; a.told["manifests out of step"] <= project.MaxFaults {
		a.gaps = append(a.gaps, g)
	}
}

func quoted(text string) string { return fmt.Sprintf("%.100q", text) }
