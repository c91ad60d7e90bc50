package maven

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// maxVersions bounds the versions of one artifact that are looked at.
const maxVersions = 20_000

// highest returns the highest version of an artifact that all ranges allow; "" and why where there is none.
func (w *workspace) highest(ctx context.Context, c coords, ranges []*semver.Constraint) (string, string, error) {
	if only := exact(c.version); only != "" && matchesAll(ranges, only) {
		return only, "", nil
	}
	all, err := w.repositories.versions(ctx, coords{c.group, c.artifact, "0"})
	if err != nil {
		return "", "", err
	}
	for _, p := range w.modules[c.name()] {
		if v := p.written().version; !strings.Contains(v, "${") {
			all = append(all, v)
		}
	}
	best := ""
	for _, v := range all {
		if matchesAll(ranges, v) && (best == "" || semver.Maven.Compare(v, best) > 0) {
			best = v
		}
	}
	if best != "" {
		return best, "", nil
	}
	if len(all) == 0 {
		return "", fmt.Sprintf("the range %.100s needs a list of versions, which no repository at hand has; want an exact version, or a repository in discover.maven.repositories", c.version), nil
	}
	return "", fmt.Sprintf("none of the %d versions that are known is in the range %.100s", len(all), c.version), nil
}

// exact returns the version of a range that holds only one.
func exact(spec string) string {
	if v, ok := strings.CutPrefix(spec, "["); ok {
		if v, ok := strings.CutSuffix(v, "]"); ok && !strings.ContainsAny(v, ",[]()") {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// versions lists the versions of an artifact that repositories have; where they cannot be asked, those that the user's local
// repository knows of. The error is that of ctx.
func (r *repositories) versions(ctx context.Context, c coords) ([]string, error) {
	if !c.valid() {
		return nil, nil
	}
	dir := path.Dir(path.Dir(c.path()))
	if known, ok := r.lists[dir]; ok {
		return known, nil
	}
	var all []string
	if r.client != nil {
		for _, repo := range r.remotes {
			data, _, err := r.ask(ctx, repo, dir+"/maven-metadata.xml")
			if err != nil {
				return nil, err
			}
			all = append(all, listed(data)...)
		}
	}
	if r.local != "" {
		all = append(all, r.localVersions(filepath.Join(r.local, filepath.FromSlash(dir)))...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if r.lists == nil {
		r.lists = map[string][]string{}
	}
	r.lists[dir] = all
	return all, nil
}

// localVersions are those that a folder of the local repository has a list of, as Maven itself uses it without network, and
// those that are there.
func (r *repositories) localVersions(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries[:min(len(entries), maxVersions)] {
		switch name := e.Name(); {
		case e.IsDir():
			if readBounded(filepath.Join(dir, name, filepath.Base(dir)+"-"+name+".pom")) != nil {
				all = append(all, name)
			}
		case strings.HasPrefix(name, "maven-metadata-") && strings.HasSuffix(name, ".xml"):
			all = append(all, listed(readBounded(filepath.Join(dir, name)))...)
		}
	}
	return all
}

// listed returns the versions of a maven-metadata.xml.
func listed(data []byte) []string {
	root, err := document.ParseXML(data)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range root.Child("versioning", "versions").All("version") {
		if len(all) < maxVersions && plainID.MatchString(e.Text) {
			all = append(all, e.Text)
		}
	}
	return all
}
