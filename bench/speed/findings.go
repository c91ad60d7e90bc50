//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// fettleFindings lists what a report says, a line for each version and advisory.
func fettleFindings(out []byte) ([]string, error) {
	var report struct {
		Cases []struct {
			Finding fettle.Finding `json:"finding"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, fmt.Errorf("read fettle's report: %w", err)
	}
	var all []string
	for _, c := range report.Cases {
		for _, in := range c.Finding.Instances {
			all = append(all, line(c.Finding.Package.Name, in.Version, append([]string{c.Finding.Rule}, c.Finding.Aliases...)))
		}
	}
	return unique(all), nil
}

func scannerFindings(out []byte) ([]string, error) {
	var report struct {
		Results []struct {
			Packages []struct {
				Package struct{ Name, Version string }
				Groups  []struct{ IDs, Aliases []string }
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, fmt.Errorf("read osv-scanner's report: %w", err)
	}
	var all []string
	for _, r := range report.Results {
		for _, p := range r.Packages {
			for _, g := range p.Groups {
				all = append(all, line(p.Package.Name, p.Package.Version, slices.Concat(g.IDs, g.Aliases)))
			}
		}
	}
	return unique(all), nil
}

func line(name, version string, ids []string) string {
	return name + "@" + version + " " + strings.Join(unique(ids), " ")
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func firstDifference(a, b []string) string {
	for _, s := range a {
		if !slices.Contains(b, s) {
			return "only fettle has " + s
		}
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			return "only osv-scanner has " + s
		}
	}
	return "none"
}
