package surface

import (
	"encoding/binary"
	"errors"
	"strings"
)

// class is what a class file declares, JVMS chapter 4. Code is not read.
type class struct {
	name, super string // with slashes and dollars
	interfaces  []string
	major       int // of the class file version: 52 is Java 8
	access      uint16
	fields      []classMember
	methods     []classMember
}

type classMember struct {
	name, descriptor string
	access           uint16
}

const (
	accPublic     = 0x0001
	accPrivate    = 0x0002
	accProtected  = 0x0004
	accStatic     = 0x0008
	accFinal      = 0x0010
	accVarargs    = 0x0080
	accInterface  = 0x0200
	accAbstract   = 0x0400
	accSynthetic  = 0x1000
	accAnnotation = 0x2000
)

func (m classMember) visible() bool {
	return m.access&(accPublic|accProtected) != 0 && m.access&accSynthetic == 0
}

var errClass = errors.New("is no class file that can be read")

// classReader walks the bytes of a class file; past the end it yields zeros and remembers.
type classReader struct {
	data  []byte
	at    int
	short bool
}

func (r *classReader) bytes(n int) []byte {
	if n < 0 || r.short || n > len(r.data)-r.at {
		r.short = true
		return nil
	}
	b := r.data[r.at : r.at+n]
	r.at += n
	return b
}

func (r *classReader) u2() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *classReader) u4() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// parseClass reads a class file.
func parseClass(data []byte) (*class, error) {
	r := &classReader{data: data}
	if r.u4() != 0xcafebabe {
		return nil, errClass
	}
	r.u2()
	c := &class{major: int(r.u2())}
	texts, names := map[uint16]string{}, map[uint16]uint16{}
	count := int(r.u2())
	for i := 1; i < count && !r.short; i++ {
		tag := r.bytes(1)
		if tag == nil {
			break
		}
		switch tag[0] {
		case 1:
			texts[uint16(i)] = string(r.bytes(int(r.u2())))
		case 7:
			names[uint16(i)] = r.u2()
		case 8, 16, 19, 20:
			r.u2()
		case 15:
			r.bytes(3)
		case 3, 4, 9, 10, 11, 12, 17, 18:
			r.u4()
		case 5, 6:
			r.bytes(8)
			i++ // takes two entries, JVMS 4.4.5
		default:
			return nil, errClass
		}
	}
	c.access = r.u2()
	c.name = texts[names[r.u2()]]
	c.super = texts[names[r.u2()]]
	for range r.u2() {
		if r.short {
			break
		}
		c.interfaces = append(c.interfaces, texts[names[r.u2()]])
	}
	c.fields = r.members(texts)
	c.methods = r.members(texts)
	if r.short || c.name == "" {
		return nil, errClass
	}
	return c, nil
}

func (r *classReader) members(texts map[uint16]string) []classMember {
	var list []classMember
	for range r.u2() {
		m := classMember{access: r.u2(), name: texts[r.u2()], descriptor: texts[r.u2()]}
		for range r.u2() {
			r.u2()
			r.bytes(int(r.u4()))
			if r.short {
				return list
			}
		}
		if r.short {
			return list
		}
		list = append(list, m)
	}
	return list
}

// arguments are the parameter types of a method's descriptor, as it writes them.
func (m classMember) arguments() []string {
	var list []string
	text := strings.TrimPrefix(m.descriptor, "(")
	for len(text) > 0 && text[0] != ')' {
		i := 0
		for i < len(text)-1 && text[i] == '[' {
			i++
		}
		if text[i] == 'L' {
			end := strings.IndexByte(text[i:], ';')
			if end < 0 {
				return list
			}
			i += end
		}
		list = append(list, text[:i+1])
		text = text[i+1:]
	}
	return list
}

// result is the class that a method returns or a field holds, "" for none.
func (m classMember) result() string {
	text := m.descriptor[strings.IndexByte(m.descriptor, ')')+1:]
	if strings.HasPrefix(text, "L") && strings.HasSuffix(text, ";") {
		return text[1 : len(text)-1]
	}
	return ""
}
