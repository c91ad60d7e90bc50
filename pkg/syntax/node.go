package syntax

import "iter"

// Tree is the syntax tree of one source text. It holds no memory outside of Go's and may be shared.
type Tree struct {
	Language Language
	Source   []byte
	nodes    []node // in the order of their beginnings, a parent before its children
	kinds    *kinds
}

// node is one node of a Tree. Next is the index after its last descendant.
type node struct {
	start, end   uint32
	line, column uint32 // from 0, the column in bytes
	endLine      uint32
	parent, next int32
	kind, field  uint16
	named        bool
}

// kinds are the names that a grammar gives nodes and fields, by number.
type kinds struct {
	names  []string
	named  []bool
	fields []string
}

// Node is a place in a Tree. The zero Node is no place; its methods answer with zero values, so that a chain of questions
// needs no checks.
type Node struct {
	tree *Tree
	at   int32
}

// Root returns the node of the whole text.
func (t *Tree) Root() Node {
	if t == nil || len(t.nodes) == 0 {
		return Node{}
	}
	return Node{t, 0}
}

// OK reports whether n is a place.
func (n Node) OK() bool { return n.tree != nil }

func (n Node) node() node {
	if n.tree == nil {
		return node{}
	}
	return n.tree.nodes[n.at]
}

// Kind is the grammar's name for n, such as call_expression; an unnamed token is its own text. "ERROR" is text that does
// not parse.
func (n Node) Kind() string {
	if n.tree == nil {
		return ""
	}
	return n.tree.kinds.names[n.node().kind]
}

// Is reports whether the kind of n is one of kinds.
func (n Node) Is(kinds ...string) bool {
	if n.tree == nil {
		return false
	}
	kind := n.Kind()
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// Named reports whether n is more than a token such as a bracket.
func (n Node) Named() bool { return n.node().named }

// FieldName is the field of its parent that n fills; "" for none.
func (n Node) FieldName() string {
	if n.tree == nil {
		return ""
	}
	return n.tree.kinds.fields[n.node().field]
}

// Text is the source of n.
func (n Node) Text() string {
	if n.tree == nil {
		return ""
	}
	x := n.node()
	return string(n.tree.Source[x.start:x.end])
}

// Line counts from 1; 0 for no place.
func (n Node) Line() int {
	if n.tree == nil {
		return 0
	}
	return int(n.node().line) + 1
}

// EndLine is the line of n's last character.
func (n Node) EndLine() int {
	if n.tree == nil {
		return 0
	}
	return int(n.node().endLine) + 1
}

// Column counts bytes from 1; 0 for no place.
func (n Node) Column() int {
	if n.tree == nil {
		return 0
	}
	return int(n.node().column) + 1
}

// Bytes returns where n begins and ends in the source.
func (n Node) Bytes() (start, end int) { return int(n.node().start), int(n.node().end) }

// Parent returns the node around n; no place for the root.
func (n Node) Parent() Node {
	if n.tree == nil || n.at == 0 {
		return Node{}
	}
	return Node{n.tree, n.node().parent}
}

// Field returns the first child that fills the field; no place where none does.
func (n Node) Field(name string) Node {
	for child := range n.All() {
		if child.FieldName() == name {
			return child
		}
	}
	return Node{}
}

// Fields yields the children that fill the field.
func (n Node) Fields(name string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for child := range n.All() {
			if child.FieldName() == name && !yield(child) {
				return
			}
		}
	}
}

// Child returns the first child of one of kinds; no place where there is none.
func (n Node) Child(kinds ...string) Node {
	for child := range n.All() {
		if child.Is(kinds...) {
			return child
		}
	}
	return Node{}
}

// All yields the children of n, tokens included.
func (n Node) All() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.tree == nil {
			return
		}
		for i, end := n.at+1, n.node().next; i < end; i = n.tree.nodes[i].next {
			if !yield(Node{n.tree, i}) {
				return
			}
		}
	}
}

// Children yields the named children of n.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for child := range n.All() {
			if child.Named() && !yield(child) {
				return
			}
		}
	}
}

// Walk yields n and the named nodes below it in the order of the text. After skip, the last one's descendants are left out.
func (n Node) Walk() iter.Seq2[Node, func()] {
	return func(yield func(Node, func()) bool) {
		if n.tree == nil {
			return
		}
		for i, end := n.at, n.node().next; i < end; {
			next := i + 1
			if n.tree.nodes[i].named && !yield(Node{n.tree, i}, func() { next = n.tree.nodes[i].next }) {
				return
			}
			i = next
		}
	}
}

// Above returns the nearest node around n of one of kinds; no place where there is none.
func (n Node) Above(kinds ...string) Node {
	for p := n.Parent(); p.OK(); p = p.Parent() {
		if p.Is(kinds...) {
			return p
		}
	}
	return Node{}
}

// Broken returns the line of the first text that does not parse; 0 where all does.
func (t *Tree) Broken() int {
	for i, x := range t.nodes {
		if t.kinds.names[x.kind] == "ERROR" || x.start == x.end && x.kind == missing {
			return Node{t, int32(i)}.Line()
		}
	}
	return 0
}
