package npm

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// manifests returns the package.json texts to resolve with at first, each version pinned, and those that stay.
func (s *Stage) manifests(project fettle.Project, upgrades []fettle.Upgrade) (pinned, final map[string]string, err error) {
	pinned, final = map[string]string{}, map[string]string{}
	var passing, lasting []pin
	for _, u := range upgrades {
		if err := s.setDirect(project, pinned, final, u); err != nil {
			return nil, nil, err
		}
		for _, h := range heldBy(project, u) {
			p, ok := s.pinFor(project, u, h, upgrades)
			if !ok {
				continue
			}
			if entry, ok := pinnedByHand(s.Files["package.json"], p.target, u.To); ok {
				return nil, nil, fmt.Errorf("package.json overrides %q, which keeps %s from %s; change that pin by hand: %w", entry, p.target, u.To, fettle.ErrRefused)
			}
			if !slices.Contains(passing, p.pin) {
				passing = append(passing, p.pin)
			}
			if u.Kind == fettle.Override {
				head, _ := alias(h.Range)
				p.spec = head + "^" + u.To
				lasting = append(lasting, p.pin)
			}
		}
	}
	root := func(texts map[string]string) string {
		if text, ok := texts["package.json"]; ok {
			return text
		}
		return s.Files["package.json"]
	}
	slices.SortFunc(lasting, func(a, b pin) int { return strings.Compare(a.holder+"\x00"+a.name, b.holder+"\x00"+b.name) })
	lasting = slices.Compact(lasting)
	text, err := setOverrides(root(final), lasting)
	if err != nil {
		return nil, nil, err
	}
	final["package.json"] = text
	if text, err = passOverrides(root(pinned), passing); err != nil {
		return nil, nil, err
	}
	pinned["package.json"] = text
	for name, text := range pinned { // what is pinned for a moment only must be put back
		if _, ok := final[name]; !ok && text != s.Files[name] {
			final[name] = s.Files[name]
		}
	}
	return pinned, final, nil
}

// targetPin is a pin and the name of what it is for.
type targetPin struct {
	pin
	target string
}

// pinFor returns the pin that moves u's package for the holder of h. A holder with a version would itself be pinned to it
// (npm's documentation of overrides), so it has none. Pins below many holders keep npm from sharing one copy, so there a pin
// for all is better, unless the project itself asks for the package: npm refuses that. ok is false where an override of
// upgrades sees to h.
func (s *Stage) pinFor(project fettle.Project, u fettle.Upgrade, h hold, upgrades []fettle.Upgrade) (p targetPin, ok bool) {
	overridden := slices.ContainsFunc(upgrades, func(o fettle.Upgrade) bool {
		return o.Kind == fettle.Override && o.Package == u.Package && slices.Contains(o.Holders, nameOfKey(h.Holder))
	})
	if overridden != (u.Kind == fettle.Override) {
		return p, false
	}
	name := nameOfKey(h.needed)
	head, _ := alias(h.Range)
	p = targetPin{pin{holder: nameOfKey(h.Holder), name: name + "@" + u.Package.Version, spec: head + u.To}, name}
	holder := manager.NodeOf(project, h.Holder).Package
	_, ours := Declared(s.Files["package.json"], name)
	switch {
	case u.Kind == fettle.Override, slices.ContainsFunc(upgrades, func(o fettle.Upgrade) bool { return o.Package == holder }):
		p.name = name // a new range of the holder may not admit the old version
	case len(heldBy(project, u)) > 1 && !ours:
		p.holder = ""
	}
	return p, true
}

// setDirect pins u in the manifests that declare it, and leaves ranges there that admit it.
func (s *Stage) setDirect(project fettle.Project, pinned, final map[string]string, u fettle.Upgrade) error {
	list := s.declaring(project, u)
	if u.Kind == fettle.Direct && len(list) == 0 {
		return fmt.Errorf("no package.json declares %s: %w", u.Package.Name, fettle.ErrRefused)
	}
	for _, d := range list {
		for _, texts := range []map[string]string{pinned, final} {
			if _, ok := texts[d.manifest]; !ok {
				texts[d.manifest] = s.Files[d.manifest]
			}
		}
		var err error
		pinned[d.manifest], err = SetRange(pinned[d.manifest], d.name, func(spec string) string {
			head, _ := alias(spec)
			return head + u.To
		})
		if err != nil {
			return err
		}
		final[d.manifest], err = SetRange(final[d.manifest], d.name, func(spec string) string {
			if Admits(spec, u.To) {
				return spec
			}
			return Repin(spec, u.To)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// declaration is a dependency that a manifest declares by name, which is not the package's own where it is an alias.
type declaration struct {
	manifest, name string
}

// declaring lists the project's own dependencies that u moves.
func (s *Stage) declaring(project fettle.Project, u fettle.Upgrade) []declaration {
	var list []declaration
	for _, key := range u.Keys {
		node := manager.NodeOf(project, key)
		if node == nil {
			continue
		}
		for _, e := range node.Holders {
			if manager.NodeOf(project, e.Holder) != nil {
				continue
			}
			d := declaration{path.Join(e.Holder, "package.json"), nameOfKey(key)}
			if _, ok := Declared(s.Files[d.manifest], d.name); ok && !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
	}
	slices.SortFunc(list, func(a, b declaration) int {
		return strings.Compare(a.manifest+"\x00"+a.name, b.manifest+"\x00"+b.name)
	})
	return list
}

// hold is an edge from one package to another, which stands at the key needed.
type hold struct {
	fettle.Edge
	needed string
}

// heldBy returns the edges from packages to what u moves.
func heldBy(project fettle.Project, u fettle.Upgrade) []hold {
	var held []hold
	for _, key := range u.Keys {
		if node := manager.NodeOf(project, key); node != nil {
			for _, e := range node.Holders {
				if manager.NodeOf(project, e.Holder) != nil {
					held = append(held, hold{e, key})
				}
			}
		}
	}
	return held
}
