package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

const aDay = 24 * time.Hour

// maxAge says how old sources may be before a report calls it a gap. The zero value is the built-in ages:
//
//   - what was fetched or read more than 7 days ago is old, whatever it is: a week holds several hundred new advisories;
//   - of what was fetched, the data itself may rest for 30 days, EPSS, which comes daily, for 7: longer, and a mirror has
//     stopped following. Lists of exploits may rest for ever, as quiet ones do.
//
// Files that somebody named are taken as he wants them: their data has no age unless max_age is set.
type maxAge struct {
	all   time.Duration            // 0: not set
	kinds map[dbKind]time.Duration // also dbTaken
}

// neverOld is an age that nothing reaches.
const neverOld = time.Duration(1<<63 - 1)

// dbTaken is the key of max_age for when a source was fetched or read.
const dbTaken dbKind = "taken"

var dataAges = map[dbKind]time.Duration{dbOSV: 30 * aDay, dbKEV: 30 * aDay, dbEPSS: 7 * aDay}

// UnmarshalYAML takes one age for all, or ages by kind. The decoder adds the line.
func (m *maxAge) UnmarshalYAML(node *yaml.Node) (err error) {
	if node.Kind == yaml.ScalarNode {
		m.all, err = parseAge(node.Value)
		return err
	}
	if node.Kind != yaml.MappingNode {
		return errors.New("max_age: want an age such as 7d, or ages by kind of source")
	}
	m.kinds = map[dbKind]time.Duration{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		kind := dbKind(node.Content[i].Value)
		switch kind {
		case dbTaken, dbOSV, dbKEV, dbEPSS, dbCVSS, dbExploited, dbExploits:
		default:
			return fmt.Errorf("max_age: unknown kind of source %.40q; want taken, osv, kev, epss, cvss, exploited or exploits", kind)
		}
		if m.kinds[kind], err = parseAge(node.Content[i+1].Value); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// parseAge reads 36h, 7d, 2w or never.
func parseAge(text string) (time.Duration, error) {
	if text == "never" {
		return neverOld, nil
	}
	units := map[string]time.Duration{"h": time.Hour, "d": aDay, "w": 7 * aDay}
	if len(text) > 1 {
		n, err := strconv.ParseUint(text[:len(text)-1], 10, 16)
		if unit, ok := units[text[len(text)-1:]]; ok && err == nil && n > 0 {
			return time.Duration(n) * unit, nil
		}
	}
	return 0, fmt.Errorf("max_age: %.40q: want an age such as 36h, 7d or 2w, or never", text)
}

// taken returns how long ago a source may have been fetched or read.
func (m maxAge) taken() time.Duration {
	if age, ok := m.kinds[dbTaken]; ok {
		return age
	}
	if m.all > 0 {
		return m.all
	}
	return 7 * aDay
}

// data returns how old the data of s may be.
func (m maxAge) data(s dbSource) time.Duration {
	if age, ok := m.kinds[s.Kind]; ok {
		return age
	}
	if m.all > 0 {
		return m.all
	}
	if age, ok := dataAges[s.Kind]; ok && s.Fetched {
		return age
	}
	return neverOld
}

// fault says what is wrong with the age of s; "" where nothing is.
func (m maxAge) fault(s dbSource, now time.Time) string {
	data := m.data(s)
	switch {
	case s.Taken.IsZero() && s.AsOf.IsZero():
		return "its date is not known"
	case s.Taken.IsZero() && data == neverOld:
		data = m.taken() // of a database that does not say when it was made
	case !s.Taken.IsZero() && now.Sub(s.Taken) > m.taken():
		return fmt.Sprintf("last %s on %s, %s ago; at most %s is wanted", s.verb(), s.Taken.Format(time.DateOnly), days(now.Sub(s.Taken)), days(m.taken()))
	case s.AsOf.IsZero() && data != neverOld && !s.Fetched:
		return "its date is not known, so neither is its age"
	}
	if !s.AsOf.IsZero() && data != neverOld && now.Sub(s.AsOf) > data {
		return fmt.Sprintf("its data is of %s, %s old; at most %s is wanted", s.AsOf.Format(time.DateOnly), days(now.Sub(s.AsOf)), days(data))
	}
	return ""
}

func (s dbSource) verb() string {
	if s.Fetched {
		return "fetched"
	}
	return "read from files"
}

// days is d in whole days, or in hours below two days.
func days(d time.Duration) string {
	if d < 2*aDay {
		return fmt.Sprintf("%d hours", max(int(d/time.Hour), 0))
	}
	return fmt.Sprintf("%d days", d/aDay)
}

// ageGaps says which sources are too old to rely on, one gap for all that share a fault.
func (m maxAge) ageGaps(sources []dbSource, now time.Time) []fettle.Gap {
	var gaps []fettle.Gap
	index := map[string]int{}
	for _, s := range sources {
		fault := m.fault(s, now)
		if fault == "" {
			continue
		}
		stage := "correlate"
		if s.Kind == dbOSV {
			stage = "discover"
		}
		reason := fault + "; run fettle db update, or say with database.max_age in fettle.yaml what age will do"
		if i, ok := index[stage+reason]; ok {
			gaps[i].Subject += ", " + s.Name
			continue
		}
		index[stage+reason] = len(gaps)
		gaps = append(gaps, fettle.Gap{Stage: stage, Subject: s.Name, Reason: reason})
	}
	for i := range gaps {
		if strings.Contains(gaps[i].Subject, ", ") {
			gaps[i].Reason = strings.Replace(strings.Replace(gaps[i].Reason, "its date is", "their dates are", 1), "its ", "their ", 1)
		}
	}
	return gaps
}
