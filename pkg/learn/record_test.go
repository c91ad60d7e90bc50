package learn

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func record(day string, reason Reason) Record {
	return Record{Finding: "0123456789abcdef", Day: day, Reason: reason, Author: "0a0b0c0d", Note: "said \"so\"", Rule: "CVE-2025-1", Package: "lib", Path: "a/package-lock.json",
		Score: 43, Features: Features{Weakness: "xss"}}
}

func TestARecordSurvivesItsLine(t *testing.T) {
	var text []byte
	want := []Record{record("2025-01-02", NotUsed), record("2025-01-03", NoBandwidth)}
	for _, r := range want {
		line, err := r.Line()
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, line...)
	}
	if !IsRecords(text) {
		t.Error("not recognised")
	}
	got, err := ReadRecords("judgements.jsonl", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheLastRecordOnAFindingHolds(t *testing.T) {
	tests := []struct {
		name    string
		records []Record
		want    Reason // "": teaches nothing
	}{
		{"one", []Record{record("2025-01-02", NotUsed)}, NotUsed},
		{"none that teaches", []Record{record("2025-01-02", TolerableRisk)}, ""},
		{"later", []Record{record("2025-01-02", NotUsed), record("2025-01-03", Inaccurate)}, Inaccurate},
		{"later in a line before", []Record{record("2025-01-03", NotUsed), record("2025-01-02", Inaccurate)}, NotUsed},
		{"taken back on the same day", []Record{record("2025-01-02", NotUsed), record("2025-01-02", NoBandwidth)}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Judgements(test.records)
			if len(got) != 1 {
				t.Fatalf("%v", got)
			}
			labels := Merge(nil, got)
			if test.want == "" {
				if len(labels) != 0 {
					t.Errorf("%v", labels)
				}
				return
			}
			if len(labels) != 1 || labels[0].Reason != test.want || labels[0].Validate() != nil {
				t.Errorf("%v; want %s", labels, test.want)
			}
		})
	}
}

func TestALineThatIsNoRecordIsRefusedWithItsNumber(t *testing.T) {
	line, err := record("2025-01-02", NotUsed).Line()
	if err != nil {
		t.Fatal(err)
	}
	good := string(line)
	for text, want := range map[string]string{
		good + "\n" + strings.Replace(good, "not_used", "fixed", 1): `j:3: no judgement of fettle dismiss: unknown reason "fixed"; want inaccurate, not_used, tolerable_risk or no_bandwidth`,
		good + strings.TrimSuffix(good, "\n") + good:                "j:2: no judgement of fettle dismiss: something follows",
		good + "{": "j:2: no judgement of fettle dismiss: unexpected EOF",
		strings.Replace(good, `"day"`, `"Tag"`, 1):                         `j:1: no judgement of fettle dismiss: json: unknown field "Tag"`,
		strings.Replace(good, "0123456789abcdef", "", 1):                   "it names no finding",
		strings.Replace(good, "said", strings.Repeat("x", maxNote), 1):     "the note has",
		strings.Replace(good, `"weakness":"xss"`, `"weakness":"smell"`, 1): "unknown weakness",
	} {
		if _, err := ReadRecords("j", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

func FuzzReadRecords(f *testing.F) {
	line, _ := record("2025-01-02", NotUsed).Line()
	f.Add(string(line) + string(line))
	f.Add(strings.ReplaceAll(string(line)+string(line), "\n", "\r\n"))
	f.Add("\uFEFF" + string(line))
	f.Add(`{"finding":` + strings.Repeat("[", 5000))
	f.Add(`{"finding":"a","finding":"b"}`)
	f.Fuzz(func(t *testing.T, text string) {
		IsRecords([]byte(text))
		records, err := ReadRecords("f", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Fatal(err)
			}
			return
		}
		for _, l := range Merge(nil, Judgements(records)) {
			if err := l.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
