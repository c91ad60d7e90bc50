package feed

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

const official = `#model_version:v2025.03.14,score_date:2025-03-17T00:00:00+0000
cve,epss,percentile
CVE-2021-44228,0.94358,0.99957
CVE-2020-1000000,0.00042,0.11
CVE-1999-0001,0.0125,0.5
`

func epss(t testing.TB, text, date string) *EPSS {
	t.Helper()
	var out bytes.Buffer
	var asOf time.Time
	if date != "" {
		asOf = day(date)
	}
	if _, err := CompileEPSS(&out, strings.NewReader(text), asOf); err != nil {
		t.Fatal(err)
	}
	e, err := OpenEPSS(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEPSSReadsBothForms(t *testing.T) {
	headerless := "CVE-2021-44228;0.943580000;0.999570000\nCVE-2020-1000000;0.00042;0.11\n\nCVE-1999-0001;0.0125;0.5\n"
	for name, e := range map[string]*EPSS{"official": epss(t, official, "2001-01-01"), "headerless": epss(t, headerless, "2025-03-17")} {
		t.Run(name, func(t *testing.T) {
			for cve, want := range map[string][2]float64{"CVE-2021-44228": {0.94358, 0.99957}, "CVE-2020-1000000": {0.00042, 0.11}, "cve-1999-0001": {0.0125, 0.5}} {
				p, r, ok := e.Score(cve)
				if !ok || p != want[0] || r != want[1] {
					t.Errorf("%s: %v %v %v, want %v", cve, p, r, ok, want)
				}
			}
			for _, cve := range []string{"CVE-2021-44229", "CVE-1999-0000", "CVE-2030-0001", "GHSA-x", "", "CVE-2021-99999999999999999999"} {
				if _, _, ok := e.Score(cve); ok {
					t.Errorf("%q has a score", cve)
				}
			}
			if !e.AsOf().Equal(day("2025-03-17")) || e.Median() != 0.0125 || e.Edition().Count != 3 {
				t.Errorf("as of %v, median %v, %+v", e.AsOf(), e.Median(), e.Edition())
			}
		})
	}
	if m := epss(t, official, "").Model(); m != "v2025.03.14" {
		t.Errorf("model %q", m)
	}
}

func TestEPSSThresholdIsTheLowestProbabilityOfTheRank(t *testing.T) {
	e := epss(t, official, "")
	for _, tt := range []struct{ rank, want float64 }{{0, 0.00042}, {0.11, 0.00042}, {0.12, 0.0125}, {0.9, 0.94358}} {
		if got, ok := e.Threshold(tt.rank); !ok || got != tt.want {
			t.Errorf("%v: %v %v, want %v", tt.rank, got, ok, tt.want)
		}
	}
	if _, ok := e.Threshold(1); ok {
		t.Error("nothing reaches the rank 1")
	}
}

func TestEPSSRefusesWhatItCannotTrust(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"empty":          {"", "no EPSS scores"},
		"no date":        {"CVE-2020-1234;0.1;0.2\n", "no date"},
		"bad date":       {"#score_date:soon\n", "line 1"},
		"too few fields": {"#score_date:2025-01-01\nCVE-2020-1234,0.1\n", "line 2"},
		"no CVE":         {"#score_date:2025-01-01\nGHSA-1,0.1,0.2\n", "line 2"},
		"above one":      {"#score_date:2025-01-01\nCVE-2020-1234,1.1,0.2\n", "line 2"},
		"not a number":   {"#score_date:2025-01-01\nCVE-2020-1234,NaN,0.2\n", "line 2"},
		"negative":       {"#score_date:2025-01-01\nCVE-2020-1234,0.1,-0.2\n", "line 2"},
	} {
		if _, err := CompileEPSS(io.Discard, strings.NewReader(tt.text), time.Time{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want %q", name, err, tt.want)
		}
	}
}

const kevDocument = `{"catalogVersion":"2025.08.25","dateReleased":"2025-08-25T17:00:00.0000Z","count":1,"vulnerabilities":[
{"cveID":"CVE-2021-44228","vendorProject":"Apache","product":"Log4j2","vulnerabilityName":"Apache Log4j2 RCE","dateAdded":"2021-12-10",
"shortDescription":"d","requiredAction":"a","dueDate":"2021-12-24","knownRansomwareCampaignUse":"Known","notes":"","cwes":["CWE-20","CWE-400"]}]}`

const kevTable = `cve,date_added,due_date,known_ransomware,vendor,product,cwes,name
CVE-2021-44228,2021-12-10,2021-12-24,Known,Apache,Log4j2,CWE-20|CWE-400,"Apache Log4j2 RCE"
`

const kevOfficialTable = `cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes
CVE-2021-44228,Apache,Log4j2,Apache Log4j2 RCE,2021-12-10,"a, b",c,2021-12-24,Known,,"CWE-20,CWE-400"
`

func TestKEVReadsEachForm(t *testing.T) {
	want := KEVEntry{CVE: "CVE-2021-44228", DateAdded: day("2021-12-10"), DueDate: day("2021-12-24"), Ransomware: true,
		Vendor: "Apache", Product: "Log4j2", Name: "Apache Log4j2 RCE", CWEs: []string{"CWE-20", "CWE-400"}}
	for name, tt := range map[string]struct {
		text string
		asOf time.Time
	}{
		"JSON":         {kevDocument, day("2025-08-25").Add(17 * time.Hour)},
		"CSV":          {kevTable, day("2021-12-10")},
		"official CSV": {kevOfficialTable, day("2021-12-10")},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if _, err := CompileKEV(&out, strings.NewReader(tt.text)); err != nil {
				t.Fatal(err)
			}
			k, err := OpenKEV(out.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			got, ok := k.Entry("CVE-2021-44228")
			if diff := cmp.Diff(want, got); !ok || diff != "" {
				t.Error(ok, diff)
			}
			if _, ok := k.Entry("CVE-2021-44229"); ok {
				t.Error("an entry that is not listed")
			}
			if !k.AsOf().Equal(tt.asOf) || k.Edition().Count != 1 {
				t.Errorf("as of %v, %+v", k.AsOf(), k.Edition())
			}
		})
	}
}

func TestKEVRefusesWhatItCannotTrust(t *testing.T) {
	for name, text := range map[string]string{
		"empty":        "",
		"no entries":   `{"dateReleased":"2025-08-25T17:00:00Z","vulnerabilities":[]}`,
		"wrong count":  strings.Replace(kevDocument, `"count":1`, `"count":2`, 1),
		"bad due date": strings.Replace(kevDocument, "2021-12-24", "soon", 1),
		"bad id":       strings.Replace(kevTable, "CVE-2021-44228", "CVE-x", 1),
		"no column":    strings.Replace(kevTable, "due_date", "x", 1),
		"a web page":   "<html><body>Service unavailable</body></html>",
	} {
		if _, err := CompileKEV(io.Discard, strings.NewReader(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestCVSSVectorsKeepTheirOrderAndProvider(t *testing.T) {
	text := `cve,vector,base_score,severity,provider
CVE-2020-0001,CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H,9.8,CRITICAL,adp:CISA-ADP
CVE-2020-0001,CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N,9.3,CRITICAL,cna:x
CVE-2020-0001,CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H,9.8,CRITICAL,adp:CISA-ADP
CVE-1999-0002,AV:N/AC:L/Au:N/C:P/I:P/A:P,7.5,HIGH,nvd
`
	var out bytes.Buffer
	if _, err := CompileCVSS(&out, strings.NewReader(text), day("2024-10-01")); err != nil {
		t.Fatal(err)
	}
	c, err := OpenCVSS(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, v := range append(c.Vectors("CVE-2020-0001"), c.Vectors("CVE-1999-0002")...) {
		types = append(types, fmt.Sprintf("%s %.1f %s", v.Type, v.Score, v.Provider))
	}
	if diff := cmp.Diff([]string{"CVSS_V3 9.8 adp:CISA-ADP", "CVSS_V4 9.3 cna:x", "CVSS_V2 7.5 nvd"}, types); diff != "" {
		t.Error(diff)
	}
	if c.Vectors("CVE-2020-0002") != nil || c.Edition().Count != 2 || !c.AsOf().Equal(day("2024-10-01")) {
		t.Errorf("%+v", c.Edition())
	}
	for _, bad := range []string{"", "cve,score\n", "cve,vector\nx,CVSS:3.1/AV:N\n", "cve,vector\nCVE-2020-0001,CVSS:9/x\n",
		"cve,vector,base_score\nCVE-2020-0001,CVSS:3.1/AV:N,11\n"} {
		if _, err := CompileCVSS(io.Discard, strings.NewReader(bad), time.Time{}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestDamagedSectionIsAnErrorWithARemedy(t *testing.T) {
	var out bytes.Buffer
	if _, err := CompileEPSS(&out, strings.NewReader(official), time.Time{}); err != nil {
		t.Fatal(err)
	}
	for n := range out.Len() {
		if _, err := OpenEPSS(out.Bytes()[:n]); err == nil || !strings.Contains(err.Error(), "fettle db build") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := OpenKEV(out.Bytes()); err == nil {
		t.Error("EPSS was read as KEV")
	}
}

func TestOpenTextUnpacksWithinALimit(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(bytes.Repeat([]byte("a"), 1000))
	w.Close()
	for name, data := range map[string][]byte{"plain": bytes.Repeat([]byte("a"), 1000), "packed": packed.Bytes()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for limit, fits := range map[int64]bool{999: false, 1000: true, math.MaxInt64 - 1: true} {
			in, err := OpenText(path, limit)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(in)
			if (err == nil) != fits || fits && len(got) != 1000 {
				t.Errorf("%s, limit %d: %d bytes, %v", name, limit, len(got), err)
			}
			in.Close()
		}
	}
}

func FuzzCompileEPSS(f *testing.F) {
	f.Add([]byte(official))
	f.Add([]byte("#score_date:2025-01-01\nCVE-2020-1234;1;0\nCVE-2020-1234;1e-9;0.5\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		got, err := CompileEPSS(&out, bytes.NewReader(data), time.Time{})
		if err != nil {
			return
		}
		e, err := OpenEPSS(out.Bytes())
		if err != nil || e.Edition().Count != got.Count || !(e.Median() >= 0 && e.Median() <= 1) {
			t.Fatalf("%v, %+v, %+v", err, got, e.Edition())
		}
	})
}

func FuzzCompileKEV(f *testing.F) {
	f.Add([]byte(kevDocument))
	f.Add([]byte(kevTable))
	f.Add([]byte(kevOfficialTable))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		if _, err := CompileKEV(&out, bytes.NewReader(data)); err != nil {
			return
		}
		k, err := OpenKEV(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(k.table.rows) / rowSize {
			if _, ok := k.Entry(k.table.row(i).key.String()); !ok {
				t.Fatalf("%s is lost", k.table.row(i).key)
			}
		}
	})
}

func FuzzCompileCVSS(f *testing.F) {
	f.Add([]byte("cve,vector\nCVE-2020-0001,CVSS:3.1/AV:N\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		if _, err := CompileCVSS(&out, bytes.NewReader(data), time.Time{}); err != nil {
			return
		}
		if _, err := OpenCVSS(out.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzOpenTable(f *testing.F) {
	var out bytes.Buffer
	if _, err := CompileKEV(&out, strings.NewReader(kevDocument)); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:40])
	f.Fuzz(func(t *testing.T, data []byte) {
		if k, err := OpenKEV(data); err == nil {
			k.Entry("CVE-2021-44228")
		}
		if c, err := OpenCVSS(data); err == nil {
			c.Vectors("CVE-2021-44228")
		}
		if e, err := OpenEPSS(append([]byte(epssKind), data...)); err == nil {
			e.Score("CVE-2021-44228")
			e.Threshold(0.5)
		}
	})
}
