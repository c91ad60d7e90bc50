package learn

import "math"

// triangle is the lower Cholesky factor of a symmetric positive definite matrix.
type triangle [][]float64

func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

// cholesky factors a, of which it reads the lower triangle. The prior keeps the pivots from 0
// in exact arithmetic: none is smaller than the smallest precision, and one that rounding takes below is put back there.
func cholesky(a [][]float64) triangle {
	l := triangle(square(len(a)))
	for i := range a {
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(math.Max(sum, 1/(wideSD*wideSD)))
				continue
			}
			l[i][j] = sum / l[j][j]
		}
	}
	return l
}

// solve returns x of a x = b.
func (l triangle) solve(b []float64) []float64 {
	x := make([]float64, len(b))
	for i := range b {
		sum := b[i]
		for k := range i {
			sum -= l[i][k] * x[k]
		}
		x[i] = sum / l[i][i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		sum := x[i]
		for k := i + 1; k < len(b); k++ {
			sum -= l[k][i] * x[k]
		}
		x[i] = sum / l[i][i]
	}
	return x
}

// inverse returns the inverse of a, symmetric to the bit.
func (l triangle) inverse() [][]float64 {
	inverse := square(len(l))
	unit := make([]float64, len(l))
	for j := range l {
		clear(unit)
		unit[j] = 1
		for i, v := range l.solve(unit) {
			if i >= j {
				inverse[i][j], inverse[j][i] = v, v
			}
		}
	}
	return inverse
}
