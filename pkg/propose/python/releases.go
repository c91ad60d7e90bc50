package python

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// maxHeads bounds the versions of one package whose needs are asked for.
const maxHeads = 400

// Releases lists the versions of pkg that the indexes of the user's configuration serve, from pkg.Version on.
func (t *Tools) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	p, err := t.page(ctx, pkg.Name)
	if err != nil {
		return nil, err
	}
	versions := p.versions(pkg.Version)
	heads, err := t.metadata(ctx, p, versions[:min(len(versions), maxHeads)])
	if err != nil {
		return nil, err
	}
	var list []manager.Release
	for _, version := range versions {
		list = append(list, p.release(version, heads))
	}
	return list, nil
}

// versions lists what is served from floor on, in rising order. Prereleases are left out unless floor is one.
func (p page) versions(floor string) []string {
	var list []string
	for _, g := range p.groups {
		if comparable(floor) && order(g.version, floor) < 0 || prerelease(g.version) && !prerelease(floor) {
			continue
		}
		list = append(list, g.version)
	}
	return list
}

func prerelease(version string) bool {
	v, err := semver.PyPI.Parse(version)
	return err == nil && v.IsPrerelease()
}

// release is what p and the metadata say of one version.
func (p page) release(version string, heads map[string]string) manager.Release {
	r := manager.Release{Version: version, SignedKnown: p.provenance, Signed: p.provenance}
	files := p.of(version)
	var gone []string
	for _, f := range files {
		if r.Published.IsZero() || !f.uploaded.IsZero() && f.uploaded.Before(r.Published) {
			r.Published = f.uploaded.Truncate(time.Second)
		}
		if f.yanked != "" {
			gone = append(gone, f.yanked)
		}
		r.Signed = r.Signed && f.provenance
		if f.python != "" && len(f.python) < 200 {
			r.Toolchain = "python " + strings.TrimSpace(f.python)
		}
	}
	if len(gone) == len(files) && len(gone) > 0 { // a file alone may be yanked, and pip takes another
		r.Yanked = gone[0]
	}
	switch p.status { // PEP 792
	case "quarantined":
		r.Yanked = strings.TrimSpace("the index holds the project back: quarantined " + oneLine(p.reason, 200))
	case "deprecated":
		r.Deprecated = strings.TrimSpace("the project is deprecated " + oneLine(p.reason, 200))
		r.Security = security(p.reason)
	}
	if text, ok := heads[version]; ok {
		r.NeedsKnown = true
		for _, need := range needsOf(text, nil) {
			r.Needs = append(r.Needs, manager.Need{Name: need.Name, Range: need.Spec})
		}
		r.Source = source(text)
	}
	return r
}

// security reports whether a text speaks of a weakness or of malice.
func security(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc([]string{"securit", "vulnerab", "cve-", "malicious", "malware", "compromised", "exploit"}, func(word string) bool { return strings.Contains(text, word) })
}

// needsOf are the needs in the head of a METADATA file that hold with extras on some machine. Where a package is asked for
// several times, for different machines, its ranges are joined by ||.
func needsOf(text string, extras []string) []python.Requirement {
	var list []python.Requirement
	for _, need := range python.MetadataNeeds(text) {
		if need.Name == "" || need.Address != "" || !python.Holds(need.Marker, extras) {
			continue
		}
		at := slices.IndexFunc(list, func(have python.Requirement) bool { return have.Name == need.Name })
		switch {
		case at < 0:
			list = append(list, need)
		case need.Marker == "" && list[at].Marker == "":
			list[at].Spec = strings.Trim(list[at].Spec+","+need.Spec, ",")
		case list[at].Spec != need.Spec:
			if list[at].Spec == "" || need.Spec == "" {
				list[at].Spec = ""
			} else {
				list[at].Spec += " || " + need.Spec
			}
		}
	}
	return list
}

// source is the address of the repository or page that the head of a METADATA file names.
func source(text string) string {
	best, rank := "", 0
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		label, address := strings.ToLower(key), strings.TrimSpace(value)
		if label == "project-url" {
			name, rest, ok := strings.Cut(address, ",")
			if !ok {
				continue
			}
			label, address = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(rest)
		}
		at := slices.Index([]string{"home-page", "homepage", "code", "github", "repository", "source", "source code"}, label) + 1
		if u, err := url.Parse(address); at <= rank || err != nil || u.Scheme != "https" || u.User != nil || len(address) > 500 {
			continue
		}
		best, rank = address, at
	}
	return best
}
