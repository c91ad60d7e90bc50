package syntax

import "strings"

// pyScope is a module, class, function, lambda or comprehension.
type pyScope struct {
	parent *pyScope
	module *pyScope // nil in the module itself
	names  map[string]*pyBinding
	in     string // the definition, as Definition has it
	class  bool   // seen by its own statements, not by the functions in it
}

// pyBinding is what one name may stand for in one scope.
type pyBinding struct {
	refs    []pyRef
	defined string // the definition in this file
	values  []Node // what is assigned
	loops   []Node // what is iterated over
	locals  int    // other bindings
}

// pyRef is a thing of a module. Deeper is the longest module that is imported along with it.
type pyRef struct {
	module, path, deeper string
}

const maxRefs = 8 // of one name: of more nobody makes sense

func (s *pyScope) top() *pyScope {
	if s.module == nil {
		return s
	}
	return s.module
}

// function is the scope that an assignment expression binds in.
func (s *pyScope) function() *pyScope { return s }

func (s *pyScope) bind(name string) *pyBinding {
	b := s.names[name]
	if b == nil {
		b = &pyBinding{}
		s.names[name] = b
	}
	if b == pyOuter {
		return s.top().bind(name)
	}
	return b
}

// pyOuter marks a name that a function takes from the module by a global statement.
var pyOuter = &pyBinding{}

func (s *pyScope) outer(name string) {
	if s.module != nil && s.names[name] == nil {
		s.names[name] = pyOuter
	}
}

func (b *pyBinding) refer(r pyRef) {
	if len(b.refs) < maxRefs {
		b.refs = append(b.refs, r)
	}
}

func (b *pyBinding) define(name string) { b.defined = name }

func (b *pyBinding) value(n Node) {
	if len(b.values) < maxRefs {
		b.values = append(b.values, n)
	} else {
		b.locals++
	}
}

func (b *pyBinding) loop(n Node) {
	if len(b.loops) < maxRefs {
		b.loops = append(b.loops, n)
	} else {
		b.locals++
	}
}

func (s *pyScope) local(name string) { s.bind(name).locals++ }

// target binds the names in what is assigned to.
func (s *pyScope) target(n Node) {
	if n.Is("identifier") {
		s.local(n.Text())
		return
	}
	if n.Is("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "parenthesized_expression", "tuple", "list", "list_splat") {
		for child := range n.Children() {
			s.target(child)
		}
	}
}

// find returns the binding of name that counts in s, with the scope that holds it; nil where none does.
func (s *pyScope) find(name string) (*pyBinding, *pyScope) {
	for at := s; at != nil; at = at.parent {
		if at.class && at != s {
			continue
		}
		if b := at.names[name]; b == pyOuter {
			at = at.top()
			return at.names[name], at
		} else if b != nil {
			return b, at
		}
	}
	return nil, nil
}

// meaning returns what the name may stand for: things of modules, a definition of this file, or neither.
func (r *pyReader) meaning(name string, s *pyScope, depth int) (refs []pyRef, defined string) {
	b, at := s.find(name)
	if b == nil || depth > 4 {
		return nil, ""
	}
	if r.steps++; r.steps > maxSteps {
		return b.refs, b.defined
	}
	refs = b.refs
	for _, value := range b.values { // another name for the same thing
		if !value.Is("identifier", "attribute") {
			continue
		}
		first, rest := pyChain(value)
		if first == "" || first == name {
			continue
		}
		more, _ := r.meaning(first, at, depth+1)
		for _, ref := range more {
			if len(refs) < maxRefs {
				refs = append(refs[:len(refs):len(refs)], ref.at(rest))
			}
		}
	}
	return refs, b.defined
}

// at follows the dotted rest from ref.
func (r pyRef) at(rest string) pyRef {
	for rest != "" && r.path == "" && r.deeper != r.module { // a.b of import a.b.c is a module still
		part, after, _ := strings.Cut(rest, ".")
		next := r.module + "." + part
		if next != r.deeper && !strings.HasPrefix(r.deeper, next+".") {
			break
		}
		r.module, rest = next, after
	}
	if rest != "" {
		r.path = pyJoin(r.path, rest)
	}
	return r
}

// pyChain splits a.b.c into its first name and the dotted rest. First is "" where something else than a name begins it.
func pyChain(n Node) (first, rest string) {
	for n.Is("attribute") {
		rest = pyJoin(n.Field("attribute").Text(), rest)
		rest = strings.TrimSuffix(rest, ".")
		n = n.Field("object")
	}
	if n.Is("identifier") {
		return n.Text(), rest
	}
	return "", rest
}
