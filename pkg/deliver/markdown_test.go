package deliver

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestHostileTextCannotShapeMarkdown(t *testing.T) {
	want := shape(render(hostile("x y"), SummaryLimit))
	for _, evil := range evils[:len(evils)-1] {
		if evil == "" {
			continue
		}
		out := render(hostile(evil), SummaryLimit)
		if diff := cmp.Diff(want, shape(out)); diff != "" {
			t.Errorf("%q changes the shape of the page:\n%s", evil, diff)
		}
		body := outsideFences(out)
		if mention.MatchString(body) || strings.Contains(body, "://evil") || strings.Contains(body, "](http://") {
			t.Errorf("%q mentions or links:\n%s", evil, body)
		}
		for _, r := range out {
			if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
				t.Errorf("%q leaves %U", evil, r)
			}
		}
		if dir := os.Getenv("FETTLE_RENDER"); dir != "" { // to look at in a browser
			if err := os.WriteFile(fmt.Sprintf("%s/hostile-%08x.md", dir, len(evil)), []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var (
	span = regexp.MustCompile("`[^`\n]*`")

	codeTag = regexp.MustCompile(`</?code>`) // code stands as a span or as an element
	tag     = regexp.MustCompile(`</?[a-z]+[^>]*>`)
	start   = regexp.MustCompile(`^(\| |> |- |  - |#+ |---|)`)
)

// outsideFences returns text without fenced blocks and code spans: what Markdown would act on.
func outsideFences(text string) string {
	var kept []string
	fence := ""
	for _, line := range strings.Split(text, "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence = strings.TrimSuffix(line, "text")
		case fence != "" && line == fence:
			fence = ""
		case fence == "":
			kept = append(kept, span.ReplaceAllString(line, ""))
		}
	}
	return strings.Join(kept, "\n")
}

// shape is what is structure in a page: how each line begins, its columns and its tags.
func shape(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(codeTag.ReplaceAllString(outsideFences(text), ""), "\n") {
		head := start.FindString(line)
		fmt.Fprintf(&b, "%q %d %v\n", head, strings.Count(line, "|"), tag.FindAllString(line, -1))
	}
	return b.String()
}

func TestMarkdownKeepsToItsLimit(t *testing.T) {
	for _, limit := range []int{8192, 20_000, 65_000, SummaryLimit} {
		for name, r := range map[string]fettle.Report{"sample": sample(), "large": large(9000), "hostile": hostile(strings.Repeat("|`@<", 5000))} {
			out := render(r, limit)
			if len(out) > limit {
				t.Errorf("%s: %d bytes of %d", name, len(out), limit)
			}
			if !strings.HasPrefix(out, "## fettle: ") || !strings.Contains(out, "\n---\n") {
				t.Errorf("%s within %d has lost its verdict or its data", name, limit)
			}
			if name == "large" && !strings.Contains(out, "left out to stay within the size limit") {
				t.Errorf("%s within %d does not say what was left out", name, limit)
			}
			if strings.Count(out, "<details") != strings.Count(out, "</details>") {
				t.Errorf("%s within %d leaves a fold open", name, limit)
			}
		}
	}
}

func TestTheMostUrgentFindingsSurviveALimit(t *testing.T) {
	out := render(large(3000), 20_000)
	if !strings.Contains(out, "CVE-2020-00000") || strings.Contains(out, "CVE-2020-02999") {
		t.Error("the first finding is cut, or the last one is not")
	}
}

func TestGapsComeBeforeFindings(t *testing.T) {
	out := render(sample(), SummaryLimit)
	gap, first := strings.Index(out, "Not an all-clear"), strings.Index(out, "CVE-2021-23337")
	if gap < 0 || gap > first {
		t.Errorf("gaps at %d, the first finding at %d", gap, first)
	}
}

func TestHeadlines(t *testing.T) {
	gap := []fettle.Gap{{Stage: "discover", Subject: "x", Reason: "y"}}
	with := func(change func(*fettle.Report)) fettle.Report {
		r := clean()
		change(&r)
		return r
	}
	one := func(o fettle.Outcome, a fettle.Action) func(*fettle.Report) {
		return func(r *fettle.Report) {
			r.Cases = []fettle.Case{{Priority: fettle.Priority{Outcome: o}, Decision: fettle.Decision{Action: a}}}
		}
	}
	tests := []struct {
		name string
		r    fettle.Report
		want string
	}{
		{"clean", clean(), "No known vulnerability in 412 packages of 1 lockfile"},
		{"clean with gaps", with(func(r *fettle.Report) { r.Gaps = gap }), "No finding in 412 packages of 1 lockfile, but not all could be checked"},
		{"no lockfile", with(func(r *fettle.Report) { r.Lockfiles, r.Packages = nil, 0 }), "Nothing was checked: no lockfile was found"},
		{"empty lockfile", with(func(r *fettle.Report) { r.Packages = 0 }), "Nothing was checked: no package in 1 lockfile"},
		{"no data", with(func(r *fettle.Report) { r.Sources = nil }), "Nothing was checked: no advisory data for 412 packages of 1 lockfile"},
		{"nothing at all", fettle.Report{}, "Nothing was checked: no lockfile was found"},
		{"one urgent", with(one(fettle.Act, fettle.Inform)), "The one finding needs action"},
		{"one later", with(one(fettle.Track, fettle.Inform)), "The one finding needs no action now"},
		{"one ignored", with(one(fettle.Act, fettle.Ignore)), "The one finding needs no action now"},
		{"one not ranked", with(one("", fettle.Inform)), "The one finding needs action"},
		{"sample", sample(), "4 of 7 findings need action"},
		{"many later", with(func(r *fettle.Report) { r.Cases = sample().Cases[4:] }), "None of 3 findings needs action now"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := headline(tt.r); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestOnlyACleanRunReadsLikeAnAllClear(t *testing.T) {
	for name, r := range reports() {
		for _, f := range formats()[2:] { // those for people
			clear := strings.Contains(string(written(t, f, r)), "o known vulnerability")
			if clear != (name == "clean") {
				t.Errorf("%s as %s reads like an all-clear: %v", name, f.name, clear)
			}
		}
	}
	r := clean()
	r.Gaps = sample().Gaps
	for _, f := range formats()[2:] {
		if out := string(written(t, f, r)); strings.Contains(out, "o known vulnerability") || !strings.Contains(out, "312") {
			t.Errorf("%s hides a gap:\n%s", f.name, out)
		}
	}
}
