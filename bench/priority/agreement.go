package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
)

// printOrder tells how often a CVE that KEV took in later stands above one that it never did, in the order of each figure.
// One half is what chance gives; what ties counts half.
func printOrder(out io.Writer, all []labelledCVE) {
	orders := []struct {
		name  string
		score func(labelledCVE) float64
	}{
		{"fettle, outcome and then rank", func(c labelledCVE) float64 { return c.order }},
		{"CVSS", func(c labelledCVE) float64 { return c.score }},
		{"EPSS", func(c labelledCVE) float64 { return c.prob }},
		{"EPSS x CVSS", func(c labelledCVE) float64 { return c.prob * c.score }},
	}
	var rows [][]string
	for _, o := range orders {
		var never, later []float64
		for _, c := range all {
			switch {
			case c.published.Before(first) || !c.hasVector || c.known:
			case c.kev.IsZero():
				never = append(never, o.score(c))
			default:
				later = append(later, o.score(c))
			}
		}
		slices.Sort(never)
		var values []float64
		for _, v := range later {
			below, _ := slices.BinarySearch(never, v)
			upTo, _ := slices.BinarySearch(never, math.Nextafter(v, math.Inf(1)))
			values = append(values, (float64(below)+float64(upTo-below)/2)/float64(len(never)))
		}
		random := rand.New(rand.NewPCG(3, 4))
		means := make([]float64, draws)
		for i := range means {
			drawn := make([]float64, len(values))
			for j := range drawn {
				drawn[j] = values[random.IntN(len(values))]
			}
			means[i] = mean(drawn)
		}
		rows = append(rows, []string{o.name, fmt.Sprintf("%.3f (%.3f to %.3f)", mean(values), quantile(means, 0.025), quantile(means, 0.975)), percent(quantile(values, 0.5))})
	}
	fmt.Fprint(out, "How often one that KEV took in later stands above one that it never did, of those with a vector from 2024-02 on that were not in KEV on the seventh day:\n\n")
	table(out, "order;area under the curve (95% by bootstrap);stands above, median", rows)
}

// printAgreement compares A and T, as fettle reads them from vectors, with what CISA says of the same CVEs.
func printAgreement(out io.Writer, all []labelledCVE) {
	var n, a, t int
	for _, c := range all {
		if c.hasVector {
			n++
			a += int(one(c.a == c.automatable))
			t += int(one(c.t == c.total))
		}
	}
	fmt.Fprintf(out, "Agreement with CISA's labels, this table: A %s, T %s of %d CVEs with a vector.\n\n", percent(float64(a)/float64(n)), percent(float64(t)/float64(n)), n)
	fmt.Fprint(out, "What a score says of A and T, by the vectors of these CVEs:\n\n")
	var rows [][]string
	for _, band := range []struct {
		name      string
		low, high float64
	}{{"low, 0.1 to 3.9", 0.1, 4}, {"medium, 4.0 to 6.9", 4, 7}, {"high, 7.0 to 8.9", 7, 9}, {"critical, 9.0 to 10", 9, 11}, {"any", 0.1, 11}} {
		row := []string{band.name}
		for _, ecosystem := range []string{"all", "a language's packages", "Go", "PyPI"} {
			var n, both, either int
			for _, c := range all {
				if !c.hasVector || c.score < band.low || c.score >= band.high ||
					ecosystem == "a language's packages" && c.ecosystem == "" || ecosystem != "all" && ecosystem != "a language's packages" && c.ecosystem != ecosystem {
					continue
				}
				n++
				both += int(one(c.a && c.t))
				either += int(one(c.a || c.t))
			}
			row = append(row, fmt.Sprint(n), percent(float64(both)/float64(n)), percent(float64(either)/float64(n)))
		}
		rows = append(rows, row)
	}
	table(out, "score;all CVEs;A and T;A or T;a language's packages;A and T;A or T;Go;A and T;A or T;PyPI;A and T;A or T", rows)
}

// printWider compares A and T with all labels there are, beyond those of the table.
func printWider(out io.Writer, dir string) error {
	section, err := compiled(filepath.Join(dir, "threat", "cvss.csv.gz"), func(w io.Writer, r io.Reader) error {
		_, err := feed.CompileCVSS(w, r, time.Time{})
		return err
	})
	if err != nil {
		return err
	}
	vectors, err := feed.OpenCVSS(section)
	if err != nil {
		return err
	}
	var n, a, t int
	err = eachRow(filepath.Join(dir, ssvcFile), func(row map[string]string, _ []string) error {
		for _, v := range vectors.Vectors(row["cve"]) {
			if !strings.HasPrefix(v.Vector, "CVSS:3") {
				continue
			}
			automatable, total := automatableAndTotal(v.Vector)
			n++
			a += int(one(automatable == (row["automatable"] == "yes")))
			t += int(one(total == (row["technical_impact"] == "total")))
			break
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Agreement with all of CISA's labels up to 2024-10: A %s, T %s of %d CVEs with a vector of version 3.\n", percent(float64(a)/float64(n)), percent(float64(t)/float64(n)), n)
	return nil
}
