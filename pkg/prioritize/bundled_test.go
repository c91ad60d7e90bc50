package prioritize

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestWhatProductionCodeUsesIsNotForDevelopmentOnly(t *testing.T) {
	for _, test := range []struct {
		scope  fettle.Scope
		reach  string
		status fettle.Status
		path   string
		want   fettle.Outcome
	}{
		{fettle.Development, "called", fettle.Known, "src/index.js", fettle.Attend},
		{fettle.Development, "referenced", fettle.Known, "src/index.js", fettle.Attend},
		{fettle.Development, "no_path", fettle.Known, "src/index.js", fettle.Attend},
		{fettle.Test, "referenced", fettle.Known, "app/main.py", fettle.Attend},
		{fettle.Development, "not_imported", fettle.Known, "src/index.js", fettle.Track},
		{fettle.Development, "", fettle.Unknown, "src/index.js", fettle.Track},
		{fettle.Development, "referenced", fettle.Known, "", fettle.Track},
		{fettle.Development, "called", fettle.Known, "webpack.config.js", fettle.Track},
		{fettle.Development, "called", fettle.Known, "build/webpack.prod.ts", fettle.Track},
		{fettle.Development, "called", fettle.Known, "gulpfile.js", fettle.Track},
		{fettle.Development, "called", fettle.Known, ".eslintrc.cjs", fettle.Track},
		{fettle.Development, "called", fettle.Known, "web/scripts/release.mjs", fettle.Track},
		{fettle.Development, "called", fettle.Known, "src/builder/x.js", fettle.Attend},
		{fettle.Production, "referenced", fettle.Known, "webpack.config.js", fettle.Attend},
	} {
		e := fettle.Evidence{Signal: fettle.Reach, Status: test.status, Text: test.reach, Source: "source code"}
		if test.path != "" {
			e.Where = &fettle.Location{Path: test.path, Line: 3}
		}
		got := SSVC{}.Prioritize(fettle.Finding{Scope: test.scope}, []fettle.Evidence{say(fettle.CVSS, 9.8, worst31), e})
		if got.Outcome != test.want {
			t.Errorf("%+v: got %s", test, got.Outcome)
		}
	}
}
