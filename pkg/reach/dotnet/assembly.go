package dotnet

import (
	"slices"
	"strings"
)

// assembly is what one file says of itself and of others.
type assembly struct {
	name     string
	refs     []string // names of assemblies
	types    []typeDef
	forwards []typeName // types that are to be found in another assembly now
	members  []member   // that it takes of other assemblies' types
	uses     []typeRef  // other assemblies' types
	natives  []string   // libraries that it calls by P/Invoke
	strings  []string   // literals, and texts in attributes, that may name a type or an assembly
	reads    *body      // for its code

	forwarded map[typeName]typeRef // forwards, with where to
	refRows   []typeRef            // uses, by row
	byName    map[typeName]int
}

type typeName struct{ namespace, name string } // name without the count of its parameters; Outer.Inner where it is nested

func (t typeName) full() string {
	if t.namespace == "" {
		return t.name
	}
	return t.namespace + "." + t.name
}

type typeDef struct {
	typeName
	public     bool
	extensions []string // names of extension methods
	methods    []string // all names, those of properties without get_ and set_
	first      uint32   // its methods in the table
	last       uint32
}

type typeRef struct {
	typeName
	assembly string
}

type member struct {
	typeRef
	method string
}

// body is where the code of an assembly is.
type body struct {
	image *image
	*metadata
}

// maxTypes bounds what is read of one assembly.
const maxTypes = 200_000

// readAssembly reads a .dll or .exe. It is hostile: the error is errNative or errBroken.
func readAssembly(data []byte) (*assembly, error) {
	im, root, err := openImage(data)
	if err != nil {
		return nil, err
	}
	m, err := readMetadata(root)
	if err != nil {
		return nil, err
	}
	if m.rows[tTypeDef] > maxTypes || m.rows[tMemberRef] > 10*maxTypes || m.rows[tAssembly] > 1 {
		return nil, errBroken
	}
	a := &assembly{name: m.text(tAssembly, 1, 7), reads: &body{im, m}, forwarded: map[typeName]typeRef{}}
	for row := uint32(1); row <= m.rows[tAssemblyRef]; row++ {
		a.refs = append(a.refs, m.text(tAssemblyRef, row, 6))
	}
	for row := uint32(1); row <= m.rows[tModuleRef]; row++ {
		a.natives = append(a.natives, m.text(tModuleRef, row, 0))
	}
	if !a.takeTypes(m) {
		return nil, errBroken
	}
	refs := a.takeRefs(m)
	a.refRows = refs
	for row := uint32(1); row <= m.rows[tExportedType]; row++ {
		if t, of := m.coded(tExportedType, row, 4); t == tAssemblyRef {
			name := typeName{m.text(tExportedType, row, 3), bare(m.text(tExportedType, row, 2))}
			a.forwards = append(a.forwards, name)
			a.forwarded[name] = typeRef{name, m.text(tAssemblyRef, of, 6)}
		}
	}
	a.takeMembers(m, refs)
	a.takeStrings(m, refs)
	return a, nil
}

// bare is a type's name without the count of its parameters.
func bare(name string) string {
	name, _, _ = strings.Cut(name, "`")
	return name
}

// property is a method's name without what the compiler puts before the name of a property or event.
func property(name string) string {
	for _, prefix := range []string{"get_", "set_", "add_", "remove_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return rest
		}
	}
	return name
}

// takeTypes reads the types with their methods, and reports whether each method belongs to one type only.
func (a *assembly) takeTypes(m *metadata) bool {
	outer := map[uint32]uint32{}
	for row := uint32(1); row <= m.rows[tNestedClass]; row++ {
		outer[m.cell(tNestedClass, row, 0)] = m.cell(tNestedClass, row, 1)
	}
	extensions, next := a.extensionMethods(m), uint32(0)
	for row := uint32(1); row <= m.rows[tTypeDef]; row++ {
		flags := m.cell(tTypeDef, row, 0) & 7
		d := typeDef{typeName: typeName{m.text(tTypeDef, row, 2), bare(m.text(tTypeDef, row, 1))}, public: flags == 1 || flags == 2, first: m.cell(tTypeDef, row, 5)}
		if d.last = m.cell(tTypeDef, row+1, 5); row == m.rows[tTypeDef] {
			d.last = m.rows[tMethodDef] + 1
		}
		if o := outer[row]; o > 0 && o < row { // an outer type comes first (II.22)
			around := a.types[o-1]
			d.typeName = typeName{around.namespace, around.name + "." + d.name}
			if len(d.name) > maxName {
				d.name = d.name[:maxName]
			}
			d.public = d.public && around.public
		}
		if d.first < next && d.last > d.first {
			return false
		}
		next = max(next, d.last)
		for method := d.first; method < d.last && method <= m.rows[tMethodDef]; method++ {
			name := m.text(tMethodDef, method, 3)
			d.methods = append(d.methods, property(name))
			if extensions[method] {
				d.extensions = append(d.extensions, name)
			}
		}
		a.types = append(a.types, d)
	}
	return true
}

// extensionMethods are the rows of methods that carry ExtensionAttribute.
func (a *assembly) extensionMethods(m *metadata) map[uint32]bool {
	found := map[uint32]bool{}
	for row := uint32(1); row <= m.rows[tCustomAttribute]; row++ {
		if t, method := m.coded(tCustomAttribute, row, 0); t == tMethodDef {
			if of := m.attribute(row); of == "ExtensionAttribute" {
				found[method] = true
			}
		}
	}
	return found
}

// attribute is the simple name of the type of a custom attribute.
func (m *metadata) attribute(row uint32) string {
	switch t, ctor := m.coded(tCustomAttribute, row, 1); t {
	case tMemberRef:
		switch t, of := m.coded(tMemberRef, ctor, 0); t {
		case tTypeRef:
			return m.text(tTypeRef, of, 1)
		case tTypeDef:
			return m.text(tTypeDef, of, 1)
		}
	}
	return "" // of the assembly itself
}

// takeRefs reads the types of others, and returns them by row.
func (a *assembly) takeRefs(m *metadata) []typeRef {
	refs := make([]typeRef, m.rows[tTypeRef]+1)
	for row := uint32(1); row <= m.rows[tTypeRef]; row++ {
		r := typeRef{typeName: typeName{m.text(tTypeRef, row, 2), bare(m.text(tTypeRef, row, 1))}}
		at := row
		for range 8 { // a nested type's scope is the type around it
			t, scope := m.coded(tTypeRef, at, 0)
			if t == tAssemblyRef {
				r.assembly = m.text(tAssemblyRef, scope, 6)
			}
			if t != tTypeRef || scope == at {
				break
			}
			at = scope
			r.typeName = typeName{m.text(tTypeRef, at, 2), bare(m.text(tTypeRef, at, 1)) + "." + r.name}
		}
		refs[row] = r
		if r.assembly != "" {
			a.uses = append(a.uses, r)
		}
	}
	return refs
}

func (a *assembly) takeMembers(m *metadata, refs []typeRef) {
	for row := uint32(1); row <= m.rows[tMemberRef]; row++ {
		t, of := m.coded(tMemberRef, row, 0)
		if t == tTypeSpec {
			t, of = m.generic(of)
		}
		if t == tTypeRef && of < uint32(len(refs)) && refs[of].assembly != "" {
			a.members = append(a.members, member{refs[of], property(m.text(tMemberRef, row, 1))})
		}
	}
}

// generic is the type that a TypeSpec is an instance of (II.23.2.14).
func (m *metadata) generic(row uint32) (table int, of uint32) {
	b, _ := blob(m.blobs, m.cell(tTypeSpec, row, 0))
	if len(b) < 3 || b[0] != 0x15 {
		return -1, 0
	}
	value, n := compressed(b[2:])
	if n == 0 {
		return -1, 0
	}
	return decode('T', value)
}

// unnamed are attributes whose texts name what is not loaded for them.
var unnamed = []string{"InternalsVisibleToAttribute", "AssemblyMetadataAttribute", "AssemblyTitleAttribute", "AssemblyProductAttribute", "AssemblyDescriptionAttribute",
	"AssemblyCompanyAttribute", "AssemblyCopyrightAttribute", "AssemblyInformationalVersionAttribute", "AssemblyFileVersionAttribute", "TargetFrameworkAttribute",
	"ObsoleteAttribute", "EditorBrowsableAttribute", "ExtensionAttribute", "CompilerGeneratedAttribute", "NullableAttribute", "NullableContextAttribute",
	"SuppressMessageAttribute", "UnconditionalSuppressMessageAttribute", "DebuggerDisplayAttribute", "AssemblyTrademarkAttribute", "AssemblyConfigurationAttribute",
	"DescriptionAttribute", "RequiresUnreferencedCodeAttribute", "AssemblyKeyFileAttribute", "TupleElementNamesAttribute", "AssemblyDelaySignAttribute"}

// takeStrings keeps what may name a type or an assembly: it has a letter, and no more than a name, its type and its version.
func (a *assembly) takeStrings(m *metadata, refs []typeRef) {
	for s := range m.userStrings {
		a.strings = append(a.strings, s)
	}
	for row := uint32(1); row <= m.rows[tCustomAttribute]; row++ {
		b, _ := blob(m.blobs, m.cell(tCustomAttribute, row, 2))
		if len(b) <= 8 || len(b) > 4096 || slices.Contains(unnamed, m.attribute(row)) {
			continue
		}
		a.strings = append(a.strings, string(b))
	}
}
