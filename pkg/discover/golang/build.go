package golang

import (
	"context"
	"fmt"
	"go/version"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

const ecosystem = "Go"

// builder makes the project of one workspace or module.
type builder struct {
	files    *project.Files
	w        *workspace
	mods     *modGraph
	sums     sums
	hasSums  bool
	vendor   *vendored // nil where there is none
	declared map[string][]declaration
	graph    *project.Graph
	keys     map[string]string // of the chosen version of each module: its node, or the folder of a module that is the project's own
	own      []ownModule
	held     map[string]bool // nodes that have a holder
	tell     teller
	gaps     []fettle.Gap
}

// declaration is a require line of a member.
type declaration struct {
	require
	member *mainModule
}

// ownModule is a folder of the tree that takes the place of a module.
type ownModule struct {
	key string
	mod module.Version
}

func newBuilder(files *project.Files, cache *cache, w *workspace) *builder {
	b := &builder{files: files, w: w, mods: newModGraph(files, cache, w), declared: map[string][]declaration{}, keys: map[string]string{}, held: map[string]bool{}, tell: teller{file: w.file}}
	b.sums.lines = map[module.Version]place{}
	p := fettle.Project{Manager: "go", Dir: w.dir, Lockfile: w.file, Manifest: w.file}
	b.graph = project.NewGraph(p)
	for _, m := range w.members {
		for _, r := range m.requires {
			b.declared[r.mod.Path] = append(b.declared[r.mod.Path], declaration{r, m})
		}
	}
	return b
}

func (b *builder) build(ctx context.Context) (fettle.Project, error) {
	if err := b.mods.load(ctx); err != nil {
		return fettle.Project{}, err
	}
	for _, m := range b.w.members {
		b.readSums(path.Join(m.dir, "go.sum"))
		if b.w.isWork {
			b.graph.Root(b.holder(m))
		}
	}
	if b.w.isWork {
		b.readSums(path.Join(b.w.dir, "go.work.sum"))
	}
	b.readVendor()
	for _, m := range b.choose() {
		b.add(m)
	}
	b.drift()
	asked := b.connect()
	b.addGo()
	p, gaps := b.graph.Project()
	for i, n := range p.Nodes {
		p.Nodes[i].Direct = n.Direct && !asked[n.Key]
	}
	b.incomplete(p)
	b.forks(p)
	b.gaps = append(append(b.gaps, b.tell.done()...), gaps...)
	return p, nil
}

func (b *builder) readSums(file string) {
	if !b.files.Is(file) {
		return
	}
	data, err := b.files.Read(file)
	if err != nil {
		b.gaps = append(b.gaps, project.Gap(file, 0, err.Error()))
		return
	}
	b.hasSums = true
	for _, f := range b.sums.add(file, data) {
		b.gaps = append(b.gaps, project.Gap(file, f.Line, f.Msg))
	}
}

func (b *builder) readVendor() {
	file := path.Join(b.w.dir, "vendor", "modules.txt")
	if !b.files.Is(file) {
		return
	}
	data, err := b.files.Read(file)
	if err != nil {
		b.gaps = append(b.gaps, project.Gap(file, 0, err.Error()))
		return
	}
	b.vendor = parseVendored(data)
	b.vendor.file = file
}

// complete reports whether the module graph is known as a whole.
func (b *builder) complete() bool { return len(b.mods.missing) == 0 && !b.mods.cut }

// listsAll reports whether the require lines name all modules that a build needs.
func (b *builder) listsAll() bool {
	return !slices.ContainsFunc(b.w.members, func(m *mainModule) bool { return !prunes(m.goLine.text) })
}

// choose returns the modules whose code a build may hold: those that go.mod requires and those that the vendor folder holds.
// Since Go 1.17 these are all; before, the rest of the build list joins them, but for modules whose code go.sum does not
// vouch for, because the go command would refuse to load a package from them.
func (b *builder) choose() []module.Version {
	var list []module.Version
	chosen := map[string]bool{}
	add := func(m module.Version) {
		if !chosen[m.Path] {
			chosen[m.Path] = true
			list = append(list, m)
		}
	}
	for _, m := range b.w.members {
		for _, r := range m.requires {
			if v, ok := b.mods.selected[r.mod.Path]; ok {
				add(module.Version{Path: r.mod.Path, Version: v})
			}
		}
	}
	if b.vendor != nil {
		for _, m := range b.vendor.modules {
			if m.code {
				add(m.mod)
			}
		}
	}
	switch {
	case b.listsAll() || b.vendor != nil:
	case b.complete():
		for _, m := range b.mods.buildList() {
			if b.vouched(m) {
				add(m)
			}
		}
	default: // what go.sum knows, but for versions that minimal version selection has passed
		for _, m := range b.sums.order {
			if v, ok := b.mods.selected[m.Path]; !b.mods.main[m.Path] && (!ok || m.Version != v && semver.Compare(m.Version, v) > 0 || m.Version == v && !chosen[m.Path]) {
				list = append(list, m)
			}
		}
	}
	return list
}

// vouched reports whether go.sum has the hash of the code of m, or of what replaces it.
func (b *builder) vouched(m module.Version) bool {
	if r := b.mods.replacement(m); r != nil {
		if m = r.target; m.Version == "" {
			return true
		}
	}
	_, ok := b.sums.lines[m]
	return ok || !b.hasSums
}

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
	if lowest.text == "" {
		n.NoVersion = "there is no go line, so which Go builds it is unknown; run go mod tidy, which adds one"
	} else {
		n.Version = stdlibVersion(lowest.text)
		n.Location = fettle.Location{Path: lowest.file, Line: lowest.line, EndLine: lowest.line}
		n.Manifest = &fettle.Location{Path: lowest.file, Line: lowest.line}
		n.Key = n.Package.String()
	}
	b.graph.Add(n)
	tool := n
	tool.Name, tool.Scope = "toolchain", fettle.Development
	tool.Key = tool.Package.String()
	if version.Compare(lowest.text, "go1.21") >= 0 {
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

// drift tells where go.mod, the module graph and the vendor folder disagree.
func (b *builder) drift() {
	for _, m := range b.w.members {
		tell := teller{file: m.file}
		for _, r := range m.requires {
			if b.mods.excludes[r.mod] {
				tell.gap(r.line, fmt.Sprintf("%.200s is required and excluded, so its version is unknown; run go mod tidy", r.mod))
				continue
			}
			v := b.mods.selected[r.mod.Path]
			if v != "" && v != r.mod.Version && !b.w.isWork && prunes(m.goLine.text) {
				tell.gap(r.line, fmt.Sprintf("%.200s is required here, and other modules need %.100s, which was checked; run go mod tidy", r.mod, v))
			}
			b.vendorDrift(&tell, r, v)
		}
		b.gaps = append(b.gaps, tell.done()...)
	}
}

func (b *builder) vendorDrift(tell *teller, r require, selected string) {
	if b.vendor == nil || selected == "" {
		return
	}
	i, ok := b.vendor.byPath[r.mod.Path]
	switch {
	case !ok && !r.indirect:
		tell.gap(r.line, fmt.Sprintf("%.200s is not in %s, so the folder holds other code than go.mod says; run go mod vendor", r.mod, b.vendor.file))
	case ok && b.vendor.modules[i].mod.Version != selected && (b.complete() || b.vendor.modules[i].mod.Version != r.mod.Version):
		tell.gap(r.line, fmt.Sprintf("%.200s is here, and %s holds %.100s, which was not checked; run go mod vendor", module.Version{Path: r.mod.Path, Version: selected}, b.vendor.file, b.vendor.modules[i].mod.Version))
	}
}
