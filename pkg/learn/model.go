package learn

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	// Needed is the weight of labels from which on a model is used. Below it, what was learned is reported and moves nothing.
	Needed = 50
	// MostPoints bounds what learning adds to a score or takes from it.
	MostPoints = 30
	// Demoted is the number of points from which down a finding counts as demoted: its odds are halved.
	Demoted = -10
	// auditPercent of demoted findings keep their place.
	auditPercent = 5
	// mostPerAuthorDay bounds the weight of what one author judges on one day, so that no single sitting teaches alone.
	mostPerAuthorDay = 20
)

// Model is what a team's judgements teach. It does not change. A nil Model has learned nothing.
type Model struct {
	labels    []Label // all, in canonical order
	used      []Label // one per finding: what the posterior rests on, in canonical order
	weights   []float64
	weight    float64
	posterior posterior
	effects   effects
	version   string // a digest of the labels
	ignored   map[string]int
}

// Ignoring returns m with the number of alerts of the last reading that teach nothing, by why.
func (m *Model) Ignoring(why map[string]int) *Model {
	with := *m
	with.ignored = why
	return &with
}

// Ignored returns how many alerts of the last reading teach nothing, by why.
func (m *Model) Ignored() map[string]int {
	if m == nil {
		return nil
	}
	return m.ignored
}

// New fits a model to labels, in any order. The caller has validated them.
func New(labels []Label) *Model {
	m := &Model{labels: slices.Clone(labels)}
	slices.SortFunc(m.labels, order)
	m.used = perFinding(m.labels)
	m.weights = weigh(m.used)
	rows := make([]row, len(m.used))
	for i, l := range m.used {
		rows[i] = newRow(l, m.weights[i])
		m.weight += m.weights[i]
	}
	m.posterior = fit(rows, nil)
	m.effects = newEffects(m.posterior, rows)
	m.version = version(m.labels)
	return m
}

// perFinding keeps the label that holds of each finding, so that what is dismissed in two places counts once.
func perFinding(labels []Label) []Label {
	holds := map[string]int{}
	var used []Label
	for _, l := range labels {
		at, ok := holds[l.Finding]
		switch {
		case l.Finding == "" || !ok:
			if l.Finding != "" {
				holds[l.Finding] = len(used)
			}
			used = append(used, l)
		case newer(l, used[at]):
			used[at] = l
		}
	}
	slices.SortFunc(used, order)
	return used
}

// weigh gives each label the weight 1, or less where its author judged more on that day than counts. Whoever a source does
// not name is one author.
func weigh(labels []Label) []float64 {
	type sitting struct{ source, author, day string }
	of := func(l Label) sitting {
		s := sitting{author: l.Author, day: l.Day}
		if l.Author == "" {
			s.source = l.Source
		}
		return s
	}
	count := map[sitting]int{}
	for _, l := range labels {
		count[of(l)]++
	}
	weights := make([]float64, len(labels))
	for i, l := range labels {
		weights[i] = min(1, mostPerAuthorDay/float64(count[of(l)]))
	}
	return weights
}

func version(labels []Label) string {
	h := sha256.New()
	for _, l := range labels {
		fmt.Fprintf(h, "%q\n", fmt.Sprint(l))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// Labels returns the labels in canonical order. The caller must not change them.
func (m *Model) Labels() []Label {
	if m == nil {
		return nil
	}
	return m.labels
}

// Active reports whether m is used: it has enough labels, of both kinds.
func (m *Model) Active() bool { return m != nil && m.Missing() == "" }

// Missing says what m lacks to be used; "" is nothing.
func (m *Model) Missing() string {
	if m == nil {
		return fmt.Sprintf("%d judgements are missing of the %d that are needed", Needed, Needed)
	}
	relevant, unwanted := m.kinds()
	short := int(math.Ceil(Needed - m.weight - 1e-9))
	switch {
	case short > 0:
		return fmt.Sprintf("%d judgements are missing of the %d that are needed", short, Needed)
	case relevant == 0:
		return "nobody called a finding relevant: there is nothing to tell findings apart by"
	case unwanted == 0:
		return "nobody called a finding unwanted: there is nothing to tell findings apart by"
	}
	return ""
}

func (m *Model) kinds() (relevant, unwanted int) {
	for _, l := range m.used {
		if l.Relevant {
			relevant++
		} else {
			unwanted++
		}
	}
	return relevant, unwanted
}

// Advice is what m says of one finding.
type Advice struct {
	Points float64 // to add to the score, -30 to 30; 0 where Audit
	Audit  bool    // it would be demoted, and keeps its place so that a person may contradict
	Why    string  // one line for people
}

// Points returns what m says of the finding id with features f. It is false where m has nothing to say: it is not active,
// or f holds nothing that was learned of. A finding that is actively exploited must not be asked about; a caller that
// leaves this to m sets exploited.
func (m *Model) Points(id string, f Features, exploited bool) (Advice, bool) {
	if exploited || !m.Active() {
		return Advice{}, false
	}
	points, parts := m.effects.of(f)
	if len(parts) == 0 || points == 0 {
		return Advice{}, false
	}
	var words []string
	for _, p := range parts {
		words = append(words, fmt.Sprintf("%s %+.1f", p.Name, p.Points))
	}
	basis := fmt.Sprintf("learned from %d judgements of the team: %s", len(m.used), strings.Join(words, ", "))
	if points <= Demoted && m.audited(id) {
		return Advice{Audit: true, Why: fmt.Sprintf("%s; it keeps its place as one of the %d%% that are shown so that a person may contradict, else %+.1f", basis, auditPercent, points)}, true
	}
	return Advice{Points: points, Why: basis}, true
}

// audited picks the same findings on every run with the same labels, and others once the labels change.
func (m *Model) audited(id string) bool {
	sum := sha256.Sum256([]byte("audit\x00" + m.version + "\x00" + id))
	return binary.BigEndian.Uint64(sum[:8])%100 < auditPercent
}

func tenth(v float64) float64 { return math.Round(v*10)/10 + 0 }
