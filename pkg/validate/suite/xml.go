package suite

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// reportReader reads report files: JUnit's XML, the TRX of .NET, the JSON of rspec, and the text of any runner.
type reportReader struct{ tally }

func (*reportReader) kind() string       { return "report" }
func (*reportReader) line(string, *book) {}
func (*reportReader) reset()             {}
func (*reportReader) end(*book)          {}

// read adds the cases of one report file.
func (r *reportReader) read(name, text string, b *book) error {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return errors.New("empty")
	case trimmed[0] == '<':
		return r.xml(name, trimmed, b)
	case trimmed[0] == '{' && strings.Contains(trimmed, `"examples"`):
		return r.rspec(trimmed, b)
	}
	found := readText(b.root, text)
	if len(found.Cases) == 0 {
		return errors.New("neither JUnit XML, TRX, rspec's JSON nor the text of a known test runner")
	}
	r.seen = true
	for name, o := range found.Cases {
		b.add("report", []string{name}, o)
	}
	return nil
}

func (r *reportReader) rspec(text string, b *book) error {
	var report struct {
		Examples []struct {
			Name   string `json:"full_description"`
			File   string `json:"file_path"`
			Status string `json:"status"`
		} `json:"examples"`
		Summary struct {
			Outside int `json:"errors_outside_of_examples_count"`
		} `json:"summary"`
	}
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		return fmt.Errorf("read rspec's JSON: %w", err)
	}
	r.seen = true
	for _, e := range report.Examples {
		o, ok := map[string]Outcome{"passed": Pass, "pending": Skip}[e.Status]
		if !ok {
			o = Fail
		}
		b.add("report", []string{strings.TrimPrefix(e.File, "./"), e.Name}, o)
	}
	if report.Summary.Outside > 0 {
		b.add("report", []string{"outside of examples"}, Fail)
	}
	return nil
}

// xml reads JUnit's XML and TRX token by token; entities that a document declares are errors.
func (r *reportReader) xml(name, text string, b *book) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	x := xmlReport{book: b, module: moduleOf(name)}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			x.finish()
			r.seen = r.seen || x.known
			return fmt.Errorf("read XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(x.open) == 0 && !slices.Contains([]string{"testsuites", "testsuite", "TestRun"}, t.Name.Local) {
				return fmt.Errorf("a document of <%.40s>; want JUnit's <testsuites> or TRX's <TestRun>", t.Name.Local)
			}
			if len(x.open) >= maxDepth {
				return fmt.Errorf("elements nested more than %d deep", maxDepth)
			}
			x.known = true
			x.start(t)
		case xml.EndElement:
			x.close()
		}
	}
	x.finish()
	r.seen = r.seen || x.known
	return nil
}

// moduleOf returns the module that a report of surefire or Gradle belongs to, "" for the root.
func moduleOf(name string) string {
	for _, mark := range []string{"/target/surefire-reports/", "/target/failsafe-reports/", "/build/test-results/"} {
		if i := strings.Index("/"+name, mark); i > 0 {
			return name[:i-1]
		}
	}
	return ""
}

// xmlReport is a report being read.
type xmlReport struct {
	book   *book
	module string
	known  bool
	open   []xmlElement
	cases  []trxCase
	class  map[string]string // TRX: by the id of a test
}

type xmlElement struct {
	name    string
	path    []string // a case's
	outcome Outcome
	label   string // a suite's name, a TRX test's id
	errors  bool   // a suite counts failures
	failed  bool   // a case below failed
}

type trxCase struct {
	id, name string
	outcome  Outcome
}

func attributes(e xml.StartElement) map[string]string {
	all := make(map[string]string, len(e.Attr))
	for _, a := range e.Attr {
		all[a.Name.Local] = a.Value
	}
	return all
}

func (x *xmlReport) start(e xml.StartElement) {
	a := attributes(e)
	el := xmlElement{name: e.Name.Local}
	switch el.name {
	case "testsuite":
		el.label = a["name"]
		el.errors = a["failures"] != "" && a["failures"] != "0" || a["errors"] != "" && a["errors"] != "0"
	case "testcase":
		class := a["classname"]
		if class == "" {
			class = a["class"]
		}
		path := x.path()
		if class != "" {
			path = append(path, class)
		} else {
			for _, o := range x.open {
				if o.name == "testsuite" && o.label != "" && o.label != "pytest" {
					path = append(path, o.label)
				}
			}
		}
		if el.path = path; a["name"] != "" || len(path) == 0 {
			el.path = append(path, a["name"])
		}
		if a["status"] == "notrun" || a["status"] == "disabled" {
			el.outcome = Skip
		}
	case "failure", "error":
		x.mark(Fail)
	case "skipped":
		x.mark(Skip)
	case "UnitTestResult":
		o, ok := map[string]Outcome{"Passed": Pass, "PassedButRunAborted": Pass, "Warning": Pass, "NotExecuted": Skip, "Inconclusive": Skip, "Pending": Skip}[a["outcome"]]
		if !ok {
			o = Fail
		}
		if len(x.cases) < maxCases {
			x.cases = append(x.cases, trxCase{a["testId"], a["testName"], o})
		}
	case "UnitTest":
		el.label = a["id"]
	case "TestMethod":
		if x.class == nil {
			x.class = map[string]string{}
		}
		if n := len(x.open); n > 0 && len(x.class) < maxCases {
			x.class[x.open[n-1].label] = a["className"]
		}
	}
	x.open = append(x.open, el)
}

// path puts the module before parts of a name.
func (x *xmlReport) path(parts ...string) []string {
	if x.module != "" {
		return append([]string{x.module}, parts...)
	}
	return parts
}

// mark sets the outcome of the case that is open.
func (x *xmlReport) mark(o Outcome) {
	if n := len(x.open); n > 0 && x.open[n-1].name == "testcase" {
		x.open[n-1].outcome = max(x.open[n-1].outcome, o)
	}
}

func (x *xmlReport) close() {
	n := len(x.open) - 1
	if n < 0 {
		return
	}
	el := x.open[n]
	x.open = x.open[:n]
	switch {
	case el.name == "testcase":
		x.book.add("report", el.path, el.outcome)
		if el.outcome == Fail {
			for i := range x.open {
				x.open[i].failed = true
			}
		}
	case el.name == "testsuite" && el.errors && !el.failed:
		// The suite failed outside of its cases, in a fixture for instance.
		x.book.add("report", x.path(el.label), Fail)
		for i := range x.open {
			x.open[i].failed = true
		}
	}
}

// finish adds the cases of TRX, whose classes stand after them.
func (x *xmlReport) finish() {
	for _, c := range x.cases {
		class, _, _ := strings.Cut(x.class[c.id], ",")
		name := strings.TrimPrefix(c.name, class+".")
		if class == "" {
			x.book.add("report", []string{name}, c.outcome)
		} else {
			x.book.add("report", []string{class, name}, c.outcome)
		}
	}
	x.cases = nil
}
