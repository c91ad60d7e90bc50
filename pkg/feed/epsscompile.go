package feed

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxEPSSRows = 10_000_000
	maxLine     = 1 << 16
)

// CompileEPSS turns a day's scores into a section. It reads FIRST's form, which begins with a comment of model and date
// and a header, and rows of cve;probability;percentile without either, whose day the caller knows. A date in the text
// goes before day. Where a CVE stands twice the higher probability counts.
func CompileEPSS(w io.Writer, r io.Reader, day time.Time) (Edition, error) {
	m := meta{Edition: Edition{AsOf: day.UTC()}}
	var rows []row
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 4096), maxLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" {
			continue
		}
		if comment, ok := strings.CutPrefix(line, "#"); ok {
			if err := m.comment(comment); err != nil {
				return Edition{}, fmt.Errorf("line %d: %w", n, err)
			}
			continue
		}
		if strings.HasPrefix(strings.ToLower(line), "cve,epss") || strings.HasPrefix(strings.ToLower(line), "cve;epss") {
			continue
		}
		scored, err := epssRow(line)
		if err != nil {
			return Edition{}, fmt.Errorf("line %d: %w", n, err)
		}
		if len(rows) == maxEPSSRows {
			return Edition{}, fmt.Errorf("line %d: more than %d scores", n, maxEPSSRows)
		}
		rows = append(rows, scored)
	}
	if err := lines.Err(); err != nil {
		return Edition{}, err
	}
	if len(rows) == 0 {
		return Edition{}, errors.New("no EPSS scores")
	}
	if m.AsOf.IsZero() {
		return Edition{}, errors.New("no date of the EPSS scores: want a #model_version,score_date comment, or YYYY-MM-DD in the file name")
	}
	rows = sortEPSS(rows)
	m.Count, m.Median = len(rows), median(rows)
	return m.Edition, writeTable(w, epssKind, m, rows, nil)
}

// comment reads "model_version:v2025.03.14,score_date:2025-03-17T00:00:00+0000".
func (m *meta) comment(text string) error {
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		switch name {
		case "model_version":
			if len(value) > 40 {
				return fmt.Errorf("model_version %.40q is too long", value)
			}
			m.Model = value
		case "score_date":
			date, _, _ := strings.Cut(value, "T")
			day, err := time.Parse(time.DateOnly, date)
			if err != nil {
				return fmt.Errorf("score_date %.40q: want YYYY-MM-DD", value)
			}
			m.AsOf = day
		}
	}
	return nil
}

func epssRow(line string) (row, error) {
	separator := ","
	if strings.Contains(line, ";") {
		separator = ";"
	}
	fields := strings.Split(line, separator)
	if len(fields) != 3 {
		return row{}, fmt.Errorf("%.60q: want cve, epss and percentile", line)
	}
	key, err := parseCVE(fields[0])
	if err != nil {
		return row{}, err
	}
	probability, err := epssNumber(fields[1])
	if err != nil {
		return row{}, fmt.Errorf("%s: probability %w", key, err)
	}
	percentile, err := epssNumber(fields[2])
	if err != nil {
		return row{}, fmt.Errorf("%s: percentile %w", key, err)
	}
	return row{key: key, a: probability, b: percentile}, nil
}

func epssNumber(text string) (uint32, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%.40q: want a number from 0 to 1", text)
	}
	return uint32(math.Round(v / epssUnit)), nil
}

// sortEPSS sorts by CVE and keeps the higher of two scores of one CVE.
func sortEPSS(rows []row) []row {
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(y.a, x.a), cmp.Compare(y.b, x.b))
	})
	return slices.CompactFunc(rows, func(x, y row) bool { return x.key == y.key })
}

func median(rows []row) float64 {
	values := make([]uint32, len(rows))
	for i, r := range rows {
		values[i] = r.a
	}
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 1 {
		return epssValue(values[half])
	}
	return (epssValue(values[half-1]) + epssValue(values[half])) / 2
}
