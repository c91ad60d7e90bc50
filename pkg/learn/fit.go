package learn

import "math"

// A score of 10 points more is odds times two. The score of an automatable weakness with total impact, of which nothing
// else is known, stands for even odds; the bias corrects that.
const (
	pointsPerLogOdds = 10 / math.Ln2
	evenScore        = 46
)

// row is one label as the regression sees it.
type row struct {
	columns  []int   // parameters that are 1, beside bias and slope
	offset   float64 // log odds that the score gives
	relevant float64 // 1 or 0
	weight   float64
}

func newRow(l Label, weight float64) row {
	r := row{columns: l.Features.columns(), offset: offset(l.Score), weight: weight}
	if l.Relevant {
		r.relevant = 1
	}
	return r
}

func offset(score float64) float64 { return (score - evenScore) / pointsPerLogOdds }

// posterior is a normal distribution over the parameters.
type posterior struct {
	mean       []float64
	covariance [][]float64
}

// fit returns the Laplace approximation of the posterior of a logistic regression with normal priors and the offset of the
// score: the mode, found by Newton's method, and the inverse of the negative Hessian there (Spiegelhalter and Lauritzen 1990,
// "Sequential updating of conditional probabilities on directed graphical structures", section 5; Bishop 2006, "Pattern
// Recognition and Machine Learning", section 4.5). The prior bounds the curvature from below, so every step is defined, also
// where all labels are the same or features always come together. It is fitted anew to all labels, from start where one is
// given: so the order in which they came does not matter.
func fit(rows []row, start []float64) posterior {
	n := len(parameters)
	beta := make([]float64, n)
	if start != nil {
		copy(beta, start)
	}
	hessian := square(n)
	gradient := make([]float64, n)
	best := objective(rows, beta)
	for range 100 {
		curvature(rows, beta, gradient, hessian)
		factor := cholesky(hessian)
		step := factor.solve(gradient)
		size, next, value := 1.0, make([]float64, n), 0.0
		for range 40 { // halved until it climbs, which only a far start needs
			for i := range next {
				next[i] = beta[i] + size*step[i]
			}
			if value = objective(rows, next); value >= best {
				break
			}
			size /= 2
		}
		if value < best {
			break
		}
		moved := 0.0
		for i := range next {
			moved = math.Max(moved, math.Abs(next[i]-beta[i]))
		}
		beta, best = next, value
		if moved < 1e-10 {
			break
		}
	}
	curvature(rows, beta, gradient, hessian)
	return posterior{mean: beta, covariance: cholesky(hessian).inverse()}
}

// objective is the logarithm of the posterior density, without constants.
func objective(rows []row, beta []float64) float64 {
	sum := 0.0
	for i, b := range beta {
		sum -= b * b * parameters[i].precision / 2
	}
	for i := range rows {
		sum -= rows[i].weight * softplus(rows[i].against(beta))
	}
	return sum
}

// against is the log odds of the label that r does not have.
func (r *row) against(beta []float64) float64 {
	return (1 - 2*r.relevant) * r.logOdds(beta)
}

func (r *row) logOdds(beta []float64) float64 {
	z := r.offset*(1+beta[slope]) + beta[bias]
	for _, c := range r.columns {
		z += beta[c]
	}
	return z
}

// curvature fills in the gradient of the objective and its negative Hessian. Rows are sparse: a label touches as many
// parameters as it has features.
func curvature(rows []row, beta, gradient []float64, hessian [][]float64) {
	for i := range gradient {
		gradient[i] = -beta[i] * parameters[i].precision
		clear(hessian[i])
		hessian[i][i] = parameters[i].precision
	}
	at := make([]int, 0, 16)
	value := make([]float64, 0, 16)
	for i := range rows {
		r := &rows[i]
		p := sigmoid(r.logOdds(beta))
		at, value = append(at[:0], bias, slope), append(value[:0], 1, r.offset)
		for _, c := range r.columns {
			at, value = append(at, c), append(value, 1)
		}
		slack, curve := r.weight*(r.relevant-p), r.weight*p*(1-p)
		for j, a := range at {
			gradient[a] += slack * value[j]
			for k := range j + 1 { // columns rise, so this is the lower triangle
				hessian[a][at[k]] += curve * value[j] * value[k]
			}
		}
	}
}

// sigmoid and softplus are exact to rounding on the whole line.
func sigmoid(z float64) float64 {
	if z >= 0 {
		return 1 / (1 + math.Exp(-z))
	}
	e := math.Exp(z)
	return e / (1 + e)
}

func softplus(z float64) float64 { return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

// predict is the probability of relevance, with the uncertainty of the parameters (MacKay 1992, "The evidence framework
// applied to classification networks").
func (p posterior) predict(r row) float64 {
	at := append([]int{bias, slope}, r.columns...)
	value := func(i int) float64 {
		if i == slope {
			return r.offset
		}
		return 1
	}
	variance := 0.0
	for _, i := range at {
		for _, j := range at {
			variance += value(i) * value(j) * p.covariance[i][j]
		}
	}
	return sigmoid(r.logOdds(p.mean) / math.Sqrt(1+math.Pi*math.Max(variance, 0)/8))
}
