package sarif

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func written(t testing.TB, l Log) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ptr[T any](v T) *T { return &v }

func sample() Log {
	region := &Region{StartLine: 7, StartColumn: 5, EndLine: 7, EndColumn: 20}
	place := Location{PhysicalLocation: &PhysicalLocation{
		ArtifactLocation: ArtifactLocation{URI: "app/package-lock.json", URIBaseID: Root}, Region: region}}
	related := place
	related.ID, related.Message = ptr(0), &Message{Text: "declared here"}
	return Log{Schema: Schema, Version: Version, Runs: []Run{{
		Tool: Tool{Driver: Driver{Name: "fettle", Version: "1.2.3", InformationURI: "https://example.org/", Rules: []Rule{{
			ID: "CVE-2021-23337", ShortDescription: &Text{Text: "Command injection"}, Help: &Text{Text: "Upgrade.", Markdown: "*Upgrade.*"},
			Properties: Properties{"tags": []any{"security"}, "security-severity": "7.2"}}}}},
		AutomationDetails:  &AutomationDetails{ID: "fettle/"},
		Provenance:         []VersionControl{{RepositoryURI: "https://example.org/repo", RevisionID: "abc"}},
		OriginalURIBaseIDs: map[string]ArtifactLocation{Root: {Description: &Message{Text: "The repository."}}},
		Invocations:        []Invocation{{Notifications: []Notification{{Descriptor: &DescriptorReference{ID: "gap"}, Level: Error, Message: Message{Text: "feed down"}}}}},
		ColumnKind:         "utf16CodeUnits",
		Results: []Result{{RuleID: "CVE-2021-23337", RuleIndex: ptr(0), Kind: "fail", Level: Error, Rank: ptr(72.0), Message: Message{Text: "<lodash> & co"},
			Locations: []Location{place}, RelatedLocations: []Location{related},
			PartialFingerprints: map[string]string{"b": "2", "a": "1"},
			Suppressions:        []Suppression{{Kind: "external", Status: "accepted", Justification: "not used"}},
			Fixes: []Fix{{Description: &Message{Text: "Upgrade lodash"}, ArtifactChanges: []ArtifactChange{{
				ArtifactLocation: ArtifactLocation{URI: "package.json"},
				Replacements:     []Replacement{{DeletedRegion: *region, InsertedContent: &Content{Text: ""}}}}}}},
		}},
	}}}
}

func TestWhatIsWrittenReadsBackEqual(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatSARIFForbidsIsNotWritten(t *testing.T) {
	tests := map[string]func(*Log){
		"level":       func(l *Log) { l.Runs[0].Results[0].Level = "fatal" },
		"region":      func(l *Log) { l.Runs[0].Results[0].Locations[0].PhysicalLocation.Region.StartLine = -3 },
		"version":     func(l *Log) { l.Version = "2.0.0" },
		"suppression": func(l *Log) { l.Runs[0].Results[0].Suppressions[0].Kind = "wish" },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			l := sample()
			spoil(&l)
			var b bytes.Buffer
			if Write(&b, l) == nil || b.Len() > 0 {
				t.Errorf("a log with a bad %s is written: %d bytes", name, b.Len())
			}
		})
	}
}

func TestNothingIsWrittenForWhatIsAbsent(t *testing.T) {
	l := Log{Version: Version, Runs: []Run{{Tool: Tool{Driver: Driver{Name: "x"}}, Results: []Result{{Message: Message{Text: "m"}}}}}}
	const want = `{
  "$schema": "` + Schema + `",
  "version": "2.1.0",
  "runs": [
    {
      "results": [
        {
          "message": {
            "text": "m"
          }
        }
      ],
      "tool": {
        "driver": {
          "name": "x",
          "rules": []
        }
      }
    }
  ]
}
`
	if diff := cmp.Diff(want, string(written(t, l))); diff != "" {
		t.Error(diff)
	}
}

func TestZeroIsNotAbsent(t *testing.T) {
	l := Log{Version: Version, Runs: []Run{{Results: []Result{{RuleIndex: ptr(0), Rank: ptr(0.0), Message: Message{Text: "m"},
		Locations: []Location{{ID: ptr(0)}}}}}}}
	got, err := Read(bytes.NewReader(written(t, l)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Runs[0].Results, got.Runs[0].Results); diff != "" {
		t.Error(diff)
	}
}

func TestTheFirstResultsStandForTheRest(t *testing.T) {
	for at, want := range map[int]bool{checked - 1: true, checked: false} {
		l := sample()
		for range checked {
			l.Runs[0].Results = append(l.Runs[0].Results, l.Runs[0].Results[0])
		}
		l.Runs[0].Results[at].Level = "fatal"
		if err := Write(io.Discard, l); (err != nil) != want {
			t.Errorf("result %d is bad: %v", at, err)
		}
		if l.validate() == nil {
			t.Errorf("the whole log is valid though result %d is bad", at)
		}
	}
}

func TestStrip(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"numbers that stand for absent", `{"rank":-1,"index":-1,"id":-1,"ruleIndex":-1,"byteOffset":-1,"charOffset":-1}`, `{}`},
		{"zeros stay", `{"rank":0,"ruleIndex":0,"id":0}`, `{"rank":0,"ruleIndex":0,"id":0}`},
		{"other members of -1 stay", `{"startLine":-1}`, `{"startLine":-1}`},
		{"text of -1 stays", `{"id":"-1"}`, `{"id":"-1"}`},
		{"empty arrays and null", `{"a":[],"b":null,"c":1,"d":[]}`, `{"c":1}`},
		{"arrays that speak by being empty", `{"runs":[],"results":[],"rules":[]}`, `{"runs":[],"results":[],"rules":[]}`},
		{"an empty bag", `{"a":1,"properties":{}}`, `{"a":1}`},
		{"a bag stays as it is", `{"properties":{"rank":-1,"a":[],"b":{"c":null,"id":-1}},"rank":-1}`, `{"properties":{"rank":-1,"a":[],"b":{"c":null,"id":-1}}}`},
		{"defaults of tool and run", `{"language":"en-US","isComprehensive":false,"enabled":true,"contents":["localizedData","nonLocalizedData"],"newlineSequences":["\r\n","\n"]}`, `{}`},
		{"what is no default", `{"language":"de","enabled":false,"newlineSequences":["\n"]}`, `{"language":"de","enabled":false,"newlineSequences":["\n"]}`},
		{"empty text stays", `{"insertedContent":{"text":""}}`, `{"insertedContent":{"text":""}}`},
		{"elements stay", `{"a":[-1,null,[],{}]}`, `{"a":[-1,null,[],{}]}`},
		{"escapes for HTML", `{"text":"\u003ca\u003e \u0026 \u0000 \u2028"}`, `{"text":"<a> & \u0000 \u2028"}`},
		{"numbers keep their digits", `{"a":1.50,"b":1e400}`, `{"a":1.50,"b":1e400}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := strip([]byte(tt.in))
			if err != nil || string(got) != tt.want {
				t.Errorf("strip(%s) = %s, %v; want %s", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	const tail = `,"runs":[]}`
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", nil},
		{"another version", `{"version":"2.0.0"` + tail, nil},
		{"no version", `{"runs":[]}`, nil},
		{"text after the log", `{"version":"2.1.0"` + tail + `{}`, nil},
		{"too many runs", `{"version":"2.1.0","runs":[` + strings.Repeat(`{},`, MaxRuns) + `{}]}`, ErrTooLarge},
		{"too many results", `{"version":"2.1.0","runs":[{"results":[` + strings.Repeat(`{},`, MaxResults) + `{}]}]}`, ErrTooLarge},
		{"too many bytes", strings.Repeat(" ", MaxBytes+1), ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.in))
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Read = %v; want an error, %v", err, tt.want)
			}
		})
	}
}

func TestReadTakesLogsOfOtherTools(t *testing.T) {
	const in = "\xef\xbb\xbf" + `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":
		{"name":"other","rules":[{"id":"R1","messageStrings":{"d":{"text":"x"}}}]}},"artifacts":[{"length":3}],
		"results":[{"ruleId":"R1","message":{"id":"d"}}]}]}`
	l, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	r := l.Runs[0].Results[0]
	if r.RuleID != "R1" || r.Message.ID != "d" || r.RuleIndex != nil {
		t.Errorf("got %+v; an absent ruleIndex is not 0", r)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, sample()))
	f.Add([]byte(`{"version":"2.1.0","runs":null}`))
	f.Add([]byte(`{"version":"2.1.0","runs":[{"results":[{"rank":1e308,"message":{"text":""},"properties":{"a":[[[[]]]],"tags":3}}]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if Write(&first, l) != nil {
			return // what the schema refuses
		}
		again, err := Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if err := Write(&second, again); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if diff := cmp.Diff(first.String(), second.String()); diff != "" {
			t.Fatalf("reading and writing again changed the log: %s", diff)
		}
	})
}
