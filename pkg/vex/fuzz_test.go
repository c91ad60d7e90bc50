package vex

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(current))
	f.Add([]byte(cdxBOM))
	f.Add([]byte(strings.ReplaceAll("\ufeff"+current, "\n", "\r\n")))
	f.Add([]byte(current[:len(current)/2]))
	f.Add([]byte(strings.Repeat("[", 20000)))
	f.Add([]byte(`{"@context": "https://openvex.dev/ns", "statements": ` + strings.Repeat(`{"products":[`, 500)))
	f.Add([]byte(`{"@context": "https://openvex.dev/ns", "@context": 1, "statements": [], "statements": [{"vulnerability": "a", "status": "fixed", "products": [null, "../../etc", "pkg:npm/%2e%2e/a"]}]}`))
	f.Add([]byte(`<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><vulnerabilities><vulnerability><id>C</id><analysis><state>resolved</state></analysis><affects><target><ref>pkg:npm/a</ref></target></affects></vulnerability></vulnerabilities></bom>`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><bom xmlns="http://cyclonedx.org/schema/bom/1.5">` + strings.Repeat("<components><component>", 300)))
	f.Add([]byte(`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"bom-ref": "a", "components": [{"bom-ref": "a"}]}], "vulnerabilities": [{"id": "C", "analysis": {"state": "resolved"}, "affects": [{"ref": "a", "versions": [{"version": "1"}]}]}]}`))
	f.Add([]byte(`{"document": {"csaf_version": "2.0"}, "product_tree": {"relationships": [{"product_reference": "a", "relates_to_product_reference": "b", "full_product_name": {"product_id": "a"}}, {"product_reference": "b", "relates_to_product_reference": "a", "full_product_name": {"product_id": "b"}}]}, "vulnerabilities": [{"cve": "C", "product_status": {"fixed": ["a", "b"]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse("f", data)
		if err != nil {
			if _, ok := err.(*Fault); !ok || !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, s := range d.Statements {
			if len(s.IDs) == 0 || len(s.Products) == 0 || !s.Status.Valid() || s.Line < 1 || s.Line > lines {
				t.Fatalf("%+v", s)
			}
			if s.Status == NotAffected && s.Justification == "" && s.Impact == "" {
				t.Fatalf("%+v", s)
			}
		}
		set := NewSet([]Document{d})
		p, _ := ParsePURL("pkg:npm/a@1")
		for _, s := range d.Statements {
			Latest(set.About(s.IDs, Subject{Package: []PURL{p}, Wholes: []Whole{NewWhole("a")}}))
		}
		d.Author, d.Timestamp = "a", at("2026-02-01T10:00:00Z")
		var b bytes.Buffer
		for _, write := range []error{WriteOpenVEX(&b, d), WriteCycloneDX(&b, d)} {
			if write != nil {
				t.Fatal(write)
			}
		}
	})
}

func FuzzPURL(f *testing.F) {
	for _, seed := range []string{"pkg:npm/%40a/b@1?c=d#e", "pkg:deb/debian/curl@7?distro=debian-12", "pkg:golang/a@v1", "PKG://npm//a", "pkg:maven/a/b@1?type=jar", "pkg:npm/a@", "pkg:npm/a#../..", "pkg:n5m/a#.//\x82\x82"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePURL(text)
		if err != nil {
			return
		}
		if !p.Covers(p) {
			t.Errorf("%q does not cover itself", text)
		}
		if q, err := ParsePURL(p.String()); err == nil && !q.Covers(p) {
			t.Errorf("%q is written as %q, which does not cover it", text, p)
		}
	})
}
