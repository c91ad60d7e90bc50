package feed

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type listCompiler func(io.Writer, io.Reader, time.Time) (Edition, error)

func compileList(t testing.TB, compile listCompiler, text string) (*List, Edition) {
	t.Helper()
	var out bytes.Buffer
	edition, err := compile(&out, strings.NewReader(text), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := OpenList(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return list, edition
}

func TestListReadsEachForm(t *testing.T) {
	const link = "https://lists.example/1"
	full := Listing{Since: day("2024-05-06"), Links: []string{link}}
	tests := []struct {
		name, text string
		want       Listing // of CVE-2024-0001
		other      int
	}{
		{"lines of ids", "# exploited\nCVE-2024-0001\ncve-2024-0002 # lower case\n", Listing{}, 0},
		{"lines with a BOM and CRLF", "\ufeffCVE-2024-0001\r\nCVE-2024-0002\r\n", Listing{}, 0},
		{"lines with date and link", "CVE-2024-0001 2024-05-06 " + link + "\nCVE-2024-0002\t2024-01-02\n", full, 0},
		{"lines with a remark", "CVE-2024-0001 log4shell\nCVE-2024-0002\nEUVD-2024-0007\n", Listing{}, 1},
		{"CSV", "cve,date,link\nCVE-2024-0001,2024-05-06," + link + "\nCVE-2024-0002,,\n", full, 0},
		{"CSV with other names", "\"Vendor\",\"CVE ID\",\"Date Added\",\"URL\"\n\"A, B\",CVE-2024-0001,2024-05-06T01:02:03Z," + link + "\nC,CVE-2024-0002,,\n", full, 0},
		{"array of ids", `["CVE-2024-0001", "CVE-2024-0002", "GHSA-aaaa-bbbb-cccc"]`, Listing{}, 1},
		{"array of objects", `[{"cve": "CVE-2024-0001", "date_added": "2024-05-06", "url": "` + link + `"}, {"cve": ["CVE-2024-0002"]}, {"title": "x"}]`, full, 1},
		{"object with entries", `{"title": "t", "count": 2, "vulnerabilities": [{"cveID": "CVE-2024-0001", "dateAdded": "2024-05-06", "references": ["` + link + `"]}, {"cveID": "CVE-2024-0002"}]}`, full, 0},
		{"ids among aliases", `{"items": [{"id": "EUVD-1", "aliases": "GHSA-x-y-z\nCVE-2024-0001\n", "exploitedSince": "May 6, 2024, 12:00:00 AM", "references": "` + link + `\nx"}, {"id": "CVE-2024-0002"}]}`, full, 0},
		{"members named by ids", `{"data": {"CVE-2024-0001": {"since": "2024-05-06", "links": ["` + link + `"]}, "CVE-2024-0002": "2024-05-01"}}`, full, 0},
		{"the first of several dates", "CVE-2024-0001 2025-01-01\nCVE-2024-0001 2024-05-06 " + link + "\nCVE-2024-0002\n", full, 0},
		{"links that are no web addresses", "CVE-2024-0001 2024-05-06 javascript:alert(1) https://user:pw@host/ " + link + "\nCVE-2024-0002\n", full, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, edition := compileList(t, CompileList, tt.text)
			got, ok := list.Listing("CVE-2024-0001")
			if diff := cmp.Diff(tt.want, got); !ok || diff != "" {
				t.Errorf("%v %s", ok, diff)
			}
			if _, ok := list.Listing("CVE-2024-0002"); !ok {
				t.Error("CVE-2024-0002 is not listed")
			}
			if _, ok := list.Listing("CVE-2024-0003"); ok {
				t.Error("CVE-2024-0003 is listed")
			}
			if edition.Count != 2 || edition.Other != tt.other {
				t.Errorf("%+v", edition)
			}
		})
	}
}

func TestListWithoutIdsIsRefused(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"empty":         {"", "no CVE ids in 0 rows"},
		"empty array":   {"[]", "no CVE ids in 0 rows"},
		"a page":        {"<html>\n<body>\n", "line 1"},
		"other ids":     {"GHSA-aaaa-bbbb-cccc\nEUVD-2024-1\n", "no CVE ids in 2 rows"},
		"cut JSON":      {`{"items": [{"cve": "CVE-2024-0001"}`, "unexpected end"},
		"no CVE column": {"id,date\nx,y\n", "line 1"},
	} {
		if _, err := CompileList(io.Discard, strings.NewReader(tt.text), time.Time{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", name, err, tt.want)
		}
	}
}

func TestDateOfAListIsThatOfItsNewestEntryElseThatOfTheFile(t *testing.T) {
	for text, want := range map[string]string{"CVE-2024-0001 2024-05-06\nCVE-2024-0002 2024-06-07\n": "2024-06-07", "CVE-2024-0001\n": "2025-01-01"} {
		edition, err := CompileList(io.Discard, strings.NewReader(text), day("2025-01-01"))
		if err != nil || !edition.AsOf.Equal(day(want)) {
			t.Errorf("%q: %v %v, want %s", text, edition.AsOf, err, want)
		}
	}
}

const exploitDBPublished = `id,file,description,date_published,author,type,platform,port,date_added,date_updated,verified,codes,tags,aliases,screenshot_url,application_url,source_url
16929,exploits/aix/dos/16929.rb,"A, of B",2010-11-11,C,dos,aix,,2010-11-11,2011-03-06,1,CVE-2009-3699;OSVDB-58726,D,,,,
19046,exploits/aix/dos/19046.txt,E,1999-02-28,F,dos,aix,,1999-02-28,2012-06-11,0,,,,,,
20000,exploits/aix/dos/20000.txt,G,2009-12-31,F,dos,aix,,2010-02-28,2010-06-11,0,CVE-2009-3699,,,,,
`

func TestExploitDBReadsEachForm(t *testing.T) {
	want := Listing{Since: day("2009-12-31"), Count: 2, Links: []string{"https://www.exploit-db.com/exploits/16929", "https://www.exploit-db.com/exploits/20000"}}
	list, edition := compileList(t, CompileExploitDB, exploitDBPublished)
	got, _ := list.Listing("CVE-2009-3699")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Edition{Count: 1, AsOf: day("2012-06-11"), Other: 1}, edition); diff != "" {
		t.Error(diff)
	}
	list, edition = compileList(t, CompileExploitDB, "cve,edb_id,platform,type,via\nCVE-2009-3699,16929,aix,dos,taken-2022-10-18\nCVE-2009-3699,20000,,,\n")
	want.Since = time.Time{}
	got, _ = list.Listing("CVE-2009-3699")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !edition.AsOf.Equal(day("2022-10-18")) {
		t.Errorf("%+v", edition)
	}
	for name, text := range map[string]string{"no codes": "id,file\n1,x\n", "no number": "cve,edb_id\nCVE-2009-3699,x\n", "no rows": "cve,edb_id\n", "a page": "<html>\n"} {
		if _, err := CompileExploitDB(io.Discard, strings.NewReader(text), time.Time{}); err == nil || !strings.Contains(err.Error(), "Exploit-DB") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const pocHeader = "cve,first_listed,n_reference,n_github,n_github_dedicated,exploitdb_ref,packetstorm_ref,metasploit_ref\n"

func TestRowOfTheProofOfConceptIndexIsNoExploitByItself(t *testing.T) {
	list, edition := compileList(t, CompilePoC, pocHeader+
		"CVE-2024-0001,2024-02-14,9,20,0,0,0,0\n"+
		"CVE-2024-0002,2024-02-15,0,11,3,0,0,0\n"+
		"CVE-2024-0003,2024-02-16,0,3,0,1,0,0\n"+
		"CVE-2024-0004,2024-02-17,0,3,0,0,1,0\n"+
		"CVE-2024-0005,2024-02-18,0,3,0,0,0,1\n"+
		"CVE-2024-0006,2024-03-01,1,1,0,0,0,0\n")
	for cve, want := range map[string]Listing{
		"CVE-2024-0002": {Since: day("2024-02-15"), Count: 3},
		"CVE-2024-0003": {Since: day("2024-02-16"), Count: 1},
		"CVE-2024-0004": {Since: day("2024-02-17"), Count: 1},
		"CVE-2024-0005": {Since: day("2024-02-18"), Count: 1, Weaponized: true},
	} {
		got, ok := list.Listing(cve)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", cve, ok, diff)
		}
	}
	for _, cve := range []string{"CVE-2024-0001", "CVE-2024-0006"} {
		if got, ok := list.Listing(cve); ok {
			t.Errorf("%s is listed: %+v", cve, got)
		}
	}
	if diff := cmp.Diff(Edition{Count: 4, AsOf: day("2024-03-01"), Other: 2}, edition); diff != "" {
		t.Error(diff)
	}
	for name, text := range map[string]string{"no dedicated column": "cve,n_github\nCVE-2024-0001,1\n", "no number": pocHeader + "CVE-2024-0001,,,,many,,,\n", "no CVE": pocHeader + "GHSA-x,,,,1,,,\n"} {
		if _, err := CompilePoC(io.Discard, strings.NewReader(text), time.Time{}); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func FuzzLists(f *testing.F) {
	for _, seed := range []string{"", "CVE-2024-0001 2024-05-06 https://a.example/", `["CVE-2024-0001"]`, `{"a":{"CVE-2024-0001":"2024-01-01"}}`,
		`{"items":[{"cve":["CVE-2024-0001"],"cve":7,"links":[1,"http://x"]}]}`, strings.Repeat("[", 20000), strings.Repeat(`{"a":`, 20000),
		"\ufeffcve,date\r\nCVE-2024-0001,x\r\n", "cve,\"cve\nCVE-2024-0001", exploitDBPublished, pocHeader + "CVE-2024-0001,,,,1,,,\n", "CVE-2024-99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, compile := range map[string]listCompiler{"list": CompileList, "Exploit-DB": CompileExploitDB, "PoC": CompilePoC} {
			var out bytes.Buffer
			edition, err := compile(&out, strings.NewReader(text), time.Time{})
			if err != nil {
				continue
			}
			list, err := OpenList(out.Bytes())
			if err != nil || list.Edition().Count != edition.Count || edition.Count == 0 {
				t.Errorf("%s of %q: %+v, %v", name, text, edition, err)
			}
		}
	})
}

func FuzzOpenList(f *testing.F) {
	var out bytes.Buffer
	if _, err := CompileList(&out, strings.NewReader("CVE-2024-0001 2024-05-06 https://a.example/\nCVE-2024-0002\n"), time.Time{}); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:20])
	f.Fuzz(func(t *testing.T, section []byte) {
		if list, err := OpenList(section); err == nil {
			list.Listing("CVE-2024-0001")
			list.Listing("CVE-2024-0002")
		}
	})
}

// The sizes are those of the real feeds.
func benchmarkText(rows int, row string) string {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, row, 1999+i%28, 1000+i/28)
	}
	return b.String()
}

func BenchmarkEPSSScore(b *testing.B) {
	e := epss(b, benchmarkText(360_000, "CVE-%d-%d;0.5;0.9\n"), "2026-01-01")
	for b.Loop() {
		e.Score("CVE-2014-4242")
	}
}

func BenchmarkEPSSOpen(b *testing.B) {
	var out bytes.Buffer
	if _, err := CompileEPSS(&out, strings.NewReader(benchmarkText(360_000, "CVE-%d-%d;0.5;0.9\n")), day("2026-01-01")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := OpenEPSS(out.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKEVEntry(b *testing.B) {
	text := "cve,date_added,due_date,known_ransomware,vendor,product,cwes,name\n" +
		benchmarkText(1400, "CVE-%d-%d,2022-03-03,2022-03-24,Unknown,Vendor,Product,CWE-120,A name of the usual length of such names\n")
	var out bytes.Buffer
	if _, err := CompileKEV(&out, strings.NewReader(text)); err != nil {
		b.Fatal(err)
	}
	k, err := OpenKEV(out.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("listed", func(b *testing.B) {
		for b.Loop() {
			k.Entry("CVE-2014-1004")
		}
	})
	b.Run("not listed", func(b *testing.B) {
		for b.Loop() {
			k.Entry("CVE-2014-9999")
		}
	})
}

func BenchmarkListing(b *testing.B) {
	list, _ := compileList(b, CompileList, benchmarkText(30_000, "CVE-%d-%d 2022-03-03 https://a.example/of/the/usual/length\n"))
	b.Run("listed", func(b *testing.B) {
		for b.Loop() {
			list.Listing("CVE-2014-1004")
		}
	})
	b.Run("not listed", func(b *testing.B) {
		for b.Loop() {
			list.Listing("CVE-2014-99999")
		}
	})
}
