package maven

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// Each story holds what Maven's own dependency:tree says of it; TestMavenSaysTheSame asks Maven anew.
func TestResolvesAsMavenDoes(t *testing.T) {
	for _, file := range stories(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := readStory(t, file)
			r := read(t, s.tree, home(t, s.repository))
			got := summaries(r)
			for i, line := range got { // Maven's tree does not tell what is optional
				got[i] = strings.Replace(line, " optional <", " production <", 1)
			}
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Error(diff)
			}
			projecttest.WantGaps(t, r.Gaps, storyGaps[filepath.Base(file)]...)
		})
	}
}

// storyGaps are what is told of a story besides.
var storyGaps = map[string][]string{
	"managed.txtar": {"pom.xml:94: g:twice is declared twice; Maven takes the last one"},
}
