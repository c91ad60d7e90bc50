package prioritize

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
)

// SSVC ranks findings. The outcome comes from a table over exploitation, exposure, the weakness and what is at stake;
// the rank, 0 to 100, orders findings within an outcome, 10 points being odds times two.
type SSVC struct {
	Mode    Mode
	Learned *learn.Model // what the team's judgements teach; nil is nothing
	Median  float64      // EPSS probability of the median CVE on the day of the scores; 0 where unknown
	P975    float64      // EPSS probability at the 97.5th percentile of that day; 0 where unknown
	Rules   []Rule       // the team's own times, beside those of the regimes that are built in
	Today   time.Time    // what is overdue is told by; zero: nothing is
}

// Exploitation is likely from either bound on: thresholds of the probability drift between versions of the EPSS model,
// percentiles do not.
const (
	likelyEPSS = 0.1
	likelyRank = 0.975
)

// Prioritize judges f by evidence alone; what is unknown counts as the worse case and the reasons say so. The points of
// the reasons add up to the rank.
func (s SSVC) Prioritize(f fettle.Finding, evidence []fettle.Evidence) fettle.Priority {
	known := read(evidence)
	facts := s.facts(f, known)
	outcome := facts.outcome()
	reasons := []fettle.Reason{{Factor: "outcome", Text: facts.row(outcome)}, {Factor: "base", Text: "every finding starts here", Points: 20}}
	reasons = append(reasons, s.threat(facts, known)...)
	reasons = append(reasons, weakness(facts, known)...)
	reasons = append(reasons, place(f, facts, known)...)
	reasons = append(reasons, reachable(facts, known)...)
	reasons = append(reasons, stakes(known.setting)...)
	taught, audit, ok := learned(s.Learned, f, facts, known)
	if ok {
		reasons = append(reasons, taught)
	}
	reasons, rank := bound(facts, reasons)
	p := fettle.Priority{Outcome: outcome, Rank: rank, Reasons: reasons, Would: s.would(facts, known), Mode: string(cmp.Or(s.Mode, Balanced)), Audit: audit}
	p.Vector, p.Reasons = environmental(facts, known, p.Reasons)
	s.due(&p, f, facts, known)
	return p
}

func (s SSVC) facts(f fettle.Finding, known known) facts {
	data, high := len(known.data) > 0, known.is(known.criticality, "high")
	x := facts{
		mode:         s.Mode,
		exploitation: none,
		development:  developed(f) && !known.bundled() || known.is(known.shipped, "no"),
		soundCalls:   f.Package.Ecosystem == "Go",
		mission:      data || high,
		both:         data && high,
		minor:        !data && known.is(known.criticality, "low"),
		public:       known.exploit != nil && known.exploit.Status == fettle.Known,
		noisy:        noisy(known.cwes),
		automatable:  true,
		total:        true,
	}
	if known.setting.exposure != nil {
		x.known = exposure(known.setting.exposure.Text)
	}
	if known.reach != nil && known.reach.Status == fettle.Known && reaches(known.reach) >= 0 {
		x.reach = reach(known.reach.Text)
	}
	switch {
	case known.cvss != nil:
		v := vector(known.cvss.Text)
		x.automatable, x.total, x.local = v.automatable(), v.total(), v.local()
	case known.rating != nil:
		// Of the two, total impact alone weighs more in the table, so it is what a rating leaves to assume.
		x.automatable, x.total = ceiling(known.rating.Text) >= 9, ceiling(known.rating.Text) >= 4
	}
	switch {
	case known.kev != nil && known.kev.Status == fettle.Known:
		x.exploitation = active
	case s.likely(known):
		x.exploitation = likely
	}
	return x
}

func (s SSVC) likely(known known) bool {
	if known.epss != nil && known.epss.Status == fettle.Known && known.epss.Value >= s.threshold() {
		return true
	}
	return weaponized(known.exploit) || known.rank != nil && known.rank.Value >= likelyRank
}

// threshold is the EPSS probability from which on exploitation counts as likely.
func (s SSVC) threshold() float64 {
	if s.P975 > 0 {
		return math.Min(likelyEPSS, s.P975)
	}
	return likelyEPSS
}

// row says in words which cell of the table decided.
func (f facts) row(outcome fettle.Outcome) string {
	var with []string
	for _, fact := range []struct {
		holds bool
		word  string
	}{{f.automatable, "automatable"}, {f.total, "total impact"}, {f.mission, "high stakes"}, {f.reach == called, "called"}} {
		if fact.holds {
			with = append(with, fact.word)
		}
	}
	if len(with) == 0 {
		with = []string{"neither automatable nor of total impact"}
	}
	text := fmt.Sprintf("%s: exploitation %s, exposure %s, %s", outcome, f.exploitation, f.exposure(), strings.Join(with, ", "))
	if f.mode != "" && f.mode != Balanced {
		text += ", by the table " + string(f.mode)
	}
	return text
}

// bound adds what keeps the rank within its limits, so that the points still add up.
func bound(f facts, reasons []fettle.Reason) ([]fettle.Reason, float64) {
	sum := 0.0
	for i := range reasons {
		reasons[i].Points = tenth(reasons[i].Points)
		sum += reasons[i].Points
	}
	sum = tenth(sum)
	floor, text := 0.0, "the rank ends at 0"
	if f.exploitation == active && f.reach != notImported {
		floor, text = 70, "actively exploited, and not shown to be unused: at least 70"
	}
	switch {
	case sum < floor:
		return append(reasons, fettle.Reason{Factor: "floor", Text: text, Points: tenth(floor - sum)}), floor
	case sum > 100:
		return append(reasons, fettle.Reason{Factor: "ceiling", Text: "the rank ends at 100", Points: tenth(100 - sum)}), 100
	}
	return reasons, sum
}

func tenth(v float64) float64 { return math.Round(v*10) / 10 }
