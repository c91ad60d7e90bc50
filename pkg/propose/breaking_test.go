package propose

import (
	"testing"
)

func TestBreakingIsAMoveOfTheMajorVersion(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"1.2.3", "1.9.0", false}, {"1.2.3", "2.0.0", true}, {"0.1.0", "0.2.0", false}, {"0.9.0", "1.0.0", true}, {"v1.0.0", "1.1.0", false}} {
		if got := breaking(c.a, c.b); got != c.want {
			t.Errorf("breaking(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
