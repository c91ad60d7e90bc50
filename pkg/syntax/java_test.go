package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const javaShop = `package shop;

import a.b.Client;
import a.b.Outer;
import java.util.*;
import static a.b.Tools.join;
import static a.b.Checks.*;

@Named(value = "x")
public class Cart extends Base<Client> implements a.c.Marker {
    private static final String DRIVER = "db." + "Driver";
    private final Client client = Client.make();
    private Outer.Inner inner;

    public Cart() { super(3); }

    void pay(Client other, List<Outer> all) throws a.d.Refused {
        client.pay(other.sum());
        this.client.close();
        client.next().close();
        join("-", all);
        check(1);
        own();
        var made = new Outer();
        made.go();
        for (var x : all) { x.skip(); }
        all.forEach(client -> client.hidden());
        all.forEach(Outer::each);
        a.e.Whole.run(a.e.Whole.LIMIT);
        if (inner instanceof Special s) { s.shine(); }
        super.pay(other, all);
    }

    void own() {
        try { Class.forName("org.one.Plugin"); } catch (Exception e) { e.printStackTrace(); }
        Class.forName(DRIVER);
        loader.loadClass("org.two." + name);
        Class.forName(System.getProperty("x"));
        Class.forName(Outer.class.getName());
        new ObjectInputStream(in).readObject();
        Charset.forName(name);
    }
}
`

func TestWhatAJavaFileUses(t *testing.T) {
	f, err := Read(t.Context(), "shop/Cart.java", []byte(javaShop))
	if err != nil || f.Broken != 0 || f.Module != "shop" {
		t.Fatalf("%v, broken at %d, package %q", err, f.Broken, f.Module)
	}
	var got []string
	for _, i := range f.Imports {
		got = append(got, fmt.Sprintf("%d import %s as %q %v optional=%v in %s", i.Line, i.Target, i.As, i.Names, i.Optional, i.In))
	}
	for _, u := range f.Uses {
		call := ""
		if u.Call {
			call = "()"
		}
		got = append(got, strings.TrimSuffix(fmt.Sprintf("%d %s|%s%s in %s", u.Line, u.Module, u.Path, call, u.In), " in "))
	}
	for _, d := range f.Dynamic {
		got = append(got, fmt.Sprintf("%d %s, prefix %q", d.Line, d.What, d.Prefix))
	}
	want := strings.Split(strings.TrimSpace(`
3 import a.b.Client as "Client" [] optional=false in 
4 import a.b.Outer as "Outer" [] optional=false in 
5 import java.util as "" [{* }] optional=false in 
6 import a.b.Tools as "" [{join join}] optional=false in 
7 import a.b.Checks as "" [{* }] optional=false in 
35 import org.one.Plugin as "" [] optional=true in Cart.own
36 import db.Driver as "" [] optional=false in Cart.own
9 |Named in Cart
10 |Base in Cart
10 a.b.Client| in Cart
10 |a.c.Marker in Cart
11 |String in Cart
12 a.b.Client|make() in Cart
13 a.b.Outer|Inner in Cart
15 |Base.<init>() in Cart.<init>
17 a.b.Client| in Cart.pay
17 |List in Cart.pay
17 a.b.Outer| in Cart.pay
17 |a.d.Refused in Cart.pay
18 a.b.Client|pay() in Cart.pay
18 a.b.Client|sum() in Cart.pay
19 a.b.Client|close() in Cart.pay
20 |.close() in Cart.pay
20 a.b.Client|next() in Cart.pay
21 a.b.Tools|join() in Cart.pay
22 a.b.Checks|check() in Cart.pay
22 |Base.check() in Cart.pay
24 a.b.Outer|<init>() in Cart.pay
25 a.b.Outer|go() in Cart.pay
26 |.skip() in Cart.pay
27 |List.forEach() in Cart.pay
27 |.hidden() in Cart.pay
28 a.b.Outer|each() in Cart.pay
29 |a.e.Whole.run() in Cart.pay
29 |a.e.Whole.LIMIT in Cart.pay
30 |Special in Cart.pay
30 |Special.shine() in Cart.pay
31 |Base.pay() in Cart.pay
35 |Class.forName() in Cart.own
35 |Exception in Cart.own
35 |Exception.printStackTrace() in Cart.own
37 |loader.loadClass() in Cart.own
38 |System.getProperty() in Cart.own
39 a.b.Outer| in Cart.own
40 |ObjectInputStream.<init>() in Cart.own
40 |ObjectInputStream in Cart.own
40 |ObjectInputStream.readObject() in Cart.own
41 |Charset.forName() in Cart.own
37 loader.loadClass of a name that is not known here, prefix "org.two."
38 Class.forName of a name that is not known here, prefix ""
40 deserializes Java objects, of any class that the input names, prefix ""`), "\n")
	for _, list := range [][]string{got, want} {
		slices.Sort(list)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if f.Strings["org.two."] != 37 {
		t.Errorf("strings %v", f.Strings)
	}
}

func FuzzReadJava(f *testing.F) {
	f.Add(javaShop)
	f.Add(strings.ReplaceAll(javaShop, "\n", "\r\n"))
	f.Add("\xef\xbb\xbfimport static ;import .;class { void ( ) { x.; new ; a::; forName(); Class.forName( + \"a\"); }")
	f.Add("import a.b.; @ class A<T extends @B a.@C D> { int x, x, x; A::new; case R(var a, B(c d)) -> }")
	f.Add("module a { provides b.C with d.E; uses f; requires static g.h; }")
	f.Add(strings.Repeat("class A { void m() { x(() -> { ", 50))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Read(t.Context(), "A.java", []byte(text))
		if err != nil {
			return
		}
		for _, u := range file.Uses {
			if u.Line < 1 || u.Line > file.Lines || u.Module == "" && u.Path == "" {
				t.Errorf("use %+v of %d lines", u, file.Lines)
			}
		}
		for _, i := range file.Imports {
			if i.Line < 1 || i.Line > file.Lines {
				t.Errorf("import %+v of %d lines", i, file.Lines)
			}
		}
	})
}

func BenchmarkReadJava(b *testing.B) {
	text := []byte(strings.Repeat(strings.SplitN(javaShop, "\n@", 2)[0], 1) + strings.Repeat("\n@"+strings.SplitN(javaShop, "\n@", 2)[1], 8))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Read(b.Context(), "A.java", text); err != nil {
			b.Fatal(err)
		}
	}
}
