package golang

import (
	"fmt"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// add makes a node of module m, or a root where it is the project's own.
func (b *builder) add(m module.Version) {
	n := fettle.Node{Package: fettle.Package{Ecosystem: ecosystem, Name: m.Path, Version: strings.TrimPrefix(m.Version, "v")}, Location: b.location(m)}
	r := b.mods.replacement(m)
	switch {
	case r == nil:
	case r.target.Version != "":
		n.Name, n.Version = r.target.Path, strings.TrimPrefix(r.target.Version, "v")
		n.Location = fettle.Location{Path: r.file, Line: r.line, EndLine: r.endLine}
	default:
		dir, inside := inTree(r.dir, r.target.Path)
		if inside && b.isOwn(m) && b.mods.summary(m) != nil {
			key := b.relative(dir)
			b.keys[m.Path] = key
			b.own = append(b.own, ownModule{key, m})
			b.graph.Root(key)
			return
		}
		n.Version, n.NoVersion = "", "the folder "+short(r.target.Path)+" replaces "+short(m.Version)+" of it"
		if b.mods.summary(m) == nil {
			n.NoVersion += ", and no go.mod could be read there, so what it needs is unknown"
		}
		n.Location = fettle.Location{Path: r.file, Line: r.line, EndLine: r.endLine}
	}
	if n.NoVersion == "" && !semver.IsValid("v"+n.Version) {
		n.NoVersion = fmt.Sprintf("%.100q is no version", m.Version) + "; want one such as v1.2.3, run go mod tidy"
		n.Version = ""
	}
	n.Key = n.Package.String()
	if n.Version == "" {
		n.Key = n.Name + "@" + m.Version
	}
	for _, d := range b.declared[m.Path] {
		if !d.indirect {
			n.Manifest = &fettle.Location{Path: d.member.file, Line: d.line}
			break
		}
	}
	b.graph.Add(n)
	if _, ok := b.keys[m.Path]; !ok {
		b.keys[m.Path] = n.Key
	}
}

// location is the line that says m: its require line, else that of go.sum, else that of the vendor folder.
func (b *builder) location(m module.Version) fettle.Location {
	declared := b.declared[m.Path]
	at := slices.IndexFunc(declared, func(d declaration) bool { return d.mod == m })
	if s, ok := b.sums.lines[m]; ok && at < 0 && len(declared) == 0 {
		return fettle.Location{Path: s.file, Line: s.line, EndLine: s.line}
	}
	switch {
	case len(declared) > 0:
		d := declared[max(at, 0)]
		return fettle.Location{Path: d.member.file, Line: d.line, EndLine: d.endLine}
	case b.vendor != nil:
		if i, ok := b.vendor.byPath[m.Path]; ok {
			line := b.vendor.modules[i].line
			return fettle.Location{Path: b.vendor.file, Line: line, EndLine: line}
		}
	}
	return fettle.Location{Path: b.w.file}
}

// isOwn tells a module of the project, which a folder replaces so that its parts are built together, from a changed copy of
// somebody else's: its version is a placeholder, or it has the host and owner of a module of the project.
func (b *builder) isOwn(m module.Version) bool {
	if m.Version == "v0.0.0" || module.IsZeroPseudoVersion(m.Version) {
		return true
	}
	return slices.ContainsFunc(b.w.members, func(own *mainModule) bool { return owner(own.path) == owner(m.Path) })
}

// owner is the part of a module path that one person or organization has: that of the repository on the large hosts, else
// the first two elements.
func owner(modPath string) string {
	parts := strings.Split(modPath, "/")
	n := 2
	switch parts[0] {
	case "github.com", "gitlab.com", "bitbucket.org", "codeberg.org":
		n = 3
	}
	return strings.Join(parts[:min(n, len(parts))], "/")
}

// holder is the key of a member: its folder, relative to that of the workspace.
func (b *builder) holder(m *mainModule) string { return b.relative(m.dir) }

func (b *builder) relative(dir string) string {
	if dir == b.w.dir {
		return ""
	}
	if b.w.dir == "" {
		return dir
	}
	if rest, ok := strings.CutPrefix(dir, b.w.dir+"/"); ok {
		return rest
	}
	return "/" + dir // outside of the workspace's folder: relative to the repository
}

// addGo adds the standard library and, since Go 1.21, whose go and toolchain lines choose it, the go command.
func (b *builder) addGo() {
	lowest := minimalGo(b.w)
	n := fettle.Node{Package: fettle.Package{Ecosystem: ecosystem, Name: "stdlib"}, Key: "stdlib", Location: fettle.Location{Path: b.w.file}}
	if lowest.text != "" {
		n.Location = fettle.Location{Path: lowest.file, Line: lowest.line, EndLine: lowest.line}
		n.Manifest = &fettle.Location{Path: lowest.file, Line: lowest.line}
	}
	chosen := version.Compare(lowest.text, "go1.21") >= 0
	switch {
	case lowest.text == "":
		n.NoVersion = "there is no go line, so which Go builds it is unknown; run go mod tidy, which adds one"
	case !chosen:
		n.AtLeast = stdlibVersion(lowest.text)
		n.NoVersion = lowest.text + " bounds the language and chooses no Go: any newer one builds it, and which is not said here; a go or toolchain line of 1.21 or later says"
	default:
		n.Version = stdlibVersion(lowest.text)
		n.Key = n.Package.String()
	}
	b.graph.Add(n)
	tool := n
	tool.Name, tool.Scope = "toolchain", fettle.Development
	tool.Key = tool.Package.String()
	if chosen {
		b.graph.Add(tool)
	}
	spec := ""
	if n.Version != "" {
		spec = ">=" + n.Version
	}
	for _, m := range b.w.members {
		b.graph.Need(b.holder(m), n.Key, spec, fettle.Production)
		b.graph.Need(b.holder(m), tool.Key, spec, fettle.Development)
	}
}
