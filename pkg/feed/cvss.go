package feed

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

const cvssKind = "cvss\x00\x00\x00\x01"

const (
	maxVector = 512
	maxCVSS   = 10_000_000 // vectors
)

// CVSS is a table of vectors by CVE, for advisories that carry none.
type CVSS struct{ table table }

// Vector is one judgement of a CVE.
type Vector struct {
	Type     string  `json:"type"`               // CVSS_V2, CVSS_V3 or CVSS_V4
	Vector   string  `json:"vector"`             // text from outside; not checked beyond its prefix
	Score    float64 `json:"score"`              // base score as the provider gives it, 0 to 10; 0 where it gives none
	Severity string  `json:"severity,omitempty"` // NONE, LOW, MEDIUM, HIGH, CRITICAL
	Provider string  `json:"provider,omitempty"` // "adp:CISA-ADP", "cna:..."
}

// OpenCVSS reads a section that CompileCVSS made, in place.
func OpenCVSS(section []byte) (*CVSS, error) {
	t, err := openTable(section, cvssKind)
	if err != nil {
		return nil, err
	}
	return &CVSS{t}, nil
}

// Vectors returns the vectors of cve in the order of the feed.
func (c *CVSS) Vectors(cve string) []Vector {
	var all []Vector
	if !c.table.entry(cve, &all) {
		return nil
	}
	return all
}

// AsOf returns the date of the data; zero where it is not known.
func (c *CVSS) AsOf() time.Time { return c.table.meta.AsOf }

// Edition returns the number of CVEs and the date.
func (c *CVSS) Edition() Edition { return c.table.meta.Edition }

// CompileCVSS turns CSV with the columns cve, vector, base_score, severity and provider into a section.
func CompileCVSS(w io.Writer, r io.Reader, asOf time.Time) (Edition, error) {
	byCVE := map[cveKey][]Vector{}
	count := 0
	err := eachCSV(r, nil, []string{"cve", "vector"}, func(r csvRow) error {
		key, err := parseCVE(r.get("cve"))
		if err != nil {
			return err
		}
		v, err := cvssRow(r)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if count++; count > maxCVSS {
			return fmt.Errorf("more than %d vectors", maxCVSS)
		}
		if !slices.Contains(byCVE[key], v) {
			byCVE[key] = append(byCVE[key], v)
		}
		return nil
	})
	if err != nil {
		return Edition{}, fmt.Errorf("CVSS vectors: %w", err)
	}
	m := meta{Edition: Edition{Count: len(byCVE), AsOf: asOf.UTC()}}
	return m.Edition, writeEntries(w, cvssKind, m, byCVE)
}

func cvssRow(r csvRow) (Vector, error) {
	v := Vector{Vector: strings.Clone(r.get("vector")), Severity: strings.Clone(r.get("severity")), Provider: strings.Clone(r.get("provider"))}
	switch {
	case v.Vector == "" || len(v.Vector) > maxVector:
		return v, fmt.Errorf("vector of %d bytes: want 1 to %d", len(v.Vector), maxVector)
	case strings.HasPrefix(v.Vector, "CVSS:4."):
		v.Type = "CVSS_V4"
	case strings.HasPrefix(v.Vector, "CVSS:3."):
		v.Type = "CVSS_V3"
	case strings.Contains(v.Vector, "AV:") && !strings.HasPrefix(v.Vector, "CVSS:"):
		v.Type = "CVSS_V2"
	default:
		return v, fmt.Errorf("vector %.60q: want a CVSS vector of version 2, 3 or 4", v.Vector)
	}
	if text := r.get("base_score"); text != "" {
		score, err := strconv.ParseFloat(text, 64)
		if err != nil || !(score >= 0 && score <= 10) {
			return v, fmt.Errorf("base score %.40q: want a number from 0 to 10", text)
		}
		v.Score = score
	}
	return v, nil
}
