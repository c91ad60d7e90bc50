package service

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// blocks returns the blocks called name, dynamic ones included.
func (b body) blocks(name string) []body {
	var list []body
	if b.native != nil {
		for _, block := range b.native.Blocks {
			if block.Type == name {
				list = append(list, body{module: b.module, native: block.Body})
			}
			if block.Type == "dynamic" && len(block.Labels) == 1 && block.Labels[0] == name {
				for _, content := range block.Body.Blocks {
					if content.Type == "content" {
						list = append(list, body{module: b.module, native: content.Body})
					}
				}
			}
		}
		return list
	}
	for _, v := range listed(b.json.Get(name)) {
		if v.Is(document.Map) {
			list = append(list, body{module: b.module, json: v})
		}
	}
	return list
}

// value is what an attribute holds, as far as it is literal.
type value struct {
	line    int
	texts   []string // the one text, or those of a list
	unknown bool     // some of it is not literal
	steps   int      // expressions that were looked at
}

// text is the value, or "" where it is no single text.
func (v value) text() string {
	if len(v.texts) == 1 {
		return v.texts[0]
	}
	return ""
}

// attribute returns the value of an attribute; ok is false where it is not set.
func (b body) attribute(name string) (v value, ok bool) {
	if b.native != nil {
		a := b.native.Attributes[name]
		if a == nil {
			return value{}, false
		}
		v.line = a.SrcRange.Start.Line
		b.module.literal(a.Expr, &v, 0)
		return v, true
	}
	field := b.json.Field(name)
	if field == nil {
		return value{}, false
	}
	v.line = field.Line
	for _, item := range listed(field.Value) {
		v.texts = append(v.texts, item.Text)
		v.unknown = v.unknown || strings.Contains(item.Text, "${") || item.Is(document.Map)
	}
	return v, true
}

// maxLiterals bounds what one attribute may grow to through variables that hold lists.
const maxLiterals = 2_000

func (m *module) literal(e hclsyntax.Expression, v *value, depth int) {
	if v.steps++; depth > 10 || v.steps > maxLiterals {
		v.unknown = true
		return
	}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if text, ok := textOf(e.Val); ok {
			v.texts = append(v.texts, text)
		}
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 0 {
			return
		}
		if !e.IsStringLiteral() {
			v.unknown = true
			v.texts = append(v.texts, m.partial(e))
			return
		}
		v.texts = append(v.texts, literalText(e))
	case *hclsyntax.TemplateWrapExpr:
		m.literal(e.Wrapped, v, depth+1)
	case *hclsyntax.ParenthesesExpr:
		m.literal(e.Expression, v, depth+1)
	case *hclsyntax.TupleConsExpr:
		for _, item := range e.Exprs {
			m.literal(item, v, depth+1)
		}
	case *hclsyntax.ScopeTraversalExpr:
		if target := m.variables[traversal(e.Traversal)]; target != nil && len(e.Traversal) == 2 {
			m.literal(target, v, depth+1)
			return
		}
		v.unknown = true
	case *hclsyntax.ConditionalExpr: // either may hold
		m.literal(e.TrueResult, v, depth+1)
		m.literal(e.FalseResult, v, depth+1)
		v.unknown = true
	default:
		v.unknown = true
	}
}

// partial returns the literal parts of a template.
func (m *module) partial(e *hclsyntax.TemplateExpr) string {
	var text strings.Builder
	for _, part := range e.Parts {
		if l, ok := part.(*hclsyntax.LiteralValueExpr); ok {
			if s, ok := textOf(l.Val); ok {
				text.WriteString(s)
			}
		}
	}
	return text.String()
}

func literalText(e *hclsyntax.TemplateExpr) string {
	if l, ok := e.Parts[0].(*hclsyntax.LiteralValueExpr); ok {
		text, _ := textOf(l.Val)
		return text
	}
	return ""
}

func textOf(v cty.Value) (string, bool) {
	switch {
	case v.IsNull() || !v.IsKnown():
		return "", false
	case v.Type() == cty.String:
		return v.AsString(), true
	case v.Type() == cty.Bool:
		if v.True() {
			return "true", true
		}
		return "false", true
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1), true
	}
	return "", false
}

// traversal returns the first two steps of a reference: var.name.
func traversal(t hcl.Traversal) string {
	if len(t) < 2 {
		return ""
	}
	if a, ok := t[1].(hcl.TraverseAttr); ok {
		return t.RootName() + "." + a.Name
	}
	return ""
}

// tags returns the literal entries of a map attribute, and of what merge() joins.
func (b body) tags(name string) []label {
	var list []label
	if b.native == nil {
		return labelsOf(b.json.Get(name))
	}
	if a := b.native.Attributes[name]; a != nil {
		b.module.steps = 0
		b.module.entries(a.Expr, &list, 0)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].line < list[j].line })
	return list
}

func (m *module) entries(e hclsyntax.Expression, list *[]label, depth int) {
	if m.steps++; depth > 6 || m.steps > maxLiterals {
		return
	}
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			var key, v value
			if k, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
				if word := hcl.ExprAsKeyword(k.Wrapped); word != "" {
					key.texts = []string{word}
				} else {
					m.literal(k.Wrapped, &key, depth)
				}
			}
			m.literal(item.ValueExpr, &v, depth)
			if key.text() != "" && v.text() != "" && !v.unknown {
				*list = append(*list, label{key.text(), v.text(), item.KeyExpr.Range().Start.Line})
			}
		}
	case *hclsyntax.FunctionCallExpr:
		if e.Name == "merge" {
			for _, arg := range e.Args {
				m.entries(arg, list, depth+1)
			}
		}
	case *hclsyntax.ParenthesesExpr:
		m.entries(e.Expression, list, depth+1)
	case *hclsyntax.ScopeTraversalExpr:
		if target := m.variables[traversal(e.Traversal)]; target != nil {
			m.entries(target, list, depth+1)
		}
	}
}
