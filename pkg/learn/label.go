package learn

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Reason is why a label says what it says.
type Reason string

const (
	Fixed      Reason = "fixed"       // a person fixed it
	FixStarted Reason = "fix_started" // a person says that a fix is on its way
	Inaccurate Reason = "inaccurate"  // a false positive
	NotUsed    Reason = "not_used"    // the vulnerable code is not used, or in tests only
)

// Teaches reports whether r is a judgement on relevance, and which. What lacks time, is accepted as a risk, or was done by
// a machine is none.
func (r Reason) Teaches() (relevant, ok bool) {
	switch r {
	case Fixed, FixStarted:
		return true, true
	case Inaccurate, NotUsed:
		return false, true
	}
	return false, false
}

// Label is one judgement of a person on one finding.
type Label struct {
	ID        string   `json:"id"`       // of the alert or judgement, with its source: unique, and the same on every reading
	Day       string   `json:"day"`      // YYYY-MM-DD, in UTC
	Source    string   `json:"source"`   // dependabot, code-scanning, gitlab or fettle
	Relevant  bool     `json:"relevant"` // what Reason teaches
	Reason    Reason   `json:"reason"`
	Author    string   `json:"author,omitempty"`  // see Pseudonym; empty where the source does not say
	Finding   string   `json:"finding,omitempty"` // the ID of fettle's finding, where the alert could be matched with one
	Rule      string   `json:"rule,omitempty"`    // CVE, GHSA id, or rule of a code scanner
	Package   string   `json:"package,omitempty"`
	Path      string   `json:"path,omitempty"`      // lockfile or source file
	Exploited bool     `json:"exploited,omitempty"` // it was known to be actively exploited
	Score     float64  `json:"score"`               // 0 to 100, without what was learned
	Features  Features `json:"features"`
}

// maxField bounds each text of a label, in bytes.
const maxField = 512

// Validate says everything that is wrong with l at once.
func (l Label) Validate() error {
	var errs []error
	need := func(condition bool, format string, args ...any) {
		if !condition {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	need(l.ID != "", "a label has no id")
	for _, field := range []struct{ name, text string }{{"id", l.ID}, {"source", l.Source}, {"author", l.Author}, {"finding", l.Finding},
		{"rule", l.Rule}, {"package", l.Package}, {"path", l.Path}} {
		need(len(field.text) <= maxField, "%s has %d bytes; want at most %d", field.name, len(field.text), maxField)
		need(!strings.ContainsFunc(field.text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }), "%s %.40q holds control characters", field.name, field.text)
	}
	_, err := time.Parse(time.DateOnly, l.Day)
	need(err == nil, "day %.40q is no date; want YYYY-MM-DD", l.Day)
	need(slices.Contains([]string{"dependabot", "code-scanning", "gitlab", "fettle"}, l.Source),
		"unknown source %.40q; want dependabot, code-scanning, gitlab or fettle", l.Source)
	relevant, ok := l.Reason.Teaches()
	need(ok, "reason %.40q teaches nothing; want fixed, fix_started, inaccurate or not_used", string(l.Reason))
	need(!ok || relevant == l.Relevant, "relevant is %t, but the reason is %s", l.Relevant, l.Reason)
	need(l.Score >= 0 && l.Score <= 100 && !math.IsNaN(l.Score), "score %v is not between 0 and 100", l.Score)
	return errors.Join(append(errs, l.Features.validate())...)
}

// Pseudonym stands for a person: the first eight hexadecimal digits of a hash of the name. It tells authors apart and does
// not spell names; it is no anonymity, as whoever knows a name can compute it.
func Pseudonym(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("fettle author\x00" + name))
	return hex.EncodeToString(sum[:4])
}

// order is the canonical order of labels: by day, then by ID.
func order(a, b Label) int {
	return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.ID, b.ID))
}

// newer reports whether a holds rather than b, which are about the same thing: the later day, on the same day the one that
// calls it relevant, which hides nothing, and then whatever is the same in any order.
func newer(a, b Label) bool {
	relevance := func(l Label) int {
		if l.Relevant {
			return 1
		}
		return 0
	}
	return cmp.Or(strings.Compare(a.Day, b.Day), relevance(a)-relevance(b), strings.Compare(a.ID, b.ID), strings.Compare(string(a.Reason), string(b.Reason)),
		strings.Compare(fmt.Sprint(a), fmt.Sprint(b))) > 0
}

// Judgement is what one reading says of one alert now: a label, or that there is none.
type Judgement struct {
	ID    string
	Day   string // of the last change
	Label *Label // nil: open again, or no judgement on relevance
}

// Merge returns old with what a reading says: a judgement of the same day or a later one replaces what was there, an older
// one does not, and an alert that no longer carries a judgement loses its label. The same reading twice changes nothing.
func Merge(old []Label, reading []Judgement) []Label {
	byID := map[string]Label{}
	for _, l := range old {
		if was, ok := byID[l.ID]; !ok || newer(l, was) {
			byID[l.ID] = l
		}
	}
	last := map[string]Judgement{}
	for _, j := range reading {
		if was, ok := last[j.ID]; !ok || later(j, was) {
			last[j.ID] = j
		}
	}
	for id, j := range last {
		was, ok := byID[id]
		if ok && j.Day < was.Day {
			continue
		}
		if j.Label == nil {
			delete(byID, id)
			continue
		}
		byID[id] = *j.Label
	}
	labels := make([]Label, 0, len(byID))
	for _, l := range byID {
		labels = append(labels, l)
	}
	slices.SortFunc(labels, order)
	return labels
}

// later reports whether a is the judgement that holds of two on the same alert. On the same day one that carries no label
// wins over one that hides, and one that calls it relevant over both.
func later(a, b Judgement) bool {
	if a.Day != b.Day {
		return a.Day > b.Day
	}
	switch {
	case a.Label == nil:
		return b.Label != nil && !b.Label.Relevant
	case b.Label == nil:
		return a.Label.Relevant
	}
	return newer(*a.Label, *b.Label)
}
