package python

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// override puts u among the override-dependencies of uv, which hold for all that ask for the package. The next major version
// stays out.
func override(text string, u fettle.Upgrade) (string, error) {
	name := python.Normalize(u.Package.Name)
	entry := fmt.Sprintf("%q", name+">="+u.To+",<"+next("1", u.To))
	doc, _, err := document.ParseTOML([]byte(text))
	if err != nil {
		return "", fmt.Errorf("cannot be read: %w: %w", err, fettle.ErrRefused)
	}
	end := lineEnd(text)
	lines := strings.SplitAfter(text, "\n")
	list := doc.Get("tool", "uv", "override-dependencies")
	for _, item := range list.List() {
		r, err := python.ParseRequirement(item.Str())
		if err != nil || r.Name != name {
			continue
		}
		if r.Address != "" || item.Line < 1 || item.Line > len(lines) {
			return "", fmt.Errorf("line %d overrides %s otherwise; change that by hand: %w", item.Line, name, fettle.ErrRefused)
		}
		moved, ok, err := editLine(lines[item.Line-1], name, u)
		if err != nil || !ok {
			return "", fmt.Errorf("line %d overrides %s otherwise; change that by hand: %w", item.Line, name, fettle.ErrRefused)
		}
		lines[item.Line-1] = moved
		return strings.Join(lines, ""), nil
	}
	if list != nil {
		return intoList(lines, list, entry, end)
	}
	table := -1
	for i, line := range lines {
		if strings.TrimSpace(line) == "[tool.uv]" {
			table = i
		}
	}
	setting := "override-dependencies = [" + entry + "]" + end
	switch {
	case table >= 0 && strings.HasSuffix(lines[table], "\n"):
		lines[table] += setting
	case doc.Get("tool", "uv") != nil && table < 0 && !hasSubtables(text):
		return "", fmt.Errorf("tool.uv is not written as a table; add override-dependencies = [%s] by hand: %w", entry, fettle.ErrRefused)
	default:
		if text != "" && !strings.HasSuffix(text, "\n") {
			lines = append(lines, end)
		}
		lines = append(lines, end+"[tool.uv]"+end+setting)
	}
	return strings.Join(lines, ""), nil
}

// hasSubtables reports whether tool.uv is there only by tables below it, beside which its own may stand.
func hasSubtables(text string) bool {
	return strings.Contains(text, "[tool.uv.") && !strings.Contains(text, "tool.uv =") && !strings.Contains(text, "uv = {")
}

// intoList adds an entry to a list of TOML, in the layout that it has.
func intoList(lines []string, list *document.Value, entry, end string) (string, error) {
	first, last := list.Line-1, list.EndLine-1
	if n := len(list.Items); n > 0 {
		last = max(last, list.Items[n-1].EndLine-1)
	}
	for last < len(lines) && !strings.Contains(withoutComment(lines[last]), "]") {
		last++
	}
	if first < 0 || last >= len(lines) {
		return "", fmt.Errorf("the list of overrides has moved: %w", fettle.ErrRefused)
	}
	if first == last || strings.TrimSpace(withoutComment(lines[last])) != "]" {
		at := strings.LastIndex(withoutComment(lines[last]), "]")
		before := strings.TrimRight(lines[last][:at], " \t")
		separator := ", "
		if strings.HasSuffix(before, "[") {
			separator = ""
		} else if strings.HasSuffix(before, ",") {
			separator = " "
		}
		lines[last] = before + separator + entry + lines[last][at:]
		return strings.Join(lines, ""), nil
	}
	indent := "    "
	if n := len(list.Items); n > 0 {
		prev := list.Items[n-1].EndLine - 1
		bare := strings.TrimRight(withoutComment(lines[prev]), " \t\r\n")
		indent = lines[prev][:len(lines[prev])-len(strings.TrimLeft(lines[prev], " \t"))]
		if !strings.HasSuffix(bare, ",") {
			lines[prev] = bare + "," + lines[prev][len(bare):]
		}
	}
	lines[last] = indent + entry + "," + end + lines[last]
	return strings.Join(lines, ""), nil
}

// withoutComment leaves out what follows a # outside of quotes.
func withoutComment(line string) string {
	inside := byte(0)
	for i := range len(line) {
		switch c := line[i]; {
		case inside != 0:
			if c == inside {
				inside = 0
			}
		case c == '"' || c == '\'':
			inside = c
		case c == '#':
			return line[:i]
		}
	}
	return line
}
