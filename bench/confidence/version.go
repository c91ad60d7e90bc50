package main

import (
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// triple is the part of a version that semantic versioning speaks of.
type triple [3]int

var stable = regexp.MustCompile(`^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:\.\d{1,6})*(?:\.post\d+)?(?:\+incompatible)?$`)

// parseVersion reads a release; pre-releases and versions made of dates or commits are not ok.
func parseVersion(text string) (t triple, ok bool) {
	m := stable.FindStringSubmatch(text)
	if m == nil {
		return t, false
	}
	for i := range t {
		t[i], _ = strconv.Atoi(m[i+1])
	}
	return t, t[0] < 1900
}

func (t triple) compare(u triple) int { return slices.Compare(t[:], u[:]) }

// jumpOf names how far a version moves: patch, minor, early (the breaking part below 1.0.0) or major.
func jumpOf(from, to triple) string {
	switch {
	case from[0] != to[0]:
		return "major"
	case from[1] != to[1] && from[0] == 0:
		return "early"
	case from[1] != to[1]:
		return "minor"
	case from[2] != to[2] && from[0] == 0 && from[1] == 0:
		return "early"
	}
	return "patch"
}

var jumps = []string{"patch", "minor", "early", "major"}

// targets picks for each jump one of the later releases, by a hash of what it is for: nobody chooses, and a second run
// picks the same.
func targets(s subject, dependency, from string, versions []string) []string {
	at, ok := parseVersion(from)
	if !ok {
		return nil
	}
	byJump := map[string][]string{}
	for _, v := range versions {
		if t, ok := parseVersion(v); ok && t.compare(at) > 0 {
			j := jumpOf(at, t)
			byJump[j] = append(byJump[j], v)
		}
	}
	var list []string
	for _, j := range jumps {
		later := byJump[j]
		if len(later) == 0 {
			continue
		}
		slices.SortFunc(later, func(a, b string) int {
			x, _ := parseVersion(a)
			y, _ := parseVersion(b)
			if c := x.compare(y); c != 0 {
				return c
			}
			return strings.Compare(a, b)
		})
		list = append(list, later[hash(s.String(), dependency, j)%uint64(len(later))])
	}
	return list
}

// hash orders and picks without anybody's taste.
func hash(words ...string) uint64 {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return binary.BigEndian.Uint64(sum[:])
}
