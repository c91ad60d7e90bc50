package composer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// valid reports whether text is a JSON object that fettle's own bounds admit.
func valid(text string) bool {
	doc, _, err := document.ParseJSON([]byte(text))
	return err == nil && doc.Is(document.Map) && gjson.Valid(strings.TrimPrefix(text, "\ufeff"))
}

// editManifest moves the constraints on a package that do not admit its new version, where they stand.
func editManifest(file, text string, u fettle.Upgrade) (edited string, moved int, err error) {
	if !valid(text) {
		return "", 0, fmt.Errorf("%s is no JSON that could be edited: %w", file, fettle.ErrRefused)
	}
	skip := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	edited = text
	type place struct {
		at       int
		raw, was string
	}
	var places []place
	gjson.Parse(text[skip:]).ForEach(func(key, section gjson.Result) bool {
		if key.Str == "require" || key.Str == "require-dev" {
			section.ForEach(func(name, value gjson.Result) bool {
				if strings.EqualFold(name.Str, u.Package.Name) && value.Type == gjson.String && value.Index > 0 {
					places = append(places, place{value.Index + skip, value.Raw, value.Str})
				}
				return true
			})
		}
		return true
	})
	slices.SortFunc(places, func(a, b place) int { return b.at - a.at })
	for _, p := range places {
		if p.at+len(p.raw) > len(text) || text[p.at:p.at+len(p.raw)] != p.raw {
			return "", 0, fmt.Errorf("%s: the constraint on %s is not found again: %w", file, u.Package.Name, fettle.ErrRefused)
		}
		if admits(p.was, u.To) {
			continue
		}
		is := repin(p.was, u.To)
		if !admits(is, u.To) || strings.ContainsAny(is, "\"\\<>\n") && strings.ContainsAny(is, "\"\\\n") {
			return "", 0, fmt.Errorf("%s: the constraint %.100q on %s cannot be moved to %s; move it by hand: %w", file, p.was, u.Package.Name, u.To, fettle.ErrRefused)
		}
		edited = edited[:p.at] + `"` + is + `"` + edited[p.at+len(p.raw):]
		moved++
	}
	return edited, moved, nil
}

// item is one package of a lockfile, as it stands in the text.
type item struct {
	name, version string
	from, to      int
	raw           string
}

// lists are the sections of a lockfile that hold packages.
var lists = []string{"packages", "packages-dev"}

// items lists the packages of a section.
func items(text, section string) []item {
	var list []item
	skip := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	at := gjson.Get(text[skip:], section)
	if !at.IsArray() {
		return nil
	}
	at.ForEach(func(_, v gjson.Result) bool {
		// Index is from the beginning of the document, as long as the section was found by a plain path.
		from := v.Index + skip
		if v.IsObject() && v.Index > 0 && from+len(v.Raw) <= len(text) && text[from:from+len(v.Raw)] == v.Raw {
			list = append(list, item{v.Get("name").Str, v.Get("version").Str, from, from + len(v.Raw), v.Raw})
		}
		return true
	})
	return list
}

// merge writes packages of another lockfile into this one: those whose version differs, and the hash of the manifest. All
// others stay as they stand. It refuses what it cannot place.
func merge(original, after string) (string, error) {
	if !valid(original) || !valid(after) {
		return "", fmt.Errorf("the lockfile is no JSON that could be edited: %w", fettle.ErrRefused)
	}
	text := original
	for _, section := range lists {
		was, is := items(text, section), items(after, section)
		if len(was) == 0 && len(is) == 0 {
			continue
		}
		if len(was) == 0 || len(is) == 0 || len(was) != int(gjson.Get(strings.TrimPrefix(text, "\ufeff"), section+".#").Int()) {
			return after, nil // a section comes or goes: the tool's own text
		}
		indent := indentOf(text, was[0].from)
		gap := ",\n" + indent
		if strings.Contains(text, "\r\n") {
			gap = ",\r\n" + indent
		}
		crlf := strings.Contains(text, "\r\n")
		fresh := map[string]item{}
		for _, i := range is {
			fresh[strings.ToLower(i.name)] = i
		}
		var out, names []string
		have := map[string]bool{}
		for _, w := range was { // what stays keeps its place
			name := strings.ToLower(w.name)
			i, ok := fresh[name]
			if have[name] = true; !ok {
				continue
			}
			raw := w.raw
			if w.version != i.version || reference(w) != reference(i) {
				raw = reindent(i.raw, indentOf(after, i.from), indent, crlf)
			}
			out, names = append(out, raw), append(names, name)
		}
		for _, i := range is {
			name := strings.ToLower(i.name)
			if have[name] {
				continue
			}
			at := slices.IndexFunc(names, func(other string) bool { return other > name })
			if at < 0 {
				at = len(names)
			}
			out = slices.Insert(out, at, reindent(i.raw, indentOf(after, i.from), indent, crlf))
			names = slices.Insert(names, at, name)
		}
		if len(out) == 0 {
			return after, nil
		}
		text = text[:was[0].from] + strings.Join(out, gap) + text[was[len(was)-1].to:]
	}
	hash := gjson.Get(after, "content-hash")
	skip := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	if have := gjson.Get(text[skip:], "content-hash"); have.Type == gjson.String && hash.Type == gjson.String && have.Index > 0 {
		at := have.Index + skip
		text = text[:at] + hash.Raw + text[at+len(have.Raw):]
	}
	if !valid(text) {
		return "", fmt.Errorf("the lockfile cannot be edited entry by entry: %w", fettle.ErrRefused)
	}
	return text, nil
}

// reference is the commit or archive that an entry stands for.
func reference(i item) string {
	return gjson.Get(i.raw, "source.reference").Str + " " + gjson.Get(i.raw, "dist.reference").Str
}

// indentOf is the white space before the place of a text.
func indentOf(text string, at int) string {
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// reindent moves an entry from one indentation to another: where the unit differs, it is scaled.
func reindent(raw, from, to string, crlf bool) string {
	unit := to[:len(to)/2]
	old := from[:len(from)/2]
	lines := strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n")
	for i, line := range lines {
		if i == 0 || old == "" {
			continue
		}
		depth := 0
		for strings.HasPrefix(line, old) {
			line, depth = line[len(old):], depth+1
		}
		lines[i] = strings.Repeat(unit, depth) + line
	}
	end := "\n"
	if crlf {
		end = "\r\n"
	}
	return strings.Join(lines, end)
}

// versionIn is the version of a package in a lockfile, "" where it has none.
func versionIn(text, name string) string {
	for _, section := range lists {
		for _, i := range items(text, section) {
			if strings.EqualFold(i.name, name) {
				return i.version
			}
		}
	}
	return ""
}
