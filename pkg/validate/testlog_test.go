package validate

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
		cases  map[string]outcome
	}{
		{"node-tap.txt", true, 6, map[string]outcome{
			"adder › adds": pass, "adder › fails": fail, "adder › later": skip, "adder › inner › deep": pass,
			"adder › inner › at …": pass, "top # hash": pass, "todo": skip, "parent › child": pass, "parent › child #2": fail,
			"other": pass,
		}},
		{"node-spec.txt", true, 6, map[string]outcome{
			"adder › adds": pass, "adder › fails": fail, "adder › later": skip, "adder › inner › deep": pass,
			"adder › inner › at …": pass, "top # hash": pass, "todo": skip, "parent › child": pass, "parent › child #2": fail,
			"other": pass,
		}},
		{"tap-tap.txt", true, 4, map[string]outcome{
			"adder.js › adder › adds": pass, "adder.js › adder › fails": fail, "adder.js › adder › inner › deep": pass,
			"adder.js › later": skip, "adder.js › top": pass, "other.js › other": pass,
		}},
		{"tape.txt", true, 4, map[string]outcome{
			"adder › adds": pass, "adder › fails": fail, "adder › later": skip, "inner › deep": pass,
			"other › (unnamed assert)": pass, "other › should be truthy": pass,
		}},
		{"mocha-spec.txt", true, 7, map[string]outcome{
			"top": pass, "adder › adds": pass, "adder › fails": fail, "adder › later": skip, "adder › is slow": pass,
			"adder › inner › deep": pass, "adder › inner › adds": pass, "adder › inner › adds #2": pass,
			`hooks › "before all" hook for "never runs"`: fail, "printed by the test": pass,
		}},
		{"mocha-tap.txt", true, 6, map[string]outcome{
			"top": pass, "adder adds": pass, "adder fails": fail, "adder later": skip, "adder is slow": pass,
			"adder inner deep": pass, "adder inner adds": pass, "adder inner adds #2": pass,
			`hooks "before all" hook for "never runs"`: fail,
		}},
		{"mocha-dot.txt", false, 6, map[string]outcome{
			"adder › fails": fail, `hooks › "before all" hook for "never runs"`: fail,
		}},
		{"jest.txt", false, 4, map[string]outcome{
			"./adder.test.js": fail, "./adder.test.js › adder › fails": fail, "./broken.test.js": fail, "./other.test.js": pass,
		}},
		{"jest-verbose.txt", true, 4, map[string]outcome{
			"./adder.test.js › top": pass, "./adder.test.js › adder › adds": pass, "./adder.test.js › adder › fails": fail,
			"./adder.test.js › adder › skipped later": skip, "./adder.test.js › adder › todo someday": skip,
			"./adder.test.js › adder › inner › deep": pass, "./other.test.js › other": pass,
		}},
		{"vitest.txt", false, 4, map[string]outcome{
			"adder.test.js": fail, "fails": fail, "other.test.js": pass,
		}},
		{"vitest-verbose.txt", true, 4, map[string]outcome{
			"adder.test.js › adder › adds": pass, "adder.test.js › adder › fails": fail, "adder.test.js › adder › later": skip,
			"adder.test.js › adder › someday": skip, "adder.test.js › adder › inner › deep": pass, "adder.test.js › top": pass,
			"other.test.js › other": pass,
		}},
		{"ava.txt", true, 4, map[string]outcome{
			"[skip] adder › later": skip, "[todo] adder › someday": skip, "adder › adds": pass, "adder › fails": fail,
			"adder › group › looks nested": pass, "adder › known bad": pass, "other › other": pass,
		}},
		{"ava-tap.txt", true, 4, map[string]outcome{
			"adder › later": skip, "adder › someday": skip, "other › other": pass, "adder › adds": pass, "adder › fails": fail,
			"adder › group › looks nested": pass, "adder › known bad": pass,
		}},
		{"jasmine.txt", false, 1, map[string]outcome{"adder fails": fail}},
		{"vows.txt", true, 1, map[string]outcome{
			"A basket › holds what was put in": pass, "A basket › is pending": skip, "A basket and when emptied › holds nothing": fail,
		}},
		{"tap-terse.txt", false, 4, map[string]outcome{}},
		{"node-dot.txt", false, 0, map[string]outcome{}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "log", test.file))
			if err != nil {
				t.Fatal(err)
			}
			got := readLog(string(text), "/app")
			if d := cmp.Diff(test.cases, got.Cases); d != "" {
				t.Errorf("cases (-want +got):\n%s", d)
			}
			if got.Listed != test.listed || got.count(pass) != test.passed {
				t.Errorf("listed %v, %d passed; want %v, %d", got.Listed, got.count(pass), test.listed, test.passed)
			}
		})
	}
}

func TestTicksWithoutASummaryAreNoTests(t *testing.T) {
	got := readLog("✔ linted\n  ✖ 3 problems\nok then\n", "")
	if got.readable() {
		t.Errorf("read %v out of ordinary output", got.Cases)
	}
}

func TestDiagnosticsOfATestAreNoTests(t *testing.T) {
	got := readLog("TAP version 13\nok 1 - real\n  ---\n  source: |\n    ok 2 - quoted\n    not ok 3 - quoted\n  ...\n# ok 4 - printed\n1..1\n", "")
	if d := cmp.Diff(map[string]outcome{"real": pass}, got.Cases); d != "" {
		t.Error(d)
	}
}

func TestWorkspacesKeepTheirTestsApart(t *testing.T) {
	log := "\n> app@1.0.0 test\n> npm test -ws\n\n\n> a@1.0.0 test\n> node --test\n\nTAP version 13\nok 1 - adds\n1..1\n" +
		"\n> @x/b@2.0.0 test\n> node --test\n\nTAP version 13\nnot ok 1 - adds\n1..1\n"
	if d := cmp.Diff(map[string]outcome{"a › adds": pass, "@x/b › adds": fail}, readLog(log, "").Cases); d != "" {
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

func FuzzReadLog(f *testing.F) {
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
		got := readLog(log, "/app")
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
