package main

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// readJUnit reads the report of pytest. What cannot be read leaves out the tests that come after it.
func readJUnit(text []byte) outcomes {
	var o outcomes
	d := xml.NewDecoder(bytes.NewReader(text))
	seen := map[string]int{}
	for {
		token, err := d.Token()
		if err != nil {
			return o
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "testcase" {
			continue
		}
		var c struct {
			Class   string    `xml:"classname,attr"`
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		}
		if d.DecodeElement(&c, &start) != nil {
			return o
		}
		if c.Skipped != nil {
			continue
		}
		name := changing.ReplaceAllString(c.Name, "…")
		name = strings.ToValidUTF8(name[:min(len(name), 200)], "")
		function, _, _ := strings.Cut(name, "[")
		file := moduleOf(c.Class)
		o.add(ordinal(c.Class+" "+name, seen), testCase{group: c.Class + " " + function, file: file, pass: c.Failure == nil && c.Error == nil})
	}
}

// moduleOf cuts classes, which begin with a capital, from the dotted name of a test's class.
func moduleOf(class string) string {
	parts := strings.Split(class, ".")
	for i, p := range parts {
		if i > 0 && p != "" && p[0] >= 'A' && p[0] <= 'Z' {
			return strings.Join(parts[:i], ".")
		}
	}
	return class
}
