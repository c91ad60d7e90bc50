package npm

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// mergeLock carries what changes between normal and derived over to original, entry by entry, so that npm's habits do not
// show in the fix. Where that does not give the same moves, npm's own text is taken.
func (n *NPM) mergeLock(ctx context.Context, original, normal, derived string, project fettle.Project) (string, error) {
	if original == normal {
		return derived, nil
	}
	if normal == derived {
		return original, nil
	}
	merged := original
	for _, section := range []string{"packages", "dependencies"} {
		var ok bool
		if merged, ok = mergeSection(merged, normal, derived, section); !ok {
			return derived, nil
		}
	}
	if !gjson.Valid(merged) {
		return derived, nil
	}
	same, err := n.sameMoves(ctx, project, [2]string{original, merged}, [2]string{normal, derived})
	if err != nil || !same {
		return derived, err
	}
	return merged, nil
}

// entry is one field of an object: its key, and its text from the end of the field before it, the comma left out.
type entry struct {
	key, text, value string
}

// mergeSection returns original with the entries of one object replaced, added and removed as they differ between normal
// and derived. ok is false where the three cannot be compared.
func mergeSection(original, normal, derived, section string) (merged string, ok bool) {
	from, to, ours := entries(original, section)
	_, _, base := entries(normal, section)
	_, _, theirs := entries(derived, section)
	if ours == nil || base == nil || theirs == nil {
		return original, ours == nil && theirs == nil
	}
	find := func(list []entry, key string) (entry, bool) {
		at := slices.IndexFunc(list, func(e entry) bool { return e.key == key })
		if at < 0 {
			return entry{}, false
		}
		return list[at], true
	}
	var result []entry
	for _, e := range ours {
		was, had := find(base, e.key)
		is, has := find(theirs, e.key)
		switch {
		case had && !has: // the fix removes it
		case has && (!had || was.value != is.value):
			result = append(result, is)
		default:
			result = append(result, e)
		}
	}
	before := "" // the key that a new entry comes after
	for _, e := range theirs {
		_, ours := find(ours, e.key)
		if _, had := find(base, e.key); !ours && !had {
			at := slices.IndexFunc(result, func(x entry) bool { return x.key == before }) + 1
			result = slices.Insert(result, at, e)
		}
		if _, in := find(result, e.key); in {
			before = e.key
		}
	}
	texts := make([]string, len(result))
	for i, e := range result {
		texts[i] = e.text
	}
	return original[:from] + strings.Join(texts, ",") + original[to:], true
}

// entries returns the fields of the object that text holds under section, and where they begin and end; nil where there is
// no such object.
func entries(text, section string) (from, to int, list []entry) {
	object := gjson.Get(text, section)
	if !object.IsObject() || object.Index == 0 {
		return 0, 0, nil
	}
	from = object.Index + 1
	to = from
	list = []entry{}
	object.ForEach(func(key, value gjson.Result) bool {
		end := value.Index + len(value.Raw)
		if value.Index < to || end > len(text) || text[value.Index:end] != value.Raw {
			list = nil
			return false
		}
		list = append(list, entry{key.Str, strings.TrimPrefix(text[to:end], ","), value.Raw})
		to = end
		return true
	})
	return from, to, list
}
