package composer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Releases lists the versions of a package that the user's own repositories serve, as composer show tells them. What a
// version needs is not among that, so that no holder is moved by it.
func (c *Composer) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	if err := check(pkg, ""); err != nil || pkg.Version == "" {
		return nil, fmt.Errorf("versions of %.100q %.100q: want the name and the version of a package: %w", pkg.Name, pkg.Version, manager.ErrRegistry)
	}
	key := strings.ToLower(pkg.Name)
	all, ok := c.known[key]
	if !ok {
		if c.down != nil {
			return nil, fmt.Errorf("versions of %s: %w", pkg.Name, c.down)
		}
		out, _, err := c.run(ctx, "{}", "", "show", "--all", "--format=json", "--no-plugins", "--no-scripts", "--no-interaction", "--no-ansi", pkg.Name)
		if errors.Is(err, manager.ErrUnreached) {
			c.down = err
		}
		if err != nil && !errors.Is(err, manager.ErrNoTool) && !errors.Is(err, manager.ErrRegistry) {
			err = fmt.Errorf("%w: %w; check the repositories in Composer's own configuration", manager.ErrRegistry, err)
		}
		if err != nil {
			return nil, fmt.Errorf("versions of %s: %w", pkg.Name, err)
		}
		if all = parseReleases(out); len(all) == 0 {
			return nil, fmt.Errorf("versions of %s: the answer names none; check the repositories in Composer's own configuration: %w", pkg.Name, manager.ErrRegistry)
		}
		if c.known == nil {
			c.known = map[string][]manager.Release{}
		}
		c.known[key] = all
	}
	var list []manager.Release
	for _, r := range all {
		order, err := osv.CompareVersions("Packagist", r.Version, pkg.Version)
		if err == nil && order >= 0 && (!isPrerelease(r.Version) || isPrerelease(pkg.Version)) {
			list = append(list, r)
		}
	}
	return list, nil
}

func isPrerelease(version string) bool {
	v := strings.ToLower(version)
	return strings.Contains(v, "alpha") || strings.Contains(v, "beta") || strings.Contains(v, "rc") || strings.Contains(v, "dev")
}

// maxVersions bounds how many versions of a package are read.
const maxVersions = 10_000

// parseReleases reads what composer show says; what it says around that is passed over.
func parseReleases(out string) []manager.Release {
	at := strings.IndexByte(out, '{')
	if at < 0 || !gjson.Valid(out[at:]) {
		return nil
	}
	doc := gjson.Parse(out[at:])
	deprecated := ""
	switch gone := doc.Get("abandoned"); {
	case gone.Type == gjson.String:
		deprecated = "it is abandoned; its maintainers name " + gone.Str + " instead"
	case gone.Bool():
		deprecated = "it is abandoned"
	}
	var list []manager.Release
	for _, v := range doc.Get("versions").Array() {
		if version := strings.TrimPrefix(v.Str, "* "); packageVersion.MatchString(version) && len(version) <= 100 && len(list) < maxVersions {
			list = append(list, manager.Release{Version: version, Deprecated: deprecated})
		}
	}
	slices.SortStableFunc(list, func(a, b manager.Release) int {
		order, err := osv.CompareVersions("Packagist", a.Version, b.Version)
		if err != nil {
			return 0
		}
		return order
	})
	return list
}
