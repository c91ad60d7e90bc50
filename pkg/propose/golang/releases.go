package golang

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// maxTold is how many versions, the nearest first, are asked for when they were published and what Go they need: one
// question goes to the proxy for each. Further ones are listed by their number alone.
const maxTold = 40

// served is the versions of a module from floor on.
type served struct {
	floor string
	list  []manager.Release
}

// Releases lists the versions of a module. A module whose source tags none has the one that is latest.
// Those that would raise the go line of p must not be taken, unless g.Raise.
func (g *Go) Releases(ctx context.Context, p fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	list, err := g.served(ctx, pkg)
	if err != nil || g.Raise || isGo(pkg.Name) {
		return list, err
	}
	return withoutRaise(p, list), nil
}

// withoutRaise marks releases that need a later Go than the go line of p: since Go 1.21 they raise it. A version of which
// nothing is known stands like the last one before it that something is known of.
func withoutRaise(p fettle.Project, list []manager.Release) []manager.Release {
	line := ""
	for _, n := range p.Nodes {
		if n.Name == "stdlib" {
			line = canonical(cmp.Or(n.Version, n.AtLeast))
		}
	}
	if !semver.IsValid(line) {
		return list
	}
	asks := ""
	for i, r := range list {
		if r.Toolchain != "" || !r.Published.IsZero() {
			asks = strings.TrimPrefix(r.Toolchain, "go ")
		}
		needs := canonical(goVersion(asks))
		if asks != "" && semver.Compare(needs, "v1.21.0") >= 0 && semver.Compare(needs, line) > 0 && r.Yanked == "" {
			list[i].Yanked = fmt.Sprintf("it needs go %s and would raise the go line, which says %s", asks, strings.TrimPrefix(line, "v"))
		}
	}
	return list
}

func (g *Go) served(ctx context.Context, pkg fettle.Package) ([]manager.Release, error) {
	floor := canonical(pkg.Version)
	if err := check(pkg.Name, pkg.Version); err != nil {
		return nil, fmt.Errorf("versions of %.200q: %w: %w", pkg.Name, manager.ErrRegistry, err)
	}
	if !semver.IsValid(floor) {
		return nil, fmt.Errorf("versions of %s: %.100q is not a semantic version: %w", pkg.Name, pkg.Version, manager.ErrRegistry)
	}
	if have, ok := g.known[pkg.Name]; ok && semver.Compare(have.floor, floor) <= 0 {
		return slices.DeleteFunc(slices.Clone(have.list), func(r manager.Release) bool { return semver.Compare(canonical(r.Version), floor) < 0 }), nil
	}
	host, _, _ := strings.Cut(pkg.Name, "/")
	if err := g.down[host]; err != nil {
		return nil, fmt.Errorf("versions of %s: %w", pkg.Name, err)
	}
	list, err := g.ask(ctx, pkg.Name, floor)
	if errors.Is(err, manager.ErrUnreached) {
		if g.down == nil {
			g.down = map[string]error{}
		}
		g.down[host] = err
	}
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", pkg.Name, err)
	}
	if g.known == nil {
		g.known = map[string]served{}
	}
	g.known[pkg.Name] = served{floor, list}
	return slices.Clone(list), nil
}

// listed is what go list -m -json prints of a module.
type listed struct {
	Path       string
	Version    string
	Versions   []string
	Time       time.Time
	GoVersion  string
	Retracted  []string
	Deprecated string
	Origin     struct{ URL string }
	Error      *struct{ Err string }
}

func (g *Go) ask(ctx context.Context, name, floor string) ([]manager.Release, error) {
	dir, err := os.MkdirTemp(g.Temp, "go-list-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module fettle.example/stage\n\ngo 1.17\n"), 0o644); err != nil {
		return nil, err
	}
	query := name
	if isGo(name) {
		query = "go" // the go command lists its own releases under this name
	}
	all, err := g.list(ctx, dir, "-versions", "-retracted", query)
	if err != nil {
		return nil, err
	}
	var versions []string
	for _, m := range all {
		versions = append(versions, m.Versions...)
	}
	versions = from(floor, versions, isGo(name))
	if isGo(name) {
		var list []manager.Release
		for _, v := range versions {
			list = append(list, manager.Release{Version: v})
		}
		return list, nil
	}
	if len(versions) == 0 {
		versions = []string{"latest"}
	}
	var asked []string
	for _, v := range versions[:min(len(versions), maxTold)] {
		asked = append(asked, name+"@"+v)
	}
	told, err := g.list(ctx, dir, append([]string{"-e", "-u", "-retracted"}, asked...)...)
	if err != nil {
		return nil, err
	}
	byVersion := map[string]listed{}
	for _, m := range told {
		if m.Path != name || m.Version == "" {
			continue
		}
		byVersion[m.Version] = m
		if versions[0] == "latest" && semver.Compare(m.Version, floor) > 0 {
			versions[0] = m.Version
		}
	}
	if len(versions) > 0 && versions[0] == "latest" {
		versions = nil
	}
	var list []manager.Release
	for i, v := range versions {
		m, ok := byVersion[v]
		if i < maxTold && (!ok || m.Error != nil) {
			continue // it is listed and not served
		}
		list = append(list, m.release(name, v))
	}
	return list, nil
}

// weak finds a word in what maintainers say against a version that speaks of a weakness.
var weak = regexp.MustCompile(`(?i)secur|vulnerab|malicious|malware|compromis|exploit|\bCVE-|backdoor|hijack`)

func (m listed) release(name, version string) manager.Release {
	r := manager.Release{Version: strings.TrimPrefix(version, "v"), Published: m.Time, Deprecated: short(m.Deprecated), Source: m.Origin.URL}
	r.Security = weak.MatchString(m.Deprecated)
	if len(m.Retracted) > 0 {
		r.Yanked = "retracted: " + short(strings.Join(m.Retracted, "; "))
	}
	if m.GoVersion != "" {
		r.Toolchain = "go " + m.GoVersion
	}
	if r.Source == "" {
		r.Source = repository(name)
	}
	return r
}

// repository is the address of a module's repository where its path says so.
func repository(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) < 3 {
		return ""
	}
	switch parts[0] {
	case "github.com", "gitlab.com", "bitbucket.org", "codeberg.org":
		return "https://" + strings.Join(parts[:3], "/")
	}
	return ""
}

// short is text from outside, on one line and cut for a message.
func short(text string) string { return fmt.Sprintf("%.300s", strings.Join(strings.Fields(text), " ")) }

// from returns the versions not below floor, in rising order, prereleases left out unless floor is one. Those of Go itself
// are spelled as advisories spell them.
func from(floor string, versions []string, isGo bool) []string {
	pre := semver.Prerelease(floor) != "" && !module.IsPseudoVersion(floor)
	var kept []string
	for _, v := range versions {
		if isGo {
			v = canonical(goVersion(v))
		}
		if semver.IsValid(v) && semver.Compare(v, floor) >= 0 && (pre || semver.Prerelease(v) == "") {
			kept = append(kept, v)
		}
	}
	slices.SortStableFunc(kept, semver.Compare)
	kept = slices.Compact(kept)
	if isGo {
		for i, v := range kept {
			kept[i] = strings.TrimPrefix(v, "v")
		}
	}
	return kept
}

// goVersion spells a release of Go as advisories do: 1.22 is 1.22.0, 1.22rc1 is 1.22.0-rc.1.
func goVersion(text string) string {
	pre := ""
	for _, kind := range []string{"rc", "beta", "alpha"} {
		if at := strings.Index(text, kind); at > 0 {
			text, pre = text[:at], "-"+kind+"."+text[at+len(kind):]
			break
		}
	}
	for strings.Count(text, ".") < 2 {
		text += ".0"
	}
	return text + pre
}

// list asks the go command of modules, and reads the objects that it prints among what else it has to say.
func (g *Go) list(ctx context.Context, dir string, args ...string) ([]listed, error) {
	out, err := g.run(ctx, dir, call{args: append([]string{"list", "-m", "-json"}, args...)})
	if err != nil {
		return nil, err
	}
	list, err := parseListed(out)
	if err != nil {
		return nil, fmt.Errorf("go list printed something else than modules: %w: %w", err, manager.ErrRegistry)
	}
	if len(list) == 1 && list[0].Error != nil {
		return nil, newFault(dir, []string{"list", "-m"}, list[0].Error.Err)
	}
	return list, nil
}

// parseListed reads indented JSON objects, each of which begins with a line { and ends with a line }.
func parseListed(out string) ([]listed, error) {
	var list []listed
	var object strings.Builder
	inside := false
	for line := range strings.Lines(out) {
		bare := strings.TrimRight(line, "\r\n")
		if bare == "{" {
			inside = true
			object.Reset()
		}
		if inside {
			object.WriteString(line)
		}
		if bare == "}" && inside {
			inside = false
			var m listed
			if err := json.Unmarshal([]byte(object.String()), &m); err != nil {
				return nil, err
			}
			list = append(list, m)
		}
	}
	if inside {
		return nil, errors.New("it is cut")
	}
	return list, nil
}
