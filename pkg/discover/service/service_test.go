package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// discover infers from a tree.
func discover(t testing.TB, tree projecttest.Tree) fettle.Discovery {
	t.Helper()
	return discoverIn(t, tree, service.Config{}, fettle.Repo{})
}

func discoverIn(t testing.TB, tree projecttest.Tree, config service.Config, repo fettle.Repo) fettle.Discovery {
	t.Helper()
	repo.Dir = tree.Write(t)
	found, err := service.Reader{Config: config}.Discover(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	projecttest.CheckGaps(t, found.Gaps, repo.Dir)
	checkFacts(t, found.Facts)
	return found
}

// checkFacts fails for a fact that is not whole.
func checkFacts(t testing.TB, facts []fettle.Fact) {
	t.Helper()
	for _, f := range facts {
		if f.Why == "" || f.Source == "" || f.Where == nil || f.Where.Path == "" || f.Where.Line < 1 || f.Strength == "" || f.Declared || f.Text == "" {
			t.Errorf("fact is not whole: %+v", f)
		}
	}
}

// lines returns facts of the signals, or of all, as "service signal text (strength) source file:line".
func lines(facts []fettle.Fact, signals ...fettle.Signal) []string {
	list := []string{}
	for _, f := range facts {
		for _, s := range append(signals, "") {
			if s == f.Signal || len(signals) == 0 {
				strength := ""
				if f.Strength == fettle.Hinted {
					strength = "?"
				}
				list = append(list, fmt.Sprintf("%s %s %s%s %s %s", f.Service, f.Signal, f.Text, strength, f.Source, f.Where))
				break
			}
		}
	}
	return list
}

func want(t testing.TB, got []string, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func trim(text string) string { return strings.TrimPrefix(text, "\n") }
