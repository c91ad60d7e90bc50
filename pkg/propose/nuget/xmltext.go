package nuget

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of one project file.
const (
	maxFile   = 8 << 20
	maxTokens = 1_000_000
	maxDepth  = 200
)

// span is a part of a text.
type span struct{ from, to int }

// value is a text that an attribute or an element holds, and where.
type value struct {
	text string
	at   span
}

// item is an element of a project file that names a package, or a package of a packages.config.
type item struct {
	kind      string // in lower case
	name      string
	verb      string  // include or update, in lower case
	versions  []value // of Version and VersionOverride, attributes or elements
	condition bool
	element   span
	group     int // which of the groups it stands in; -1 is none
	line      int
}

// property is an element of a PropertyGroup.
type property struct {
	name string
	value
	condition bool // its own or its group's
	line      int
}

// group is an ItemGroup.
type group struct {
	condition bool
	end       int // where its end tag begins
}

// projectFile is what matters of a project file or of a packages.config, with places in its text.
type projectFile struct {
	items      []item
	properties []property
	groups     []group
	end        int // where the end tag of the root begins; 0 where the root has none of its own
}

// kinds are the items that name a package.
var kinds = []string{"packagereference", "packageversion", "globalpackagereference", "packagedownload", "dotnetclitoolreference", "package"}

// parse reads a project file. What is not XML in UTF-8 is refused.
func parse(file, text string) (*projectFile, error) {
	fail := func(line int, err error) (*projectFile, error) {
		return nil, fmt.Errorf("%s:%d: cannot be edited: %w: %w", file, line, err, fettle.ErrRefused)
	}
	if len(text) > maxFile {
		return fail(1, fmt.Errorf("larger than %d MiB", maxFile>>20))
	}
	p := &parser{file: &projectFile{}, text: text, within: -1}
	d := xml.NewDecoder(bytes.NewReader([]byte(text)))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
			return in, nil
		}
		return nil, fmt.Errorf("it is written in %.40s; want UTF-8", charset)
	}
	for n := 0; ; n++ {
		from := int(d.InputOffset())
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := d.InputPos()
		if err == nil && (n > maxTokens || len(p.stack) > maxDepth) {
			err = errors.New("it has too many elements, or too deep ones")
		}
		if err == nil {
			err = p.token(token, span{from, int(d.InputOffset())}, line)
		}
		if err != nil {
			return fail(line, err)
		}
	}
	if len(p.stack) > 0 {
		return fail(1, fmt.Errorf("<%.40s> has no end", p.stack[len(p.stack)-1].name))
	}
	return p.file, nil
}

// open is an element that has not ended.
type open struct {
	name      string
	condition bool
	item      int // index of the item that it is; -1 where it is none
	text      span
	content   string
	children  bool
}

type parser struct {
	file   *projectFile
	text   string
	stack  []open
	within int // index of the group
	line   int
}

func (p *parser) token(t xml.Token, at span, line int) error {
	switch t := t.(type) {
	case xml.StartElement:
		p.start(t, at, line)
	case xml.CharData:
		if n := len(p.stack); n > 0 {
			if top := &p.stack[n-1]; top.text.to == 0 {
				top.text, top.content = at, string(t)
			} else {
				top.children = true // it is in parts
			}
		}
	case xml.EndElement:
		n := len(p.stack)
		if n == 0 || p.stack[n-1].name != t.Name.Local {
			return fmt.Errorf("</%.40s> ends nothing", t.Name.Local)
		}
		p.end(at, line)
	}
	return nil
}

func (p *parser) start(t xml.StartElement, at span, line int) {
	o := open{name: t.Name.Local, item: -1}
	kind := strings.ToLower(t.Name.Local)
	attrs := attributes(p.text[at.from:at.to], at.from)
	for _, a := range attrs {
		o.condition = o.condition || strings.EqualFold(a.name, "condition")
	}
	if n := len(p.stack); n > 0 {
		p.stack[n-1].children = true
	}
	switch {
	case kind == "itemgroup":
		p.within = len(p.file.groups)
		p.file.groups = append(p.file.groups, group{condition: o.condition || p.conditioned()})
	case slices.Contains(kinds, kind):
		it := item{kind: kind, condition: o.condition || p.conditioned(), element: at, group: p.within, line: line}
		for _, a := range attrs {
			switch strings.ToLower(a.name) {
			case "include", "update", "id":
				it.verb, it.name = strings.ToLower(a.name), a.text
			case "version", "versionoverride":
				it.versions = append(it.versions, a.value)
			}
		}
		o.item = len(p.file.items)
		p.file.items = append(p.file.items, it)
	}
	p.stack = append(p.stack, o)
}

// conditioned reports whether an element around the place at hand has a condition.
func (p *parser) conditioned() bool {
	return slices.ContainsFunc(p.stack, func(o open) bool {
		return o.condition || strings.EqualFold(o.name, "when") || strings.EqualFold(o.name, "otherwise") || strings.EqualFold(o.name, "target")
	})
}

func (p *parser) end(at span, line int) {
	n := len(p.stack)
	o := p.stack[n-1]
	p.stack = p.stack[:n-1]
	kind := strings.ToLower(o.name)
	switch {
	case kind == "itemgroup" && p.within >= 0:
		p.file.groups[p.within].end = at.from
		p.within = -1
	case o.item >= 0:
		p.file.items[o.item].element.to = at.to
	case n > 1 && p.stack[n-2].item >= 0 && (kind == "version" || kind == "versionoverride") && !o.children && o.text.to > 0:
		it := &p.file.items[p.stack[n-2].item]
		it.versions = append(it.versions, value{o.content, o.text})
	case n > 1 && strings.EqualFold(p.stack[n-2].name, "propertygroup"):
		v := property{name: o.name, condition: o.condition || p.conditioned(), line: line}
		if !o.children {
			v.value = value{o.content, o.text}
		}
		p.file.properties = append(p.file.properties, v)
	case n == 1 && at.to > at.from:
		p.file.end = at.from
	}
}

// attribute is one of a tag.
type attribute struct {
	name string
	value
}

// attributes reads those of a tag that has been found well-formed, with the places of their values in the whole text.
func attributes(tag string, offset int) []attribute {
	var list []attribute
	for at := strings.IndexAny(tag, " \t\r\n"); at >= 0 && at < len(tag); {
		rest := tag[at:]
		eq := strings.IndexByte(rest, '=')
		if eq < 0 {
			break
		}
		name := strings.TrimSpace(rest[:eq])
		open := strings.IndexAny(rest[eq:], `"'`)
		if open < 0 {
			break
		}
		open += eq
		length := strings.IndexByte(rest[open+1:], rest[open])
		if length < 0 {
			break
		}
		from := at + open + 1
		list = append(list, attribute{name, value{tag[from : from+length], span{offset + from, offset + from + length}}})
		at = from + length + 1
	}
	return list
}
