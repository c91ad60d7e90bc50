package npm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pin is one entry of package.json's overrides: below holder, or everywhere where that is empty, whatever asks for name
// gets spec. The form is that of "overrides" in npm's documentation of package.json.
type pin struct {
	holder, name, spec string
}

// setOverrides returns the package.json text with pins added to its overrides, in the indentation and with the line ends of
// the file. An entry that is there already is refused: it is a person's, and theirs to change.
func setOverrides(text string, pins []pin) (string, error) {
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	indent := Indentation(text)
	var added []pin // those whose holder the overrides do not name yet
	for _, p := range pins {
		below := gjson.Get(text, "overrides")
		if p.holder != "" {
			below = below.Get(gjson.Escape(p.holder))
		}
		switch {
		case below.Get(gjson.Escape(p.name)).Exists() || p.holder != "" && below.Exists() && len(below.Map()) == 0:
			return "", fmt.Errorf("package.json overrides %s already; add %s %s there by hand: %w", cmp.Or(p.holder, p.name), p.name, p.spec, fettle.ErrRefused)
		case p.holder != "" && len(below.Map()) > 0:
			at := below.Index + 1
			text = text[:at] + newline + indent + indent + indent + Quote(p.name) + ": " + Quote(p.spec) + "," + text[at:]
		default:
			added = append(added, p)
		}
	}
	if len(added) == 0 {
		return text, nil
	}
	pins = added
	existing := gjson.Get(text, "overrides")
	block := overrideLines(pins, indent, newline)
	var out string
	switch {
	case existing.IsObject() && len(existing.Map()) > 0:
		at := existing.Index + 1
		out = text[:at] + newline + block + "," + text[at:]
	case existing.IsObject():
		out = text[:existing.Index] + "{" + newline + block + newline + indent + "}" + text[existing.Index+len(existing.Raw):]
	case existing.Exists():
		return "", fmt.Errorf("package.json has overrides that are no object: %w", fettle.ErrRefused)
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
		out = body + comma + newline + indent + Quote("overrides") + ": {" + newline + block + newline + indent + "}" + newline + text[end:]
	}
	if !gjson.Valid(strings.TrimPrefix(out, bom)) {
		return "", fmt.Errorf("package.json is not well formed: %w", fettle.ErrRefused)
	}
	return out, nil
}

// overrideLines returns the entries of an overrides object, those of one holder together.
func overrideLines(pins []pin, indent, newline string) string {
	var holders []string
	byHolder := map[string][]pin{}
	for _, p := range pins {
		if byHolder[p.holder] == nil {
			holders = append(holders, p.holder)
		}
		byHolder[p.holder] = append(byHolder[p.holder], p)
	}
	var lines []string
	for _, holder := range holders {
		deep := indent + indent
		if holder != "" {
			deep += indent
		}
		var entries []string
		for _, p := range byHolder[holder] {
			entries = append(entries, deep+Quote(p.name)+": "+Quote(p.spec))
		}
		text := strings.Join(entries, ","+newline)
		if holder != "" {
			text = indent + indent + Quote(holder) + ": {" + newline + text + newline + indent + indent + "}"
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, ","+newline)
}

// passOverrides returns a package.json text with pins for one run of npm: beside a person's own, in any format.
func passOverrides(text string, pins []pin) (string, error) {
	if len(pins) == 0 {
		return text, nil
	}
	var manifest map[string]any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, bom)), &manifest); err != nil || manifest == nil {
		return "", fmt.Errorf("package.json is not well formed: %w", fettle.ErrRefused)
	}
	overrides, ok := manifest["overrides"].(map[string]any)
	if !ok {
		if manifest["overrides"] != nil {
			return "", fmt.Errorf("package.json has overrides that are no object: %w", fettle.ErrRefused)
		}
		overrides = map[string]any{}
	}
	for _, p := range pins {
		into := overrides
		if p.holder != "" {
			switch below := overrides[p.holder].(type) {
			case map[string]any:
				into = below
			case string: // of the holder itself
				into = map[string]any{".": below}
			default:
				into = map[string]any{}
			}
			overrides[p.holder] = into
		}
		into[p.name] = p.spec
	}
	manifest["overrides"] = overrides
	out, err := json.Marshal(manifest)
	return string(out), err
}

// pinnedByHand returns the entry of package.json's overrides that keeps name from being version, if a person wrote one.
func pinnedByHand(text, name, version string) (entry string, ok bool) {
	var search func(overrides gjson.Result, depth int)
	search = func(overrides gjson.Result, depth int) {
		if !overrides.IsObject() || depth > 10 {
			return
		}
		overrides.ForEach(func(key, value gjson.Result) bool {
			spec := value
			if value.IsObject() {
				spec = value.Get(`\.`)
				search(value, depth+1)
			}
			bare := key.Str
			if at := strings.LastIndex(bare, "@"); at > 0 {
				bare = bare[:at]
			}
			if !ok && bare == name && spec.Type == gjson.String && !strings.HasPrefix(spec.Str, "$") && !Admits(spec.Str, version) {
				entry, ok = key.Str+": "+spec.Str, true
			}
			return !ok
		})
	}
	search(gjson.Get(text, "overrides"), 0)
	return entry, ok
}
