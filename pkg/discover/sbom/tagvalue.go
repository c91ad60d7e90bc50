package sbom

import (
	"bytes"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// isTagValue reports whether text is SPDX in lines of tag: value.
func isTagValue(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			tag, _, _ := bytes.Cut(line, []byte(":"))
			return bytes.Equal(tag, []byte("SPDXVersion")) || bytes.Equal(tag, []byte("SPDXID")) || bytes.Equal(tag, []byte("DataLicense"))
		}
	}
	return false
}

// parseTagValue reads SPDX 2 as tag-value. A tag belongs to the package, file or snippet that began last.
func parseTagValue(data []byte) (*bill, error) {
	b := &bill{manager: "spdx"}
	var (
		c         *component // nil outside of packages
		number    int
		multiline int // where a <text> without end began
		known     bool
	)
	last := 0
	for raw := range bytes.Lines(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
		number++
		line := strings.TrimSpace(strings.ToValidUTF8(string(raw), "\ufffd"))
		if multiline > 0 {
			if strings.Contains(line, "</text>") {
				multiline = 0
			}
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		tag, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok {
			b.note(number, "%.60q is no tag: value, and was passed over", line)
			continue
		}
		if strings.HasPrefix(value, "<text>") && !strings.Contains(value, "</text>") {
			multiline = number
		}
		switch tag {
		case "SPDXVersion":
			known = true
			if err := b.checkSPDX(value, number); err != nil {
				return nil, err
			}
		case "PackageName":
			b.components = append(b.components, component{name: value, kind: "library", line: number, endLine: number})
			c = &b.components[len(b.components)-1]
		case "FileName", "SnippetSPDXID", "LicenseID", "Reviewer", "Annotator":
			c = nil
		case "Relationship":
			if f := strings.Fields(value); len(f) == 3 {
				b.relate(f[0], f[1], f[2], number)
			} else {
				b.note(number, "%.60q is no relationship, and was passed over", value)
			}
			continue // it may stand anywhere
		}
		if c != nil {
			b.packageTag(c, tag, value, number)
			c.endLine = number
		}
		last = number
	}
	switch {
	case multiline > 0:
		return nil, project.NewFault(multiline, "a <text> has no end; the file is cut off")
	case !known:
		return nil, project.NewFault(max(last, 1), "has no SPDXVersion; want SPDXVersion: SPDX-2.3")
	}
	return b, nil
}

func (b *bill) packageTag(c *component, tag, value string, line int) {
	switch tag {
	case "SPDXID":
		c.ref = value
	case "PackageVersion":
		c.version = unless(value)
	case "PrimaryPackagePurpose":
		c.kind = purpose(value)
	case "ExternalRef":
		if f := strings.Fields(value); len(f) == 3 {
			b.external(c, f[1], f[2], line)
		} else {
			b.note(line, "%.60q is no external reference, and was passed over", value)
		}
	}
}
