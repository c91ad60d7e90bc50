package deliver

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// JSONSchema names the shape that JSON writes. The number rises when a field goes or changes its meaning; a new field
// does not raise it.
const JSONSchema = "fettle-report/1"

// JSON writes the whole report as one indented JSON object: "schema", then the fields of fettle.Report as pkg/fettle
// names them.
//
//	schema     "fettle-report/1"
//	version    of fettle; commit and base of the repository, where known
//	sources    [{name, count, as_of}]: the data behind the report
//	packages   how many were looked at; lockfiles: in which files
//	cases      [{finding, change, evidence, priority, attempts, unfixed, decision}], most urgent first
//	gone       [finding]: findings of the base that the change removes
//	changes    [{lockfile, ecosystem, name, from, to}]: packages that the change adds, moves or removes, where there is a base
//	fixes      [fix]; cases refer to them by id
//	trial      {baseline, verdicts by fix id, set, shipped, sandbox, runs}, where fixes were tried
//	gaps       [{stage, subject, reason, location}]; a report with gaps is no all-clear
//	inventory  {projects}: every package and the edges between them
//
// sources, lockfiles, cases and gaps are always arrays. Text from outside is as it came, control characters included (as
// \u escapes); whoever shows it must escape it.
type JSON struct{ Out io.Writer }

// Deliver writes r to j.Out.
func (j JSON) Deliver(_ context.Context, r fettle.Report) error {
	r.Sources = present(r.Sources)
	r.Lockfiles = present(r.Lockfiles)
	r.Cases = present(r.Cases)
	r.Gaps = present(r.Gaps)
	s := newJSONStream(j.Out)
	s.value(reflect.ValueOf(jsonReport{JSONSchema, r}), "", 0)
	if err := s.end(); err != nil {
		return fmt.Errorf("write the report as JSON: %w", err)
	}
	return nil
}

// jsonReport is the object that JSON writes.
type jsonReport struct {
	Schema string `json:"schema"`
	fettle.Report
}

func present[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
