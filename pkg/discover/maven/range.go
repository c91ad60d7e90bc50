package maven

import (
	"context"
	"fmt"
	"strings"

	"deps.dev/util/semver"
)

// settle makes a version of a range, and reports whether d's version is one that may be chosen. Where a range rules out what
// was chosen before, all begins anew with the range known.
func (r *resolution) settle(ctx context.Context, key string, d *dependency) (again, fits bool, err error) {
	if isRange(d.version) {
		if again := r.constrain(key, d); again || d.why != "" {
			return again, true, nil
		}
		if r.chosen[key] != nil {
			return false, false, nil
		}
		version, why, err := r.w.highest(ctx, d.coords(), r.ranges[key])
		if err != nil {
			return false, false, err
		}
		if d.version = version; version == "" {
			d.why = why
		}
		return false, true, nil
	}
	if d.why == "" {
		d.why = inexact(d.version)
	}
	return false, d.why != "" || matchesAll(r.ranges[key], d.version), nil
}

// constrain takes the range of d. It reports whether it rules out what was chosen.
func (r *resolution) constrain(key string, d *dependency) bool {
	for _, have := range r.specs[key] {
		if have == d.version {
			return false
		}
	}
	c, err := semver.Maven.ParseConstraint(d.version)
	if err != nil || len(d.version) > 200 || len(r.specs[key]) >= maxRetries {
		d.why = fmt.Sprintf("%.100q is no range that can be read", d.version)
		d.version = ""
		return false
	}
	r.ranges[key], r.specs[key] = append(r.ranges[key], c), append(r.specs[key], d.version)
	chosen := r.chosen[key]
	return chosen != nil && chosen.version != "" && !c.Match(chosen.version)
}

// inexact says why a version is none; "" where it is one.
func inexact(version string) string {
	switch {
	case version == "":
		return "no version is declared and none is managed"
	case version == "LATEST" || version == "RELEASE":
		return version + " is whatever is newest when it is built; want an exact version"
	case strings.ContainsAny(version, "${}[](), \t\n") || len(version) > 200:
		return fmt.Sprintf("%.100q is no version", version)
	}
	return ""
}

func isRange(version string) bool {
	return strings.HasPrefix(version, "[") || strings.HasPrefix(version, "(")
}

func matchesAll(ranges []*semver.Constraint, version string) bool {
	for _, c := range ranges {
		if !c.Match(version) {
			return false
		}
	}
	return true
}
