package syntax

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	jsMaxDepth  = 60 // of aliases of aliases
	jsMaxValues = 8  // of one name
)

// jsInterop are functions of compilers that hand a module through.
var jsInterop = regexp.MustCompile(`(?:^|\.)(?:_*interopRequire(?:Default|Wildcard)\d*|_*interop(?:Default|Namespace)(?:Default|Legacy|Compat)?|_*import(?:Star|Default)|_*toESM|_*getDefaultExportFromCjs|_*interopNamespace\w*)$`)

// eval returns the modules, and places below modules, that n may stand for; none where it stands for anything else.
func (r *jsReader) eval(n Node, s *jsScope, depth int) []jsValue {
	if depth > jsMaxDepth || !n.OK() {
		return nil
	}
	depth++
	switch n.Kind() {
	case "identifier", "shorthand_property_identifier":
		name := n.Text()
		b := s.find(name)
		if name == "require" || b == nil && (name == "__non_webpack_require__" || name == "nativeRequire" || name == "requirejs") {
			return []jsValue{{require: true}}
		}
		return r.valuesOf(b, depth)
	case "member_expression", "nested_identifier":
		property := n.Field("property").Text()
		if property == "require" {
			return []jsValue{{require: true}}
		}
		return below(r.eval(n.Field("object"), s, depth), property)
	case "subscript_expression":
		if index := n.Field("index"); index.Is("string") {
			return below(r.eval(n.Field("object"), s, depth), jsText(index))
		}
	case "parenthesized_expression", "await_expression", "as_expression", "satisfies_expression", "non_null_expression", "type_assertion":
		for inner := range n.Children() {
			if !inner.Is("comment", "type_arguments") {
				return r.eval(inner, s, depth)
			}
		}
	case "sequence_expression":
		var last Node
		for last = range n.Children() {
		}
		return r.eval(last, s, depth)
	case "assignment_expression":
		return r.eval(n.Field("right"), s, depth)
	case "ternary_expression":
		return limit(append(r.eval(n.Field("consequence"), s, depth), r.eval(n.Field("alternative"), s, depth)...))
	case "binary_expression":
		switch n.Field("operator").Text() {
		case "&&":
			return r.eval(n.Field("right"), s, depth) // what is on the left is gone where it counts
		case "||", "??":
			return limit(append(r.eval(n.Field("left"), s, depth), r.eval(n.Field("right"), s, depth)...))
		}
	case "call_expression":
		return r.evalCall(n, s, depth)
	}
	return nil
}

func (r *jsReader) evalCall(n Node, s *jsScope, depth int) []jsValue {
	function, args := n.Field("function"), jsArguments(n)
	if function.Is("import") {
		if len(args) > 0 {
			return modules(r.texts(args[0], s, depth))
		}
		return nil
	}
	if name := function.Text(); len(args) > 0 && len(name) < 100 && (jsInterop.MatchString(strings.TrimSuffix(strings.TrimPrefix(name, "(0, "), ")"))) {
		return r.eval(args[0], s, depth)
	}
	if function.Is("identifier", "member_expression") && strings.HasSuffix(function.Text(), "createRequire") {
		return []jsValue{{require: true}}
	}
	if len(args) == 0 {
		return nil
	}
	for _, v := range r.eval(function, s, depth) {
		switch {
		case jsModule(v) && strings.HasPrefix(v.path[strings.LastIndexByte(v.path, '.')+1:], "createRequire"):
			return []jsValue{{require: true}}
		case v.require && v.path == "":
			return modules(r.texts(args[0], s, depth))
		case v.require && v.path == "call" && len(args) > 1:
			return modules(r.texts(args[1], s, depth))
		case v.require && v.path == "bind":
			return []jsValue{{require: true}}
		}
	}
	return nil
}

func modules(texts []jsString) []jsValue {
	var values []jsValue
	for _, t := range texts {
		if t.whole {
			values = append(values, jsValue{module: t.text})
		}
	}
	return values
}

func below(values []jsValue, path string) []jsValue {
	out := make([]jsValue, len(values))
	for i, v := range values {
		out[i] = v.below(path)
	}
	return out
}

func limit(values []jsValue) []jsValue {
	var unique []jsValue
	for _, v := range values {
		if len(unique) < jsMaxValues && !slices.Contains(unique, v) {
			unique = append(unique, v)
		}
	}
	return unique
}

// valuesOf returns what a name may stand for. A name within its own meaning adds nothing to it.
func (r *jsReader) valuesOf(b *jsBinding, depth int) []jsValue {
	if b == nil || b.busy || depth > jsMaxDepth {
		return nil
	}
	if !b.done {
		b.busy = true
		for _, source := range b.sources[:min(len(b.sources), 100)] {
			if source.expr.OK() {
				b.values = append(b.values, below(r.eval(source.expr, source.scope, depth), source.path)...)
			} else if source.value != (jsValue{}) {
				b.values = append(b.values, source.value.below(source.path))
			}
		}
		b.values = limit(b.values)
		b.busy = false
		b.done = r.bound // not before all assignments are known
		if !b.done {
			values := b.values
			b.values = nil
			return values
		}
	}
	return b.values
}

// jsString is what an expression of text is known to begin with; whole: it is all of it.
type jsString struct {
	text  string
	whole bool
}

// texts returns what the text n may be: one jsString of nothing where nothing is known.
func (r *jsReader) texts(n Node, s *jsScope, depth int) []jsString {
	unknown := []jsString{{}}
	if depth > jsMaxDepth || !n.OK() {
		return unknown
	}
	depth++
	switch n.Kind() {
	case "string":
		return []jsString{{jsText(n), true}}
	case "template_string":
		t := jsString{whole: true}
		for part := range n.Children() {
			switch part.Kind() {
			case "string_fragment", "escape_sequence":
				t.text += jsUnescape(part.Text())
			case "template_substitution":
				for inner := range part.Children() {
					t = join(t, r.texts(inner, s, depth))
				}
			}
			if !t.whole {
				break
			}
		}
		return []jsString{t}
	case "parenthesized_expression", "as_expression", "non_null_expression", "satisfies_expression":
		for inner := range n.Children() {
			if !inner.Is("comment") {
				return r.texts(inner, s, depth)
			}
		}
	case "ternary_expression":
		return some(append(r.texts(n.Field("consequence"), s, depth), r.texts(n.Field("alternative"), s, depth)...))
	case "binary_expression":
		left := r.texts(n.Field("left"), s, depth)
		switch n.Field("operator").Text() {
		case "+":
			if len(left) == 1 {
				return []jsString{join(left[0], r.texts(n.Field("right"), s, depth))}
			}
		case "||", "??":
			return some(append(left, r.texts(n.Field("right"), s, depth)...))
		}
	case "identifier":
		return r.textsOf(n.Text(), s, depth)
	case "call_expression":
		return r.textsOfCall(n, s, depth)
	case "new_expression": // new URL('./worker.js', import.meta.url)
		if args := jsArguments(n); n.Field("constructor").Text() == "URL" && len(args) == 2 && strings.HasPrefix(args[1].Text(), "import.meta") {
			return r.texts(args[0], s, depth)
		}
	}
	return unknown
}

// textsOf returns what a name is where it is assigned once, to text.
func (r *jsReader) textsOf(name string, s *jsScope, depth int) []jsString {
	b := s.find(name)
	switch {
	case b == nil && (name == "__dirname" || name == "__filename"):
		return []jsString{{text: "./"}}
	case b != nil && len(b.sources) == 1 && b.sources[0].expr.OK() && b.sources[0].path == "" && !b.busy:
		b.busy = true
		defer func() { b.busy = false }()
		return r.texts(b.sources[0].expr, b.sources[0].scope, depth)
	}
	return []jsString{{}}
}

// textsOfCall knows the ways to name a file: joined paths, and what require.resolve finds.
func (r *jsReader) textsOfCall(n Node, s *jsScope, depth int) []jsString {
	function, args := n.Field("function"), jsArguments(n)
	if len(args) == 0 {
		return []jsString{{}}
	}
	name := function.Text()
	switch {
	case function.Is("member_expression") && slices.Contains([]string{"join", "resolve", "normalize"}, function.Field("property").Text()) && !strings.HasPrefix(name, "require") && !strings.HasPrefix(name, "import"),
		function.Is("identifier") && (name == "join" || name == "resolve" || name == "normalize" || name == "fileURLToPath" || name == "pathToFileURL"):
		first := r.texts(args[0], s, depth)
		if len(first) != 1 || strings.Contains(n.Text(), "node_modules") {
			return []jsString{{}}
		}
		if strings.HasPrefix(first[0].text, "./") { // a file beside this one, whatever the rest is
			return []jsString{{text: "./"}}
		}
		return []jsString{{text: first[0].text}}
	case strings.HasSuffix(name, "resolve"):
		for _, v := range r.eval(function, s, depth) {
			if v.require {
				return r.texts(args[0], s, depth)
			}
		}
	}
	return []jsString{{}}
}

func join(t jsString, more []jsString) jsString {
	if !t.whole {
		return t
	}
	if len(more) != 1 {
		return jsString{text: t.text}
	}
	return jsString{t.text + more[0].text, more[0].whole}
}

func some(list []jsString) []jsString {
	if len(list) > jsMaxValues {
		return []jsString{{}}
	}
	return list
}

// jsText is the value of a string literal.
func jsText(n Node) string {
	if !n.Is("string") {
		return ""
	}
	text := n.Text()
	if len(text) < 2 {
		return ""
	}
	return jsUnescape(text[1 : len(text)-1])
}

// jsUnescape resolves the escapes of a literal.
func jsUnescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		digits := 0
		switch text[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '\n':
		case 'x':
			digits = 2
		case 'u':
			digits = 4
			if end := strings.IndexByte(text[i:], '}'); i+1 < len(text) && text[i+1] == '{' && end > 0 {
				if c, err := strconv.ParseUint(text[i+2:i+end], 16, 21); err == nil {
					b.WriteRune(rune(c))
				}
				i += end
				continue
			}
		default:
			b.WriteByte(text[i])
		}
		if digits > 0 && i+digits < len(text) {
			if c, err := strconv.ParseUint(text[i+1:i+1+digits], 16, 16); err == nil {
				b.WriteRune(rune(c))
			}
			i += digits
		}
	}
	return b.String()
}
