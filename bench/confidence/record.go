package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// upgrade is what was seen of one dependency of one subject moving to one later release.
type upgrade struct {
	Ecosystem  string
	Subject    string
	Version    string
	Dependency string
	From, To   string
	Jump       string // patch, minor, early or major
	Direct     bool
	InRange    bool // what the subject and its packages declare allows the new release
	Side       int  // packages that moved beside
	SideMajor  int  // by a major version
	Removed    int
	Toolchain  bool      // the upgrade raises what is asked of the toolchain
	SubjectDay time.Time // release days; zero where the registry does not say, or says the day that it took a copy
	FromDay    time.Time
	ToDay      time.Time
	A, B       int // tests that pass each time before: half A is what validation sees, half B the label
	Flaky      int
	Red        int    // tests that fail each time before
	Build      string // "" or why the upgraded tree does not build
	BrokenA    int    // tests of A that passed each time before and fail three of three times, or vanished
	BrokenB    int
	What       string // what broke, in a word: build, test, vanished, timeout
	Files      int    // of tests
}

var columns = []string{
	"ecosystem", "subject", "version", "dependency", "from", "to", "jump", "direct", "in_range", "side", "side_major",
	"removed", "toolchain", "subject_day", "from_day", "to_day", "a", "b", "flaky", "red", "build", "broken_a", "broken_b", "what", "files",
}

// passed reports whether validation, which builds and runs half A, passes.
func (u upgrade) passed() bool { return u.Build == "" && u.BrokenA == 0 }

// broken is the label: the tree does not build, or half B fails.
func (u upgrade) broken() bool { return u.Build != "" || u.BrokenB > 0 }

func (u upgrade) key() string {
	return u.Ecosystem + " " + u.Subject + " " + u.Version + " " + u.Dependency + " " + u.To
}

func (u upgrade) row() []string {
	flag := func(b bool) string { return map[bool]string{true: "1", false: "0"}[b] }
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.DateOnly)
	}
	n := strconv.Itoa
	return []string{
		u.Ecosystem, u.Subject, u.Version, u.Dependency, u.From, u.To, u.Jump, flag(u.Direct), flag(u.InRange), n(u.Side), n(u.SideMajor),
		n(u.Removed), flag(u.Toolchain), day(u.SubjectDay), day(u.FromDay), day(u.ToDay), n(u.A), n(u.B), n(u.Flaky), n(u.Red), u.Build, n(u.BrokenA), n(u.BrokenB), u.What, n(u.Files),
	}
}

// Bounds on a corpus, which is a file that anybody may edit.
const (
	mostUpgrades = 100_000
	mostCount    = 1_000_000
	longestField = 300
)

// readUpgrades reads upgrades.csv. A row that is damaged is an error that names its line.
func readUpgrades(r io.Reader) ([]upgrade, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(columns)
	c.ReuseRecord = true
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("upgrades: empty; want a line that names the columns")
	}
	if err != nil {
		return nil, fmt.Errorf("upgrades: %w", err)
	}
	for i, name := range columns {
		if head[i] != name {
			return nil, fmt.Errorf("upgrades: column %d is %q; want %q", i+1, head[i], name)
		}
	}
	var list []upgrade
	seen := map[string]bool{}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("upgrades: %w", err)
		}
		line, _ := c.FieldPos(0)
		u, err := parseRow(row)
		if err != nil {
			return nil, fmt.Errorf("upgrades line %d: %w", line, err)
		}
		if seen[u.key()] {
			return nil, fmt.Errorf("upgrades line %d: %s is there twice", line, u.key())
		}
		if seen[u.key()] = true; len(list) == mostUpgrades {
			return nil, fmt.Errorf("upgrades line %d: more than %d", line, mostUpgrades)
		}
		list = append(list, u)
	}
}

func parseRow(row []string) (upgrade, error) {
	var err error
	keep := func(e error) {
		if err == nil && e != nil {
			err = e
		}
	}
	at := 0
	text := func() string {
		at++
		if s := row[at-1]; len(s) <= longestField {
			return string([]byte(s))
		}
		keep(fmt.Errorf("%s is longer than %d", columns[at-1], longestField))
		return ""
	}
	number := func() int {
		s := text()
		n, e := strconv.Atoi(s)
		if e != nil || n < 0 || n > mostCount {
			keep(fmt.Errorf("%s is %q; want a number from 0 to %d", columns[at-1], s, mostCount))
		}
		return n
	}
	flag := func() bool {
		s := text()
		if s != "0" && s != "1" {
			keep(fmt.Errorf("%s is %q; want 0 or 1", columns[at-1], s))
		}
		return s == "1"
	}
	day := func() time.Time {
		s := text()
		if s == "" {
			return time.Time{}
		}
		t, e := time.Parse(time.DateOnly, s)
		if e != nil {
			keep(fmt.Errorf("%s is %q; want a day like 2024-05-31", columns[at-1], s))
		}
		return t
	}
	u := upgrade{
		Ecosystem: text(), Subject: text(), Version: text(), Dependency: text(), From: text(), To: text(), Jump: text(), Direct: flag(), InRange: flag(),
		Side: number(), SideMajor: number(), Removed: number(), Toolchain: flag(), SubjectDay: day(), FromDay: day(), ToDay: day(),
		A: number(), B: number(), Flaky: number(), Red: number(), Build: text(), BrokenA: number(), BrokenB: number(), What: text(), Files: number(),
	}
	if u.Ecosystem != "go" && u.Ecosystem != "npm" && u.Ecosystem != "python" {
		keep(fmt.Errorf("ecosystem is %q; want go, npm or python", u.Ecosystem))
	}
	if u.Jump != "patch" && u.Jump != "minor" && u.Jump != "early" && u.Jump != "major" {
		keep(fmt.Errorf("jump is %q; want patch, minor, early or major", u.Jump))
	}
	if u.A == 0 || u.B == 0 || u.BrokenA > u.A || u.BrokenB > u.B {
		keep(fmt.Errorf("%d of %d and %d of %d tests broken; want both halves, and no more broken than there are", u.BrokenA, u.A, u.BrokenB, u.B))
	}
	return u, err
}
