package node

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

var (
	scriptTag  = regexp.MustCompile(`(?is)<script\b((?:[^>"']|"[^"]*"|'[^']*')*)>(.*?)</script\s*>`)
	langTS     = regexp.MustCompile(`(?i)\blang\s*=\s*["']?(?:ts|typescript|tsx)`)
	otherType  = regexp.MustCompile(`(?i)\btype\s*=\s*["']?(?:text/(?:x-)?(?:template|handlebars|html|ng-template|markdown|babel-x|mustache)|application/(?:ld\+)?json|x-template)`)
	attributes = regexp.MustCompile(`(?is)\b(?:src|href|data-main|import)\s*=\s*["']([^"']{1,300})["']`)
	quotedText = regexp.MustCompile(`["']([^"'\n]{1,200})["']`)
	templating = regexp.MustCompile(`(?s)<%.*?%>|\{\{.*?\}\}|<\?.*?\?>|\{%.*?%\}`)
	codeInside = regexp.MustCompile(`(?s)<%[-=_]?(.*?)[-_]?%>|\{\{(.*?)\}\}`)
)

// readScripts reads the code in a page, a template or a component as that of one file, its lines where they were.
func (a *analysis) readScripts(file string, data []byte) {
	ext := strings.ToLower(path.Ext(file))
	code := blank(data)
	typescript, any := ext == ".astro", false
	take := func(start, end int) {
		copy(code[start:end], data[start:end])
		any = true
	}
	for _, m := range scriptTag.FindAllSubmatchIndex(data, 10_000) {
		attrs := data[m[2]:m[3]]
		if bytes.Contains(attrs, []byte("importmap")) {
			for _, q := range quotedText.FindAllSubmatch(data[m[4]:m[5]], 1000) {
				a.pathNames(file, string(q[1]), lineAt(data, m[4]))
			}
			continue
		}
		if otherType.Match(attrs) {
			continue
		}
		typescript = typescript || langTS.Match(attrs)
		take(m[4], m[5])
		copy(code[m[5]:], []byte("\n;")[:min(2, len(code)-m[5])])
	}
	if ext == ".astro" || ext == ".mdx" {
		if head, ok := bytes.CutPrefix(data, []byte("---")); ok {
			if end := bytes.Index(head, []byte("\n---")); end > 0 {
				take(3, 3+end)
			}
		}
		if ext == ".mdx" { // imports stand between the prose
			for at, line := range lines(data) {
				if bytes.HasPrefix(line, []byte("import ")) || bytes.HasPrefix(line, []byte("export ")) {
					take(at, at+len(line))
				}
			}
		}
	}
	for _, m := range attributes.FindAllSubmatchIndex(data, 10_000) {
		a.pathNames(file, string(data[m[2]:m[3]]), lineAt(data, m[2]))
	}
	for _, m := range codeInside.FindAll(data, 10_000) { // a template's own code
		if bytes.Contains(m, []byte("require")) {
			for _, q := range quotedText.FindAllSubmatch(m, 100) {
				a.pathNames(file, "node_modules/"+string(q[1]), 0)
			}
		}
	}
	if !any {
		return
	}
	as := file + ".js"
	switch {
	case typescript:
		as = file + ".ts"
	case ext != ".vue" && ext != ".svelte" && ext != ".astro" && ext != ".mdx":
		code = templating.ReplaceAllFunc(code, func(m []byte) []byte { // what the server fills in
			out := blank(m)
			out[0] = '0'
			return out
		})
	}
	a.code(file, as, code)
}

// pathNames notes the packages that an address in a page leads to; line 0 is the code of a template.
func (a *analysis) pathNames(file, address string, line int) {
	address, _, _ = strings.Cut(address, "?")
	segments := strings.Split(strings.Trim(address, "./~"), "/")
	for i, s := range segments {
		name := s
		if strings.HasPrefix(s, "@") && i+1 < len(segments) {
			name = s + "/" + segments[i+1]
		}
		if i == len(segments)-1 && strings.Contains(name, ".") { // jquery.min.js
			name, _, _ = strings.Cut(name, ".")
		}
		name, _, _ = strings.Cut(name, "@") // a version, on a network of copies
		if name == "" {
			name = s
		}
		if len(a.find.byName[name]) > 0 {
			at := fettle.Location{Path: file, Line: line}
			why := fmt.Sprintf("%s has an address that names it", at)
			if line == 0 {
				why = file + " is a template with code that names it"
			}
			a.mention(name, why, at)
		}
	}
}

// blank returns spaces in place of data, with its line breaks.
func blank(data []byte) []byte {
	out := bytes.Repeat([]byte{' '}, len(data))
	for i, c := range data {
		if c == '\n' {
			out[i] = c
		}
	}
	return out
}

func lineAt(data []byte, at int) int { return bytes.Count(data[:at], []byte("\n")) + 1 }

// lines yields the lines of data with where they begin.
func lines(data []byte) func(yield func(int, []byte) bool) {
	return func(yield func(int, []byte) bool) {
		at := 0
		for line := range bytes.Lines(data) {
			if !yield(at, bytes.TrimRight(line, "\r\n")) {
				return
			}
			at += len(line)
		}
	}
}
