package node

import (
	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// berryDrift tells of the first dependency in which the manifest of m and its entry f disagree.
func (l *berryLock) berryDrift(m *member, f document.Field) {
	if f.Value == nil {
		return
	}
	was := f.Value.Get("dependencies")
	declared := map[string]bool{}
	for _, n := range m.manifest.needs {
		if n.section == "peerDependencies" {
			continue
		}
		twice := declared[n.name]
		declared[n.name] = true
		switch spec := was.Get(n.name); {
		case spec == nil:
			l.outOfStep(m, m.manifest.lineOf(n), n.name+" is in "+n.section+" of package.json and not in the lockfile")
			return
		case withProtocol(spec.Str()) != withProtocol(n.spec) && !twice && !l.inOtherSection(m, n):
			l.outOfStep(m, m.manifest.lineOf(n), n.name+" is "+quoted(n.spec)+" in package.json and "+quoted(spec.Str())+" in the lockfile")
			return
		}
	}
	for _, d := range was.Map() {
		if !declared[d.Key] {
			l.gap(d.Line, "out of step with %.200s: %.100s is in the lockfile and not in package.json; run %s", l.manifestFile(m), d.Key, l.run)
			return
		}
	}
}

// inOtherSection reports whether n's name is declared more than once, where only one range counts.
func (l *berryLock) inOtherSection(m *member, n npmNeed) bool {
	for _, section := range []string{"dependencies", "optionalDependencies", "devDependencies"} {
		if section != n.section && m.manifest.lines[section+"\x00"+n.name] > 0 {
			return true
		}
	}
	return false
}
