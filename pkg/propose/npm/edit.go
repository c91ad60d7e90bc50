package npm

import (
	"encoding/json"
	"fmt"
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
