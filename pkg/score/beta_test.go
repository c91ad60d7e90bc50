package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestLowerBoundOfClopperAndPearson(t *testing.T) {
	tests := []struct {
		clean, cases, confidence, want float64
	}{
		// A record without a break: the bound is the root of 0.05.
		{29, 29, 0.95, 0.90185},
		{59, 59, 0.95, 0.95049},
		{299, 299, 0.95, 0.99003},
		{1, 1, 0.95, 0.05},
		// Published tables of the exact binomial limits: one-sided 97.5%, so the lower end of the two-sided 95% interval.
		{9, 10, 0.975, 0.55498},
		{8, 10, 0.975, 0.44390},
		{5, 10, 0.975, 0.18709},
		{1, 10, 0.975, 0.00253},
		{95, 100, 0.975, 0.88717},
		// One-sided 95%.
		{9, 10, 0.95, 0.60584},
		{99, 100, 0.95, 0.95344},
		{0, 10, 0.95, 0},
		{0, 0, 0.95, 0},
		{3, -1, 0.95, 0},
		{12, 10, 0.95, 0.74113},
		{math.NaN(), 10, 0.95, 0},
	}
	for _, test := range tests {
		if got := LowerBound(test.clean, test.cases, test.confidence); math.Abs(got-test.want) > 5e-5 {
			t.Errorf("LowerBound(%v, %v, %v) = %.5f, want %.5f", test.clean, test.cases, test.confidence, got, test.want)
		}
	}
}

// The definition, with sums instead of the beta function: at the bound, as many clean outcomes or more have probability 0.05.
func TestLowerBoundMeetsItsDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		n := 1 + r.IntN(400)
		k := 1 + r.IntN(n)
		p := LowerBound(float64(k), float64(n), 0.95)
		tail := 0.0
		for i := k; i <= n; i++ {
			a, _ := math.Lgamma(float64(n + 1))
			b, _ := math.Lgamma(float64(i + 1))
			c, _ := math.Lgamma(float64(n - i + 1))
			tail += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		}
		if math.Abs(tail-0.05) > 1e-6 {
			t.Fatalf("%d of %d: at %v the tail is %v, want 0.05", k, n, p, tail)
		}
	}
}

func TestMoreEvidenceNeverLowersTheBound(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for range 3000 {
		cases := 0.5 + 300*r.Float64()
		broken := cases * r.Float64() * r.Float64()
		more := 20 * r.Float64()
		before := LowerBound(cases-broken, cases, 0.95)
		if after := LowerBound(cases-broken+more, cases+more, 0.95); after < before-1e-9 {
			t.Fatalf("%v of %v broken: %v more clean ones lower the bound from %v to %v", broken, cases, more, before, after)
		}
		if after := LowerBound(cases-broken, cases+more, 0.95); after > before+1e-9 {
			t.Fatalf("%v of %v broken: %v more broken ones raise the bound from %v to %v", broken, cases, more, before, after)
		}
		if before > (cases-broken)/cases {
			t.Fatalf("%v of %v broken: the bound %v is above the share itself", broken, cases, before)
		}
	}
}

func FuzzLowerBound(f *testing.F) {
	f.Add(9.0, 10.0, 0.95)
	f.Add(-1.0, math.Inf(1), 1.0)
	f.Add(math.NaN(), 1e308, 1e-308)
	f.Add(1e300, 2e300, -5.0)
	f.Fuzz(func(t *testing.T, clean, cases, confidence float64) {
		if p := LowerBound(clean, cases, confidence); !(p >= 0 && p <= 1) {
			t.Errorf("LowerBound(%v, %v, %v) = %v", clean, cases, confidence, p)
		}
	})
}
