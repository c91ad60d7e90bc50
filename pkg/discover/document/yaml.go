package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// ParseYAML reads the first YAML document of data, and says as a fault where more follow. Aliases are refused: no lockfile
// has them, and they can make a small file large. Faults and errors are those of ParseJSON.
func ParseYAML(data []byte) (*Value, []project.Fault, error) {
	all, faults, err := ParseYAMLs(data, 1)
	if err != nil {
		return nil, nil, err
	}
	return all[0], faults, nil
}

// ParseYAMLs reads up to most YAML documents, at least one.
func ParseYAMLs(data []byte, most int) ([]*Value, []project.Fault, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil, project.NewFault(1, "the file is empty")
	}
	if err := crowded(data, yamlMarks); err != nil {
		return nil, nil, err
	}
	in := yaml.NewDecoder(bytes.NewReader(data))
	b := &builder{last: 1 + max(bytes.Count(data, []byte("\n")), bytes.Count(data, []byte("\r")))}
	var all []*Value
	for {
		var n yaml.Node
		err := decodeYAML(in, &n)
		if errors.Is(err, io.EOF) && len(all) > 0 {
			return all, b.told(), nil
		}
		if err != nil {
			return nil, nil, yamlFault(err)
		}
		if len(all) == most {
			b.faults = append(b.faults, project.Fault{Line: n.Line, Msg: "another YAML document begins here, which was not read"})
			return all, b.told(), nil
		}
		v, err := b.yaml(&n, 0)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, v)
	}
}

// decodeYAML turns a panic of the parser into an error.
func decodeYAML(in *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return in.Decode(n)
}

func (b *builder) yaml(n *yaml.Node, depth int) (*Value, error) {
	line := min(n.Line, b.last) // a value that is not there stands after the end
	v := &Value{Line: line, EndLine: line}
	if err := b.count(n.Line); err != nil {
		return nil, err
	}
	if err := b.deep(n.Line, depth); err != nil {
		return nil, err
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return v, nil
		}
		return b.yaml(n.Content[0], depth)
	case yaml.AliasNode:
		return nil, project.NewFault(n.Line, fmt.Sprintf("has the alias *%.40s; aliases are not read", n.Value))
	case yaml.ScalarNode:
		v.Kind, v.Text = yamlScalar(n), n.Value
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			v.EndLine += strings.Count(n.Value, "\n")
		}
	case yaml.SequenceNode:
		v.Kind = List
		for _, item := range n.Content {
			child, err := b.yaml(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.Items = append(v.Items, child)
			v.EndLine = max(v.EndLine, child.EndLine)
		}
	case yaml.MappingNode:
		v.Kind = Map
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode {
				return nil, project.NewFault(key.Line, "a key is no plain text; not read")
			}
			child, err := b.yaml(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			if !v.put(Field{key.Value, key.Line, child}) {
				b.twice(key.Line, key.Value)
			}
			v.EndLine = max(v.EndLine, child.EndLine)
		}
	}
	return v, nil
}

func yamlScalar(n *yaml.Node) Kind {
	switch n.ShortTag() {
	case "!!null":
		return Null
	case "!!bool":
		return Bool
	case "!!str":
		return String
	}
	return Number
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func yamlFault(err error) error {
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if errors.Is(err, io.EOF) {
		text = "the file is empty"
	}
	return project.NewFault(max(line, 1), "not valid YAML: "+strings.Join(strings.Fields(text), " "))
}
