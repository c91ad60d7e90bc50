package learn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Record is one line of the file of judgements that fettle itself keeps: what a person said of a finding, with what was
// known of it on that day.
type Record struct {
	Finding   string   `json:"finding"` // its ID
	Day       string   `json:"day"`
	Reason    Reason   `json:"reason"`
	Author    string   `json:"author,omitempty"` // a Pseudonym
	Note      string   `json:"note,omitempty"`   // for people; nothing is learned from it
	Rule      string   `json:"rule,omitempty"`
	Package   string   `json:"package,omitempty"`
	Path      string   `json:"path,omitempty"`
	Exploited bool     `json:"exploited,omitempty"`
	Score     float64  `json:"score"`
	Features  Features `json:"features"`
}

// Why a person dismisses a finding that matters: no judgement on relevance.
const (
	NoBandwidth   Reason = "no_bandwidth"
	TolerableRisk Reason = "tolerable_risk"
)

const maxNote = 1000

// Validate says everything that is wrong with r at once.
func (r Record) Validate() error {
	var errs []error
	reasons := []Reason{Inaccurate, NotUsed, TolerableRisk, NoBandwidth}
	if !slices.Contains(reasons, r.Reason) {
		errs = append(errs, fmt.Errorf("unknown reason %.40q; want inaccurate, not_used, tolerable_risk or no_bandwidth", string(r.Reason)))
	}
	if r.Finding == "" {
		errs = append(errs, errors.New("it names no finding"))
	}
	if len(r.Note) > maxNote {
		errs = append(errs, fmt.Errorf("the note has %d bytes; want at most %d", len(r.Note), maxNote))
	}
	l := r.label()
	if _, ok := r.Reason.Teaches(); !ok {
		l.Reason, l.Relevant = NotUsed, false // the rest is checked all the same
	}
	return errors.Join(append(errs, l.Validate())...)
}

// label returns r as a label.
func (r Record) label() Label {
	relevant, _ := r.Reason.Teaches()
	return Label{ID: "fettle " + r.Finding, Day: r.Day, Source: "fettle", Relevant: relevant, Reason: r.Reason, Author: r.Author, Finding: r.Finding,
		Rule: r.Rule, Package: r.Package, Path: r.Path, Exploited: r.Exploited, Score: r.Score, Features: r.Features}
}

// Judgement returns what r says of its finding.
func (r Record) Judgement() Judgement {
	l := r.label()
	j := Judgement{ID: l.ID, Day: l.Day}
	if _, ok := r.Reason.Teaches(); ok {
		j.Label = &l
	}
	return j
}

// Line returns r as a line of the file.
func (r Record) Line() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	line, err := json.Marshal(r)
	return append(line, '\n'), err
}

// IsRecords reports whether text looks like a file of judgements, by its first line.
func IsRecords(text []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n\t "), []byte{'\n'})
	var keys map[string]json.RawMessage
	if json.Unmarshal(line, &keys) != nil {
		return false
	}
	_, finding := keys["finding"]
	_, reason := keys["reason"]
	return finding && reason
}

// ReadRecords reads a file of judgements, one a line; name is for messages. Lines are only ever added: of several on the
// same finding the last day holds, and on one day the last line.
func ReadRecords(name string, text []byte) ([]Record, error) {
	if len(text) > maxState {
		return nil, fmt.Errorf("%s: %d bytes; a file of judgements has at most %d", name, len(text), maxState)
	}
	var list []Record
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r Record
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		err := d.Decode(&r)
		if err == nil {
			if _, more := d.Token(); !errors.Is(more, io.EOF) {
				err = errors.New("something follows the judgement; want one a line")
			}
		}
		if err == nil {
			err = r.Validate()
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: no judgement of fettle dismiss: %s", name, number, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		if len(list) == maxLabels {
			return nil, fmt.Errorf("%s:%d: more than %d judgements", name, number, maxLabels)
		}
		list = append(list, r)
	}
	return list, nil
}

// Judgements returns what holds of each finding: of several records the one of the last day, and of one day the last.
func Judgements(records []Record) []Judgement {
	holds := map[string]int{}
	var list []Judgement
	for _, r := range records {
		j := r.Judgement()
		at, ok := holds[j.ID]
		switch {
		case !ok:
			holds[j.ID] = len(list)
			list = append(list, j)
		case j.Day >= list[at].Day:
			list[at] = j
		}
	}
	return list
}

// Today is the day of t in UTC, as labels write it.
func Today(t time.Time) string { return t.UTC().Format(time.DateOnly) }
