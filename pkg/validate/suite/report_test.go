package suite

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestToolsOutputBecomesCases reads what the tools of other ecosystems than npm's printed for small projects.
func TestToolsOutputBecomesCases(t *testing.T) {
	for _, test := range []struct {
		file   string
		listed bool
		passed int
		cases  map[string]Outcome
	}{
		{"go-json.txt", true, 9, map[string]Outcome{
			"example.org/adder › ExampleAdd":                  Pass,
			"example.org/adder › FuzzAdd/seed#0":              Pass,
			"example.org/adder › TestAdds":                    Pass,
			"example.org/adder › TestFails":                   Fail,
			"example.org/adder › TestGood/child":              Pass,
			"example.org/adder › TestLater":                   Skip,
			"example.org/adder › TestOwn":                     Fail,
			"example.org/adder › TestOwn/child":               Pass,
			"example.org/adder › TestTable/one":               Pass,
			"example.org/adder › TestTable/two_words/deep/er": Fail,
			"example.org/adder/boom › TestBefore":             Pass,
			"example.org/adder/boom › TestBoom":               Fail,
			"example.org/adder/broken":                        Fail,
			"example.org/adder/quits":                         Fail,
			"example.org/adder/quits › TestFine":              Pass,
			"example.org/adder/slow › TestQuick":              Pass,
			"example.org/adder/slow › TestSlow":               Fail,
		}},
		{"pytest-plain.txt", false, 6, map[string]Outcome{
			"tests/test_adder.py › test_fails":    Fail,
			"tests/test_adder.py › test_setup":    Fail,
			"tests/test_adder.py › test_teardown": Fail,
			"tests/test_adder.py › test_words[a]": Fail,
			"tests/test_broken.py":                Fail,
		}},
		{"pytest-verbose.txt", true, 5, map[string]Outcome{
			"tests/test_adder.py › TestGroup › TestDeep › test_deep": Pass,
			"tests/test_adder.py › TestGroup › test_inner":           Pass,
			"tests/test_adder.py › test_adds":                        Pass,
			"tests/test_adder.py › test_fails":                       Fail,
			"tests/test_adder.py › test_known_bad":                   Skip,
			"tests/test_adder.py › test_later":                       Skip,
			"tests/test_adder.py › test_setup":                       Fail,
			"tests/test_adder.py › test_teardown":                    Fail,
			"tests/test_adder.py › test_words[a]":                    Fail,
			"tests/test_adder.py › test_words[b::c d]":               Pass,
			"tests/test_adder.py › test_words[…":                     Pass,
			"tests/test_broken.py":                                   Fail,
		}},
		{"pytest-xdist.txt", true, 5, map[string]Outcome{
			"tests/test_adder.py › TestGroup › TestDeep › test_deep": Pass,
			"tests/test_adder.py › TestGroup › test_inner":           Pass,
			"tests/test_adder.py › test_adds":                        Pass,
			"tests/test_adder.py › test_fails":                       Fail,
			"tests/test_adder.py › test_known_bad":                   Skip,
			"tests/test_adder.py › test_later":                       Skip,
			"tests/test_adder.py › test_setup":                       Fail,
			"tests/test_adder.py › test_teardown":                    Fail,
			"tests/test_adder.py › test_words[a]":                    Fail,
			"tests/test_adder.py › test_words[b::c d]":               Pass,
			"tests/test_adder.py › test_words[…":                     Pass,
		}},
		{"unittest.txt", true, 2, map[string]Outcome{
			"tests.test_adder.Adder › test_adds":              Pass,
			"tests.test_adder.Adder › test_better":            Fail,
			"tests.test_adder.Adder › test_errs":              Fail,
			"tests.test_adder.Adder › test_fails":             Fail,
			"tests.test_adder.Adder › test_known_bad":         Skip,
			"tests.test_adder.Adder › test_later":             Skip,
			"tests.test_adder.Adder › test_parts":             Fail,
			"tests.test_adder.Adder › test_quiet":             Pass,
			"tests.test_adder.Adder › test_teardown":          Fail,
			"tests.test_adder.Setup › setUpClass":             Fail,
			"unittest.loader._FailedTest › tests.test_broken": Fail,
		}},
		{"cargo.txt", true, 8, map[string]Outcome{
			"adder_lib doc › src/lib.rs - add":          Pass,
			"adder_lib doc › src/lib.rs - add #2":       Pass,
			"adder_lib doc › src/lib.rs - add #3":       Pass,
			"adder_lib src/lib.rs › tests::adds":        Pass,
			"adder_lib src/lib.rs › tests::fails":       Fail,
			"adder_lib src/lib.rs › tests::inner::deep": Pass,
			"adder_lib src/lib.rs › tests::later":       Skip,
			"adder_lib src/lib.rs › tests::panics":      Pass,
			"adder_lib src/main.rs › in_main":           Pass,
			"it tests/it.rs › outside":                  Pass,
		}},
		{"surefire.txt", false, 3, map[string]Outcome{
			"ex › SetupTest":               Fail,
			"ex.AdderTest":                 Pass,
			"ex.AdderTest › errs":          Fail,
			"ex.AdderTest › fails":         Fail,
			"ex.AdderTest › words(int)[1]": Fail,
			"ex.AdderTest$Inner":           Fail,
			"ex.SetupTest":                 Fail,
		}},
		{"minitest.txt", true, 1, map[string]Outcome{
			"AdderTest › test_adds":  Pass,
			"AdderTest › test_errs":  Fail,
			"AdderTest › test_fails": Fail,
			"AdderTest › test_later": Skip,
		}},
		{"ctest.txt", true, 1, map[string]Outcome{
			"adds":  Pass,
			"fails": Fail,
			"gone":  Fail,
			"later": Skip,
		}},
		{"pnpm-workspaces.txt", true, 3, map[string]Outcome{
			"@x/b › adds":          Pass,
			"@x/b › group › inner": Fail,
			"adds":                 Pass,
			"group › inner":        Pass,
		}},
		{"rspec.txt", false, 3, map[string]Outcome{
			"adder errs":  Fail,
			"adder fails": Fail,
			"adder same":  Fail,
		}},
		{"phpunit.txt", false, 0, map[string]Outcome{}},
	} {
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

// TestReportFilesBecomeCases reads the reports that the tools wrote for the same projects.
func TestReportFilesBecomeCases(t *testing.T) {
	for _, test := range []struct {
		file   string
		listed bool
		passed int
		cases  map[string]Outcome
	}{
		{"pytest.xml", true, 5, map[string]Outcome{
			"tests.test_adder › test_adds":                    Pass,
			"tests.test_adder › test_fails":                   Fail,
			"tests.test_adder › test_known_bad":               Skip,
			"tests.test_adder › test_later":                   Skip,
			"tests.test_adder › test_setup":                   Fail,
			"tests.test_adder › test_teardown":                Fail,
			"tests.test_adder › test_words[a]":                Fail,
			"tests.test_adder › test_words[b::c d]":           Pass,
			"tests.test_adder › test_words[…":                 Pass,
			"tests.test_adder.TestGroup › test_inner":         Pass,
			"tests.test_adder.TestGroup.TestDeep › test_deep": Pass,
			"tests.test_broken":                               Fail,
		}},
		{"surefire-inner.xml", true, 3, map[string]Outcome{
			"ex.AdderTest › adds":          Pass,
			"ex.AdderTest › errs":          Fail,
			"ex.AdderTest › fails":         Fail,
			"ex.AdderTest › later":         Skip,
			"ex.AdderTest › words(int)[1]": Fail,
			"ex.AdderTest › words(int)[2]": Pass,
			"ex.AdderTest$Inner › deep":    Pass,
		}},
		{"surefire-setup.xml", false, 0, map[string]Outcome{
			"ex.SetupTest": Fail,
		}},
		{"surefire.xml", false, 0, map[string]Outcome{}},
		{"phpunit.xml", true, 2, map[string]Outcome{
			"Ex.AdderTest › testAdds":                        Pass,
			"Ex.AdderTest › testErrs":                        Fail,
			"Ex.AdderTest › testFails":                       Fail,
			"Ex.AdderTest › testLater":                       Skip,
			"Ex.AdderTest › testPending":                     Skip,
			"Ex.AdderTest › testWords with data set \"one\"": Fail,
			"Ex.AdderTest › testWords with data set \"two\"": Pass,
		}},
		{"rspec.json", true, 3, map[string]Outcome{
			"spec/adder_spec.rb › adder adds":       Pass,
			"spec/adder_spec.rb › adder errs":       Fail,
			"spec/adder_spec.rb › adder fails":      Fail,
			"spec/adder_spec.rb › adder inner deep": Pass,
			"spec/adder_spec.rb › adder known":      Skip,
			"spec/adder_spec.rb › adder later":      Skip,
			"spec/adder_spec.rb › adder same":       Pass,
			"spec/adder_spec.rb › adder same #2":    Fail,
		}},
	} {
		t.Run(test.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "report", test.file))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			write(t, dir, "out/"+test.file, string(text))
			got := Read(Plan{Reports: []string{"out/*"}}, dir, "TAP version 13\nok 1 - printed\n1..1\n")
			if d := cmp.Diff(test.cases, got.Cases); d != "" && len(test.cases) > 0 {
				t.Errorf("cases (-want +got):\n%s", d)
			}
			if len(test.cases) > 0 && got.Count(Pass) != test.passed || len(got.Unread) > 0 {
				t.Errorf("%d passed; want %d; unread: %v", got.Count(Pass), test.passed, got.Unread)
			}
		})
	}
}

const trx = "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>
<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
  <Results>
    <UnitTestResult testId="1" testName="Ex.AdderTests.Adds" outcome="Passed" />
    <UnitTestResult testId="2" testName="Ex.AdderTests.Words(n: 1)" outcome="Failed"><Output><StdOut>x</StdOut></Output></UnitTestResult>
    <UnitTestResult testId="2" testName="Ex.AdderTests.Words(n: 2)" outcome="Passed" />
    <UnitTestResult testId="3" testName="Later" outcome="NotExecuted" />
  </Results>
  <TestDefinitions>
    <UnitTest name="Adds" id="1"><TestMethod className="Ex.AdderTests" name="Adds" /></UnitTest>
    <UnitTest name="Words" id="2"><TestMethod className="Ex.AdderTests" name="Words" /></UnitTest>
    <UnitTest name="Later" id="3"><TestMethod className="Ex.Other, Ex, Version=1.0.0.0" name="Later" /></UnitTest>
  </TestDefinitions>
</TestRun>`

func TestTRXNamesClassAndTest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, ".fettle/trx/deep/a.trx", trx)
	p, err := Detect(files{"app.sln": "", "src/app.csproj": ""}, Project{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Outcome{
		"Ex.AdderTests › Adds": Pass, "Ex.AdderTests › Words(n: 1)": Fail, "Ex.AdderTests › Words(n: 2)": Pass, "Ex.Other › Later": Skip,
	}
	if d := cmp.Diff(want, Read(p, dir, "").Cases); d != "" {
		t.Error(d)
	}
}

func TestModulesKeepTheirReportsApart(t *testing.T) {
	dir, report := t.TempDir(), `<testsuite name="ex.T"><testcase classname="ex.T" name="a"/></testsuite>`
	write(t, dir, "one/target/surefire-reports/TEST-ex.T.xml", report)
	write(t, dir, "two/build/test-results/test/TEST-ex.T.xml", report)
	write(t, dir, "target/surefire-reports/TEST-ex.T.xml", report)
	got := Read(Plan{Reports: []string{"**/target/surefire-reports/TEST-*.xml", "**/build/test-results/**/TEST-*.xml"}}, dir, "")
	if d := cmp.Diff(map[string]Outcome{"one › ex.T › a": Pass, "two › ex.T › a": Pass, "ex.T › a": Pass}, got.Cases); d != "" {
		t.Error(d)
	}
}

func TestOldReportsAreRemovedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "app/out/old.xml", "<testsuite/>")
	write(t, dir, "app/out/keep.txt", "x")
	write(t, dir, "out/other.xml", "x")
	if err := os.Symlink("../../out/other.xml", filepath.Join(dir, "app/out/link.xml")); err != nil {
		t.Fatal(err)
	}
	if err := Clean(Plan{At: "app", Reports: []string{"**/*.xml", "../out/*.xml"}}, dir); err != nil {
		t.Fatal(err)
	}
	if got := Folder(dir).Below(""); !slices.Equal(got, []string{"app/out/keep.txt", "out/other.xml"}) {
		t.Errorf("left: %v", got)
	}
}

func TestReportsThatCannotBeReadAreTold(t *testing.T) {
	for name, text := range map[string]string{
		"entities":  `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`,
		"cut":       `<testsuite><testcase classname="c" name="a"/><testcase classname="c" na`,
		"deep":      strings.Repeat("<testsuite>", 1000),
		"other":     `<html><testcase name="a"/></html>`,
		"empty":     "\ufeff \r\n",
		"plain":     "nothing that a runner prints",
		"json":      `{"examples": [}`,
		"undecoded": `<?xml version="1.0" encoding="UTF-16"?>` + "<testsuite>\xff\xfe</testcase>",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "r.xml", text)
			if got := Read(Plan{Reports: []string{"r.xml"}}, dir, ""); len(got.Unread) != 1 || !strings.HasPrefix(got.Unread[0], "r.xml: ") {
				t.Errorf("unread: %q, cases %v", got.Unread, got.Cases)
			}
		})
	}
}

func TestASuiteThatFailsOutsideOfItsCasesFails(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "r.xml", `<testsuites errors="1"><testsuite name="s" errors="1"><testcase name="a"/></testsuite></testsuites>`)
	if d := cmp.Diff(map[string]Outcome{"s › a": Pass, "s": Fail}, Read(Plan{Reports: []string{"r.xml"}}, dir, "").Cases); d != "" {
		t.Error(d)
	}
}

func TestLegibleTurnsEventsBackIntoText(t *testing.T) {
	const events = `{"Action":"run","Package":"p","Test":"T"}` + "\n" + `{"Action":"output","Package":"p","Test":"T","Output":"no\n"}` + "\nplain\n"
	if got := Legible(events); got != "no\nplain\n" {
		t.Errorf("%q", got)
	}
}

func FuzzReport(f *testing.F) {
	reports, err := filepath.Glob(filepath.Join("testdata", "report", "*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range reports {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
		f.Add(string(text[:len(text)/2]))
	}
	f.Add(trx)
	f.Add(strings.Repeat("<testsuite>", 100))
	f.Add("\ufeff<testsuite errors='1'>\r\n<testcase name='a' name='b'><failure/><skipped/></testcase></testsuite>")
	f.Add(`{"examples":[{"status":"passed"},{"full_description":"\u0000"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		b, r := newBook("/app"), &reportReader{}
		_ = r.read("a/target/surefire-reports/x.xml", text, b)
		got := b.results([]reader{r})
		if spent := time.Since(start); spent > 5*time.Second {
			t.Errorf("%d bytes took %v", len(text), spent)
		}
		for name := range got.Cases {
			if len(name) > maxName+16 || strings.ContainsAny(name, "\x1b\n\r") {
				t.Errorf("name %q is not plain", name)
			}
		}
	})
}
