package alert

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Locations stand in the export as Ruby or JSON writes a map.
var (
	locationFile    = regexp.MustCompile(`"?:?file"?\s*(?:=>|:)\s*"([^"]*)"`)
	locationName    = regexp.MustCompile(`"?:?name"?\s*(?:=>|:)\s*"([^"]*)"`)
	locationVersion = regexp.MustCompile(`"?:?version"?\s*(?:=>|:)\s*"([^"]*)"`)
)

// readCSV reads GitLab's export of a vulnerability report. Releases differ in their columns; those that this one does not
// know are passed over. Where it does not tell when a vulnerability was dismissed, the day of its detection stands for that.
func readCSV(name string, text []byte) (Export, error) {
	r := &reader{name: name, text: text}
	c := csv.NewReader(bytes.NewReader(text))
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	header, err := c.Read()
	if err != nil {
		return Export{}, fmt.Errorf("%s: neither JSON nor CSV: %w", name, err)
	}
	columns := map[string]int{}
	for i, title := range header {
		title = strings.ToLower(strings.TrimSpace(title))
		if _, twice := columns[title]; twice {
			return Export{}, fmt.Errorf("%s:1: the column %.40q stands twice", name, title)
		}
		columns[title] = i
	}
	for _, need := range []string{"status", "vulnerability id", "severity"} {
		if _, ok := columns[need]; !ok {
			return Export{}, fmt.Errorf("%s:1: no export of alerts: no JSON, and no column %q as GitLab's CSV export has it", name, need)
		}
	}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return r.out, nil
		}
		if err != nil {
			return Export{}, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := c.FieldPos(0)
		cell := func(title string) string {
			if i, ok := columns[title]; ok && i < len(record) {
				return strings.TrimSpace(strings.Clone(record[i]))
			}
			return ""
		}
		a, err := csvVulnerability(cell).alert()
		r.add(a, err, fmt.Sprintf("%s:%d", name, line))
	}
}

func csvVulnerability(cell func(string) string) vulnerability {
	v := vulnerability{id: cell("vulnerability id"), state: cell("status"), reason: cell("dismissal reason"), updated: cell("detected at"),
		dismissed: cell("dismissed at"), resolved: cell("resolved at"), severity: cell("severity"), title: cell("vulnerability"),
		vectors: cvssVector.FindAllString(cell("cvss vectors"), -1)}
	if by := cell("dismissed by"); by != "" {
		v.dismissedBy = &gitLabUser{Username: by}
	}
	if by := cell("resolved by"); by != "" {
		v.resolvedBy = &gitLabUser{Username: by}
	}
	split := func(r rune) bool { return r == ';' || r == ',' || r == ' ' || r == '\n' }
	for _, id := range strings.FieldsFunc(cell("cve"), split) {
		v.identifiers = append(v.identifiers, identifier{"cve", id})
	}
	for _, id := range strings.FieldsFunc(cell("cwe"), split) {
		v.identifiers = append(v.identifiers, identifier{"cwe", id})
	}
	for _, id := range strings.FieldsFunc(cell("other identifiers"), split) {
		v.identifiers = append(v.identifiers, identifier{"", id})
	}
	location := cell("location")
	first := func(pattern *regexp.Regexp) string {
		if m := pattern.FindStringSubmatch(location); m != nil {
			return m[1]
		}
		return ""
	}
	v.file = first(locationFile)
	if strings.Contains(location, "dependency") {
		v.dependency, v.over = first(locationName), first(locationVersion)
	}
	return v
}
