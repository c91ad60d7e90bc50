package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// suites are the tests that judge labelled programs.
var suites = []struct{ language, folder, tests string }{
	{"Go", "golang", "TestLabelledProgramsAreJudgedAsTheyAreLabelled"}, {"JavaScript", "node", "TestTruth"}, {"Python", "python", "Truth|Labelled|Verdict"},
	{"Java", "java", "Truth|Label|Verdict"}, {"C#", "dotnet", "TestVerdictsAgreeWithTruth"},
}

var (
	rowLine     = regexp.MustCompile(`(called|referenced[ -]or[ -]more|not_imported|no_path|unknown)[ |]+precision (\d+)(?:/| of )(\d+)[ ,|]+recall (\d+)(?:/| of )(\d+)`)
	saidLine    = regexp.MustCompile(`(called|reached|not_imported) (\d+) of (\d+) said, (\d+) of (\d+) real`)
	unknownLine = regexp.MustCompile(`(\d+) (?:answers|verdicts) unknown|unknown[:= ]+(\d+)\b`)
)

type ratio struct{ right, said, is int }

func (r ratio) precision() string { return share(r.right, r.said) }
func (r ratio) recall() string    { return share(r.right, r.is) }

func share(part, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%% (%d/%d)", 100*float64(part)/float64(of), part, of)
}

// truth prints the table of the labelled programs.
func truth(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "| language | programs | called: precision | recall | referenced or more: precision | recall | wrong not_imported | unknown |")
	fmt.Fprintln(out, "| --- | --- | --- | --- | --- | --- | --- | --- |")
	failed := ""
	for _, s := range suites {
		cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-run", s.tests, "./pkg/reach/"+s.folder)
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err != nil {
			failed += " " + s.language
		}
		fmt.Fprintln(out, row(s.language, programs(s.folder), string(text)))
	}
	if failed != "" {
		return fmt.Errorf("the tests of%s fail; run go test ./pkg/reach/...", failed)
	}
	return nil
}

// programs counts the labelled programs of a language: archives, or folders.
func programs(folder string) int {
	list, _ := filepath.Glob(filepath.Join("pkg", "reach", folder, "testdata", "truth", "*"))
	return len(list)
}

// row collects what the tests of one language print.
func row(language string, programs int, text string) string {
	rows := map[string]ratio{}
	for _, m := range append(rowLine.FindAllStringSubmatch(text, -1), saidLine.FindAllStringSubmatch(text, -1)...) {
		n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
		kind := strings.ReplaceAll(m[1], "-", " ")
		if kind == "reached" {
			kind = "referenced or more"
		}
		rows[kind] = ratio{n(2), n(3), n(5)}
	}
	if len(rows) == 0 {
		return fmt.Sprintf("| %s | %d | - | - | - | - | - | - |", language, programs)
	}
	not := rows["not_imported"]
	unknown, isKnown := rows["unknown"].said, rows["unknown"].said > 0
	if m := unknownLine.FindStringSubmatch(text); m != nil && !isKnown {
		unknown, _ = strconv.Atoi(cmp.Or(m[1], m[2]))
	}
	more, ok := rows["referenced or more"]
	if !ok { // each verdict counts by itself: what is said of the three that are imports
		for _, kind := range []string{"called", "referenced", "no_path"} {
			more.right, more.said, more.is = more.right+rows[kind].right, more.said+rows[kind].said, more.is+rows[kind].is
		}
	}
	return fmt.Sprintf("| %s | %d | %s | %s | %s | %s | %d of %d | %s |", language, programs, rows["called"].precision(), rows["called"].recall(), more.precision(), more.recall(),
		not.said-not.right, not.said, share(unknown, more.said+not.said+unknown))
}
