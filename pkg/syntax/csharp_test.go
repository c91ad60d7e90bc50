package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// csharpUses reads text and returns its uses as "Path", "Module|Path" where an alias is written out, with () where called.
func csharpUses(t *testing.T, text string) []string {
	t.Helper()
	f, err := Read(t.Context(), "a.cs", []byte(text))
	if err != nil || f.Broken != 0 {
		t.Fatalf("%v, broken at %d", err, f.Broken)
	}
	var uses []string
	for _, u := range f.Uses {
		text := u.Path
		if u.Module != "" {
			text = u.Module + "|" + u.Path
		}
		if u.Call {
			text += "()"
		}
		uses = append(uses, text)
	}
	return uses
}

func TestCSharpUsesAreWrittenOutThroughWhatIsDeclared(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"a static call", "Zip.Open(1);", "Zip.Open()"},
		{"qualified", "A.B.Zip.Open();", "A.B.Zip.Open()"},
		{"global", "global::A.Zip.Open();", "A.Zip.Open()"},
		{"a local of a declared type", "Zip z = null; z.Open();", "Zip, Zip.Open()"},
		{"a local of an inferred type", "var z = new Zip(); z.Open();", "Zip(), Zip.Open()"},
		{"target-typed new", "Zip z = new(); z.Open();", "Zip, Zip(), Zip.Open()"},
		{"a local of an unknown type", "var z = Make(); z.Open();", "Make(), .Open()"},
		{"an inner local hides", "Zip z = null; { var x = 1; } System.Action a = () => { string z = null; z.Trim(); };", "Zip, System.Action, string.Trim()"},
		{"a cast", "((Zip)o).Open();", "Zip, Zip.Open()"},
		{"as", "(o as Zip)?.Open();", "Zip, Zip.Open()"},
		{"a new one at once", "new Zip().Open();", "Zip(), Zip.Open()"},
		{"a pattern", "if (o is Zip z) z.Open();", "Zip, Zip.Open()"},
		{"out", "Get(out Zip z); z.Open();", "Get(), Zip, Zip.Open()"},
		{"foreach", "foreach (Zip z in all) z.Open();", "Zip, all, Zip.Open()"},
		{"catch", "try { } catch (ZipException e) { e.Show(); }", "ZipException, ZipException.Show()"},
		{"a field by this", "this.field.Open();", "Zip.Open()"},
		{"a field", "field.Open();", "Zip.Open()"},
		{"a variable does not hide a type", "var b = new Name();", "Name()"},
		{"what a call returns", "Zip.Make().Open();", "Zip.Make(), .Open()"},
		{"generic", "Json.Read<Model>(x);", "Model, Json.Read(), x"},
		{"nameof and typeof", "x = nameof(Zip.Open) + typeof(Tar);", "x, nameof(), Zip.Open, Tar"},
		{"an alias", "J.Parse(); J.In.Parse(); new J();", "N.Json|Parse(), N.Json|In.Parse(), N.Json|()"},
		{"interpolated", `var s = $"a{Zip.Name}";`, "Zip.Name"},
		{"dynamic", "dynamic d = 1; d.Open();", "dynamic, dynamic.Open()"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "using J = N.Json;\nclass C {\n Zip field; string Name { get; }\n void M(object o) {\n" + test.body + "\n }\n}\n"
			uses := slices.DeleteFunc(csharpUses(t, text)[1:], func(u string) bool { return u == "object" }) // the field's type comes first
			if got := strings.Join(uses, ", "); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCSharpFileSaysWhatItImportsAndDefines(t *testing.T) {
	f, err := Read(t.Context(), "a.cs", []byte("global using System.Text;\nusing static N.Math;\nusing J = N.Json;\nnamespace A.B { using C; namespace D { [Fact, J.X(\"s\")] public class K { "+
		"public void M(){ @\"a\"\"b\".X(); } class In { int P => 1; } } } }\n"))
	if err != nil {
		t.Fatal(err)
	}
	imports := []Import{{Target: "System.Text", Line: 1, Exports: true}, {Target: "N.Math", Names: []Name{{"*", "*"}}, Line: 2}, {Target: "N.Json", As: "J", Line: 3}, {Target: "C", Line: 4}}
	if diff := cmp.Diff(imports, f.Imports); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"A.B", "A.B.D"}, f.Namespaces); diff != "" {
		t.Error(diff)
	}
	var defines []string
	for _, d := range f.Defines {
		defines = append(defines, fmt.Sprint(d.Name, " ", d.Exported))
	}
	if diff := cmp.Diff([]string{"K true", "K.M true", "K.In false", "K.In.P false"}, defines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"s": 4, `a"b`: 4}, f.Strings); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"Fact", "FactAttribute"} {
		if !slices.ContainsFunc(f.Uses, func(u Use) bool { return u.Path == want && u.Call }) {
			t.Errorf("no use of %s in %v", want, f.Uses)
		}
	}
}

func TestCSharpLoadsByNamesThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`Type.GetType("A.B, C");`, ""},
		{`Type.GetType(name);`, "Type.GetType of an expression||"},
		{`System.Type.GetType("A." + name);`, "Type.GetType of an expression|A.|"},
		{`Type.GetType($"A.{name}");`, "Type.GetType of an expression|A.|"},
		{`Assembly.LoadFrom(path);`, "Assembly.LoadFrom of an expression||"},
		{`System.Reflection.Assembly.Load(new AssemblyName("A"));`, ""},
		{`Assembly.Load(typeof(X).Assembly.FullName);`, ""},
		{`Activator.CreateInstance(type);`, ""},
		{`Activator.CreateInstance(name + "X", "y");`, "Activator.CreateInstance of an expression||"},
		{`string s = x; Activator.CreateInstance(s, "y");`, "Activator.CreateInstance of an expression||"},
		{`context.LoadFromAssemblyPath(p);`, "LoadFromAssemblyPath of an expression||"},
		{`var c = new DirectoryCatalog("plugins");`, "DirectoryCatalog, which loads every assembly of a folder||"},
		{`var l = DependencyContext.Default.RuntimeLibraries;`, "DependencyContext.Default, which lists all assemblies of the program||"},
		{`x.GetType();`, ""},
	} {
		f, err := Read(t.Context(), "a.cs", []byte("class C { void M() {\n"+test.body+"\n} }"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range f.Dynamic {
			got += d.What + "|" + d.Prefix + "|"
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.body, got, test.want)
		}
	}
}

func FuzzReadCSharp(f *testing.F) {
	for _, seed := range []string{"", "using A", "global using static A.B;\nusing J = A<B.C>;", "namespace A { namespace B { using C; } }", "\xef\xbb\xbfclass C {\r\n void M() { a?.b?.c(d: \"x\"); } }",
		"class C { void M() { Type.GetType($\"A.{b}\" + c); var (a, b) = (1, 2); } }", "[A(\"b\", c = nameof(D))] class E : F<G[]>.H { }", "x => y is Z { } w ? w : (Z)null;",
		"var s = \"\"\"a\"\"\"; var v = @\"b\"\"c\"; var i = $@\"{d}\";", "#if A\nclass B {\n#else\nclass C {\n#endif\n}", "class \\u0041 { void M() { \\u0042.C(); } }", "a::b.c();", strings.Repeat("a.", 3000) + "b();"} {
		f.Add(seed)
		f.Add(seed[:len(seed)/2])
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(t.Context(), "a.cs", []byte(text))
		if err != nil {
			return
		}
		for _, u := range file.Uses {
			if u.Line < 1 || u.Line > file.Lines || u.Path == "" && u.Module == "" || strings.Contains(u.Path, "\x00") && !strings.Contains(text, "\x00") {
				t.Errorf("use %+v in %d lines", u, file.Lines)
			}
		}
		for s, line := range file.Strings {
			if len(s) > MaxString || line < 1 || line > file.Lines {
				t.Errorf("text %q at line %d of %d", s, line, file.Lines)
			}
		}
	})
}
