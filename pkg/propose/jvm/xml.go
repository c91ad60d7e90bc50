package jvm

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of an XML file, which the reader that found it keeps to as well.
const (
	maxElements = 200_000
	maxNesting  = 200
	maxText     = 8 << 20 // bytes
)

// element is an element of an XML text and where it stands there, in bytes: its tags and what is between.
type element struct {
	name                   string
	start, open, shut, end int // of <, after >, of </, after its >
	line                   int // of the end of its first tag, as document.Element has it
	children               []*element
	up                     *element
}

// parseXML finds out where the elements of a text are. Only places matter, so bytes beyond ASCII and entities count as letters.
func parseXML(text string) (*element, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("larger than %d MiB: %w", maxText>>20, fettle.ErrRefused)
	}
	plain := []byte(text)
	for i, c := range plain {
		if c >= 0x80 || c == '&' {
			plain[i] = 'x'
		}
	}
	if strings.HasPrefix(text, "\xef\xbb\xbf") {
		copy(plain, "   ")
	}
	in := xml.NewDecoder(bytes.NewReader(plain))
	in.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	bad := func(why string) (*element, error) {
		return nil, fmt.Errorf("not valid XML: %s: %w", why, fettle.ErrRefused)
	}
	root := &element{}
	at, count := root, 0
	for {
		from := int(in.InputOffset())
		token, err := in.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bad(err.Error())
		}
		to := int(in.InputOffset())
		switch t := token.(type) {
		case xml.StartElement:
			if count++; count > maxElements || depth(at) > maxNesting {
				return bad("too many elements")
			}
			e := &element{name: t.Name.Local, start: from, open: to, up: at}
			e.line, _ = in.InputPos()
			at.children = append(at.children, e)
			at = e
		case xml.EndElement:
			if at == root || at.name != t.Name.Local {
				return bad("</" + t.Name.Local + "> ends what did not begin")
			}
			at.shut, at.end = from, to
			at = at.up
		}
	}
	if at != root || len(root.children) != 1 {
		return bad("the file is cut off or has several roots")
	}
	root.children[0].up = nil
	return root.children[0], nil
}

func depth(e *element) int {
	n := 0
	for ; e.up != nil; e = e.up {
		n++
	}
	return n
}

// child returns the first child of this name, following names down; nil where one is missing.
func (e *element) child(names ...string) *element {
	for _, name := range names {
		var next *element
		if e != nil {
			for _, c := range e.children {
				if c.name == name && next == nil {
					next = c
				}
			}
		}
		e = next
	}
	return e
}

// all returns the elements of this name below e, at any depth.
func (e *element) all(name string) []*element {
	var list []*element
	for _, c := range e.children {
		if c.name == name {
			list = append(list, c)
		}
		list = append(list, c.all(name)...)
	}
	return list
}

// content is what stands in the child of this name, trimmed; "" where there is none.
func (e *element) content(text, name string) string {
	if c := e.child(name); c != nil {
		return strings.TrimSpace(text[c.open:c.shut])
	}
	return ""
}

// selfClosing reports whether e is written as <e/>.
func (e *element) selfClosing(text string) bool { return strings.HasSuffix(text[e.start:e.open], "/>") }
