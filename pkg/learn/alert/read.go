package alert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxSize is the largest export that Read takes, in bytes. A larger one can be split.
const MaxSize = 64 << 20

// Export is what one file holds.
type Export struct {
	Alerts []Alert
	Faults []error // of records that could not be read, each with file and line
}

// Read reads an export and finds out by its content what it is: alerts of Dependabot or of code scanning as GitHub's REST API
// gives them, vulnerabilities as GitLab's GraphQL and REST APIs give them, or GitLab's CSV export. JSON may be an array, an
// array of arrays, one object a line, or several of these after each other, as paginating clients write them. A file that
// is none of these is an error; of others, a record that cannot be read is a fault.
func Read(name string, text []byte) (Export, error) {
	if len(text) > MaxSize {
		return Export{}, fmt.Errorf("%s: %d bytes; an export has at most %d: split it", name, len(text), MaxSize)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	switch start := bytes.TrimLeft(text, " \t\r\n"); {
	case len(start) == 0:
		return Export{}, fmt.Errorf("%s: is empty; want alerts of Dependabot, code scanning or GitLab", name)
	case start[0] == '[' || start[0] == '{':
		return readJSON(name, text)
	}
	return readCSV(name, text)
}

// reader gathers what it can read and notes what it cannot.
type reader struct {
	name string
	text []byte
	out  Export
}

// at returns file:line of an offset.
func (r *reader) at(offset int64) string {
	return fmt.Sprintf("%s:%d", r.name, 1+bytes.Count(r.text[:min(max(offset, 0), int64(len(r.text)))], []byte{'\n'}))
}

func readJSON(name string, text []byte) (Export, error) {
	r := &reader{name: name, text: text}
	d := json.NewDecoder(bytes.NewReader(text))
	lines := newLines(text)
	for {
		var value json.RawMessage
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			return r.out, nil
		}
		if err != nil {
			at := d.InputOffset()
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				at = syntax.Offset
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				at = int64(len(bytes.TrimRight(text, "\r\n")))
			}
			return Export{}, fmt.Errorf("%s: no JSON: %w", r.at(at), err)
		}
		if err := r.value(value, lines, d.InputOffset()-int64(len(value)), 0); err != nil {
			return Export{}, err
		}
	}
}

// lines counts line breaks up to offsets that only rise.
type lines struct {
	text []byte
	at   int64
	n    int
}

func newLines(text []byte) *lines { return &lines{text: text, n: 1} }

func (l *lines) line(offset int64) int {
	if offset = min(offset, int64(len(l.text))); offset > l.at {
		l.n += bytes.Count(l.text[l.at:offset], []byte{'\n'})
		l.at = offset
	}
	return l.n
}

// value reads one value that stands at offset: an alert, or a list of values.
func (r *reader) value(value json.RawMessage, lines *lines, offset int64, depth int) error {
	if value[0] != '[' {
		return r.object(value, lines.line(offset))
	}
	if depth == 2 {
		return fmt.Errorf("%s: lists in lists in lists; want alerts of Dependabot, code scanning or GitLab", r.at(offset))
	}
	d := json.NewDecoder(bytes.NewReader(value))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		var inner json.RawMessage
		if err := d.Decode(&inner); err != nil {
			return fmt.Errorf("%s: no JSON: %w", r.at(offset+d.InputOffset()), err)
		}
		if err := r.value(inner, lines, offset+d.InputOffset()-int64(len(inner)), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// object reads one alert, or the answer of a GraphQL query that holds some.
func (r *reader) object(value json.RawMessage, line int) error {
	var keys map[string]json.RawMessage
	where := fmt.Sprintf("%s:%d", r.name, line)
	if err := json.Unmarshal(value, &keys); err != nil {
		return fmt.Errorf("%s: want an object: %w", where, err)
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := keys[name]; !ok {
				return false
			}
		}
		return true
	}
	var a Alert
	var err error
	switch {
	case has("security_advisory", "state"):
		a, err = dependabotAlert(value)
	case has("rule", "most_recent_instance", "state"):
		a, err = codeScanningAlert(value)
	case has("reportType", "state"):
		a, err = gitLabNode(value)
	case has("report_type", "state"):
		a, err = gitLabRecord(value)
	case has("data"), has("errors"):
		return r.answer(value, where)
	case has("message") && len(keys) <= 4:
		return fmt.Errorf("%s: the answer of a forge that refused: %.200s", where, keys["message"])
	default:
		return fmt.Errorf("%s: no alert of Dependabot, code scanning or GitLab", where)
	}
	r.add(a, err, where)
	return nil
}

func (r *reader) add(a Alert, err error, where string) {
	if err == nil && a.Day == "" {
		err = errors.New("it has no date of its last change")
	}
	if err != nil {
		r.out.Faults = append(r.out.Faults, fmt.Errorf("%s: alert is not read: %w", where, err))
		return
	}
	r.out.Alerts = append(r.out.Alerts, a)
}
