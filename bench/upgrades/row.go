//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// row is what one way did to one application.
type row struct {
	App      string   `json:"app"`
	Kind     string   `json:"kind"`
	Way      string   `json:"way"`
	Majors   bool     `json:"majors"`
	Fixes    int      `json:"fixes,omitempty"`
	Failed   string   `json:"failed,omitempty"` // why there is no number
	Findings int      `json:"findings"`         // before
	Fixed    int      `json:"fixed"`
	Brought  int      `json:"brought"`
	Changed  int      `json:"changed"`
	Added    int      `json:"added"`
	Removed  int      `json:"removed"`
	Lines    int      `json:"lines"`
	Seconds  float64  `json:"seconds"`
	Notes    []string `json:"notes,omitempty"`
}

func (r row) moved() int { return r.Changed + r.Added + r.Removed }

func measured(rows []row, app, way string) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.App == app && r.Way == way })
}

// readRows reads what was measured before; no file is nothing.
func readRows(name string) ([]row, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []row
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}

func addRows(name string, rows []row) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := json.NewEncoder(f).Encode(r); err != nil {
			f.Close()
			return err
		}
	}
	return f.Close()
}
