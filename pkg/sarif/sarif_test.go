package sarif

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

func TestTheSchemaAcceptsWhatIsWritten(t *testing.T) {
	if err := sample().Validate(); err != nil {
		t.Error(err)
	}
}

func TestTheSchemaRefusesWhatSARIFForbids(t *testing.T) {
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
			if l.Validate() == nil {
				t.Errorf("a log with a bad %s passes", name)
			}
		})
	}
}

func TestNothingIsWrittenForWhatIsAbsent(t *testing.T) {
	b, err := Log{Version: Version, Runs: []Run{{Tool: Tool{Driver: Driver{Name: "x"}}, Results: []Result{{Message: Message{Text: "m"}}}}}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, noise := range []string{"-1", "null", "[]", "{}", "rank", "ruleIndex"} {
		if bytes.Contains(b, []byte(noise)) {
			t.Errorf("%q in\n%s", noise, b)
		}
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
	b, err := sample().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":"2.1.0","runs":null}`))
	f.Add([]byte(`{"version":"2.1.0","runs":[{"results":[{"rank":1e308,"properties":{"a":[[[[]]]]}}]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		first, err := l.Bytes()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Read(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		second, err := again.Bytes()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("reading and writing again changed the log: %v", err)
		}
	})
}
