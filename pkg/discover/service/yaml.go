package service

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of one YAML file. Aliases count as what they stand for, so a small file cannot become large.
const (
	maxYAMLValues = 300_000
	maxYAMLDepth  = 100
	maxYAMLOpen   = 200 // brackets, for the parser calls itself for each
	maxDocuments  = 2_000
)

// parseYAML reads all documents of data. Unlike document.ParseYAMLs it follows aliases and merge keys, which compose files are
// full of, and takes a repeated key for the last one.
func (f *finder) parseYAML(data []byte) ([]*document.Value, error) {
	if err := f.crowd(data); err != nil {
		return nil, err
	}
	in := yaml.NewDecoder(bytes.NewReader(data))
	y := &yamlTree{}
	var all []*document.Value
	for {
		var n yaml.Node
		err := decodeYAML(in, &n)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, yamlFault(err)
		}
		if len(all) == maxDocuments {
			return all, project.NewFault(n.Line, fmt.Sprintf("more than %d YAML documents; the rest is not read", maxDocuments))
		}
		v, err := y.value(&n, 0)
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
}

// crowd counts what the parser spends memory on, of this file and of all.
func (f *finder) crowd(data []byte) error {
	open, line := 0, 1
	for _, c := range data {
		switch c {
		case '[', '{':
			open++
			f.marks++
		case ']', '}':
			open = max(open-1, 0)
		case '\n':
			line++
			f.marks++
		case ',', ':', '-', '?', '&', '*', '!':
			f.marks++
		}
		if open > maxYAMLOpen {
			return project.NewFault(line, fmt.Sprintf("more than %d brackets are open at once; not read", maxYAMLOpen))
		}
	}
	if f.marks > maxMarks {
		return errCrowd
	}
	return nil
}

// errCrowd is told of once.
var errCrowd = project.NewFault(0, "the YAML and JSON files of this tree are too large together; this and later ones were not read")

func decodeYAML(in *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return in.Decode(n)
}

// yamlTree turns the nodes of one file into values.
type yamlTree struct {
	count  int
	inside []*yaml.Node // anchors that are being read
}

func (y *yamlTree) value(n *yaml.Node, depth int) (*document.Value, error) {
	v := &document.Value{Line: n.Line, EndLine: n.Line}
	if y.count++; y.count > maxYAMLValues {
		return nil, project.NewFault(n.Line, fmt.Sprintf("more than %d values, aliases counted as what they stand for; not read", maxYAMLValues))
	}
	if depth > maxYAMLDepth {
		return nil, project.NewFault(n.Line, fmt.Sprintf("nested deeper than %d; not read", maxYAMLDepth))
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) > 0 {
			return y.value(n.Content[0], depth)
		}
	case yaml.AliasNode:
		if n.Alias == nil {
			return nil, project.NewFault(n.Line, "has an alias of nothing; not read")
		}
		for _, at := range y.inside {
			if at == n.Alias {
				return nil, project.NewFault(n.Line, "has an alias that contains itself; not read")
			}
		}
		y.inside = append(y.inside, n.Alias)
		target, err := y.value(n.Alias, depth+1)
		y.inside = y.inside[:len(y.inside)-1]
		if err != nil {
			return nil, err
		}
		target.Line = n.Line // where it is used
		return target, nil
	case yaml.ScalarNode:
		v.Kind, v.Text = yamlKindOf(n), n.Value
	case yaml.SequenceNode:
		v.Kind = document.List
		for _, item := range n.Content {
			child, err := y.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, child)
		}
	case yaml.MappingNode:
		v.Kind = document.Map
		return v, y.fields(v, n, depth)
	}
	return v, nil
}

// fields fills the map v. What is merged in stands before what the map says itself, which wins.
func (y *yamlTree) fields(v *document.Value, n *yaml.Node, depth int) error {
	at := map[string]int{}
	put := func(field document.Field, wins bool) {
		if i, ok := at[field.Key]; !ok {
			at[field.Key] = len(v.Fields)
			v.Fields = append(v.Fields, field)
		} else if wins {
			v.Fields[i] = field
		}
	}
	var merged []*document.Value
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		child, err := y.value(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if key.Kind == yaml.ScalarNode && key.Value == "<<" {
			merged = append(merged, child)
			merged = append(merged, child.Items...)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			continue // no file that is read here has such keys
		}
		put(document.Field{Key: key.Value, Line: key.Line, Value: child}, true)
	}
	for _, from := range merged {
		for _, field := range from.Fields {
			put(field, false)
		}
	}
	return nil
}

func yamlKindOf(n *yaml.Node) document.Kind {
	switch n.ShortTag() {
	case "!!null":
		return document.Null
	case "!!bool":
		return document.Bool
	case "!!int", "!!float", "!!timestamp":
		return document.Number
	}
	return document.String // tags of CloudFormation too: !Ref, !Sub
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func yamlFault(err error) error {
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	return project.NewFault(max(line, 1), "not valid YAML: "+oneLine(strings.TrimPrefix(err.Error(), "yaml: ")))
}
