package correlate

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// CWE names the weakness classes that the advisory gives, in rising number. An advisory that gives none leaves Unknown.
type CWE struct {
	AsOf time.Time // the date of the advisories
}

var cwePattern = regexp.MustCompile(`^(?i:CWE-)0*([1-9][0-9]{0,5})$`)

// Correlate skips ids that are no CWE, such as NVD-CWE-noinfo.
func (c CWE) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	return each(ctx, scene, c.ask)
}

func (c CWE) ask(f fettle.Finding) []fettle.Evidence {
	var numbers []int
	for _, id := range f.CWEs {
		if m := cwePattern.FindStringSubmatch(strings.TrimSpace(id)); m != nil {
			n, err := strconv.Atoi(m[1])
			if err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	if len(numbers) == 0 {
		return []fettle.Evidence{{Signal: fettle.CWE, Status: fettle.Unknown, Text: "the advisory names no CWE", Source: advisory(f), AsOf: c.AsOf}}
	}
	slices.SortFunc(numbers, cmp.Compare)
	var evidence []fettle.Evidence
	for _, n := range slices.Compact(numbers) {
		evidence = append(evidence, fettle.Evidence{
			Signal: fettle.CWE, Status: fettle.Known, Text: "CWE-" + strconv.Itoa(n), Source: advisory(f), AsOf: c.AsOf,
		})
	}
	return evidence
}
