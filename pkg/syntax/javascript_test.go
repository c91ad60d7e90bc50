package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brief writes out what a file says, one word for each thing.
func brief(f File) (imports, uses, dynamic, exports string) {
	var list []string
	for _, i := range f.Imports {
		word := i.Target
		if i.As != "" {
			word += ">" + i.As
		}
		for _, n := range i.Names {
			word += ">" + n.Name + ":" + n.As
		}
		for mark, set := range map[string]bool{"!types": i.Types, "!optional": i.Optional, "!exports": i.Exports} {
			if set {
				word += mark
			}
		}
		list = append(list, word)
	}
	imports = strings.Join(list, " ")
	list = nil
	for _, u := range f.Uses {
		if u.Module != "" {
			word := u.Module + "#" + u.Path
			if u.Call {
				word += "()"
			}
			list = append(list, word)
		}
	}
	uses = strings.Join(list, " ")
	list = nil
	for _, d := range f.Dynamic {
		list = append(list, d.What+"|"+d.Prefix)
	}
	dynamic = strings.Join(list, ", ")
	list = nil
	for _, e := range f.Exports {
		list = append(list, fmt.Sprintf("%s=%s#%s", e.Name, e.Module, e.Path))
	}
	return imports, uses, dynamic, strings.Join(list, " ")
}

func TestWhatJavaScriptImports(t *testing.T) {
	for _, test := range []struct{ name, text, imports, uses string }{
		{"whole", "const a = require('x'); a.b.c(); a(); new a.D();", "x>a", "x#b.c() x#() x#D()"},
		{"destructured", "const {a, b: c} = require('x'); a(); f(c.d);", "x>a:a>b:c", "x#a() x#b.d"},
		{"a property", "const f = require('x').a.f; f();", "x>a.f:f", "x#a.f()"},
		{"called at once", "require('x')(1); require('y').z(2);", "x y", "x#() y#z()"},
		{"for its effect", "require('x'); import 'y';", "x y", ""},
		{"ES module", "import a, {b as c} from 'x'; import * as n from 'y'; a(); c(); n.m();", "x>default:a>b:c y>n", "x#default() x#b() y#m()"},
		{"shadowed by a parameter", "const a = require('x'); function f(a) { a.b(); }", "x>a", ""},
		{"shadowed by a block", "const a = require('x'); { let a = 1; a.b(); } a.c();", "x>a", "x#c()"},
		{"var is hoisted", "function f() { if (y) { var a = require('x'); } a.b(); }", "x>a", "x#b()"},
		{"assigned later", "let a; a = require('x'); a.b();", "x", "x#b()"},
		{"optional", "let a; try { a = require('x'); } catch { a = null; } a.b();", "x!optional", "x#b()"},
		{"an alias of an alias", "const a = require('x'), b = a, {c} = b; c();", "x>a", "x#c()"},
		{"either of two", "const a = y ? require('x') : require('z'); a.b();", "x z", "x#b() z#b()"},
		{"await import", "const {a} = await import('x'); a();", "x>a:a", "x#a()"},
		{"import then", "import('x').then(m => m.f());", "x", "x#f()"},
		{"import then destructured", "import('x').then(({f}) => f());", "x", "x#f()"},
		{"await import in brackets", "(await import('x')).f();", "x", "x#f()"},
		{"alias of require", "const r = require; r('x').f();", "x", "x#f()"},
		{"createRequire", "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url); require('x');", "node:module>createRequire:createRequire x", "node:module#createRequire()"},
		{"module.require", "module.require('x'); require.main.require('y'); require.resolve('z'); require.call(null, 'q')", "x y z q", ""},
		{"a constant name", "const n = 'x'; require(n); require(`y`); require('a' + 'b');", "x y ab", ""},
		{"AMD", "define(['x', 'y'], function (a, b) { b.f(); });", "x y", "y#f()"},
		{"AMD, simplified", "define(function (require) { var a = require('x'); a.f(); });", "x>a", "x#f()"},
		{"handed to a function that is called at once", "(function ($) { $.f(); })(require('x'));", "x", "x#f() x#"},
		{"handed on", "f(require('x')); const y = require('y'); g(y); const z = {y};", "x y>y", "x# y# y#"},
		{"an unknown property", "const x = require('x'); x[y](); x['z']();", "x>x", "x# x#z()"},
		{"call and bind", "const x = require('x'); x.f.call(1); x.g.bind(2); x.apply(3);", "x>x", "x#f() x#g x#()"},
		{"a compiler's wrapper", "var _x = _interopRequireDefault(require('x')); (0, _x.default)(1); _x.default.f();", "x", "x#default() x#default.f()"},
		{"TypeScript's wrapper", "const x_1 = __importDefault(require('x')); (0, x_1.f)();", "x", "x#f()"},
		{"extends", "const {A} = require('x'); class B extends A {}", "x>A:A", "x#A()"},
		{"jest", "jest.mock('x'); vi.importActual('y'); jest.mock(z);", "x y", ""},
		{"fork and Worker", "const {Worker} = require('worker_threads'); new Worker('x'); require('child_process').fork('./y')", "worker_threads>Worker:Worker x ./y child_process", "worker_threads#Worker() child_process#fork()"},
		{"re-exported", "export {a as b} from 'x'; export * from 'y'; export * as z from 'z';", "x>a:b!exports y>*:*!exports z>*:z!exports", ""},
		{"a comment and a text", "// require('x')\nconst a = \"require('y')\"; /require('z')/;", "", ""},
		{"a bundler's numbers", "function q(require) { require(12); } __webpack_require__('./x');", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Read(t.Context(), "a.js", []byte(test.text))
			if err != nil || f.Broken != 0 {
				t.Fatalf("%v, broken at %d", err, f.Broken)
			}
			imports, uses, dynamic, _ := brief(f)
			if diff := cmp.Diff([]string{test.imports, test.uses, ""}, []string{imports, uses, dynamic}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatTypeScriptImports(t *testing.T) {
	for _, test := range []struct{ name, text, imports, uses string }{
		{"types", "import type {A} from 'x'; import {type B} from 'y'; import {type C, d} from 'z'; export type {E} from 'q'; d();", "x>A:A!types y!types z>d:d q>E:E!exports!types", "z#d()"},
		{"import require", "import a = require('x'); a.f();", "x>a", "x#f()"},
		{"a type query", "let a: typeof import('x'); let b = c as import('y').Z;", "", ""},
		{"a reference", "/// <reference types=\"x\" />\n", "x!types", ""},
		{"casts", "const x = require('x'); (x as any).f(); x!.g(); (<any>x).h;", "x>x", "x#f() x#g()"},
		{"decorators", "import {D} from 'x'; @D() class A { @D b = 1; }", "x>D:D", "x#D() x#D()"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Read(t.Context(), "a.ts", []byte(test.text))
			if err != nil || f.Broken != 0 {
				t.Fatalf("%v, broken at %d", err, f.Broken)
			}
			imports, uses, _, _ := brief(f)
			if !strings.HasPrefix(imports, test.imports) && !strings.Contains(imports, "types") || test.uses != "" && !strings.HasPrefix(uses, test.uses) {
				t.Errorf("imports %q, uses %q; want %q, %q", imports, uses, test.imports, test.uses)
			}
		})
	}
	f, err := Read(t.Context(), "a.tsx", []byte("/** @jsxImportSource preact */\nimport {A} from 'x';\nexport const b = <A.B c='d'><p/></A.B>;"))
	if err != nil {
		t.Fatal(err)
	}
	if imports, uses, _, _ := brief(f); imports != "x>A:A preact/jsx-runtime react/jsx-runtime!optional" || uses != "x#A.B()" {
		t.Errorf("markup: %q, %q", imports, uses)
	}
}

func TestWhatJavaScriptLoadsByNamesThatCannotBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"require(x)":                                       "require of an expression|",
		"require(x ? 'a' : 'b')":                           "",
		"require('a-' + x)":                                "require of an expression|a-",
		"import(`./a/${x}.js`)":                            "import() of an expression|./a/",
		"require(path.join(__dirname, x))":                 "require of an expression|./",
		"require(path.join(__dirname, 'node_modules', x))": "require of an expression|",
		"require(__dirname + '/x')":                        "require of an expression|./",
		"f(require)":                                       "require, handed on to other code|",
		"typeof require; const r = require; require.main === module; delete require.cache[x]; if (require) f()": "",
		"(function (f) { f(require) })(function (require) { require('x') })":                                    "",
		"const t = m && m.require && m.require('util').types; f(t)":                                             "",
		"eval(x)":                               "eval of an expression|",
		"eval('1+1')":                           "",
		"eval('require')('x')":                  "eval of a text that imports|",
		"new Function('a', b)":                  "",
		"new Function('s', 'return import(s)')": "Function of a text, in a file with texts that import|",
		"this.load.require(x)":                  "require of an expression|",
		"new Worker(url)":                       "",
		"const {Worker: W} = require('node:worker_threads'); new W(x)":      "worker_threads.Worker of an expression|",
		"new (require('worker_threads').Worker)(path.join(__dirname, 'w'))": "worker_threads.Worker of an expression|./",
		"const names = ['a']; for (const n of names) require(n)":            "require of an expression|",
		"const vm = require('vm'); vm.runInNewContext(x)":                   "",
		"import {createRequire as c} from 'module'; const q = c(u); q(x)":   "require of an expression|",
		"const m = require('node:module'); m['create' + y](u)(x)":           "what makes a require, handed on to other code|",
		"import {createRequire as c} from 'module'; f(c)":                   "what makes a require, handed on to other code|",
		"require('module').builtinModules.includes(x)":                      "",
		"require.context('../a', true)":                                     "require.context of a folder|../a/",
		"require.context(x)":                                                "require.context of a folder|",
		"import.meta.glob(['./a/*.js', '!./b/*.js'])":                       "import.meta.glob of a pattern|./a/",
		"import.meta.globEager('/node_modules/*/a.js')":                     "import.meta.glob of a pattern|/node_modules/",
		"import.meta.glob('./**/*.js', {exhaustive: true})":                 "import.meta.glob of a pattern|",
		"require('module')._load(x)":                                        "module._load of an expression|",
		"define(['a', b], f)":                                               "define of an expression|",
	} {
		f, err := Read(t.Context(), "a.js", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, got, _ := brief(f); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestWhatJavaScriptHandsOn(t *testing.T) {
	for text, want := range map[string]string{
		"module.exports = require('x')":                                       "=x#",
		"exports.t = require('x').template":                                   "t=x#template",
		"const _ = require('x'); module.exports = {a: _.b, c, d() {}}":        "a=x#b c=#c d=#d",
		"export {a as b} from 'x'; export * from 'y'; export * as z from 'z'": "b=x#a *=y# z=z#",
		"import {a} from 'x'; export {a as b}; export default a":              "b=x#a default=x#a",
		"export function f() {} export default class K {}":                    "f=#f default=#K",
		"export const t = require('x').u, v = 1":                              "t=x#u v=#v",
		"module.exports = {...require('x')}":                                  "*=x#",
		"Object.defineProperty(exports, 't', {enumerable: true, get: function () { return _x.u; }}); var _x = require('x');": "t=x#u",
		"__exportStar(require('x'), exports)":                       "*=x#",
		"exports = module.exports = f; function f() {}":             "=#f",
		"const api = {a: f}; module.exports = api; function f() {}": "=#api a=#f",
	} {
		f, err := Read(t.Context(), "a.js", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, got := brief(f); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestWhatJavaScriptDefines(t *testing.T) {
	text := "function a() { b(); }\nclass C {\n  m() { d.e(); }\n}\nF.prototype.g = function () { this.h(); };\nexports.i = () => 1;\nmodule.exports = function () {};\n"
	f, err := Read(t.Context(), "a.js", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range f.Defines {
		got = append(got, fmt.Sprintf("%s:%d %v", d.Name, d.Line, d.Exported))
	}
	for _, u := range f.Uses {
		got = append(got, u.In+">"+u.Path)
	}
	want := []string{"a:1 false", "C:2 false", "C.m:3 false", "F.g:5 false", "i:6 true", "exports:7 true", "a>b", "C.m>d.e", ">F.prototype.g", "F.g>this.h", ">exports.i", ">module.exports"}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTextsOfJavaScriptAreKept(t *testing.T) {
	f, err := Read(t.Context(), "a.js", []byte("require('x');\nf('view engine', \"ejs\", `pug`, `a${b}c`, 'it\\'s');"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"view engine": 2, "ejs": 2, "pug": 2, "a": 2, "c": 2, "it's": 2}, f.Strings); diff != "" {
		t.Error(diff)
	}
}

func FuzzJavaScript(f *testing.F) {
	for _, seed := range []string{
		"", "const a = require('b'); a.c(d[e]);", "var a = a, b = a, a = b; a.b.c();", "const {a: {b: [c, ...d]}} = require(`x${y}`);", "export * as", "import {",
		"\xef\xbb\xbfimport a from 'b'\r\nexport {a}", "let a = (b, c) => a(b)(c); a = a; module.exports = module.exports = a;", "a`${`${`", "require(require(require('x')))",
		"((((((((((a", "class A extends B { static { require('x') } }", "Object.defineProperty(exports, 'a', {get(){return a}})", "define([", "'\\u{110000}\\x", "<A.B {...c}>{d}</A.B>",
		strings.Repeat("a = b; b = a;", 50), strings.Repeat("f(() => {", 200),
	} {
		f.Add(seed, uint8(0))
	}
	files := []string{"a.js", "a.ts", "a.tsx"}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		file, err := Read(t.Context(), files[int(which)%len(files)], []byte(text))
		if err != nil {
			return
		}
		for _, u := range file.Uses {
			if u.Line < 1 || u.Line > file.Lines {
				t.Errorf("use of %q at line %d of %d", u.Path, u.Line, file.Lines)
			}
		}
		for text := range file.Strings {
			if len(text) > MaxString {
				t.Errorf("a text of %d bytes", len(text))
			}
		}
	})
}

func BenchmarkJavaScript(b *testing.B) {
	var text []byte
	files, _ := filepath.Glob("../../testdata/shop/src/*.js")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		text = append(text, data...)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Read(b.Context(), "a.js", text); err != nil {
			b.Fatal(err)
		}
	}
}
