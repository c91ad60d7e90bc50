package java

import (
	"encoding/binary"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// maxClass is the largest class file that is read, in bytes.
const maxClass = 4 << 20

// class is what one class file says of others. Names are dotted, those of nested classes with a dollar sign.
type class struct {
	name   string
	supers []string // the class that it extends, and its interfaces
	refs   []string // classes that it names as such: in code, signatures and annotations
	texts  []string // words in its strings that may name classes, packages or resources
	calls  []member // methods that its code calls
	own    []string // methods that it has a body or a declaration of

	classIDs bool // it has an annotation of Jackson's, perhaps, by which input names classes
}

// member is a method of a class.
type member struct{ class, name string }

// Tags of the constant pool, as section 4.4 of the JVM specification numbers them.
const (
	tagUTF8, tagInteger, tagFloat, tagLong, tagDouble                = 1, 3, 4, 5, 6
	tagClass, tagString, tagField, tagMethod, tagInterface, tagNamed = 7, 8, 9, 10, 11, 12
	tagHandle, tagType, tagDynamic, tagInvoke, tagModule, tagPackage = 15, 16, 17, 18, 19, 20
)

// simple is what a name put after that of a package looks like.
var simple = regexp.MustCompile(`^\.?[A-Z][A-Za-z0-9_$]{2,80}$`)

var errClass = errors.New("is no class file, or is cut off")

// reader takes numbers off a class file. After its end it gives zeros and short is true.
type reader struct {
	data  []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.short, r.data = true, nil
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) u1() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (r *reader) u2() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) u4() int {
	if b := r.take(4); b != nil {
		return int(binary.BigEndian.Uint32(b))
	}
	return 0
}

// constant is one entry of the pool: a text, or the numbers of others.
type constant struct {
	tag  int
	a, b int
	text string
}

// pool reads the constant pool.
func (r *reader) pool() []constant {
	if r.u4() != 0xcafebabe {
		r.short = true
		return nil
	}
	r.take(4) // the version
	pool := make([]constant, max(r.u2(), 1))
	for i := 1; i < len(pool) && !r.short; i++ {
		c := constant{tag: r.u1()}
		switch c.tag {
		case tagUTF8:
			c.text = string(r.take(r.u2()))
		case tagInteger, tagFloat:
			r.take(4)
		case tagLong, tagDouble:
			r.take(8)
		case tagClass, tagString, tagType, tagModule, tagPackage:
			c.a = r.u2()
		case tagField, tagMethod, tagInterface, tagNamed, tagDynamic, tagInvoke:
			c.a, c.b = r.u2(), r.u2()
		case tagHandle:
			r.u1()
			c.a = r.u2()
		default:
			r.short = true
		}
		pool[i] = c
		if c.tag == tagLong || c.tag == tagDouble {
			i++ // they take two numbers
		}
	}
	return pool
}

// readClass reads a class file.
func readClass(data []byte) (*class, error) {
	r := &reader{data: data}
	pool := r.pool()
	at := func(i, tag int) constant {
		if i > 0 && i < len(pool) && pool[i].tag == tag {
			return pool[i]
		}
		return constant{}
	}
	named := func(i int) string { return plainName(at(at(i, tagClass).a, tagUTF8).text) }
	r.u2() // access
	c := &class{name: named(r.u2())}
	if super := named(r.u2()); super != "" {
		c.supers = append(c.supers, super)
	}
	for range r.u2() {
		if r.short {
			break
		}
		c.supers = append(c.supers, named(r.u2()))
	}
	c.members(r, func(i int) string { return at(i, tagUTF8).text })
	if r.short {
		return nil, errClass
	}
	refs, texts := map[string]bool{}, map[string]bool{}
	ids := false
	for _, k := range pool {
		switch k.tag {
		case tagClass:
			if name := plainName(at(k.a, tagUTF8).text); name != "" {
				refs[name] = true
			}
		case tagUTF8:
			ids = ids || k.text == "CLASS" || k.text == "MINIMAL_CLASS"
			descriptors(k.text, refs)
			words(k.text, func(word string) { texts[word] = true })
		case tagString:
			if text := at(k.a, tagUTF8).text; simple.MatchString(text) {
				texts[text] = true
			}
		case tagMethod, tagInterface:
			c.calls = append(c.calls, member{named(k.a), at(at(k.b, tagNamed).a, tagUTF8).text})
		}
	}
	c.classIDs = ids && (refs["com.fasterxml.jackson.annotation.JsonTypeInfo$Id"] || refs["org.codehaus.jackson.annotate.JsonTypeInfo$Id"])
	delete(refs, c.name)
	c.refs, c.texts = keys(refs), keys(texts)
	return c, nil
}

// members skips the fields and notes the names of the methods.
func (c *class) members(r *reader, text func(int) string) {
	for kind := range 2 {
		for range r.u2() {
			if r.short {
				return
			}
			r.u2()
			name := text(r.u2())
			r.u2()
			if kind == 1 {
				c.own = append(c.own, name)
			}
			for range r.u2() {
				if r.short {
					return
				}
				r.u2()
				r.take(r.u4())
			}
		}
	}
}

func keys(set map[string]bool) []string {
	all := make([]string, 0, len(set))
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// plainName is the dotted name of a class, of its elements where it is an array; "" for an array of numbers.
func plainName(name string) string {
	if strings.HasPrefix(name, "[") {
		name = strings.TrimLeft(name, "[")
		if !strings.HasPrefix(name, "L") {
			return ""
		}
		name = strings.TrimSuffix(name[1:], ";")
	}
	return strings.ReplaceAll(name, "/", ".")
}

// descriptors takes the classes out of a descriptor or signature: (La/B;[La/C<La/D;>;)V.
func descriptors(text string, into map[string]bool) {
	if !strings.Contains(text, ";") || !strings.Contains(text, "L") || len(text) > 1<<14 {
		return
	}
	for i := 0; i < len(text); i++ {
		if text[i] != 'L' || i > 0 && nameByte(text[i-1]) && !strings.ContainsRune("BCDFIJSZV", rune(text[i-1])) {
			continue
		}
		end := i + 1
		for end < len(text) && nameByte(text[end]) && text[end] != '.' {
			end++
		}
		if end == len(text) || end == i+1 || text[end] != ';' && text[end] != '<' && text[end] != '.' {
			continue
		}
		into[strings.ReplaceAll(text[i+1:end], "/", ".")] = true
		i = end - 1
	}
}

// nameByte reports whether c may stand in a dotted or slashed name. Letters outside of ASCII may.
func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c == '.' || c == '/' || c == '-' || c >= 0x80
}

// maxWord is the longest name that is looked for in a text, in bytes.
const maxWord = 300

// words calls yield with each word of text that may be a dotted or slashed name.
func words(text string, yield func(string)) {
	for i := 0; i < len(text); {
		if !nameByte(text[i]) {
			i++
			continue
		}
		end, inner := i, false
		for end < len(text) && nameByte(text[end]) {
			inner = inner || text[end] == '.' || text[end] == '/'
			end++
		}
		if inner && end-i >= 3 && end-i <= maxWord {
			yield(text[i:end])
		}
		i = end
	}
}
