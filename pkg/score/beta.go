package score

import "math"

// LowerBound is the one-sided lower bound of Clopper and Pearson at the given confidence on a share of which clean of cases
// outcomes were clean: the lowest share under which so many would still be seen with probability 1-confidence. Neither
// number need be whole: cases of other kinds may count for less than one.
func LowerBound(clean, cases, confidence float64) float64 {
	switch {
	case !(cases > 0) || !(clean > 0) || !(confidence > 0 && confidence < 1) || cases > mostCases:
		return 0
	case clean > cases:
		clean = cases
	}
	if clean == cases {
		return math.Pow(1-confidence, 1/cases)
	}
	low, high := 0.0, 1.0
	for range 45 {
		middle := (low + high) / 2
		if beta(middle, clean, cases-clean+1) < 1-confidence {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// mostCases is more than anybody labels; beyond it the fraction below no longer converges.
const mostCases = 1e6

// beta is the regularized incomplete beta function, by its continued fraction.
func beta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - beta(1-x, b, a)
	}
	ab, _ := math.Lgamma(a + b)
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	front := math.Exp(ab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	sum := d
	for i := 1; i <= 1000; i++ {
		m := float64(i)
		for _, term := range []float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			if d = 1 + term*d; math.Abs(d) < tiny {
				d = tiny
			}
			if c = 1 + term/c; math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			sum *= d * c
		}
		if math.Abs(c*d-1) < 1e-13 {
			break
		}
	}
	return front * sum
}
