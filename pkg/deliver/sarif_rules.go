package deliver

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sarif"
)

// level is the SARIF level of an outcome. An outcome that we do not know is not a low one.
func level(o fettle.Outcome) sarif.Level {
	switch o {
	case fettle.Track:
		return sarif.Note
	case fettle.TrackStar:
		return sarif.Warning
	}
	return sarif.Error
}

// severity is the priority on the scale of CVSS, for forges that sort by it: each outcome has its band (GitHub calls more
// than 9 critical, 7 high, 4 medium), and the rank orders within the band.
func severity(p fettle.Priority) float64 {
	low, high := 7.0, 8.9
	switch p.Outcome {
	case fettle.Act:
		low, high = 9.1, 10
	case fettle.TrackStar:
		low, high = 4, 6.9
	case fettle.Track:
		low, high = 0.1, 3.9
	}
	rank := min(max(finite(p.Rank), 0), 100)
	return math.Round((low+(high-low)*rank/100)*10) / 10
}

func ruleID(f fettle.Finding) string {
	return cmp.Or(strings.ReplaceAll(clip(plain(f.Rule), maxName), "/", "-"), "unnamed") // a slash would name a sub-rule
}

// rulesOf returns a rule for each advisory of cases, sorted by id, and where each stands. A rule speaks for all findings
// of its advisory; it is as severe as the most urgent of them.
func rulesOf(r fettle.Report, cases []fettle.Case) ([]sarif.Rule, map[string]int) {
	byRule := map[string][]fettle.Case{}
	var ids []string
	for _, c := range cases {
		id := ruleID(c.Finding)
		if byRule[id] == nil {
			ids = append(ids, id)
		}
		byRule[id] = append(byRule[id], c)
	}
	slices.Sort(ids)
	index := map[string]int{}
	rules := []sarif.Rule{}
	for i, id := range ids {
		index[id] = i
		rules = append(rules, rule(r, id, byRule[id]))
	}
	return rules, index
}

func rule(r fettle.Report, id string, cases []fettle.Case) sarif.Rule {
	f := cases[0].Finding
	title := cmp.Or(clip(plain(f.Title), maxDescription), id)
	top := slices.MaxFunc(cases, func(a, b fettle.Case) int {
		return cmp.Compare(severity(a.Priority), severity(b.Priority))
	}).Priority
	text, md := help(r, id, title, cases)
	rule := sarif.Rule{
		ID: id, Name: ruleName(title), ShortDescription: &sarif.Text{Text: sentence(title, maxDescription)},
		FullDescription: &sarif.Text{Text: sentence(cmp.Or(plain(f.Details), title), maxDescription)},
		Help:            &sarif.Text{Text: text, Markdown: md}, DefaultConfiguration: &sarif.Configuration{Level: level(top.Outcome)},
		Properties: sarif.Properties{"tags": tags(cases), "precision": "very-high",
			"security-severity": strconv.FormatFloat(severity(top), 'f', 1, 64)},
	}
	rule.HelpURI = home
	if known.MatchString(id) {
		rule.HelpURI = "https://osv.dev/vulnerability/" + id
	}
	return rule
}

// sentence clips s to limit and closes it with a full stop.
func sentence(s string, limit int) string {
	s = clip(s, limit-1)
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…") {
		return s
	}
	return s + "."
}

var word = regexp.MustCompile(`[A-Za-z0-9]+`)

// ruleName is title in Pascal case, the form that SARIF asks of a rule's name.
func ruleName(title string) string {
	name := ""
	for _, w := range word.FindAllString(title, -1) {
		if len(name)+len(w) > 80 {
			break
		}
		name += strings.ToUpper(w[:1]) + strings.ToLower(w[1:])
	}
	return strings.TrimLeft(name, "0123456789")
}

var cwe = regexp.MustCompile(`^CWE-([1-9][0-9]{0,4})$`)

// tags are those that GitHub and GitLab know: at most ten are kept.
func tags(cases []fettle.Case) []string {
	all := []string{"security", "vulnerability"}
	add := func(name string) {
		m := cwe.FindStringSubmatch(name)
		if m == nil || len(all) == maxTags {
			return
		}
		n, _ := strconv.Atoi(m[1])
		if tag := fmt.Sprintf("external/cwe/cwe-%03d", n); !slices.Contains(all, tag) {
			all = append(all, tag)
		}
	}
	for _, c := range cases {
		for _, name := range c.Finding.CWEs {
			add(name)
		}
		for _, e := range c.Evidence {
			if e.Signal == fettle.CWE {
				add(e.Text)
			}
		}
	}
	slices.Sort(all[2:])
	return all
}

// fact is one line of a rule's help.
type fact struct {
	label string
	texts []string
}

// help explains an advisory by what this run knows of each finding, in plain text and in Markdown.
func help(r fettle.Report, id, title string, cases []fettle.Case) (text, md string) {
	const shown = 5
	var t, m strings.Builder
	fmt.Fprintf(&t, "%s: %s\n", id, title)
	fmt.Fprintf(&m, "**%s**: %s\n", advisory(id), markdown(title))
	for i, c := range cases {
		if i == shown {
			fmt.Fprintf(&t, "\nand %s more.\n", count(len(cases)-i, "finding", "findings"))
			fmt.Fprintf(&m, "\nand %s more.\n", count(len(cases)-i, "finding", "findings"))
			break
		}
		t.WriteString("\n")
		m.WriteString("\n")
		for _, f := range facts(r, c) {
			texts := few(slices.Collect(clipped(f.texts, 300)), 20)
			if len(texts) == 0 {
				continue
			}
			fmt.Fprintf(&t, "%s: %s\n", f.label, strings.Join(texts, "\n  "))
			for i := range texts {
				texts[i] = markdown(texts[i])
			}
			if len(texts) == 1 {
				fmt.Fprintf(&m, "- %s: %s\n", f.label, texts[0])
			} else {
				fmt.Fprintf(&m, "- %s:\n  - %s\n", f.label, strings.Join(texts, "\n  - "))
			}
		}
	}
	return t.String(), m.String()
}

func prefixed(prefix string, all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, prefix+s)
	}
	return out
}

func facts(r fettle.Report, c fettle.Case) []fact {
	f := c.Finding
	var paths, evidence []string
	for _, i := range f.Instances {
		for n, p := range i.Paths {
			if n == 3 {
				break
			}
			paths = append(paths, strings.Join(shorten(p, 6), " › "))
		}
		if more := i.PathCount - min(len(i.Paths), 3); more > 0 {
			paths = append(paths, count(more, "more path", "more paths")+" to "+i.Version)
		}
	}
	reasons := append(few(reasonTexts(c.Priority), 12), prefixed("would be ", c.Priority.Would)...)
	for _, e := range c.Evidence {
		evidence = append(evidence, evidenceText(e))
	}
	all := []fact{
		{"Affected", []string{f.Package.Name + " " + strings.Join(installed(f), ", ") + " in " + f.Location.Path + " (" + reach(f) + ")"}},
		{"Paths", unique(paths)},
		{"Fixed in", fixedVersions(c)},
		{"Priority", append([]string{fmt.Sprintf("%s, rank %s of 100", c.Priority.Outcome, number(finite(c.Priority.Rank)))}, reasons...)},
		{"Evidence", evidence},
	}
	if m := remedyOf(r, c); m.Fix.ID != "" {
		fix := []string{m.Fix.Title, "trial: " + statusWord(m.Status)}
		if m.Confidence != nil && m.Status == fettle.Passed {
			fix = append(fix, "confidence "+confidenceText(*m.Confidence))
		}
		all = append(all, fact{"Fix", fix})
	}
	if c.Unfixed != "" {
		all = append(all, fact{"No fix", []string{c.Unfixed}})
	}
	return append(all, fact{"Decision", []string{decisionText(c.Decision)}})
}
