package osv

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func synthetic(i int) []byte {
	return fmt.Appendf(nil, `{"id":"GHSA-%08d","modified":"2024-01-01T00:00:00Z","published":"2024-01-01T00:00:00Z","aliases":["CVE-2024-%d"],
"summary":"Something is wrong in package-%d","details":%q,
"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
"affected":[{"package":{"ecosystem":"npm","name":"package-%d"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.%d.0"}]}]}],
"references":[{"type":"ADVISORY","url":"https://example.com/advisories/%d"},{"type":"WEB","url":"https://example.com/package-%d/commit/%d"}],
"database_specific":{"cwe_ids":["CWE-79"],"severity":"HIGH"}}`,
		i, 10000+i, i, strings.Repeat("The package does a thing it should not do. ", 20), i*7%150_000, i%30, i, i, i)
}

func build(b *testing.B, n int) []byte {
	b.Helper()
	builder, err := NewBuilder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer builder.Close()
	for i := range n {
		if err := builder.Add(synthetic(i), "synthetic"); err != nil {
			b.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := builder.WriteTo(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(len(build(b, 200_000)))/1e6, "MB")
	}
}

func BenchmarkFind2000(b *testing.B) {
	data := build(b, 200_000)
	b.ResetTimer()
	found := 0
	for b.Loop() {
		db, err := OpenDatabase(data)
		if err != nil {
			b.Fatal(err)
		}
		found = 0
		for i := range 2000 {
			records, err := db.Find("npm", fmt.Sprintf("package-%d", i*71))
			if err != nil {
				b.Fatal(err)
			}
			found += len(records)
		}
	}
	b.ReportMetric(float64(found), "records")
}
