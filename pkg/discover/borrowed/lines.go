package borrowed

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

var (
	mixLine    = regexp.MustCompile(`^\s*"([^"]+)":\s*\{\s*:([a-z_]+)\s*,\s*(?::?"?)([^",\s]+)"?\s*,\s*"([^"]*)"`)
	mixStart   = regexp.MustCompile(`^\s*"([^"]+)":`)
	cabalEntry = regexp.MustCompile(`any\.([^\s,]+)\s*==\s*([^\s,]+)`)
)

// mixEntries reads a mix.lock, an Elixir map with one package a line.
func mixEntries(data []byte) ([]entry, []project.Fault, error) {
	var list []entry
	var faults []project.Fault
	eachLine(data, func(n int, line string) {
		start := mixStart.FindStringSubmatch(line)
		if start == nil {
			return
		}
		m := mixLine.FindStringSubmatch(line)
		switch {
		case m == nil:
			faults = append(faults, project.Fault{Line: n, Msg: "the entry of " + short(start[1]) + " is not as mix writes it; it was passed over"})
		case m[2] == "hex": // the package may have another name than the application
			list = append(list, entry{name: m[3], version: m[4], line: n, endLine: n})
		default:
			list = append(list, entry{name: m[1], noVersion: "it comes from " + short(m[2]), line: n, endLine: n})
		}
	})
	if len(list) == 0 && len(faults) == 0 && !bytes.Contains(data, []byte("%{")) {
		return nil, nil, project.NewFault(1, "is no mix.lock; run mix deps.get")
	}
	return list, faults, nil
}

// cabalEntries reads a cabal.project.freeze, a list of constraints.
func cabalEntries(data []byte) ([]entry, []project.Fault, error) {
	var list []entry
	eachLine(data, func(n int, line string) {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			return
		}
		for _, m := range cabalEntry.FindAllStringSubmatch(line, -1) {
			list = append(list, entry{name: m[1], version: m[2], line: n, endLine: n})
		}
	})
	if len(list) == 0 {
		return nil, nil, project.NewFault(1, "holds no constraints; run cabal freeze")
	}
	return list, nil, nil
}

func eachLine(data []byte, do func(n int, line string)) {
	for n := 1; len(data) > 0; n++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		do(n, string(line))
	}
}

// short is text from outside, cut for a message.
func short(text string) string { return text[:min(len(text), 100)] }
