package sbom

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestCycloneDXGivesPackagesWithTheirWaysAndScopes(t *testing.T) {
	p := read(t, "sub/bom.json", shopJSON)
	if p.Manager != "cyclonedx" || p.Dir != "sub" || p.Lockfile != "sub/bom.json" {
		t.Errorf("%s %s %s", p.Manager, p.Dir, p.Lockfile)
	}
	wantNodes(t, p,
		"express@4.18.0 pkg:npm/express@4.18.0 production depth=1 sub/bom.json:8-11 direct <[]  (production) <[pkg:npm/qs@6.10.0]  (production)",
		"qs@6.10.0 pkg:npm/qs@6.10.0 production depth=2 sub/bom.json:12-12 <[pkg:npm/express@4.18.0]  (production) <[pkg:npm/mocha@10.0.0]  (production)",
		"qs@6.10.0 pkg:npm/qs@6.10.0#2 development depth=2 sub/bom.json:13-13 <[pkg:npm/mocha@10.0.0]  (production)",
		"mocha@10.0.0 pkg:npm/mocha@10.0.0 development depth=1 sub/bom.json:14-18 direct <[]  (development)",
		"inner@1.0.0 pkg:npm/inner@1.0.0 development depth=2 sub/bom.json:16-16 <[pkg:npm/mocha@10.0.0]  (production)",
		"fsevents@2.3.0 pkg:npm/fsevents@2.3.0 optional depth=1 sub/bom.json:19-19 direct <[]  (optional)",
		"org.example:core@1.0 pkg:maven/org.example/core production depth=1 sub/bom.json:20-20 direct <[]  (production)",
	)
}

// bare is nodes without places.
func bare(lines []string) []string {
	var all []string
	for _, line := range lines {
		var words []string
		for _, w := range strings.Fields(line) {
			if !strings.Contains(w, "bom.") && !strings.Contains(w, ".spdx") {
				words = append(words, w)
			}
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestXMLAndJSONSayTheSame(t *testing.T) {
	a, b := projecttest.Nodes(read(t, "bom.json", shopJSON)), projecttest.Nodes(read(t, "bom.xml", shopXML))
	if diff := cmp.Diff(bare(a), bare(b)); diff != "" {
		t.Error(diff)
	}
	if want := "bom.xml:5-7"; !strings.Contains(b[0], want) {
		t.Errorf("%s is not at %s", b[0], want)
	}
}

func TestSPDXGivesPackagesWithTheirWaysAndScopes(t *testing.T) {
	wantNodes(t, read(t, "a.spdx.json", shopSPDX),
		"express@4.18.0 pkg:npm/express@4.18.0 production depth=1 a.spdx.json:6-7 direct <[]  (production)",
		"qs@6.10.0 pkg:npm/qs@6.10.0 production depth=2 a.spdx.json:8-8 <[pkg:npm/express@4.18.0]  (production)",
		"mocha@10.0.0 pkg:npm/mocha@10.0.0 test depth=1 a.spdx.json:9-9 direct <[]  (test)",
		"eslint@8.0.0 pkg:npm/eslint@8.0.0 development depth=1 a.spdx.json:10-10 direct <[]  (development)",
		"react@18.0.0 pkg:npm/react@18.0.0 peer depth=1 a.spdx.json:11-11 direct <[]  (peer)",
		"inner@1.0.0 pkg:npm/inner@1.0.0 production depth=2 a.spdx.json:12-12 <[pkg:npm/express@4.18.0]  (production)",
	)
}

func TestAllFormatsOfSPDXSayTheSame(t *testing.T) {
	want := bare(projecttest.Nodes(read(t, "a.spdx.json", shopSPDX)))
	for file, text := range map[string]string{"a.spdx": shopTags(), "a.spdx.yaml": "# JSON is YAML\n" + shopSPDX, "b.spdx": strings.ReplaceAll(shopTags(), "\n", "\r\n"),
		"c.spdx": "\xef\xbb\xbf" + shopTags()} {
		if diff := cmp.Diff(want, bare(projecttest.Nodes(read(t, file, text)))); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestWhatCannotBeComparedIsKeptWithoutVersion(t *testing.T) {
	p := read(t, "bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
  {"type": "library", "name": "openssl", "version": "3.0", "cpe": "cpe:2.3:a:openssl:openssl:3.0:*:*:*:*:*:*:*"},
  {"type": "library", "name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3"},
  {"type": "application", "name": "thing", "version": "1"},
  {"type": "library", "name": "npm", "purl": "pkg:npm/npm"},
  {"type": "library", "name": "a", "version": "1.0", "purl": "pkg:npm/a@1.0"}]}`,
		"bom.json: has no dependency graph, so how the project comes to 5 of its packages is unknown")
	var got []string
	for _, n := range p.Nodes {
		got = append(got, n.Package.String()+": "+n.NoVersion)
	}
	want := []string{
		"openssl: the entry has a CPE and no package URL, and CPEs are not compared",
		`zlib: package URL "pkg:generic/zlib@1.3": there are no advisories for packages of type generic`,
		"thing: the entry has no package URL, which would say of what ecosystem it is",
		"npm: neither the package URL nor the entry gives one",
		"a@1.0: ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPackagesOfADistributionAreKnownByTheirSource(t *testing.T) {
	p := read(t, "bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
  {"type": "library", "name": "libssl3", "purl": "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12&upstream=openssl"},
  {"type": "library", "name": "libc6", "purl": "pkg:deb/debian/libc6@2.36-9%2Bb1?distro=debian-12&upstream=glibc%402.36-9"},
  {"type": "library", "name": "libgcc", "purl": "pkg:rpm/rocky/libgcc@11.4?distro=rocky-9&upstream=gcc-11.4.1-2.1.el9.src.rpm"},
  {"type": "library", "name": "bash", "purl": "pkg:deb/debian/bash@5"}], "dependencies": []}`,
		"bom.json: has no dependency graph, so how the project comes to 4",
		"bom.json: does not say of which release of their distribution 1",
		"bom.json: does not say of which source package 1")
	var got []string
	for _, n := range p.Nodes[:3] {
		got = append(got, n.Ecosystem+" "+n.Package.String()+" of "+n.Source.String())
	}
	want := []string{"Debian:12 libssl3@3.0.11-1 of openssl@3.0.11-1", "Debian:12 libc6@2.36-9+b1 of glibc@2.36-9", "Rocky Linux:9 libgcc@11.4 of gcc@11.4.1-2.1.el9"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsPassedOverIsToldWithItsLine(t *testing.T) {
	tests := map[string]struct {
		file, text string
		gaps       []string
	}{
		"vulnerabilities": {"bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5",
 "components": [{"bom-ref": "a", "type": "library", "name": "a", "purl": "pkg:npm/a@1"}],
 "dependencies": [{"ref": "a"}],
 "vulnerabilities": [{"id": "CVE-2024-0001", "analysis": {"state": "not_affected"}}]}`,
			[]string{"bom.json:4: holds 1 entries about vulnerabilities, which were not taken over"}},
		"duplicates and dangling references": {"bom.json", `{"bomFormat": "CycloneDX", "specVersion": "9.9", "components": [
 {"bom-ref": "a", "type": "library", "name": "a", "purl": "pkg:npm/a@1"},
 {"bom-ref": "a", "type": "library", "name": "b", "purl": "pkg:npm/b@1"}],
 "dependencies": [{"ref": "a", "dependsOn": [
   "gone",
   "urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#x"]}]}`,
			[]string{`bom.json:1: is CycloneDX "9.9"`, `bom.json:3: "a" stands twice, first on line 2`, `bom.json:5: "gone" is in a dependency`, `bom.json:6: "urn:cdx:`}},
		"what is incomplete": {"bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5",
 "metadata": {"component": {"bom-ref": "r", "type": "application", "name": "r"}},
 "components": [{"bom-ref": "a", "type": "library", "name": "a", "purl": "pkg:npm/a@1",
   "externalReferences": [{"type": "bom", "url": "https://x.example/bom.json"}]},
  {"bom-ref": "b", "type": "library", "name": "b", "purl": "pkg:npm/b@1"}],
 "dependencies": [{"ref": "r", "dependsOn": ["a"]}],
 "compositions": [{"aggregate": "incomplete_first_party_only"}]}`,
			[]string{"bom.json:4: \"a\" has a bill of materials of its own", "bom.json:7: says of itself that it is incomplete", "bom.json: its dependency graph leads from the project to all but 1"}},
		"nothing":  {"bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5"}`, []string{"bom.json: holds no packages"}},
		"repeated": {"bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5",` + "\n" + `"specVersion": "1.5"}`, []string{`bom.json:2: "specVersion" stands twice`, "bom.json: holds no packages"}},
		"tag-value": {"a.spdx", "SPDXVersion: SPDX-2.3\nPackageName: a\nSPDXID: SPDXRef-a\nExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1\nExternalRef: broken\nRelationship: a b\nwhat is this\nRelationship: SPDXRef-a DEPENDS_ON DocumentRef-x:SPDXRef-y\n",
			[]string{"a.spdx:5:", "a.spdx:6:", "a.spdx:7:", `a.spdx:8: "DocumentRef-x:SPDXRef-y" stands in another document`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { read(t, test.file, test.text, test.gaps...) })
	}
}

func TestWhatIsNoBillOfMaterialsIsAGap(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "a:1: the file is empty",
		"{":                        "a:1: not valid JSON",
		`{"a": 1}`:                 "a:1: is neither CycloneDX nor SPDX 2",
		"[]":                       "a:1: is neither",
		"<a/>":                     "a:1: is neither",
		"<bom xmlns=\"x\"/>":       "a:1: is neither",
		"<rdf:RDF xmlns:rdf='x'/>": "a:1: is RDF",
		"hello":                    "a:1: is neither",
		"SPDXVersion: SPDX-1.2\n":  "a:1: is of version SPDX-1.2",
		"SPDXID: x\n":              "a:1: has no SPDXVersion",
		"SPDXVersion: SPDX-2.3\nPackageComment: <text>x\n":                                    "a:2: a <text> has no end",
		`{"spdxVersion": "SPDX-3.0"}`:                                                         "a:1: is of version",
		`{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [{"a":1}]}`: "a:1: is SPDX 3",
	} {
		r := Parse("a", []byte(text))
		if len(r.Projects) > 0 {
			t.Errorf("%q is a project", text)
		}
		projecttest.WantGaps(t, r.Gaps, want)
	}
}

func TestABillOfOneThingIsAboutThatThing(t *testing.T) {
	p := read(t, "bom.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": {"type": "library", "name": "log4j-core", "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}}}`)
	wantNodes(t, p, "org.apache.logging.log4j:log4j-core@2.14.1 pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1 production depth=1 bom.json:1-1 direct <[]  (production)")
	p = read(t, "a.spdx.json", `{"spdxVersion": "SPDX-2.3", "documentDescribes": ["SPDXRef-a"], "packages": [{"SPDXID": "SPDXRef-a", "name": "a", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}]}]}`)
	wantNodes(t, p, "a@1 pkg:npm/a@1 production depth=1 a.spdx.json:1-1 direct <[]  (production)")
}

func TestFilesAreClaimedByTheirNames(t *testing.T) {
	for file, want := range map[string]bool{"bom.json": true, "a/BOM.xml": true, "x.cdx.json": true, "x.spdx": true, "x.spdx.yml": true, "sbom.json": true,
		"app.bom.json": true, "cdx.json": false, ".spdx": false, "x.json": false, "pom.xml": false, "manifest.spdx.json": true} {
		if got := (Reader{}).Claims(file); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}

func TestFilesOfATreeAreReadAndThoseThatCannotBeAreGaps(t *testing.T) {
	dir := projecttest.Tree{"bom.json": shopJSON, "sub/a.spdx": shopTags(), "sub/b.cdx.xml": "-> /etc/hostname"}.Write(t)
	r := projecttest.Read(t, Reader{}, dir)
	if len(r.Projects) != 2 {
		t.Errorf("%d projects", len(r.Projects))
	}
	projecttest.WantGaps(t, r.Gaps, "sub/b.cdx.xml: cannot be read")
}
