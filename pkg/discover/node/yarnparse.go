package node

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// classicEntry is one entry of the lockfile of Yarn 1.
type classicEntry struct {
	descriptors       []string // name@range, all of which it meets
	version, resolved string
	needs             []npmNeed
	line, endLine     int
}

// classicParser reads the grammar of Yarn 1: lines of words, indented by two blanks for each level.
type classicParser struct {
	entries []classicEntry
	faults  []project.Fault
	untold  int
	block   string             // the section of the entry that is open
	seen    map[[2]string]bool // sections and names of the open entry
	needs   int
}

// parseClassic reads the lockfile of Yarn 1. Lines that do not make sense are faults and are passed over.
func parseClassic(data []byte) ([]classicEntry, []project.Fault, error) {
	p := &classicParser{}
	line := 0
	for text := range strings.Lines(strings.TrimPrefix(string(data), "\xef\xbb\xbf")) {
		line++
		text = strings.TrimRight(text, "\r\n")
		rest := strings.TrimLeft(text, " ")
		if rest == "" || rest[0] == '#' {
			continue
		}
		if isConflict(text) {
			return nil, nil, project.NewFault(line, "holds the marks of a merge that was not finished; run yarn install")
		}
		if len(p.entries) > maxEntries || p.needs > maxNeeds {
			return nil, nil, project.NewFault(line, fmt.Sprintf("more than %d packages or %d dependencies between them; not read", maxEntries, maxNeeds))
		}
		p.take(line, len(text)-len(rest), rest)
	}
	if p.untold > 0 {
		p.faults = append(p.faults, project.Fault{Msg: fmt.Sprintf("and %d more lines that do not make sense", p.untold)})
	}
	if len(p.entries) == 0 && len(p.faults) > 0 {
		return nil, nil, project.NewFault(p.faults[0].Line, "not a yarn.lock: "+p.faults[0].Msg)
	}
	return p.entries, p.faults, nil
}

func isConflict(text string) bool {
	for _, mark := range []string{"<<<<<<< ", ">>>>>>> ", "||||||| "} {
		if strings.HasPrefix(text, mark) {
			return true
		}
	}
	return text == "======="
}

func (p *classicParser) fault(line int, format string, args ...any) {
	if len(p.faults) == project.MaxFaults {
		p.untold++
		return
	}
	p.faults = append(p.faults, project.Fault{Line: line, Msg: fmt.Sprintf(format, args...)})
}

// take reads one line.
func (p *classicParser) take(line, indent int, text string) {
	words, opens, ok := classicWords(text)
	if len(p.entries) > 0 && indent > 0 {
		p.entries[len(p.entries)-1].endLine = line
	}
	switch {
	case !ok:
		p.fault(line, "%.100q does not make sense, so it was not checked", text)
	case indent == 0 && opens:
		p.entries = append(p.entries, classicEntry{descriptors: words, line: line, endLine: line})
		p.block, p.seen = "", map[[2]string]bool{}
	case len(p.entries) == 0 || indent == 0:
		p.fault(line, "%.100q stands outside of an entry, so it was not checked", text)
	case indent == 2 && opens && len(words) == 1:
		p.block = words[0]
		p.once(line, "", words[0])
	case indent == 2 && !opens && len(words) == 2:
		p.block = ""
		p.field(line, words[0], words[1])
	case indent == 4 && !opens && len(words) == 2 && p.block != "":
		p.need(line, words[0], words[1])
	default:
		p.fault(line, "%.100q does not make sense here, so it was not checked", text)
	}
}

func (p *classicParser) once(line int, section, key string) {
	at := [2]string{section, key}
	if p.seen[at] {
		p.fault(line, "%.100q stands twice in one entry; the last one counts, and the first was not checked", key)
	}
	p.seen[at] = true
}

func (p *classicParser) field(line int, key, value string) {
	p.once(line, "", key)
	e := &p.entries[len(p.entries)-1]
	switch key {
	case "version":
		e.version = value
	case "resolved":
		e.resolved = value
	}
}

func (p *classicParser) need(line int, name, spec string) {
	if p.block != "dependencies" && p.block != "optionalDependencies" {
		return
	}
	p.once(line, p.block, name)
	p.needs++
	e := &p.entries[len(p.entries)-1]
	e.needs = append(e.needs, npmNeed{name: name, spec: spec, section: p.block, optional: p.block == "optionalDependencies"})
}

// classicWords takes the words of a line, which commas or blanks part; opens says that a colon ends it.
func classicWords(text string) (words []string, opens, ok bool) {
	for text != "" {
		var word string
		if text[0] == '"' {
			end := 1
			for ; end < len(text) && text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			if end >= len(text) || json.Unmarshal([]byte(text[:end+1]), &word) != nil {
				return nil, false, false
			}
			text = text[end+1:]
		} else {
			end := strings.IndexAny(text, ":, ")
			if end < 0 {
				end = len(text)
			}
			if word, text = text[:end], text[end:]; word == "" {
				return nil, false, false
			}
		}
		words = append(words, word)
		switch {
		case text == ":":
			return words, true, true
		case text == "":
		case text[0] == ',' || text[0] == ' ':
			text = strings.TrimLeft(text, ", ")
		default:
			return nil, false, false
		}
	}
	return words, false, len(words) > 0
}
