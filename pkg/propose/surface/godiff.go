package surface

import (
	"go/types"
	"strings"

	"golang.org/x/exp/apidiff"
)

// goDiff says how objects of the module differ between the versions, in the words of apidiff.
type goDiff struct {
	before, after *goUniverse
	done          map[string]map[string]string // by package: incompatible changes by object
}

func newGoDiff(before, after *goUniverse) *goDiff {
	return &goDiff{before, after, map[string]map[string]string{}}
}

// of returns the incompatible change of an object; "" where it is none of its own.
func (d *goDiff) of(o types.Object) string {
	if o == nil || o.Pkg() == nil {
		return ""
	}
	at := o.Pkg().Path()
	changes, ok := d.done[at]
	if !ok {
		changes = d.compare(at)
		d.done[at] = changes
	}
	_, name, _ := strings.Cut(goSymbol(o), ".")
	return changes[name]
}

func (d *goDiff) compare(at string) map[string]string {
	changes := map[string]string{}
	old, now := d.before.cache[at], d.after.cache[at]
	if old == nil || now == nil || old.pkg == nil || now.pkg == nil || now.err != nil || old.err != nil {
		return changes
	}
	_, _ = guarded(func() (*types.Package, error) { // it panics on types that are not whole
		for _, c := range apidiff.Changes(old.pkg, now.pkg).Changes {
			name, what, ok := strings.Cut(c.Message, ": ")
			if ok && !c.Compatible {
				name = strings.NewReplacer("(*", "", ")", "", "(", "").Replace(name)
				changes[name] = what
			}
		}
		return nil, nil
	})
	return changes
}
