package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func dbDay(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func dbAged(kind dbKind, fetched bool, asOf, taken string) dbSource {
	s := dbSource{Kind: kind, Name: string(kind), Fetched: fetched, Taken: dbDay(taken)}
	s.AsOf = dbDay(asOf)
	return s
}

func TestSourceThatIsTooOldIsToldWithItsReason(t *testing.T) {
	now := dbDay("2026-03-31")
	parse := func(text string) maxAge {
		c, err := parseConfig("fettle.yaml", []byte("database: {max_age: "+text+"}"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Database.MaxAge
	}
	tests := []struct {
		name   string
		ages   maxAge
		source dbSource
		want   string // begin of the fault; "" is none
	}{
		{"fetched today", maxAge{}, dbAged(dbOSV, true, "2026-03-30", "2026-03-31"), ""},
		{"fetched a week ago", maxAge{}, dbAged(dbOSV, true, "2026-03-24", "2026-03-24"), ""},
		{"fetched longer ago", maxAge{}, dbAged(dbOSV, true, "2026-03-23", "2026-03-23"), "last fetched on 2026-03-23, 8 days ago; at most 7 days"},
		{"read from files longer ago", maxAge{}, dbAged(dbKEV, false, "2026-03-23", "2026-03-23"), "last read from files on 2026-03-23"},
		{"fetched today from a mirror that stands still", maxAge{}, dbAged(dbOSV, true, "2026-02-28", "2026-03-31"), "its data is of 2026-02-28, 31 days old; at most 30 days"},
		{"KEV that stands still", maxAge{}, dbAged(dbKEV, true, "2026-02-28", "2026-03-31"), "its data is of 2026-02-28"},
		{"EPSS of last week", maxAge{}, dbAged(dbEPSS, true, "2026-03-23", "2026-03-31"), "its data is of 2026-03-23, 8 days old; at most 7 days"},
		{"a quiet list", maxAge{}, dbAged(dbExploited, true, "2020-01-01", "2026-03-31"), ""},
		{"a list without dates", maxAge{}, dbAged(dbExploits, true, "", "2026-03-31"), ""},
		{"frozen files", maxAge{}, dbAged(dbOSV, false, "2020-01-01", "2026-03-31"), ""},
		{"frozen files without a date", maxAge{}, dbAged(dbCVSS, false, "", "2026-03-31"), ""},
		{"frozen files with max_age", parse("30d"), dbAged(dbOSV, false, "2020-01-01", "2026-03-31"), "its data is of 2020-01-01"},
		{"no date with max_age", parse("30d"), dbAged(dbCVSS, false, "", "2026-03-31"), "its date is not known, so neither is its age"},
		{"max_age of another kind", parse("{kev: 2w}"), dbAged(dbOSV, false, "2020-01-01", "2026-03-31"), ""},
		{"max_age of its kind", parse("{kev: 2w}"), dbAged(dbKEV, false, "2026-03-16", "2026-03-31"), "its data is of 2026-03-16, 15 days old; at most 14 days"},
		{"taken longer ago than max_age", parse("{taken: 36h}"), dbAged(dbKEV, true, "2026-03-29", "2026-03-29"), "last fetched on 2026-03-29, 2 days ago; at most 36 hours"},
		{"never", parse("never"), dbAged(dbOSV, true, "2020-01-01", "2020-01-01"), ""},
		{"a day in the future", maxAge{}, dbAged(dbOSV, true, "2027-01-01", "2027-01-01"), ""},
		{"a database that says nothing of itself", maxAge{}, dbAged(dbOSV, false, "", ""), "its date is not known"},
		{"one that says only how old its data is", maxAge{}, dbAged(dbOSV, false, "2026-03-01", ""), "its data is of 2026-03-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.ages.fault(tt.source, now)
			if !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestSourcesThatShareAFaultShareAGap(t *testing.T) {
	npm, pypi := dbAged(dbOSV, true, "2026-01-01", "2026-01-02"), dbAged(dbOSV, true, "2026-01-02", "2026-01-02")
	npm.Name, pypi.Name = "osv npm", "osv PyPI"
	still := dbAged(dbKEV, true, "2026-01-01", "2026-03-30")
	got := maxAge{}.ageGaps([]dbSource{npm, pypi, still}, dbDay("2026-03-31"))
	what := "; run fettle db update, or say with database.max_age in fettle.yaml what age will do"
	want := []fettle.Gap{
		{Stage: "discover", Subject: "osv npm, osv PyPI", Reason: "last fetched on 2026-01-02, 88 days ago; at most 7 days is wanted" + what},
		{Stage: "correlate", Subject: "kev", Reason: "its data is of 2026-01-01, 89 days old; at most 30 days is wanted" + what},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDatabaseSectionNamesWhatIsWrong(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"age without a unit":   {"database:\n  max_age: 7\n", "fettle.yaml:2:12: max_age: \"7\": want an age such as 36h, 7d or 2w, or never"},
		"no age at all":        {"database:\n  max_age: 0d\n", "fettle.yaml:2:12: "},
		"unknown kind":         {"database:\n  max_age:\n    kevs: 7d\n", "fettle.yaml:3:5: max_age: unknown kind of source \"kevs\""},
		"age of a kind":        {"database:\n  max_age:\n    kev: soon\n", "fettle.yaml:3:5: kev: max_age: \"soon\""},
		"list of ages":         {"database:\n  max_age: [7d]\n", "fettle.yaml:2:12: max_age: want an age"},
		"unknown key":          {"database:\n  mirror: x\n", "fettle.yaml:2:3: unknown key \"mirror\"; want ecosystems"},
		"ecosystem with a way": {"database:\n  ecosystems: [npm, ../x]\n", "fettle.yaml: database.ecosystems: \"../x\""},
		"not a web address":    {"database:\n  kev: file:///etc/passwd\n", "fettle.yaml: database.kev: "},
		"no advisories":        {"database:\n  osv: none\n", "database.osv is none"},
		"name of a list":       {"database:\n  exploited: {EU Cat: \"https://a.example\"}\n", "database.exploited: the name \"EU Cat\""},
		"address of a list":    {"database:\n  exploits: {eu: x}\n", "database.exploits.eu: "},
		"password in a fault":  {"database:\n  kev: ftp://u:s3cret@host/\n", "database.kev: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseConfig("fettle.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v; want %q", err, tt.want)
			}
		})
	}
	c, err := parseConfig("fettle.yaml", []byte("database:\n  ecosystems: [npm, crates.io]\n  osv: https://m.example/osv?key=1\n  epss: none\n  exploited: {eu: \"https://m.example/eu\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range (databaseConfig{KEV: "https://flag.example/kev", Exploited: map[string]string{"house": "https://h.example/"}}).over(c.Database).downloads() {
		got = append(got, string(d.kind)+" "+d.url+" "+d.name)
	}
	want := []string{"osv https://m.example/osv/npm/all.zip?key=1 npm.zip", "osv https://m.example/osv/crates.io/all.zip?key=1 crates.io.zip",
		"kev https://flag.example/kev kev.json", "epss none epss.csv.gz", "exploitdb none exploitdb.csv", "poc none poc.csv",
		"exploited https://m.example/eu exploited-eu", "exploited https://h.example/ exploited-house"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
