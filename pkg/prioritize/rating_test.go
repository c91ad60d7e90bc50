package prioritize

import (
	"math"
	"strings"
	"testing"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// TestRatingsBoundWhatAVectorCanSay walks every base vector of every version: what a rating rules out, no vector with
// such a rating holds.
func TestRatingsBoundWhatAVectorCanSay(t *testing.T) {
	tests := []struct {
		name, header string
		metrics      []string
		score        func(string) (float64, error)
	}{
		{"2.0", "", []string{"AV:L:A:N", "AC:H:M:L", "Au:M:S:N", "C:N:P:C", "I:N:P:C", "A:N:P:C"}, func(v string) (float64, error) {
			c, err := gocvss20.ParseVector(v)
			if err != nil {
				return 0, err
			}
			return c.BaseScore(), nil
		}},
		{"3.0", "CVSS:3.0/", []string{"AV:N:A:L:P", "AC:L:H", "PR:N:L:H", "UI:N:R", "S:U:C", "C:N:L:H", "I:N:L:H", "A:N:L:H"}, func(v string) (float64, error) {
			c, err := gocvss30.ParseVector(v)
			if err != nil {
				return 0, err
			}
			return c.BaseScore(), nil
		}},
		{"3.1", "CVSS:3.1/", []string{"AV:N:A:L:P", "AC:L:H", "PR:N:L:H", "UI:N:R", "S:U:C", "C:N:L:H", "I:N:L:H", "A:N:L:H"}, func(v string) (float64, error) {
			c, err := gocvss31.ParseVector(v)
			if err != nil {
				return 0, err
			}
			return c.BaseScore(), nil
		}},
		{"4.0", "CVSS:4.0/", []string{
			"AV:N:A:L:P", "AC:L:H", "AT:N:P", "PR:N:L:H", "UI:N:P:A", "VC:N:L:H", "VI:N:L:H", "VA:N:L:H", "SC:N:L:H", "SI:N:L:H", "SA:N:L:H",
		}, func(v string) (float64, error) {
			c, err := gocvss40.ParseVector(v)
			if err != nil {
				return 0, err
			}
			return c.Score(), nil
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			both, automatable, total := math.Inf(1), math.Inf(1), math.Inf(1)
			every(test.header, test.metrics, func(text string) {
				score, err := test.score(text)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				v := vector(text)
				if score == 0 {
					return // no impact: nobody publishes it
				}
				if v.automatable() && v.total() {
					both = min(both, score)
				}
				if v.automatable() {
					automatable = min(automatable, score)
				}
				if v.total() {
					total = min(total, score)
				}
			})
			t.Logf("lowest score: both %v, automatable %v, total %v", both, automatable, total)
			if both <= ceiling("high") {
				t.Errorf("a vector that is automatable and of total impact scores %v, which is rated high", both)
			}
			if automatable <= ceiling("low") || total <= ceiling("low") {
				t.Errorf("automatable scores %v, total impact %v, which is rated low", automatable, total)
			}
		})
	}
}

// every visits all vectors that metrics, given as name and values, can form.
func every(prefix string, metrics []string, visit func(string)) {
	if len(metrics) == 0 {
		visit(prefix[:len(prefix)-1])
		return
	}
	name, values, _ := strings.Cut(metrics[0], ":")
	for value := range strings.SplitSeq(values, ":") {
		every(prefix+name+":"+value+"/", metrics[1:], visit)
	}
}
