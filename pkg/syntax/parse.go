//go:build cgo

package syntax

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	sitter "github.com/tree-sitter/go-tree-sitter"
	csharp "github.com/tree-sitter/tree-sitter-c-sharp/bindings/go"
	golang "github.com/tree-sitter/tree-sitter-go/bindings/go"
	java "github.com/tree-sitter/tree-sitter-java/bindings/go"
	javascript "github.com/tree-sitter/tree-sitter-javascript/bindings/go"
	python "github.com/tree-sitter/tree-sitter-python/bindings/go"
	typescript "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

// Available reports whether this program was built with the parsers, which are in C.
const Available = true

// grammar is a language as the parser has it.
type grammar struct {
	language *sitter.Language
	kinds    *kinds
}

// grammars are made once, on their first use; they are never changed.
var grammars = map[Language]func() grammar{
	Go: once(golang.Language), JavaScript: once(javascript.Language), TypeScript: once(typescript.LanguageTypescript),
	TSX: once(typescript.LanguageTSX), Python: once(python.Language), Java: once(java.Language), CSharp: once(csharp.Language),
}

func once(load func() unsafe.Pointer) func() grammar {
	return sync.OnceValue(func() grammar {
		g := grammar{sitter.NewLanguage(load()), &kinds{}}
		for i := range g.language.NodeKindCount() {
			g.kinds.names = append(g.kinds.names, g.language.NodeKindForId(uint16(i)))
		}
		g.kinds.names = append(g.kinds.names, "ERROR")
		for i := range g.language.FieldCount() + 1 {
			g.kinds.fields = append(g.kinds.fields, g.language.FieldNameForId(uint16(i)))
		}
		return g
	})
}

// Parse returns the tree of source. Text that does not parse becomes nodes of kind ERROR and is no error; one is returned for
// a text that is too large, too deep, or takes too long.
func Parse(ctx context.Context, language Language, source []byte) (*Tree, error) {
	load, ok := grammars[language]
	if !ok {
		return nil, fmt.Errorf("no parser for %s", language)
	}
	if len(source) > MaxSource {
		return nil, fmt.Errorf("larger than %d KiB, not parsed", MaxSource>>10)
	}
	g := load()
	parser := sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(g.language); err != nil {
		return nil, fmt.Errorf("parser for %s: %w", language, err)
	}
	deadline := time.Now().Add(maxTime)
	stop := func(sitter.ParseState) bool { return ctx.Err() != nil || time.Now().After(deadline) }
	parsed := parser.ParseWithOptions(func(at int, _ sitter.Point) []byte { return source[min(at, len(source)):] }, nil, &sitter.ParseOptions{ProgressCallback: stop})
	if parsed == nil {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("takes longer than %s to parse", maxTime)
	}
	defer parsed.Close()
	tree := &Tree{Language: language, Source: source, kinds: g.kinds}
	if !tree.take(parsed.RootNode()) {
		return nil, errors.New("has more nodes, or deeper ones, than are read")
	}
	return tree, nil
}

// take copies the nodes below root, so that nothing of the parser's memory is kept. It reports whether they are within bounds.
func (t *Tree) take(root *sitter.Node) bool {
	cursor := root.Walk()
	defer cursor.Close()
	var open []int32 // the nodes around the cursor
	for {
		n := cursor.Node()
		if len(t.nodes) >= maxNodes || len(open) > maxDepth {
			return false
		}
		at := int32(len(t.nodes))
		start, end := n.StartPosition(), n.EndPosition()
		kind := n.KindId()
		switch {
		case n.IsError():
			kind = uint16(len(t.kinds.names) - 1)
		case n.IsMissing():
			kind = missing
		}
		x := node{start: uint32(n.StartByte()), end: uint32(n.EndByte()), line: uint32(start.Row), column: uint32(start.Column), endLine: uint32(end.Row),
			parent: -1, kind: kind, field: cursor.FieldId(), named: n.IsNamed()}
		if len(open) > 0 {
			x.parent = open[len(open)-1]
		}
		t.nodes = append(t.nodes, x)
		if cursor.GotoFirstChild() {
			open = append(open, at)
			continue
		}
		t.nodes[at].next = int32(len(t.nodes))
		for !cursor.GotoNextSibling() {
			if !cursor.GotoParent() {
				return true
			}
			last := len(open) - 1
			t.nodes[open[last]].next = int32(len(t.nodes))
			open = open[:last]
		}
	}
}
