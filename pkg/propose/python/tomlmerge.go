package python

import (
	"regexp"
	"slices"
	"strings"
)

// tomlLock is a lockfile of tables called [[package]], as Poetry, uv and PDM write them.
type tomlLock struct {
	head     tomlBlock
	packages []tomlBlock
	tail     []tomlBlock
}

// tomlBlock is one table with the tables below it.
type tomlBlock struct {
	text  string
	items []tomlItem
}

// tomlItem is a key and its value, or a table below; the text is without the empty lines around it.
type tomlItem struct{ key, text string }

var tomlKey = regexp.MustCompile(`^("[^"]*"|[A-Za-z0-9_-]+)\s*=\s*(.*)$`)

// parseTOMLLock takes a lockfile apart. It knows the layout that the tools write, not all of TOML; what it does not know
// becomes part of what stands before it, so that nothing is lost.
func parseTOMLLock(text string) tomlLock {
	var l tomlLock
	current := &l.head
	for line := range strings.Lines(text) {
		header := strings.TrimSpace(line)
		switch {
		case header == "[[package]]":
			l.packages = append(l.packages, tomlBlock{})
			current = &l.packages[len(l.packages)-1]
		case strings.HasPrefix(line, "[") && len(l.packages) > 0 && !strings.HasPrefix(header, "[package.") && !strings.HasPrefix(header, "[[package."):
			l.tail = append(l.tail, tomlBlock{})
			current = &l.tail[len(l.tail)-1]
		}
		current.text += line
	}
	l.head.parse()
	for i := range l.packages {
		l.packages[i].parse()
	}
	for i := range l.tail {
		l.tail[i].parse()
	}
	return l
}

func (b *tomlBlock) parse() {
	open, below := false, false
	for line := range strings.Lines(b.text) {
		bare := strings.TrimRight(line, "\r\n")
		m := tomlKey.FindStringSubmatch(bare)
		switch {
		case open:
			b.more(line)
			open = bare != "]" && bare != "}"
		case strings.HasPrefix(bare, "["):
			b.items = append(b.items, tomlItem{key: bare, text: line})
			below = bare != "[[package]]"
		case m != nil && !below:
			b.items = append(b.items, tomlItem{key: m[1], text: line})
			open = m[2] == "[" || m[2] == "{"
		case len(b.items) == 0:
			b.items = append(b.items, tomlItem{key: "", text: line})
		default:
			b.more(line)
		}
	}
	for i := range b.items {
		b.items[i].text = strings.TrimRight(b.items[i].text, "\r\n")
	}
}

func (b *tomlBlock) more(line string) { b.items[len(b.items)-1].text += line }

// get returns the text of the item of key, "" where there is none.
func (b tomlBlock) get(key string) string {
	if at := b.find(key); at >= 0 {
		return b.items[at].text
	}
	return ""
}

func (b tomlBlock) find(key string) int {
	return slices.IndexFunc(b.items, func(i tomlItem) bool { return i.key == key })
}

// value is the text of a key without quotes.
func (b tomlBlock) value(key string) string {
	_, value, _ := strings.Cut(b.get(key), "=")
	return strings.Trim(strings.TrimSpace(value), `"'`)
}

// id tells packages apart: one name may stand in several versions and from several sources.
func (b tomlBlock) id() string {
	return b.value("name") + "\x00" + b.value("version") + "\x00" + squeeze(b.get("source"))
}

// squeeze leaves the layout of a text out.
func squeeze(text string) string {
	return strings.NewReplacer(",]", "]", ",}", "}").Replace(strings.Join(strings.Fields(text), ""))
}
