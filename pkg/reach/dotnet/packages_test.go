package dotnet

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "compile the packages of testdata again, with mcs")

var real = flag.Bool("real", false, "compile and run the labelled programs, with mcs and mono")

// assemblies are the packages of testdata by id: the name of their assembly where it is another, and what they are compiled with.
var assemblies = []struct {
	id, version, name string
	with              []string
}{
	{"Vuln.Json", "1.0.0", "", nil}, {"Vuln.Json", "2.0.0", "", nil}, {"Mid.Lib", "1.0.0", "", []string{"Vuln.Json"}}, {"Far.Lib", "1.0.0", "", []string{"Mid.Lib", "Vuln.Json"}},
	{"Plain.Lib", "1.0.0", "", nil}, {"Plug.Host", "1.0.0", "", nil}, {"Named.Host", "1.0.0", "", nil}, {"Other.Name", "1.0.0", "Strange", nil},
	{"Shared.A", "1.0.0", "", nil}, {"Shared.B", "1.0.0", "", nil},
}

func assemblyFile(id, version, name string) string {
	if name == "" {
		name = id
	}
	return filepath.Join("testdata", "packages", strings.ToLower(id), version, "lib", "netstandard2.0", name+".dll")
}

// TestPackagesOfTestdata compiles them with -update, and otherwise checks that they are there.
func TestPackagesOfTestdata(t *testing.T) {
	for _, a := range assemblies {
		file := assemblyFile(a.id, a.version, a.name)
		if !*update {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%v; run go test -update with mcs", err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		spec := filepath.Join(filepath.Dir(file), "..", "..", strings.ToLower(a.id)+".nuspec")
		if err := os.WriteFile(spec, []byte("<package><metadata><id>"+a.id+"</id><version>"+a.version+"</version></metadata></package>\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		args := []string{"-target:library", "-optimize", "-out:" + file}
		for _, w := range a.with {
			args = append(args, "-r:"+assemblyFile(w, "1.0.0", ""))
		}
		if out, err := exec.Command("mcs", append(args, filepath.Join("testdata", "sources", a.id+".cs"))...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", a.id, err, out)
		}
	}
}
