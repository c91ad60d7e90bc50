package python

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// contentHash is what Poetry writes as content-hash: the SHA-256 of the tables of a pyproject.toml that decide on the
// dependencies, as Python's json writes them with sorted keys.
func contentHash(manifest string) (string, error) {
	doc, _, err := document.ParseTOML([]byte(manifest))
	if err != nil {
		return "", err
	}
	var standard []document.Field
	for _, key := range []string{"requires-python", "dependencies", "optional-dependencies"} {
		if v := doc.Get("project", key); v != nil {
			standard = append(standard, document.Field{Key: key, Value: v})
		}
	}
	groups := doc.Get("dependency-groups")
	grouped := groups != nil && len(groups.Fields) > 0
	var own []document.Field
	for _, key := range []string{"dependencies", "source", "extras", "dev-dependencies", "group"} {
		v := doc.Get("tool", "poetry", key)
		if v == nil && (key == "group" || len(standard) > 0 || grouped) {
			continue
		}
		own = append(own, document.Field{Key: key, Value: v}) // null where it is not there, as ever
	}
	table := func(fields []document.Field) *document.Value {
		return &document.Value{Kind: document.Map, Fields: fields}
	}
	relevant := own
	if len(standard) > 0 || grouped {
		relevant = nil
		if len(standard) > 0 {
			relevant = append(relevant, document.Field{Key: "project", Value: table(standard)})
		}
		if grouped {
			relevant = append(relevant, document.Field{Key: "dependency-groups", Value: groups})
		}
		relevant = append(relevant, document.Field{Key: "tool", Value: table([]document.Field{{Key: "poetry", Value: table(own)}})})
	}
	var b strings.Builder
	if err := pythonJSON(&b, table(relevant), ", ", ": ", 0); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:]), nil
}

// pythonJSON writes v as json.dumps does with sort_keys.
func pythonJSON(b *strings.Builder, v *document.Value, comma, colon string, depth int) error {
	if v == nil {
		b.WriteString("null")
		return nil
	}
	if depth > 200 {
		return fmt.Errorf("line %d is nested too deeply", v.Line)
	}
	switch v.Kind {
	case document.String:
		pythonString(b, v.Text)
	case document.Bool, document.Number:
		b.WriteString(v.Text)
	case document.Map:
		fields := slices.Clone(v.Fields)
		slices.SortFunc(fields, func(x, y document.Field) int { return strings.Compare(x.Key, y.Key) })
		b.WriteString("{")
		for i, f := range fields {
			if i > 0 {
				b.WriteString(comma)
			}
			pythonString(b, f.Key)
			b.WriteString(colon)
			if err := pythonJSON(b, f.Value, comma, colon, depth+1); err != nil {
				return err
			}
		}
		b.WriteString("}")
	case document.List:
		b.WriteString("[")
		for i, item := range v.Items {
			if i > 0 {
				b.WriteString(comma)
			}
			if err := pythonJSON(b, item, comma, colon, depth+1); err != nil {
				return err
			}
		}
		b.WriteString("]")
	default:
		return fmt.Errorf("line %d is %s, which no lockfile's hash is known for", v.Line, v.Kind)
	}
	return nil
}

// pythonString writes text as json.dumps does: ASCII alone.
func pythonString(b *strings.Builder, text string) {
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < 0x20 || r > 0x7e && r < 0x10000:
			if r == 0x7f {
				b.WriteRune(r)
				continue
			}
			fmt.Fprintf(b, `\u%04x`, r)
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
