package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// checked is how many results and rules of a log are held to the schema before it is written. The whole of 5,000 results
// takes two seconds and more; this many take a third of one.
const checked = 1000

// Write writes l to w as indented JSON with a final newline, all at once or, where the SARIF schema refuses it, not at
// all. The schema is held to the log's frame and the first thousand results and rules of each run: those after them are
// made by the same code, and checking each would cost more than making them. The same log gives the same bytes.
func Write(w io.Writer, l Log) error {
	if err := l.head(checked).validate(); err != nil {
		return err
	}
	full, err := json.Marshal(l.report())
	if err != nil {
		return fmt.Errorf("encode SARIF: %w", err)
	}
	short, err := strip(full)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, short, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

// head returns l with at most n results and rules in each run.
func (l Log) head(n int) Log {
	runs := make([]Run, len(l.Runs))
	for i, r := range l.Runs {
		r.Results = r.Results[:min(n, len(r.Results))]
		r.Tool.Driver.Rules = r.Tool.Driver.Rules[:min(n, len(r.Tool.Driver.Rules))]
		runs[i] = r
	}
	l.Runs = runs
	return l
}

// validate checks l against the schema that go-sarif brings along, offline.
func (l Log) validate() error {
	if err := l.report().Validate(); err != nil {
		return fmt.Errorf("validate SARIF: %w", err)
	}
	return nil
}
