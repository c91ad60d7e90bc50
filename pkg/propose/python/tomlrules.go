package python

import (
	"slices"
	"strings"
)

// mergeRules say what of a derived lockfile is its tool's habit.
type mergeRules struct {
	sticky []string                                                // keys whose text stays for a package that does not move
	absent func(key string) bool                                   // keys that the original's format does not know
	adapt  func(item tomlItem, before *tomlBlock) (tomlItem, bool) // brings an item of a package that moves into the original's format; nil changes nothing
	keep   func(item tomlItem) bool                                // items of the original that the derived format has no more
}

// merge returns derived's block with all items that mean the same as before written as they were before.
func (r mergeRules) merge(before *tomlBlock, derived tomlBlock) string {
	var items []tomlItem
	same := before != nil
	for _, item := range derived.items {
		was := -1
		if before != nil {
			was = before.find(item.key)
		}
		switch {
		case was < 0 && r.absent != nil && r.absent(item.key):
			continue
		case was < 0:
			if r.adapt != nil {
				var ok bool
				if item, ok = r.adapt(item, before); !ok {
					continue
				}
			}
			same = false
		case squeeze(before.items[was].text) == squeeze(item.text), slices.Contains(r.sticky, item.key):
			item = before.items[was]
		default:
			if r.adapt != nil {
				var ok bool
				if item, ok = r.adapt(item, before); !ok {
					continue
				}
			}
			same = same && squeeze(before.items[was].text) == squeeze(item.text)
		}
		items = append(items, item)
	}
	if before != nil {
		for i, item := range before.items {
			if slices.ContainsFunc(items, func(have tomlItem) bool { return have.key == item.key }) {
				continue
			}
			if r.keep == nil || !r.keep(item) {
				same = false
				continue
			}
			items = slices.Insert(items, min(i, len(items)), item)
		}
		if same {
			return before.text
		}
	}
	return join(items)
}

// join writes items with an empty line before each table, as all tools do.
func join(items []tomlItem) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 && strings.HasPrefix(item.key, "[") {
			b.WriteString("\n")
		}
		b.WriteString(item.text + "\n")
	}
	return b.String()
}

// mergePackages merges the packages of derived with those of original by name, version and source.
func (r mergeRules) mergePackages(original, derived tomlLock) []string {
	byID, byName := map[string]*tomlBlock{}, map[string]*tomlBlock{}
	for i := range original.packages {
		b := &original.packages[i]
		byID[b.id()], byName[b.value("name")] = b, b
	}
	var texts []string
	for _, b := range derived.packages {
		before := byID[b.id()]
		if before == nil {
			texts = append(texts, r.moved(byName[b.value("name")], b))
			continue
		}
		texts = append(texts, r.merge(before, b))
	}
	return texts
}

// moved writes a package that is new in this version in the original's format; before is the same package in another version.
func (r mergeRules) moved(before *tomlBlock, derived tomlBlock) string {
	var items []tomlItem
	for _, item := range derived.items {
		if r.absent != nil && r.absent(item.key) {
			continue
		}
		if r.adapt != nil {
			var ok bool
			if item, ok = r.adapt(item, before); !ok {
				continue
			}
		}
		items = append(items, item)
	}
	if before != nil && r.keep != nil {
		for i, item := range before.items {
			if r.keep(item) && !slices.ContainsFunc(items, func(have tomlItem) bool { return have.key == item.key }) {
				items = slices.Insert(items, min(i, len(items)), item)
			}
		}
	}
	return join(items)
}

// blocks joins the texts of tables with one empty line between them.
func blocks(texts []string) string {
	var kept []string
	for _, text := range texts {
		if text = strings.Trim(text, "\r\n"); text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n\n") + "\n"
}
