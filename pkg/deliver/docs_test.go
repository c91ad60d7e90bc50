package deliver

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

var reportPage = filepath.Join("..", "..", "docs", "report.md")

// documented is the run that the page shows: a fix that is applied, one that failed, a finding of no hurry and a gap.
func documented() fettle.Report {
	r := sample()
	also := r.Cases[0]
	also.Finding.ID, also.Finding.Rule, also.Change = fettle.NewID("also"), "CVE-2020-8203", fettle.Existing
	also.Priority.Outcome, also.Decision.Fails = fettle.Attend, false
	r.Fixes[0].Resolves = append(r.Fixes[0].Resolves, also.Finding.ID)
	r.Cases = []fettle.Case{r.Cases[0], also, r.Cases[2], r.Cases[5]}
	r.Cases[3].Change = fettle.Existing
	r.Fixes = []fettle.Fix{r.Fixes[0], r.Fixes[2]}
	r.Gaps, r.Gone = r.Gaps[:1], nil
	return r
}

// samples are what the page shows, by the name in the comment above.
func samples(t *testing.T) map[string]string {
	t.Helper()
	r := documented()
	commits := map[string]string{r.Fixes[0].ID: "1c0ffee20f5f1f9e2c4f6f2ad9d6c2a7e4b1d3a5"}
	in := func(to func(io.Writer) fettle.Deliverer, r fettle.Report) string {
		return string(written(t, format{to: to}, r))
	}
	return map[string]string{
		"text":    in(func(w io.Writer) fettle.Deliverer { return Text{Out: w, Commits: commits} }, r),
		"compact": in(func(w io.Writer) fettle.Deliverer { return Text{Out: w, Compact: true} }, r),
		"json":    in(func(w io.Writer) fettle.Deliverer { return JSON{Out: w} }, clean()),
		"commit":  message(r, fettle.Step{Fix: r.Fixes[0].ID, Moves: r.Fixes[0].Moves, Tested: true}),
	}
}

func TestThePageShowsWhatIsPrinted(t *testing.T) {
	data, err := os.ReadFile(reportPage)
	if err != nil {
		t.Fatal(err)
	}
	rest := samples(t)
	block := regexp.MustCompile("(?s)(<!-- sample: (\\w+) -->\n```\\w+\n)(.*?)(```\n)")
	got := block.ReplaceAllStringFunc(string(data), func(s string) string {
		m := block.FindStringSubmatch(s)
		text, ok := rest[m[2]]
		if !ok {
			t.Errorf("the page shows an unknown sample, %s, or one twice", m[2])
		}
		delete(rest, m[2])
		return m[1] + text + m[4]
	})
	for name := range rest {
		t.Errorf("the page does not show the sample %s", name)
	}
	if *update {
		if err := os.WriteFile(reportPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(got, string(data)); diff != "" {
		t.Errorf("docs/report.md shows other output than what is printed; go test -update rewrites it\n%s", diff)
	}
}

func TestThePageNamesEveryField(t *testing.T) {
	data, err := os.ReadFile(reportPage)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## JSON\n")
	report, cases, _ := strings.Cut(section, "\nEach case:\n")
	if !strings.Contains(report, "| `schema` | `"+JSONSchema+"` |") {
		t.Errorf("the page does not name the schema %s", JSONSchema)
	}
	for _, tt := range []struct {
		of   reflect.Type
		text string
	}{
		{reflect.TypeFor[fettle.Report](), report}, {reflect.TypeFor[fettle.Case](), cases}, {reflect.TypeFor[fettle.Evidence](), cases},
		{reflect.TypeFor[fettle.Priority](), cases}, {reflect.TypeFor[fettle.Attempt](), cases}, {reflect.TypeFor[fettle.Decision](), cases},
		{reflect.TypeFor[fettle.Gap](), report}, {reflect.TypeFor[fettle.Source](), report},
	} {
		for i := range tt.of.NumField() {
			name, _, _ := strings.Cut(tt.of.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(tt.text, "`"+name+"`") {
				t.Errorf("the page does not name %s of %s", name, tt.of)
			}
		}
	}
}
