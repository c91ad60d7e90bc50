package main

import (
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
	Records  int            `json:"records"`
	Skipped  int            `json:"skipped"`
	Aliases  int            `json:"aliases"`
	Sources  []dbInfoSource `json:"sources"`
}

type dbInfoSource struct {
	Name  string    `json:"name"`
	Count int       `json:"count"`
	AsOf  time.Time `json:"as_of,omitzero"`
	Model string    `json:"model,omitempty"`
}

func runDBInfo(env *environment, args []string) error {
	var (
		named    string
		wantJSON bool
	)
	err := dbFlags(env, "info", args, func(f *flag.FlagSet) {
		f.StringVar(&named, "db", "", "database `file` (default "+env.databasePath()+")")
		f.BoolVar(&wantJSON, "json", false, "print JSON")
	})
	if err != nil {
		return err
	}
	path := dbOut(env, named)
	file, err := pack.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info := dbInfo{Path: path, Size: file.Size(), Checksum: "ok"}
	damage := file.Verify()
	if damage != nil {
		info.Checksum = damage.Error()
	} else if err := info.describe(file); err != nil {
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

func (i *dbInfo) describe(file *pack.File) error {
	section, err := file.Section("meta")
	if err != nil {
		return err
	}
	var meta dbMeta
	if err := json.Unmarshal(section, &meta); err != nil {
		return err
	}
	i.Records, i.Skipped, i.Aliases = meta.Records, meta.Skipped, meta.Aliases
	for _, s := range meta.Sources {
		i.Sources = append(i.Sources, dbInfoSource{Name: "osv " + s.Name, Count: s.Count, AsOf: s.AsOf})
	}
	if e := meta.KEV; e != nil {
		i.Sources = append(i.Sources, dbInfoSource{Name: "kev", Count: e.Count, AsOf: e.AsOf})
	}
	if e := meta.EPSS; e != nil {
		i.Sources = append(i.Sources, dbInfoSource{Name: "epss", Count: e.Count, AsOf: e.AsOf, Model: e.Model})
	}
	if e := meta.CVSS; e != nil {
		i.Sources = append(i.Sources, dbInfoSource{Name: "cvss", Count: e.Count, AsOf: e.AsOf})
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
	for _, s := range i.Sources {
		asOf := "date unknown"
		if !s.AsOf.IsZero() {
			asOf = s.AsOf.Format(time.DateOnly)
		}
		row := strings.TrimSpace(s.Name + " " + s.Model)
		fmt.Fprintf(table, "%s\t%d\t%s\n", row, s.Count, asOf)
	}
	return table.Flush()
}
