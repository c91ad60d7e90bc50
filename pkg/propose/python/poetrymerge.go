package python

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

var (
	formatKey   = regexp.MustCompile(`(?m)^lock-version = "([^"]*)"`)
	hashLine    = regexp.MustCompile(`(?m)^content-hash = "[^"]*"`)
	categoryKey = regexp.MustCompile(`(?m)^category = "`)
)

// mergePoetry returns the derived lockfile in the format of the original, with each package that did not move as it was.
func mergePoetry(original, derived, hash string) (string, error) {
	was, is := parseTOMLLock(unixLines(original)), parseTOMLLock(unixLines(derived))
	format := formatKey.FindStringSubmatch(unixLines(original))
	if format == nil {
		return "", fmt.Errorf("the lockfile does not say its lock-version; run poetry lock: %w", fettle.ErrRefused)
	}
	grouped := slices.ContainsFunc(was.packages, func(b tomlBlock) bool { return b.find("groups") >= 0 })
	categories := categoryKey.MatchString(unixLines(original))
	apart := slices.ContainsFunc(was.tail, func(b tomlBlock) bool { return b.find("[metadata.files]") >= 0 })
	rules := mergeRules{
		sticky: []string{"files", "description", "python-versions", "develop", "[package.extras]"},
		absent: func(key string) bool {
			return !grouped && (key == "groups" || key == "markers") || apart && key == "files"
		},
		adapt: func(item tomlItem, before *tomlBlock) (tomlItem, bool) {
			if item.key == "[package.source]" && strings.Contains(item.text, `reference = "`+pinSource+`"`) {
				if before != nil && before.find(item.key) >= 0 {
					return before.items[before.find(item.key)], true
				}
				return item, false
			}
			return item, true
		},
		keep: func(item tomlItem) bool { return item.key == "category" || item.key == "[package.source]" },
	}
	texts := []string{was.head.text}
	for i, b := range is.packages {
		is.packages[i] = b.without(pinSource)
	}
	merged := rules.mergePackages(was, is)
	if categories {
		for i, b := range is.packages {
			if !strings.Contains(merged[i], "\ncategory = ") {
				merged[i] = categorized(merged[i], b)
			}
		}
	}
	texts = append(texts, merged...)
	for _, b := range was.tail {
		switch {
		case b.find("[metadata]") >= 0:
			texts = append(texts, hashLine.ReplaceAllString(metadataLike(b, is), `content-hash = "`+hash+`"`))
		case b.find("[metadata.files]") >= 0:
			texts = append(texts, filesApart(b, is))
		default:
			texts = append(texts, tailLike(b, is))
		}
	}
	for _, b := range is.tail { // extras may be new
		if len(b.items) > 0 && !slices.ContainsFunc(was.tail, func(have tomlBlock) bool { return have.items[0].key == b.items[0].key }) {
			texts = slices.Insert(texts, len(texts)-len(was.tail), b.text)
		}
	}
	out := blocks(texts)
	if !strings.HasPrefix(out, strings.TrimRight(was.head.text, "\n")) {
		return "", fmt.Errorf("the lockfile begins in a way that is not known: %w", fettle.ErrRefused)
	}
	return likeLines(original, out), nil
}

// without leaves a source out that the stage alone had.
func (b tomlBlock) without(source string) tomlBlock {
	at := b.find("[package.source]")
	if at < 0 || !strings.Contains(b.items[at].text, `reference = "`+source+`"`) {
		return b
	}
	b.items = slices.Delete(slices.Clone(b.items), at, at+1)
	return b
}

// metadataLike is the table of metadata with its own versions of Python where they differ.
func metadataLike(b tomlBlock, is tomlLock) string {
	text := b.text
	for _, other := range is.tail {
		if now, was := other.get("python-versions"), b.get("python-versions"); now != "" && was != "" && squeeze(now) != squeeze(was) {
			text = strings.Replace(text, was, now, 1)
		}
	}
	return text
}

// tailLike is a table after the packages, as it was unless it means something else now; gone where it is gone.
func tailLike(b tomlBlock, is tomlLock) string {
	for _, other := range is.tail {
		if len(other.items) > 0 && len(b.items) > 0 && other.items[0].key == b.items[0].key {
			if squeeze(other.text) == squeeze(b.text) {
				return b.text
			}
			return other.text
		}
	}
	return ""
}

// categorized adds the category that lockfiles before version 2 have, by the groups that need the package.
func categorized(text string, b tomlBlock) string {
	category := "dev"
	if strings.Contains(b.get("groups"), `"main"`) {
		category = "main"
	}
	for _, key := range []string{"description", "version"} {
		lines := strings.SplitAfter(text, "\n")
		for i, line := range lines {
			if strings.HasPrefix(line, key+" = ") {
				return strings.Join(lines[:i+1], "") + "category = \"" + category + "\"\n" + strings.Join(lines[i+1:], "")
			}
		}
	}
	return text
}

// filesApart is the table of files that lockfiles before version 2 have, one list for each name.
func filesApart(b tomlBlock, is tomlLock) string {
	lists := map[string]string{}
	for _, p := range is.packages {
		_, list, _ := strings.Cut(p.get("files"), "= ")
		lists[p.value("name")] += strings.TrimSuffix(strings.TrimPrefix(list, "[\n"), "]")
	}
	var names []string
	for name := range lists {
		names = append(names, name)
	}
	slices.Sort(names)
	before := parseFiles(b.text)
	var out strings.Builder
	out.WriteString("[metadata.files]\n")
	for _, name := range names {
		list := lists[name]
		if list != "" && !strings.HasSuffix(list, "\n") {
			list += "\n"
		}
		if was, ok := before[name]; ok && sameFiles(was, list) {
			out.WriteString(was)
			continue
		}
		if list == "" {
			out.WriteString(name + " = []\n")
			continue
		}
		out.WriteString(name + " = [\n" + list + "]\n")
	}
	return out.String()
}

// parseFiles takes the table of files apart: the text of each name.
func parseFiles(text string) map[string]string {
	all := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		if m := tomlKey.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			name = strings.Trim(m[1], `"`)
		}
		if name != "" && strings.TrimSpace(line) != "" {
			all[name] += line
		}
	}
	return all
}

var digest = regexp.MustCompile(`[a-z0-9]+:[0-9a-f]{32,}`)

// sameFiles reports whether two lists share a file, so that they are of one version: an index may have more by now.
func sameFiles(a, b string) bool {
	have := map[string]bool{}
	for _, hash := range digest.FindAllString(a, -1) {
		have[hash] = true
	}
	for _, hash := range digest.FindAllString(b, -1) {
		if have[hash] {
			return true
		}
	}
	return len(have) == 0
}
