package correlate

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/vex"
)

// statement is a line of an OpenVEX document.
func statement(id, status, products, more string) string {
	return `{"vulnerability": "` + id + `", "status": "` + status + `", "products": [` + products + `]` + more + "},\n"
}

const because = `, "justification": "vulnerable_code_not_in_execute_path"`

func document(t *testing.T, file, author string, statements ...string) vex.Document {
	t.Helper()
	text := `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "` + author + `", "timestamp": "2026-03-01T00:00:00Z", "version": 1, "statements": [` + "\n" +
		strings.TrimSuffix(strings.Join(statements, ""), ",\n") + "]}"
	d, err := vex.Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func npmCopy(version string, paths ...[]string) fettle.Instance {
	return fettle.Instance{Version: version, Key: "node_modules/qs", Paths: paths, PathCount: len(paths)}
}

// qs is affected in two copies.
func qs() fettle.Finding {
	return fettle.Finding{ID: "f", Rule: "CVE-2022-24999", Aliases: []string{"GHSA-hrpp-h998-j3pp"}, Package: fettle.Package{Ecosystem: "npm", Name: "qs", Version: "6.5.2"},
		Project: "services/a", Location: fettle.Location{Path: "services/a/package-lock.json", Line: 7},
		Instances: []fettle.Instance{npmCopy("6.5.2", []string{"request@2.88.0", "qs@6.5.2"}), npmCopy("6.7.0", []string{"express@4.17.1", "body-parser@1.19.0", "qs@6.7.0"}, []string{"express@4.17.1", "qs@6.7.0"})}}
}

func TestVEX(t *testing.T) {
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	const both = `"pkg:npm/qs"`
	known := func(text, source, why string, where *fettle.Location) fettle.Evidence {
		return fettle.Evidence{Signal: fettle.VEX, Status: fettle.Known, Text: text, Source: source, AsOf: march, Why: why, Where: where}
	}
	line := func(n int) *fettle.Location { return &fettle.Location{Path: ".vex/a.json", Line: n} }
	own := func(statements ...string) VEX {
		return VEX{Documents: []vex.Document{document(t, ".vex/a.json", "Team", statements...)}, Products: []string{"pkg:github/acme/shop@1"}}
	}
	tests := []struct {
		name string
		v    VEX
		want []fettle.Evidence
	}{
		{"a statement of the repository has its place", own(statement("GHSA-HRPP-h998-j3pp", "not_affected", both, because+`, "impact_statement": "a\n b"`)),
			[]fettle.Evidence{known("not_affected vulnerable_code_not_in_execute_path", "Team", "a b", line(2))}},
		{"one of a vendor names its file", VEX{Vendors: []vex.Document{document(t, "v.json", "Acme", statement("CVE-2022-24999", "fixed", both, ""))}},
			[]fettle.Evidence{known("fixed", "Acme (v.json:2)", "", nil)}},
		{"one without author is by its file", VEX{Vendors: []vex.Document{document(t, "v.json", "", statement("CVE-2022-24999", "fixed", both, ""))}},
			[]fettle.Evidence{known("fixed", "v.json", "", nil)}},
		{"one copy of two is not enough to silence", own(statement("CVE-2022-24999", "fixed", `"pkg:npm/qs@6.7.0"`, "")),
			[]fettle.Evidence{{Signal: fettle.VEX, Status: fettle.Unknown, Text: "fixed", Source: "Team", AsOf: march, Where: line(2),
				Why: "it says nothing of qs 6.5.2, which is installed as well or comes in another way"}}},
		{"two statements may cover the two copies", own(statement("CVE-2022-24999", "fixed", `"pkg:npm/qs@6.7.0"`, ""), statement("CVE-2022-24999", "not_affected", `"pkg:npm/qs@6.5.2"`, because)),
			[]fettle.Evidence{known("fixed", "Team", "", line(2))}},
		{"one affected copy is enough", own(statement("CVE-2022-24999", "fixed", `"pkg:npm/qs@6.7.0"`, ""), statement("CVE-2022-24999", "affected", `"pkg:npm/qs@6.5.2"`, `, "action_statement": "wait"`)),
			[]fettle.Evidence{known("affected", "Team", "wait", line(3))}},
		{"affected where the other copy is not spoken of", own(statement("CVE-2022-24999", "affected", `"pkg:npm/qs@6.5.2"`, `, "action_statement": "wait"`)),
			[]fettle.Evidence{known("affected", "Team", "wait", line(2))}},
		{"the application", own(statement("CVE-2022-24999", "fixed", `"pkg:github/acme/shop"`, "")), []fettle.Evidence{known("fixed", "Team", "", line(2))}},
		{"its part in the project's directory", own(statement("CVE-2022-24999", "fixed", `{"@id": "pkg:github/acme/shop#services/a", "subcomponents": [{"@id": "pkg:npm/qs"}]}`, "")),
			[]fettle.Evidence{known("fixed", "Team", "", line(2))}},
		{"its part by the lockfile", own(statement("CVE-2022-24999", "fixed", `"pkg:github/acme/shop#services/a/package-lock.json"`, "")), []fettle.Evidence{known("fixed", "Team", "", line(2))}},
		{"its part by the lockfile of the root", own(statement("CVE-2022-24999", "fixed", `"pkg:github/acme/shop#package-lock.json"`, "")), nil},
		{"its part in another directory", own(statement("CVE-2022-24999", "fixed", `"pkg:github/acme/shop#services/b"`, "")), nil},
		{"a package in the application that is not in question", own(statement("CVE-2022-24999", "fixed", `{"@id": "pkg:github/acme/shop", "subcomponents": [{"@id": "pkg:npm/qss"}]}`, "")), nil},
		{"another application with this package", own(statement("CVE-2022-24999", "fixed", `{"@id": "pkg:github/acme/till", "subcomponents": [{"@id": "pkg:npm/qs"}]}`, "")), nil},
		{"a holder of one copy", own(statement("CVE-2022-24999", "fixed", `{"@id": "pkg:npm/express", "subcomponents": [{"@id": "pkg:npm/qs"}]}`, "")),
			[]fettle.Evidence{{Signal: fettle.VEX, Status: fettle.Unknown, Text: "fixed", Source: "Team", AsOf: march, Where: line(2),
				Why: "it says nothing of qs 6.5.2, which is installed as well or comes in another way"}}},
		{"holders of both copies", own(statement("CVE-2022-24999", "fixed", `"pkg:npm/express@4.17.1", "pkg:npm/request"`, "")), []fettle.Evidence{known("fixed", "Team", "", line(2))}},
		{"another vulnerability", own(statement("CVE-2022-2499", "fixed", both, "")), nil},
		{"own evidence comes first", VEX{Vendors: []vex.Document{document(t, "v.json", "Acme", statement("CVE-2022-24999", "fixed", both, ""))},
			Documents: []vex.Document{document(t, ".vex/a.json", "Team", statement("CVE-2022-24999", "under_investigation", both, ""))}},
			[]fettle.Evidence{known("under_investigation", "Team", "", line(2)), known("fixed", "Acme (v.json:2)", "", nil)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, test.v, qs())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAHolderSaysNothingWhereTheListOfWaysWasCut(t *testing.T) {
	f := qs()
	f.Instances = f.Instances[1:]
	v := VEX{Documents: []vex.Document{document(t, "vex.json", "Team", statement("CVE-2022-24999", "fixed", `"pkg:npm/express"`, ""))}}
	if got := ask(t, v, f); len(got) != 1 {
		t.Errorf("got %v, want one", got)
	}
	f.Instances[0].PathCount++
	if got := ask(t, v, f); got != nil {
		t.Errorf("got %v where not all ways are known", got)
	}
}

func TestAStatementOnASourcePackageIsOnWhatIsBuiltOfIt(t *testing.T) {
	debian := func(name string) fettle.Package {
		return fettle.Package{Ecosystem: "Debian:12", Name: name, Version: "3.0.1-1"}
	}
	source := debian("openssl")
	scene := fettle.Scene{
		Inventory: fettle.Inventory{Projects: []fettle.Project{{Dir: "", Nodes: []fettle.Node{{Package: debian("libssl3"), Key: "libssl3", Source: &source}}}}},
		Findings:  []fettle.Finding{{ID: "f", Rule: "CVE-1", Package: source, Instances: []fettle.Instance{{Version: "3.0.1-1", Key: "libssl3"}}}},
	}
	for purl, want := range map[string]int{
		"pkg:deb/debian/openssl@3.0.1-1": 1, "pkg:deb/debian/libssl3?distro=debian-12": 1, "pkg:deb/debian/openssl?distro=debian-12.5": 1,
		"pkg:deb/debian/openssl?distro=debian-11": 0, "pkg:deb/debian/openssl?arch=amd64": 0, "pkg:deb/ubuntu/openssl": 0,
	} {
		got, err := VEX{Vendors: []vex.Document{document(t, "v.json", "Debian", statement("CVE-1", "fixed", `"`+purl+`"`, ""))}}.Correlate(context.Background(), scene)
		if err != nil || len(got.Evidence["f"]) != want {
			t.Errorf("%s: %v %v, want %d", purl, got.Evidence["f"], err, want)
		}
	}
}

func TestADistributionSpeaksOfItsOwnPackages(t *testing.T) {
	rpm := func(ecosystem, name string) fettle.Package {
		return fettle.Package{Ecosystem: ecosystem, Name: name, Version: "8.0.1-5"}
	}
	about := func(product, cpe, purl string) vex.Document {
		d, err := vex.Parse("csaf.json", []byte(`{"document": {"csaf_version": "2.0", "publisher": {"name": "Acme"}, "tracking": {"current_release_date": "2026-03-01T00:00:00Z"}},
"product_tree": {"full_product_names": [{"product_id": "OS", "product_identification_helper": {"cpe": "`+cpe+`"}}, {"product_id": "P", "product_identification_helper": {"purl": "`+purl+`"}}],
"relationships": [{"category": "default_component_of", "product_reference": "P", "relates_to_product_reference": "OS", "full_product_name": {"product_id": "OS:P"}}]},
"vulnerabilities": [{"cve": "CVE-1", "product_status": {"`+product+`": ["OS:P"]}, "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["OS:P"]}]}]}`))
		if err != nil || len(d.Statements) != 1 {
			t.Fatalf("%+v %v", d, err)
		}
		return d
	}
	tests := []struct {
		name, ecosystem string
		d               vex.Document
		want            int
	}{
		{"the source package on its release", "Red Hat:enterprise_linux:9::baseos", about("known_not_affected", "cpe:/o:redhat:enterprise_linux:9", "pkg:rpm/redhat/curl?arch=src"), 1},
		{"the package in a repository of its release", "Red Hat:enterprise_linux:9::baseos", about("fixed", "cpe:/a:redhat:enterprise_linux:9::appstream", "pkg:rpm/redhat/libcurl@8.0.1-5"), 1},
		{"another release", "Red Hat:enterprise_linux:9::baseos", about("known_not_affected", "cpe:/o:redhat:enterprise_linux:8", "pkg:rpm/redhat/curl?arch=src"), 0},
		{"a stream of the release that lives longer", "Red Hat:enterprise_linux:9::baseos", about("fixed", "cpe:/o:redhat:rhel_eus:9.2::baseos", "pkg:rpm/redhat/libcurl@8.0.1-5"), 0},
		{"an architecture, which is not known", "Red Hat:enterprise_linux:9::baseos", about("fixed", "cpe:/o:redhat:enterprise_linux:9", "pkg:rpm/redhat/libcurl@8.0.1-5?arch=x86_64"), 0},
		{"a service pack", "SUSE:Linux Enterprise Server 15 SP4", about("fixed", "cpe:/o:suse:sles:15:sp4", "pkg:rpm/suse/libcurl@8.0.1-5?upstream=curl-8.0.1-5.src.rpm"), 1},
		{"another service pack", "SUSE:Linux Enterprise Server 15 SP5", about("fixed", "cpe:/o:suse:sles:15:sp4", "pkg:rpm/suse/libcurl@8.0.1-5"), 0},
		{"another product with the package", "Red Hat:enterprise_linux:9::baseos", about("fixed", "cpe:/a:redhat:openshift:4.14::el9", "pkg:rpm/redhat/libcurl@8.0.1-5"), 0},
	}
	for _, test := range tests {
		source := rpm(test.ecosystem, "curl")
		scene := fettle.Scene{
			Inventory: fettle.Inventory{Projects: []fettle.Project{{Nodes: []fettle.Node{{Package: rpm(test.ecosystem, "libcurl"), Key: "libcurl", Source: &source}}}}},
			Findings:  []fettle.Finding{{ID: "f", Rule: "CVE-1", Package: rpm(test.ecosystem, "libcurl"), Instances: []fettle.Instance{{Version: "8.0.1-5", Key: "libcurl"}}}},
		}
		got, err := VEX{Vendors: []vex.Document{test.d}}.Correlate(t.Context(), scene)
		if err != nil || len(got.Evidence["f"]) != test.want {
			t.Errorf("%s: %v %v, want %d", test.name, got.Evidence["f"], err, test.want)
		}
	}
}

func TestTooManyStatementsOnOneThingAreAGap(t *testing.T) {
	d := document(t, "v.json", "Acme", statement("CVE-2022-24999", "fixed", `"pkg:npm/qs"`, ""))
	for range 2000 {
		d.Statements = append(d.Statements, d.Statements[0])
	}
	got, err := VEX{Vendors: []vex.Document{d}}.Correlate(t.Context(), fettle.Scene{Findings: []fettle.Finding{qs()}})
	if err != nil || len(got.Evidence["f"]) > 0 || len(got.Gaps) != 1 || !strings.Contains(got.Gaps[0].Reason, "more statements on CVE-2022-24999 about one version") {
		t.Errorf("got %+v %v", got, err)
	}
}

func TestStatementsThatServeNothingAreTold(t *testing.T) {
	v := VEX{Products: []string{"pkg:github/acme/shop"}, Documents: []vex.Document{document(t, "vex.json", "Team",
		statement("CVE-2022-24999", "fixed", `"pkg:npm/qs"`, ""),
		statement("CVE-2022-24999", "fixed", `{"@id": "pkg:oci/shop", "subcomponents": [{"@id": "pkg:npm/qs"}]}`, ""),
		statement("CVE-2000-0001", "fixed", `"pkg:npm/qs"`, ""),
		statement("CVE-2000-0002", "fixed", `"pkg:npm/old"`, ""),
		statement("CVE-2000-0003", "not_affected", `"pkg:npm/qs"`, ""),
		statement("CVE-2022-24999", "fixed", `"pkg:npm/qs@6.5.2"`, ""), // later ones of the same author hold, this one is about a finding all the same
	)}}
	r := fettle.Report{Cases: []fettle.Case{{Finding: qs()}}, Gone: []fettle.Finding{{Rule: "CVE-2000-0002", Package: fettle.Package{Ecosystem: "npm", Name: "old", Version: "1"}}}}
	v.Vendors = []vex.Document{document(t, "v.json", "Acme", statement("CVE-1", "not_affected", `"pkg:npm/a"`, ""), statement("CVE-2", "fixed", `"pkg:npm/a"`, ""))}
	told := func(r fettle.Report, everything bool) []string {
		var all []string
		remarks := v.Review(r, everything)
		last := len(remarks) - 1
		if got := remarks[last]; got.Location != nil || !strings.HasPrefix(got.Text, `the VEX document v.json has 1 things that are not as they should be, such as at line 2: the statement on "CVE-1"`) {
			t.Errorf("of a vendor's document it is told %q", got.Text)
		}
		for _, remark := range remarks[:last] {
			all = append(all, remark.Location.String()+" "+remark.Text)
		}
		return all
	}
	invalid := `vex.json:6 the statement on "CVE-2000-0003" says not_affected without a justification and is not used; give one of component_not_present, vulnerable_code_not_present, ` +
		`vulnerable_code_not_in_execute_path, vulnerable_code_cannot_be_controlled_by_adversary or inline_mitigations_already_exist, or an impact statement`
	want := []string{
		"vex.json:3 the VEX statement on CVE-2022-24999 does not cover the finding of it: its product is pkg:oci/shop with pkg:npm/qs, and found is pkg:npm/qs@6.5.2 at services/a/package-lock.json:7; " +
			"name that package, or name the application among the run's own products",
		"vex.json:4 the VEX statement on CVE-2000-0001 is about no finding of this run; remove it, or correct the vulnerability",
		"vex.json:5 the VEX statement on CVE-2000-0002 is only about what the change removes; remove it with the change",
		invalid,
	}
	if diff := cmp.Diff(want, told(r, true)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{invalid}, told(r, false)); diff != "" {
		t.Errorf("a run over a part: %s", diff)
	}
	r.Gaps = []fettle.Gap{{Stage: "discover", Subject: "yarn.lock"}}
	if diff := cmp.Diff([]string{invalid}, told(r, true)); diff != "" {
		t.Errorf("a run with gaps: %s", diff)
	}
}
