package suite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRunnersOutputBecomesCases(t *testing.T) {
	tests := []struct {
		file   string
		listed bool
		passed int
		cases  map[string]Outcome
	}{
		{"node-tap.txt", true, 6, map[string]Outcome{
			"adder › adds": Pass, "adder › fails": Fail, "adder › later": Skip, "adder › inner › deep": Pass,
			"adder › inner › at …": Pass, "top # hash": Pass, "todo": Skip, "parent › child": Pass, "parent › child #2": Fail,
			"other": Pass,
		}},
		{"node-spec.txt", true, 6, map[string]Outcome{
			"adder › adds": Pass, "adder › fails": Fail, "adder › later": Skip, "adder › inner › deep": Pass,
			"adder › inner › at …": Pass, "top # hash": Pass, "todo": Skip, "parent › child": Pass, "parent › child #2": Fail,
			"other": Pass,
		}},
		{"tap-tap.txt", true, 4, map[string]Outcome{
			"adder.js › adder › adds": Pass, "adder.js › adder › fails": Fail, "adder.js › adder › inner › deep": Pass,
			"adder.js › later": Skip, "adder.js › top": Pass, "other.js › other": Pass,
		}},
		{"tape.txt", true, 4, map[string]Outcome{
			"adder › adds": Pass, "adder › fails": Fail, "adder › later": Skip, "inner › deep": Pass,
			"other › (unnamed assert)": Pass, "other › should be truthy": Pass,
		}},
		{"mocha-spec.txt", true, 7, map[string]Outcome{
			"top": Pass, "adder › adds": Pass, "adder › fails": Fail, "adder › later": Skip, "adder › is slow": Pass,
			"adder › inner › deep": Pass, "adder › inner › adds": Pass, "adder › inner › adds #2": Pass,
			`hooks › "before all" hook for "never runs"`: Fail, "printed by the test": Pass,
		}},
		{"mocha-tap.txt", true, 6, map[string]Outcome{
			"top": Pass, "adder adds": Pass, "adder fails": Fail, "adder later": Skip, "adder is slow": Pass,
			"adder inner deep": Pass, "adder inner adds": Pass, "adder inner adds #2": Pass,
			`hooks "before all" hook for "never runs"`: Fail,
		}},
		{"mocha-dot.txt", false, 6, map[string]Outcome{
			"adder › fails": Fail, `hooks › "before all" hook for "never runs"`: Fail,
		}},
		{"jest.txt", false, 4, map[string]Outcome{
			"./adder.test.js": Fail, "./adder.test.js › adder › fails": Fail, "./broken.test.js": Fail, "./other.test.js": Pass,
		}},
		{"jest-verbose.txt", true, 4, map[string]Outcome{
			"./adder.test.js › top": Pass, "./adder.test.js › adder › adds": Pass, "./adder.test.js › adder › fails": Fail,
			"./adder.test.js › adder › skipped later": Skip, "./adder.test.js › adder › todo someday": Skip,
			"./adder.test.js › adder › inner › deep": Pass, "./other.test.js › other": Pass,
		}},
		{"vitest.txt", false, 4, map[string]Outcome{
			"adder.test.js": Fail, "fails": Fail, "other.test.js": Pass,
		}},
		{"vitest-verbose.txt", true, 4, map[string]Outcome{
			"adder.test.js › adder › adds": Pass, "adder.test.js › adder › fails": Fail, "adder.test.js › adder › later": Skip,
			"adder.test.js › adder › someday": Skip, "adder.test.js › adder › inner › deep": Pass, "adder.test.js › top": Pass,
			"other.test.js › other": Pass,
		}},
		{"ava.txt", true, 4, map[string]Outcome{
			"[skip] adder › later": Skip, "[todo] adder › someday": Skip, "adder › adds": Pass, "adder › fails": Fail,
			"adder › group › looks nested": Pass, "adder › known bad": Pass, "other › other": Pass,
		}},
		{"ava-tap.txt", true, 4, map[string]Outcome{
			"adder › later": Skip, "adder › someday": Skip, "other › other": Pass, "adder › adds": Pass, "adder › fails": Fail,
			"adder › group › looks nested": Pass, "adder › known bad": Pass,
		}},
		{"jasmine.txt", false, 1, map[string]Outcome{"adder fails": Fail}},
		{"vows.txt", true, 1, map[string]Outcome{
			"A basket › holds what was put in": Pass, "A basket › is pending": Skip, "A basket and when emptied › holds nothing": Fail,
		}},
		{"tap-terse.txt", false, 4, map[string]Outcome{}},
		{"node-dot.txt", false, 0, map[string]Outcome{}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "log", test.file))
			if err != nil {
				t.Fatal(err)
			}
			got := Read(Plan{}, "/app", string(text))
			if d := cmp.Diff(test.cases, got.Cases); d != "" {
				t.Errorf("cases (-want +got):\n%s", d)
			}
			if got.Listed != test.listed || got.Count(Pass) != test.passed {
				t.Errorf("listed %v, %d passed; want %v, %d", got.Listed, got.Count(Pass), test.listed, test.passed)
			}
		})
	}
}

func TestTicksWithoutASummaryAreNoTests(t *testing.T) {
	got := Read(Plan{}, "", "✔ linted\n  ✖ 3 problems\nok then\n")
	if got.Readable() {
		t.Errorf("read %v out of ordinary output", got.Cases)
	}
}

func TestDiagnosticsOfATestAreNoTests(t *testing.T) {
	got := Read(Plan{}, "", "TAP version 13\nok 1 - real\n  ---\n  source: |\n    ok 2 - quoted\n    not ok 3 - quoted\n  ...\n# ok 4 - printed\n1..1\n")
	if d := cmp.Diff(map[string]Outcome{"real": Pass}, got.Cases); d != "" {
		t.Error(d)
	}
}

func TestWorkspacesKeepTheirTestsApart(t *testing.T) {
	log := "\n> app@1.0.0 test\n> npm test -ws\n\n\n> a@1.0.0 test\n> node --test\n\nTAP version 13\nok 1 - adds\n1..1\n" +
		"\n> @x/b@2.0.0 test\n> node --test\n\nTAP version 13\nnot ok 1 - adds\n1..1\n"
	if d := cmp.Diff(map[string]Outcome{"a › adds": Pass, "@x/b › adds": Fail}, Read(Plan{}, "", log).Cases); d != "" {
		t.Error(d)
	}
}

func TestNamesLoseWhatChangesFromRunToRun(t *testing.T) {
	tests := map[string]string{
		"adds (12.5ms)":                                    "adds",
		"adds (1m 2s)":                                     "adds",
		"adds # time=3.1ms":                                "adds",
		"reads /tmp/abc-123/file":                          "reads …",
		"reads /srv/copy/src/a.js":                         "reads src/a.js",
		"at 0x7ffee4 is fine":                              "at … is fine",
		"on 127.0.0.1:43211 answers":                       "on … answers",
		"run 123e4567-e89b-12d3-a456-426614174000":         "run …",
		"on 2024-01-02T03:04:05.678Z":                      "on …",
		"supports (parentheses)":                           "supports (parentheses)",
		"spaced \t  out":                                   "spaced out",
		"waits 10s":                                        "waits 10s",
		"keeps https://example.com/tmp":                    "keeps https://example.com/tmp",
		"a " + strings.Repeat("long ", 100) + "name":       strings.TrimSpace(("a " + strings.Repeat("long ", 100))[:maxName]),
		"valid " + strings.Repeat("é", maxName) + " runes": "valid " + strings.Repeat("é", (maxName-6)/2),
	}
	for in, want := range tests {
		if got := strings.TrimSpace(normal(in, "/srv/copy")); got != want {
			t.Errorf("normal(%q) = %q; want %q", in, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	logs, err := filepath.Glob(filepath.Join("testdata", "log", "*.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("TAP version 13\n" + strings.Repeat("    # Subtest: x\n", 100))
	f.Add("ok\nnot ok\n1..1\n# Subtest: \n#\n  ---\n> a@1 test\n  1) \n▶ \n✔ \n  3 passing\n  1 failing\n  1) \nFAIL \n")
	f.Add("\x1b[2K\x1b]8;;x\x07 ✓ a > b\r\n RUN  v1\n Tests 1 passed (1)\n")
	f.Fuzz(func(t *testing.T, log string) {
		start := time.Now()
		got := Read(Plan{}, "/app", log)
		if spent := time.Since(start); spent > 5*time.Second {
			t.Errorf("%d bytes took %v", len(log), spent)
		}
		if len(got.Cases) > maxCases || got.Passed < 0 || got.Passed > maxCases {
			t.Errorf("%d cases, %d passed: beyond the bound", len(got.Cases), got.Passed)
		}
		for name := range got.Cases {
			if len(name) > maxName+16 || strings.ContainsAny(name, "\x1b\n\r") {
				t.Errorf("name %q is not plain", name)
			}
		}
	})
}
