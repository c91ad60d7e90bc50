package deliver

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/vex"
)

// OpenVEX writes a report as OpenVEX 0.2.0: a statement for every finding in a dependency. Without findings it has no
// statements, which readers take and the schema does not.
type OpenVEX struct {
	Out         io.Writer
	Author      string    // who answers for the statements; empty is fettle
	Role        string    // of the author; may be empty
	Product     string    // package URL of the application, whose subpath the lockfile becomes; empty: packages speak for themselves
	Time        time.Time // of the statements; must not be zero
	NotImported bool      // a package shown not to be imported is not_affected; otherwise somebody must say so
}

// CycloneDXVEX writes the same statements as the vulnerabilities of a CycloneDX 1.6 document, where the zero time is left out.
type CycloneDXVEX OpenVEX

// Deliver writes the statements of r, all at once or not at all. The same report, author, product and time give the same bytes.
func (o OpenVEX) Deliver(_ context.Context, r fettle.Report) error {
	return o.deliver(r, "OpenVEX", vex.WriteOpenVEX)
}

// Deliver writes the statements of r as OpenVEX.Deliver does.
func (c CycloneDXVEX) Deliver(_ context.Context, r fettle.Report) error {
	return OpenVEX(c).deliver(r, "CycloneDX", vex.WriteCycloneDX)
}

func (o OpenVEX) deliver(r fettle.Report, format string, write func(io.Writer, vex.Document) error) error {
	d := vex.Document{Author: cmp.Or(clip(plain(o.Author), 200), "fettle"), Role: clip(plain(o.Role), 200), Timestamp: o.Time,
		Tooling: "fettle " + cmp.Or(clip(plain(r.Version), 40), "0.0.0-unknown")}
	if n := len(r.Gaps); n > 0 {
		d.Tooling += "; the run left " + count(n, "gap", "gaps") + ", so there may be findings without a statement"
	}
	d.Statements = o.statements(r)
	for i := range d.Statements {
		d.Statements[i].Timestamp = o.Time
	}
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		return err
	}
	if _, err := o.Out.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the statements as %s: %w", format, err)
	}
	return nil
}
