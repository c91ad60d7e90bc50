package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The bounds of one YAML document. Aliases count as often as they stand, so that a few lines cannot unfold to gigabytes.
const (
	maxYAML      = 16 << 20 // bytes of text
	maxYAMLJSON  = 32 << 20 // bytes of the JSON
	maxYAMLNodes = 2_000_000
	maxYAMLDepth = 100
)

// Document is a YAML document as JSON.
type Document struct {
	JSON  []byte
	marks []mark
}

// mark says on which line of the YAML the JSON from an offset on stands.
type mark struct{ offset, line int }

// Line returns the line, from 1, of the YAML that the JSON at offset comes from.
func (d Document) Line(offset int64) int {
	i := sort.Search(len(d.marks), func(i int) bool { return int64(d.marks[i].offset) > offset })
	if i == 0 {
		return 1
	}
	return d.marks[i-1].line
}

// YAMLError is a fault of a YAML document at a line, from 1.
type YAMLError struct {
	Line int
	Err  error
}

func (e *YAMLError) Error() string { return e.Err.Error() }
func (e *YAMLError) Unwrap() error { return e.Err }

// YAML turns the one document in text into JSON. Numbers and dates become strings, as they are written: the version 1.10 is
// not 1.1, and OSV writes every version, date and id as a string. Every error is a YAMLError.
func YAML(text []byte) (Document, error) {
	if len(text) > maxYAML {
		return Document{}, &YAMLError{1, fmt.Errorf("YAML of %d bytes: want at most %d", len(text), maxYAML)}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithUniqueKeys())
	if err != nil {
		return Document{}, &YAMLError{1, err}
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil {
		return Document{}, yamlFault(err)
	}
	if err := loader.Load(&second); err == nil {
		line := second.Line
		if len(second.Content) > 0 {
			line = second.Content[0].Line
		}
		return Document{}, &YAMLError{max(line, 1), errors.New("a second YAML document; want one")}
	} else if !errors.Is(err, io.EOF) {
		return Document{}, yamlFault(err)
	}
	w := &yamlWriter{}
	if err := w.value(&doc, 0); err != nil {
		return Document{}, err
	}
	return Document{w.out, w.marks}, nil
}

type yamlWriter struct {
	out   []byte
	marks []mark
	nodes int
}

func fault(n *yaml.Node, format string, args ...any) error {
	return &YAMLError{max(n.Line, 1), fmt.Errorf(format, args...)}
}

func (w *yamlWriter) value(n *yaml.Node, depth int) error {
	w.nodes++
	switch {
	case w.nodes > maxYAMLNodes || len(w.out) > maxYAMLJSON:
		return fault(n, "the document unfolds to more than %d values or %d bytes", maxYAMLNodes, maxYAMLJSON)
	case depth > maxYAMLDepth:
		return fault(n, "nested more than %d deep", maxYAMLDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return fault(n, "want one value")
		}
		return w.value(n.Content[0], depth)
	case yaml.AliasNode:
		if n.Alias == nil {
			return fault(n, "an alias of nothing")
		}
		return w.value(n.Alias, depth+1)
	case yaml.MappingNode:
		return w.mapping(n, depth)
	case yaml.SequenceNode:
		w.mark(n)
		w.out = append(w.out, '[')
		for i, item := range n.Content {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			if err := w.value(item, depth+1); err != nil {
				return err
			}
		}
		w.out = append(w.out, ']')
		return nil
	case yaml.ScalarNode:
		w.mark(n)
		return w.scalar(n)
	}
	return fault(n, "want a mapping, a sequence or a scalar")
}

func (w *yamlWriter) mapping(n *yaml.Node, depth int) error {
	w.mark(n)
	w.out = append(w.out, '{')
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
			return fault(key, "want a plain key")
		}
		if seen[key.Value] {
			return fault(key, "key %.40q stands twice", key.Value)
		}
		seen[key.Value] = true
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.mark(key)
		if err := w.text(key); err != nil {
			return err
		}
		w.out = append(w.out, ':')
		if err := w.value(n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	w.out = append(w.out, '}')
	return nil
}

func (w *yamlWriter) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		w.out = append(w.out, "null"...)
		return nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return fault(n, "%.40q: want true or false", n.Value)
		}
		w.out = strconv.AppendBool(w.out, b)
		return nil
	case "!!str", "!!int", "!!float", "!!timestamp":
		return w.text(n)
	}
	return fault(n, "a value of the type %.40q; want text", n.Tag)
}

func (w *yamlWriter) text(n *yaml.Node) error {
	quoted, err := json.Marshal(n.Value)
	if err != nil {
		return fault(n, "%w", err)
	}
	w.out = append(w.out, quoted...)
	return nil
}

func (w *yamlWriter) mark(n *yaml.Node) {
	if n.Line > 0 && (len(w.marks) == 0 || w.marks[len(w.marks)-1].line != n.Line) {
		w.marks = append(w.marks, mark{len(w.out), n.Line})
	}
}

var yamlLine = regexp.MustCompile(`(?:\bline (\d+)(?:, column \d+)?|\bat L(\d+)\.C\d+): `)

// yamlFault takes the line out of the library's message.
func yamlFault(err error) error {
	if errors.Is(err, io.EOF) {
		return &YAMLError{1, errors.New("an empty YAML document")}
	}
	text := err.Error()
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		number := text[max(m[2], m[4]):max(m[3], m[5])] // of the two forms, the one that is not there is -1
		if line, convErr := strconv.Atoi(number); convErr == nil {
			rest, _, _ := strings.Cut(text[m[1]:], "\n")
			return &YAMLError{max(line, 1), errors.New("YAML: " + rest)}
		}
	}
	return &YAMLError{1, fmt.Errorf("YAML: %w", err)}
}
