package syntax

import (
	"context"
	"fmt"
)

// File is what one source file says to the rest of its program. What a language has no word for stays empty.
type File struct {
	Path       string // as given to Read
	Language   Language
	Module     string   // the package or namespace that the file says it belongs to: Java, C# (the first), Go
	Namespaces []string // C#: all namespaces that it declares, in the order of the text
	Imports    []Import
	Uses       []Use
	Dynamic    []Dynamic
	Defines    []Definition
	Exports    []Export       // JavaScript and TypeScript: what the file hands on
	Strings    map[string]int // string literals of up to MaxString bytes without line breaks, each with its first line
	Broken     int            // the line of the first text that does not parse; 0 where all does
	Lines      int
}

// MaxString is the longest string literal that is kept, in bytes: names of packages and classes are shorter.
const MaxString = 200

// Import is one mention of a module by name.
type Import struct {
	Target   string // as written: lodash/merge, ./x, ..mod, java.util.List, System.Text
	As       string // the local name of the whole; "" for none
	Names    []Name // what is taken out of it
	Line     int
	In       string // the definition that it stands in, as in Definition; "" at the top of the file
	Types    bool   // erased before the program runs
	Exports  bool   // what is taken is handed on under this file's name
	Optional bool   // failure is caught: the program runs without it
}

// Name is one thing that an import takes: Name of the module, under the local name As. Name "*" is all, "default" the default.
type Name struct {
	Name string
	As   string
}

// Use is one mention of something imported, defined elsewhere or defined here. Path is written out through the imports where
// that can be told: what `_.merge` is after `const _ = require('lodash')` has Module lodash and Path merge.
type Use struct {
	Module string // Import.Target of the import it goes through; "" for what is not imported
	Path   string // the dotted rest; "" for the module itself
	Line   int
	In     string // the definition it stands in; "" at the top of the file
	Call   bool   // it is called, or made an instance of
}

// Export is a name that a file hands on. Name "" is the whole of the file's module, "*" all names of another.
type Export struct {
	Name   string
	Module string // Import.Target of where it is from; "" for a definition of the file
	Path   string // the dotted rest, or the name of the definition
	Line   int
}

// Dynamic is a place that may load code whose name cannot be read here.
type Dynamic struct {
	Line   int
	What   string // for people: "require of an expression", "Class.forName of a variable"
	Prefix string // what the name is known to begin with; "" where nothing is known
}

// Definition is a function, method or type.
type Definition struct {
	Name     string // dotted from the outermost: Class.method
	Line     int
	EndLine  int
	Exported bool
}

// Read parses source once and returns what it says. The error is that of Parse: a text that does not parse gives a File with
// Broken set, and what could be read.
func Read(ctx context.Context, path string, source []byte) (File, error) {
	language, ok := LanguageOf(path)
	if !ok {
		return File{}, fmt.Errorf("%s: no language that is parsed; want .go, .js, .ts, .tsx, .py, .java or .cs and the like", path)
	}
	tree, err := Parse(ctx, language, source)
	if err != nil {
		return File{}, err
	}
	f := File{Path: path, Language: language, Strings: map[string]int{}, Broken: tree.Broken(), Lines: tree.Root().EndLine()}
	switch language {
	case JavaScript, TypeScript, TSX:
		readJavaScript(tree, &f)
	case Python:
		readPython(tree, &f)
	case Java:
		readJava(tree, &f)
	case CSharp:
		readCSharp(tree, &f)
	}
	return f, nil
}
