//go:build cgo

package syntax

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"
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
			g.kinds.named = append(g.kinds.named, g.language.NodeKindIsNamed(uint16(i)))
		}
		g.kinds.names, g.kinds.named = append(g.kinds.names, "ERROR"), append(g.kinds.named, true)
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

// fault is the number that every grammar gives text that does not parse.
const fault = 1<<16 - 1

// take copies the nodes below root, so that nothing of the parser's memory is kept. It reports whether they are within bounds.
// Each question to the parser crosses into C, so that lines are counted here and what a kind alone decides is asked once.
func (t *Tree) take(root *sitter.Node) bool {
	cursor := root.Walk()
	defer cursor.Close()
	lines := lineStarts(t.Source)
	last := uint16(len(t.kinds.names) - 1)
	begin := 0       // the line of the node before, after which the next one begins
	var open []int32 // the nodes around the cursor
	for {
		n := cursor.Node()
		if len(t.nodes) >= maxNodes || len(open) > maxDepth {
			return false
		}
		at := int32(len(t.nodes))
		x := node{start: uint32(n.StartByte()), end: uint32(n.EndByte()), parent: -1, kind: n.KindId(), field: cursor.FieldId()}
		if x.kind == fault {
			x.kind = last
		}
		x.named = t.kinds.named[x.kind]
		if x.start == x.end && n.IsMissing() {
			x.kind = missing
		}
		begin = lineOf(lines, x.start, begin)
		x.line, x.column = uint32(begin), x.start-lines[begin]
		x.endLine = uint32(lineOf(lines, x.end, begin))
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

// lineStarts returns where each line begins.
func lineStarts(source []byte) []uint32 {
	starts := make([]uint32, 1, bytes.Count(source, []byte("\n"))+1)
	for i, c := range source {
		if c == '\n' {
			starts = append(starts, uint32(i+1))
		}
	}
	return starts
}

// lineOf returns the line, from 0, that holds the byte at; it looks near the line given first.
func lineOf(starts []uint32, at uint32, near int) int {
	for range 8 {
		switch {
		case starts[near] > at:
			near--
		case near+1 < len(starts) && starts[near+1] <= at:
			near++
		default:
			return near
		}
	}
	return sort.Search(len(starts), func(i int) bool { return starts[i] > at }) - 1
}
