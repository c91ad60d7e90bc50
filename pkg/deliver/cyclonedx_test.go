package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// inventoried is a report of a workspace, a Maven project and a system, with one gap about the second.
func inventoried() fettle.Report {
	at := func(file string, line int) fettle.Location {
		return fettle.Location{Path: file, Line: line, EndLine: line}
	}
	node := func(ecosystem, name, version, key string, scope fettle.Scope, where fettle.Location, holders ...string) fettle.Node {
		n := fettle.Node{Package: fettle.Package{Ecosystem: ecosystem, Name: name, Version: version}, Key: key, Scope: scope, Location: where}
		for _, h := range holders {
			n.Holders = append(n.Holders, fettle.Edge{Holder: h, Range: "*", Scope: scope})
			n.Direct = n.Direct || h == "" || h == "packages/web"
		}
		return n
	}
	react := node("npm", "react", "18.2.0", "node_modules/react", fettle.Production, at("package-lock.json", 12), "packages/web")
	react.Manifest = &fettle.Location{Path: "packages/web/package.json", Line: 5}
	libc := node("Debian:12", "libc6", "2.36-9", "libc6:amd64", fettle.Production, at("var/lib/dpkg/status", 9), "")
	libc.Source = &fettle.Package{Ecosystem: "Debian:12", Name: "glibc", Version: "2.36-9"}
	floating := node("Maven", "org.example:tool", "", "org.example:tool", fettle.Test, at("pom.xml", 30), "")
	floating.NoVersion = "its version is a range"
	return fettle.Report{Version: "1.2.3", Commit: "c0ffee", Gaps: []fettle.Gap{
		{Stage: "discover", Subject: "pom.xml", Reason: "its parent cannot be read", Location: &fettle.Location{Path: "pom.xml", Line: 3}},
		{Stage: "correlate", Subject: "kev", Reason: "is down"},
	}, Inventory: &fettle.Inventory{Projects: []fettle.Project{
		{Manager: "npm", Lockfile: "package-lock.json", Manifest: "package.json", Nodes: []fettle.Node{
			react,
			node("npm", "@babel/core", "7.0.0", "node_modules/@babel/core", fettle.Development, at("package-lock.json", 20), "", "packages/web"),
			node("npm", "js-tokens", "4.0.0", "node_modules/js-tokens", fettle.Production, at("package-lock.json", 30), "node_modules/react", "node_modules/@babel/core", "node_modules/js-tokens"),
			node("npm", "fsevents", "2.0.0", "node_modules/fsevents", fettle.Optional, at("package-lock.json", 40), "node_modules/react"),
		}},
		{Manager: "maven", Lockfile: "pom.xml", Manifest: "pom.xml", Nodes: []fettle.Node{floating,
			node("Maven", "org.example:core", "1.0", "org.example:core@1.0", fettle.Production, at("pom.xml", 20), "")}},
		{Manager: "dpkg", Dir: "var/lib/dpkg", Lockfile: "var/lib/dpkg/status", Nodes: []fettle.Node{libc}},
	}}}
}

func bomOf(t testing.TB, r fettle.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	err := CycloneDX{Out: &b, Name: "shop", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}.Deliver(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheInventoryIsWrittenAsExpected(t *testing.T) {
	golden(t, "inventory.cdx.json", bomOf(t, inventoried()))
}

func TestTheSameInventoryGivesTheSameBytesAndAnotherOneAnotherSerialNumber(t *testing.T) {
	first := bomOf(t, inventoried())
	if !bytes.Equal(first, bomOf(t, inventoried())) {
		t.Error("two deliveries of one inventory differ")
	}
	serial := func(b []byte) string {
		var bom struct{ SerialNumber string }
		if err := json.Unmarshal(b, &bom); err != nil {
			t.Fatal(err)
		}
		return bom.SerialNumber
	}
	other := inventoried()
	other.Inventory.Projects[0].Nodes[0].Version = "18.2.1"
	if serial(first) == serial(bomOf(t, other)) {
		t.Errorf("both have %s", serial(first))
	}
}

func TestEveryReferenceOfTheGraphIsAComponent(t *testing.T) {
	bom := new(cdx.BOM)
	r := inventoried()
	r.Inventory.Projects[0].Nodes[2].Key = "a\nb"
	r.Inventory.Projects[0].Nodes[3].Key = "a b"
	r.Inventory.Projects[1].Lockfile = r.Inventory.Projects[0].Lockfile
	if err := cdx.NewBOMDecoder(bytes.NewReader(bomOf(t, r)), cdx.BOMFileFormatJSON).Decode(bom); err != nil {
		t.Fatal(err)
	}
	refs := []string{bom.Metadata.Component.BOMRef}
	for _, c := range *bom.Components {
		refs = append(refs, c.BOMRef)
	}
	slices.Sort(refs)
	if n := len(refs); n != len(slices.Compact(refs)) {
		t.Errorf("references stand twice: %v", refs)
	}
	var graph []string
	for _, d := range *bom.Dependencies {
		graph = append(graph, d.Ref)
		if d.Dependencies == nil {
			continue
		}
		for _, on := range *d.Dependencies {
			if !slices.Contains(refs, on) || on == d.Ref {
				t.Errorf("%s depends on %s", d.Ref, on)
			}
		}
	}
	slices.Sort(graph)
	if diff := cmp.Diff(refs, graph); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPackageIsAComponentInWhateverOrder(t *testing.T) {
	r := inventoried()
	slices.Reverse(r.Inventory.Projects[0].Nodes)
	bom := new(cdx.BOM)
	if err := cdx.NewBOMDecoder(bytes.NewReader(bomOf(t, r)), cdx.BOMFileFormatJSON).Decode(bom); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, p := range r.Inventory.Projects {
		for _, n := range p.Nodes {
			want[n.PURL()] = true
		}
	}
	for _, c := range *bom.Components {
		delete(want, c.PackageURL)
	}
	if len(want) > 0 {
		t.Errorf("lost: %v", want)
	}
}

func TestOnlyWhatHasNoGapIsSaidToBeComplete(t *testing.T) {
	aggregates := func(r fettle.Report) []string {
		var all []string
		for _, c := range compositions(bomProjects(r), r.Gaps) {
			for _, ref := range *c.Assemblies {
				all = append(all, string(c.Aggregate)+" "+string(ref))
			}
		}
		return all
	}
	r := inventoried()
	want := []string{"incomplete .", "incomplete project:pom.xml", "complete project:package-lock.json", "complete project:var/lib/dpkg/status"}
	if diff := cmp.Diff(want, aggregates(r)); diff != "" {
		t.Error(diff)
	}
	r.Gaps = r.Gaps[1:] // of another stage
	want = []string{"complete .", "complete project:package-lock.json", "complete project:pom.xml", "complete project:var/lib/dpkg/status"}
	if diff := cmp.Diff(want, aggregates(r)); diff != "" {
		t.Error(diff)
	}
}

func TestTheCycloneDXSchemaAcceptsEveryInventory(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "schemas")
	if _, err := os.Stat(filepath.Join(dir, "bom-1.6.schema.json")); err != nil {
		t.Skip("the schema is not here")
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(schemaFolder(dir))
	schema, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	all := reports()
	all["inventory"] = inventoried()
	for i, evil := range evils {
		r := hostile(evil)
		r.Inventory = inventoried().Inventory
		p := &r.Inventory.Projects[0]
		p.Lockfile, p.Dir, p.Manager, p.Manifest = evil, evil, evil, evil
		n := &p.Nodes[0]
		n.Package, n.Key, n.Location.Path, n.Scope, n.Holders[0].Holder = fettle.Package{Ecosystem: evil, Name: evil, Version: evil}, evil, evil, fettle.Scope(evil), evil
		all["hostile inventory "+string(rune('a'+i))] = r
	}
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(bomOf(t, r)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
		})
	}
}

// schemaFolder finds schemas by the last part of their address.
type schemaFolder string

func (dir schemaFolder) Load(address string) (any, error) {
	f, err := os.Open(filepath.Join(string(dir), address[strings.LastIndex(address, "/")+1:]))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return jsonschema.UnmarshalJSON(f)
}
