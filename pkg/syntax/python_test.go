package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readPy returns what the text says, in lines: imports, uses, dynamic.
func readPy(t *testing.T, text string) (imports, uses, dynamic []string, f File) {
	t.Helper()
	f, err := Read(t.Context(), "a.py", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Imports {
		line := i.Target
		for _, n := range i.Names {
			line += " " + n.Name
			if n.As != n.Name && n.As != "" {
				line += "=" + n.As
			}
		}
		if i.As != "" {
			line += " as " + i.As
		}
		if i.In != "" {
			line += " in " + i.In
		}
		for word, is := range map[string]bool{" types": i.Types, " optional": i.Optional, " exports": i.Exports} {
			if is {
				line += word
			}
		}
		imports = append(imports, line)
	}
	for _, u := range f.Uses {
		line := u.Module + ":" + u.Path
		if u.Call {
			line += "()"
		}
		uses = append(uses, line)
	}
	for _, d := range f.Dynamic {
		dynamic = append(dynamic, fmt.Sprintf("%d %s %q", d.Line, d.What, d.Prefix))
	}
	return imports, uses, dynamic, f
}

func TestPythonImports(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "import a, b.c", "a as a|b.c as b"},
		{"aliased", "import a.b as c", "a.b as c"},
		{"from", "from a.b import c, d as e", "a.b c d=e"},
		{"relative", "from . import a\nfrom ..b.c import (d,\n  e)\nfrom .. import *", ". a|..b.c d e|.. * exports"},
		{"star", "from a import *", "a * exports"},
		{"future", "from __future__ import annotations", ""},
		{"in a function", "class A:\n  def f(self):\n    import b", "b as b in A.f"},
		{"optional", "try:\n  import a\nexcept ImportError:\n  import b", "a as a optional|b as b"},
		{"optional, of many", "try:\n  import a\nexcept (KeyError, ModuleNotFoundError) as e:\n  pass", "a as a optional"},
		{"not optional", "try:\n  import a\nexcept KeyError:\n  pass", "a as a"},
		{"bare except", "try:\n  import a\nexcept:\n  pass", "a as a optional"},
		{"suppressed", "with contextlib.suppress(ImportError):\n  import a", "a as a optional"},
		{"types", "if TYPE_CHECKING:\n  import a\nelse:\n  import b", "a as a types|b as b"},
		{"types, qualified", "import typing\nif typing.TYPE_CHECKING:\n  from a import b", "typing as typing|a b types"},
		{"not only types", "if not TYPE_CHECKING:\n  import a", "a as a"},
		{"literal", "import importlib\nimportlib.import_module('a.b')", "importlib as importlib|a.b"},
		{"literal, taken out", "from importlib import import_module as im\nim('a')", "importlib import_module=im|a"},
		{"built in", "__import__('a')", "a"},
		{"relative literal", "from importlib import import_module\nimport_module('.a', __name__)\nimport_module('..b', package='c.d')", "importlib import_module|.a|c.d.b"},
		{"by a constant", "M = 'a.b'\nimport importlib as il\nil.import_module(M)", "importlib as il|a.b"},
		{"by a loop", "from importlib import import_module\nfor m in ('a', 'b'):\n  import_module(m)", "importlib import_module|a|b"},
		{"dotted name of a thing", "from django.utils.module_loading import import_string\nimport_string('a.b.C')", "django.utils.module_loading import_string|a.b.C"},
		{"blanks in a name", "import a . b \\\n . c", "a.b.c as a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			imports, _, dynamic, f := readPy(t, tt.text)
			if got := strings.Join(imports, "|"); got != tt.want || f.Broken != 0 || len(dynamic) > 0 {
				t.Errorf("got %s, broken %d, %s", got, f.Broken, dynamic)
			}
		})
	}
}

func TestPythonDynamic(t *testing.T) {
	const im = "from importlib import import_module\n"
	for _, tt := range []struct{ name, text, want string }{
		{"unknown", im + "def f(n): import_module(n)", `2 importlib.import_module of a name that is computed ""`},
		{"prefix", im + "def f(n): import_module(f'plug.{n}')", `2 importlib.import_module of a name that is computed "plug."`},
		{"prefix by plus", im + "import_module('plug_' + n)", `2 importlib.import_module of a name that is computed "plug_"`},
		{"prefix by percent", im + "import_module('plug.%s.x' % n)", `2 importlib.import_module of a name that is computed "plug."`},
		{"prefix by format", im + "import_module('plug.{}'.format(n))", `2 importlib.import_module of a name that is computed "plug."`},
		{"own", im + "import_module(f'{__name__}.{n}')", `2 importlib.import_module of a name that is computed "."`},
		{"own, relative", im + "import_module('.' + n, __package__)", `2 importlib.import_module of a name that is computed "."`},
		{"relative to another", im + "import_module('.' + n, p)", `2 importlib.import_module of a name that is computed ""`},
		{"a list may grow", im + "L = ['a']\nfor m in L: import_module(m)", `3 importlib.import_module of a name that is computed ""`},
		{"a second value", im + "m = 'a'\nm = f()\nimport_module(m)", `4 importlib.import_module of a name that is computed ""`},
		{"__import__", "__import__(x)", `1 __import__ of a name that is computed ""`},
		{"an own function of that name", "def __import__(x): pass\n__import__(x)", ""},
		{"escapes", im + `import_module('\x61')`, `2 importlib.import_module of a name that is computed ""`},
		{"exec", "exec(open('x').read())", `1 exec of text ""`},
		{"eval of what imports nothing", "eval('1+1')", ""},
		{"a method called eval", "model.eval()", ""},
		{"entry points of a group", "from importlib.metadata import entry_points\nentry_points(group='x')", `2 entry points of the group x "x"`},
		{"entry points of any group", "from importlib.metadata import entry_points\nentry_points(group=g)", `2 entry points of any group, by importlib.metadata.entry_points ""`},
		{"a file", "import runpy\nrunpy.run_path(x)", `2 runpy.run_path of a file ""`},
		{"a loader's method", "def f(spec, m): spec.loader.exec_module(m)", `1 exec_module of a file ""`},
		{"handed on", im + "list(map(import_module, names))", `2 importlib.import_module, which is handed on ""`},
		{"handed on, built in", "f(__import__)", `1 __import__, which is handed on ""`},
		{"its module is handed on", "import importlib\ngetattr(importlib, x)(y)", `2 importlib, which is handed on ""`},
		{"another name for it", im + "load = import_module\nload(x)", `2 importlib.import_module, which is handed on ""|3 importlib.import_module of a name that is computed ""`},
		{"a module that another Python runs", "import subprocess, sys\nsubprocess.run([sys.executable, '-m', x])", `2 a command of Python with -m of a text ""`},
		{"a text that another Python runs", "import subprocess\nsubprocess.run(['/usr/bin/python3', '-c', TEXT])", `2 a command of Python with -c of a text ""`},
		{"a known module that another Python runs", "import sys\nrun([sys.executable, '-m', 'pip', x])", ""},
		{"options that another Python is given", "import sys\nrun([sys.executable, '-m'] + x)", `2 a command of Python with -m of what is computed ""`},
		{"arguments that another Python is given", "import sys\nrun([sys.executable, *x])", `2 a command of Python with arguments that are computed ""`},
		{"itself again", "import sys\nrun([sys.executable, *sys.argv])", ""},
		{"a command for a shell", "import os\nos.system(f'python -m {x}')", `2 a command of Python with a text that is filled in ""`},
		{"another program's -m", "run(['git', 'commit', '-m', x])", ""},
		{"pickle", "import pickle\npickle.load(f)", `2 pickle.load, which loads the classes that its data name ""`},
		{"pickle of another name", "from pickle import loads as l\nl(f)", `2 pickle.loads, which loads the classes that its data name ""`},
		{"yaml of any class", "import yaml\nyaml.load(f, Loader=yaml.Loader)", `2 yaml.load, which loads the classes that its data name ""`},
		{"yaml of none", "import yaml\nyaml.load(f, Loader=yaml.SafeLoader)\nyaml.load(f, yaml.CSafeLoader)\nyaml.safe_load(f)", ""},
		{"torch", "import torch\ntorch.load(f)\ntorch.load(f, weights_only=True)", `2 torch.load, which loads the classes that its data name ""`},
		{"numpy", "import numpy as np\nnp.load(f)\nnp.load(f, allow_pickle=True)", `3 numpy.load, which loads the classes that its data name ""`},
		{"compile", "compile(t, 'x', 'exec')\nre.compile(t)", `1 compile of text ""`},
		{"a function of code", "import types\ntypes.FunctionType(c, {})\nisinstance(x, types.FunctionType)", `2 types.FunctionType, which runs what it is given ""`},
		{"a console", "import code\ncode.interact()", `2 code.interact, which runs what it is given ""`},
		{"an archive", "import zipimport\nzipimport.zipimporter(p)", `2 zipimport.zipimporter of a file ""`},
		{"what is built in", "g = __builtins__", `1 __builtins__, which is handed on ""`},
		{"what is built in, by a text", "globals()['__builtins__']", `1 __builtins__, which is named ""`},
		{"by way of a star", "from importlib import *\nimport_module(x)", `2 importlib.import_module of a name that is computed ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, dynamic, _ := readPy(t, tt.text)
			if got := strings.Join(dynamic, "|"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestPythonUses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"through a module", "import a\na.b.c(1)", "a:b.c()"},
		{"through a submodule", "import a.b\na.b.c()\na.d", "a.b:c()|a:d"},
		{"through an alias", "import a.b as x\nx.c", "a.b:c"},
		{"taken out", "from a import b as c\nc()\nc.d()", "a:b()|a:b.d()"},
		{"the module escapes", "import a\nf(a)", ":f()|a:"},
		{"another name", "import a\nx = a.b\nx.c()", "a:b|a:b.c()"},
		{"shadowed by a parameter", "import a\ndef f(a): a.b()", ":.b()"},
		{"shadowed by a variable", "import a\ndef f():\n  a = g()\n  a.b()", ":g()|:.b()"},
		{"not shadowed in a class", "import a\nclass K:\n  a = 1\n  def f(self): a.b()", "a:b()"},
		{"lambda", "import a\nlambda a: a.b()\nlambda x: a.c()", ":.b()|a:c()"},
		{"comprehension", "import a\n[a.b for a in x]\n[a.b for y in x]", ":.b|:x|a:b|:x"},
		{"of a value", "f().g(1).h", ":.h|:.g()|:f()"},
		{"defined here", "class K:\n  def f(self): pass\nK().f()\nK.f()", ":.f()|:K()|:K.f()"},
		{"decorator", "from a import b\n@b.c\ndef f(): pass", "a:b.c()"},
		{"base", "from a import B\nclass K(B): pass", "a:B"},
		{"default and annotation", "from a import B, C\ndef f(x: B = C): pass", "a:C|a:B"},
		{"either of two", "try:\n  import a as j\nexcept ImportError:\n  import b as j\nj.c()", ":ImportError|a:c()|b:c()"},
		{"star", "from a import *\nf()", "a:f()|:f()"},
		{"format", "import a\nf'{a.b}'", "a:b"},
		{"keyword", "import a\nf(x=a.b)", ":f()|a:b"},
		{"global", "import a\ndef f():\n  global a\n  a = 1\n  a.b()", "a:b()"},
		{"attribute set", "import a\na.b = 1", "a:b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, uses, _, _ := readPy(t, tt.text)
			if got := strings.Join(uses, "|"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPythonThatIsMadeToTakeLongDoesNot(t *testing.T) {
	var names strings.Builder
	for i := range 200 {
		for j := range 8 {
			fmt.Fprintf(&names, "a%d = a%d\n", i, (i*7+j+1)%200)
		}
	}
	for name, text := range map[string]string{
		"names of names":   names.String() + strings.Repeat("a1.b\n__import__(a2)\n", 5_000),
		"stars":            strings.Repeat("from a import *\n", 5_000) + strings.Repeat("b(c)\n", 15_000),
		"a long chain":     strings.Repeat("a"+strings.Repeat(".b", 1000)+"\n", 200),
		"formatted text":   strings.Repeat(`f"{a}{b!r:{c}}"`+"\n", 15_000),
		"nested calls":     strings.Repeat(strings.Repeat("f(", 300)+strings.Repeat(")", 300)+"\n", 500),
		"joined commands":  "a = [python]" + strings.Repeat(" + [python]", 20_000),
		"nested functions": strings.Repeat("def f(a=lambda b: (c for c in b)): pass\n", 5_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			f, err := Read(t.Context(), "a.py", []byte(text))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("takes %s, %v", took, err)
			}
			if (name == "stars" || name == "names of names") && err == nil && len(f.Dynamic) == 0 {
				t.Error("not all was followed, and nothing says so")
			}
		})
	}
}

func FuzzPython(f *testing.F) {
	for _, seed := range []string{"", "import a.b as c, d\nfrom . import (e as f, *)\nfrom ..g import *\n", "\xef\xbb\xbfimport a\r\n", "try:\n import a\nexcept (", "f'{f'{f\"{a.b()}\"}'}'", "def f(a, *b, c=d, **e) -> g: global a; a = b",
		"match a:\n case B(c=1) | [d, *e]: pass\n", "import_module = 1\n__import__(x if y else 'z' + w)\nexec('import ' 'a')", strings.Repeat("[", 3000), "class A(B, metaclass=C):\n @d\n async def e(self): return (lambda x: x.y)", "a = a\nb = c\nc = b\nb.d", "for m in ('a', b, 'c'):\n __import__(m)",
		"[sys.executable, '-m', *x, '-c']\nos.system(f'python -m {x}')\n([python] + y)\nyaml.load(f, Loader=)\n'__import__'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(t.Context(), "a.py", []byte(text))
		if err != nil {
			return
		}
		for _, i := range file.Imports {
			if i.Line < 1 || i.Line > file.Lines || i.Target == "" {
				t.Errorf("import of %q at line %d of %d", i.Target, i.Line, file.Lines)
			}
		}
		for _, u := range file.Uses {
			if u.Line < 1 || u.Line > file.Lines {
				t.Errorf("use of %q at line %d of %d", u.Path, u.Line, file.Lines)
			}
		}
	})
}

func BenchmarkPython(b *testing.B) {
	var text strings.Builder
	text.WriteString("import os\nfrom django.db import models\nfrom . import util as u\n\n")
	for i := 0; text.Len() < 10_000; i++ {
		fmt.Fprintf(&text, "class Model%d(models.Model):\n    name = models.CharField(max_length=%d)\n\n    def save(self, *args, **kwargs):\n        self.slug = u.slugify(self.name, f'{self.pk}-x')\n        for item in self.items.filter(done=False):\n            item.close(os.getpid())\n        return super().save(*args, **kwargs)\n\n", i, i)
	}
	source := []byte(text.String())
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := Read(b.Context(), "a.py", source); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPythonStringsAndDefinitions(t *testing.T) {
	_, _, _, f := readPy(t, "\"\"\"doc\"\"\"\nx = ['a.b', r'c\\d', 'e' 'f', b'g', f'h{1}', 'i\\n', f'j.k.{1}']\nclass K:\n  'doc too'\n  def m(self):\n    def _n(): pass\n")
	var strs []string
	for s := range f.Strings {
		strs = append(strs, s)
	}
	slices.Sort(strs)
	if diff := cmp.Diff([]string{"a.b", `c\d`, "ef", "g", "j.k."}, strs); diff != "" {
		t.Error(diff)
	}
	want := []Definition{{"K", 3, 6, true}, {"K.m", 5, 6, true}, {"K.m._n", 6, 6, false}}
	if diff := cmp.Diff(want, f.Defines); diff != "" {
		t.Error(diff)
	}
}
