package nuget

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// declared is what a project file declares, over all of its target frameworks.
type declared struct {
	file       string
	refs       []reference // by framework and in order; an equal one stands once
	frameworks []string
	of         []string // of refs: the framework
	projects   []reference
	lockfile   string // NuGetLockFilePath, expanded
	isTest     bool
	answered   bool                 // a lockfile or the like was read for it
	stated     map[stated]int       // of refs
	byName     map[string]int       // of refs, once find was asked
	pins       map[string]reference // central versions that hold for transitive packages too
}

// stated is what makes two references of two frameworks one.
type stated struct {
	name, version, kind string
	at                  fettle.Location
}

// maxFrameworks bounds how often a project file is evaluated.
const maxFrameworks = 32

func declare(l *loader, file string, t *project.Teller) *declared {
	d := &declared{file: file}
	l.items = 0
	first := evaluate(l, file, "", t)
	var frameworks []string
	if several, ok := first.expand("$(TargetFrameworks)", project.Parent(file)); ok {
		frameworks = slices.DeleteFunc(strings.FieldsFunc(several, func(r rune) bool { return r == ';' }), func(f string) bool { return strings.TrimSpace(f) == "" })
	}
	switch {
	case len(frameworks) > maxFrameworks:
		t.Tell(file, 0, "more than %d target frameworks; the rest was not checked", maxFrameworks)
		frameworks = frameworks[:maxFrameworks]
		fallthrough
	case len(frameworks) > 0:
		for _, f := range frameworks {
			d.take(evaluate(l, file, strings.TrimSpace(f), t), strings.TrimSpace(f), t)
		}
	default:
		d.take(first, strings.TrimSpace(first.props.get("TargetFramework").text), t)
	}
	return d
}

func (d *declared) take(e *evaluation, framework string, t *project.Teller) {
	d.frameworks = append(d.frameworks, framework)
	for _, ref := range e.refs.resolved() {
		if strings.EqualFold(ref.name, "Microsoft.NET.Test.Sdk") && ref.kind == "packagereference" {
			d.isTest = true // its build files set IsTestProject
		}
		if ref.unsure {
			t.Tell(ref.at.Path, ref.at.Line, "%.100s hangs on a condition that cannot be decided here; it was checked as if it counted", ref.name)
		}
		same := stated{strings.ToLower(ref.name), ref.version, ref.kind, ref.at}
		if i, ok := d.stated[same]; ok && d.of[i] != framework {
			d.of[i] = "" // of more than one
			continue
		}
		if d.stated == nil {
			d.stated = map[stated]int{}
		}
		d.stated[same] = len(d.refs)
		d.refs, d.of = append(d.refs, ref), append(d.of, framework)
	}
	for _, p := range e.refs.projects {
		if !slices.ContainsFunc(d.projects, func(have reference) bool { return have.name == p.name }) && len(d.projects) < 2000 {
			d.projects = append(d.projects, p)
		}
	}
	d.isTest = d.isTest || e.refs.flag("IsTestProject")
	if text, ok := e.expand("$(NuGetLockFilePath)", project.Parent(d.file)); ok && text != "" {
		d.lockfile = place(text, project.Parent(d.file))
	}
	if e.refs.managed() && e.refs.flag("CentralPackageTransitivePinningEnabled") {
		if d.pins == nil {
			d.pins = map[string]reference{}
		}
		for name, c := range e.refs.central {
			d.pins[name] = c
		}
	}
}

// scopeOf narrows the scope of a reference by what its project is for.
func (d *declared) scopeOf(ref reference) fettle.Scope {
	s := ref.scope()
	if d.isTest && s.Wider(fettle.Test) {
		return fettle.Test
	}
	return s
}

// find returns the reference to a package, the widest scope first; nil where there is none.
func (d *declared) find(name string) *reference {
	if d.byName == nil {
		d.byName = make(map[string]int, len(d.refs))
		for i, ref := range d.refs {
			lower := strings.ToLower(ref.name)
			if have, ok := d.byName[lower]; !ok || d.scopeOf(ref).Wider(d.scopeOf(d.refs[have])) {
				d.byName[lower] = i
			}
		}
	}
	if i, ok := d.byName[strings.ToLower(name)]; ok {
		return &d.refs[i]
	}
	return nil
}

// unlocked makes a project of what a project file declares, with what the packages on this machine say that they need.
func (d *declared) unlocked(f *folder, t *project.Teller) (fettle.Project, []fettle.Gap) {
	g := project.NewGraph(fettle.Project{Manager: "nuget", Dir: project.Parent(d.file), Lockfile: d.file, Manifest: d.file})
	r := &restore{g: g, folder: f, d: d, t: t, at: map[string]fettle.Location{}}
	lowest := 0
	for i, ref := range d.refs {
		v := parseRange(ref.version)
		n := fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: ref.name, Version: v.lowest}, Key: key(ref.name, v.lowest), Location: ref.at}
		if v.lowest == "" {
			if n.NoVersion = ref.why; ref.why == "" {
				n.NoVersion = v.why
			}
		} else if !v.exact {
			lowest++
		}
		pinned := ref.pinned
		n.Manifest = &pinned
		g.Add(n)
		g.Need("", n.Key, ref.version, d.scopeOf(ref))
		if v.lowest != "" && ref.kind != "packagedownload" && ref.kind != "dotnetclitoolreference" {
			r.direct(i, ref, v.lowest)
		}
	}
	if len(d.refs) > 0 {
		reason := "has no packages.lock.json, so what it restores is not certain"
		if lowest > 0 {
			reason += fmt.Sprintf("; %d packages are declared by their lowest version, and that was checked", lowest)
		}
		t.Tell(d.file, d.line(), "%s; run dotnet restore --use-lock-file", reason)
	}
	r.walk()
	return g.Project()
}

// line is that of the first reference in the project file itself.
func (d *declared) line() int {
	for _, ref := range d.refs {
		if ref.at.Path == d.file {
			return ref.at.Line
		}
	}
	return 0
}
