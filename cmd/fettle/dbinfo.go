package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fettle-dev/fettle/pkg/pack"
)

// dbInfo is what fettle db info prints.
type dbInfo struct {
	Path     string         `json:"path"`
	Size     int64          `json:"size"`     // bytes
	Checksum string         `json:"checksum"` // ok, or what is wrong
	Maker    string         `json:"maker"`    // the version of fettle that made it
	Records  int            `json:"records"`
	Skipped  int            `json:"skipped"`
	Aliases  int            `json:"aliases"`
	Sources  []dbInfoSource `json:"sources"`
}

type dbInfoSource struct {
	dbSource
	Age   int    `json:"age_days"`        // of the data; -1 where its date is not known
	Fault string `json:"fault,omitempty"` // why reports call its age a gap
}

func runDBInfo(ctx context.Context, env *environment, args []string) error {
	var (
		named, configured string
		wantJSON          bool
	)
	_, _, err := dbFlags(env, "info", false, args, func(f *flag.FlagSet) {
		f.StringVar(&named, "db", "", "database `file` (default: the repository's, else "+env.databasePath()+")")
		f.StringVar(&configured, "config", "", "configuration `file` (default fettle.yaml at the top of the repository, if there)")
		f.BoolVar(&wantJSON, "json", false, "print JSON")
	})
	if err != nil {
		return err
	}
	c, at, err := databaseSettings(ctx, env, configured)
	if err != nil {
		return err
	}
	path, err := findDatabase(env, named, at.git)
	if err != nil {
		return err
	}
	file, err := pack.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info := dbInfo{Path: path, Size: file.Size(), Checksum: "ok"}
	damage := file.Verify()
	if damage != nil {
		info.Checksum = damage.Error()
	} else if err := info.describe(file, c.MaxAge, env.now()); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if wantJSON {
		out := json.NewEncoder(env.stdout)
		out.SetIndent("", "  ")
		err = out.Encode(info)
	} else {
		err = info.print(env)
	}
	if damage != nil {
		return damage
	}
	return err
}

func (i *dbInfo) describe(file *pack.File, allowed maxAge, now time.Time) error {
	meta, err := readDBMeta(file)
	if err != nil {
		return err
	}
	i.Maker, i.Records, i.Skipped, i.Aliases = meta.Maker, meta.Records, meta.Skipped, meta.Aliases
	for _, s := range meta.Sources {
		shown := dbInfoSource{dbSource: s, Age: -1, Fault: allowed.fault(s, now)}
		if !s.AsOf.IsZero() {
			shown.Age = max(int(now.Sub(s.AsOf)/aDay), 0)
		}
		i.Sources = append(i.Sources, shown)
	}
	return nil
}

func (i *dbInfo) print(env *environment) error {
	fmt.Fprintf(env.stdout, "database  %s\nsize      %.1f MB\nchecksum  %s\n", i.Path, float64(i.Size)/1e6, i.Checksum)
	if len(i.Sources) == 0 {
		return nil
	}
	fmt.Fprintf(env.stdout, "records   %d, and %d left out as bad\naliases   %d pairs from tables\n\n", i.Records, i.Skipped, i.Aliases)
	table := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tCOUNT\tDATE\tAGE\tTAKEN\t")
	for _, s := range i.Sources {
		date, age, taken := "unknown", "", "unknown"
		if !s.AsOf.IsZero() {
			date, age = s.AsOf.Format(time.DateOnly), fmt.Sprintf("%d days", s.Age)
		}
		if !s.Taken.IsZero() {
			taken = s.Taken.Format(time.DateOnly)
		}
		fault := ""
		if s.Fault != "" {
			fault = "OLD: " + s.Fault
		}
		fmt.Fprintln(table, strings.TrimRight(strings.Join([]string{strings.TrimSpace(s.Name + " " + s.Model), fmt.Sprint(s.Count), date, age, taken, fault}, "\t"), "\t"))
	}
	return table.Flush()
}
