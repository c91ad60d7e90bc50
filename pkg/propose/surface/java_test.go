package surface

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// javaMember is one method or field of a class that a test makes.
type javaMember struct {
	access           uint16
	name, descriptor string
}

// makeClass writes a class file without code.
func makeClass(name, super string, access uint16, major int, interfaces []string, fields, methods []javaMember) string {
	var pool, body bytes.Buffer
	count := uint16(1)
	text := func(s string) uint16 {
		pool.WriteByte(1)
		binary.Write(&pool, binary.BigEndian, uint16(len(s)))
		pool.WriteString(s)
		count++
		return count - 1
	}
	class := func(s string) uint16 {
		at := text(s)
		pool.WriteByte(7)
		binary.Write(&pool, binary.BigEndian, at)
		count++
		return count - 1
	}
	put := func(v ...uint16) { binary.Write(&body, binary.BigEndian, v) }
	put(access, class(name), class(super), uint16(len(interfaces)))
	for _, i := range interfaces {
		put(class(i))
	}
	for _, list := range [][]javaMember{fields, methods} {
		put(uint16(len(list)))
		for _, m := range list {
			put(m.access, text(m.name), text(m.descriptor), 0)
		}
	}
	put(0)
	var out bytes.Buffer
	binary.Write(&out, binary.BigEndian, uint32(0xcafebabe))
	binary.Write(&out, binary.BigEndian, []uint16{0, uint16(major), count})
	out.Write(pool.Bytes())
	out.Write(body.Bytes())
	return out.String()
}

func TestJavaBreaks(t *testing.T) {
	object := "java/lang/Object"
	m := func(name, descriptor string) javaMember { return javaMember{accPublic, name, descriptor} }
	static := func(name, descriptor string) javaMember { return javaMember{accPublic | accStatic, name, descriptor} }
	before := map[string]string{
		"p/C.class": makeClass("p/C", "p/Base", accPublic, 52, nil, []javaMember{static("RED", "I"), static("GONE", "I")},
			[]javaMember{m("<init>", "()V"), m("kept", "()V"), m("gone", "()V"), m("arity", "(I)V"), m("text", "(Ljava/lang/String;)V"), static("make", "()Lp/B;"), {accPublic | accVarargs, "var", "([Ljava/lang/Object;)V"}}),
		"p/Base.class":        makeClass("p/Base", object, accPublic, 52, nil, nil, []javaMember{m("inherited", "()V")}),
		"p/B.class":           makeClass("p/B", object, accPublic, 52, nil, nil, []javaMember{m("with", "()Lp/B;"), m("old", "()V")}),
		"p/I.class":           makeClass("p/I", object, accPublic|accInterface|accAbstract, 52, nil, nil, []javaMember{{accPublic | accAbstract, "a", "()V"}}),
		"p/Old.class":         makeClass("p/Old", object, accPublic, 52, nil, nil, []javaMember{m("<init>", "()V")}),
		"p/C$Inner.class":     makeClass("p/C$Inner", object, accPublic, 52, nil, nil, []javaMember{static("x", "()V")}),
		"p/out/Thread.class":  makeClass("p/out/Thread", "java/lang/Thread", accPublic, 52, nil, nil, []javaMember{m("<init>", "()V"), m("here", "()V")}),
		"q/gone/Z.class":      makeClass("q/gone/Z", object, accPublic, 52, nil, nil, nil),
		"META-INF/MANIFEST.M": "",
	}
	after := map[string]string{
		"p/C.class": makeClass("p/C", "p/Base", accPublic, 61, nil, []javaMember{static("RED", "I")},
			[]javaMember{m("<init>", "(Ljava/lang/String;)V"), m("kept", "()V"), m("arity", "(II)V"), m("text", "(Ljava/io/File;)V"), static("make", "()Lp/B;"), {accPublic | accVarargs, "var", "(I[Ljava/lang/Object;)V"}}),
		"p/Base.class":       before["p/Base.class"],
		"p/B.class":          makeClass("p/B", object, accPublic, 61, nil, nil, []javaMember{m("with", "()Lp/B;")}),
		"p/I.class":          makeClass("p/I", object, accPublic|accInterface|accAbstract, 61, nil, nil, []javaMember{{accPublic | accAbstract, "a", "()V"}, {accPublic | accAbstract, "b", "()V"}}),
		"p/out/Thread.class": makeClass("p/out/Thread", "java/lang/Thread", accPublic, 61, nil, nil, []javaMember{m("<init>", "()V")}),
	}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"a class that is gone", "import p.Old;\nclass A { }", []string{"A.java:1:10 p.Old"}},
		{"a nested class", "import p.C.Inner;\nclass A { }", []string{"A.java:1:12 p.C.Inner"}},
		{"a package", "import q.gone.*;\nclass A { }", []string{"A.java:1:10 q.gone"}},
		{"a method", "import p.C;\nclass A { void f(C c) { c.kept(); c.inherited(); c.gone(); } }", []string{"A.java:2:52 p.C.gone"}},
		{"a method by a star", "import p.*;\nclass A { void f(C c) { c.gone(); } }", []string{"A.java:2:27 p.C.gone"}},
		{"a field", "import p.C;\nclass A { int f() { return C.RED + C.GONE; } }", []string{"A.java:2:38 p.C.GONE"}},
		{"a static import", "import static p.C.GONE;\nclass A { }", []string{"A.java:1:19 p.C.GONE"}},
		{"a constructor", "import p.C;\nclass A { Object f() { return new C(); } }", []string{"A.java:2:35 p.C"}},
		{"another number of arguments", "import p.C;\nclass A { void f(C c) { c.arity(1); } }", []string{"A.java:2:27 p.C.arity"}},
		{"another type of a literal", "import p.C;\nclass A { void f(C c) { c.text(\"x\"); } }", []string{"A.java:2:27 p.C.text"}},
		{"a chain", "import p.C;\nclass A { void f() { C.make().with().old(); } }", []string{"A.java:2:38 p.B.old"}},
		{"an interface that asks for more", "import p.I;\nclass A implements I { public void a() { } }", []string{"A.java:2:20 p.I"}},
		{"an interface that an anonymous class implements", "import p.I;\nclass A { Object f() { return new I() { public void a() { } }; } }", []string{"A.java:2:35 p.I"}},
		{"an abstract class of own", "import p.I;\nabstract class A implements I { }", nil},
		{"what is still there", "import p.*;\nclass A { void f(C c, Base b) { c.kept(); b.inherited(); c.var(1, 2); C.make().with(); int x = C.RED; c.toString(); } }", nil},
		{"a variable of another class", "import p.C;\nclass A { void f(String c) { c.gone(); } }", nil},
		{"inherited from elsewhere", "import p.out.Thread;\nclass A { void f(Thread t) { t.start(); t.here(); } }", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := held(t, "Maven", "g:p", map[string]string{"A.java": test.text + "\n"}, before, after)
			if diff := cmp.Diff(test.want, brief(r)); diff != "" {
				t.Errorf("%s%s", diff, reasons(r))
			}
			if r.Toolchain["g:p"] != "java 17" {
				t.Errorf("toolchain %v", r.Toolchain)
			}
		})
	}
	r := held(t, "Maven", "g:p", map[string]string{"A.java": "import p.out.Thread;\nclass A { void f(Thread t) { t.here(); } }\n", "pom.xml": "<project><properties><maven.compiler.release>21</maven.compiler.release></properties></project>"}, before, after)
	if r.Toolchain["g:p"] != "" || !strings.Contains(reasons(r), "still inherited") {
		t.Errorf("toolchain %v, gaps:\n%s", r.Toolchain, reasons(r))
	}
}

func TestTargetsOfJavaBuilds(t *testing.T) {
	for text, want := range map[string]string{
		"<maven.compiler.release>17</maven.compiler.release>": "17", "<source>1.8</source>": "8", "sourceCompatibility = '11'": "11",
		"targetCompatibility = JavaVersion.VERSION_1_8": "8", "languageVersion = JavaLanguageVersion.of(21)": "21", "version = 8": "",
	} {
		got := ""
		if m := javaTarget.FindStringSubmatch(text); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzParseClass(f *testing.F) {
	whole := makeClass("p/C", "p/Base", accPublic, 52, []string{"p/I"}, []javaMember{{1, "F", "I"}}, []javaMember{{1, "m", "([[ILp/C;J)Lp/B;"}})
	f.Add([]byte(whole))
	for _, cut := range []int{4, 9, 11, 20, len(whole) - 3} {
		f.Add([]byte(whole[:cut]))
	}
	f.Add([]byte("\xef\xbb\xbf" + whole))
	f.Add([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x34\xff\xff\x05"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseClass(data)
		if err != nil {
			return
		}
		if c.name == "" {
			t.Error("a class without a name")
		}
		for _, m := range append(c.fields, c.methods...) {
			_, _ = m.arguments(), m.result()
		}
	})
}
