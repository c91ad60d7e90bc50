package correlate

import (
	"cmp"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestWhatIsBelievedOfAProject(t *testing.T) {
	fact := func(service string, signal fettle.Signal, text string, strength fettle.Strength, path string) fettle.Fact {
		return fettle.Fact{Service: service, Signal: signal, Text: text, Strength: strength, Source: "s", Where: &fettle.Location{Path: path}, Why: path}
	}
	proposed := func(f fettle.Fact) fettle.Fact { f.Proposed = true; return f }
	x := func(service, text string) fettle.Fact {
		return fact(service, fettle.Exposure, text, fettle.Stated, "k8s/"+text)
	}
	for _, test := range []struct {
		name     string
		declared string
		facts    []fettle.Fact
		dir      string
		want     []string
	}{
		{"nothing", "", nil, "shop", nil},
		{"of its service", "", []fettle.Fact{x("shop", "controlled"), x("admin", "open")}, "shop", []string{"exposure controlled k8s/controlled"}},
		{"of what is around it", "", []fettle.Fact{x("", "controlled")}, "shop", []string{"exposure controlled k8s/controlled"}},
		{"the worst counts", "", []fettle.Fact{x("shop", "controlled"), x("", "open")}, "shop", []string{"exposure open k8s/open"}},
		{"what is inside raises", "", []fettle.Fact{x("shop/api", "open")}, "", []string{"exposure open k8s/open"}},
		{"what is inside never lowers", "", []fettle.Fact{x("shop/api", "controlled")}, "shop", nil},
		{"declared beats inferred", "context: {exposure: small}", []fettle.Fact{x("shop", "open")}, "shop", []string{"exposure small fettle.yaml:1 declared"}},
		{"a statement beats a hint", "", []fettle.Fact{fact("shop", fettle.Exposure, "open", fettle.Hinted, "h"), x("shop", "controlled")}, "shop", []string{"exposure controlled k8s/controlled"}},
		{"a change may raise", "", []fettle.Fact{x("shop", "controlled"), proposed(x("shop", "open"))}, "shop", []string{"exposure open k8s/open"}},
		{"a change may not lower", "", []fettle.Fact{x("shop", "open"), proposed(x("shop", "small"))}, "shop", []string{"exposure open k8s/open"}},
		{"nor lower what nobody knew", "", []fettle.Fact{proposed(x("shop", "controlled"))}, "shop", nil},
		{"but open it may state", "", []fettle.Fact{proposed(x("shop", "open"))}, "shop", []string{"exposure open k8s/open"}},
		{"a program that serves nobody", "", []fettle.Fact{fact("shop", fettle.Role, "cli", fettle.Hinted, "package.json")}, "shop",
			[]string{"exposure controlled package.json", "role cli package.json"}},
		{"one that also listens", "", []fettle.Fact{fact("shop", fettle.Role, "cli", fettle.Hinted, "package.json"), fact("shop", fettle.Role, "server", fettle.Hinted, "app.js")}, "shop",
			[]string{"role server app.js"}},
		{"a port that an image exposes", "", []fettle.Fact{fact("shop", fettle.Exposure, "controlled", fettle.Hinted, "Dockerfile")}, "shop", []string{"exposure controlled Dockerfile"}},
		{"an exposed port makes no server", "", []fettle.Fact{fact("shop", fettle.Exposure, "controlled", fettle.Hinted, "Dockerfile"),
			fact("shop", fettle.Role, "server", fettle.Hinted, "Dockerfile")}, "shop", []string{"exposure controlled Dockerfile", "role server Dockerfile"}},
		{"a port that a server's image exposes", "", []fettle.Fact{fact("shop", fettle.Exposure, "controlled", fettle.Hinted, "Dockerfile"),
			{Service: "shop", Signal: fettle.Role, Text: "server", Strength: fettle.Hinted, Source: "routes", Where: &fettle.Location{Path: "app.js"}}}, "shop", []string{"role server app.js"}},
		{"a role that a change states", "", []fettle.Fact{proposed(fact("shop", fettle.Role, "cli", fettle.Hinted, "package.json"))}, "shop", nil},
		{"one hint at data is none", "", []fettle.Fact{fact("shop", fettle.Data, "pci", fettle.Hinted, "a")}, "shop", nil},
		{"two make a statement", "", []fettle.Fact{fact("shop", fettle.Data, "pci", fettle.Hinted, "a"), fact("shop", fettle.Data, "pci", fettle.Hinted, "b")}, "shop", []string{"data pci a"}},
		{"two at one place are one", "", []fettle.Fact{fact("shop", fettle.Data, "pci", fettle.Hinted, "a"), fact("shop", fettle.Data, "pci", fettle.Hinted, "a")}, "shop", nil},
		{"two of different classes are none", "", []fettle.Fact{fact("shop", fettle.Data, "pci", fettle.Hinted, "a"), fact("shop", fettle.Data, "phi", fettle.Hinted, "b")}, "shop", nil},
		{"a tag is enough", "", []fettle.Fact{fact("shop", fettle.Data, "phi", fettle.Stated, "a")}, "shop", []string{"data phi a"}},
		{"no data, it is declared", "context: {data: []}", []fettle.Fact{fact("shop", fettle.Data, "phi", fettle.Stated, "a")}, "shop", []string{"data none fettle.yaml:1 declared"}},
		{"the nearest owner", "", []fettle.Fact{fact("", fettle.Owner, "@all", fettle.Stated, "CODEOWNERS"), fact("shop", fettle.Owner, "@shop", fettle.Stated, "CODEOWNERS")}, "shop",
			[]string{"owner @shop CODEOWNERS"}},
		{"inference is off", "context: {infer: false}", []fettle.Fact{x("shop", "controlled")}, "shop", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := load(cmp.Or(test.declared, "{}"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(test.want, said(Context{Declared: d}.Settle(test.facts, test.dir))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindingsCarryTheContextOfTheirProject(t *testing.T) {
	c := Context{Declared: Declared{Paths: []Path{{Path: "**/yarn.lock", Setting: Setting{Criticality: High, lines: map[string]int{"criticality": 7}}}}}}
	got, err := c.Correlate(t.Context(), fettle.Scene{
		Facts: []fettle.Fact{{Service: "a", Signal: fettle.Exposure, Text: "open", Strength: fettle.Stated, Source: "kubernetes", Why: "a LoadBalancer"}},
		Findings: []fettle.Finding{
			{ID: "1", Project: "a", Location: fettle.Location{Path: "a/package-lock.json"}},
			{ID: "2", Project: "b", Location: fettle.Location{Path: "b/yarn.lock"}},
		}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[fettle.ID][]fettle.Evidence{
		"1": {{Signal: fettle.Exposure, Status: fettle.Known, Text: "open", Source: "kubernetes", Why: "a LoadBalancer"}},
		"2": {{Signal: fettle.Criticality, Status: fettle.Known, Text: "high", Source: "fettle.yaml", Declared: true, Why: "context.paths[0], **/yarn.lock",
			Where: &fettle.Location{Path: "fettle.yaml", Line: 7}}},
	}
	if diff := gocmp.Diff(want, got.Evidence); diff != "" {
		t.Error(diff)
	}
}
