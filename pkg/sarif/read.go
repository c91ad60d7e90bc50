package sarif

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What Read takes in; a file beyond a limit is refused whole, because half a report reads like a clean one.
const (
	MaxBytes   = 64 << 20
	MaxRuns    = 100
	MaxResults = 200_000 // over all runs
)

// ErrTooLarge marks a file that is beyond a limit of Read.
var ErrTooLarge = errors.New("SARIF file too large")

// Read reads one SARIF 2.1.0 log of any tool. Parts that fettle does not use are passed over.
func Read(r io.Reader) (Log, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Log{}, fmt.Errorf("read SARIF: %w", err)
	}
	if len(b) > MaxBytes {
		return Log{}, fmt.Errorf("read SARIF: more than %d MiB: %w", MaxBytes>>20, ErrTooLarge)
	}
	var l Log
	if err := json.Unmarshal(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), &l); err != nil { // some tools write a BOM
		return Log{}, fmt.Errorf("read SARIF: %w", err)
	}
	if l.Version != Version {
		return Log{}, fmt.Errorf("read SARIF: version is %.20q; want %q", l.Version, Version)
	}
	if len(l.Runs) > MaxRuns {
		return Log{}, fmt.Errorf("read SARIF: %d runs, more than %d: %w", len(l.Runs), MaxRuns, ErrTooLarge)
	}
	results := 0
	for _, run := range l.Runs {
		results += len(run.Results)
	}
	if results > MaxResults {
		return Log{}, fmt.Errorf("read SARIF: %d results, more than %d: %w", results, MaxResults, ErrTooLarge)
	}
	return l, nil
}
