package vex

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

const cycloneDXSpace = "http://cyclonedx.org/schema/bom/"

// cycloneDXXML reads the same as cycloneDXJSON.
func (p *parser) cycloneDXXML() error {
	dec := xml.NewDecoder(bytes.NewReader(p.data))
	var d *cdxDocument
	for {
		at := int(dec.InputOffset())
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p.brokenXML(at, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		line := p.lineAt(at)
		if d == nil {
			version, ok := strings.CutPrefix(start.Name.Space, cycloneDXSpace)
			if !ok || start.Name.Local != "bom" {
				return p.fault(line, "its root is %.60q; want the bom of CycloneDX", start.Name.Local)
			}
			d = p.cycloneDX(version)
			for _, attribute := range start.Attr {
				switch attribute.Name.Local {
				case "serialNumber":
					p.doc.ID = clip(attribute.Value, maxName)
				case "version":
					p.doc.Version, _ = strconv.Atoi(attribute.Value)
				}
			}
			continue
		}
		switch start.Name.Local {
		case "metadata":
			var m cdxMetadata
			if err := dec.DecodeElement(&m, &start); err != nil {
				return p.brokenXML(at, err)
			}
			d.metadata(line, m)
		case "components", "vulnerabilities": // whose children come next
		case "component":
			var c cdxComponent
			if err := dec.DecodeElement(&c, &start); err != nil {
				return p.brokenXML(at, err)
			}
			d.take(c, cdxPlace{top: true})
		case "vulnerability":
			v := cdxVulnerability{line: line}
			if err := dec.DecodeElement(&v, &start); err != nil {
				return p.brokenXML(at, err)
			}
			if err := d.keep(v); err != nil {
				return err
			}
		default:
			if err := dec.Skip(); err != nil {
				return p.brokenXML(at, err)
			}
		}
	}
	if d == nil {
		return p.fault(0, "it has no element; %s", wanted)
	}
	d.states()
	return nil
}

func (p *parser) brokenXML(at int, err error) error {
	line := p.lineAt(at)
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		line = syntax.Line
	}
	return p.fault(line, "no XML: %v", err)
}
