package golang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// awkward has what is hard to call in one line.
const awkward = `package main

import "io"

type Box[K comparable, V interface{ ~int | ~string }] struct{ v V }

func (b *Box[K, V]) Put(k K, v ...V) (ok bool) { return true }

type sum struct{ n int }

func (s sum) Add(_ int, more ...func(a,
	b string) error) {
	func() { println(1) }()
	go func(n int) {}(1)
}

func hidden(io.Reader, map[string]struct {
	A int
}) {}

var table = []any{hidden, sum.Add, func(x, y int, rest ...string) (z int) { return len(rest) }}

func never() {}

func main() { println(table) } // end`

func TestCallsAreWrittenWithoutMovingALine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(awkward), 0o644); err != nil {
		t.Fatal(err)
	}
	p := &listed{ImportPath: "app", Name: "main", Dir: filepath.Dir(file), GoFiles: []string{"main.go"}}
	b := &build{packages: map[string]*listed{"app": p}, order: []string{"app"}}
	before := map[string][]byte{}
	if generic := b.writeCalls(before); len(generic) > 0 || string(before[file]) != awkward {
		t.Errorf("generic %v, before %q", generic, before[file])
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), file, data, 0); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	was, is := strings.Split(awkward, "\n"), strings.Split(string(data), "\n")
	for i, line := range was {
		if word, _, _ := strings.Cut(line, "("); !strings.HasPrefix(is[i], word) {
			t.Errorf("line %d is %q; was %q", i+1, is[i], line)
		}
	}
	for _, want := range []string{".Put(", ".Add(", "hidden(fettle"} {
		if !strings.Contains(strings.Join(is[len(was):], "\n"), want) {
			t.Errorf("no call of %s in %q", want, is[len(was):])
		}
	}
	if strings.Contains(string(data), "never()") && strings.Count(string(data), "never()") > 1 {
		t.Error("what nothing can get hold of is called")
	}
}

// FuzzCalls rewrites any file that parses into one that parses.
func FuzzCalls(f *testing.F) {
	f.Add(awkward)
	f.Add("package p\nfunc (r *T[A,_]) M(a A) {}\ntype T[A, B any] struct{}")
	f.Add("package p\nvar f = func(int, ...func()) {}//")
	f.Add("package p\nfunc (T) M(x struct{ a int `json:\"a\"` })\ntype T int\n/* open */")
	f.Add("package p\r\nvar _ = (func())(func(){})\r\n")
	f.Add("\xef\xbb\xbfpackage p; var x = []func(){func(){}, func(){ _ = func(){} }}")
	f.Fuzz(func(t *testing.T, text string) {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, "f.go", text, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil || strings.Contains(text, "fettleNever") {
			return
		}
		w := &callWriter{main: true, values: map[string]bool{}, types: map[string]*ast.TypeSpec{}}
		w.files = []sourceFile{{"f.go", []byte(text), set, tree}}
		w.findValues()
		out := w.rewrite(&w.files[0])
		if out == nil {
			return
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "f.go", append(out, '\n'), 0); err != nil {
			t.Errorf("%v\n%q\n%q", err, text, out)
		}
	})
}
