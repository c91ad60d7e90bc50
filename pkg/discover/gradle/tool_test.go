package gradle

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// The list is what Gradle 4.4 resolves the script of the fixture to, with the POMs beside it as its repository.
func TestAScriptIsResolvedAsGradleResolvesIt(t *testing.T) {
	data, err := os.ReadFile("testdata/gradle.txt")
	if err != nil {
		t.Fatal(err)
	}
	scopes := map[string]fettle.Scope{}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		words := strings.Fields(line)
		if words[0] == "edge" {
			want = append(want, line)
			continue
		}
		s := map[string]fettle.Scope{"runtimeClasspath": fettle.Production, "compileClasspath": fettle.Peer, "testRuntimeClasspath": fettle.Test, "checkstyle": fettle.Development}[words[0]]
		if s.Wider(scopes[words[1]]) {
			scopes[words[1]] = s
		}
		if len(words) > 2 && !slices.Contains(want, words[1]+" direct") {
			want = append(want, words[1]+" direct")
		}
	}
	for key, s := range scopes {
		want = append(want, key+" "+string(s))
	}
	home, err := filepath.Abs("testdata/home")
	if err != nil {
		t.Fatal(err)
	}
	r := projecttest.Read(t, Reader{Settings: project.Settings{Home: home}}, "testdata/shop")
	projecttest.WantGaps(t, r.Gaps, "build.gradle:13: has no gradle.lockfile, so what it resolves to is not certain: of 6 declared modules 0 have no version here, and what 0 modules need is unknown")
	var got []string
	for _, n := range r.Projects[0].Nodes {
		got = append(got, n.Key+" "+string(n.Scope))
		if n.Direct {
			got = append(got, n.Key+" direct")
		}
		for _, h := range n.Holders {
			if h.Holder != "" {
				got = append(got, "edge "+h.Holder+" > "+n.Key)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
