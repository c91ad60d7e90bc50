package prioritize

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// any of these may stand beside KEV evidence; nil is none.
var (
	kevReports = []fettle.Evidence{
		{Signal: fettle.KEV, Status: fettle.Known, Source: "kev", Text: "2024-05-01"},
		{Signal: fettle.KEV, Status: fettle.Known, Source: "kev"},
		{Signal: fettle.KEV, Status: fettle.Known, Source: fettle.ExploitedIn("ENISA")},
	}
	besideKEV = [][]fettle.Evidence{
		nil,
		{{Signal: fettle.KEV, Status: fettle.Absent, Source: "kev"}}, // listed elsewhere than by CISA, or the other way round
		{{Signal: fettle.KEV, Status: fettle.Unknown, Source: "kev", Text: "the feed is not loaded"}},
	}
	anyExposure = [][]fettle.Evidence{
		nil, inContext(fettle.Exposure, "open"), inContext(fettle.Exposure, "controlled"), inContext(fettle.Exposure, "small"), inContext(fettle.Exposure, "none of these"),
	}
	anyReach = [][]fettle.Evidence{
		nil, reached(fettle.Known, "called"), reached(fettle.Known, "referenced"), reached(fettle.Known, "no_path"), reached(fettle.Known, "not_imported"),
		reached(fettle.Unknown, "not_imported"), append(reached(fettle.Known, "not_imported"), reached(fettle.Known, "no_path")...),
	}
	anySeverity = [][]fettle.Evidence{
		nil, ratedAs("low"), ratedAs("medium"), ratedAs("high"), ratedAs("critical"), ratedAs("no such word"),
		scoredAs("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8), scoredAs("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L", 1.6),
		scoredAs("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8), scoredAs("CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N", 1),
		scoredAs("AV:L/AC:H/Au:M/C:N/I:N/A:P", 0.8), {{Signal: fettle.CVSS, Status: fettle.Unknown, Text: "does not parse"}},
	}
	anyScope = []fettle.Scope{fettle.Production, fettle.Peer, fettle.Optional, fettle.Development, fettle.Test, ""}
	anyEPSS  = [][]fettle.Evidence{
		nil, {{Signal: fettle.EPSS, Status: fettle.Absent}}, {{Signal: fettle.EPSS, Status: fettle.Known, Value: 0.00001}, {Signal: fettle.EPSSRank, Status: fettle.Known, Value: 0.001}},
		{{Signal: fettle.EPSS, Status: fettle.Known, Value: 0.97}},
	}
	anyRest = [][]fettle.Evidence{
		nil, inContext(fettle.Shipped, "no"), inContext(fettle.Shipped, "yes"), inContext(fettle.Criticality, "low"), inContext(fettle.Criticality, "high"),
		inContext(fettle.Data, "none"), inContext(fettle.Data, "pci"), inContext(fettle.Environment, "development"), inContext(fettle.Lifecycle, "retired"),
		inContext(fettle.Role, "library"), {{Signal: fettle.CWE, Status: fettle.Known, Text: "CWE-400"}}, {{Signal: fettle.Exploit, Status: fettle.Absent}},
		{{Signal: fettle.VEX, Status: fettle.Known, Text: "not_affected"}},
	}
)

func inContext(signal fettle.Signal, text string) []fettle.Evidence {
	return []fettle.Evidence{{Signal: signal, Status: fettle.Known, Text: text, Declared: true, Source: "fettle.yaml"}}
}

func reached(status fettle.Status, text string) []fettle.Evidence {
	return []fettle.Evidence{{Signal: fettle.Reach, Status: status, Text: text, Source: "imports"}}
}

func ratedAs(word string) []fettle.Evidence {
	return []fettle.Evidence{{Signal: fettle.Rating, Status: fettle.Known, Text: word}}
}

func scoredAs(text string, score float64) []fettle.Evidence {
	return []fettle.Evidence{{Signal: fettle.CVSS, Status: fettle.Known, Text: text, Value: score}}
}

// gate fails where a finding that is in KEV is not surfaced.
func gate(t *testing.T, s SSVC, f fettle.Finding, evidence []fettle.Evidence) {
	t.Helper()
	if p := s.Prioritize(f, evidence); !p.Outcome.Surfaced() {
		t.Fatalf("%s of scope %q is in KEV and only %s; evidence %+v", f.Rule, f.Scope, p.Outcome, evidence)
	}
}

// TestWhatIsInKEVIsSurfaced is the hard gate: no exposure, scope, reach verdict or rating hides active exploitation.
func TestWhatIsInKEVIsSurfaced(t *testing.T) {
	count := 0
	for _, ecosystem := range []string{"Go", "npm"} {
		for _, scope := range anyScope {
			f := fettle.Finding{Rule: "CVE-2021-44228", Scope: scope, Package: fettle.Package{Ecosystem: ecosystem}}
			for _, exposure := range anyExposure {
				for _, reach := range anyReach {
					for _, severity := range anySeverity {
						var evidence []fettle.Evidence
						for _, part := range [][]fettle.Evidence{{kevReports[count%len(kevReports)]}, besideKEV[count/3%len(besideKEV)], exposure, reach, severity} {
							evidence = append(evidence, part...)
						}
						gate(t, SSVC{}, f, evidence)
						count++
					}
				}
			}
		}
	}
	t.Logf("%d combinations of scope, exposure, reach and severity", count)
}

// TestWhatIsInKEVIsSurfacedBesideAnyOtherEvidence draws from all evidence, in any order, with what a team has taught against it.
func TestWhatIsInKEVIsSurfacedBesideAnyOtherEvidence(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	model := taught()
	for range 30_000 {
		pick := func(from [][]fettle.Evidence) []fettle.Evidence { return from[random.IntN(len(from))] }
		evidence := []fettle.Evidence{kevReports[random.IntN(len(kevReports))]}
		for _, from := range [][][]fettle.Evidence{besideKEV, anyExposure, anyReach, anySeverity, anySeverity, anyEPSS, anyRest, anyRest, anyRest} {
			evidence = append(evidence, pick(from)...)
		}
		random.Shuffle(len(evidence), func(i, j int) { evidence[i], evidence[j] = evidence[j], evidence[i] })
		f := fettle.Finding{Rule: "CVE-2021-44228", Scope: anyScope[random.IntN(len(anyScope))], Package: fettle.Package{Ecosystem: []string{"Go", "npm", "PyPI"}[random.IntN(3)]}}
		s := SSVC{Mode: []Mode{"", Balanced}[random.IntN(2)], Median: 0.001, P975: 0.5}
		if random.IntN(2) == 0 {
			s.Learned = model
		}
		gate(t, s, f, evidence)
	}
}

// TestEveryCVEOfKEVThatAnAdvisoryNamesIsSurfaced goes through the real catalogue and the real advisories, by way of the
// correlators. It needs the data set and is skipped in a fresh clone.
func TestEveryCVEOfKEVThatAnAdvisoryNamesIsSurfaced(t *testing.T) {
	const shared = "../../../shared/data/"
	text, err := feed.OpenText(shared+"threat/kev.csv.gz", 1<<28)
	if err != nil {
		t.Skip("the catalogue is not here")
	}
	defer text.Close()
	var compiled bytes.Buffer
	if _, err := feed.CompileKEV(&compiled, text); err != nil {
		t.Fatal(err)
	}
	kev, err := feed.OpenKEV(compiled.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var found []fettle.Finding
	cves := map[string]bool{}
	files, err := filepath.Glob(shared + "advisories/*.osv.jsonl.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no advisories beside the catalogue: %v", err)
	}
	for _, file := range files {
		for _, f := range advised(t, file, kev) {
			found = append(found, f)
			cves[f.Rule] = true
		}
	}
	ctx := t.Context()
	judged := 0
	for _, scope := range []fettle.Scope{fettle.Production, fettle.Development} {
		for _, reach := range [][]fettle.Evidence{nil, reached(fettle.Known, "not_imported")} {
			scene := fettle.Scene{}
			for _, f := range found {
				f.Scope = scope
				scene.Findings = append(scene.Findings, f)
			}
			var all []fettle.Correlation
			for _, c := range []fettle.Correlator{correlate.CVSS{}, correlate.CWE{}, correlate.KEV{Feed: kev}} {
				one, err := c.Correlate(ctx, scene)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, one)
			}
			for _, f := range scene.Findings {
				for _, exposure := range anyExposure[:4] {
					evidence := append(append([]fettle.Evidence{}, reach...), exposure...)
					for _, c := range all {
						evidence = append(evidence, c.Evidence[f.ID]...)
					}
					gate(t, SSVC{}, f, evidence)
					judged++
				}
			}
		}
	}
	t.Logf("%d CVEs of KEV, named in %d packages of advisories; %d judgements", len(cves), len(found), judged)
	if len(cves) < 50 {
		t.Errorf("advisories name %d CVEs of KEV; the data has more", len(cves))
	}
}

// advised returns a finding for each package and CVE of KEV that a record of file names.
func advised(t *testing.T, file string, kev *feed.KEV) []fettle.Finding {
	t.Helper()
	text, err := feed.OpenText(file, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 1<<16), osv.MaxRecord)
	var found []fettle.Finding
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte("CVE-")) {
			continue
		}
		r, err := osv.Parse(lines.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, cve := range append([]string{r.ID}, r.Aliases...) {
			entry, ok := kev.Entry(cve)
			if !ok {
				continue
			}
			for _, a := range r.Affected {
				f := fettle.Finding{ID: fettle.NewID(cve, r.ID, a.Package.Name, a.Package.Ecosystem), Kind: fettle.Dependency, Rule: cve, CWEs: r.Database.CWEs,
					Package: fettle.Package{Ecosystem: strings.Split(a.Package.Ecosystem, ":")[0], Name: a.Package.Name}, Published: entry.DateAdded.Add(-time.Hour)}
				for _, s := range append(r.Severity, a.Severity...) {
					f.Severity = append(f.Severity, fettle.Severity{Type: s.Type, Vector: s.Score, Source: "osv:" + r.ID})
				}
				if r.Database.Severity != "" {
					f.Severity = append(f.Severity, fettle.Severity{Type: "RATING", Vector: r.Database.Severity, Source: "osv:" + r.ID})
				}
				found = append(found, f)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
