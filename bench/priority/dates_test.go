package main

import (
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/osv"
)

func TestADayIsFoundForEveryAdvisoryThatHasAnyHint(t *testing.T) {
	on := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	var n numbers
	n.note(osv.Record{ID: "GO-2024-2000", Published: on(2024, 5, 1)})
	n.note(osv.Record{ID: "GO-2023-1000", Published: on(2023, 2, 1)})
	n.note(osv.Record{ID: "GO-2023-1500", Published: on(1, 1, 1)})
	n.note(osv.Record{ID: "PYSEC-2023-1", Published: on(2023, 1, 1)})
	n.sort()
	tests := []struct {
		name string
		day  time.Time
		ids  []string
		want time.Time
		how  dating
	}{
		{"its own", on(2022, 1, 2), []string{"GO-2023-1500"}, on(2022, 1, 2), dated},
		{"the next record's", time.Time{}, []string{"GO-2023-1500"}, on(2024, 5, 1), numbered},
		{"the year one is none", on(1, 1, 1), []string{"GO-2023-0900"}, on(2023, 2, 1), numbered},
		{"the number before the year", time.Time{}, []string{"CVE-2020-12345", "GO-2023-1500"}, on(2024, 5, 1), numbered},
		{"the year of the CVE", time.Time{}, []string{"CVE-2021-12345"}, on(2022, 1, 1), yeared},
		{"the year where the number tells nothing", time.Time{}, []string{"GO-2025-3000", "CVE-2025-12345"}, on(2026, 1, 1), yeared},
		{"none", time.Time{}, []string{"GHSA-xxxx"}, time.Time{}, undated},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, how := n.published(test.day, test.ids)
			if !got.Equal(test.want) || how != test.how {
				t.Errorf("got %v %s, want %v %s", got, how, test.want, test.how)
			}
		})
	}
}
