package bundler

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

//go:embed releases.rb
var asking string

// Releases lists the versions of a gem that the user's own sources serve: FETTLE_GEM_SOURCES of Env, or else those that
// RubyGems has by itself. A version that was yanked is not among them, and days are known only where Bundler knows them.
func (b *Bundler) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	if err := check(pkg, ""); err != nil || pkg.Version == "" {
		return nil, fmt.Errorf("versions of %.100q %.100q: %w: want the name and the version of a gem", pkg.Name, pkg.Version, manager.ErrRegistry)
	}
	key := pkg.String()
	if list, ok := b.known[key]; ok {
		return list, nil
	}
	if b.down != nil {
		return nil, fmt.Errorf("versions of %s: %w", pkg.Name, b.down)
	}
	list, err := b.ask(ctx, pkg)
	if err != nil {
		if errors.Is(err, manager.ErrUnreached) {
			b.down = err
		}
		return nil, fmt.Errorf("versions of %s: %w", pkg.Name, err)
	}
	if b.known == nil {
		b.known = map[string][]manager.Release{}
	}
	b.known[key] = list
	return list, nil
}

// served is one line of the answer.
type served struct {
	Version  string      `json:"version"`
	Platform string      `json:"platform"`
	Needs    [][2]string `json:"needs"`
	Ruby     string      `json:"ruby"`
	Created  string      `json:"created"`
}

func (b *Bundler) ask(ctx context.Context, pkg fettle.Package) ([]manager.Release, error) {
	dir, err := os.MkdirTemp(b.Temp, "bundler-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out, err := b.run(ctx, dir, "ruby", "-e", asking, pkg.Name, pkg.Version)
	if errors.Is(err, fettle.ErrRefused) {
		return nil, fmt.Errorf("%w: %w; check the sources in .gemrc and Bundler's mirror setting", manager.ErrRegistry, err)
	}
	if err != nil {
		return nil, err
	}
	list, done := parseReleases(out, strings.ContainsFunc(pkg.Version, isLetter))
	if !done {
		return nil, fmt.Errorf("the answer is cut off: %w", manager.ErrRegistry)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the source has no version of it from %s on; check the sources in .gemrc and Bundler's mirror setting: %w", pkg.Version, manager.ErrRegistry)
	}
	return list, nil
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// parseReleases reads an answer; done is false where its end is missing.
func parseReleases(out string, prereleases bool) (list []manager.Release, done bool) {
	at := map[string]int{}
	for line := range strings.Lines(out) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "fettle ")
		if !ok {
			continue
		}
		if text == "done" {
			done = true
			continue
		}
		var s served
		if json.Unmarshal([]byte(text), &s) != nil || !gemVersion.MatchString(s.Version) || !prereleases && strings.ContainsFunc(s.Version, isLetter) {
			continue
		}
		if _, twice := at[s.Version]; twice && s.Platform != "ruby" {
			continue
		}
		r := manager.Release{Version: s.Version, NeedsKnown: s.Needs != nil}
		for _, n := range s.Needs {
			r.Needs = append(r.Needs, manager.Need{Name: n[0], Range: n[1]})
		}
		if s.Ruby != "" && s.Ruby != ">= 0" {
			r.Toolchain = "ruby " + s.Ruby
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 MST"} {
			if day, err := time.Parse(layout, s.Created); err == nil {
				r.Published = day
			}
		}
		if i, twice := at[s.Version]; twice {
			list[i] = r
			continue
		}
		at[s.Version] = len(list)
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b manager.Release) int { return compare(a.Version, b.Version) })
	return list, done
}
