package document

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// ParseTOML reads a TOML document. Faults and errors are those of ParseJSON.
func ParseTOML(data []byte) (v *Value, faults []project.Fault, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := crowded(data, tomlMarks); err != nil {
		return nil, nil, err
	}
	b := &tomlBuilder{data: data, lines: 1}
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, project.NewFault(b.lines, fmt.Sprintf("not valid TOML: %v", r))
		}
	}()
	root := &Value{Kind: Map, Line: 1, EndLine: 1}
	b.parser.Reset(data)
	at := root
	for b.parser.NextExpression() {
		n := b.parser.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			at, err = b.table(root, n)
		case unstable.KeyValue:
			err = b.keyValue(at, n, 0)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err := b.parser.Error(); err != nil {
		return nil, nil, b.fault(err)
	}
	return root, b.told(), nil
}

type tomlBuilder struct {
	builder
	parser  unstable.Parser
	data    []byte
	counted int // bytes up to which lines were counted
	lines   int // the line there
}

// line returns the line at an offset; offsets come in rising order, and an earlier one counts as the last.
func (b *tomlBuilder) line(r unstable.Range) int {
	if at := int(r.Offset); at > b.counted && at <= len(b.data) {
		b.lines += bytes.Count(b.data[b.counted:at], []byte("\n"))
		b.counted = at
	}
	return b.lines
}

// fault says where the parser stopped.
func (b *tomlBuilder) fault(err error) error {
	line := b.lines
	var pe *unstable.ParserError
	if errors.As(err, &pe) {
		line = b.parser.Shape(b.parser.Range(pe.Highlight)).Start.Line
	}
	return project.NewFault(line, "not valid TOML: "+err.Error())
}

// table returns the map that the header n opens.
func (b *tomlBuilder) table(root *Value, n *unstable.Node) (*Value, error) {
	at := root
	isList := n.Kind == unstable.ArrayTable
	for keys := n.Key(); keys.Next(); {
		key := keys.Node()
		line := b.line(key.Raw)
		if err := b.count(line); err != nil {
			return nil, err
		}
		f := at.Field(string(key.Data))
		last := keys.IsLast()
		switch {
		case f == nil:
			child := &Value{Kind: Map, Line: line, EndLine: line}
			held := child
			if last && isList {
				held = &Value{Kind: List, Line: line, EndLine: line, Items: []*Value{child}}
			}
			at.put(Field{string(key.Data), line, held})
			at = child
		case last && isList && f.Value.Kind == List:
			child := &Value{Kind: Map, Line: line, EndLine: line}
			f.Value.Items = append(f.Value.Items, child)
			at = child
		case f.Value.Kind == Map && !(last && isList):
			at = f.Value
		case f.Value.Kind == List && len(f.Value.Items) > 0 && f.Value.Items[len(f.Value.Items)-1].Kind == Map && !last:
			at = f.Value.Items[len(f.Value.Items)-1]
		default:
			return nil, project.NewFault(line, fmt.Sprintf("not valid TOML: the table %.100q is %s before", key.Data, f.Value.Kind))
		}
	}
	return at, nil
}

func (b *tomlBuilder) keyValue(at *Value, n *unstable.Node, depth int) error {
	for keys := n.Key(); keys.Next(); {
		key := keys.Node()
		line := b.line(key.Raw)
		at.EndLine = max(at.EndLine, line)
		if !keys.IsLast() {
			if f := at.Field(string(key.Data)); f != nil && f.Value.Kind == Map {
				at = f.Value
				continue
			}
			child := &Value{Kind: Map, Line: line, EndLine: line}
			if !at.put(Field{string(key.Data), line, child}) {
				b.twice(line, string(key.Data))
			}
			at = child
			continue
		}
		v, err := b.value(n.Value(), depth+1)
		if err != nil {
			return err
		}
		if !at.put(Field{string(key.Data), line, v}) {
			b.twice(line, string(key.Data))
		}
		at.EndLine = max(at.EndLine, v.EndLine)
	}
	return nil
}

func (b *tomlBuilder) value(n *unstable.Node, depth int) (*Value, error) {
	line := b.lines
	if n.Raw.Length > 0 {
		line = b.line(n.Raw)
	}
	v := &Value{Line: line, EndLine: line}
	if err := b.count(line); err != nil {
		return nil, err
	}
	if err := b.deep(line, depth); err != nil {
		return nil, err
	}
	switch n.Kind {
	case unstable.Array:
		v.Kind = List
		for items := n.Children(); items.Next(); {
			if items.Node().Kind == unstable.Comment {
				continue
			}
			child, err := b.value(items.Node(), depth+1)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, child)
			v.EndLine = max(v.EndLine, child.EndLine)
		}
	case unstable.InlineTable:
		v.Kind = Map
		for items := n.Children(); items.Next(); {
			if err := b.keyValue(v, items.Node(), depth+1); err != nil {
				return nil, err
			}
		}
	case unstable.String:
		v.Kind, v.Text = String, string(n.Data)
		v.EndLine += bytes.Count(b.parser.Raw(n.Raw), []byte("\n"))
	case unstable.Bool:
		v.Kind, v.Text = Bool, string(n.Data)
	default:
		v.Kind, v.Text = Number, string(n.Data)
	}
	return v, nil
}
