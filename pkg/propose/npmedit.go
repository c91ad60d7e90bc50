package propose

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// setRange returns the package.json text with the range of name replaced in every section that declares it, all else as it
// stands.
func setRange(text, name, spec string) (string, error) {
	found := false
	for _, section := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		value := gjson.Get(text, section+"."+gjson.Escape(name))
		if value.Type != gjson.String || value.Index == 0 {
			continue
		}
		text = text[:value.Index] + quote(spec) + text[value.Index+len(value.Raw):]
		found = true
	}
	if !found {
		return "", fmt.Errorf("package.json does not declare %s: %w", name, fettle.ErrRefused)
	}
	return text, nil
}

// declared returns the range by which the package.json text asks for name.
func declared(text, name string) (string, bool) {
	for _, section := range []string{"dependencies", "optionalDependencies", "devDependencies", "peerDependencies"} {
		if value := gjson.Get(text, section+"."+gjson.Escape(name)); value.Type == gjson.String {
			return value.Str, true
		}
	}
	return "", false
}

// pin is one entry of package.json's overrides: below holder, or everywhere where that is empty, whatever asks for name
// gets spec.
type pin struct {
	holder, name, spec string
}

// setOverrides returns the package.json text with pins added to its overrides, in the indentation of the file. A holder
// that the overrides name already is refused: merging with a person's own pins is theirs to do.
func setOverrides(text string, pins []pin) (string, error) {
	if len(pins) == 0 {
		return text, nil
	}
	var holders []string
	byHolder := map[string][]pin{}
	for _, p := range pins {
		if byHolder[p.holder] == nil {
			holders = append(holders, p.holder)
		}
		byHolder[p.holder] = append(byHolder[p.holder], p)
	}
	existing := gjson.Get(text, "overrides")
	for _, holder := range holders {
		if holder == "" {
			for _, p := range byHolder[""] {
				if existing.Get(gjson.Escape(p.name)).Exists() {
					return "", fmt.Errorf("package.json overrides %s already; change the pin there by hand: %w", p.name, fettle.ErrRefused)
				}
			}
			continue
		}
		if existing.Get(gjson.Escape(holder)).Exists() {
			return "", fmt.Errorf("package.json overrides %s already; add the pin there by hand: %w", holder, fettle.ErrRefused)
		}
	}
	indent := indentation(text)
	var lines []string
	for _, holder := range holders {
		if holder == "" {
			for _, p := range byHolder[""] {
				lines = append(lines, indent+indent+quote(p.name)+": "+quote(p.spec))
			}
			continue
		}
		var inner []string
		for _, p := range byHolder[holder] {
			inner = append(inner, indent+indent+indent+quote(p.name)+": "+quote(p.spec))
		}
		lines = append(lines, indent+indent+quote(holder)+": {\n"+strings.Join(inner, ",\n")+"\n"+indent+indent+"}")
	}
	block := strings.Join(lines, ",\n")
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	var out string
	switch {
	case existing.IsObject() && len(existing.Map()) > 0:
		at := existing.Index + 1
		out = text[:at] + "\n" + block + "," + text[at:]
	case existing.Exists():
		return "", fmt.Errorf("package.json has overrides in a form that fettle does not edit: %w", fettle.ErrRefused)
	default:
		end := strings.LastIndex(text, "}")
		if end < 0 {
			return "", fmt.Errorf("package.json is not an object: %w", fettle.ErrRefused)
		}
		body := strings.TrimRight(text[:end], " \t\r\n")
		comma := ","
		if strings.HasSuffix(body, "{") {
			comma = ""
		}
		out = body + comma + "\n" + indent + quote("overrides") + ": {\n" + block + "\n" + indent + "}\n" + text[end:]
	}
	if newline == "\r\n" {
		out = strings.ReplaceAll(strings.ReplaceAll(out, "\r\n", "\n"), "\n", "\r\n")
	}
	if !gjson.Valid(out) {
		return "", fmt.Errorf("package.json cannot take an overrides entry: %w", fettle.ErrRefused)
	}
	return out, nil
}

// indentation returns what the first indented line of text begins with.
func indentation(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if trimmed := strings.TrimLeft(line, " \t"); trimmed != line && strings.TrimSpace(trimmed) != "" {
			return line[:len(line)-len(trimmed)]
		}
	}
	return "  "
}

func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
