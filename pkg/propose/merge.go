package propose

import (
	"context"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// merge makes one fix of those that move the same package, and puts a fix that resolves all of another's findings before
// it: what is resolved on the way needs no commit of its own. Order is otherwise that of urgency.
func (d *draft) merge(ctx context.Context, fixes []fettle.Fix) ([]fettle.Fix, error) {
	var merged []fettle.Fix
	for _, f := range fixes {
		at := slices.IndexFunc(merged, func(have fettle.Fix) bool { return mergeable(have, f) })
		if at < 0 {
			merged = append(merged, f)
			continue
		}
		joint, ok, err := d.join(ctx, merged[at], f)
		if err != nil {
			return nil, err
		}
		if ok {
			merged[at] = joint
		} else {
			merged = append(merged, f)
		}
	}
	var ordered []fettle.Fix
	for _, f := range merged {
		at := len(ordered)
		for i, have := range ordered {
			if !f.Major && covers(f.Resolves, have.Resolves) && len(f.Resolves) > len(have.Resolves) {
				at = i
				break
			}
		}
		ordered = slices.Insert(ordered, at, f)
	}
	return unlike(ordered), nil
}

// mergeable reports whether both fixes move the same installed version of a package and are equally safe: an override or a
// new major does not drag a plain upgrade along.
func mergeable(a, b fettle.Fix) bool {
	if a.Major || b.Major || (a.Kind == fettle.Override) != (b.Kind == fettle.Override) {
		return false
	}
	return slices.ContainsFunc(a.Upgrades, func(u fettle.Upgrade) bool {
		return slices.ContainsFunc(b.Upgrades, func(v fettle.Upgrade) bool { return u.Package == v.Package })
	})
}

// join derives one fix of both; ok is false where that resolves less than the two apart.
func (d *draft) join(ctx context.Context, a, b fettle.Fix) (fettle.Fix, bool, error) {
	var upgrades []fettle.Upgrade
	for _, u := range append(slices.Clone(a.Upgrades), b.Upgrades...) {
		upgrades = addUpgrade(upgrades, u)
	}
	f, reason, err := d.try(ctx, plan{bolder(a.Kind, b.Kind), upgrades, union(a.Notes, b.Notes)})
	if err != nil || reason != "" || !covers(f.Resolves, a.Resolves) || !covers(f.Resolves, b.Resolves) {
		return f, false, err
	}
	for _, id := range append(slices.Clone(a.Remains), b.Remains...) {
		if !slices.Contains(f.Resolves, id) && !slices.Contains(f.Remains, id) {
			f.Remains = append(f.Remains, id)
		}
	}
	return f, true, nil
}

func covers(all, part []fettle.ID) bool {
	return !slices.ContainsFunc(part, func(id fettle.ID) bool { return !slices.Contains(all, id) })
}

// unlike drops fixes that make the same edits as one before them: a line that two packages stand for, such as that of the Go
// version.
func unlike(fixes []fettle.Fix) []fettle.Fix {
	var kept []fettle.Fix
	for _, f := range fixes {
		if !slices.ContainsFunc(kept, func(have fettle.Fix) bool {
			return have.ID == f.ID || slices.Equal(have.Edits, f.Edits) && covers(have.Resolves, f.Resolves)
		}) {
			kept = append(kept, f)
		}
	}
	return kept
}
