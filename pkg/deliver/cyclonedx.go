package deliver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// CycloneDX writes the inventory of a report as a CycloneDX 1.6 bill of materials in JSON. Every project and workspace
// member is a component of type application, or operating-system for the packages of one; every package of a project is a
// component of its own, so that the dependency graph is that of each project. What the report has gaps about is said to be
// incomplete.
type CycloneDX struct {
	Out  io.Writer
	Name string    // of what was scanned: the repository
	Time time.Time // of the inventory; the zero time is left out
}

// Deliver writes the inventory of r, all at once or not at all. The same inventory, name and time give the same bytes.
func (c CycloneDX) Deliver(_ context.Context, r fettle.Report) error {
	bom := c.bom(r)
	var b bytes.Buffer
	if err := encodeBOM(&b, bom); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	bom.SerialNumber = serial(sum)
	if !c.Time.IsZero() {
		bom.Metadata.Timestamp = c.Time.UTC().Format(time.RFC3339)
	}
	b.Reset()
	if err := encodeBOM(&b, bom); err != nil {
		return err
	}
	if _, err := c.Out.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the inventory as CycloneDX: %w", err)
	}
	return nil
}

func encodeBOM(out io.Writer, bom *cdx.BOM) error {
	if err := cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom); err != nil {
		return fmt.Errorf("write the inventory as CycloneDX: %w", err)
	}
	return nil
}

// serial is a UUID of version 8, whose bits are those of a digest.
func serial(sum [sha256.Size]byte) string {
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// bom is the inventory without serial number and time.
func (c CycloneDX) bom(r fettle.Report) *cdx.BOM {
	root := &cdx.Component{BOMRef: rootRef, Type: cdx.ComponentTypeApplication, Name: cmp.Or(plain(c.Name), "repository"), Version: clip(plain(r.Commit), 1000)}
	b := bomBuilder{known: map[string]bool{}, needs: map[string][]string{}}
	b.ref(rootRef)
	projects := bomProjects(r)
	for _, p := range projects {
		b.project(p)
	}
	bom := cdx.NewBOM()
	bom.SpecVersion, bom.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Metadata = &cdx.Metadata{
		Component: root,
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: "fettle", Version: clip(plain(r.Version), 1000),
			ExternalReferences: &[]cdx.ExternalReference{{Type: cdx.ERTypeWebsite, URL: home}}}}},
	}
	if gaps := gapProperties(r.Gaps); len(gaps) > 0 {
		bom.Metadata.Properties = &gaps
	}
	components, dependencies, compositions := b.components, b.dependencies(), compositions(projects, r.Gaps)
	if components == nil {
		components = []cdx.Component{}
	}
	bom.Components, bom.Dependencies, bom.Compositions = &components, &dependencies, &compositions
	return bom
}
