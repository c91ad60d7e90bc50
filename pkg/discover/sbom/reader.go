package sbom

import (
	"bytes"
	"context"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Reader reads the bills of materials that a tree holds, each as a project of its own.
type Reader struct{}

// names are those that the formats ask for, or that tools write without asking; endings are of lower-case names.
var (
	names   = map[string]bool{"bom.json": true, "bom.xml": true, "sbom.json": true, "sbom.xml": true}
	endings = []string{".cdx.json", ".cdx.xml", ".cyclonedx.json", ".cyclonedx.xml", ".bom.json", ".bom.xml",
		".spdx", ".spdx.json", ".spdx.yaml", ".spdx.yml", ".spdx.rdf", ".spdx.rdf.xml", ".spdx.xml"}
)

// Claims reports whether file is named as a bill of materials.
func (Reader) Claims(file string) bool {
	name := strings.ToLower(path.Base(file))
	if names[name] {
		return true
	}
	for _, ending := range endings {
		if strings.HasSuffix(name, ending) && name != ending {
			return true
		}
	}
	return false
}

// Helps reports false: a bill of materials stands alone.
func (Reader) Helps(string) bool { return false }

// Read reads every claimed file.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var r project.Reading
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		data, err := files.Read(file)
		if err != nil {
			r.Gaps = append(r.Gaps, project.Gap(file, 0, err.Error()))
			continue
		}
		read := Parse(file, data)
		r.Projects = append(r.Projects, read.Projects...)
		r.Gaps = append(r.Gaps, read.Gaps...)
	}
	return r, nil
}

// Parse reads one bill of materials, whose format is told by its content. file is how messages and places name it.
func Parse(file string, data []byte) project.Reading {
	b, err := parse(data)
	if err != nil {
		r := project.Reading{}
		r.Gaps = append(r.Gaps, project.FaultGap(file, err))
		return r
	}
	return b.reading(file)
}

// neither is said of a file that is no bill of materials.
const neither = "is neither CycloneDX nor SPDX 2, so nothing of it was checked"

func parse(data []byte) (*bill, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	switch {
	case len(text) == 0:
		return nil, project.NewFault(1, "the file is empty")
	case text[0] == '<':
		e, err := document.ParseXML(data)
		if err != nil {
			return nil, err
		}
		return parseXML(e)
	case text[0] == '{' || text[0] == '[':
		v, faults, err := document.ParseJSON(data)
		if err != nil {
			return nil, err
		}
		return parseTree(v, faults)
	case isTagValue(text):
		return parseTagValue(data)
	}
	v, faults, err := document.ParseYAML(data)
	if err != nil || !v.Is(document.Map) {
		return nil, project.NewFault(1, neither)
	}
	return parseTree(v, faults)
}

// parseTree reads what JSON or YAML holds.
func parseTree(v *document.Value, faults []project.Fault) (*bill, error) {
	switch {
	case v.Get("bomFormat").Str() == "CycloneDX":
		return parseCycloneDX(v, faults), nil
	case v.Get("spdxVersion") != nil:
		return parseSPDX(v, faults)
	case v.Get("@context") != nil && v.Get("@graph") != nil:
		return nil, project.NewFault(v.Line, "is SPDX 3, which is not read yet; write it as SPDX 2.3 or CycloneDX too")
	}
	return nil, project.NewFault(v.Line, neither)
}
