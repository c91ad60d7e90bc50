package golang

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// settle writes what moved into the module's own texts.
func (g *Go) settle(s *stage, m unit, a asker, base *tidied, got, after outcome, d *manager.Derivation) error {
	mod, sum := m.mod, m.sum
	o, goLine, toolLine, err := requirements(mod, s.files[mod])
	if err != nil {
		return err
	}
	was, wasGo, wasTool := o, cmp.Or(goLine, oldest), toolLine
	if base.ok {
		if was, wasGo, wasTool, err = requirements(mod, base.mod); err != nil {
			return err
		}
	}
	now, _, _, err := requirements(mod, got.mod)
	if err != nil {
		return err
	}
	is, isGo, isTool, err := requirements(mod, after.mod)
	if err != nil {
		return err
	}
	raised := isGo != wasGo || isTool != wasTool
	if raised && !g.Raise {
		return fmt.Errorf("%s would raise the go line of %s from %s to %s, which may break it and whoever imports it; raise it by hand first, or take another version: %w",
			asked(a.upgrades), mod, cmp.Or(goLine, "none"), isGo, fettle.ErrRefused)
	}
	for p, r := range is {
		if before := was[p].version; before != "" && semver.Compare(r.version, before) < 0 {
			return fmt.Errorf("%s would take %s back from %s to %s: %w", asked(a.upgrades), p, before, r.version, fettle.ErrRefused)
		}
	}
	wanted := wantedOf(o, now, was, is, base.ok)
	text, err := editRequirements(mod, s.files[mod], wanted)
	if err != nil {
		return err
	}
	if raised {
		if text, err = editGo(mod, text, isGo, isTool); err != nil {
			return err
		}
		d.Notes = append(d.Notes, fmt.Sprintf("the go line of %s rises from %s to %s, because a module that moves asks for it", mod, cmp.Or(goLine, "none"), isGo))
	}
	if text != s.files[mod] {
		d.Texts[mod] = text
	}
	original, ok := s.files[sum]
	if !ok {
		d.Notes = append(d.Notes, fmt.Sprintf("there is no %s, so it was not written; run go mod tidy and commit it", sum))
		return nil
	}
	before, then := original, after.sum
	if base.ok {
		before = base.sum
	}
	if !base.ok || !maps.Equal(o, was) { // more is required than tidying knows of
		then = strings.Join(append(sumLines(before), sumLines(after.sum)...), "\n")
		then += "\n" + strings.Join(append(sumLines(original), sumLines(got.sum)...), "\n")
	}
	if text := mergeSums(original, before, then); text != original {
		d.Texts[sum] = text
	}
	return nil
}

// wantedOf tells what becomes of each requirement: o is the module's own, now what go get made of it, was and is the module
// before and after, both tidied. What tidying would change in the unchanged module as well stays as it is.
func wantedOf(o, now, was, is map[string]required, tidied bool) map[string]required {
	wanted := map[string]required{}
	paths := maps.Clone(o)
	maps.Copy(paths, now)
	maps.Copy(paths, is)
	for p := range paths {
		own, here := o[p]
		switch then, stays := is[p]; {
		case stays && here && (then.version != was[p].version || then.version != own.version && now[p].version != own.version):
			wanted[p] = required{then.version, then.indirect}
			if then.indirect == was[p].indirect {
				wanted[p] = required{then.version, own.indirect}
			}
		case stays && here && then.indirect != was[p].indirect:
			wanted[p] = required{own.version, then.indirect}
		case stays && !here && was[p].version == "":
			wanted[p] = then
		case !stays && here && tidied && was[p].version != "":
			wanted[p] = required{}
		case !stays && here && now[p].version != "" && now[p].version != own.version:
			wanted[p] = required{now[p].version, own.indirect}
		}
	}
	return wanted
}
