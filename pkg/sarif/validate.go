package sarif

import (
	"fmt"

	model "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// Validate checks l against the SARIF 2.1.0 schema, offline. It is slow on large logs: seconds where a run has
// thousands of results.
//
// go-sarif brings the schema and a model of all of SARIF. The model is not what we write, because it cannot tell an
// absent number from 0 and fills a log with "rank": -1 and empty arrays; so the log is read into it with the defaults
// that the schema gives, then checked.
func (l Log) Validate() error {
	b, err := l.Bytes()
	if err != nil {
		return err
	}
	report, err := model.FromBytes(b)
	if err != nil {
		return fmt.Errorf("validate SARIF: %w", err)
	}
	for _, run := range report.Runs {
		run.Language = "en-US"
		run.NewlineSequences = []string{"\r\n", "\n"}
		if run.Tool != nil && run.Tool.Driver != nil {
			run.Tool.Driver.Language = "en-US"
			run.Tool.Driver.Contents = []string{"localizedData", "nonLocalizedData"}
		}
	}
	if err := report.Validate(); err != nil {
		return fmt.Errorf("validate SARIF: %w", err)
	}
	return nil
}
