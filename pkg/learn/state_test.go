package learn

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// encoded returns the state of n labels.
func encoded(t testing.TB, n int) string {
	t.Helper()
	text, err := New(team(1, n, disdains)).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAStateSurvivesItsFile(t *testing.T) {
	for _, n := range []int{0, 1, 60, 300} {
		want := New(team(1, n, disdains))
		text := encoded(t, n)
		got, err := Decode("learned.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		again, err := got.Encode()
		if err != nil || string(again) != text {
			t.Errorf("%d labels: written again it differs, %v:\n%s", n, err, cmp.Diff(text, string(again)))
		}
		if got.version != want.version || got.weight != want.weight {
			t.Errorf("%d labels: version %s and weight %v; want %s and %v", n, got.version, got.weight, want.version, want.weight)
		}
	}
}

func TestALabelMoreIsALineMore(t *testing.T) {
	labels := team(1, 61, disdains)
	lines := func(labels []Label) map[string]bool {
		text, err := New(labels).Encode()
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			all[strings.TrimRight(line, ",\n")] = true
		}
		return all
	}
	before, after := lines(labels[:60]), lines(labels)
	changed := 0
	for line := range after {
		if !before[line] && strings.Contains(line, `"id"`) {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d lines of labels differ; want 1", changed)
	}
}

func TestAStateThatIsNotOursIsRefusedWithItsLine(t *testing.T) {
	good := encoded(t, 60)
	first := strings.SplitN(good, "\n", 5)[3]
	tests := []struct{ name, text, want string }{
		{"empty", "", "learned.json:1: ends too early"},
		{"cut", good[:len(good)/2], "ends too early"},
		{"another schema", strings.Replace(good, "learned/1", "learned/9", 1), "learned.json:2: schema is \"fettle-learned/9\"; want fettle-learned/1"},
		{"no schema", "{}", "no schema"},
		{"labels first", `{"labels": []}`, "want schema first"},
		{"unknown key", strings.Replace(good, `"counts"`, `"extra"`, 1), `unknown key "extra"`},
		{"a key twice", strings.Replace(good, `"counts"`, `"schema"`, 1), `"schema" stands twice`},
		{"unknown field", strings.Replace(good, `{"id":"`, `{"x":1,"id":"`, 1), "learned.json:4: no state of fettle learn: json: unknown field"},
		{"a label twice", strings.Replace(good, "\n"+first, "\n"+first+"\n"+first, 1), "learned.json:5: label"},
		{"a word of no feature", strings.Replace(good, `"weakness":"`, `"weakness":"very`, 1), "unknown weakness"},
		{"no date", strings.Replace(good, `"day":"2025-01-01"`, `"day":"2025-13-01"`, 1), `day "2025-13-01" is no date; want YYYY-MM-DD`},
		{"another reason", strings.Replace(good, `"reason":"fixed"`, `"reason":"no_bandwidth"`, 1), "teaches nothing; want fixed, fix_started, inaccurate or not_used"},
		{"reason against label", strings.Replace(good, `"reason":"fixed"`, `"reason":"not_used"`, 1), "relevant is true, but the reason is not_used"},
		{"a score beyond", strings.Replace(good, `"score":`, `"score":7`, 1), "is not between 0 and 100"},
		{"another mean", strings.Replace(good, `{"name": "scope development", "mean": -`, `{"name": "scope development", "mean": -9`, 1), "the posterior does not follow from the labels (the mean of scope development is -9"},
		{"another variance", strings.Replace(good, `"covariance": [`, `"covariance": [9`, 1), "the posterior does not follow from the labels (the covariance of bias and bias"},
		{"a label gone", strings.Replace(good, first+"\n", "", 1), "the posterior does not follow from the labels"},
		{"more behind", good + "{}", "something follows the state"},
		{"an array", "[]", "want {"},
		{"a byte order mark", "\uFEFF" + good, "learned.json:1: no state of fettle learn"},
		{"control characters", strings.Replace(good, `"package":"lib"`, `"package":"li\u0007b"`, 1), "holds control characters"},
		{"a long text", strings.Replace(good, `"package":"lib"`, `"package":"`+strings.Repeat("x", 600)+`"`, 1), "package has 600 bytes; want at most 512"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.text == good {
				t.Fatal("the text was not changed")
			}
			m, err := Decode("learned.json", []byte(test.text))
			if err == nil || m != nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "learned.json:") {
				t.Errorf("got %v; want %q", err, test.want)
			}
		})
	}
	if _, err := Decode("x", bytes.Repeat([]byte{' '}, maxState+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a large file: %v", err)
	}
}

func TestAStateWithWindowsLinesIsRead(t *testing.T) {
	if _, err := Decode("x", []byte(strings.ReplaceAll(encoded(t, 60), "\n", "\r\n"))); err != nil {
		t.Error(err)
	}
}

func TestTheSameReadingTwiceChangesNothing(t *testing.T) {
	var reading []Judgement
	for _, l := range team(3, 40, disdains) {
		reading = append(reading, Judgement{ID: l.ID, Day: l.Day, Label: &l})
	}
	once := Merge(nil, reading)
	if diff := cmp.Diff(once, Merge(once, append(reading, reading...))); diff != "" || len(once) != 40 {
		t.Error(diff)
	}
}

func TestAChangedJudgementReplacesTheOld(t *testing.T) {
	at := func(n int, relevant bool) *Label {
		l := label(1, relevant, Features{Scope: "development"})
		l.Day = day(n)
		return &l
	}
	tests := []struct {
		name    string
		old     *Label
		reading []Judgement
		want    *Label
	}{
		{"new", nil, []Judgement{{Label: at(3, true)}}, at(3, true)},
		{"later", at(3, false), []Judgement{{Label: at(4, true)}}, at(4, true)},
		{"earlier", at(3, false), []Judgement{{Label: at(2, true)}}, at(3, false)},
		{"open again", at(3, false), []Judgement{{Day: day(5)}}, nil},
		{"open before", at(3, false), []Judgement{{Day: day(2)}}, at(3, false)},
		{"never was", nil, []Judgement{{Day: day(2)}}, nil},
		{"two at once", nil, []Judgement{{Label: at(3, true)}, {Label: at(2, false)}}, at(3, true)},
		{"two of a day: the relevant one", nil, []Judgement{{Label: at(3, false)}, {Label: at(3, true)}}, at(3, true)},
		{"open and dismissed on a day: open", nil, []Judgement{{Day: day(3)}, {Label: at(3, false)}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var old, want []Label
			if test.old != nil {
				old = []Label{*test.old}
			}
			want = []Label{}
			if test.want != nil {
				want = append(want, *test.want)
			}
			for range 2 { // in both orders
				for i := range test.reading {
					test.reading[i].ID = at(0, true).ID
					if l := test.reading[i].Label; l != nil {
						test.reading[i].Day = l.Day
					}
				}
				if diff := cmp.Diff(want, Merge(old, test.reading)); diff != "" {
					t.Error(diff)
				}
				for i, j := 0, len(test.reading)-1; i < j; i, j = i+1, j-1 {
					test.reading[i], test.reading[j] = test.reading[j], test.reading[i]
				}
			}
		})
	}
}

func TestReasonsThatTeach(t *testing.T) {
	for reason, want := range map[Reason]string{Fixed: "relevant", FixStarted: "relevant", Inaccurate: "unwanted", NotUsed: "unwanted",
		"tolerable_risk": "nothing", "no_bandwidth": "nothing", "": "nothing"} {
		got := "nothing"
		if relevant, ok := reason.Teaches(); ok {
			got = map[bool]string{true: "relevant", false: "unwanted"}[relevant]
		}
		if got != want {
			t.Errorf("%s teaches %s; want %s", reason, got, want)
		}
	}
}

func TestAPseudonymTellsPeopleApartAndSpellsNoName(t *testing.T) {
	if Pseudonym("Ann") != Pseudonym(" ann ") || Pseudonym("ann") == Pseudonym("bob") || len(Pseudonym("ann")) != 8 || Pseudonym("  ") != "" {
		t.Error(Pseudonym("Ann"), Pseudonym("bob"))
	}
}

func FuzzDecode(f *testing.F) {
	good := encoded(f, 5)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add("\uFEFF" + good)
	f.Add(strings.ReplaceAll(good, "\n", "\r\n"))
	f.Add(`{"schema": "fettle-learned/1", "labels": [` + strings.Repeat("[", 9000))
	f.Add(`{"schema": "fettle-learned/1", "schema": "fettle-learned/1"}`)
	f.Add(fmt.Sprintf(`{"schema": %q, "labels": [{"id":"a","id":"b","day":"0000-00-00","score":1e999}]}`, Schema))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Decode("f", []byte(text))
		if err != nil {
			if m != nil || !strings.HasPrefix(err.Error(), "f:") {
				t.Fatalf("%v, %v", m, err)
			}
			return
		}
		first, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode("f", first)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if second, err := again.Encode(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("written twice it differs: %v", err)
		}
	})
}
