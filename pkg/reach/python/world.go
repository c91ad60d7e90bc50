package python

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// newWorld finds out which distribution provides which module, and what is installed.
func newWorld(p program.Program, targets []program.Target) (*world, error) {
	w := &world{p: p, byKey: map[string]*pack{}, byName: map[string][]*pack{}, index: map[string][]*pack{}, groups: map[string][]*pack{},
		seen: map[visit]bool{}, skims: map[visit]*skimmed{}, stdlib: stdlib(), doubted: map[[2]string]bool{}, touched: map[*pack]bool{}, absentOwn: map[string]bool{}, lying: map[string]bool{}}
	for _, n := range p.Project.Nodes {
		w.add(&pack{node: n, name: osv.NormalizeName("PyPI", n.Name)})
	}
	for _, t := range targets { // a target is in the lockfile; were it not, it must not be forgotten
		if w.byKey[t.Node.Key] == nil {
			w.add(&pack{node: t.Node, name: osv.NormalizeName("PyPI", t.Node.Name)})
		}
	}
	w.install()
	var table map[string][]string
	table, w.commands = modulesTable()
	whole := p.Project
	whole.Nodes = nil
	for _, pk := range w.packs {
		switch listed, ok := table[pk.name]; {
		case pk.named:
		case typesOnly(pk.name):
			pk.named = true
		case ok:
			pk.modules, pk.named = listed, true
		default:
			pk.modules = []string{guess(pk.name)}
		}
		for _, m := range pk.modules {
			w.index[m] = append(w.index[m], pk)
		}
		whole.Nodes = append(whole.Nodes, pk.node)
		if pk.copy != nil {
			for group := range pk.copy.groups {
				w.groups[group] = append(w.groups[group], pk)
			}
		}
	}
	w.index["distutils"] = append(w.index["distutils"], w.byName["setuptools"]...)
	w.graph = program.NewGraph(whole)
	w.own = ownFilesOf(p)
	w.markNeeded()
	return w, nil
}

func (w *world) close() {
	for _, s := range w.sites {
		s.root.Close()
	}
}

func (w *world) add(pk *pack) {
	if w.byKey[pk.node.Key] == nil {
		w.packs = append(w.packs, pk)
		w.byKey[pk.node.Key] = pk
		w.byName[pk.name] = append(w.byName[pk.name], pk)
	}
}

// install finds each pack's installed copy, and takes in what is installed beside the packs.
func (w *world) install() {
	w.sites = findSites(w.p.Files, w.p.Settings, w.p.Project.Dir)
	own := osv.NormalizeName("PyPI", w.ownName())
	for _, s := range w.sites {
		for _, c := range s.copies() {
			packs := w.byName[c.name]
			if len(packs) == 0 {
				if s.name == "uv's cache" || c.name == own {
					continue // nobody knows that it is of this program; or it is the program
				}
				pk := &pack{name: c.name, extra: true, node: fettle.Node{Package: fettle.Package{Ecosystem: "PyPI", Name: c.name, Version: c.version},
					Key: "installed " + c.name + "@" + c.version, Scope: fettle.Production}}
				w.add(pk)
				packs = []*pack{pk}
			}
			for _, pk := range packs {
				if pk.copy == nil && (pk.node.Version == "" || sameVersion(pk.node.Version, c.version)) {
					pk.copy = c
				}
				if !pk.named || pk.copy == c { // of another version: what it is called is the same, what it holds is not
					pk.modules, pk.named = c.tops(), true
					slices.Sort(pk.modules)
				}
			}
		}
	}
}

// ownName is the name of the program's own distribution; "" where it has none.
func (w *world) ownName() string {
	if w.p.Files == nil {
		return ""
	}
	dir := w.p.Project.Dir
	if dir != "" {
		dir += "/"
	}
	for file, section := range map[string]string{"pyproject.toml": "[project]", "setup.cfg": "[metadata]"} {
		data, err := w.p.Files.Read(dir + file)
		if err != nil {
			continue
		}
		in := ""
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") {
				in = line
			}
			key, value, ok := strings.Cut(line, "=")
			if ok && (in == section || in == "[tool.poetry]") && strings.TrimSpace(key) == "name" {
				return strings.Trim(strings.TrimSpace(value), `"'`)
			}
		}
	}
	return ""
}

// sameVersion compares as a lockfile and an installer write one version: case, and a local part that one may leave out, aside.
func sameVersion(a, b string) bool {
	clean := func(v string) string {
		v, _, _ = strings.Cut(strings.ToLower(strings.TrimPrefix(v, "v")), "+")
		for strings.HasSuffix(v, ".0") {
			v = strings.TrimSuffix(v, ".0")
		}
		return strings.NewReplacer("-", ".", "_", ".").Replace(v)
	}
	return clean(a) == clean(b)
}

// markNeeded notes which packs others need.
func (w *world) markNeeded() {
	for _, pk := range w.packs {
		for _, h := range pk.node.Holders {
			if w.byKey[h.Holder] != nil {
				pk.needed = true
			}
		}
		if pk.copy != nil {
			for _, name := range pk.copy.requires {
				for _, to := range w.byName[name] {
					if to != pk {
						to.needed = true
					}
				}
			}
		}
	}
}

// hit is a module of a pack that an import leads to.
type hit struct {
	pack   *pack
	module string // as asked for: it may be a thing in a module
}

// find returns who provides the dotted name, by the longest part of it that anyone does.
func (w *world) find(name string) []hit {
	for at := name; at != ""; at = parent(at) {
		if packs := w.index[at]; len(packs) > 0 {
			hits := make([]hit, len(packs))
			for i, pk := range packs {
				hits[i] = hit{pk, name}
			}
			return hits
		}
	}
	return nil
}

// imported returns what an absolute import leads to: the module, and those among the names that are modules of their own.
func (w *world) imported(target string, names []string) []hit {
	hits := w.find(target)
	for _, name := range names {
		if name == "*" {
			continue
		}
		for _, h := range w.find(target + "." + name) {
			if !slices.Contains(hits, hit{h.pack, target}) || h.pack.copy != nil && h.pack.copy.has(h.module) {
				hits = append(hits, h)
			}
		}
	}
	return hits
}

// has reports whether the module is one of the distribution's.
func (c *copied) has(module string) bool {
	_, source := c.files[module]
	_, compiled := c.compiled[module]
	return source || compiled
}
