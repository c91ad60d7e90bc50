package main

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// dating is how the day was found on which a finding's advisory was published.
type dating string

const (
	dated    dating = "dated"
	numbered dating = "by number"
	yeared   dating = "by year"
	undated  dating = "unknown"
)

var (
	goID  = regexp.MustCompile(`^GO-[0-9]{4}-([0-9]+)$`)
	cveID = regexp.MustCompile(`^CVE-([0-9]{4})-[0-9]{4,}$`)
)

// numbers dates records of the Go vulnerability database that carry no day: they are numbered as they come, so one that has
// a day tells of those before it.
type numbers []numberedDay

type numberedDay struct {
	number int
	day    time.Time
}

func (n *numbers) note(r osv.Record) {
	if m := goID.FindStringSubmatch(r.ID); m != nil && r.Published.Year() > 1 {
		number, err := strconv.Atoi(m[1])
		if err == nil {
			*n = append(*n, numberedDay{number, r.Published})
		}
	}
}

func (n numbers) sort() {
	slices.SortFunc(n, func(a, b numberedDay) int { return cmp.Compare(a.number, b.number) })
}

// after returns the day of the first dated record with this number or a higher one.
func (n numbers) after(number int) (time.Time, bool) {
	at, _ := slices.BinarySearchFunc(n, number, func(d numberedDay, want int) int { return cmp.Compare(d.number, want) })
	if at == len(n) {
		return time.Time{}, false
	}
	return n[at].day, true
}

// published is the day from which on an advisory under these ids counts. Where no record has one, it is the day that the
// number of a Go record tells, else the first day after the year of a CVE id, which may be too late and is hardly ever too early.
func (n numbers) published(day time.Time, ids []string) (time.Time, dating) {
	if day.Year() > 1 {
		return day, dated
	}
	var best time.Time
	how := undated
	for _, id := range ids {
		if m := goID.FindStringSubmatch(id); m != nil {
			number, err := strconv.Atoi(m[1])
			if day, ok := n.after(number); err == nil && ok && (how != numbered || day.Before(best)) {
				best, how = day, numbered
			}
		}
		if m := cveID.FindStringSubmatch(id); m != nil && how != numbered {
			year, err := strconv.Atoi(m[1])
			if day := time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC); err == nil && (how != yeared || day.Before(best)) {
				best, how = day, yeared
			}
		}
	}
	return best, how
}
