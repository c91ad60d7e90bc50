package prioritize

import (
	"fmt"
	"math"

	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// metric is one threat or environmental metric of CVSS.
type metric struct{ name, value string }

// scored is a vector of any version whose metrics can be set.
type scored interface {
	Set(name, value string) error
	Vector() string
}

// environmental returns the vector of the advisory with what is known here as threat and environmental metrics: version 4.0
// where the advisory has one (CVSS 4.0 sections 3 and 4), else 3.1 or 3.0 (CVSS 3.1 sections 3 and 4), since no conversion between them
// is defined. It adds a reason with the score; the metrics that the advisory itself set stay where nothing is known here.
func environmental(f facts, k known, reasons []fettle.Reason) (string, []fettle.Reason) {
	if k.cvss == nil {
		return "", reasons
	}
	v := vector(k.cvss.Text)
	var to scored
	var score func() float64
	four := v.version() == 4
	switch v.version() {
	case 4:
		c, err := gocvss40.ParseVector(k.cvss.Text)
		if err != nil {
			return "", reasons
		}
		to, score = c, c.Score
	case 3.1:
		c, err := gocvss31.ParseVector(k.cvss.Text)
		if err != nil {
			return "", reasons
		}
		to, score = c, c.EnvironmentalScore
	case 3:
		c, err := gocvss30.ParseVector(k.cvss.Text)
		if err != nil {
			return "", reasons
		}
		to, score = c, c.EnvironmentalScore
	default:
		return "", reasons
	}
	metrics := append(threatMetrics(f, k, four), placeMetrics(f, k, v)...)
	for _, m := range metrics {
		if to.Set(m.name, m.value) != nil {
			return "", reasons
		}
	}
	text := to.Vector()
	if s := score(); !math.IsNaN(s) && len(metrics) > 0 {
		reasons = append(reasons, fettle.Reason{Factor: "vector", Text: fmt.Sprintf("CVSS with what is known here: %.1f (%s)", s, text)})
	}
	return text, reasons
}

// threatMetrics says how mature exploits are: attacked, a public one, or none after KEV and lists of exploits were asked.
func threatMetrics(f facts, k known, four bool) []metric {
	attacked, poc, unreported := "H", "P", "U"
	if four {
		attacked = "A"
	}
	switch {
	case f.exploitation == active:
		return []metric{{"E", attacked}}
	case f.public:
		return []metric{{"E", poc}}
	case k.kev != nil && k.kev.Status == fettle.Absent && k.exploit != nil && k.exploit.Status == fettle.Absent:
		return []metric{{"E", unreported}}
	}
	return nil
}

// placeMetrics says who can reach the program and what it holds.
func placeMetrics(f facts, k known, v vector) []metric {
	var metrics []metric
	switch e := f.exposure(); {
	case e == controlled && v.has("AV:N"):
		metrics = append(metrics, metric{"MAV", "A"})
	case e == small && (v.has("AV:N") || v.has("AV:A")):
		metrics = append(metrics, metric{"MAV", "L"})
	}
	if len(k.data) > 0 {
		metrics = append(metrics, metric{"CR", "H"}, metric{"IR", "H"})
	}
	switch {
	case k.is(k.criticality, "high"):
		metrics = append(metrics, metric{"AR", "H"})
	case k.is(k.criticality, "low"):
		metrics = append(metrics, metric{"AR", "L"})
	}
	return metrics
}
