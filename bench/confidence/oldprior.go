package main

import (
	"math"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/score"
)

// oldPrior is the estimate that fettle made before there were labels: published base rates and judgement.
func oldPrior(f score.Features) float64 {
	sum := math.Log(50.0 / 7)
	switch f.Kind {
	case fettle.LockOnly:
		sum += 0.3
	case fettle.Override:
		sum -= 0.6
	}
	jump := f.Jump
	if f.Kind == fettle.LockOnly {
		jump = min(jump, score.Minor)
	}
	switch jump {
	case score.Patch:
		sum += 0.3
	case score.Early:
		sum -= 0.8
	case score.Major:
		sum -= 2
	}
	if f.V0 && f.Kind != fettle.LockOnly {
		sum -= 0.4
	}
	sum -= 0.1*math.Log1p(float64(f.Side)) + 0.2*math.Log1p(float64(f.SideMajors)) + 0.1*math.Log1p(float64(f.Removed))
	caught := 0.35
	if f.Kind == fettle.Direct {
		caught = 0.47
	}
	n := float64(f.Tests)
	sum -= math.Log(1 - caught*n/(n+20))
	if f.Flaky {
		sum -= 0.4
	}
	if f.Red {
		sum -= 0.4
	}
	p := 1 / (1 + math.Exp(-sum))
	if jump == score.Major {
		p = math.Min(p, 0.7)
	}
	if f.Flaky {
		p = math.Min(p, 0.85)
	}
	return math.Min(p, 0.95)
}
