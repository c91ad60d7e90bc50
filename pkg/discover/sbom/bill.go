package sbom

import (
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// bill is what a bill of materials says, in the terms that CycloneDX and SPDX share.
type bill struct {
	manager    string   // cyclonedx or spdx
	roots      []string // references of what an SPDX document describes
	components []component
	needs      []need
	graphed    bool // the document has edges, were they to lead nowhere
	faults     []project.Fault
	untold     int
}

// component is one thing of a bill.
type component struct {
	ref           string // what edges call it; "" where nothing can
	group, name   string
	version       string
	purl          string
	cpe           bool
	kind          string       // of CycloneDX: library, application, file, ...
	scope         fettle.Scope // "" where the document does not say
	source        string       // the package URL of a source package
	described     bool         // it is what the bill is about, or one of these
	line, endLine int
}

// need is one edge.
type need struct {
	holder, ref string
	scope       fettle.Scope // "" where it is that of the component
	part        bool         // the holder contains it, which is less than a need
	line        int
}

// note keeps a fault that does not stop the reading.
func (b *bill) note(line int, format string, args ...any) {
	if len(b.faults) >= project.MaxFaults {
		b.untold++
		return
	}
	b.faults = append(b.faults, project.Fault{Line: line, Msg: fmt.Sprintf(format, args...)})
}

// label names a component in a message.
func (c component) label() string {
	name := c.name
	if c.group != "" {
		name = c.group + "/" + c.name
	}
	if name == "" {
		name = c.ref
	}
	return fmt.Sprintf("%.100q", name)
}

// matter are kinds that hold no code of others: files and keys are parts of something that is a component itself, and data
// and machines have no advisories here.
var matter = []string{"file", "data", "cryptographic-asset", "machine-learning-model", "operating-system", "container", "platform"}

// isPart reports whether a component without package URL is no package: it stands for a part of the project itself.
func (c component) isPart() bool { return slices.Contains(matter, c.kind) }

func fault(line int, msg string) project.Fault { return project.Fault{Line: line, Msg: msg} }
