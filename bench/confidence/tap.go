package main

import (
	"regexp"
	"strings"
)

var (
	tapLine  = regexp.MustCompile(`^(not )?ok\b\s*\d*\s*(?:-\s*)?(.*)$`)
	tapTail  = regexp.MustCompile(`\s*#\s*time=.*$|\s*\{$`)
	changing = regexp.MustCompile(`0x[0-9a-fA-F]+|\d+(?:\.\d+)?\s?ms\b|/tmp/[^\s'"]+|\d{4}-\d\d-\d\d[T ][0-9:.]+Z?|:\d{4,5}\b`)
)

// readTAP reads the results of several files, each between a line #file and a line #exit. The status counts as a test for
// a file that reports none.
func readTAP(text string) outcomes {
	var o outcomes
	file, group, tests, failed := "", "", 0, false
	seen := map[string]int{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if name, ok := strings.CutPrefix(line, "#file "); ok {
			file, group, tests, failed = name, "", 0, false
			continue
		}
		if code, ok := strings.CutPrefix(line, "#exit "); ok {
			if file != "" && tests == 0 {
				o.add(file, testCase{group: file, file: file, pass: code == "0"})
			}
			file = ""
			continue
		}
		if file == "" {
			continue
		}
		if strings.HasPrefix(line, "# ") {
			group = strings.TrimPrefix(strings.TrimPrefix(line, "# "), "Subtest: ")
			continue
		}
		m := tapLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		name := m[2]
		if i := strings.Index(name, " # SKIP"); i >= 0 || strings.Contains(name, " # TODO") {
			continue
		}
		name = changing.ReplaceAllString(tapTail.ReplaceAllString(name, ""), "…")
		name = strings.ToValidUTF8(name[:min(len(name), 200)], "")
		tests++
		failed = failed || m[1] != ""
		in := file + " " + changing.ReplaceAllString(group, "…")
		if group == "" {
			in = file + " " + name
		}
		o.add(ordinal(file+" "+group+" "+name, seen), testCase{group: in, file: file, pass: m[1] == ""})
	}
	return o
}
