package npm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// sections are those of package.json that declare dependencies, in the order in which npm prefers them.
var sections = []string{"dependencies", "optionalDependencies", "devDependencies", "peerDependencies"}

// SetRange returns the package.json text with each range that declares name turned into to(range), all else as it stands.
// A range that names no version of a registry is left alone.
func SetRange(text, name string, to func(spec string) string) (string, error) {
	found := false
	for _, section := range sections {
		path := section + "." + gjson.Escape(name)
		value := gjson.Get(text, path)
		if value.Type != gjson.String || value.Index == 0 || !Served(value.Str) {
			continue
		}
		found = true
		spec := to(value.Str)
		if spec == value.Str {
			continue
		}
		text = text[:value.Index] + Quote(spec) + text[value.Index+len(value.Raw):]
		var effective map[string]json.RawMessage
		var ranges map[string]string
		if json.Unmarshal([]byte(strings.TrimPrefix(text, bom)), &effective) != nil || json.Unmarshal(effective[section], &ranges) != nil || ranges[name] != spec {
			return "", fmt.Errorf("package.json declares %s twice, or is not well formed; repair it by hand: %w", name, fettle.ErrRefused)
		}
	}
	if !found {
		return "", fmt.Errorf("package.json does not declare %s by a version: %w", name, fettle.ErrRefused)
	}
	return text, nil
}

// bom begins a text file of some editors; npm takes it off before it reads.
const bom = "\ufeff"

// Declared returns the range by which the package.json text asks for name.
func Declared(text, name string) (string, bool) {
	for _, section := range sections {
		if value := gjson.Get(text, section+"."+gjson.Escape(name)); value.Type == gjson.String {
			return value.Str, true
		}
	}
	return "", false
}

// Indentation returns what the first indented line of text begins with.
func Indentation(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != line && strings.TrimSpace(trimmed) != "" {
			return line[:len(line)-len(trimmed)]
		}
	}
	return "  "
}

// Quote returns s as a JSON string, without the escapes that browsers want.
func Quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// DeclaredNames lists the dependencies that the package.json text declares, sorted.
func DeclaredNames(text string) []string {
	var names []string
	for _, section := range sections {
		gjson.Get(text, section).ForEach(func(key, value gjson.Result) bool {
			if value.Type == gjson.String {
				names = append(names, key.Str)
			}
			return true
		})
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SetFlat returns a JSON text with pairs of strings added to the object at path, which is made where it is missing, in the
// indentation and with the line ends of the text. A key that is there already is refused: it is a person's, and theirs to change.
func SetFlat(text string, path []string, pairs [][2]string) (string, error) {
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	indent := Indentation(text)
	whole := strings.TrimSpace(strings.TrimPrefix(text, bom))
	at := gjson.Parse(whole)
	offset := max(strings.Index(text, whole), 0)
	depth := 0
	for _, key := range path {
		below := at.Get(gjson.Escape(key))
		if !below.Exists() {
			break
		}
		if !below.IsObject() {
			return "", fmt.Errorf("package.json has %s that is no object: %w", strings.Join(path[:depth+1], "."), fettle.ErrRefused)
		}
		offset += below.Index
		at = gjson.Parse(below.Raw)
		depth++
	}
	if !at.IsObject() {
		return "", fmt.Errorf("package.json is not an object: %w", fettle.ErrRefused)
	}
	var lines []string
	deep := strings.Repeat(indent, len(path)+1)
	for _, p := range pairs {
		if depth == len(path) && at.Get(gjson.Escape(p[0])).Exists() {
			return "", fmt.Errorf("package.json has %s for %s already; change it by hand: %w", strings.Join(path, "."), p[0], fettle.ErrRefused)
		}
		lines = append(lines, deep+Quote(p[0])+": "+Quote(p[1]))
	}
	block := strings.Join(lines, ","+newline)
	for i := len(path) - 1; i >= depth; i-- {
		around := strings.Repeat(indent, i+1)
		block = around + Quote(path[i]) + ": {" + newline + block + newline + around + "}"
	}
	open, end := offset, offset+len(at.Raw)
	body := strings.TrimRight(text[open+1:end-1], " \t\r\n")
	closing := newline + strings.Repeat(indent, depth)
	comma := ","
	if strings.TrimSpace(body) == "" {
		comma, body = "", ""
	}
	out := text[:open+1] + body + comma + newline + block + closing + text[end-1:]
	if !gjson.Valid(strings.TrimPrefix(out, bom)) {
		return "", fmt.Errorf("package.json is not well formed: %w", fettle.ErrRefused)
	}
	return out, nil
}
