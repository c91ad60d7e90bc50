package feed

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvRow is one row of a CSV file with a header.
type csvRow struct {
	line   int
	fields []string
	column map[string]int
}

// get returns the field of a column, empty where the file has no such column.
func (r csvRow) get(column string) string {
	if i, ok := r.column[column]; ok && i < len(r.fields) {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// eachCSV calls do for each row of a CSV file with a header. Columns are known by lower-case name, or by the name that
// rename gives for it. An error names the line.
func eachCSV(r io.Reader, rename map[string]string, required []string, do func(csvRow) error) error {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return errors.New("line 1: want a header")
	}
	if err != nil {
		return err
	}
	columns := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if other, ok := rename[name]; ok {
			name = other
		}
		columns[name] = i
	}
	for _, name := range required {
		if _, ok := columns[name]; !ok {
			return fmt.Errorf("line 1: no column %q in the header", name)
		}
	}
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := in.FieldPos(0)
		if err := do(csvRow{line, fields, columns}); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}
