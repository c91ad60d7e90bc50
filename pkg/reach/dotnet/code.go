package dotnet

import "strings"

// method is one method of an assembly, by its row.
type method struct {
	of  *assembly
	row uint32
}

// maxCode bounds the code of one method, in bytes.
const maxCode = 4 << 20

// code returns the instructions of a method (II.25.4); nil where it has none here.
func (m method) code() []byte {
	b := m.of.reads
	address := b.cell(tMethodDef, m.row, 0)
	if address == 0 {
		return nil
	}
	body := b.image.at(address)
	if len(body) == 0 {
		return nil
	}
	from, size := uint32(1), uint32(body[0]>>2)
	if body[0]&3 == 3 {
		from, size = u16(body, 0)>>12*4, u32(body, 4)
	}
	if size > maxCode || uint64(from)+uint64(size) > uint64(len(body)) {
		return nil
	}
	return body[from : from+size]
}

// operands are the sizes of what follows an instruction (III.1.9), where that is not nothing: t is a token of four bytes, s a switch.
var operands, operandsFE = operandSizes()

func operandSizes() (one, two [256]byte) {
	set := func(to *[256]byte, kind byte, ranges ...int) {
		for i := 0; i < len(ranges); i += 2 {
			for op := ranges[i]; op <= ranges[i+1]; op++ {
				to[op] = kind
			}
		}
	}
	set(&one, 1, 0x0e, 0x13, 0x1f, 0x1f, 0x2b, 0x37, 0xde, 0xde)
	set(&one, 4, 0x20, 0x20, 0x22, 0x22, 0x38, 0x44, 0xdd, 0xdd)
	set(&one, 8, 0x21, 0x21, 0x23, 0x23)
	set(&one, 't', 0x27, 0x29, 0x6f, 0x75, 0x79, 0x79, 0x7b, 0x81, 0x8c, 0x8d, 0x8f, 0x8f, 0xa3, 0xa5, 0xc2, 0xc2, 0xc6, 0xc6, 0xd0, 0xd0)
	set(&one, 's', 0x45, 0x45)
	set(&two, 't', 0x06, 0x07, 0x15, 0x16, 0x1c, 0x1c)
	set(&two, 2, 0x09, 0x0e)
	set(&two, 1, 0x12, 0x12, 0x19, 0x19)
	return one, two
}

// tokens yields what the instructions of a method refer to: a table and a row.
func (m method) tokens(yield func(table int, row uint32)) {
	code := m.code()
	for at := uint32(0); at < uint32(len(code)); {
		kind := operands[code[at]]
		if code[at] == 0xfe && at+1 < uint32(len(code)) {
			at++
			kind = operandsFE[code[at]]
		}
		at++
		switch kind {
		case 't':
			token := u32(code, at)
			yield(int(token>>24), token&0xffffff)
			at += 4
		case 's':
			n := u32(code, at)
			if n > uint32(len(code)) {
				return
			}
			at += 4 + 4*n
		default:
			at += uint32(kind)
		}
	}
}

func (m method) name() string { return m.of.reads.text(tMethodDef, m.row, 3) }

// isVirtual reports whether a call of another method may run this one.
func (m method) isVirtual() bool { return m.of.reads.cell(tMethodDef, m.row, 2)&0x40 != 0 }

// holder is the index of the type that the method belongs to; -1 for none.
func (m method) holder() int {
	low, high := 0, len(m.of.types)
	for low < high { // types come in the order of their methods
		mid := (low + high) / 2
		if m.of.types[mid].last <= m.row {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(m.of.types) && m.of.types[low].first <= m.row {
		return low
	}
	return -1
}

// full is the method's name with that of its type.
func (m method) full() string {
	if at := m.holder(); at >= 0 {
		return m.of.types[at].full() + "." + property(m.name())
	}
	return m.name()
}

// methods are those of a type.
func (a *assembly) methods(at int) []method {
	var list []method
	for row := a.types[at].first; row < a.types[at].last && row <= a.reads.rows[tMethodDef]; row++ {
		list = append(list, method{a, row})
	}
	return list
}

// named are the methods of the type with this name, as the language writes it.
func (a *assembly) named(at int, name string) []method {
	var list []method
	for _, m := range a.methods(at) {
		if have := m.name(); have == name || property(have) == name || have == ".ctor" && name == lastName(a.types[at].name) || have == "get_Item" && name == "this" {
			list = append(list, m)
		}
	}
	return list
}

func lastName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// find returns the index of a type by its full name; -1 for none.
func (a *assembly) find(t typeName) int {
	if a.byName == nil {
		a.byName = map[typeName]int{}
		for i, d := range a.types {
			if _, ok := a.byName[d.typeName]; !ok {
				a.byName[d.typeName] = i
			}
		}
	}
	if at, ok := a.byName[t]; ok {
		return at
	}
	return -1
}
