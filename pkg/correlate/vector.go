package correlate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// The metrics of each version in the order of its specification (first.org/cvss). The parser refuses other orders.
var (
	order2 = strings.Fields("AV AC Au C I A  E RL RC  CDP TD CR IR AR")
	order3 = strings.Fields("AV AC PR UI S C I A  E RL RC  CR IR AR MAV MAC MPR MUI MS MC MI MA")
	order4 = strings.Fields("AV AC AT PR UI VC VI VA SC SI SA  E " +
		"CR IR AR MAV MAC MAT MPR MUI MVC MVI MVA MSC MSI MSA  S AU R V RE U")
)

const (
	base4     = 11  // the first metrics of order4 are the base metrics
	maxVector = 512 // bytes; a v4 vector with all metrics has about 200
)

// parseVector returns s's vector with its metrics in order, its version (40, 31, 30, 20) and its base score.
func parseVector(s fettle.Severity) (vector string, version int, score float64, err error) {
	vector = strings.TrimSpace(s.Vector)
	if len(vector) > maxVector {
		return "", 0, 0, fmt.Errorf("longer than %d bytes", maxVector)
	}
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		version = 40
		vector, err = ordered(vector, "CVSS:4.0/", order4)
		if err == nil {
			score, err = score4(vector)
		}
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		version = 31
		vector, err = ordered(vector, "CVSS:3.1/", order3)
		if err == nil {
			var c *gocvss31.CVSS31
			if c, err = gocvss31.ParseVector(vector); err == nil {
				score = c.BaseScore()
			}
		}
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		version = 30
		vector, err = ordered(vector, "CVSS:3.0/", order3)
		if err == nil {
			var c *gocvss30.CVSS30
			if c, err = gocvss30.ParseVector(vector); err == nil {
				score = c.BaseScore()
			}
		}
	case strings.HasPrefix(vector, "CVSS:"):
		return "", 0, 0, errors.New("the version is none of 3.0, 3.1 and 4.0")
	default:
		version = 20
		vector = strings.TrimSuffix(strings.TrimPrefix(vector, "("), ")")
		vector, err = ordered(vector, "", order2)
		if err == nil {
			var c *gocvss20.CVSS20
			if c, err = gocvss20.ParseVector(vector); err == nil {
				score = c.BaseScore()
			}
		}
	}
	if err != nil {
		return "", 0, 0, err
	}
	return vector, version, score, nil
}

// score4 is the CVSS-B score: threat and environmental metrics that a source added would change the library's score.
func score4(vector string) (float64, error) {
	if _, err := gocvss40.ParseVector(vector); err != nil {
		return 0, err
	}
	parts := strings.Split(vector, "/")
	if len(parts) > base4+1 {
		parts = parts[:base4+1]
	}
	c, err := gocvss40.ParseVector(strings.Join(parts, "/"))
	if err != nil {
		return 0, err
	}
	return c.Score(), nil
}

// ordered returns header and the metrics of vector in the given order. A metric that is unknown or stands twice is an error.
func ordered(vector, header string, order []string) (string, error) {
	parts := strings.Split(strings.TrimSuffix(vector[len(header):], "/"), "/")
	at := make(map[string]string, len(parts))
	for _, part := range parts {
		name, _, ok := strings.Cut(part, ":")
		if !ok || !slices.Contains(order, name) {
			return "", fmt.Errorf("unknown metric %q", clip(part))
		}
		if _, twice := at[name]; twice {
			return "", fmt.Errorf("metric %s stands twice", name)
		}
		at[name] = part
	}
	parts = parts[:0]
	for _, name := range order {
		if part, ok := at[name]; ok {
			parts = append(parts, part)
		}
	}
	return header + strings.Join(parts, "/"), nil
}
