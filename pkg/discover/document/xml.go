package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Element is one element of an XML document. The methods that look into an element take nil for one that is not there.
type Element struct {
	Name     string // without namespace
	Space    string // its namespace, "" for none
	Attrs    map[string]string
	Text     string // what stands in it outside of elements, trimmed
	Line     int
	EndLine  int
	Children []*Element
}

// ParseXML reads an XML document in UTF-8 or US-ASCII, or any single-byte text that keeps to ASCII. Entities other than
// those of XML itself are refused. The error is a *project.Fault.
func ParseXML(data []byte) (*Element, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := crowded(data, xmlMarks); err != nil {
		return nil, err
	}
	in := xml.NewDecoder(bytes.NewReader(data))
	in.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) { return input, nil }
	var (
		b     builder
		root  *Element
		stack []*Element
		texts [][]byte
	)
	for {
		token, err := in.RawToken()
		line, _ := in.InputPos()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) {
				return nil, project.NewFault(syntax.Line, "not valid XML: "+syntax.Msg)
			}
			return nil, project.NewFault(line, "not valid XML: "+err.Error())
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := b.count(line); err != nil {
				return nil, err
			}
			if err := b.deep(line, len(stack)); err != nil {
				return nil, err
			}
			e := newElement(t, line)
			switch {
			case len(stack) > 0:
				top := stack[len(stack)-1]
				top.Children = append(top.Children, e)
			case root == nil:
				root = e
			default:
				return nil, project.NewFault(line, "not valid XML: a second root element")
			}
			stack, texts = append(stack, e), append(texts, nil)
		case xml.EndElement:
			if len(stack) == 0 || stack[len(stack)-1].Name != t.Name.Local {
				return nil, project.NewFault(line, fmt.Sprintf("not valid XML: </%.40s> ends what did not begin", t.Name.Local))
			}
			top := stack[len(stack)-1]
			top.Text, top.EndLine = strings.TrimSpace(string(texts[len(texts)-1])), line
			stack, texts = stack[:len(stack)-1], texts[:len(texts)-1]
		case xml.CharData:
			if len(texts) > 0 {
				texts[len(texts)-1] = append(texts[len(texts)-1], t...)
			}
		}
	}
	switch {
	case root == nil:
		return nil, project.NewFault(1, "not valid XML: no element")
	case len(stack) > 0:
		return nil, project.NewFault(stack[len(stack)-1].Line, fmt.Sprintf("not valid XML: <%.40s> has no end; the file is cut off", stack[len(stack)-1].Name))
	}
	return root, nil
}

func newElement(t xml.StartElement, line int) *Element {
	e := &Element{Name: t.Name.Local, Space: t.Name.Space, Line: line}
	for _, a := range t.Attr {
		if e.Attrs == nil {
			e.Attrs = map[string]string{}
		}
		e.Attrs[a.Name.Local] = a.Value
	}
	return e
}

// Child returns the first child of this name below e, following names down; nil where one is missing.
func (e *Element) Child(names ...string) *Element {
	for _, name := range names {
		if e = first(e, name); e == nil {
			return nil
		}
	}
	return e
}

func first(e *Element, name string) *Element {
	if e != nil {
		for _, c := range e.Children {
			if c.Name == name {
				return c
			}
		}
	}
	return nil
}

// All returns the children of this name.
func (e *Element) All(name string) []*Element {
	var all []*Element
	if e != nil {
		for _, c := range e.Children {
			if c.Name == name {
				all = append(all, c)
			}
		}
	}
	return all
}

// Attr returns an attribute, "" where it is missing.
func (e *Element) Attr(name string) string {
	if e == nil {
		return ""
	}
	return e.Attrs[name]
}

// Content returns the text of the child of this name, "" where it is missing.
func (e *Element) Content(name string) string {
	if c := first(e, name); c != nil {
		return c.Text
	}
	return ""
}
