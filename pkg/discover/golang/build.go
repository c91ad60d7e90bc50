package golang

import (
	"context"
	"path"
	"slices"

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
