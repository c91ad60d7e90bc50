package validate

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

type tokenKind int

const (
	word tokenKind = iota
	number
	quoted
	sign
)

// token is a piece of source code, comments left out.
type token struct {
	kind tokenKind
	text string
	line int
}

// maxTokens bounds what is looked at of one file.
const maxTokens = 400_000

// literals are the nodes of the grammars that are one value.
var literals = []string{"string", "string_literal", "interpreted_string_literal", "raw_string_literal", "template_string", "character_literal", "rune_literal",
	"verbatim_string_literal", "interpolated_string_expression", "regex", "text_block", "char_literal"}

// tokensOf returns the tokens of a source file: by its grammar where there is one and the text parses, else by rules that
// most languages share.
func tokensOf(ctx context.Context, name, text string) []token {
	if language, ok := syntax.LanguageOf(name); ok {
		if tree, err := syntax.Parse(ctx, language, []byte(text)); err == nil && tree.Broken() == 0 {
			return leaves(tree.Root(), nil)
		}
	}
	return scanTokens(text, path.Ext(name))
}

func leaves(n syntax.Node, all []token) []token {
	if len(all) >= maxTokens || strings.Contains(n.Kind(), "comment") {
		return all
	}
	if n.Is(literals...) {
		return append(all, token{quoted, n.Text(), n.Line()})
	}
	inner := false
	for c := range n.All() {
		inner = true
		all = leaves(c, all)
	}
	if inner {
		return all
	}
	if text := n.Text(); strings.TrimSpace(text) != "" {
		all = append(all, token{kindOf(text), text, n.Line()})
	}
	return all
}

func kindOf(text string) tokenKind {
	switch c := text[0]; {
	case '0' <= c && c <= '9':
		return number
	case wordByte(c):
		return word
	case c == '"' || c == '\'' || c == '`':
		return quoted
	}
	return sign
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

// scanTokens splits text of a language without a grammar here: Ruby, PHP, Rust, Kotlin and others.
func scanTokens(text, ext string) []token {
	hash := slices.Contains([]string{".rb", ".php", ".py", ".sh", ".ex", ".exs", ".pl", ".r"}, ext)
	slashes := !slices.Contains([]string{".rb", ".py", ".sh", ".ex", ".exs", ".pl", ".r"}, ext)
	var all []token
	line := 1
	for i := 0; i < len(text) && len(all) < maxTokens; {
		c, rest := text[i], text[i:]
		skip := func(n int) { line += strings.Count(text[i:i+n], "\n"); i += n }
		until := func(end string, from int) int {
			if at := strings.Index(rest[from:], end); at >= 0 {
				return from + at + len(end)
			}
			return len(rest)
		}
		switch {
		case c == '\n':
			skip(1)
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case hash && c == '#' && !strings.HasPrefix(rest, "#["), slashes && strings.HasPrefix(rest, "//"):
			skip(max(until("\n", 0)-1, 1))
		case slashes && strings.HasPrefix(rest, "/*"):
			skip(until("*/", 2))
		case ext == ".rb" && strings.HasPrefix(rest, "=begin"):
			skip(until("\n=end", 0))
		case strings.HasPrefix(rest, `"""`) || strings.HasPrefix(rest, "'''"):
			n := until(rest[:3], 3)
			all = append(all, token{quoted, rest[:n], line})
			skip(n)
		case c == '\'' && ext == ".rs" && !(len(rest) > 2 && (rest[2] == '\'' || rest[1] == '\\')): // a lifetime
			all = append(all, token{sign, "'", line})
			i++
		case c == '"' || c == '\'' || c == '`':
			n := 1
			for n < len(rest) && rest[n] != c {
				if rest[n] == '\\' {
					n++
				}
				n++
			}
			n = min(n+1, len(rest))
			all = append(all, token{quoted, rest[:n], line})
			skip(n)
		case wordByte(c):
			n := 1
			for n < len(rest) && (wordByte(rest[n]) || rest[n] == '.' && '0' <= c && c <= '9' && n+1 < len(rest) && '0' <= rest[n+1] && rest[n+1] <= '9') {
				n++
			}
			if ext == ".rb" && n < len(rest) && (rest[n] == '?' || rest[n] == '!') {
				n++
			}
			all = append(all, token{kindOf(rest[:n]), rest[:n], line})
			i += n
		default:
			n := 1
			for _, two := range []string{"===", "!==", "<=>", "==", "!=", "<=", ">=", "&&", "||", "->", "=>", "::"} {
				if strings.HasPrefix(rest, two) {
					n = len(two)
					break
				}
			}
			all = append(all, token{sign, rest[:n], line})
			i += n
		}
	}
	return all
}
