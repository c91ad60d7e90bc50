package vex

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func purls(t *testing.T, texts ...string) []PURL {
	t.Helper()
	var all []PURL
	for _, text := range texts {
		p, err := ParsePURL(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func product(id string, subs ...string) Product {
	p := Product{Component: Component{ID: id}}
	for _, sub := range subs {
		p.Subcomponents = append(p.Subcomponents, Component{PURL: sub})
	}
	return p
}

func TestWhichProductsAStatementCovers(t *testing.T) {
	// qs 6.7.0 in services/a of the shop, through express and by body-parser alone
	qs := Subject{
		Package: purls(t, "pkg:npm/qs@6.7.0"),
		Ways:    [][]PURL{purls(t, "pkg:npm/express@4.17.1", "pkg:npm/body-parser@1.19.0"), purls(t, "pkg:npm/body-parser@1.19.0")},
		Wholes:  []Whole{NewWhole("pkg:github/acme/shop@abc#services/a"), NewWhole("https://acme.example/shop")},
	}
	tests := []struct {
		name    string
		product Product
		subject Subject
		want    bool
	}{
		{"the package", product("pkg:npm/qs@6.7.0"), qs, true},
		{"all versions of it", product("pkg:npm/qs"), qs, true},
		{"another version", product("pkg:npm/qs@6.7.1"), qs, false},
		{"the application", product("pkg:github/acme/shop"), qs, true},
		{"the application by an address", product("https://acme.example/shop"), qs, true},
		{"another application", product("pkg:github/acme/till"), qs, false},
		{"another part of the application", product("pkg:github/acme/shop#services/b"), qs, false},
		{"the package in the application", product("pkg:github/acme/shop#services/a", "pkg:npm/qs@6.7.0"), qs, true},
		{"the package in the application by an address", product("https://acme.example/shop", "pkg:npm/qs"), qs, true},
		{"one of several subcomponents", product("pkg:github/acme/shop", "pkg:npm/a", "pkg:npm/qs"), qs, true},
		{"another package in the application", product("pkg:github/acme/shop", "pkg:npm/a"), qs, false},
		{"the package in another application", product("pkg:github/acme/till", "pkg:npm/qs"), qs, false},
		{"a package that holds it on every way", product("pkg:npm/body-parser"), qs, true},
		{"the package in one that holds it on every way", product("pkg:npm/body-parser@1.19.0", "pkg:npm/qs"), qs, true},
		{"a package that holds it on one way only", product("pkg:npm/express"), qs, false},
		{"the package in one that holds it on one way only", product("pkg:npm/express", "pkg:npm/qs"), qs, false},
		{"a holder where the ways are not known", product("pkg:npm/body-parser"), Subject{Package: qs.Package}, false},
		{"the package in a holder where the ways are not known", product("pkg:npm/body-parser", "pkg:npm/qs"), Subject{Package: qs.Package}, false},
		{"a hash", Product{Component: Component{Hashes: map[string]string{"sha-256": "00"}}}, qs, false},
		{"a CPE", Product{Component: Component{CPEs: []string{"cpe:2.3:a:x:qs:6.7.0:*:*:*:*:*:*:*"}}}, qs, false},
		{"a name of CycloneDX", Product{Component: Component{Name: "qs"}}, qs, false},
		{"a source package", product("pkg:deb/debian/openssl"), Subject{Package: purls(t, "pkg:deb/debian/libssl3@3", "pkg:deb/debian/openssl@3")}, true},
	}
	for _, test := range tests {
		set := NewSet([]Document{{Statements: []Statement{{IDs: []string{"CVE-2022-24999", "GHSA-x"}, Status: Fixed, Products: []Product{test.product}}}}})
		if got := len(set.About([]string{"ghsa-X"}, test.subject)); (got == 1) != test.want {
			t.Errorf("%s: %d statements", test.name, got)
		}
		if got := set.About([]string{"CVE-2022-2499"}, test.subject); got != nil {
			t.Errorf("%s: covers another vulnerability", test.name)
		}
	}
}

func TestNoneOfTooManyStatementsOnOneThingIsUsed(t *testing.T) {
	var d Document
	for range maxAlike {
		d.Statements = append(d.Statements, Statement{IDs: []string{"C"}, Status: Fixed, Products: []Product{product("pkg:npm/a@1"), product("pkg:npm/a@1")}})
	}
	subject := Subject{Package: purls(t, "pkg:npm/a@1")}
	if set := NewSet([]Document{d}); len(set.About([]string{"C"}, subject)) != maxAlike || set.Crowded() != nil {
		t.Errorf("%d statements are not all used", maxAlike)
	}
	d.Statements = append(d.Statements, Statement{IDs: []string{"C", "D"}, Status: Affected, Products: []Product{product("pkg:npm/a@1")}})
	set := NewSet([]Document{d})
	if got := set.About([]string{"c"}, subject); got != nil || !slices.Equal(set.Crowded(), []string{"C"}) {
		t.Errorf("of %d statements %d are used, and %v is told", maxAlike+1, len(got), set.Crowded())
	}
	if got := set.About([]string{"D"}, subject); len(got) != 1 || !set.Knows([]string{"d"}) || set.Knows([]string{"E"}) {
		t.Errorf("another vulnerability: %v", got)
	}
}

func TestTheLatestStatementOfAnAuthorHolds(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	by := func(author string, status Status, n int) Statement {
		s := Statement{IDs: []string{"C"}, Author: author, File: "f.json", Status: status, Products: []Product{product("pkg:npm/a")}}
		if n > 0 {
			s.Timestamp = day(n)
		}
		return s
	}
	updated := by("acme", Affected, 1)
	updated.LastUpdated = day(9)
	tests := []struct {
		name       string
		statements []Statement
		want       string
	}{
		{"the later", []Statement{by("acme", Affected, 2), by("acme", Fixed, 3), by("acme", NotAffected, 1)}, "fixed"},
		{"whatever the spelling of the author", []Statement{by(" ACME ", Affected, 2), by("acme", Fixed, 3)}, "fixed"},
		{"an update counts", []Statement{updated, by("acme", Fixed, 3)}, "affected"},
		{"of one time, the one that asks for most", []Statement{by("acme", UnderInvestigation, 2), by("acme", Affected, 2), by("acme", NotAffected, 2)}, "affected"},
		{"a date before none", []Statement{by("acme", Fixed, 2), by("acme", Affected, 0)}, "fixed"},
		{"each author", []Statement{by("b", Fixed, 2), by("a", Affected, 9)}, "affected fixed"},
		{"a document without author speaks for itself", []Statement{by("", Fixed, 2), by("a", Affected, 9)}, "affected fixed"},
	}
	for _, test := range tests {
		var got []string
		for _, s := range Latest(NewSet([]Document{{Statements: test.statements}}).About([]string{"C"}, Subject{Package: purls(t, "pkg:npm/a@1")})) {
			got = append(got, string(s.Status))
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
