package maven

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// wide is a POM that needs n packages, which need three others each.
func wide(n int) (projecttest.Tree, projecttest.Tree) {
	var deps, repository strings.Builder
	for i := range n {
		if i < max(n/10, 1) {
			deps.WriteString(dep("g", fmt.Sprintf("p%d", i), "1.0") + "\n")
		}
		fmt.Fprintf(&repository, "g:p%d:1.0 : g:p%d:1.0, g:p%d:1.0, g:p%d:1.0\n", i, (i*2+1)%n, (i*2+2)%n, (i+n/10)%n)
	}
	return projecttest.Tree{"pom.xml": pomOf("<dependencies>", deps.String(), "</dependencies>")}, repositoryOf(repository.String())
}

// reactor is n modules, each of which needs those before it that step tells, and packages that the root manages.
func reactor(n, step int) (projecttest.Tree, projecttest.Tree) {
	var managed, repository strings.Builder
	for i := range 300 {
		managed.WriteString(dep("g", fmt.Sprintf("p%d", i), "${v"+fmt.Sprint(i%20)+"}") + "\n")
		fmt.Fprintf(&repository, "g:p%d:1.0 : g:p%d:0.9, g:p%d:0.8\n", i, (i+1)%300, (i*7)%300)
	}
	var properties strings.Builder
	for i := range 20 {
		fmt.Fprintf(&properties, "<v%d>1.0</v%d>\n", i, i)
	}
	tree := projecttest.Tree{"pom.xml": pomOf("<packaging>pom</packaging><properties>", properties.String(), "</properties><dependencyManagement><dependencies>", managed.String(), "</dependencies></dependencyManagement>")}
	for i := range n {
		var needs strings.Builder
		for j := i - step; j >= 0; j -= step {
			needs.WriteString(dep("s", fmt.Sprintf("m%d", j), "1") + "\n")
		}
		needs.WriteString(dep("g", fmt.Sprintf("p%d", i%300), ""))
		tree[fmt.Sprintf("m%d/pom.xml", i)] = strings.Replace(child, "child", fmt.Sprintf("m%d", i), 1) + "<dependencies>" + needs.String() + "</dependencies></project>"
	}
	return tree, repositoryOf(repository.String())
}

func benchmark(b *testing.B, tree, repository projecttest.Tree) {
	b.Helper()
	dir, settings := tree.Write(b), home(b, repository)
	b.ReportAllocs()
	for b.Loop() {
		r := projecttest.Read(b, Reader{Settings: settings}, dir)
		if len(r.Gaps) > 0 {
			b.Fatal(r.Gaps[0])
		}
	}
}

func BenchmarkPackages(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tree, repository := wide(n)
			benchmark(b, tree, repository)
		})
	}
}

func BenchmarkModules(b *testing.B) {
	for _, n := range []int{10, 100, 300, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tree, repository := reactor(n, max(n/10, 1))
			benchmark(b, tree, repository)
		})
	}
}

// processorTime is what this process used so far, whatever else the machine does.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Each is made to take time with the square of its size, or more.
func TestHostileTreesEndInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)) + "\n")
		}
		return b.String()
	}
	all, _ := reactor(400, 1)
	chain := projecttest.Tree{}
	for i := range 1500 {
		chain[fmt.Sprintf("m%d/pom.xml", i)] = strings.Replace(pomOf("<dependencies>", dep("s", fmt.Sprintf("m%d", i+1), "1", "<exclusions><exclusion><groupId>x</groupId><artifactId>"+fmt.Sprint(i)+"</artifactId></exclusion></exclusions>"), "</dependencies>"), "<artifactId>a<", fmt.Sprintf("<artifactId>m%d<", i), 1)
	}
	imports := projecttest.Tree{}
	for i := range 60 {
		imports[fmt.Sprintf("b%d/pom.xml", i)] = strings.Replace(pomOf("<packaging>pom</packaging><dependencyManagement><dependencies>",
			dep("s", fmt.Sprintf("b%d", i+1), "1", "<type>pom</type><scope>import</scope>"), dep("s", fmt.Sprintf("b%d", i+2), "1", "<type>pom</type><scope>import</scope>"), "</dependencies></dependencyManagement>"), "<artifactId>a<", fmt.Sprintf("<artifactId>b%d<", i), 1)
	}
	exclusions := "<exclusions>" + many(30_000, "<exclusion><groupId>x</groupId><artifactId>a#</artifactId></exclusion>") + "</exclusions>"
	for _, tt := range []struct {
		name string
		tree projecttest.Tree
	}{
		{"modules that need each other", all},
		{"a chain of modules", chain},
		{"imports that double", imports},
		{"profiles over dependencies", projecttest.Tree{"pom.xml": pomOf("<dependencies>", many(20_000, dep("g", "p#", "1")), "</dependencies><profiles>", many(20_000, "<profile><id>#</id><activation><activeByDefault>true</activeByDefault></activation><dependencies>"+dep("g", "p1", "#")+"</dependencies></profile>"), "</profiles>")}},
		{"exclusions over dependencies", projecttest.Tree{"pom.xml": pomOf("<dependencies>", dep("s", "b", "1", exclusions), "</dependencies><dependencyManagement><dependencies>", many(3, dep("g", "p#", "1", exclusions)), "</dependencies></dependencyManagement>"),
			"b/pom.xml": strings.Replace(pomOf("<dependencies>", many(30_000, dep("g", "p#", "1")), "</dependencies>"), "<artifactId>a<", "<artifactId>b<", 1)}},
		{"ranges that rule each other out", projecttest.Tree{"pom.xml": pomOf("<dependencies>", many(3000, dep("g", "p#", "1")), many(300, dep("s", "r#", "1")), "</dependencies>"),
			"r/pom.xml": strings.Replace(pomOf("<dependencies>", many(3000, dep("g", "p#", "[2,3)")), "</dependencies>"), "<artifactId>a<", "<artifactId>r0<", 1)}},
		{"properties of properties", projecttest.Tree{"pom.xml": pomOf("<properties>", bomb(5000), many(20_000, "<q#>${p4999}${p#}</q#>"), "</properties><dependencies>", many(20_000, dep("g", "p#", "${q#}")), "</dependencies>")}},
		{"the same over and over", projecttest.Tree{"pom.xml": pomOf("<dependencies>", many(100_000, dep("g", "p", "#")), "</dependencies>")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.tree.Write(t)
			start := processorTime(t)
			r := projecttest.Read(t, Reader{Settings: project.Settings{}}, dir)
			took := processorTime(t) - start
			t.Logf("%v, %d projects, %d gaps", took.Round(time.Millisecond), len(r.Projects), len(r.Gaps))
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if len(r.Gaps) == 0 && r.Projects[0].Nodes[0].NoVersion == "" {
				t.Error("no gap")
			}
		})
	}
}
