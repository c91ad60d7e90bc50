package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// schemaText is the JSON Schema of fettle.yaml, which editors use; errors name the keys that it allows.
//
//go:embed fettle.schema.json
var schemaText []byte

// shape is the part of a JSON Schema that says which keys and types there may be.
type shape struct {
	Type       any               `json:"type"`
	Properties map[string]*shape `json:"properties"`
	Rest       json.RawMessage   `json:"additionalProperties"`
	Items      *shape            `json:"items"`
	OneOf      []*shape          `json:"oneOf"`
}

var schemaShape = sync.OnceValue(func() *shape {
	var s shape
	if err := json.Unmarshal(schemaText, &s); err != nil {
		panic(err) // the tests read it
	}
	return &s
})

var (
	unknownKey = regexp.MustCompile(`^field (.+) not found in type `)
	wrongType  = regexp.MustCompile("^cannot (?:construct|unmarshal) !!(\\w+)(?: `((?s).*?)`)? into ")
)

// configFault puts what yaml says into the form file:line:column: text, the first fault only.
func configFault(name string, data []byte, err error) error {
	var fault *yaml.LoadError
	if !errors.As(err, &fault) || fault.Mark.Line == 0 {
		return fmt.Errorf("%s: %s", name, firstLine(err.Error()))
	}
	text := firstLine(fault.Message)
	if m := unknownKey.FindStringSubmatch(fault.Message); m != nil {
		text = fmt.Sprintf("unknown key %q", m[1])
		if at := shapeAt(data, fault.Mark.Line, fault.Mark.Column); at != nil && len(at.Properties) > 0 {
			text += "; want " + strings.Join(slices.Sorted(maps.Keys(at.Properties)), ", ")
		}
	} else if m := wrongType.FindStringSubmatch(fault.Message); m != nil {
		text = fmt.Sprintf("this is %s", kindOf(m[1]))
		if at := shapeAt(data, fault.Mark.Line, fault.Mark.Column); at != nil && at.Type != nil {
			text += "; want " + kindOf(fmt.Sprint(at.Type))
		}
	}
	return fmt.Errorf("%s:%d:%d: %s", name, fault.Mark.Line, max(fault.Mark.Column, 1), text)
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// kindOf names a type of YAML or JSON in plain words.
func kindOf(name string) string {
	switch name {
	case "map", "object", "[object null]":
		return "a mapping of keys to values"
	case "seq", "array":
		return "a list"
	case "str", "string":
		return "text"
	case "int", "integer":
		return "a whole number"
	case "float", "number":
		return "a number"
	case "bool", "boolean":
		return "true or false"
	case "null":
		return "empty"
	}
	return "a " + name
}

// shapeAt returns what the schema allows for the value at a place, or for the mapping whose key stands there.
func shapeAt(data []byte, line, column int) *shape {
	var doc yaml.Node
	if yaml.Load(data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	return find(doc.Content[0], schemaShape(), line, column, 0)
}

func find(n *yaml.Node, s *shape, line, column, depth int) *shape {
	if s == nil || depth > 50 {
		return nil
	}
	here := n.Line == line && n.Column == column
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			below := s.below(key.Value)
			if key.Line == line && key.Column == column && below == nil {
				return s
			}
			if found := find(value, below, line, column, depth+1); found != nil {
				return found
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if found := find(item, s.Items, line, column, depth+1); found != nil {
				return found
			}
		}
	}
	if here {
		return s
	}
	return nil
}

// below is what s allows for the value of key; nil where the key is not allowed.
func (s *shape) below(key string) *shape {
	if p := s.Properties[key]; p != nil {
		return p
	}
	for _, one := range s.OneOf {
		if p := one.below(key); p != nil {
			return p
		}
	}
	var rest shape
	if len(s.Rest) > 0 && s.Rest[0] == '{' && json.Unmarshal(s.Rest, &rest) == nil {
		return &rest
	}
	return nil
}
