package dotnet

import (
	"strings"
)

// callees yields the methods that m certainly refers to, in the installed packages: those it calls, makes delegates of, or runs as
// the body of its iterator or asynchronous method; and the types of its own assembly that it mentions.
func (ix *index) callees(m method, yield func(method), mentions func(of *assembly, at int)) {
	if ix.spent += len(m.code()) + 1; ix.spent > maxWalked {
		return
	}
	self := m.name()
	touch := func(of *assembly, at int) {
		if at < 0 || at >= len(of.types) {
			return
		}
		mentions(of, at)
		if name := lastName(of.types[at].name); strings.HasPrefix(name, "<"+self+">") {
			for _, body := range of.named(at, "MoveNext") {
				yield(body)
			}
		}
	}
	b := m.of.reads
	m.tokens(func(table int, row uint32) {
		if table == tMethodSpec {
			blobTypes(b.metadata, b.cell(tMethodSpec, row, 1), func(at int) { touch(m.of, at) })
			table, row = b.coded(tMethodSpec, row, 0)
		}
		switch table {
		case tMethodDef:
			to := method{m.of, row}
			if row >= 1 && row <= b.rows[tMethodDef] {
				yield(to)
				touch(m.of, to.holder())
			}
		case 0x04: // a field: its type is ready before
			touch(m.of, m.of.ofField(row))
		case tTypeDef:
			touch(m.of, int(row)-1)
		case tTypeSpec:
			blobTypes(b.metadata, b.cell(tTypeSpec, row, 0), func(at int) { touch(m.of, at) })
		case tMemberRef:
			t, of := b.coded(tMemberRef, row, 0)
			if t == tTypeSpec {
				blobTypes(b.metadata, b.cell(tTypeSpec, of, 0), func(at int) { touch(m.of, at) })
				t, of = b.generic(of)
			}
			name := b.text(tMemberRef, row, 1)
			switch t {
			case tTypeDef:
				if of >= 1 && of <= uint32(len(m.of.types)) {
					touch(m.of, int(of)-1)
					for _, to := range m.of.named(int(of)-1, name) {
						yield(to)
					}
				}
			case tTypeRef:
				ix.resolve(m.of.typeRef(of), name, 0, yield)
			}
		}
	})
}

// resolve yields the methods of a type of another assembly, or of what that inherits from.
func (ix *index) resolve(r typeRef, name string, depth int, yield func(method)) {
	if r.assembly == "" || depth > 10 {
		return
	}
	for _, key := range ix.assembly[strings.ToLower(r.assembly)] {
		for _, a := range ix.libraries[key].assemblies {
			if !strings.EqualFold(a.name, r.assembly) {
				continue
			}
			at := a.find(r.typeName)
			if at < 0 {
				if f := a.forwarded[r.typeName]; !strings.EqualFold(f.assembly, r.assembly) {
					ix.resolve(f, name, depth+1, yield)
				}
				continue
			}
			found := a.named(at, name)
			for _, m := range found {
				yield(m)
			}
			if len(found) == 0 {
				switch t, row := a.reads.coded(tTypeDef, uint32(at)+1, 3); t {
				case tTypeRef:
					ix.resolve(a.typeRef(row), name, depth+1, yield)
				case tTypeDef:
					if row >= 1 && row <= uint32(len(a.types)) {
						ix.resolve(typeRef{a.types[row-1].typeName, a.name}, name, depth+1, yield)
					}
				}
			}
		}
	}
}

// typeRef returns a row of the types of others.
func (a *assembly) typeRef(row uint32) typeRef {
	if row < uint32(len(a.refRows)) {
		return a.refRows[row]
	}
	return typeRef{}
}

// ofField returns the type that holds a field; -1 where that cannot be told.
func (a *assembly) ofField(row uint32) int {
	low, high := 0, len(a.types)
	for low < high {
		mid := (low + high) / 2
		if a.reads.cell(tTypeDef, uint32(mid)+2, 4) > row || mid+1 == len(a.types) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if low < len(a.types) {
		return low
	}
	return -1
}

// blobTypes yields the assembly's own types that a signature may hold. It looks at every byte that may begin one, so that it
// yields too many rather than too few.
func blobTypes(m *metadata, at uint32, yield func(at int)) {
	b, _ := blob(m.blobs, at)
	for i := 0; i+1 < len(b) && i < maxName; i++ {
		if b[i] != 0x11 && b[i] != 0x12 {
			continue
		}
		value, n := compressed(b[i+1:])
		if t, row := decode('T', value); n > 0 && t == tTypeDef && row >= 1 && row <= m.rows[tTypeDef] {
			yield(int(row) - 1)
		}
	}
}

// way is how calls lead to a method.
type way struct {
	at   method
	prev *way
}

// Bounds of walks over calls: methods of one, and bytes of code of all.
const (
	maxMethods = 200_000
	maxWalked  = 512 << 20
)

// walk follows calls from the methods and returns the shortest way to one of goals; nil for none.
func (ix *index) walk(from []method, goals map[method]bool) *way {
	seen := map[method]bool{}
	var queue []*way
	add := func(m method, prev *way) {
		if !seen[m] && len(seen) < maxMethods {
			seen[m] = true
			queue = append(queue, &way{m, prev})
		}
	}
	for _, m := range from {
		add(m, nil)
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if goals[p.at] {
			return p
		}
		ix.callees(p.at, func(m method) { add(m, p) }, func(*assembly, int) {})
	}
	return nil
}

// may returns whether one of goals may run once one of from does, within one package. Beside what is called, a type that is
// mentioned may have any of its virtual methods, constructors and finalizers run by whoever gets it.
func (ix *index) may(from []method, goals map[method]bool) bool {
	seen, touched := map[method]bool{}, map[*assembly]map[int]bool{}
	var queue []method
	add := func(m method) {
		if !seen[m] {
			seen[m] = true
			queue = append(queue, m)
		}
	}
	var touch func(a *assembly, at int)
	touch = func(a *assembly, at int) {
		if touched[a] == nil {
			touched[a] = map[int]bool{}
		}
		if touched[a][at] {
			return
		}
		touched[a][at] = true
		for _, m := range a.methods(at) {
			if name := m.name(); m.isVirtual() || name == ".cctor" || name == ".ctor" || strings.HasPrefix(name, "op_") {
				add(m)
			}
		}
		if t, row := a.reads.coded(tTypeDef, uint32(at)+1, 3); t == tTypeDef && row >= 1 && row <= uint32(len(a.types)) {
			touch(a, int(row)-1)
		}
	}
	for _, m := range from {
		add(m)
	}
	for len(queue) > 0 {
		m := queue[0]
		queue = queue[1:]
		if at := m.holder(); at >= 0 {
			touch(m.of, at)
		}
		if goals[m] || len(seen) > maxMethods || ix.spent > maxWalked {
			return true
		}
		ix.callees(m, add, touch)
	}
	return false
}
