package propose

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// describe adds to f what is known of the versions that it asks for: their age, what they ask of the toolchain, who vouches
// for them, and where their changes are told.
func (d *draft) describe(ctx context.Context, f *fettle.Fix) error {
	for i := range f.Upgrades {
		u := &f.Upgrades[i]
		served, err := d.manager.Releases(ctx, d.project, u.Package)
		if err != nil {
			continue // it was said where the version was chosen
		}
		to, ok := find(served, u.To)
		if !ok {
			continue
		}
		if !to.Published.IsZero() {
			day := to.Published
			u.Published = &day
		}
		if u.Toolchain = d.raises(served, u.Package, to); u.Toolchain != "" {
			f.Warnings = append(f.Warnings, fmt.Sprintf("%s %s asks for %s", u.Package.Name, u.To, u.Toolchain))
		}
		if from, ok := find(served, u.Package.Version); ok && from.SignedKnown && from.Signed && to.SignedKnown && !to.Signed {
			f.Warnings = append(f.Warnings, fmt.Sprintf("the registry vouches for who built %s, but not for %s", u.Package, u.To))
		}
		if to.Deprecated != "" {
			f.Warnings = append(f.Warnings, fmt.Sprintf("%s %s is deprecated: %.200s", u.Package.Name, u.To, to.Deprecated))
		}
		if link := notes(to.Source, u.To); link != "" && !slices.Contains(f.Links, link) {
			f.Links = append(f.Links, link)
		}
	}
	return d.survey(ctx, f)
}

// survey adds the places of the project's own code that f may break. What could not be told is a note on the fix: no finding
// is missed by it.
func (d *draft) survey(ctx context.Context, f *fettle.Fix) error {
	if d.planner.Survey == nil {
		return nil
	}
	seen, err := d.planner.Survey.Check(ctx, d.repo, d.project, f.Upgrades)
	if err != nil {
		return fmt.Errorf("what %s may break: %w", f.Title, err)
	}
	f.Breaks = seen.Breaks
	for _, link := range seen.Links {
		if !slices.Contains(f.Links, link) {
			f.Links = append(f.Links, link)
		}
	}
	for i := range f.Upgrades {
		u := &f.Upgrades[i]
		if asks := seen.Toolchain[u.Package.Name]; asks != "" && u.Toolchain == "" && u.Package.Ecosystem == "Maven" { // others' registries say it
			u.Toolchain = asks
			f.Warnings = append(f.Warnings, fmt.Sprintf("%s %s asks for %s", u.Package.Name, u.To, asks))
		}
	}
	for _, g := range seen.Gaps {
		f.Notes = append(f.Notes, "what it may break is not known in full: "+g.Subject+": "+g.Reason)
	}
	return nil
}

func find(served []manager.Release, version string) (manager.Release, bool) {
	at := slices.IndexFunc(served, func(r manager.Release) bool { return r.Version == version })
	if at < 0 {
		return manager.Release{}, false
	}
	return served[at], true
}

// notes returns where the repository at source tells of its releases; the address itself where its host is not known.
func notes(source, version string) string {
	source = strings.TrimPrefix(source, "git+")
	if rest, ok := strings.CutPrefix(source, "git@"); ok {
		source = "https://" + strings.Replace(rest, ":", "/", 1)
	}
	for _, scheme := range []string{"git://", "ssh://git@", "git+ssh://git@"} {
		if rest, ok := strings.CutPrefix(source, scheme); ok {
			source = "https://" + rest
		}
	}
	u, err := url.Parse(source)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	u.RawQuery, u.Fragment = "", ""
	text := strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), ".git")
	switch u.Host {
	case "github.com":
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if len(parts) < 2 {
			return ""
		}
		return "https://github.com/" + parts[0] + "/" + strings.TrimSuffix(parts[1], ".git") + "/releases"
	case "gitlab.com":
		return text + "/-/releases"
	}
	return text
}
