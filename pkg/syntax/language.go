package syntax

import (
	"path"
	"strings"
)

// Language is one that this package parses.
type Language string

const (
	Go         Language = "go"
	JavaScript Language = "javascript" // with JSX
	TypeScript Language = "typescript"
	TSX        Language = "tsx"
	Python     Language = "python"
	Java       Language = "java"
	CSharp     Language = "c#"
)

var extensions = map[string]Language{
	".go": Go, ".js": JavaScript, ".mjs": JavaScript, ".cjs": JavaScript, ".jsx": JavaScript, ".ts": TypeScript, ".mts": TypeScript, ".cts": TypeScript,
	".tsx": TSX, ".py": Python, ".pyw": Python, ".pyi": Python, ".java": Java, ".cs": CSharp,
}

// LanguageOf returns the language of a file by its name.
func LanguageOf(file string) (Language, bool) {
	l, ok := extensions[strings.ToLower(path.Ext(file))]
	return l, ok
}
