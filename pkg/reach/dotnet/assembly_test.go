package dotnet

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func loadAssembly(t testing.TB, id, name string) *assembly {
	t.Helper()
	data, err := os.ReadFile(assemblyFile(id, "1.0.0", name))
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAssembly(data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnAssemblySaysWhatItHoldsAndTakes(t *testing.T) {
	a := loadAssembly(t, "Mid.Lib", "")
	if a.name != "Mid.Lib" || !slices.Contains(a.refs, "Vuln.Json") {
		t.Errorf("name %s, references %v", a.name, a.refs)
	}
	if !slices.Contains(a.members, member{typeRef{typeName{"Vuln.Json", "JsonText"}, "Vuln.Json"}, "Parse"}) {
		t.Errorf("members %v", a.members)
	}
	v := loadAssembly(t, "Vuln.Json", "")
	var public []string
	for _, d := range v.types {
		if d.public {
			public = append(public, d.full())
		}
	}
	if diff := cmp.Diff([]string{"Vuln.Json.JsonText", "Vuln.Json.Reader", "Vuln.Json.IReader", "Vuln.Json.JsonNameAttribute", "Vuln.Json.JsonExtensions", "Vuln.Json.Options"}, public); diff != "" {
		t.Error(diff)
	}
	if d := v.types[v.find(typeName{"Vuln.Json", "JsonExtensions"})]; !slices.Equal(d.extensions, []string{"ToJsonText"}) {
		t.Errorf("extension methods %v", d.extensions)
	}
	if s := loadAssembly(t, "Named.Host", "").strings; !slices.Contains(s, "Vuln.Json.JsonText, Vuln.Json") {
		t.Errorf("texts %q", s)
	}
	if loadAssembly(t, "Plug.Host", "").scans() == "" || v.scans() != "" {
		t.Error("what loads assemblies that it finds is not told apart")
	}
}

func TestWhatIsNoAssemblyIsAnError(t *testing.T) {
	data, err := os.ReadFile(assemblyFile("Vuln.Json", "1.0.0", ""))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2000 { // what comes last is resources, which are not read
		if _, err := readAssembly(data[:n]); err == nil {
			t.Fatalf("the first %d bytes are an assembly", n)
		}
	}
	if _, err := readAssembly([]byte("MZ")); err != errNative {
		t.Errorf("got %v", err)
	}
}

func TestDamagedAssembliesDoNoHarm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3_000 {
		a := assemblies[random.IntN(len(assemblies))]
		data, err := os.ReadFile(assemblyFile(a.id, a.version, a.name))
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + random.IntN(6) {
			data[random.IntN(len(data))] = []byte{0, 1, 0x7f, 0xff, byte(random.IntN(256))}[random.IntN(5)]
		}
		lookAt(data)
	}
}

func FuzzReadAssembly(f *testing.F) {
	for _, a := range assemblies {
		data, err := os.ReadFile(assemblyFile(a.id, a.version, a.name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) <= 1<<16 {
			lookAt(data)
		}
	})
}

// lookAt does with an assembly all that an analysis may.
func lookAt(data []byte) {
	a, err := readAssembly(data)
	if err != nil {
		return
	}
	ix := newIndex()
	l := &library{installed: true, assemblies: []*assembly{a}, where: []string{"a.dll"}}
	l.node.Key, l.node.Name = "a@1", "A"
	ix.add(l)
	ix.finish()
	var all []method
	for at := range a.types {
		all = append(all, a.methods(at)...)
	}
	goals := map[method]bool{}
	if len(all) > 0 {
		goals[all[len(all)-1]] = true
	}
	ix.walk(all[:min(len(all), 5)], goals)
	ix.may(all[:min(len(all), 5)], goals)
	for _, m := range all {
		_ = m.full()
	}
	for _, s := range a.strings {
		ix.mentioned(s, func(string, string) {})
	}
}
