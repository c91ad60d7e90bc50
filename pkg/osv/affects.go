package osv

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUndecided marks an entry that gives neither versions nor a range of versions to compare with.
var ErrUndecided = errors.New("the advisory names no versions to compare with")

// Affects reports whether version is in one of a's ranges or in its list. The package itself is not compared: see Names.
// An error means that the answer could not be found out, and is never a no.
func (a AffectedPackage) Affects(ecosystem, version string) (bool, error) {
	if version == "" {
		return false, errors.New("the version is not known")
	}
	in, err := a.affects(ecosystem, version)
	if in || err != nil {
		return in, err
	}
	// A build of a PyPI version, as 1.13.0+cpu is of 1.13.0, has its weaknesses. PEP 440 counts it as newer.
	if public, _, local := strings.Cut(version, "+"); local && base(ecosystem) == "PyPI" && !a.namesLocal() {
		return a.affects(ecosystem, public)
	}
	return false, nil
}

// namesLocal reports whether a tells builds of a version apart.
func (a AffectedPackage) namesLocal() bool {
	local := func(version string) bool { return strings.Contains(version, "+") }
	return slices.ContainsFunc(a.Versions, local) || slices.ContainsFunc(a.Ranges, func(r Range) bool {
		return r.Type != Git && slices.ContainsFunc(r.Events, func(e Event) bool {
			return local(e.Introduced) || local(e.Fixed) || local(e.LastAffected) || local(e.Limit)
		})
	})
}

func (a AffectedPackage) affects(ecosystem, version string) (bool, error) {
	if slices.Contains(a.Versions, version) {
		return true, nil
	}
	decided := len(a.Versions) > 0
	var failed error
	for _, r := range a.Ranges {
		if r.Type == Git {
			continue
		}
		decided = true
		in, err := r.affects(ecosystem, version)
		if err != nil && failed == nil {
			failed = err
		}
		if in {
			return true, nil
		}
	}
	if !decided {
		return false, ErrUndecided
	}
	if a.lists(ecosystem, version) {
		return true, nil
	}
	return false, failed
}

// lists reports whether a version of the list is equal in rank, as 1.0 and 1.0.0 are in PyPI. Spellings that cannot be
// compared were compared as text already.
func (a AffectedPackage) lists(ecosystem, version string) bool {
	if len(a.Versions) == 0 {
		return false
	}
	order, err := orderOf(ecosystem, "")
	if err != nil {
		return false
	}
	v, err := order.parse(version)
	if err != nil {
		return false
	}
	first := firstNumber(version)
	for _, listed := range a.Versions {
		if firstNumber(listed) != first { // most of a long list, without the cost of reading it
			continue
		}
		if n, err := order.compareParsed(v, listed); err == nil && n == 0 {
			return true
		}
	}
	return false
}

// firstNumber returns the digits that version begins with, after a v and zeros.
func firstNumber(version string) string {
	digits := strings.TrimLeft(version, "vV0")
	if i := strings.IndexFunc(digits, func(c rune) bool { return c < '0' || c > '9' }); i >= 0 {
		digits = digits[:i]
	}
	return digits
}

// maxEvents bounds the events of one range; the longest known has some dozens.
const maxEvents = 10_000

// affects applies r's events in version order, as the OSV schema asks, not in the order listed.
func (r Range) affects(ecosystem, version string) (bool, error) {
	order, err := orderOf(ecosystem, r.Type)
	if err != nil {
		return false, err
	}
	v, err := order.parse(version)
	if err != nil {
		return false, err
	}
	points, limits, err := r.points()
	if err != nil {
		return false, err
	}
	for i := range points {
		if points[i].version == beginning {
			points[i].passed = 1
			continue
		}
		if points[i].passed, err = order.compareParsed(v, points[i].version); err != nil {
			return false, err
		}
	}
	if within, err := beforeLimits(order, version, limits); err != nil || !within {
		return false, err
	}
	// Events after the version cannot change the answer, so those left are sorted among themselves only.
	points = slices.DeleteFunc(points, func(p point) bool {
		return p.passed < 0 || p.passed == 0 && p.kind == lastAffected
	})
	var failed error
	slices.SortStableFunc(points, func(a, b point) int {
		n, err := order.compare(a.version, b.version)
		if err != nil {
			failed = err
		}
		return n
	})
	if failed != nil {
		return false, failed
	}
	return apply(order, points)
}

// apply walks sorted events that the version has reached. At one and the same version, last_affected comes after
// introduced. Introduced and fixed together leave things as they were: an open range stays open, and a range that opens
// and closes at once is empty, whichever is listed first.
func apply(order versionOrder, points []point) (bool, error) {
	affected := false
	for i := 0; i < len(points); {
		var seen [3]bool
		j := i
		for ; j < len(points); j++ {
			n, err := order.compare(points[i].version, points[j].version)
			if err != nil {
				return false, err
			}
			if n != 0 {
				break
			}
			seen[points[j].kind] = true
		}
		switch {
		case seen[introduced] && seen[fixed]:
		case seen[introduced]:
			affected = true
		case seen[fixed]:
			affected = false
		}
		if seen[lastAffected] {
			affected = false
		}
		i = j
	}
	return affected, nil
}

type pointKind int

const (
	introduced pointKind = iota
	fixed
	lastAffected
)

// point is an event, and how the version in question compares with it.
type point struct {
	version string
	kind    pointKind
	passed  int
}

// points returns the events as points, and the limits apart.
func (r Range) points() (points []point, limits []string, err error) {
	if len(r.Events) > maxEvents {
		return nil, nil, fmt.Errorf("range of %d events: want at most %d", len(r.Events), maxEvents)
	}
	begins := false
	for i, e := range r.Events {
		if e == (Event{}) {
			return nil, nil, fmt.Errorf("event %d of a range is none of introduced, fixed, last_affected and limit", i)
		}
		if e.Introduced != "" {
			points = append(points, point{version: e.Introduced, kind: introduced})
			begins = true
		}
		if e.Fixed != "" {
			points = append(points, point{version: e.Fixed, kind: fixed})
		}
		if e.LastAffected != "" {
			points = append(points, point{version: e.LastAffected, kind: lastAffected})
		}
		if e.Limit != "" {
			limits = append(limits, e.Limit)
		}
	}
	if !begins {
		return nil, nil, errors.New("range without an introduced event")
	}
	return points, limits, nil
}

// beforeLimits reports whether version is before any of the limits. No limit is no bound.
func beforeLimits(order versionOrder, version string, limits []string) (bool, error) {
	for _, limit := range limits {
		if limit == "*" {
			return true, nil
		}
		n, err := order.compare(version, limit)
		if err != nil {
			return false, err
		}
		if n < 0 {
			return true, nil
		}
	}
	return len(limits) == 0, nil
}
