package service

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// module is the Terraform files of one folder, which share their variables.
type module struct {
	dir       string
	variables map[string]hclsyntax.Expression
	resources []resource
	steps     int // of the tags that are being read
}

// resource is one resource or provider block. It is read as a body of HCL, or as an object of JSON.
type resource struct {
	kind, name string
	file       string
	line       int
	body       body
}

// body is what a block holds: attributes and blocks by name, in the order of the file.
type body struct {
	module *module
	native *hclsyntax.Body
	json   *document.Value
}

const (
	maxHCLOpen = 200 // brackets and operators that may be open, for the parser calls itself for each
	maxHCL     = 8 << 20
	maxHCLFile = 512 << 10
)

// readTerraform parses files, and evaluates nothing: literals, and variables and locals that are literals, are what is read.
func (f *finder) readTerraform() {
	left := maxHCL
	byDir := map[string]*module{}
	for _, file := range f.of(terraformKind) {
		if f.ctx.Err() != nil {
			return
		}
		data, ok := f.read(file, maxHCLFile, true)
		if !ok {
			continue
		}
		if left -= len(data); left < 0 {
			f.gap(file, errors.New("the Terraform files of this tree are too large together; this and later ones were not read"))
			return
		}
		dir := project.Parent(file)
		m := byDir[dir]
		if m == nil {
			m = &module{dir: dir, variables: map[string]hclsyntax.Expression{}}
			byDir[dir] = m
			f.modules = append(f.modules, m)
		}
		if err := m.read(f, file, data); err != nil {
			f.gap(file, err)
		}
	}
}

func (m *module) read(f *finder, file string, data []byte) error {
	if strings.HasSuffix(strings.ToLower(path.Base(file)), ".json") {
		return m.readJSON(f, file, data)
	}
	return m.readHCL(file, data)
}

func (m *module) readHCL(file string, data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not valid HCL: %v", r)
		}
	}()
	if err := nested(data); err != nil {
		return err
	}
	parsed, diagnostics := hclsyntax.ParseConfig(data, file, hcl.InitialPos)
	for _, d := range diagnostics {
		if d.Severity == hcl.DiagError {
			line := 0
			if d.Subject != nil {
				line = d.Subject.Start.Line
			}
			err = project.NewFault(line, "not valid HCL: "+oneLine(d.Summary))
			break
		}
	}
	if parsed == nil {
		return err
	}
	root, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return err
	}
	for _, b := range root.Blocks {
		line := b.DefRange().Start.Line
		switch {
		case b.Type == "variable" && len(b.Labels) == 1:
			if a := b.Body.Attributes["default"]; a != nil {
				m.variables["var."+b.Labels[0]] = a.Expr
			}
		case b.Type == "locals":
			for name, a := range b.Body.Attributes {
				m.variables["local."+name] = a.Expr
			}
		case b.Type == "resource" && len(b.Labels) == 2:
			m.resources = append(m.resources, resource{b.Labels[0], b.Labels[1], file, line, body{module: m, native: b.Body}})
		case b.Type == "provider" && len(b.Labels) == 1:
			m.resources = append(m.resources, resource{"provider", b.Labels[0], file, line, body{module: m, native: b.Body}})
		}
	}
	return err
}

// costly is what the parser takes too much time or stack for, and how often it may stand in one file.
var costly = []struct {
	text string
	most int
}{{"%{", 300}, {"[*]", 1000}, {".*", 1000}, {"::", 1000}, {"${", 5000}}

// nested refuses text that a parser which calls itself for each bracket, operator or template would run out of stack on.
func nested(data []byte) error {
	for _, c := range costly {
		if bytes.Count(data, []byte(c.text)) > c.most {
			return project.NewFault(0, "not written as people write it, with more than "+itoa(c.most)+" of "+c.text+"; not read")
		}
	}
	open, run, questions, line := 0, 0, 0, 1
	for _, c := range data {
		switch c {
		case '\n':
			line++
			continue
		case ' ', '\t', '\r':
			continue
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open = max(open-1, 0)
		case '?':
			questions++
		}
		if c == '!' || c == '-' {
			run++
		} else {
			run = 0
		}
		if open > maxHCLOpen || run > 10*maxHCLOpen || questions > 10*maxHCLOpen {
			return project.NewFault(line, "nested too deep; not read")
		}
	}
	return nil
}

func (m *module) readJSON(f *finder, file string, data []byte) error {
	if err := f.crowd(data); err != nil {
		return err
	}
	v, _, err := document.ParseJSON(data)
	if err != nil {
		return err
	}
	for _, kind := range objects(v.Get("resource")) {
		for _, byName := range objects(kind.Value) {
			for _, holder := range listed(byName.Value) {
				m.resources = append(m.resources, resource{kind.Key, byName.Key, file, byName.Line, body{module: m, json: holder}})
			}
		}
	}
	return nil
}

// objects returns the entries of a map, or of a list of maps, as JSON has both for blocks.
func objects(v *document.Value) []document.Field {
	list := append([]document.Field(nil), v.Map()...)
	for _, item := range v.List() {
		list = append(list, item.Map()...)
	}
	return list
}

func listed(v *document.Value) []*document.Value {
	if v.Is(document.List) {
		return v.Items
	}
	return named(v)
}
