package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// dependency is a package that a subject runs with.
type dependency struct {
	name, version string
	direct        bool
}

// registry is what an ecosystem's own client and test runner do. Client commands run with scripts off, as the machine has
// them configured; test runs what a package brought, in the sandbox.
type registry interface {
	pick(ctx context.Context, name string) (version string, err error)
	prepare(ctx context.Context, s subject, dir string) ([]dependency, error)    // makes the tree before any upgrade
	versions(ctx context.Context, name string) ([]string, error)                 // that may be asked for
	day(ctx context.Context, name, version string) time.Time                     // of release; zero where nobody says
	move(ctx context.Context, base, dir string, u *upgrade) error                // makes dir from base with u.Dependency at u.To
	test(ctx context.Context, dir string, limit time.Duration) (outcomes, error) // builds and tests offline
}

var errUnfit = errors.New("unfit") // a subject that the corpus cannot use, before any upgrade was looked at

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUnfit, fmt.Sprintf(format, args...))
}

type collector struct {
	work  string
	out   string
	most  int
	limit time.Duration
	part  int // this run takes every parts-th subject, beginning with the part-th
	parts int

	box  *sandbox.Sandbox
	done map[string]bool // subjects that need no second look
	have map[string]bool // upgrades
}

func (c *collector) run(ctx context.Context, list string, only []string) error {
	f, err := os.Open(list)
	if err != nil {
		return err
	}
	subjects, err := readSubjects(f)
	f.Close()
	if err != nil {
		return err
	}
	if c.work, err = filepath.Abs(c.work); err != nil {
		return err
	}
	for _, dir := range []string{c.work, c.out, filepath.Join(c.work, "root")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if c.box, err = sandbox.New(sandbox.Options{Env: os.LookupEnv}); err != nil {
		return err
	}
	if c.box.Level() == sandbox.None {
		return sandbox.ErrNoSandbox
	}
	if err := c.resume(); err != nil {
		return err
	}
	tools := client{work: c.work, box: c.box}
	registries := map[string]registry{"go": goModules{tools}, "npm": npmPackages{tools}, "python": pythonPackages{tools}}
	slices.SortStableFunc(subjects, func(a, b subject) int { return cmp.Compare(hash(a.ecosystem, a.name), hash(b.ecosystem, b.name)) })
	for i, s := range subjects {
		if i%c.parts != c.part-1 {
			continue
		}
		if !slices.Contains(only, s.ecosystem) || c.done[s.ecosystem+" "+s.name+" "+s.version] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		n, word := 0, "used"
		r := registries[s.ecosystem]
		asked := s
		if s.version == "" {
			s.version, err = r.pick(ctx, s.name)
		}
		if err == nil {
			n, err = c.subject(ctx, r, s)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			word = "could not be resolved" // what clients say names addresses, which the results do not
			if errors.Is(err, errUnfit) && !strings.Contains(err.Error(), "//") {
				word = strings.Join(strings.Fields(err.Error()), " ")
			}
			fmt.Fprintf(os.Stderr, "  %.600v\n", err)
			err = nil
		}
		fmt.Fprintf(os.Stderr, "%s %s: %d upgrades, %s, %s\n", time.Now().Format(time.TimeOnly), s, n, time.Since(start).Round(time.Second), word)
		if err := appendRow(filepath.Join(c.out, "subjects.csv"), nil, []string{asked.ecosystem, asked.name, asked.version, s.version, fmt.Sprint(n), word}); err != nil {
			return err
		}
	}
	return nil
}

// subject measures one subject and returns how many upgrades of it were labelled.
func (c *collector) subject(ctx context.Context, r registry, s subject) (int, error) {
	dir := filepath.Join(c.work, "root", s.slug())
	if err := os.RemoveAll(dir); err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	base := filepath.Join(dir, "base")
	if err := os.MkdirAll(base, 0o755); err != nil {
		return 0, err
	}
	dependencies, err := r.prepare(ctx, s, base)
	if err != nil {
		return 0, err
	}
	if len(dependencies) == 0 {
		return 0, unfit("no dependency to move")
	}
	before, err := c.baseline(ctx, r, base)
	if err != nil {
		return 0, err
	}
	day := r.day(ctx, s.name, s.version)
	slices.SortFunc(dependencies, func(x, y dependency) int {
		if x.direct != y.direct {
			return map[bool]int{true: -1, false: 1}[x.direct]
		}
		if hash(s.String(), x.name) < hash(s.String(), y.name) {
			return -1
		}
		return 1
	})
	n, deep := 0, 0
	for _, d := range dependencies {
		if n >= c.most || !d.direct && deep == 5 {
			break
		}
		versions, err := r.versions(ctx, d.name)
		if err != nil {
			continue
		}
		goals := targets(s, d.name, d.version, versions)
		if len(goals) > 2 { // rather more dependencies than more releases of one
			out := int(hash(s.String(), d.name) % uint64(len(goals)))
			goals = slices.Delete(goals, out, out+1)
		}
		if len(goals) > 0 && !d.direct {
			deep++
			goals = goals[hash(s.String(), d.name)%uint64(len(goals)):][:1]
		}
		for _, to := range goals {
			if n >= c.most {
				break
			}
			from, _ := parseVersion(d.version)
			up, _ := parseVersion(to)
			u := upgrade{Ecosystem: s.ecosystem, Subject: s.name, Version: s.version, Dependency: d.name, From: d.version, To: to,
				Jump: jumpOf(from, up), Direct: d.direct, SubjectDay: day, FromDay: r.day(ctx, d.name, d.version), ToDay: r.day(ctx, d.name, to)}
			if c.have[u.key()] {
				n++
				continue
			}
			ok, err := c.upgrade(ctx, r, base, filepath.Join(dir, "up"), before, &u)
			if err != nil {
				return n, err
			}
			if !ok {
				continue
			}
			if err := appendRow(filepath.Join(c.out, "upgrades.csv"), columns, u.row()); err != nil {
				return n, err
			}
			c.have[u.key()] = true
			n++
		}
	}
	return n, nil
}

func (c *collector) baseline(ctx context.Context, r registry, base string) (suite, error) {
	var runs []outcomes
	for len(runs) < 2 {
		o, err := r.test(ctx, base, c.limit)
		if err != nil {
			return suite{}, err
		}
		if o.build != "" || o.ended || len(o.cases) == 0 {
			return suite{}, unfit("before any upgrade: build %q, ended by the time limit %v, %d tests", o.build, o.ended, len(o.cases))
		}
		runs = append(runs, o)
	}
	s := newSuite(runs)
	if s.flaky > 0 {
		o, err := r.test(ctx, base, c.limit)
		if err != nil {
			return suite{}, err
		}
		s = newSuite(append(runs, o))
	}
	if len(s.a) < 2 || len(s.b) < 2 {
		return suite{}, unfit("%d and %d tests that pass each time", len(s.a), len(s.b))
	}
	return s, nil
}

// upgrade makes and tests one upgraded tree. It reports false where the upgrade cannot be had at all.
func (c *collector) upgrade(ctx context.Context, r registry, base, dir string, before suite, u *upgrade) (bool, error) {
	if err := os.RemoveAll(dir); err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	if err := r.move(ctx, base, dir, u); err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		fmt.Fprintf(os.Stderr, "  %s: not moved: %.300v\n", u.key(), err)
		return false, nil
	}
	var runs []outcomes
	for len(runs) < 3 {
		o, err := r.test(ctx, dir, 2*c.limit)
		if err != nil {
			return false, err
		}
		runs = append(runs, o)
		if !before.regressed(o) {
			runs = []outcomes{o}
			break
		}
	}
	before.compare(u, runs)
	fmt.Fprintf(os.Stderr, "  %s: %s from %s: A %d of %d, B %d of %d broken %s\n", u.key(), u.Jump, u.From, u.BrokenA, u.A, u.BrokenB, u.B, u.What)
	return true, nil
}

// resume reads what earlier runs saw.
func (c *collector) resume() error {
	c.done, c.have = map[string]bool{}, map[string]bool{}
	f, err := os.Open(filepath.Join(c.out, "upgrades.csv"))
	if err == nil {
		list, err := readUpgrades(f)
		f.Close()
		if err != nil {
			return err
		}
		for _, u := range list {
			c.have[u.key()] = true
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if f, err = os.Open(filepath.Join(c.out, "subjects.csv")); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range rows {
		c.done[strings.Join(row[:3], " ")] = true
		c.done[strings.Join([]string{row[0], row[1], row[3]}, " ")] = true
	}
	return nil
}

// appendRow adds one row to a file, below a head where the file is new.
func appendRow(name string, head, row []string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	if info, err := f.Stat(); err == nil && info.Size() == 0 && head != nil {
		w.Write(head)
	}
	w.Write(row)
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}
