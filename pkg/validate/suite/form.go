package suite

import (
	"regexp"
	"strconv"
)

// form is a format in which each case stands on a line of its own, and a closing line counts them.
type form struct {
	name string
	test *regexp.Regexp // named groups suite, name and outcome; nil where no cases are listed
	ends map[string]Outcome
	bad  *regexp.Regexp // group 1 names a failing case
	end  *regexp.Regexp // group passed, or group all and groups less1, less2 that are taken off
}

var forms = []form{
	{
		name: "minitest",
		test: regexp.MustCompile(`^(?P<suite>[\w:]+)#(?P<name>test_\S.*?) = [\d.]+ s = (?P<outcome>[.FES])$`),
		ends: map[string]Outcome{".": Pass, "F": Fail, "E": Fail, "S": Skip},
		end:  regexp.MustCompile(`^(?P<all>\d+) runs, \d+ assertions, (?P<less1>\d+) failures, (?P<less2>\d+) errors, (?P<less3>\d+) skips$`),
	},
	{
		name: "test-unit",
		end:  regexp.MustCompile(`^(?P<all>\d+) tests, \d+ assertions, (?P<less1>\d+) failures, (?P<less2>\d+) errors, (?P<less3>\d+) pendings, (?P<less4>\d+) omissions, \d+ notifications$`),
	},
	{
		name: "rspec",
		bad:  regexp.MustCompile(`^rspec \S+ # (.+)$`),
		end:  regexp.MustCompile(`^(?P<all>\d+) examples?, (?P<less1>\d+) failures?(?:, (?P<less2>\d+) pending)?(?:, \d+ errors? occurred outside of examples)?$`),
	},
	{
		name: "phpunit",
		end:  regexp.MustCompile(`^OK \((?P<passed>\d+) tests?, \d+ assertions?\)$`),
	},
	{
		name: "dotnet",
		test: regexp.MustCompile(`^  (?P<outcome>Passed|Failed|Skipped) (?P<name>\S.*?)(?: \[[^\]]*\])?$`),
		ends: map[string]Outcome{"Passed": Pass, "Failed": Fail, "Skipped": Skip},
		end:  regexp.MustCompile(`^(?:Passed|Failed)!\s+- Failed:\s+\d+, Passed:\s+(?P<passed>\d+), Skipped:\s+\d+, Total:\s+\d+`),
	},
	{
		name: "ctest",
		test: regexp.MustCompile(`^\s*\d+/\d+ Test\s+#\d+: (?P<name>\S+) \.+[\s*]*(?P<outcome>Passed|Failed|Not Run|Timeout|Exception|Skipped)\b`),
		ends: map[string]Outcome{"Passed": Pass, "Failed": Fail, "Not Run": Fail, "Timeout": Fail, "Exception": Fail, "Skipped": Skip},
		end:  regexp.MustCompile(`^\d+% tests passed, (?P<less1>\d+) tests? failed out of (?P<all>\d+)$`),
	},
	{
		name: "automake",
		test: regexp.MustCompile(`^(?P<outcome>PASS|FAIL|SKIP|XFAIL|XPASS|ERROR): (?P<name>\S.*)$`),
		ends: map[string]Outcome{"PASS": Pass, "FAIL": Fail, "SKIP": Skip, "XFAIL": Pass, "XPASS": Fail, "ERROR": Fail},
		end:  regexp.MustCompile(`^# PASS:\s+(?P<passed>\d+)$`),
	},
}

// formReader reads one form.
type formReader struct {
	tally
	form
}

func formReaders() []reader {
	var all []reader
	for _, f := range forms {
		all = append(all, &formReader{form: f})
	}
	return all
}

func (f *formReader) kind() string { return f.name }

func (f *formReader) reset() {}

func (f *formReader) end(*book) {}

func (f *formReader) line(line string, b *book) {
	if m := f.form.end.FindStringSubmatch(line); m != nil {
		passed := 0
		for i, name := range f.form.end.SubexpNames() {
			n, _ := strconv.Atoi(m[i])
			switch name {
			case "passed", "all":
				passed += n
			case "":
			default:
				passed -= n
			}
		}
		f.add(passed)
		return
	}
	if f.bad != nil {
		if m := f.bad.FindStringSubmatch(line); m != nil {
			b.bullet(m[1:])
		}
	}
	if f.test == nil {
		return
	}
	m := f.test.FindStringSubmatch(line)
	if m == nil {
		return
	}
	var path []string
	var o Outcome
	for i, name := range f.test.SubexpNames() {
		switch name {
		case "suite", "name":
			path = append(path, m[i])
		case "outcome":
			o = f.ends[m[i]]
		}
	}
	b.add(f.name, path, o)
}
